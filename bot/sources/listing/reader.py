"""Pages that list papers as plain text, the kind every group keeps: each record of the page becomes a paper.

Three readers know the four shapes such pages come in:

* ``ids``: abstract, link lines, ``arXiv:ID``, ``Created: … Updated: …``; no titles.
* ``cards``: category and date, title glued to its authors, abstract.
* ``titles``: title and abstract, bare or with the number of authors, an organisation, a date and a comment count.

Nothing of a page is dropped in silence: a line is part of a record, known furniture of the page, or a problem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Paper
from bot.ports import Batch
from bot.sources.listing import cards, ids, titles
from bot.sources.listing.lines import Entry, Line, Reading, Remark, is_furniture, quoted, split_lines

_Reader = Callable[[list[Line], date], Reading]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What each line of a page turned out to be. The three kinds of line numbers together are all lines that are not blank."""

    entries: tuple[Entry, ...]
    furniture: frozenset[int]
    #: Lines of which nothing was understood, or not all.
    remarks: tuple[Remark, ...]

    @property
    def papers(self) -> tuple[Paper, ...]:
        return tuple(entry.paper for entry in self.entries)


def read_page(text: str, *, today: date) -> Page:
    """Read a page of any of the shapes; ``today`` gives the year of dates that were printed without one."""
    lines = split_lines(text)
    furniture = frozenset(line.number for line in lines if is_furniture(line.text))
    content = [line for line in lines if line.number not in furniture]
    reading = _reader(content)(content, today)
    known = {number for entry in reading.entries for number in entry.lines}.union(remark.line for remark in reading.remarks)
    remarks = [*reading.remarks, *(Remark(line=line.number, what="belongs to no record") for line in content if line.number not in known)]
    return Page(entries=reading.entries, furniture=furniture, remarks=tuple(sorted(remarks, key=lambda remark: remark.line)))


def read_listing(text: str, *, name: str, today: date) -> Batch:
    """The papers of a page, with one problem ``name:LINE: what: "text"`` for each line that was not understood. Never raises."""
    page = read_page(text, today=today)
    printed = {line.number: line.text for line in split_lines(text)}
    return Batch(
        papers=page.papers,
        problems=tuple(f"{name}:{remark.line}: {remark.what}: {quoted(printed[remark.line])}" for remark in page.remarks),
    )


def _reader(lines: list[Line]) -> _Reader:
    """The reader whose marks the page bears; bare titles and abstracts bear none."""
    of_cards, of_ids = cards.marks(lines), ids.marks(lines)
    if not of_cards and not of_ids:
        return titles.read
    return cards.read if of_cards > of_ids else ids.read
