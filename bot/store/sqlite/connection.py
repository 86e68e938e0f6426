"""One writer and a few readers on one SQLite file.

A transaction is one plain function, run from its first statement to its last on the writer's thread. The caller only awaits the
result, so that cancelling the caller can never leave half a transaction behind.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

from bot.errors import StoreError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

#: "PCRI": tells our databases from anybody else's.
APPLICATION_ID = 0x50435249
#: Milliseconds that a write waits for another process's transaction.
BUSY_TIMEOUT = 5000
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

    def __init__(self, path: Path, writer: _Thread, readers: list[_Thread]) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers
        self._free: asyncio.Queue[_Thread] = asyncio.Queue()
        for reader in readers:
            self._free.put_nowait(reader)

    @classmethod
    async def open(cls, path: Path, *, readers: int) -> Database:
        """Connect, without looking at the schema. Raises ``StoreError`` when the file or its folder cannot be used."""
        threads: list[_Thread] = []
        try:
            await _start(threads, lambda: _connect_writer(path))
            for _ in range(readers):
                await _start(threads, lambda: _connect_reader(path))
        except BaseException as error:
            await _close_all(threads)
            if isinstance(error, sqlite3.Error | OSError):
                raise unusable(path, error) from error
            raise
        return cls(path, threads[0], threads[1:])

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` as one IMMEDIATE transaction: all of it is committed, or nothing when it raises."""

        def transaction(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        try:
            return await self._writer.run(transaction)
        except sqlite3.DatabaseError as error:
            if _is_of_the_file(error):
                raise unusable(self.path, error) from error
            raise

    async def read(self, work: Work[T], *, budget: float | None = None) -> T:
        """Run ``work`` on a query-only connection; after ``budget`` seconds SQLite stops it with ``TimeoutError``."""
        reader = await self._free.get()
        task = asyncio.create_task(reader.run(lambda connection: _budgeted(connection, work, budget)))
        task.add_done_callback(lambda done: self._give_back(reader, done))
        # ``wait`` and not ``shield``: when the caller is cancelled, what becomes of the query later is nobody's business any more.
        await asyncio.wait((task,))
        try:
            return task.result()
        except sqlite3.DatabaseError as error:
            if _is_of_the_file(error):
                raise unusable(self.path, error) from error
            raise

    def _give_back(self, reader: _Thread, done: asyncio.Task[T]) -> None:
        """The reader is free again when its thread is done, even if the caller was cancelled meanwhile."""
        self._free.put_nowait(reader)
        if not done.cancelled():
            done.exception()  # looked at, so that a query whose caller has gone does not complain

    async def close(self) -> None:
        """Close every connection, also those after one that fails, and even when the caller is cancelled meanwhile."""
        await _close_all([*self._readers, self._writer])


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


def _is_of_the_file(error: sqlite3.DatabaseError) -> bool:
    """Trouble with disk, lock or file; not a statement of ours that breaks a constraint or cannot be understood."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


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

    return _connect(path, prepare)


def _connect_reader(path: Path) -> sqlite3.Connection:
    return _connect(path, lambda connection: connection.execute("PRAGMA query_only=ON"))


def _connect(path: Path, prepare: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    # isolation_level=None: every BEGIN and COMMIT is written by us.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT / 1000)
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


def unusable(path: Path, error: Exception) -> StoreError:
    """What a person can do about a database that refuses."""
    text = str(error)
    step = "check the disk and the file, then start again"
    if "unable to open" in text or isinstance(error, PermissionError):
        step = f"make sure that the folder {path.parent} exists and may be written to"
    elif "readonly" in text:
        step = f"make the file and its folder {path.parent} writable for this user"
    elif "locked" in text or "busy" in text:
        step = "another program holds the database; close it and try again"
    elif "full" in text:
        step = "the disk is full: free some space"
    elif "not a database" in text or "malformed" in text:
        step = "the file is damaged or no database: put a backup back, or move it away to start with a new one"
    return StoreError(f"database {path} cannot be used ({text})", step)
