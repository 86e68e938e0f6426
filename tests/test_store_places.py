"""The order of the index: by day, then by row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.store.sqlite.places import FIRST_DATED, LAST, PLACE, day_of, first_of, last_of, place, row_of

rows = st.integers(1, 2**28 - 1)
days = st.none() | st.dates()


@given(rows, days)
def test_a_place_gives_back_row_and_day(row: int, day: date | None) -> None:
    assert (row_of(place(row, day)), day_of(place(row, day))) == (row, day)


@given(st.tuples(days, rows), st.tuples(days, rows))
def test_places_are_in_the_order_of_days_and_then_of_rows(one: tuple[date | None, int], other: tuple[date | None, int]) -> None:
    in_order = sorted((one, other), key=lambda entry: (entry[0] or date.min, entry[0] is not None, entry[1]))
    assert sorted(place(row, day) for day, row in (one, other)) == [place(row, day) for day, row in in_order]


@given(rows, st.dates())
def test_the_places_of_a_day_lie_between_its_bounds(row: int, day: date) -> None:
    assert 0 < place(row, None) < FIRST_DATED <= first_of(day) < place(row, day) <= last_of(day) <= LAST
    assert last_of(day) < first_of(date.fromordinal(day.toordinal() + 1)) if day < date.max else True


@given(rows, days)
def test_sql_counts_places_alike(row: int, day: date | None) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        asked = f"WITH p AS (SELECT ? AS id, ? AS filed) SELECT {PLACE} FROM p"
        assert connection.execute(asked, (row, day and day.isoformat())).fetchone()[0] == place(row, day)
