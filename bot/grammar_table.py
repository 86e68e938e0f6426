"""The commands as one table. Slack's text parser, Discord's registration, help and the README are all read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QUERY_LENGTH = 512

CompletionKind = Literal["", "author", "category", "rule", "zone", "saved", "value"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionSpec:
    """One option of a command. ``name`` and ``summary`` fit Discord's 32 and 100 characters."""

    name: str
    summary: str
    kind: Literal["text", "integer", "choice"] = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    #: Which proposals help to fill it in (``Completion.kind``); "value" depends on the options typed so far.
    complete: CompletionKind = ""
    minimum: int | None = None
    maximum: int | None = None
    #: Takes what is left of the typed text, so that nobody has to write its name.
    rest: bool = False
    #: May be typed without its name, as the first or the last word, where the word fits.
    bare: Literal["", "first", "last"] = ""
    #: What a bare word of a text option looks like.
    pattern: str = ""
    #: Quotes mean something inside it and are kept.
    verbatim: bool = False
    #: Other names that people type for it.
    aliases: tuple[str, ...] = ()
    #: Longest text, in characters.
    longest: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandSpec:
    """One verb. Required options come first, as Discord asks. ``manage``: changes what a channel is posted."""

    verb: str
    summary: str
    options: tuple[OptionSpec, ...] = ()
    aliases: tuple[str, ...] = ()
    #: A line that works as it stands, without the root command.
    example: str = ""
    manage: bool = False
    #: Without its required option it opens a form.
    form: bool = False

    def option(self, name: str) -> OptionSpec | None:
        return next((option for option in self.options if name == option.name or name in option.aliases), None)


def _query(required: bool = True) -> OptionSpec:
    return OptionSpec(
        name="query",
        summary='What to look for: words, "exact phrase", by:"Robin Jia", in:cs.CL, -not, a | b',
        required=required,
        rest=True,
        verbatim=True,
        longest=QUERY_LENGTH,
    )


def _paper(summary: str, *, required: bool = True) -> OptionSpec:
    return OptionSpec(name="paper", summary=summary, required=required, rest=True, complete="saved", longest=300)


def _to(bare: Literal["", "first"] = "") -> OptionSpec:
    return OptionSpec(
        name="to", summary="For this channel, or for your own direct messages", kind="choice", choices=("here", "me"), bare=bare
    )


SORTS = ("best", "new", "votes")
KINDS = ("author", "keyword", "category", "org", "query")

COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(
        verb="search",
        summary="Find papers; the answer is only for you until you share it",
        options=(_query(), OptionSpec(name="sort", summary="Best match, newest or most votes first", kind="choice", choices=SORTS)),
        aliases=("find", "query", "lookup", "s"),
        example='search "state space models" by:"Albert Gu" sort:new',
    ),
    CommandSpec(
        verb="latest",
        summary="The newest papers in the library",
        options=(
            OptionSpec(
                name="count",
                summary="How many, 1 to 20",
                kind="integer",
                minimum=1,
                maximum=20,
                bare="first",
                aliases=("n", "limit"),
            ),
        ),
        aliases=("newest", "recent", "new"),
        example="latest 5",
    ),
    CommandSpec(
        verb="today",
        summary="What arrived in the last 24 hours and matches the subscriptions here",
        aliases=("daily",),
        example="today",
    ),
    CommandSpec(
        verb="unread",
        summary="Papers posted here that nobody has marked as read",
        aliases=("backlog",),
        example="unread",
    ),
    CommandSpec(
        verb="show",
        summary="One paper in full",
        options=(_paper("An id, a link, or words of its title"),),
        aliases=("open", "paper", "get", "abstract"),
        example="show arxiv:2510.19811",
    ),
    CommandSpec(
        verb="similar",
        summary="Papers close to one you know",
        options=(_paper("An id, a link, or words of its title"),),
        aliases=("related", "like", "more"),
        example="similar 2510.19811",
    ),
    CommandSpec(
        verb="subscribe",
        summary="Have new papers posted here, or to yourself with to:me",
        options=(
            OptionSpec(
                name="value",
                summary="A name, a topic, a category such as cs.CL, an organisation, or a whole query",
                required=True,
                rest=True,
                verbatim=True,
                complete="value",
                longest=QUERY_LENGTH,
                aliases=("query",),
            ),
            OptionSpec(
                name="kind", summary="What the value is; a query unless you say otherwise", kind="choice", choices=KINDS, bare="first"
            ),
            _to(),
        ),
        aliases=("follow", "sub", "add", "watch"),
        example="subscribe author Robin Jia to:me",
        manage=True,
        form=True,
    ),
    CommandSpec(
        verb="unsubscribe",
        summary="End a subscription, by its number or its text",
        options=(
            OptionSpec(
                name="rule",
                summary="Its number in the list, such as #2, or its text",
                required=True,
                rest=True,
                verbatim=True,
                complete="rule",
                longest=QUERY_LENGTH,
            ),
            _to(),
        ),
        aliases=("unfollow", "unsub", "remove", "rm", "delete"),
        example="unsubscribe #2",
        manage=True,
    ),
    CommandSpec(
        verb="subscriptions",
        summary="The subscriptions of this channel, or your own, with their numbers",
        options=(
            OptionSpec(
                name="where",
                summary="This channel, your direct messages, or both",
                kind="choice",
                choices=("here", "me", "all"),
                bare="first",
                aliases=("to",),
            ),
        ),
        aliases=("list", "subs", "follows", "following", "rules"),
        example="subscriptions all",
    ),
    CommandSpec(
        verb="rehearse",
        summary="What a subscription would have brought: how many papers a day, and examples",
        options=(
            _query(),
            OptionSpec(name="days", summary="How many days back, 1 to 365; 30 unless you say", kind="integer", minimum=1, maximum=365),
        ),
        aliases=("try", "estimate"),
        example='rehearse "diffusion models" in:cs.CV days:30',
    ),
    CommandSpec(
        verb="schedule",
        summary="When the digest comes; without a time it says when that is now",
        options=(
            OptionSpec(name="when", summary='Weekdays and a time: "mon-fri 09:00", "daily 8:30", "mon,thu 17:00"', rest=True),
            OptionSpec(
                name="tz",
                summary="The time zone, such as Europe/Berlin",
                complete="zone",
                bare="last",
                pattern=r"[A-Za-z]+/[A-Za-z_+\-/0-9]+|(?i:utc|gmt)",
                aliases=("timezone", "zone"),
            ),
            _to(),
        ),
        example="schedule mon-fri 09:00 Europe/Berlin",
        manage=True,
    ),
    CommandSpec(
        verb="pause",
        summary="Post nothing until resumed, or until a day",
        options=(
            OptionSpec(name="until", summary="A day such as 2026-12-01, or a time from now such as 7d or 2w", rest=True),
            _to(),
        ),
        aliases=("stop", "snooze"),
        example="pause 7d",
        manage=True,
    ),
    CommandSpec(
        verb="resume",
        summary="Post again, from the next digest on",
        options=(_to("first"),),
        aliases=("unpause", "continue", "start"),
        example="resume",
        manage=True,
    ),
    CommandSpec(
        verb="settings",
        summary="How papers are posted; without options it shows how that is now",
        options=(
            OptionSpec(
                name="max",
                summary="At most this many papers in one digest, 1 to 50",
                kind="integer",
                minimum=1,
                maximum=50,
                aliases=("maximum",),
            ),
            OptionSpec(
                name="style",
                summary="One message, one for each paper, a thread, or forum posts",
                kind="choice",
                choices=("digest", "cards", "thread", "forum"),
                aliases=("as",),
            ),
            OptionSpec(name="fill", summary="On a thin day, fill up with unread papers or not", kind="choice", choices=("none", "unread")),
            OptionSpec(name="types", summary="Announcements that count, of new, cross and update: new,cross", aliases=("type",)),
            OptionSpec(name="deliver", summary="On schedule, or each paper as it arrives", kind="choice", choices=("digest", "instant")),
            _to("first"),
        ),
        aliases=("set", "config", "options"),
        example="settings max:10 fill:unread",
        manage=True,
    ),
    CommandSpec(
        verb="preview",
        summary="The next digest as it stands now, only for you; nothing is posted or changed",
        options=(_to("first"),),
        example="preview",
    ),
    CommandSpec(
        verb="save",
        summary="Keep a paper in your own list",
        options=(_paper("An id, a link, or words of its title"),),
        aliases=("bookmark", "keep"),
        example="save 2510.19811",
    ),
    CommandSpec(verb="saved", summary="The papers you saved", aliases=("bookmarks",), example="saved"),
    CommandSpec(
        verb="read",
        summary="Mark a paper posted here as read, or all of them",
        options=(_paper('An id, a link, words of its title, or "all"'),),
        aliases=("done",),
        example="read all",
    ),
    CommandSpec(
        verb="status", summary="Whether everything runs, and when the next digest comes", aliases=("health", "ping"), example="status"
    ),
    CommandSpec(
        verb="help",
        summary="All commands, or one in detail",
        options=(OptionSpec(name="verb", summary="The command to explain", rest=True, longest=32),),
        aliases=("?", "commands", "usage"),
        example="help subscribe",
    ),
)
