"""What every source keeps, wherever it reads. A source's tests subclass ``SourceContract`` and provide ``rig``."""

from __future__ import annotations

import asyncio
from typing import Protocol

import pytest

from bot.domain.papers import Paper
from bot.errors import SourceError
from bot.ports import Batch, Source
from bot.services.ingest import Ingest, Rules
from bot.store.sqlite.store import SqliteStore
from tests.fakes.clock import FakeClock


class SourceRig(Protocol):
    """A source, and hands on what it reads. ``set_up`` is called first; whatever a method does not mention stays as it is."""

    source: Source
    #: What it gives when all is well.
    papers: int
    #: It asks only for what changed, or sees for itself that nothing did.
    conditional: bool

    def well(self) -> None:
        """There is something to read: ``papers`` papers."""

    def with_a_bad_record(self) -> str:
        """The same, and among it one record that cannot be read; gives what names its place in the problem."""

    def gone(self) -> None:
        """There is nothing where it reads."""

    def broken_off(self) -> int | None:
        """It breaks off in the middle; how many papers come before. ``None`` where there is no middle."""

    def stalled(self) -> asyncio.Event | None:
        """Nobody answers; the event is set when it is being waited for. ``None`` where nobody can be waited for."""


class SourceContract:
    async def test_its_papers_come_in_batches_and_say_where_they_are_from(self, rig: SourceRig) -> None:
        rig.well()
        batches = await read(rig.source, {})
        assert batches and all(isinstance(batch, Batch) for batch in batches)
        papers = [paper for batch in batches for paper in batch.papers]
        assert len(papers) == rig.papers
        assert all(isinstance(paper, Paper) and paper.source and (paper.keys or paper.title or paper.text) for paper in papers)
        assert not [problem for batch in batches for problem in batch.problems]

    async def test_a_bad_record_is_reported_with_where_it_stood_and_costs_no_other(self, rig: SourceRig) -> None:
        place = rig.with_a_bad_record()
        batches = await read(rig.source, {})
        assert sum(len(batch.papers) for batch in batches) == rig.papers
        problems = [problem for batch in batches for problem in batch.problems]
        assert len(problems) == 1 and place in problems[0]

    async def test_what_is_not_there_is_an_error_with_a_next_step_and_leaves_no_memory(self, rig: SourceRig) -> None:
        rig.gone()
        memory: dict[str, str] = {}
        with pytest.raises(SourceError) as caught:
            await read(rig.source, memory)
        assert caught.value.message and caught.value.next_step and memory == {}

    async def test_what_came_before_a_failure_is_kept_and_read_again_the_next_time(self, rig: SourceRig, store: SqliteStore) -> None:
        before = rig.broken_off()
        if before is None:
            pytest.skip("it has no middle to break off in: it comes whole or not at all")
        ingest = ingest_into(store)
        run = await ingest.run(rig.source)
        assert run.error and run.read == before == await store.count_papers()
        assert await store.source_memory(rig.source.name) == {}
        rig.well()
        assert (await ingest.run(rig.source)).error == "" and await store.count_papers() == rig.papers

    async def test_a_receipt_is_written_whether_it_went_well_or_not(self, rig: SourceRig, store: SqliteStore) -> None:
        rig.gone()
        await ingest_into(store).run(rig.source)
        rig.well()
        await ingest_into(store).run(rig.source)
        (run,) = await store.runs()
        assert (run.source, run.read, run.new, run.error) == (rig.source.name, rig.papers, rig.papers, "")

    async def test_reading_the_same_again_changes_nothing(self, rig: SourceRig, store: SqliteStore) -> None:
        rig.well()
        ingest = ingest_into(store)
        assert (await ingest.run(rig.source)).new == rig.papers
        before = [stored.paper for stored in await store.latest(limit=1000)]
        await store.keep_source_memory(rig.source.name, {})
        again = await ingest.run(rig.source)
        assert (again.read, again.new, again.merged, again.changed) == (rig.papers, 0, 0, 0)
        assert [stored.paper for stored in await store.latest(limit=1000)] == before

    async def test_what_did_not_change_is_not_read_again(self, rig: SourceRig, store: SqliteStore) -> None:
        if not rig.conditional:
            pytest.skip("it is read by hand, or once")
        rig.well()
        ingest = ingest_into(store)
        await ingest.run(rig.source)
        memory = await store.source_memory(rig.source.name)
        assert memory and all(isinstance(text, str) for item in memory.items() for text in item)
        again = await ingest.run(rig.source)
        assert (again.read, again.error) == (0, "")
        assert await store.source_memory(rig.source.name) == memory

    async def test_it_can_be_cancelled_while_it_waits(self, rig: SourceRig, store: SqliteStore) -> None:
        waited_for = rig.stalled()
        if waited_for is None:
            pytest.skip("it waits for nobody")
        reading = asyncio.create_task(ingest_into(store).run(rig.source))
        await waited_for.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await store.source_memory(rig.source.name) == {}
        rig.well()
        assert (await ingest_into(store).run(rig.source)).read == rig.papers


async def read(source: Source, memory: dict[str, str]) -> list[Batch]:
    return [batch async for batch in source.fetch(memory)]


def ingest_into(store: SqliteStore) -> Ingest:
    clock = FakeClock()
    return Ingest(store, clock, Rules(store, clock))
