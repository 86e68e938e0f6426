"""Matches by rule as they lie in the database: what goes in comes out, above a batch and for the rules asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.papers import AnnounceType
from bot.ports import Hit
from bot.store.sqlite import hits as hits_module
from bot.store.sqlite import postings
from bot.store.sqlite.postings import Matches, bytes_to_rules, read_postings, rules_to_bytes, write_postings
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_paper, distinct_papers, later
from tests.contracts.digest_steps import HERE, add_channel, an_occurrence, enqueue, follow, hits, ingest

T = TypeVar("T")

SILENT = an_occurrence(messages=())
_RULES = st.one_of(st.integers(1, 70), st.sampled_from([63, 64, 127, 128, 100_000]))
_FOUND = st.tuples(st.integers(1, 2**32 - 1), st.integers(0, 2), st.lists(st.tuples(_RULES, st.integers(0, 4095)), max_size=40))
_BATCHES = st.lists(st.tuples(st.sampled_from([1, 2, 4094, 4095, 4096, 9000]), st.lists(_FOUND, max_size=9)), max_size=8)


def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE postings (id INTEGER PRIMARY KEY, found BLOB NOT NULL) STRICT")
    return connection


@given(batches=_BATCHES, above=st.dictionaries(_RULES, st.integers(0, 30_000), max_size=12))
def test_what_is_read_above_a_batch_is_what_was_written_after_it(batches: list, above: dict[int, int]) -> None:  # type: ignore[type-arg]
    connection, wanted, batch = empty(), [], 0
    for step, found in batches:
        batch += step
        write_postings(connection, batch, [Matches(paper, kind, (), matches) for paper, kind, matches in found])
        for paper, kind, matches in found:
            asked = [(rule, variant) for rule, variant in matches if rule in above and batch > above[rule]]
            wanted += [(rule, batch, kind, variant, paper) for rule, variant in asked]
    assert sorted(read_postings(connection, above)) == sorted(wanted)
    connection.close()


def test_many_small_batches_fill_a_row_before_another_is_begun() -> None:
    connection = empty()
    for batch in range(1, 1001):
        write_postings(connection, batch, [Matches(batch, 0, [5])])
    rows = connection.execute("SELECT count(*), max(length(found)) FROM postings").fetchone()
    assert rows == (5, 240 * 8)
    assert [posting.paper for posting in read_postings(connection, {5: 997})] == [998, 999, 1000]
    connection.close()


def test_reading_begins_at_the_row_that_holds_the_first_batch_asked_for() -> None:
    connection = empty()
    for batch in range(1, 2001):
        write_postings(connection, batch, [Matches(batch, 0, [5], [(6, 0)])])
    assert len(list(read_postings(connection, {5: 1990, 6: 1999}))) == 11
    plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + postings._FROM, ("[1]",))]
    assert not any(step.startswith(("SCAN p", "SCAN q")) for step in plan), plan
    connection.close()


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_rules_of_a_paper_survive_being_written(rules: list[int]) -> None:
    assert list(bytes_to_rules(rules_to_bytes(rules))) == rules


async def _ask(store: SqliteStore, work: Callable[[sqlite3.Connection], T]) -> T:
    return await store._db.read(work)


async def floors(store: SqliteStore) -> list[int]:
    statement = "SELECT floor FROM subscriptions WHERE destination = ? ORDER BY number"
    return await _ask(store, lambda connection: [row[0] for row in connection.execute(statement, (HERE.key,))])


async def fresh_rows(store: SqliteStore) -> list[int]:
    return [one.stored.row for one in await store.fresh(HERE, limit=100)]


async def test_what_a_digest_has_covered_is_not_looked_at_again(store: SqliteStore) -> None:
    rule = await follow(store)
    rows = await ingest(store, distinct_papers(3), rule)
    await ingest(store, distinct_papers(5)[3:], rule, at=later(hours=2))
    assert await floors(store) == [0]
    await enqueue(store, slot="1", shown=tuple((row, "") for row in rows))
    assert await floors(store) == [1], "the second batch is still new"
    await enqueue(store, slot="2", shown=tuple((row, "") for row in await fresh_rows(store)))
    assert await floors(store) == [2]


async def test_a_digest_without_anything_to_say_raises_the_floor_too(store: SqliteStore) -> None:
    rule = await follow(store)
    await store.change_subscription(HERE, 1, types=("update",))
    await ingest(store, distinct_papers(1), rule)
    await store.enqueue(SILENT, at=NOON)
    assert await floors(store) == [1]


async def test_whatever_brings_papers_back_lowers_the_floor(store: SqliteStore) -> None:
    rule = await follow(store)
    await follow(store, "another")
    [row] = await ingest(store, distinct_papers(1), rule)
    await store.hide(HERE, "slack:U7", row, at=NOON)
    await store.enqueue(SILENT, at=NOON)
    assert (await floors(store), await fresh_rows(store)) == ([1, 1], [])
    await store.unhide(HERE, row)
    assert (await floors(store), await fresh_rows(store)) == ([0, 0], [row])
    await store.change_subscription(HERE, 1, types=("update",))
    await store.enqueue(SILENT, at=NOON)
    assert (await floors(store), await fresh_rows(store)) == ([1, 1], [])
    await store.change_subscription(HERE, 1, types=())
    assert (await floors(store), await fresh_rows(store)) == ([0, 1], [row])
    [channel] = await store.channels()
    updates = replace(channel, settings=replace(channel.settings, types=("update",)))
    await store.change_channel(updates)
    await store.enqueue(SILENT, at=NOON)
    assert (await floors(store), await fresh_rows(store)) == ([1, 1], [])
    await store.change_channel(channel)
    assert (await floors(store), await fresh_rows(store)) == ([0, 0], [row])


async def test_another_query_begins_where_it_was_asked_for(store: SqliteStore) -> None:
    old = await follow(store, "old")
    await add_channel(store)
    there = await follow(store, "new", replace(HERE, address="C9999ZZZZ"))
    await ingest(store, distinct_papers(2), old, there)
    assert len(await fresh_rows(store)) == 2
    await store.change_subscription(HERE, 1, query="new")
    assert await fresh_rows(store) == []
    later_ones = await ingest(store, distinct_papers(3)[2:], there, at=later(hours=3))
    assert await fresh_rows(store) == later_ones


async def test_a_rule_with_too_many_clauses_is_named_as_a_whole(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits_module, "VARIANTS", 4)
    rule = await follow(store, "the whole rule")
    papers = distinct_papers(4)
    for index, paper in enumerate(papers):
        hit = Hit(rule=rule, clause=f"clause {index}", possible=index == 3)
        await store.ingest([paper], at=later(hours=1), match=lambda paper, terms, hit=hit: [hit])  # type: ignore[misc]
    found = [one.reasons for one in await store.fresh(HERE, limit=9)]
    assert found == [("the whole rule",), ("the whole rule",), ("clause 1",), ("clause 0",)]


async def test_a_paper_announced_as_new_after_all_is_new_for_every_rule_that_matched_it(store: SqliteStore) -> None:
    rule = await follow(store)
    paper = a_paper(announce_type=AnnounceType.ARCHIVE)
    rows = await ingest(store, [paper], rule)
    assert await fresh_rows(store) == []
    await store.enqueue(SILENT, at=NOON)
    await store.ingest([replace(paper, announce_type=AnnounceType.NEW)], at=later(hours=2), match=hits())
    assert await fresh_rows(store) == rows


async def test_a_paper_that_changes_is_no_news_for_a_rule_that_matched_it_before(store: SqliteStore) -> None:
    there = replace(HERE, address="C9999ZZZZ")
    rule = await follow(store, "a", there)
    paper = a_paper()
    await ingest(store, [paper], rule)
    await follow(store, "a", HERE)
    await store.ingest([replace(paper, title="Reading Orders, Again", version=2)], at=later(hours=2), match=hits(rule))
    assert await fresh_rows(store) == []


async def test_what_matched_a_paper_is_known_after_another_rule_matched_it_too(store: SqliteStore) -> None:
    there = replace(HERE, address="C9999ZZZZ")
    one, other = await follow(store, "a", there), await follow(store, "b", there)
    paper = a_paper()
    await ingest(store, [paper], one)
    await store.ingest([replace(paper, title="A Second Title", version=2)], at=later(hours=2), match=hits(other))
    await follow(store, "a", HERE)
    await store.ingest([replace(paper, title="A Third Title", version=3)], at=later(hours=3), match=hits(one, other))
    assert await fresh_rows(store) == []


async def test_what_matched_either_of_two_records_has_matched_the_paper_they_become(store: SqliteStore) -> None:
    there = replace(HERE, address="C9999ZZZZ")
    one, other = await follow(store, "a", there), await follow(store, "b", there)
    first = a_paper(keys=("doi:10.1000/a",), title="A Record by Number", abstract="", source="x")
    second = a_paper(keys=("openreview:abcDEF",), title="A Record by Forum", abstract="", source="y")
    await ingest(store, [first], one)
    await ingest(store, [second], other)
    await follow(store, "b", HERE)
    joined = replace(first, keys=("doi:10.1000/a", "openreview:abcDEF"), title="A Record by Both")
    await store.ingest([joined], at=later(hours=4), match=hits(one, other))
    assert await store.count_papers() == 1
    assert await fresh_rows(store) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_every_clause_comes_back_with_its_rule(found: list[tuple[int, str, bool]]) -> None:
    connection = empty()
    connection.execute(
        "CREATE TABLE match_clauses (rule_id INTEGER, variant INTEGER, clause TEXT, possible INTEGER, PRIMARY KEY (rule_id, variant))"
    )
    wanted = set(found)
    first = hits_module._variants(connection, wanted)
    assert first == hits_module._variants(connection, wanted), "known ones keep their number"
    assert len({(rule, variant) for (rule, _, _), variant in first.items()}) == len(wanted)
    connection.close()
