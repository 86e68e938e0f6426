"""Other programs, other processes, kills: one runs at a time, what was acknowledged stays, a migration is whole."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.deliveries import State
from bot.errors import StoreBusy
from bot.store.sqlite import connection as connection_module
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.contracts.digest_steps import claim, enqueue, get, settle
from tests.test_store_faults import filled

ROOT = Path(__file__).parent.parent
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


async def test_a_write_waits_out_a_lock_that_another_program_holds_for_long(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "BUSY_TIMEOUT", 5_000)
    await store._db.write(lambda connection: connection.execute("PRAGMA busy_timeout=1"))
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None, check_same_thread=False)
    waits: list[float] = []

    class LetGo(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            waits.append(record.seconds)  # type: ignore[attr-defined]
            if waits[-1] >= 30:
                other.execute("ROLLBACK")

    watch = LetGo()
    connection_module.log.addHandler(watch)
    try:
        other.execute("BEGIN IMMEDIATE")
        [id_] = await enqueue(store)
        assert [one.id for one in await claim(store)] == [id_]
    finally:
        connection_module.log.removeHandler(watch)
        other.close()
    assert waits == [5, 10, 15, 20, 25, 30]


async def test_a_slow_query_is_stopped_at_its_budget_and_keeps_no_delivery_waiting(store: SqliteStore) -> None:
    [id_] = await enqueue(store)
    slow = asyncio.create_task(store._db.read(lambda connection: connection.execute(ENDLESS).fetchone(), budget=1.0))
    await settle(store, id_, State.SENT)
    assert not slow.done()
    with pytest.raises(TimeoutError):
        await slow


RUN = """
import asyncio, sys
from bot.store.sqlite.store import open_sqlite

async def main():
    store = await open_sqlite(sys.argv[1], readers=1)
    {body}

asyncio.run(main())
"""


def child(path: Path, body: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN.format(body=body), str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)


async def test_a_second_process_is_turned_away_until_the_first_is_killed(path: Path) -> None:
    first = child(path, 'await store.lock_run("the first"); print("locked", flush=True); await asyncio.sleep(60)')
    assert first.stdout is not None
    with first:
        assert first.stdout.readline() == "locked\n"
        store = await open_sqlite(str(path), readers=1)
        try:
            with pytest.raises(StoreBusy, match="the first"):
                await store.lock_run("the second")
            first.send_signal(signal.SIGKILL)
            first.wait()
            await store.lock_run("the second")
        finally:
            await store.close()


async def test_reading_and_posting_are_two_duties_and_each_has_one_holder(path: Path) -> None:
    poster, reader, third = [await open_sqlite(str(path), readers=1) for _ in range(3)]
    try:
        await poster.lock_run("the poster", ("posting",))
        with pytest.raises(StoreBusy, match="the poster, which posts and answers"):
            await third.lock_run("the third")
        assert await third.on_duty("reading") == "", "what is refused takes nothing"
        await reader.lock_run("the reader", ("reading",))
        assert [await third.on_duty(duty) for duty in ("posting", "reading")] == ["the poster", "the reader"]
        await poster.close()
        with pytest.raises(StoreBusy, match="the reader, which reads the sources"):
            await third.lock_run("the third")
        assert await third.on_duty("posting") == ""
        await third.lock_run("the third", ("posting",))
    finally:
        for store in (reader, third):
            await store.close()


async def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    body = """
    from tests.contracts.digest_steps import enqueue
    from tests.builders import a_destination
    for number in range(10_000):
        [id_] = await enqueue(store, a_destination(f"slack:C{number:05d}"))
        print(id_, flush=True)
    """
    worker = child(path, body)
    assert worker.stdout is not None
    with worker:
        acknowledged = [worker.stdout.readline().strip() for _ in range(20)]
        worker.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in worker.stdout if len(line) == 25]
    store = await open_sqlite(str(path), readers=1)
    try:
        for id_ in acknowledged:
            assert (await get(store, id_)).state is State.PENDING
    finally:
        await store.close()


async def test_the_connection_that_writes_waits_for_the_disk_at_every_commit(store: SqliteStore) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
    found = await store._db.write(lambda connection: [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names])
    assert found == ["wal", 2, 1, 0]


MIGRATE = """
import asyncio, os, signal, sys
from bot.store.sqlite import connection
from bot.store.sqlite.store import open_sqlite

place, count = sys.argv[2], 0
real = connection._connect_writer

def watched(path):
    made = real(path)
    def statement(text):
        global count
        count += 1
        if place in (str(count), text):
            os.kill(os.getpid(), signal.SIGKILL)
    made.set_trace_callback(statement)
    return made

async def main():
    await (await open_sqlite(sys.argv[1], readers=1)).close()

connection._connect_writer = watched
asyncio.run(main())
"""


@pytest.mark.parametrize("place", ["1", "5", "25", "50", "COMMIT"])
async def test_a_migration_that_is_killed_has_not_begun(path: Path, place: str) -> None:
    done = subprocess.run([sys.executable, "-c", MIGRATE, str(path), place], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 0
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    await filled(path)
