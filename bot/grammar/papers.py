"""Commands about papers: finding them, reading one, keeping it."""

from __future__ import annotations

from bot.grammar.spec import CommandSpec, OptionSpec, paper_option, query_option, to_option

SORTS = ("best", "new", "votes")

PAPER_COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(
        verb="search",
        summary="Find papers; the answer is only for you until you share it",
        options=(query_option(), OptionSpec(name="sort", summary="Best match, newest or most votes first", kind="choice", choices=SORTS)),
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
        summary="Papers posted here that you have not marked as read; everybody has a list of their own",
        aliases=("backlog",),
        example="unread",
    ),
    CommandSpec(
        verb="show",
        summary="One paper in full",
        options=(paper_option("An id, a link, or words of its title"),),
        aliases=("open", "paper", "get", "abstract"),
        example="show arxiv:2510.19811",
    ),
    CommandSpec(
        verb="similar",
        summary="Papers close to one you know",
        options=(paper_option("An id, a link, or words of its title"),),
        aliases=("related", "like", "more"),
        example="similar 2510.19811",
    ),
    CommandSpec(
        verb="save",
        summary="Keep a paper in your own list",
        options=(paper_option("An id, a link, or words of its title"),),
        aliases=("bookmark", "keep"),
        example="save 2510.19811",
    ),
    CommandSpec(
        verb="saved",
        summary="The papers you saved, all or those of a query",
        options=(query_option(required=False),),
        aliases=("bookmarks",),
        example="saved by:Jia",
    ),
    CommandSpec(
        verb="read",
        summary="Mark a paper as read for yourself, or everything posted here",
        options=(paper_option('An id, a link, words of its title, or "all"'),),
        aliases=("done",),
        example="read all",
    ),
    CommandSpec(
        verb="why",
        summary="Why a paper was posted here, or why not",
        options=(paper_option("An id, a link, or words of its title"), to_option()),
        aliases=("explain", "whynot", "because"),
        example="why 2510.19811",
    ),
)
