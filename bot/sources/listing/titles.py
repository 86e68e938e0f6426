"""Pages of titles and abstracts, bare or each followed by ``• N authors`` or an organisation, ``·``, a date and a comment count."""

from __future__ import annotations

import re
from datetime import date

from bot.domain.papers import Link, Paper
from bot.sources.listing.lines import (
    MONTH,
    Entry,
    Line,
    Reading,
    Remark,
    is_prose,
    link_line,
    month_date,
    numbers_of,
    without_glued_button,
)

_AUTHORS = re.compile(r"[•*-] *(?P<count>\d{1,5}) authors?", re.IGNORECASE)
_DOT = "·"
_DATE = re.compile(rf"(?P<month>{MONTH}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}})(?: +(?P<comments>\d{{1,6}}))?")


def read(lines: list[Line], today: date) -> Reading:
    entries: list[Entry] = []
    remarks: list[Remark] = []
    index = 0
    while index < len(lines):
        if not _opens_record(lines, index):
            index += 1
            continue
        entry, about = _record(lines, index, today)
        entries.append(entry)
        remarks += about
        index += len(entry.lines)
    return Reading(entries=tuple(entries), remarks=tuple(remarks))


def _opens_record(lines: list[Line], index: int) -> bool:
    title = lines[index].text
    if is_prose(title) or _is_tail(lines, index):
        return False
    return index + 1 < len(lines) and is_prose(lines[index + 1].text)


def _is_tail(lines: list[Line], index: int) -> bool:
    text = lines[index].text
    if text == _DOT or _AUTHORS.fullmatch(text) or _DATE.fullmatch(text) or link_line(text):
        return True
    return index + 1 < len(lines) and lines[index + 1].text == _DOT


def _record(lines: list[Line], start: int, today: date) -> tuple[Entry, list[Remark]]:
    """The record that begins at ``start``; its lines stand together."""
    remarks: list[Remark] = []
    links: list[Link] = []
    organisations: tuple[str, ...] = ()
    author_count = submitted = discussion = None
    end = start + 2
    while end < len(lines) and _is_tail(lines, end):
        line = lines[end]
        end += 1
        if found := _AUTHORS.fullmatch(line.text):
            author_count = int(found["count"])
        elif link := link_line(line.text):
            links.append(link)
        elif found := _DATE.fullmatch(line.text):
            submitted = month_date(found["month"], found["day"], found["year"], today)
            discussion = int(found["comments"]) if found["comments"] else None
            if submitted is None:
                remarks.append(Remark(line=line.number, what="a date that does not exist"))
            break
        elif line.text != _DOT:
            organisations = (_organisation(line.text),)
    paper = Paper(
        title=without_glued_button(lines[start].text),
        abstract=lines[start + 1].text,
        author_count=author_count,
        organisations=organisations,
        links=tuple(links),
        submitted=submitted,
        discussion=discussion,
        source="listing",
    )
    return Entry(paper=paper, lines=numbers_of(lines[start:end])), remarks


def _organisation(text: str) -> str:
    """``tencent Tencent``: the address of an organisation's page, then its name. The name is kept."""
    address, _, name = text.partition(" ")
    return name.strip() if name and address == address.lower() else text
