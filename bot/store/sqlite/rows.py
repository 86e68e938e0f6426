"""A paper as a row of ``papers`` and back. What goes in comes out equal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from bot.domain.authors import author_id
from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, StoredPaper
from bot.store.sqlite.times import text_moment

#: The columns that hold a ``Paper``, in the order of ``paper_values``.
PAPER_COLUMNS = (
    "keys",
    "title",
    "abstract",
    "summary",
    "authors",
    "author_count",
    "more_authors",
    "categories",
    "organisations",
    "links",
    "submitted",
    "updated",
    "announced",
    "announce_type",
    "version",
    "comment",
    "journal_ref",
    "votes",
    "discussion",
    "withdrawn",
    "source",
    "keywords",
)

#: The last of the values of a paper without keywords.
NO_KEYWORDS = "[]"

#: What is written in ``PAPER_COLUMNS``.
PaperValues = tuple[Any, ...]

_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def paper_values(paper: Paper) -> PaperValues:
    return (
        _dump(paper.keys),
        paper.title,
        paper.abstract,
        paper.summary,
        _dump([_author_value(author) for author in paper.authors]),
        paper.author_count,
        int(paper.more_authors),
        _dump(paper.categories),
        _dump(paper.organisations),
        _dump([(link.kind, link.url) for link in paper.links]),
        day_text(paper.submitted),
        day_text(paper.updated),
        day_text(paper.announced),
        paper.announce_type,
        paper.version,
        paper.comment,
        paper.journal_ref,
        paper.votes,
        paper.discussion,
        int(paper.withdrawn),
        paper.source,
        _dump(paper.keywords) if paper.keywords else NO_KEYWORDS,
    )


def _author_value(author: Author) -> str | tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Most authors are a name and nothing else, and are written as such."""
    return (author.name, author.affiliations, author.ids) if author.affiliations or author.ids else author.name


def record_digest(values: PaperValues) -> bytes:
    """8 bytes that tell one record of a paper from its other records. Without keywords they are those that were worked out before papers
    had any: what was heard then is known still."""
    values = values[:-1] if values[-1] == NO_KEYWORDS else values
    return blake2b("\x1f".join(map(str, values)).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def load_paper(row: sqlite3.Row) -> StoredPaper:
    """From a row that holds every column of ``papers``."""
    sources = tuple(json.loads(row["sources"]))
    return StoredPaper(row=row["id"], paper=paper_of(row), first_seen=text_moment(row["first_seen"]), sources=sources)


def paper_of(row: sqlite3.Row | Mapping[str, Any]) -> Paper:
    """What ``paper_values`` wrote, by column."""
    return Paper(
        keys=tuple(json.loads(row["keys"])),
        title=row["title"],
        abstract=row["abstract"],
        summary=row["summary"],
        authors=tuple(_load_author(value) for value in json.loads(row["authors"])),
        author_count=row["author_count"],
        more_authors=bool(row["more_authors"]),
        categories=tuple(json.loads(row["categories"])),
        organisations=tuple(json.loads(row["organisations"])),
        links=tuple(Link(kind=LinkKind(kind), url=url) for kind, url in json.loads(row["links"])),
        submitted=text_day(row["submitted"]),
        updated=text_day(row["updated"]),
        announced=text_day(row["announced"]),
        announce_type=AnnounceType(row["announce_type"]) if row["announce_type"] else None,
        version=row["version"],
        comment=row["comment"],
        journal_ref=row["journal_ref"],
        votes=row["votes"],
        discussion=row["discussion"],
        withdrawn=bool(row["withdrawn"]),
        source=row["source"],
        keywords=tuple(json.loads(row["keywords"])) if row["keywords"] != NO_KEYWORDS else (),
    )


def _load_author(value: Any) -> Author:
    if isinstance(value, str):
        return Author(name=value)
    name, affiliations, ids = value
    if isinstance(ids, str):  # as it was written while ORCID was the only id
        ids = [author_id(ids) or f"orcid:{ids}"] if ids else []
    return Author(name=name, affiliations=tuple(affiliations), ids=tuple(ids))


def load_papers(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, StoredPaper]:
    """Those of ``rows`` that there are, by row."""
    found = connection.execute("SELECT * FROM papers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(rows)),))
    return {row["id"]: load_paper(row) for row in found}


def current_row(connection: sqlite3.Connection, row: int) -> int | None:
    """The row that a number once given stands for now; ``None`` for one that was never given."""
    found = connection.execute(
        "SELECT id FROM papers WHERE id = :row UNION ALL SELECT paper_id FROM paper_moves WHERE old_id = :row", {"row": row}
    ).fetchone()
    return None if found is None else int(found[0])


def day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def text_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
