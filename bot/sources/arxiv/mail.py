"""arXiv's own plain text: the daily mail of a subscription, and the ``.abs`` file of one paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from bot.announcements import listing_day
from bot.domain.papers import AnnounceType, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.names import is_cut, split_authors
from bot.sources.arxiv.rss import arxiv_categories, doi_keys, paper_links

_EASTERN = ZoneInfo("America/New_York")
_RULE = re.compile(r"(?:-{20,}|[-%]{20,})\s*")
_PAPER = re.compile(r"(?:arXiv:|Paper(?:\s*\(\*cross-listing\*\))?:\s*)(?P<id>\S+)(?P<rest>.*)")
_FIELD = re.compile(r"(?P<name>[A-Z][A-Za-z-]+(?: \((?:revised|original)?[ \w]*\))?):(?:\s+|$)(?P<value>.*)")
_REVISED = re.compile(r"Date \(revised(?: v(\d+))?\)")
_REPLACED = re.compile(r"^(?:replaced with revised version|figures added|revised with no changes)\s+(?P<date>\w{3},.*)", re.IGNORECASE)
_WINDOW = re.compile(r"received from\s+.*?\bto\s+(?P<end>\w{3}\s+\d.*)")
_DATE = re.compile(r"\w{3},\s+\d{1,2}\s+\w{3}\s+\d{2,4}\s+[\d:]+(?:\s+[A-Z]{3})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """The papers of one text. ``day``: the announcement date, where the text says which papers it covers."""

    papers: tuple[Paper, ...]
    problems: tuple[str, ...] = ()
    day: date | None = None


def is_mail(text: str) -> bool:
    """Whether this is one of arXiv's own texts: parts between lines of two backslashes, with ids of arXiv."""
    lines = text.splitlines()
    return any(line.rstrip() == "\\\\" for line in lines) and any(_PAPER.match(line) for line in lines)


def parse_mail(text: str) -> Mail:
    """Every paper of ``text``. A block that names a paper and cannot be read is reported with its line."""
    lines = text.splitlines()
    day = _announced(lines)
    papers: list[Paper] = []
    problems: list[str] = []
    for start, block in _blocks(lines):
        offset, first = next(((number, line) for number, line in enumerate(block, 1) if line.strip() and line.strip() != "\\\\"), (1, ""))
        if not (found := _PAPER.match(first)):
            if any(line.rstrip() == "\\\\" for line in block):
                problems.append(f'line {start + offset}: no paper is named in "{first.strip()[:80]}"')
            continue
        key = parse_key(found["id"])
        if key is None or not key.startswith("arxiv:"):
            problems.append(f'line {start + offset}: "{found["id"][:80]}" is no arXiv id')
        else:
            paper = _paper(block, key, crossed="cross-listing" in first)
            papers.append(replace(paper, announced=day) if day else replace(paper, announce_type=None))
    return Mail(papers=tuple(papers), problems=tuple(problems), day=day)


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """The parts between rules, each with the number of its first line. A rule inside an abstract does not end it."""
    found: list[tuple[int, list[str]]] = []
    start, marks = 0, 0
    for number, line in enumerate([*lines, "-" * 30]):
        marks += line.startswith("\\\\")
        if _RULE.fullmatch(line) and (marks != 2 or number == len(lines) or _ends(lines, number)):
            if any(text.strip() for text in lines[start:number]):
                found.append((start, lines[start:number]))
            start, marks = number + 1, 0
    return found


def _ends(lines: list[str], number: int) -> bool:
    """Whether the rule at ``number`` stands between two papers: behind a closing mark, or before another paper."""
    after = next((line for line in lines[number + 1 :] if line.strip() and not _RULE.fullmatch(line)), "\\\\")
    before = next((line for line in reversed(lines[:number]) if line.strip()), "")
    return after.startswith("\\\\") or before.startswith("\\\\")


def _paper(block: list[str], key: str, *, crossed: bool) -> Paper:
    parts: list[list[str]] = [[]]
    for line in block:
        if line.startswith("\\\\"):
            parts.append([])
        else:
            parts[-1].append(line)
    # What stands before the first mark belongs to no paper; a file may lack the mark.
    head = next((part for part in parts if any(_PAPER.match(line) for line in part)), [])
    tail = parts[parts.index(head) + 1] if parts.index(head) + 1 < len(parts) else []
    fields, replaced = _fields(head)
    dates = [(name, day) for name, value in fields if name.startswith("Date") and (day := _mail_day(value))]
    revisions = [int(number[1]) for name, _ in dates if (number := _REVISED.match(name)) and number[1]]
    value = dict(reversed(fields))
    submitted = next((day for name, day in dates if not _REVISED.match(name)), None)
    last = replaced or max((day for _, day in dates), default=None)
    authors, count = split_authors(value.get("Authors") or value.get("Author", ""))
    keys = doi_keys(value.get("DOI", ""))
    links = (*paper_links(key), *(Link(kind=LinkKind.PAGE, url=f"https://doi.org/{doi[4:]}") for doi in keys[:1]))
    kind = {
        (False, False): AnnounceType.NEW,
        (True, False): AnnounceType.CROSS,
        (False, True): AnnounceType.REPLACE,
        (True, True): AnnounceType.REPLACE_CROSS,
    }[crossed, replaced is not None]
    return Paper(
        keys=(key, *keys),
        title=value.get("Title", ""),
        abstract="\n".join(tail).strip(),
        authors=authors,
        author_count=count,
        more_authors=is_cut(value.get("Authors", "")),
        categories=arxiv_categories(value.get("Categories", "").split()),
        links=links,
        submitted=submitted,
        updated=last if last != submitted else None,
        announce_type=kind,
        version=max(revisions, default=1) if not replaced else None,
        comment=value.get("Comments", ""),
        journal_ref=value.get("Journal-ref", ""),
        source="arxiv",
    )


def _fields(head: list[str]) -> tuple[list[tuple[str, str]], date | None]:
    """Names and values in order, lines that go on joined, and the day of a replacement."""
    fields: list[tuple[str, str]] = []
    replaced: date | None = None
    for line in head:
        if _PAPER.match(line):
            continue
        if found := _REPLACED.match(line):
            replaced = _mail_day(found["date"])
        elif line[:1].isspace() and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}".strip())
        elif found := _FIELD.match(line):
            fields.append((found["name"], found["value"].strip()))
    return fields, replaced


def _announced(lines: list[str]) -> date | None:
    """The announcement date: that of the night in which the submissions of the window the text names were announced."""
    for line in lines[:40]:
        if found := _WINDOW.search(line):
            try:
                end = parsedate_to_datetime(found["end"])
            except ValueError:
                return None
            return listing_day((end if end.tzinfo else end.replace(tzinfo=UTC)).astimezone(_EASTERN) - timedelta(seconds=1))
    return None


def _mail_day(text: str) -> date | None:
    found = _DATE.search(text)
    try:
        moment: datetime = parsedate_to_datetime(found[0] if found else text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
