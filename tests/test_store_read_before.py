"""An older database kept read marks for each channel: whose mark it was is known, and else it goes on counting for the channel."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import migrate, migrations
from bot.store.sqlite.store import open_sqlite
from bot.store.sqlite.times import moment_text
from tests.builders import NOON
from tests.contracts.digest_steps import HERE

#: The last schema whose read marks were a channel's.
OLD = 16
ANA, BEN = "slack:U7", "slack:U8"


def an_old_life(connection: sqlite3.Connection) -> None:
    """Five papers: read by Ana; by Ana and Ben; by somebody who was forgotten since; by nobody; and one that a mute held back."""
    connection.execute(
        """INSERT INTO channels (key, tenant, name, schedule, zone, maximum, style, fill, deliver, types, paused, origin)
        VALUES (?, 'slack:T1', '#nlp', 'daily 09:00', 'UTC', 10, 'digest', 'none', 'digest', 'new cross', '', 'chat')""",
        (HERE.key,),
    )
    connection.execute("INSERT INTO occurrences (id, destination, slot, planned_at) VALUES ('x', ?, 's', ?)", (HERE.key, moment_text(NOON)))
    for row, (unread, held) in enumerate(((0, ""), (0, ""), (0, ""), (1, ""), (0, "mute #1: word survey")), start=1):
        given = {"id": row, "title": f"Paper {row}", "source": "arxiv", "keys": f'["arxiv:2604.{row}"]', "sources": '["arxiv"]'}
        given |= dict.fromkeys(("abstract", "summary", "comment", "journal_ref"), "")
        given |= dict.fromkeys(("authors", "categories", "organisations", "links"), "[]")
        given |= {"more_authors": 0, "withdrawn": 0, "first_seen": moment_text(NOON)}
        connection.execute(f"INSERT INTO papers ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})", tuple(given.values()))
        connection.execute(
            """INSERT INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at, unread, held)
            VALUES (?, ?, 'x', ?, ?, '', '2026-04-22T09:00:00.000000+00:00', ?, ?)""",
            (HERE.key, row, held == "", row, unread, held),
        )
    for place, row, person, day in (
        (HERE.key, 1, ANA, 3),
        (HERE.key, 2, ANA, 4),
        (HERE.key, 2, BEN, 5),
        ("slack:C9", 1, ANA, 2),
    ):
        moment = f"2026-05-{day:02}T09:00:00.000000+00:00"
        connection.execute("INSERT INTO read_marks VALUES (?, ?, ?, 'slack:T1', ?)", (place, row, person, moment))


async def test_old_marks_become_those_of_who_set_them_and_count_for_all_where_nobody_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "old.db", migrations()
    with monkeypatch.context() as older:
        older.setattr(migrate_module, "migrations", lambda: steps[:OLD])
        database = await Database.open(path, readers=1)
        await migrate(database)
        await database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        an_old_life(connection)
    store = await open_sqlite(str(path), readers=1)
    try:
        lists = {person: [one.stored.row for one in await store.unread(HERE, person, limit=9)] for person in (ANA, BEN, "slack:U9")}
        assert lists == {ANA: [4], BEN: [1, 4], "slack:U9": [1, 2, 4]}
        told = [(one.kind, one.text, one.at and one.at.day) for one in await store.about(ANA, HERE)]
        assert sorted(told) == [("read", "Paper 1", 2), ("read", "Paper 2", 4)], "the first time counts"
        assert await store.shown(HERE, range(1, 6)) == {1, 2, 3, 4}
    finally:
        await store.close()
