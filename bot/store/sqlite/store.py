"""The SQLite store as one object: each topic is a class of its own file, all over one ``Database``."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from bot.store.sqlite.by_hand import DeliveriesByHand
from bot.store.sqlite.connection import Database
from bot.store.sqlite.deliveries import Deliveries
from bot.store.sqlite.digests import Digests
from bot.store.sqlite.index import is_current, reindex
from bot.store.sqlite.lock import lock_run
from bot.store.sqlite.lookup import Lookup
from bot.store.sqlite.marks import Marks
from bot.store.sqlite.memory import Memory
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.papers import Papers
from bot.store.sqlite.search import Search
from bot.store.sqlite.subscriptions import Subscriptions


class SqliteStore(Papers, Search, Lookup, Subscriptions, Digests, Deliveries, DeliveriesByHand, Marks, Memory):
    """Implements ``bot.ports.Store``."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._run_lock: TextIO | None = None

    async def lock_run(self, who: str) -> None:
        """Be the only process that runs on this database. ``StoreBusy`` names the one that is."""
        self._run_lock = lock_run(self._db.path, who)

    async def close(self) -> None:
        await self._db.close()
        if self._run_lock:
            self._run_lock.close()


async def open_sqlite(path: str, *, readers: int) -> SqliteStore:
    """Open, check and migrate the file at ``path``, made if it is not there. Raises ``StoreError``."""
    database = await Database.open(Path(path), readers=readers)
    try:
        await migrate(database)
        if not await database.read(is_current):
            await database.write(reindex)
    except BaseException:
        await database.close()
        raise
    return SqliteStore(database)
