"""The SQLite store as one object: each topic is a class of its own file, all over one ``Database``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bot.ports import Duty
from bot.store.sqlite.account import Accounts
from bot.store.sqlite.backups import Backups, require_sound
from bot.store.sqlite.by_hand import DeliveriesByHand
from bot.store.sqlite.connection import Database
from bot.store.sqlite.coverage import CoverageRows
from bot.store.sqlite.deliveries import Deliveries
from bot.store.sqlite.digests import Digests
from bot.store.sqlite.healing import Healing
from bot.store.sqlite.history import Histories
from bot.store.sqlite.index import is_current, is_whole, reindex
from bot.store.sqlite.lock import holder_of, lock_duty
from bot.store.sqlite.marks import Marks
from bot.store.sqlite.memory import Memory
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.mutes import Mutes
from bot.store.sqlite.people import People
from bot.store.sqlite.reading import Reading
from bot.store.sqlite.reconcile import stand_of
from bot.store.sqlite.subscriptions import Subscriptions
from bot.store.sqlite.trouble import readonly
from bot.store.sqlite.unmerge import Identity
from bot.store.sqlite.updates import Updates


class SqliteStore(
    Healing,
    Histories,
    Subscriptions,
    Digests,
    Deliveries,
    DeliveriesByHand,
    Marks,
    Reading,
    Mutes,
    Accounts,
    People,
    Memory,
    CoverageRows,
    Backups,
    Updates,
    Identity,
):
    """Implements ``bot.ports.Store``."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._duties = ExitStack()
        self._unwritten = {}

    async def lock_run(self, who: str, duties: Sequence[Duty] = ("posting", "reading")) -> None:
        """See ``bot.ports``. Looks through the file first, for nothing may be posted from a damaged one, and puts room for the last writes
        aside."""
        if not self._db.writable:
            raise readonly(self._db.path)
        with ExitStack() as taken:
            for duty in duties:
                taken.enter_context(lock_duty(self._db.path, who, duty))
            if not await require_sound(self._db):
                self._heal(damaged=True)
            await asyncio.to_thread(self._db.ballast.keep)
            self._duties.push(taken.pop_all())

    async def on_duty(self, duty: Duty) -> str:
        return await asyncio.to_thread(holder_of, self._db.path, duty)

    async def close(self) -> None:
        try:
            await self.stop_healing()
            await self.write_all_down()
        finally:
            await self._db.close()
            self._duties.close()

    async def _look_around(self) -> None:
        """What was found on opening: an older copy, an index that is not complete."""
        self._stand(*await stand_of(self._db))
        if not await self._db.read(is_whole):
            self._heal()


async def open_sqlite(path: str, *, readers: int) -> SqliteStore:
    """Open, check and migrate the file at ``path``, made if it is not there. Raises ``StoreError``.

    A file that cannot be written is opened for reading: what writes raises ``StoreError`` then.
    """
    database = await Database.open(Path(path), readers=readers)
    try:
        await migrate(database)
        if database.writable and not await database.read(is_current):
            await database.write(reindex)
        store = SqliteStore(database)
        await store._look_around()
    except BaseException:
        await database.close()
        raise
    return store
