"""One writer and a few readers on one SQLite file.

A transaction is one plain function, run from its first statement to its last on the writer's thread. The caller only awaits the
result, so that cancelling the caller can never leave half a transaction behind.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

from bot.errors import StoreError
from bot.store.sqlite.ballast import Ballast
from bot.store.sqlite.trouble import (
    IndexUnusable,
    is_busy,
    is_damage,
    is_full,
    is_of_the_file,
    is_of_the_index,
    newest_good_backup,
    readonly,
    unusable,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

#: "PCRI": tells our databases from anybody else's.
APPLICATION_ID = 0x50435249
#: Milliseconds that a write waits for another process's transaction before it says so and goes on waiting, and how long at most.
BUSY_TIMEOUT = 2_000
PATIENCE = 60_000
#: What a broken disk or file shows itself as.
_TROUBLE = (sqlite3.Error, OSError, UnicodeDecodeError)
#: Steps of SQLite's virtual machine between two looks at the clock of a budgeted read.
_PROGRESS_STEPS = 2000


class _Thread(aiosqlite.Connection):
    """An aiosqlite connection that also runs a whole function on its thread."""

    async def run(self, work: Work[T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result

    async def ended(self) -> None:
        """Wait for the thread of a connection that could not be made: it must not outlive the event loop."""
        await asyncio.to_thread(self._thread.join)


class Database:
    """``write`` runs a transaction, ``read`` a query; both take a plain function of a ``sqlite3.Connection``."""

    def __init__(self, path: Path, writer: _Thread | None, readers: list[_Thread]) -> None:
        self.path = path
        self.ballast = Ballast(path)
        self._writer = writer
        self._readers = readers
        self._closing = False
        self._free: asyncio.Queue[_Thread] = asyncio.Queue()
        for reader in readers:
            self._free.put_nowait(reader)

    @classmethod
    async def open(cls, path: Path, *, readers: int) -> Database:
        """Connect, without looking at the schema. A file that is there and cannot be written is opened for reading only.

        Raises ``StoreError`` when the file or its folder cannot be used.
        """
        threads: list[_Thread] = []
        for_reading = is_readonly(path)
        try:
            if not for_reading:
                await _start(threads, lambda: _connect_writer(path))
            for _ in range(max(readers, 1)):
                await _start(threads, lambda: _connect_reader(path, for_reading=for_reading))
        except BaseException as error:
            await _close_all(threads)
            if isinstance(error, _TROUBLE):
                raise await _told(path, error) from error
            raise
        return cls(path, None if for_reading else threads[0], threads if for_reading else threads[1:])

    @property
    def writable(self) -> bool:
        return self._writer is not None

    async def write(self, work: Work[T], *, urgent: bool = False, then: Callable[[T], None] | None = None) -> T:
        """Run ``work`` as one IMMEDIATE transaction: all of it is committed, or nothing when it raises.

        ``then`` is called with its result right after the commit, on the same thread. When the disk is full, only ``urgent`` work may
        use the room that is kept for it.
        """
        if self._writer is None:
            raise readonly(self.path)

        def whole(connection: sqlite3.Connection) -> T:
            if not urgent:
                self.ballast.require()
            result = self._with_room(lambda: self._transaction(connection, work), again=urgent)
            if then:
                self._with_room(lambda: then(result), again=True)
            return result

        try:
            return await self._writer.run(whole)
        except _TROUBLE as error:
            raise await self._trouble(error) from error

    def _transaction(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        self._begin(connection)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Wait for other writers as long as one may reasonably write; a closing store waits no longer."""
        waited = 0
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                waited += BUSY_TIMEOUT
                if not is_busy(error) or waited >= PATIENCE or self._closing:
                    raise
                log.warning("another program holds the database: waiting", extra={"seconds": waited / 1000})

    def _with_room(self, work: Callable[[], T], *, again: bool) -> T:
        """On a full disk give up the room that is kept, and do the work again where that may use it."""
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            if is_full(error) and self.ballast.free() and again:
                return work()
            raise

    async def _trouble(self, error: Exception) -> Exception:
        """The error as a person should be told; a fault of ours comes back as it is."""
        if isinstance(error, sqlite3.Error):
            if is_of_the_index(error):
                return IndexUnusable()
            if not is_of_the_file(error):
                return error
        return await _told(self.path, error)

    async def read(self, work: Work[T], *, budget: float | None = None) -> T:
        """Run ``work`` on a query-only connection; after ``budget`` seconds SQLite stops it with ``TimeoutError``."""
        reader = await self._free.get()
        task = asyncio.create_task(reader.run(lambda connection: _budgeted(connection, work, budget)))
        task.add_done_callback(lambda done: self._give_back(reader, done))
        # ``wait`` and not ``shield``: when the caller is cancelled, what becomes of the query later is nobody's business any more.
        await asyncio.wait((task,))
        try:
            return task.result()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise await self._trouble(error) from error

    def _give_back(self, reader: _Thread, done: asyncio.Task[T]) -> None:
        """The reader is free again when its thread is done, even if the caller was cancelled meanwhile."""
        self._free.put_nowait(reader)
        if not done.cancelled():
            done.exception()  # looked at, so that a query whose caller has gone does not complain

    async def close(self) -> None:
        """Close every connection, also those after one that fails, and even when the caller is cancelled meanwhile."""
        self._closing = True
        await _close_all([*self._readers, *([self._writer] if self._writer else [])])


