"""An older database keeps what was new in it: matches and waiting papers become postings, nothing is lost and nothing comes twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite.connection import Database
from bot.store.sqlite.migrate import migrate, migrations
from bot.store.sqlite.postings import bytes_to_rules
from bot.store.sqlite.store import open_sqlite
from bot.store.sqlite.times import moment_text
from tests.builders import distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, enqueue, hits

#: The last schema that kept a row for each destination and paper.
OLD = 11
KEYS = (HERE.key, THERE.key)
KIND = "CASE p.announce_type WHEN 'cross' THEN 1 WHEN 'replace' THEN 2 WHEN 'replace-cross' THEN 2 ELSE 0 END"

#: What that schema's program wrote for each match, and how it read what is new.
WAIT = f"""
    INSERT INTO waiting (destination, paper_id, kind, matched_at)
    SELECT s.destination, p.id, {KIND}, :at FROM subscriptions s JOIN papers p ON p.id = :paper
    WHERE s.rule_id = :rule AND s.live = 1
        AND NOT EXISTS (SELECT 1 FROM covered c WHERE c.destination = s.destination AND c.paper_id = p.id)
    ON CONFLICT DO NOTHING
"""
FRESH = """
    SELECT w.paper_id FROM waiting w
    WHERE w.destination = ? AND w.kind < 2 AND EXISTS (
        SELECT 1 FROM matches m JOIN subscriptions s ON s.rule_id = m.rule_id
        WHERE m.paper_id = w.paper_id AND s.destination = w.destination AND s.live = 1 AND m.matched_at >= s.created_at
    ) AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.destination = w.destination AND h.paper_id = w.paper_id)
"""
REASONS = """
    SELECT m.clause FROM matches m JOIN subscriptions s ON s.rule_id = m.rule_id AND s.destination = ? AND s.live = 1
    WHERE m.paper_id = ? AND m.matched_at >= s.created_at ORDER BY m.possible, s.number
"""


def live(connection: sqlite3.Connection, random: Random) -> None:
    """A life as the old program wrote it down, step by step."""
    for key in KEYS:
        connection.execute(
            """INSERT INTO channels (key, tenant, name, schedule, zone, maximum, style, fill, deliver, types, paused, origin)
            VALUES (?, 'slack:T1', '', 'daily 09:00', 'UTC', 10, 'digest', 'none', 'digest', 'new cross', '', 'chat')""",
            (key,),
        )
    connection.executemany("INSERT INTO rules (id, query) VALUES (?, ?)", [(1, "a"), (2, "b"), (3, "c")])
    papers = list(range(1, 25))
    for row, paper in zip(papers, distinct_papers(len(papers)), strict=True):
        given = {"id": row, "keys": f'["{paper.key}"]', "title": paper.title, "source": "arxiv", "sources": '["arxiv"]'}
        given |= dict.fromkeys(("abstract", "summary", "comment", "journal_ref"), "")
        given |= dict.fromkeys(("authors", "categories", "organisations", "links"), "[]")
        given |= {"more_authors": 0, "withdrawn": 0, "first_seen": moment_text(later())}
        given["announce_type"] = random.choice((None, "cross", "replace"))
        connection.execute(f"INSERT INTO papers ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})", list(given.values()))
        connection.execute("INSERT INTO paper_keys VALUES (?, ?)", (paper.key, row))
    connection.execute("INSERT INTO occurrences (id, destination, slot, planned_at) VALUES ('x', 'slack:C0123ABCD', 'x', '')")
    numbers = dict.fromkeys(KEYS, 0)
    for minute in range(40):
        at = moment_text(later(minutes=minute))
        key = random.choice(KEYS)
        match random.choice(("subscribe", "match", "match", "match", "end", "cover", "hide")):
            case "subscribe":
                rule = random.randint(1, 3)
                followed = "SELECT 1 FROM subscriptions WHERE destination = ? AND rule_id = ? AND live = 1"
                if not connection.execute(followed, (key, rule)).fetchone():
                    numbers[key] += 1
                    connection.execute(
                        """INSERT INTO subscriptions (destination, number, rule_id, kind, created_at, created_by, origin)
                        VALUES (?, ?, ?, 'query', ?, '', 'chat')""",
                        (key, numbers[key], rule, at),
                    )
            case "match":
                for paper in random.sample(papers, 4):
                    for rule in random.sample((1, 2, 3), 2):
                        clause = random.choice(("abc"[rule - 1], "part of it"))
                        added = connection.execute(
                            "INSERT OR IGNORE INTO matches VALUES (?, ?, ?, ?, ?)", (rule, paper, clause, random.randint(0, 1), at)
                        )
                        if added.rowcount:
                            connection.execute(WAIT, {"at": at, "paper": paper, "rule": rule})
            case "end":
                connection.execute("UPDATE subscriptions SET live = 0 WHERE destination = ? AND number = ?", (key, random.randint(1, 4)))
            case "cover":
                for (paper,) in connection.execute("SELECT paper_id FROM waiting WHERE destination = ? LIMIT 2", (key,)).fetchall():
                    connection.execute(
                        """INSERT INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at, unread)
                        VALUES (?, ?, 'x', 1, 0, '', ?, 1)""",
                        (key, paper, at),
                    )
                    connection.execute("DELETE FROM waiting WHERE destination = ? AND paper_id = ?", (key, paper))
            case "hide":
                connection.execute("INSERT OR IGNORE INTO hidden VALUES (?, ?, 'slack:T1', 'x', ?)", (key, random.choice(papers), at))


@pytest.mark.parametrize("seed", range(12))
async def test_what_was_new_is_new_with_the_same_reasons_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    path, steps = tmp_path / "old.db", migrations()
    with monkeypatch.context() as older:
        older.setattr(migrate_module, "migrations", lambda: steps[:OLD])
        database = await Database.open(path, readers=1)
        await migrate(database)
        await database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        live(connection, Random(seed))
        reasons = {
            (key, row): tuple(dict.fromkeys(clause for (clause,) in connection.execute(REASONS, (key, row))))
            for key in KEYS
            for (row,) in connection.execute(FRESH, (key,)).fetchall()
        }
        matched = connection.execute("SELECT rule_id, paper_id FROM matches").fetchall()
    store = await open_sqlite(str(path), readers=1)
    try:
        for place in (HERE, THERE):
            fresh = await store.fresh(place, limit=100)
            assert {(place.key, one.stored.row): one.reasons for one in fresh} == {
                key: of for key, of in reasons.items() if key[0] == place.key
            }
            if fresh:
                await enqueue(store, place, shown=tuple((one.stored.row, "") for one in fresh))
            assert await store.fresh(place, limit=100) == []
        assert sorted(await store._db.read(_matched)) == sorted(matched)
        new = await store.ingest(distinct_papers(30)[29:], at=later(days=1), match=hits(1, 2, 3))
        for place in (HERE, THERE):
            news = list(new.rows) if await store.subscriptions(place) else []
            assert [one.stored.row for one in await store.fresh(place, limit=100)] == news
    finally:
        await store.close()


def _matched(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    found = connection.execute("SELECT paper_id, rules FROM paper_rules").fetchall()
    assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name IN ('waiting', 'matches')").fetchall()
    return [(rule, paper) for paper, rules in found for rule in bytes_to_rules(rules)]
