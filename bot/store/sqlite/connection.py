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

#: Milliseconds that a write waits for another process's transaction.
BUSY_TIMEOUT = 5000
#: Steps of SQLite's virtual machine between two looks at the clock of a budgeted read.
_PROGRESS_STEPS = 2000


class _Thread(aiosqlite.Connection):
    """An aiosqlite connection that also runs a whole function on its thread."""

    async def run(self, work: Work[T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result


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
            writer = await _start(threads, lambda: _connect_writer(path))
            for _ in range(readers):
                await _start(threads, lambda: _connect_reader(path))
        except (sqlite3.Error, OSError) as error:
            for thread in threads:
                await thread.close()
            raise unusable(path, error) from error
        return cls(path, writer, threads[1:])

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
        except sqlite3.OperationalError as error:
            raise unusable(self.path, error) from error

    async def read(self, work: Work[T], *, budget: float | None = None) -> T:
        """Run ``work`` on a query-only connection; after ``budget`` seconds SQLite stops it with ``TimeoutError``."""
        reader = await self._free.get()
        # The reader goes back when its thread is done, even if the caller was cancelled meanwhile.
        task = asyncio.ensure_future(reader.run(lambda connection: _budgeted(connection, work, budget)))
        task.add_done_callback(lambda _: self._free.put_nowait(reader))
        return await asyncio.shield(task)

    async def close(self) -> None:
        for thread in (*self._readers, self._writer):
            await thread.close()


async def _start(threads: list[_Thread], connect: Callable[[], sqlite3.Connection]) -> _Thread:
    thread = _Thread(connect, iter_chunk_size=256)
    await thread
    threads.append(thread)
    return thread


def _connect_writer(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=1000")
    connection.execute(f"PRAGMA journal_size_limit={64 * 1024 * 1024}")
    return connection


def _connect_reader(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level=None: every BEGIN and COMMIT is written by us.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT / 1000)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
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
