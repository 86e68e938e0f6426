"""The SQLite store as one object: each topic is a class of its own file, all over one ``Database``."""

from __future__ import annotations

from pathlib import Path

from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import migrate


class SqliteStore:
    """Implements ``bot.ports.Store``."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def close(self) -> None:
        await self._db.close()


async def open_sqlite(path: str, *, readers: int) -> SqliteStore:
    """Open, check and migrate the file at ``path``, made if it is not there. Raises ``StoreError``."""
    database = await Database.open(Path(path), readers=readers)
    try:
        await migrate(database)
    except BaseException:
        await database.close()
        raise
    return SqliteStore(database)
