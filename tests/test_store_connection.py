"""One writer and its readers: transactions that are whole, connections that are given back and closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.store.sqlite import connection as connection_module
from bot.store.sqlite.connection import Database
from bot.store.sqlite.trouble import unusable

#: Counts far enough to take minutes; a budget stops it.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "test.db", readers=1)
    await opened.write(lambda connection: connection.execute("CREATE TABLE pairs (a INTEGER, b INTEGER)"))
    yield opened
    await opened.close()


@pytest.fixture
def complaints() -> list[dict[str, Any]]:
    """What the event loop complains about, such as an exception nobody looked at."""
    return []


def one(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]


async def test_writer_and_readers_are_set_up_by_the_rules(database: Database) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "wal_autocheckpoint", "query_only")
    writer = await database.write(lambda connection: [one(connection, f"PRAGMA {name}") for name in pragmas])
    assert writer == ["wal", 2, 1, 0, 1000, 0]
    reader = await database.read(lambda connection: [one(connection, f"PRAGMA {name}") for name in pragmas])
    assert reader == ["wal", 2, 1, 0, 1000, 1]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="readonly"):
        await database.read(lambda connection: connection.execute("INSERT INTO pairs VALUES (1, 1)"))


async def test_a_write_holds_the_lock_from_its_beginning(database: Database) -> None:
    def second_writer(_: sqlite3.Connection) -> str:
        other = sqlite3.connect(database.path, isolation_level=None, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return str(error)
        finally:
            other.close()
        return "not locked"

    assert await database.write(second_writer) == "database is locked"


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO pairs VALUES (1, 1)")
        raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        await database.write(fail)
    assert await database.read(lambda connection: one(connection, "SELECT count(*) FROM pairs")) == 0


async def test_two_hundred_cancellations_leave_no_transaction_open_and_no_half_write(database: Database) -> None:
    chance = random.Random(34)

    def pair(connection: sqlite3.Connection, number: int) -> None:
        connection.execute("INSERT INTO pairs VALUES (?, NULL)", (number,))
        one(connection, "SELECT count(*) FROM pairs AS x, pairs AS y")
        connection.execute("UPDATE pairs SET b = ? WHERE a = ?", (number, number))

    async def work(number: int) -> None:
        if chance.random() < 0.5:
            await database.write(lambda connection: pair(connection, number))
        else:
            await database.read(lambda connection: one(connection, "SELECT count(*) FROM pairs AS x, pairs AS y"))

    cancelled = 0
    for number in range(200):
        task = asyncio.create_task(work(number))
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            cancelled += 1
        assert await database.write(lambda connection: connection.in_transaction)
    assert cancelled > 100
    assert await database.read(lambda connection: connection.in_transaction) is False
    assert await database.read(lambda connection: one(connection, "SELECT count(*) FROM pairs WHERE b IS NOT a")) == 0


async def test_a_query_that_fails_after_its_caller_went_away_complains_to_nobody(
    database: Database, complaints: list[dict[str, Any]]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    go_on = threading.Event()

    def fail_late(connection: sqlite3.Connection) -> None:
        go_on.wait(10)
        raise RuntimeError("too late to matter")

    task = asyncio.create_task(database.read(fail_late))
    while not task.done() and database._free.qsize():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await database.read(lambda connection: one(connection, "SELECT 7")) == 7
    del task
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_reader_waits_while_all_are_busy_and_is_given_back_after_a_cancellation(database: Database) -> None:
    go_on = threading.Event()

    def hold(connection: sqlite3.Connection) -> int:
        go_on.wait(10)
        return 1

    first = asyncio.create_task(database.read(hold))
    second = asyncio.create_task(database.read(lambda connection: 2))
    third = asyncio.create_task(database.read(lambda connection: 3))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not second.done()
    first.cancel()
    second.cancel()
    await asyncio.wait((first, second))
    assert not third.done()
    go_on.set()
    assert await third == 3
    assert await database.read(lambda connection: 4) == 4


async def test_a_budget_stops_a_slow_query_and_the_reader_works_on(database: Database) -> None:
    with pytest.raises(TimeoutError, match="stopped"):
        await database.read(lambda connection: one(connection, ENDLESS), budget=0.01)
    assert await database.read(lambda connection: one(connection, "SELECT 1"), budget=5) == 1


async def test_a_lock_held_by_another_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BUSY_TIMEOUT", 20)
    monkeypatch.setattr(connection_module, "PATIENCE", 60)
    database = await Database.open(tmp_path / "test.db", readers=1)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the database"):
            await database.write(lambda connection: None)
        other.execute("ROLLBACK")
        await database.write(lambda connection: None)
    finally:
        other.close()
        await database.close()


async def test_a_broken_constraint_is_a_fault_of_ours_and_not_of_the_file(database: Database) -> None:
    await database.write(lambda connection: connection.execute("CREATE UNIQUE INDEX one_a ON pairs (a)"))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda connection: connection.executemany("INSERT INTO pairs VALUES (?, 0)", [(1,), (1,)]))


def worker_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name}


async def test_closing_ends_every_thread_even_when_it_is_cancelled(tmp_path: Path) -> None:
    before = worker_threads()
    database = await Database.open(tmp_path / "test.db", readers=3)
    assert len(worker_threads() - before) == 4
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    for thread in worker_threads() - before:
        thread.join(10)
    assert worker_threads() <= before


async def test_opening_that_is_cancelled_leaves_no_thread(tmp_path: Path) -> None:
    before = worker_threads()
    for steps in range(12):
        opening = asyncio.create_task(Database.open(tmp_path / "test.db", readers=2))
        for _ in range(steps):
            await asyncio.sleep(0)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await (await opening).close()
    for thread in worker_threads() - before:
        thread.join(10)
    assert worker_threads() <= before


async def test_a_missing_folder_a_folder_and_a_file_of_another_kind_are_refused_with_what_to_do(tmp_path: Path) -> None:
    before = worker_threads()
    (tmp_path / "text.db").write_text("this is no database, whatever its name says " * 40)
    for path, step in (
        (tmp_path / "nowhere" / "test.db", f"the folder {tmp_path / 'nowhere'} exists"),
        (tmp_path, "exists and may be written to"),
        (tmp_path / "text.db", "put a backup back"),
    ):
        with pytest.raises(StoreError, match="cannot be used") as caught:
            await Database.open(path, readers=1)
        assert step in caught.value.next_step
    for thread in worker_threads() - before:
        thread.join(10)
    assert worker_threads() <= before


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("attempt to write a readonly database", "writable"),
        ("database or disk is full", "free some space"),
        ("database disk image is malformed", "backup"),
        ("disk I/O error", "check the disk"),
    ],
)
def test_what_sqlite_says_becomes_what_a_person_can_do(said: str, step: str) -> None:
    assert step in unusable(Path("/data/test.db"), sqlite3.OperationalError(said)).next_step
