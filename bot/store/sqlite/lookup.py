"""Lists and proposals: the newest papers, the most voted, names that are being typed."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from bot.domain.papers import StoredPaper
from bot.store.sqlite.connection import Database
from bot.store.sqlite.papers import papers_in_order
from bot.store.sqlite.proposals import names_begun
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.similar import similar_rows
from bot.store.sqlite.spelling import closest_word
from bot.store.sqlite.times import moment_text, text_moment
from bot.text.analysis import words

#: Seconds for what is only a proposal: none is better than a late one.
_BUDGET = 0.5
_ARRIVALS = """
    WITH last AS (
        SELECT first_seen FROM papers WHERE first_seen > :since AND first_seen <= :until ORDER BY first_seen LIMIT 1 OFFSET :last
    )
    SELECT keys, first_seen FROM papers
    WHERE first_seen > :since AND first_seen <= coalesce((SELECT first_seen FROM last), :until)
    ORDER BY first_seen, id
"""


class Lookup:
    """The part of ``PaperStore`` that lists and proposes without a query."""

    _db: Database

    async def latest(self, *, limit: int, since: datetime | None = None) -> list[StoredPaper]:
        arrived = "1" if since is None else "first_seen >= ?"
        values = () if since is None else (moment_text(since),)
        return await self._db.read(
            lambda connection: _listed(connection, f"WHERE {arrived} ORDER BY filed DESC, id DESC LIMIT ?", (*values, limit))
        )

    async def arrivals(self, *, since: datetime, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        values = {"since": moment_text(since), "until": moment_text(until), "last": limit - 1}
        found = await self._db.read(lambda connection: connection.execute(_ARRIVALS, values).fetchall())
        return [(json.loads(keys)[0], text_moment(first_seen)) for keys, first_seen in found]

    async def similar(self, row: int, *, limit: int) -> list[StoredPaper]:
        def find(connection: sqlite3.Connection) -> list[StoredPaper]:
            of = current_row(connection, row)
            return [] if of is None else papers_in_order(connection, similar_rows(connection, of, limit))

        try:
            return await self._db.read(find, budget=_BUDGET)
        except TimeoutError:
            return []

    async def authors(self, typed: str, *, limit: int) -> list[tuple[str, int]]:
        return await self._names("author", typed, limit)

    async def categories(self, typed: str, *, limit: int) -> list[tuple[str, int]]:
        return await self._names("category", typed, limit)

    async def organisations(self, typed: str, *, limit: int) -> list[tuple[str, int]]:
        return await self._names("organisation", typed, limit)

    async def _names(self, kind: str, typed: str, limit: int) -> list[tuple[str, int]]:
        begun = list(dict.fromkeys(words(typed)))
        if typed.strip() and not begun:
            return []
        try:
            return await self._db.read(lambda connection: names_begun(connection, kind, begun, limit), budget=_BUDGET)
        except TimeoutError:
            return []

    async def closest_word(self, word: str) -> str | None:
        try:
            return await self._db.read(lambda connection: closest_word(connection, word), budget=_BUDGET)
        except TimeoutError:
            return None


def _listed(connection: sqlite3.Connection, clause: str, values: tuple[str | int, ...]) -> list[StoredPaper]:
    rows = [row for (row,) in connection.execute(f"SELECT id FROM papers {clause}", values)]
    return papers_in_order(connection, rows)
