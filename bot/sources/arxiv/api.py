"""Answers of arXiv's query API (Atom), in the layout of 2026 and in the older ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.domain.papers import Author, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.rss import arxiv_categories, doi_keys, paper_links
from bot.sources.xml_tree import Node, read_tree

_CONTAINERS = frozenset(("feed",))
_VERSION = re.compile(r"(?<=\d)v(\d{1,3})$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the API said. ``error`` is its own sentence, or what is wrong with the body; then there are no papers but those that stand
    whole before the damage."""

    papers: tuple[Paper, ...] = ()
    #: How many papers the query has in all.
    total: int = 0
    problems: tuple[str, ...] = ()
    error: str = ""
    #: The body is no answer at all, as it happens when the server is busy.
    damaged: bool = False


def parse_answer(body: bytes) -> Answer:
    """An API answer. Errors are recognised by the entry's id: their HTTP status has changed over the years."""
    root, problem = read_tree(body, _CONTAINERS)
    feed = next((node for node in root.children if node.tag == "feed"), None)
    if feed is None:
        return Answer(error=f"no Atom feed ({problem or 'no feed in it'})" if body.strip() else "an empty body", damaged=True)
    papers: list[Paper] = []
    problems: list[str] = []
    for entry in feed.all("entry"):
        identifier = entry.get("id")
        if "api/errors" in identifier:
            return Answer(error=" ".join(entry.get("summary").split()) or "an error without a description")
        key = parse_key(identifier)
        if key is None or not key.startswith("arxiv:"):
            problems.append(f'an entry has no arXiv id: "{identifier[:80]}"')
        else:
            papers.append(_paper(entry, key, identifier))
    total = feed.get("totalResults")
    return Answer(
        papers=tuple(papers),
        total=int(total) if total.isdecimal() else len(papers),
        problems=tuple(problems),
        error=f"the answer breaks off or is damaged ({problem})" if problem else "",
        damaged=bool(problem),
    )


def _paper(entry: Node, key: str, identifier: str) -> Paper:
    version = _VERSION.search(identifier)
    primary = next((node.attributes.get("term", "") for node in entry.all("primary_category")), "")
    terms = [primary, *(node.attributes.get("term", "") for node in entry.all("category"))]
    given = [node.text for node in entry.all("doi")]
    given += [link.attributes.get("href", "") for link in entry.all("link") if link.attributes.get("title") == "doi"]
    dois = tuple(dict.fromkeys(doi for text in given for doi in doi_keys(text)))
    submitted, updated = _day(entry.get("published")), _day(entry.get("updated"))
    links = (
        *paper_links(key),
        *(Link(kind=LinkKind.PAGE, url=f"https://doi.org/{doi[4:]}") for doi in dois[:1]),
    )
    return Paper(
        keys=(key, *dois),
        title=entry.get("title"),
        abstract=entry.get("summary"),
        authors=tuple(_author(node) for node in entry.all("author")),
        categories=arxiv_categories(terms),
        links=links,
        submitted=submitted,
        updated=updated if updated != submitted else None,
        version=int(version[1]) if version else None,
        comment=entry.get("comment"),
        journal_ref=entry.get("journal_ref"),
        source="arxiv",
    )


def _author(node: Node) -> Author:
    return Author(name=node.get("name"), affiliations=tuple(place.text.strip() for place in node.all("affiliation") if place.text.strip()))


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).date()
    except ValueError:
        return None
