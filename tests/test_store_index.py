"""The full-text index and the counted names stay what a rebuild from the papers would make them."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from pathlib import Path

from bot.query.language import parse_query
from bot.store.sqlite.index import reindex
from bot.store.sqlite.names import Counts, count_names
from bot.store.sqlite.rows import load_paper
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import NOON, a_paper, later
from tests.random_papers import TODAY, random_record


def index_content(connection: sqlite3.Connection) -> list[tuple[str, str, int, int]]:
    return [tuple(row) for row in connection.execute("SELECT term, col, doc, cnt FROM search_column_words ORDER BY 1, 2")]


def counted_names(connection: sqlite3.Connection) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """As kept, and as counted anew."""
    kept = {(kind, name): papers for kind, name, papers in connection.execute("SELECT kind, name, papers FROM names WHERE papers <> 0")}
    counts: Counts = Counter()
    for row in connection.execute("SELECT * FROM papers"):
        count_names(counts, load_paper(row).paper, 1)
    return kept, dict(counts)


async def test_after_any_history_index_names_and_keys_are_as_if_made_anew(store: SqliteStore) -> None:
    chance = random.Random(9)
    for hour in range(40):
        await store.ingest([random_record(chance) for _ in range(chance.randrange(1, 8))], at=later(hours=hour), match=lambda paper, of: ())

    def check(connection: sqlite3.Connection) -> None:
        assert connection.execute("SELECT count(*) FROM paper_moves").fetchone()[0] > 0
        kept = index_content(connection)
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        assert reindex(connection) == connection.execute("SELECT count(*) FROM papers").fetchone()[0]
        assert kept == index_content(connection)
        names = counted_names(connection)
        assert names[0] == names[1]
        keys = {tuple(row) for row in connection.execute("SELECT key, paper_id FROM paper_keys")}
        papers = [load_paper(row) for row in connection.execute("SELECT * FROM papers")]
        assert keys == {(key, stored.row) for stored in papers for key in stored.paper.keys}
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    await store._db.write(check)


async def test_a_database_indexed_by_another_analyzer_is_indexed_anew_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    store = await open_sqlite(str(path), readers=1)
    try:
        await store.ingest([a_paper(title="Planetary rings")], at=NOON, match=lambda paper, of: ())
    finally:
        await store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
        connection.execute("UPDATE meta SET value = 'older' WHERE key = 'analyzer'")
    connection.close()
    store = await open_sqlite(str(path), readers=1)
    try:
        assert (await store.search(parse_query("rings"), today=TODAY)).total == 1
    finally:
        await store.close()
