"""Commands about the group's library: what is liked, files, pictures, and what is kept about a person."""

from __future__ import annotations

from bot.grammar.spec import CommandSpec, OptionSpec, paper_option, query_option, to_option

#: Formats of papers, and "rules" for what a channel follows.
FORMATS = ("bibtex", "ris", "csv", "rules")

LIBRARY_COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(
        verb="top",
        summary="The most liked papers of the last days: votes here first, then those of the source",
        options=(
            OptionSpec(
                name="days",
                summary="How many days back, 1 to 365; 7 unless you say",
                bare="first",
                pattern=r"\d{1,3}\s*[dwmy]?",
                aliases=("since", "last"),
                longest=8,
            ),
        ),
        aliases=("best", "popular", "favourites"),
        example="top 7d",
    ),
    CommandSpec(
        verb="unsave",
        summary="Take a paper off your own list",
        options=(paper_option("An id, a link, or words of its title"),),
        aliases=("forget-paper", "unbookmark"),
        example="unsave 2510.19811",
    ),
    CommandSpec(
        verb="export",
        summary="The papers you saved, or those of a query, as a file; or the rules here as text",
        options=(
            OptionSpec(
                name="format",
                summary="For a reference manager, a spreadsheet, or the rules of this channel",
                kind="choice",
                required=True,
                choices=FORMATS,
                synonyms=(
                    ("bib", "bibtex"),
                    ("tex", "bibtex"),
                    ("endnote", "ris"),
                    ("excel", "csv"),
                    ("latex", "bibtex"),
                    ("zotero", "ris"),
                    ("mendeley", "ris"),
                    ("rule", "rules"),
                ),
                bare="first",
            ),
            query_option(required=False),
            to_option(),
        ),
        aliases=("download", "bibtex"),
        example="export bibtex state space models",
    ),
    CommandSpec(
        verb="trend",
        summary="Papers per month as a picture, for one query or several with | between them",
        options=(
            query_option(),
            OptionSpec(name="months", summary="How many months back, 2 to 240; 24 unless you say", kind="integer", minimum=2, maximum=240),
        ),
        aliases=("trends", "plot", "chart", "graph"),
        example='trend "state space models" | transformers months:12',
    ),
    CommandSpec(
        verb="notes",
        summary="What your own rules find and is posted here comes to you as a note, not as a second copy",
        options=(
            OptionSpec(
                name="switch",
                summary="For this channel; without it you see how that is now",
                kind="choice",
                choices=("on", "off"),
                synonyms=(("yes", "on"), ("no", "off")),
                bare="first",
            ),
        ),
        aliases=("note",),
        example="notes on",
    ),
    CommandSpec(
        verb="privacy",
        summary="What is kept about you: show it, get it as a file, or delete it",
        options=(
            OptionSpec(
                name="what",
                summary="Show it, export it as a file, or delete it",
                kind="choice",
                choices=("show", "export", "delete"),
                synonyms=(("erase", "delete"), ("forget", "delete"), ("remove", "delete"), ("download", "export"), ("me", "show")),
                bare="first",
            ),
        ),
        aliases=("mydata", "gdpr"),
        example="privacy show",
    ),
)
