"""Pages without titles: abstract, link lines, ``arXiv:ID``, ``Created: D Updated: D``. The abstract and the id name the paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.domain.papers import Link, Paper, parse_key
from bot.sources.listing.lines import Entry, Line, Reading, Remark, is_prose, iso_date, link_line, numbers_of

_ID = re.compile(r"arxiv: *(?P<id>\S+)(?: +\[[\w.-]+\])?", re.IGNORECASE)
_DATES = re.compile(r"Created: *(?P<created>\S+)(?: +Updated: *(?P<updated>\S+))?", re.IGNORECASE)


def marks(lines: Sequence[Line]) -> int:
    """How many lines could only stand on such a page."""
    return sum(1 for line in lines if _arxiv_key(line.text) or _DATES.fullmatch(line.text))


def read(lines: list[Line], today: date) -> Reading:
    entries: list[Entry] = []
    remarks: list[Remark] = []
    start = 0
    while start < len(lines):
        end = _record_end(lines, start)
        entry, about = _record(lines[start:end])
        if entry:
            entries.append(entry)
        remarks += about
        start = end
    return Reading(entries=tuple(entries), remarks=tuple(remarks))


def _record_end(lines: list[Line], start: int) -> int:
    """A record ends with its dates; without them with its id."""
    for index in range(start, len(lines)):
        if _DATES.fullmatch(lines[index].text):
            return index + 1
        if _arxiv_key(lines[index].text):
            dated = index + 1 < len(lines) and _DATES.fullmatch(lines[index + 1].text)
            return index + 2 if dated else index + 1
    return len(lines)


def _record(lines: list[Line]) -> tuple[Entry | None, list[Remark]]:
    used: list[Line] = []
    remarks: list[Remark] = []
    keys: list[str] = []
    abstract: list[str] = []
    links: list[Link] = []
    created = updated = None
    for line in lines:
        if key := _arxiv_key(line.text):
            keys.append(key)
        elif dates := _DATES.fullmatch(line.text):
            created, updated = iso_date(dates["created"]), iso_date(dates["updated"] or "")
            if created is None or (dates["updated"] and updated is None):
                remarks.append(Remark(line=line.number, what="a date that does not exist"))
        elif link := link_line(line.text):
            links.append(link)
        elif is_prose(line.text):
            abstract.append(line.text)
        else:
            continue
        used.append(line)
    if not abstract:
        # An id alone has nothing to show.
        return None, [Remark(line=line.number, what="belongs to a record without an abstract") for line in used]
    paper = Paper(
        keys=tuple(keys),
        abstract="\n".join(abstract),
        links=tuple(links),
        submitted=created,
        updated=updated,
        source="listing",
    )
    if not keys:
        remarks.append(Remark(line=used[-1].number, what="a record without an arXiv id ends here"))
    return Entry(paper=paper, lines=numbers_of(used)), remarks


def _arxiv_key(text: str) -> str | None:
    found = _ID.fullmatch(text)
    return parse_key(found["id"]) if found else None
