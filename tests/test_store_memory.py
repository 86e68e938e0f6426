"""What the store of one file promises to remember while it is busy writing."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store import open_store
from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import migrate, migrations
from bot.store.sqlite.store import SqliteStore, open_sqlite
from bot.store.sqlite.times import moment_text
from tests.builders import NOON, later

MONTH = timedelta(days=30)


async def test_a_search_is_remembered_at_once_while_something_long_is_written(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "papers.db"), readers=2)
    written = threading.Event()
    try:
        long = asyncio.create_task(store._db.write(lambda _: written.wait()))
        try:
            async with asyncio.timeout(5):
                token = await store.remember("page 2", at=NOON, keep=MONTH, lazily=True)
                assert await store.remember("page 2", at=NOON, keep=MONTH, lazily=True) == token
            recalled = asyncio.create_task(store.recall(token))
            await asyncio.sleep(0)
            assert not recalled.done()
        finally:
            written.set()
            await long
        assert await recalled == "page 2"
        assert not store._unwritten
    finally:
        await store.close()


async def test_what_is_still_to_be_written_when_the_store_closes_is_there_when_it_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    store = await open_store(f"sqlite:{path}")
    token = await store.remember("page 2", at=NOON, keep=MONTH, lazily=True)
    await store.close()
    again = await open_store(f"sqlite:{path}")
    try:
        assert await again.recall(token) == "page 2"
    finally:
        await again.close()


async def test_a_token_that_cannot_be_written_down_is_told_to_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = await open_sqlite(str(tmp_path / "papers.db"), readers=1)

    async def refuse(self: SqliteStore, *_: object) -> None:
        raise StoreError("the disk is full", "make room")

    monkeypatch.setattr(SqliteStore, "_write_down", refuse)
    try:
        with caplog.at_level(logging.WARNING):
            token = await store.remember("page 2", at=NOON, keep=MONTH, lazily=True)
            assert await store.recall(token) is None
        assert "what a button stands for could not be kept" in caplog.text
    finally:
        await store.close()


async def test_buttons_of_an_older_database_work_on_for_as_long_as_shared_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "old.db", migrations()
    with monkeypatch.context() as older:
        older.setattr(migrate_module, "migrations", lambda: steps[:19])
        database = await Database.open(path, readers=1)
        await migrate(database)
        await database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO remembered VALUES ('aaaaaaaaaaaa', 'page 2', ?)", (moment_text(NOON),))
    store = await open_sqlite(str(path), readers=1)
    try:
        await store.remember("page 3", at=later(days=400), keep=MONTH)
        assert await store.recall("aaaaaaaaaaaa") == "page 2"
        await store.remember("page 3", at=later(days=400, seconds=1), keep=MONTH)
        assert await store.recall("aaaaaaaaaaaa") is None
    finally:
        await store.close()
