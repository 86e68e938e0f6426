"""What people did with papers: saved, hidden."""

from __future__ import annotations

import sqlite3
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
