"""The doctor on sources that nobody reads: which, since when, and who should."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.ports import SourceRun
from bot.services.doctor import Finding, Level, examine
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.fakes.clock import FakeClock

EVERY = {"nature": timedelta(hours=2)}


async def about(store: SqliteStore, clock: FakeClock) -> Finding:
    (found,) = [one for one in await examine(store, clock, {}, EVERY) if one.subject == "nature"]
    return found


async def test_a_source_that_nobody_reads_is_named_with_who_should(store: SqliteStore, tmp_path: Path) -> None:
    clock = FakeClock()
    found = await about(store, clock)
    assert (found.level, found.what, found.next_step) == (Level.WARNING, "was never read", "start papercrier run")
    await store.record_run(SourceRun(source="nature", started_at=clock.now(), finished_at=clock.now(), read=3))
    clock.advance(4 * 3600)
    assert (await about(store, clock)).level is Level.GOOD
    clock.advance(60)
    assert (await about(store, clock)).what == "was to be read at 22 Apr 14:00 UTC, and nobody did"
    beside = await open_sqlite(str(tmp_path / "test.db"), readers=1)
    try:
        await beside.lock_run("the poster", ("posting",))
        assert (await about(store, clock)).next_step.startswith("the poster leaves the sources to another process: start")
        await beside.lock_run("the reader", ("reading",))
        assert (await about(store, clock)).next_step == "the reader reads the sources: look into its log"
    finally:
        await beside.close()
