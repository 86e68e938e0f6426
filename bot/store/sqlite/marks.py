"""What people did with papers: saved, read, hidden."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import Destination
from bot.store.sqlite.channels import channel_row, is_foreign
from bot.store.sqlite.connection import Database
from bot.store.sqlite.papers import papers_in_order
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.times import moment_text


class Marks:
    """Implements ``bot.ports.MarkStore``. A row that became part of another one stands for that one."""

    _db: Database

    async def save(self, person: str, row: int, *, at: datetime) -> bool:
        statement = "INSERT INTO saved (person, paper_id, saved_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

        def save(connection: sqlite3.Connection) -> bool:
            paper = current_row(connection, row)
            return paper is not None and _changed(connection, statement, (person, paper, moment_text(at)))

        return await self._db.write(save)

    async def unsave(self, person: str, row: int) -> bool:
        statement = "DELETE FROM saved WHERE person = ? AND paper_id = ?"
        return await self._db.write(lambda connection: _changed(connection, statement, (person, current_row(connection, row))))

    async def saved(self, person: str, *, limit: int, offset: int = 0) -> list[StoredPaper]:
        statement = "SELECT paper_id FROM saved WHERE person = ? ORDER BY saved_at DESC, paper_id DESC LIMIT ? OFFSET ?"

        def load(connection: sqlite3.Connection) -> list[StoredPaper]:
            return papers_in_order(connection, [row[0] for row in connection.execute(statement, (person, limit, offset))])

        return await self._db.read(load)

    async def read(self, destination: Destination, person: str, rows: Sequence[int], *, at: datetime) -> int:
        key = destination.key
        statement = """INSERT INTO read_marks (destination, paper_id, person, tenant, read_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING"""

        def mark(connection: sqlite3.Connection) -> int:
            if is_foreign(channel_row(connection, key), destination.tenant):
                return 0
            papers = {paper for row in rows if (paper := current_row(connection, row)) is not None}
            connection.executemany(
                "UPDATE covered SET unread = 0 WHERE destination = ? AND paper_id = ?", [(key, paper) for paper in papers]
            )
            return sum(_changed(connection, statement, (key, paper, person, destination.tenant, moment_text(at))) for paper in papers)

        return await self._db.write(mark)

    async def unmark(self, destination: Destination, person: str, rows: Sequence[int]) -> int:
        key = destination.key

        def unmark(connection: sqlite3.Connection) -> int:
            if is_foreign(channel_row(connection, key), destination.tenant):
                return 0
            papers = {paper for row in rows if (paper := current_row(connection, row)) is not None}
            statement = "DELETE FROM read_marks WHERE destination = ? AND paper_id = ? AND person = ?"
            taken_back = [paper for paper in papers if _changed(connection, statement, (key, paper, person))]
            connection.executemany(
                """UPDATE covered SET unread = 1 WHERE destination = :key AND paper_id = :paper AND held = '' AND NOT EXISTS
                (SELECT 1 FROM read_marks r WHERE r.destination = :key AND r.paper_id = :paper)""",
                [{"key": key, "paper": paper} for paper in taken_back],
            )
            return len(taken_back)

        return await self._db.write(unmark)

    async def hide(self, destination: Destination, person: str, row: int, *, at: datetime) -> bool:
        statement = """INSERT INTO hidden (destination, paper_id, tenant, person, hidden_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING"""

        def hide(connection: sqlite3.Connection) -> bool:
            paper = current_row(connection, row)
            if paper is None or is_foreign(channel_row(connection, destination.key), destination.tenant):
                return False
            return _changed(connection, statement, (destination.key, paper, destination.tenant, person, moment_text(at)))

        return await self._db.write(hide)

    async def unhide(self, destination: Destination, row: int) -> bool:
        statement = "DELETE FROM hidden WHERE destination = ? AND paper_id = ? AND (? = '' OR tenant = ?)"

        def show(connection: sqlite3.Connection) -> bool:
            values = (destination.key, current_row(connection, row), destination.tenant, destination.tenant)
            return _changed(connection, statement, values)

        return await self._db.write(show)


def _changed(connection: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> bool:
    return connection.execute(statement, values).rowcount > 0
