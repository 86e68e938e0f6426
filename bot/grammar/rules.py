"""Commands about what is followed: subscribing, trying a rule out, changing it, and what is not wanted."""

from __future__ import annotations

from bot.grammar.spec import (
    QUERY_LENGTH,
    CommandSpec,
    OptionSpec,
    fill_option,
    maximum_option,
    query_option,
    style_option,
    to_option,
    types_option,
)

KINDS = ("author", "keyword", "category", "org", "query")
#: What can be muted by a command. "person" is made by a press on a card only.
MUTED_KINDS = ("word", "author", "category", "org")

_TYPES = "Announcements that count for this rule, of new, cross and update: new,cross"
_MAXIMUM = "At most this many papers of this rule in one digest, 1 to 50"

RULE_COMMANDS: tuple[CommandSpec, ...] = (
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
                name="kind",
                summary="What the value is; a query unless you say otherwise",
                kind="choice",
                choices=KINDS,
                synonyms=(
                    *(("authors", "author"), ("keywords", "keyword"), ("cat", "category"), ("categories", "category")),
                    *(("organisation", "org"), ("organization", "org")),
                ),
                bare="first",
            ),
            to_option(),
            maximum_option(_MAXIMUM),
            types_option(_TYPES),
            OptionSpec(name="when", summary='For all of the place: weekdays and a time, such as "mon-fri 09:00"'),
            style_option("as", aliases=("style",)),
            fill_option(),
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
            to_option(),
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
            query_option(),
            OptionSpec(name="days", summary="How many days back, 1 to 365; 30 unless you say", kind="integer", minimum=1, maximum=365),
        ),
        aliases=("try", "estimate"),
        example='rehearse "diffusion models" in:cs.CV days:30',
    ),
    CommandSpec(
        verb="edit",
        summary="Change a subscription: its query, how many papers, which announcements",
        options=(
            OptionSpec(
                name="rule",
                summary="Its number in the list, such as #2",
                required=True,
                bare="first",
                pattern=r"#?\d{1,9}",
                complete="rule",
                longest=QUERY_LENGTH,
            ),
            OptionSpec(
                name="query",
                summary="What it follows from now on; left out, that stays",
                rest=True,
                verbatim=True,
                longest=QUERY_LENGTH,
            ),
            OptionSpec(name="max", summary='At most this many of its papers in one digest, 1 to 50, or "all"', longest=10),
            OptionSpec(name="types", summary='Announcements that count for it: new,cross,update, or "all" the place takes', longest=60),
            to_option(),
        ),
        aliases=("change", "modify"),
        example='edit #2 "state space models" -survey max:5',
        manage=True,
        form=True,
        form_needs=("rule",),
    ),
    CommandSpec(
        verb="mute",
        summary="Never show papers with a word, by an author, of a category or an organisation",
        options=(
            OptionSpec(
                name="value",
                summary="What is not wanted: a word or phrase, a name, a category, an organisation",
                required=True,
                rest=True,
                complete="value",
            ),
            OptionSpec(
                name="kind",
                summary="What the value is; a word unless you say otherwise",
                kind="choice",
                choices=MUTED_KINDS,
                synonyms=(
                    *(("keyword", "word"), ("topic", "word"), ("phrase", "word"), ("words", "word"), ("name", "author")),
                    *(("authors", "author"), ("organisation", "org"), ("organization", "org"), ("lab", "org"), ("cat", "category")),
                ),
                bare="first",
            ),
            OptionSpec(name="until", summary="A day such as 2026-12-01, or a time from now such as 7d; for ever without", aliases=("for",)),
            to_option(),
        ),
        aliases=("ignore", "block", "exclude"),
        example="mute word survey until:7d",
        manage=True,
        form=True,
    ),
    CommandSpec(
        verb="unmute",
        summary="End a mute, by its number or what it says; nothing older comes back",
        options=(
            OptionSpec(
                name="mute", summary="Its number in the list, such as #1, or what is muted", required=True, rest=True, complete="mute"
            ),
            to_option(),
        ),
        aliases=("unignore", "unblock", "allow"),
        example="unmute #1",
        manage=True,
    ),
    CommandSpec(
        verb="mutes",
        summary="What is muted here, or for you, with numbers",
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
        aliases=("muted", "ignored"),
        example="mutes all",
    ),
)
