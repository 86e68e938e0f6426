"""What a command is, for the table in ``bot.grammar.table``: a verb, its options, and how each may be typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QUERY_LENGTH = 512

CompletionKind = Literal["", "author", "category", "rule", "mute", "zone", "saved", "value"]


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
    #: Words that people say for a choice, each with the choice it stands for.
    synonyms: tuple[tuple[str, str], ...] = ()
    #: Longest text, in characters.
    longest: int = 100

    def chosen(self, word: str) -> str:
        """The choice that ``word`` names, or ""."""
        folded = word.casefold()
        return folded if folded in self.choices else dict(self.synonyms).get(folded, "")

    @property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest number."""
        return self.minimum or 0, self.maximum or 10**9


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
    #: It opens a form when what it ``form_needs`` is given and nothing else but what the form takes over.
    form: bool = False
    form_needs: tuple[str, ...] = ()
    form_takes: tuple[str, ...] = ("kind", "to")

    def option(self, name: str) -> OptionSpec | None:
        return next((option for option in self.options if name == option.name or name in option.aliases), None)


def query_option(required: bool = True) -> OptionSpec:
    return OptionSpec(
        name="query",
        summary='What to look for: words, "exact phrase", by:"Robin Jia", in:cs.CL, -not, a | b',
        required=required,
        rest=True,
        verbatim=True,
        longest=QUERY_LENGTH,
    )


def paper_option(summary: str, *, required: bool = True) -> OptionSpec:
    return OptionSpec(name="paper", summary=summary, required=required, rest=True, complete="saved", longest=300)


def to_option(bare: Literal["", "first"] = "") -> OptionSpec:
    return OptionSpec(
        name="to",
        summary="For this channel, or for your own direct messages",
        kind="choice",
        choices=("here", "me"),
        synonyms=(("dm", "me"), ("myself", "me"), ("mine", "me"), ("channel", "here"), ("us", "here")),
        bare=bare,
    )


def types_option(summary: str) -> OptionSpec:
    return OptionSpec(name="types", summary=summary, longest=60)


def maximum_option(summary: str) -> OptionSpec:
    return OptionSpec(name="max", summary=summary, kind="integer", minimum=1, maximum=50, aliases=("maximum", "limit"))


def style_option(name: str = "style", aliases: tuple[str, ...] = ("as",)) -> OptionSpec:
    return OptionSpec(
        name=name,
        summary="One message, one for each paper, a thread, or forum posts",
        kind="choice",
        choices=("digest", "cards", "thread", "forum"),
        synonyms=(("card", "cards"), ("single", "cards"), ("one", "digest")),
        aliases=aliases,
    )


def fill_option() -> OptionSpec:
    return OptionSpec(
        name="fill",
        summary="On a thin day, fill up with matching papers that were never posted here, or not",
        kind="choice",
        choices=("none", "unread"),
        synonyms=(("no", "none"), ("off", "none"), ("yes", "unread"), ("on", "unread")),
    )


def zone_option(bare: Literal["", "last"] = "") -> OptionSpec:
    return OptionSpec(
        name="tz",
        summary="The time zone, such as Europe/Berlin",
        complete="zone",
        bare=bare,
        pattern=r"[A-Za-z]+/[A-Za-z_+\-/0-9]+|(?i:utc|gmt)",
        aliases=("timezone", "zone"),
    )
