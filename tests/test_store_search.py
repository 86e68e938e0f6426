"""Search on SQLite when an order takes too long, and how its statements reach the tables."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.ports import SearchPage
from bot.query.language import parse_query
from bot.store.sqlite import search as search_module
from bot.store.sqlite.compile import compile_query
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, distinct_papers
from tests.random_papers import TODAY


def too_slow(*given: object) -> SearchPage:
    raise TimeoutError("query stopped after 0.25 s")


async def test_an_order_that_takes_too_long_gives_way_to_newest_first_and_says_so(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [replace(paper, submitted=TODAY - timedelta(days=index)) for index, paper in enumerate(distinct_papers(5))]
    for paper in papers:
        await store.ingest([paper], at=NOON, match=lambda paper, of: ())
    monkeypatch.setattr(search_module, "_page", too_slow)
    for text, sort, order in (
        ("reading groups", "best", "new"),
        ("reading since:30d", "best", "new"),
        ("reading", "votes", "new"),
        ("since:30d", "best", "unranked"),
        ("in:cs.CL", "best", "unranked"),
        ("reading", "new", "asked"),
    ):
        page = await store.search(parse_query(text), sort=sort, limit=2, offset=1, today=TODAY)  # type: ignore[arg-type]
        assert (page.total, page.more, page.order) == (5, False, order)
        assert [stored.paper.title for stored, _ in page.hits] == [papers[1].title, papers[2].title]


async def test_a_search_that_cannot_be_answered_in_time_says_so(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "_page", too_slow)
    monkeypatch.setattr(search_module, "_newest_page", too_slow)
    with pytest.raises(StoreError, match="takes too long: make it narrower"):
        await store.search(parse_query("reading"), today=TODAY)


@pytest.mark.parametrize(
    ("text", "match", "conditions"),
    [
        ('dust "wei zhang" -in:cs.CL', True, 0),
        ("dust OR (moons in:cs.LG)", True, 0),
        ("dust since:7d", True, 0),
        ("dust votes:>3", True, 1),
        ("dust -votes:>3", True, 1),
        ("since:7d -dust", False, 2),
        ("dust OR since:2026-01-01", False, 1),
    ],
)
def test_everything_that_the_index_can_say_is_one_question_to_it(text: str, match: bool, conditions: int) -> None:
    plan = compile_query(parse_query(text).tree, TODAY)
    asked = (*plan.filters, *plan.where)
    assert (bool(plan.match), len(asked)) == (match, conditions)
    assert sum(part.count("?") for part in asked) == len(plan.parameters)


async def test_dates_and_votes_are_looked_up_and_not_scanned(store: SqliteStore) -> None:
    def steps(connection: sqlite3.Connection) -> list[str]:
        statement = "SELECT id FROM papers AS p WHERE (p.filed IS NOT NULL AND p.filed >= ?) ORDER BY p.filed DESC, p.id DESC LIMIT 10"
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ("2026-01-01",))
        votes = connection.execute("EXPLAIN QUERY PLAN SELECT id FROM papers AS p WHERE (p.votes IS NOT NULL AND p.votes > ?)", (3,))
        return [row[3] for row in (*plan, *votes)]

    found = await store._db.read(steps)
    assert ["papers_filed" in found[0], "papers_votes" in found[-1]] == [True, True]
    assert not any("TEMP B-TREE" in step for step in found)
