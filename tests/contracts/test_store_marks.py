"""Saved, read and hidden papers, and what the store remembers, as every store has to keep them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.ports import SourceRun, Store
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, add_channel, ingest, no_match

MONTH = timedelta(days=30)
ANA, BEN = "slack:U7", "discord:42"
STRANGER = replace(HERE, tenant="slack:T2")


async def test_saved_papers_come_back_last_saved_first_page_by_page(store: Store) -> None:
    rows = await ingest(store, distinct_papers(3))
    for minute, row in enumerate((rows[1], rows[0], rows[2])):
        assert await store.save(ANA, row, at=later(minutes=minute))
    assert [one.row for one in await store.saved(ANA, limit=9)] == [rows[2], rows[0], rows[1]]
    assert [one.row for one in await store.saved(ANA, limit=1, offset=1)] == [rows[0]]
    assert await store.saved(BEN, limit=9) == []


async def test_saving_twice_is_saving_once(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1))
    assert [await store.save(ANA, row, at=NOON), await store.save(ANA, row, at=later(days=1))] == [True, False]
    assert await store.save(BEN, row, at=NOON)
    assert [await store.unsave(ANA, row), await store.unsave(ANA, row)] == [True, False]
    assert await store.saved(ANA, limit=9) == []
    assert len(await store.saved(BEN, limit=9)) == 1


async def test_an_unknown_paper_is_neither_saved_nor_read_nor_hidden(store: Store) -> None:
    assert not await store.save(ANA, 999, at=NOON)
    assert not await store.unsave(ANA, 999)
    assert await store.read(ANA, [999], at=NOON) == 0
    assert not await store.hide(HERE, ANA, 999, at=NOON)
    assert not await store.unhide(HERE, 999)


async def test_hiding_counts_once_and_only_here(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1))
    assert [await store.hide(HERE, ANA, row, at=NOON), await store.hide(HERE, BEN, row, at=NOON)] == [True, False]
    assert await store.shown(HERE, [row]) == {row}
    assert await store.shown(THERE, [row]) == set()
    assert [await store.unhide(HERE, row), await store.unhide(HERE, row)] == [True, False]


async def test_another_tenant_marks_nothing_here(store: Store) -> None:
    await add_channel(store, HERE)
    [row] = await ingest(store, distinct_papers(1))
    assert not await store.hide(STRANGER, ANA, row, at=NOON)
    assert await store.shown(HERE, [row]) == set()
    await store.hide(HERE, ANA, row, at=NOON)
    assert not await store.unhide(STRANGER, row)
    assert await store.shown(HERE, [row]) == {row}


async def test_a_stranger_who_hid_before_the_channel_was_known_hides_nothing_from_its_tenant(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1))
    assert await store.hide(STRANGER, ANA, row, at=NOON)
    await add_channel(store, HERE)
    assert await store.shown(HERE, [row]) == set()
    assert await store.hide(HERE, ANA, row, at=NOON)


async def test_marks_follow_a_record_into_the_paper_it_becomes(store: Store) -> None:
    one, other = (
        replace(paper, keys=(key,), abstract="", source=key)
        for paper, key in zip(distinct_papers(2), ("doi:10.1000/a", "openreview:abcDEF"), strict=True)
    )
    rows = await ingest(store, [one, other])
    for row in rows:
        await store.save(ANA, row, at=NOON)
    await store.save(BEN, rows[1], at=NOON)
    await store.hide(HERE, ANA, rows[1], at=NOON)
    await store.ingest([replace(one, keys=("doi:10.1000/a", "openreview:abcDEF"))], at=later(hours=1), match=no_match)
    assert await store.count_papers() == 1
    assert len(await store.saved(ANA, limit=9)) == len(await store.saved(BEN, limit=9)) == 1
    assert await store.shown(HERE, rows) == set(rows)
    assert await store.unhide(HERE, rows[0])
    assert not await store.save(ANA, rows[1], at=NOON)
    assert await store.unsave(ANA, rows[1])


async def test_a_payload_is_remembered_under_the_same_short_token(store: Store) -> None:
    token = await store.remember("search|reading groups|page 2", at=NOON, keep=MONTH)
    assert await store.remember("search|reading groups|page 2", at=later(days=1), keep=MONTH) == token
    other = await store.remember("search|reading groups|page 3", at=NOON, keep=MONTH)
    assert len(token) == len(other) == 12
    assert token.isalnum()
    assert other != token
    assert await store.recall(token) == "search|reading groups|page 2"
    assert await store.recall("aaaaaaaaaaaa") is None


async def test_what_nobody_can_need_any_more_is_forgotten_by_and_by(store: Store) -> None:
    old = [await store.remember(f"search {number}", at=NOON, keep=MONTH) for number in range(40)]
    asked_again, shared, still = old[0], old[1], await store.remember("yesterday's", at=later(days=30), keep=MONTH)
    await store.remember("search 0", at=later(days=20), keep=MONTH)
    await store.remember("search 1", at=NOON, keep=timedelta(days=400))
    await store.remember("search 1", at=later(days=1), keep=MONTH)
    left = []
    for number in range(4):
        await store.remember(f"new {number}", at=later(days=31), keep=MONTH)
        left.append(sum([await store.recall(token) is not None for token in old]))
    assert left[0] > 20, "one turn takes away a few"
    assert left == sorted(left, reverse=True) and left[-1] == 2
    assert [await store.recall(token) for token in (asked_again, shared, still)] == ["search 0", "search 1", "yesterday's"]


async def test_what_a_source_leaves_replaces_what_it_left_before(store: Store) -> None:
    assert await store.source_memory("arxiv") == {}
    await store.keep_source_memory("arxiv", {"date": "2026-04-22", "etag": '"x"'})
    await store.keep_source_memory("listing", {"page": "7"})
    await store.keep_source_memory("arxiv", {"date": "2026-04-23"})
    assert await store.source_memory("arxiv") == {"date": "2026-04-23"}
    assert await store.source_memory("listing") == {"page": "7"}


async def test_the_last_run_of_every_source_is_kept(store: Store) -> None:
    failed = SourceRun(source="arxiv", started_at=NOON, finished_at=later(seconds=9), error="no answer in 30 s")
    ended = SourceRun(
        source="arxiv",
        started_at=later(hours=1),
        finished_at=later(hours=1, seconds=7),
        read=1204,
        new=1100,
        merged=3,
        changed=90,
        unreadable=1,
        announced=1204,
        problems=("record 7: no title – „x“",),
    )
    other = SourceRun(source="seeds", started_at=NOON, finished_at=NOON)
    for run in (failed, other, ended):
        await store.record_run(run)
    assert await store.runs() == [ended, other]
