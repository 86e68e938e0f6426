"""The receipts of announcement days, and papers that are no news, as every store keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.coverage import Coverage, DayState
from bot.domain.papers import AnnounceType
from bot.ports import Store
from tests.builders import NOON, a_paper, later
from tests.contracts.digest_steps import HERE, follow, ingest

DAY = date(2026, 4, 22)
ROW = Coverage(source="arxiv", category="cs.CL", day=DAY, state=DayState.WAITING, looked_at=NOON)


async def test_a_day_of_a_category_has_one_row_whose_counts_of_new_papers_add_up(store: Store) -> None:
    await store.cover([ROW, replace(ROW, category="cs.AI", state=DayState.STALLED, note="the batch of yesterday")])
    read = replace(ROW, state=DayState.FRESH, announced=12, fetched=10, new=9, merged=1, unreadable=2, next_look=later(hours=4))
    await store.cover([read])
    await store.cover([replace(read, fetched=12, new=2, merged=0, unreadable=0, looked_at=later(hours=1))])
    stalled, fresh = await store.coverage(since=DAY)
    assert (stalled.category, stalled.state, stalled.note) == ("cs.AI", DayState.STALLED, "the batch of yesterday")
    assert fresh == replace(read, fetched=12, new=11, merged=1, unreadable=0, looked_at=later(hours=1))


async def test_a_day_that_was_repaired_stays_so(store: Store) -> None:
    await store.cover([replace(ROW, repaired_at=NOON)])
    await store.cover([replace(ROW, state=DayState.FRESH, looked_at=later(hours=1))])
    (row,) = await store.coverage(since=DAY)
    assert row.repaired_at == NOON and row.state is DayState.FRESH


async def test_coverage_is_given_from_a_day_on(store: Store) -> None:
    await store.cover([replace(ROW, day=date(2026, 4, day)) for day in (20, 21, 22)])
    assert [row.day.day for row in await store.coverage(since=date(2026, 4, 21))] == [21, 22]
    await store.cover([])


async def test_a_paper_read_from_the_archive_is_matched_and_not_news_until_it_is_announced(store: Store) -> None:
    rule = await follow(store)
    old = a_paper(title="An Old One", announce_type=AnnounceType.ARCHIVE)
    (row,) = await ingest(store, [old], rule, at=later(hours=1))
    assert await store.fresh(HERE, limit=10) == []
    again = replace(old, announce_type=AnnounceType.CROSS, announced=DAY)
    assert await ingest(store, [again], rule, at=later(hours=2)) == [row]
    assert [one.stored.row for one in await store.fresh(HERE, limit=10)] == [row]


async def test_the_outcome_of_each_record_is_told(store: Store) -> None:
    paper, other = (
        a_paper(title="A First One"),
        a_paper(title="A Second One", abstract="Something else altogether, long enough to be told. " * 3),
    )
    first = await store.ingest([paper], at=NOON, match=lambda paper, terms: ())
    second = await store.ingest([other, paper, replace(paper, source="listing")], at=NOON, match=lambda paper, terms: ())
    assert (first.outcomes, second.outcomes) == (("new",), ("new", "same", "merged"))
