"""One row for each source, category and announcement day: what was announced, and what of it is here."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from bot.domain.coverage import Coverage, DayState
from bot.store.sqlite.connection import Database
from bot.store.sqlite.times import moment_text, text_moment

_PUT = """
    INSERT INTO coverage (source, category, day, state, announced, fetched, new, merged, unreadable,
        looked_at, next_look, note, repaired_at)
    VALUES (:source, :category, :day, :state, :announced, :fetched, :new, :merged, :unreadable,
        :looked_at, :next_look, :note, :repaired_at)
    ON CONFLICT (source, category, day) DO UPDATE SET
        state = excluded.state, announced = excluded.announced, fetched = excluded.fetched,
        new = new + excluded.new, merged = merged + excluded.merged, unreadable = excluded.unreadable,
        looked_at = excluded.looked_at, next_look = excluded.next_look, note = excluded.note,
        repaired_at = coalesce(repaired_at, excluded.repaired_at)
"""


class CoverageRows:
    """The part of ``bot.ports.MemoryStore`` that keeps coverage."""

    _db: Database

    async def cover(self, days: Sequence[Coverage]) -> None:
        if days:
            await self._db.write(lambda connection: connection.executemany(_PUT, map(_values, days)))

    async def coverage(self, *, since: date) -> list[Coverage]:
        statement = "SELECT * FROM coverage WHERE day >= ? ORDER BY source, category, day"
        return await self._db.read(lambda connection: [_load(row) for row in connection.execute(statement, (since.isoformat(),))])


def _values(one: Coverage) -> dict[str, object]:
    moments = {
        name: moment_text(moment) if moment else None for name, moment in (("next_look", one.next_look), ("repaired_at", one.repaired_at))
    }
    return {**asdict(one), "day": one.day.isoformat(), "state": one.state.value, "looked_at": moment_text(one.looked_at), **moments}


def _load(row: sqlite3.Row) -> Coverage:
    return Coverage(
        source=row["source"],
        category=row["category"],
        day=date.fromisoformat(row["day"]),
        state=DayState(row["state"]),
        announced=row["announced"],
        fetched=row["fetched"],
        new=row["new"],
        merged=row["merged"],
        unreadable=row["unreadable"],
        looked_at=text_moment(row["looked_at"]),
        next_look=text_moment(row["next_look"]) if row["next_look"] else None,
        note=row["note"],
        repaired_at=text_moment(row["repaired_at"]) if row["repaired_at"] else None,
    )
