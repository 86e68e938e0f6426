"""Where a paper stands in the full-text index: by the day it is filed under, then by its row.

The index hands out its matches in the order of these numbers, so that newest first, a range of days and a count for each day cost no
look at the papers. A paper without a day stands before all others.
"""

from __future__ import annotations

from datetime import date

#: Bits of a place that hold the row. Rows beyond would take 268 million papers; more bits would make the index larger.
_ROW_BITS = 28
_ROWS = (1 << _ROW_BITS) - 1

#: The row of the paper at ``search.rowid``, and the other way round for ``papers AS p``, as SQL.
ROW = f"search.rowid & {_ROWS}"
#: SQLite counts days from noon to noon from 1721425.5 on where Python counts from 1.
PLACE = f"(coalesce(CAST(julianday(p.filed) - 1721424.5 AS INTEGER), 0) << {_ROW_BITS} | p.id)"

#: The first place of a paper that has a day.
FIRST_DATED = 1 << _ROW_BITS
#: No place is beyond this one.
LAST = (1 << 62) - 1


def place(row: int, day: date | None) -> int:
    return (day.toordinal() << _ROW_BITS if day else 0) | row


def row_of(at: int) -> int:
    return at & _ROWS


def day_number(at: int) -> int:
    """The day as ``date.toordinal`` counts; 0 for a paper without one."""
    return at >> _ROW_BITS


def day_of(at: int) -> date | None:
    number = day_number(at)
    return date.fromordinal(number) if number else None


def first_of(day: date) -> int:
    """The place before which everything is older than ``day``."""
    return place(0, day)


def last_of(day: date) -> int:
    """The last place that a paper of ``day`` can have."""
    return place(_ROWS, day)
