"""What becomes of announcement days while a source is read, and of papers that were announced long ago."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.coverage import DayState, Seen
from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.ports import Batch, Store
from bot.services.ingest import NEWS, Ingest, Rules, next_reading
from tests.builders import NOON, distinct_papers
from tests.fakes.clock import FakeClock

DAY = date(2026, 4, 22)


class ToldSource:
    """Gives the batches it is told to, and fails behind them when told so. Remembers how many it gave."""

    name = "arxiv"

    def __init__(self, batches: Sequence[Batch], error: str = "") -> None:
        self._batches, self._error = batches, error

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        for number, batch in enumerate(self._batches, 1):
            memory["given"] = str(number)
            yield batch
        if self._error:
            raise SourceError(self._error, "later")


def keys(papers: Sequence[Paper]) -> frozenset[str]:
    return frozenset(paper.key for paper in papers)


def ingest(store: Store) -> Ingest:
    clock = FakeClock()
    return Ingest(store, clock, Rules(store, clock))


async def test_a_day_is_counted_as_it_was_stored(store: Store) -> None:
    papers = distinct_papers(4)
    await store.ingest([replace(papers[0], source="listing")], at=NOON, match=lambda paper, terms: ())
    seen = Seen(category="cs.CL", day=DAY, state=DayState.FRESH, given=keys(papers), earlier=2, unreadable=1)
    await ingest(store).run(ToldSource([Batch(papers=tuple(papers), seen=(seen,))]))
    (row,) = await store.coverage(since=DAY)
    assert (row.state, row.announced, row.fetched, row.new, row.merged, row.unreadable) == (DayState.FRESH, 7, 6, 3, 1, 1)
    assert row.looked_at == NOON and row.repaired_at is None


async def test_a_day_that_did_not_all_come_is_not_fresh(store: Store) -> None:
    papers = distinct_papers(4)
    seen = Seen(category="cs.CL", day=DAY, state=DayState.FRESH, given=keys(papers))
    run = await ingest(store).run(ToldSource([Batch(papers=tuple(papers[:3]), seen=(seen,))], error="gone"))
    (row,) = await store.coverage(since=DAY)
    assert run.error and (row.state, row.announced, row.fetched) == (DayState.FAILED, 4, 3) and "ended before" in row.note


async def test_a_checkpoint_keeps_what_a_stopped_source_remembers(store: Store) -> None:
    batches = [Batch(papers=(), checkpoint=True), Batch(papers=())]
    await ingest(store).run(ToldSource(batches, error="gone"))
    assert await store.source_memory("arxiv") == {"given": "1"}


async def test_what_was_announced_long_ago_is_no_news_unless_its_day_was_missed(store: Store) -> None:
    long_ago = NOON.date() - NEWS - timedelta(days=1)
    papers = distinct_papers(3, announced=long_ago, announce_type=AnnounceType.NEW)
    recent = replace(papers[2], announced=NOON.date() - NEWS)
    seen = Seen(category="cs.CL", day=long_ago, state=DayState.FRESH, given=keys(papers[1:2]), repaired=True)
    await ingest(store).run(ToldSource([Batch(papers=(papers[0], papers[1], recent), seen=(seen,))]))
    kinds = [stored.paper.announce_type for key in keys(papers) if (stored := await store.paper(key))]
    assert sorted(map(str, kinds)) == ["archive", "new", "new"]
    assert (await store.paper(papers[0].key)).paper.announce_type is AnnounceType.ARCHIVE  # type: ignore[union-attr]  # it is there
    (row,) = await store.coverage(since=long_ago)
    assert row.repaired_at == NOON


async def test_a_source_is_read_again_when_it_said_so_or_after_its_pause(store: Store) -> None:
    every, soon = timedelta(hours=1), NOON + timedelta(minutes=20)
    assert await next_reading(store, "arxiv", every, NOON) == NOON
    await ingest(store).run(ToldSource([Batch(papers=())]))
    assert await next_reading(store, "arxiv", every, NOON) == NOON + every
    days = [Seen(category=name, day=DAY, state=DayState.FRESH, next_look=NOON + every * 4) for name in ("cs.CL", "cs.AI")]
    await ingest(store).run(ToldSource([Batch(papers=(), seen=tuple(days))]))
    assert await next_reading(store, "arxiv", every, NOON) == NOON + every * 4
    waiting = replace(days[0], state=DayState.WAITING, next_look=soon)
    await ingest(store).run(ToldSource([Batch(papers=(), seen=(waiting, days[1]))]))
    assert await next_reading(store, "arxiv", every, NOON) == soon
