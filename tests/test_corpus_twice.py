"""Real records, read twice: the second time there is nothing to do, and nothing in the store is another than before."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.services.ingest import Ingest, Rules
from bot.store.sqlite.store import open_sqlite
from tests.bench.corpus import load_papers, load_text
from tests.bench.ingest import ListSource
from tests.fakes.clock import FakeClock

#: Of the 43,169 records of the sample; all of them take minutes. How many there were last time: docs/sources.md.
RECORDS = int(os.environ.get("PAPERCRIER_CORPUS_RECORDS", "1500"))


def contents(path: Path) -> dict[str, list[str]]:
    """Every row of every table of our own, but for when the source was read last."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()
        tables = [name for (name,) in names if not name.startswith("search") and name != "source_runs"]
        return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}


async def test_the_second_pass_over_the_corpus_changes_nothing(test_data: Path, tmp_path: Path) -> None:
    lines = load_text(test_data / "corpus" / "papers-sample.jsonl.gz").splitlines()
    papers = load_papers("\n".join(lines[:: max(1, len(lines) // RECORDS)][:RECORDS]))
    path, clock = tmp_path / "twice.db", FakeClock()
    store = await open_sqlite(str(path), readers=1)
    try:
        service = Ingest(store, clock, Rules(store, clock))
        first = await service.run(ListSource(papers))
        before = contents(path)
        clock.advance(3600)
        second = await service.run(ListSource(papers))
        assert contents(path) == before
    finally:
        await store.close()
    assert (first.read, first.unreadable) == (RECORDS, 0) and first.new > RECORDS * 0.99
    assert (second.read, second.new, second.merged, second.changed) == (RECORDS, 0, 0, 0)
