"""What an older database knew of versions is told as changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.history import ChangeKind
from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import migrate, migrations
from bot.store.sqlite.store import open_sqlite
from tests.builders import NOON, a_paper


async def test_versions_of_an_older_database_become_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "old.db", migrations()
    with monkeypatch.context() as older:
        older.setattr(migrate_module, "migrations", lambda: steps[:5])
        database = await Database.open(path, readers=1)
        await migrate(database)
        await database.close()
    paper = a_paper(arxiv="2604.1", title="The Third Title", version=3)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        given = {"id": 1, "keys": '["arxiv:2604.1"]', "title": "The Third Title", "version": 3, "source": "arxiv", "sources": '["arxiv"]'}
        given |= dict.fromkeys(("abstract", "summary", "comment", "journal_ref"), "")
        given |= dict.fromkeys(("authors", "categories", "organisations", "links"), "[]")
        given |= {"more_authors": 0, "withdrawn": 0, "first_seen": "2026-04-22T12:00:00.000000+00:00"}
        connection.execute(f"INSERT INTO papers ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})", list(given.values()))
        connection.execute("INSERT INTO paper_keys VALUES ('arxiv:2604.1', 1)")
        for version, title, day in ((1, "The First Title", "2026-04-23"), (2, "The First Title", "2026-04-24")):
            connection.execute(
                "INSERT INTO paper_versions (paper_id, version, title, replaced_at) VALUES (1, ?, ?, ?)",
                (version, title, f"{day}T12:00:00.000000+00:00"),
            )
        connection.execute("INSERT INTO paper_moves (old_id, paper_id) VALUES (7, 1)")
    store = await open_sqlite(str(path), readers=1)
    try:
        history = await store.history("arxiv:2604.1")
        assert history is not None
        assert [(one.kind, one.before, one.after, one.at.day) for one in history.changes] == [
            (ChangeKind.VERSION, "1", "2", 23),
            (ChangeKind.VERSION, "2", "3", 24),
            (ChangeKind.TITLE, "The First Title", "The Third Title", 24),
        ]
        assert [(one.row, one.at) for one in history.joined] == [(7, None)]
        await store.ingest([paper], at=NOON, match=lambda paper, of: ())
        assert (await store.papers([7]))[0].row == 1
    finally:
        await store.close()