async def _told(path: Path, error: Exception) -> StoreError:
    backup = await asyncio.to_thread(newest_good_backup, path) if is_damage(error) else None
    return unusable(path, error, backup)


async def _close_all(threads: list[_Thread]) -> None:
    """A connection that stays open keeps its thread and with it the whole process alive: so none is left behind."""
    results = await _to_the_end(asyncio.gather(*(thread.close() for thread in threads), return_exceptions=True))
    for problem in results:
        if isinstance(problem, BaseException):
            raise problem


async def _to_the_end(work: asyncio.Future[T]) -> T:
    """What ``work`` gives. A cancellation of the caller is passed on only after it is done."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait((work,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not work.cancelled():
            work.exception()
        raise cancelled
    return work.result()


async def _start(threads: list[_Thread], connect: Callable[[], sqlite3.Connection]) -> None:
    thread = _Thread(connect, iter_chunk_size=256)

    async def started() -> None:
        try:
            await thread
        except BaseException:
            await thread.ended()
            raise
        threads.append(thread)

    await _to_the_end(asyncio.ensure_future(started()))


def _connect_writer(path: Path) -> sqlite3.Connection:
    def prepare(connection: sqlite3.Connection) -> None:
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner == APPLICATION_ID or not tables:  # the journal mode is written to the file: not to somebody else's
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=1000")
        connection.execute(f"PRAGMA journal_size_limit={64 * 1024 * 1024}")

    return _connect(str(path), prepare)


def is_readonly(path: Path) -> bool:
    """Whether the file is there and this user cannot change it, or cannot write the journal beside it."""
    return path.is_file() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _connect_reader(path: Path, *, for_reading: bool) -> sqlite3.Connection:
    def prepare(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only=ON")
        if for_reading:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()

    if not for_reading:
        return _connect(str(path), prepare)
    address = path.absolute().as_uri()
    try:
        return _connect(f"{address}?mode=ro", prepare)
    except sqlite3.OperationalError:
        # Without a journal there is nothing that could come in from the side: the file is read as it lies there.
        journal = path.with_name(path.name + "-wal")
        if journal.exists() and journal.stat().st_size:
            raise
        return _connect(f"{address}?immutable=1", prepare)


def _connect(address: str, prepare: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    """``address`` is a path, or a file URI."""
    # isolation_level=None: every BEGIN and COMMIT is written by us.
    connection = sqlite3.connect(
        address, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT / 1000, uri=address.startswith("file:")
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _budgeted(connection: sqlite3.Connection, work: Work[T], budget: float | None) -> T:
    if budget is None:
        return work(connection)
    deadline = time.perf_counter() + budget
    connection.set_progress_handler(lambda: time.perf_counter() > deadline, _PROGRESS_STEPS)
    try:
        return work(connection)
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TimeoutError(f"query stopped after {budget:.2f} s") from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
