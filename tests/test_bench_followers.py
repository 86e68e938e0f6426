"""The benchmark beside many followers: everything is measured, and matches are those that somebody follows."""

from __future__ import annotations

from pathlib import Path

from tests.bench import followers
from tests.bench.corpus import Drawing
from tests.bench.standing import subscriptions
from tests.builders import NOON
from tests.test_bench import some_papers


async def test_ingest_beside_many_followers_is_measured(tmp_path: Path) -> None:
    papers = some_papers()
    standing = list(subscriptions(papers, 60))
    told: list[str] = []
    rows = await followers.measure(papers, standing, Drawing(papers).queries(6), tmp_path, today=NOON.date(), tell=told.append, idle=0.1)
    assert [row.unit for row in rows] == ["µs/paper", "ms", "ms", "µs"]
    assert "40 new papers, " in rows[0].name and " subscriptions, " in rows[0].name
    assert " 0 matches a paper" not in rows[0].name and " 0 papers" not in rows[3].name
    assert all(row.group == followers.GROUP and (row.wall or row.cpu) for row in rows)
    assert "following 60 subscriptions" in told
