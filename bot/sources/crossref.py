"""Crossref: what publishers say about a DOI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Author, Paper, parse_key
from bot.errors import SourceError
from bot.sources.html_text import plain_text
from bot.sources.json_records import Record, items, load_json, number, record, text

#: Dates of a work, the one that readers first saw it first.
_DATES = ("posted", "published-online", "published-print", "published", "issued", "created")


@dataclass(frozen=True, kw_only=True, slots=True)
class Works:
    """The works of an answer, and what could not be read of it."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()


def read_works(document: bytes) -> Works:
    """The work or the list of works of an answer of ``/works``. Raises ``SourceError`` for any other document."""
    answer = record(load_json(document, of="Crossref"))
    message = record(answer.get("message"))
    match answer.get("message-type"):
        case "work":
            found = [message]
        case "work-list":
            found = items(message.get("items"))
        case other:
            raise SourceError(f"Crossref sent no works ({text(other)[:60] or 'another document'})", "check the DOI, or try again later")
    papers: list[Paper] = []
    problems: list[str] = []
    for index, one in enumerate(found, start=1):
        paper = _paper(record(one))
        if paper is None:
            problems.append(f"Crossref, work {index}: has no DOI or no title")
        else:
            papers.append(paper)
    return Works(papers=tuple(papers), problems=tuple(problems))


def _paper(work: Record) -> Paper | None:
    key = parse_key(f"doi:{text(work.get('DOI'))}") or ""
    title = _first(work.get("title"))
    if not key or not title:
        return None
    subtitle = _first(work.get("subtitle"))
    arxiv = _preprint(record(work.get("relation")))
    people = [record(one) for one in items(work.get("author"))]
    return Paper(
        keys=tuple(dict.fromkeys(filter(None, (arxiv, key)))),
        title=f"{title}: {subtitle}" if subtitle and subtitle.casefold() not in title.casefold() else title,
        abstract=plain_text(text(work.get("abstract"))).removeprefix("Abstract").strip(),
        authors=tuple(author for one in people if (author := _author(one))),
        keywords=tuple(filter(None, map(text, items(work.get("subject"))))),
        submitted=_date(work),
        journal_ref=_journal(work),
        source="crossref",
    )


def _first(value: object) -> str:
    """Titles are lists, often of one, and hold markup."""
    return next((plain for one in items(value) if (plain := plain_text(text(one)))), "")


def _author(person: Record) -> Author | None:
    """A person with given and family name, or a group with one name."""
    name = f"{text(person.get('given'))} {text(person.get('family'))}".strip() or text(person.get("name"))
    orcid = text(person.get("ORCID")).rpartition("/")[2]
    homes = tuple(home for one in items(person.get("affiliation")) if (home := text(record(one).get("name"))))
    return Author(name=name, affiliations=homes, ids=(f"orcid:{orcid}",) if orcid else ()) if name else None


def _date(work: Record) -> date | None:
    """Dates are parts: a year at least, ``[null]`` where nobody knows. Without month and day the first of them."""
    for name in _DATES:
        parts = items(record(work.get(name)).get("date-parts"))
        numbers = [number(one) for one in items(parts[0] if parts else None)]
        if numbers and numbers[0]:
            year, month, day_ = [*numbers, 1, 1][:3] if len(numbers) < 3 else numbers[:3]
            try:
                return date(year or 1, month or 1, day_ or 1)
            except ValueError:
                continue
    return None


def _journal(work: Record) -> str:
    """``Journal 12, 34-56``, as far as it is known."""
    name = _first(work.get("container-title"))
    volume, pages = text(work.get("volume")), text(work.get("page")) or text(work.get("article-number"))
    return ", ".join(filter(None, (f"{name} {volume}".strip() if name else "", pages))) if name else ""


def _preprint(relation: Record) -> str:
    """The arXiv id that a published work says it was."""
    for one in (*items(relation.get("has-preprint")), *items(relation.get("is-version-of"))):
        if (key := parse_key(text(record(one).get("id")))) and key.startswith("arxiv:"):
            return key
    return ""
