"""Pages of cards: category and date glued (``CLMay 28``, ``CLMay 22, 2025Code``), title glued to its authors, abstract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.domain.papers import Author, Link, Paper
from bot.sources.listing.codes import category
from bot.sources.listing.lines import MONTH, Entry, Line, Reading, Remark, is_prose, link_line, month_date, numbers_of
from bot.sources.listing.names import is_cut, split_title

_HEAD = re.compile(
    rf"(?P<code>[A-Z]{{2}}|[a-z]{{2,8}}(?:-[a-z]{{2,6}})?)(?P<month>{MONTH}) (?P<day>\d{{1,2}})(?:, (?P<year>\d{{4}}))?(?P<has_code>Code)?"
)
#: What the mark "Code" on a card says when no address is printed with it.
HAS_CODE = "Code available"


def marks(lines: Sequence[Line]) -> int:
    """How many lines could only stand on such a page."""
    return sum(1 for line in lines if _HEAD.fullmatch(line.text))


def read(lines: list[Line], today: date) -> Reading:
    entries: list[Entry] = []
    remarks: list[Remark] = []
    heads = [index for index, line in enumerate(lines) if _HEAD.fullmatch(line.text)]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        entry, about = _card(lines[start:end], today)
        if entry:
            entries.append(entry)
        remarks += about
    return Reading(entries=tuple(entries), remarks=tuple(remarks))


def _card(lines: list[Line], today: date) -> tuple[Entry | None, list[Remark]]:
    head = _HEAD.fullmatch(lines[0].text)
    if head is None or len(lines) < 2:
        return None, [Remark(line=lines[0].number, what="a card without a title")]
    used = [lines[0]]
    remarks: list[Remark] = []
    submitted = month_date(head["month"], head["day"], head["year"], today)
    if submitted is None:
        remarks.append(Remark(line=lines[0].number, what="a date that does not exist"))
    listed_in = category(head["code"])
    if listed_in is None:
        remarks.append(Remark(line=lines[0].number, what="a category that is not known"))

    rest = lines[1:]
    title, authors, organisations, more_authors = "", tuple[str, ...](), tuple[str, ...](), False
    # A prose line where the title should be: the card came without one.
    if not is_prose(rest[0].text) or rest[0].text.endswith(" et al."):
        named, *organisations_printed = rest[0].text.split(" · ")
        organisations = tuple(printed.strip() for printed in organisations_printed if printed.strip())
        title, authors = split_title(named.strip())
        more_authors = bool(authors) and is_cut(named.strip())
        if not authors:
            remarks.append(Remark(line=rest[0].number, what="no authors found behind the title"))
        used.append(rest.pop(0))
    else:
        remarks.append(Remark(line=rest[0].number, what="an abstract without a title"))

    abstract: list[str] = []
    links: list[Link] = []
    for line in rest:
        if link := link_line(line.text):
            links.append(link)
        elif is_prose(line.text):
            abstract.append(line.text)
        else:
            continue
        used.append(line)
    text = "\n".join(abstract)
    paper = Paper(
        title=title,
        abstract=text,
        authors=tuple(Author(name=name) for name in authors),
        more_authors=more_authors,
        categories=(listed_in,) if listed_in else (),
        organisations=organisations,
        links=tuple(links),
        submitted=submitted,
        comment=HAS_CODE if head["has_code"] and not links and "http" not in text else "",
        source="listing",
    )
    return Entry(paper=paper, lines=numbers_of(used)), remarks
