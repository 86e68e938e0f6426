"""OpenReview: the paper of a forum, as its API (version 2) describes it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.domain.authors import author_id
from bot.domain.papers import Author, Link, LinkKind, Paper
from bot.errors import SourceError
from bot.sources.json_records import Record, items, load_json, number, record, text


def read_notes(document: bytes) -> tuple[Paper, ...]:
    """The papers among the notes of an answer of ``/notes``: those that have a title. Raises ``SourceError`` for any other document."""
    answer = record(load_json(document, of="OpenReview"))
    if "notes" not in answer:
        said = text(answer.get("message")) or text(answer.get("name")) or "another document"
        raise SourceError(f"OpenReview sent no notes ({said[:200]})", "it may want a login for this; try again later")
    return tuple(paper for one in items(answer["notes"]) if (paper := _paper(record(one))))


def _paper(note: Record) -> Paper | None:
    content = record(note.get("content"))
    id_, title = text(note.get("forum")) or text(note.get("id")), text(_value(content, "title"))
    if not id_ or not title:
        return None
    page = f"https://openreview.net/forum?id={id_}"
    pdf = text(_value(content, "pdf"))
    links = [Link(kind=LinkKind.PAGE, url=page)]
    if pdf:
        links.append(Link(kind=LinkKind.PDF, url=f"https://openreview.net/pdf?id={id_}" if pdf.startswith("/") else pdf))
    return Paper(
        keys=(f"openreview:{id_}",),
        title=title,
        abstract=text(_value(content, "abstract")),
        summary=text(_value(content, "TLDR")),
        authors=_authors(content),
        keywords=tuple(filter(None, map(text, items(_value(content, "keywords"))))),
        links=tuple(links),
        submitted=_moment(note.get("pdate")) or _moment(note.get("cdate")),
        updated=_moment(note.get("mdate")),
        comment=text(_value(content, "venue")),
        source="openreview",
    )


def _authors(content: Record) -> tuple[Author, ...]:
    """Names with the ids of the people's profiles. Who has no profile stands there with a mail address, which is nobody's business."""
    names, profiles = items(_value(content, "authors")), items(_value(content, "authorids"))
    found = [text(one) for one in profiles] if len(profiles) == len(names) else [""] * len(names)
    ids = [author_id(f"openreview:{one}") if one.startswith("~") and "@" not in one else None for one in found]
    return tuple(Author(name=name, ids=(id_,) if id_ else ()) for one, id_ in zip(names, ids, strict=True) if (name := text(one)))


def _value(content: Record, name: str) -> object:
    """Each field of version 2 is wrapped; those of version 1 are not."""
    found = content.get(name)
    return found.get("value") if isinstance(found, dict) else found


def _moment(value: object) -> date | None:
    """Milliseconds since 1970."""
    milliseconds = number(value)
    if milliseconds is None or not 0 < milliseconds < 4_000_000_000_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
