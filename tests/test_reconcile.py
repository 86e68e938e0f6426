"""An older database put back: nothing that was posted meanwhile is posted again, and nothing is lost."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import TOLERANCE
from bot.domain.deliveries import State
from bot.domain.papers import Paper
from bot.errors import PlatformError
from bot.platforms import limits
from bot.services.digests import Digests
from bot.services.dispatch import Dispatcher
from bot.services.ingest import Ingest, Rules
from bot.services.reconcile import make_safe
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import a_destination, distinct_papers, some_settings
from tests.fakes.adapter import FakeAdapter
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource

EARLY = datetime(2026, 4, 22, 8, 30, tzinfo=UTC)
HERE = a_destination()


class Life:
    """One product over several lives of its database file; platform and clock go on."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.platform = path, FakeClock(EARLY), FakeAdapter()
        self.store: SqliteStore

    async def begin(self) -> None:
        self.store = await open_sqlite(str(self.path), readers=1)
        await make_safe(self.store, self.clock, {"slack": self.platform})

    async def set_up(self) -> None:
        await self.begin()
        _, next_at = some_settings().schedule.next_after(self.clock.now())
        await self.store.add_channel(HERE, some_settings(), next_at=next_at, origin="chat")
        await self.store.subscribe(HERE, "topic", "keyword", by="slack:U7", at=self.clock.now(), origin="chat")

    async def announce(self, *papers: Paper) -> None:
        self.clock.advance(60)
        await Ingest(self.store, self.clock, Rules(self.store, self.clock)).run(FakeSource(papers))

    async def next_day(self) -> None:
        self.clock.advance(24 * 3600)
        await self.plan_and_send()

    async def plan_and_send(self) -> None:
        await Digests(self.store, self.clock, limits).plan_due()
        dispatcher = Dispatcher(self.store, self.clock, {"slack": self.platform}, owner="me")
        await dispatcher.drain()
        self.clock.advance(200)
        await dispatcher.drain()

    def titles(self) -> list[str]:
        return ["".join(span.text for span in card.title) for _, _, message, _ in self.platform.posted for card in message.cards]

    def put_back(self, backup: Path) -> None:
        for beside in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + beside).unlink(missing_ok=True)
        shutil.copy(backup, self.path)


async def test_a_restored_backup_posts_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "papers.db")
    early, late = distinct_papers(3), distinct_papers(5)[3:]
    await life.set_up()
    await life.announce(*early)
    await life.store.backup(tmp_path / "backup.db")
    await life.next_day()
    assert len(life.titles()) == 3
    await life.announce(*late)
    await life.next_day()
    posted = life.titles()
    assert len(posted) == 5
    await life.store.close()

    life.put_back(tmp_path / "backup.db")
    await life.begin()
    assert life.store.reconcile_since is not None
    await life.announce(*late)  # the source is read again: it knows nothing of our backup
    await life.plan_and_send()
    await life.next_day()
    assert sorted(life.titles()) == sorted(posted)
    fresh = distinct_papers(9)[7:]
    await life.announce(*fresh)
    await life.next_day()
    assert sorted(life.titles()) == sorted([*posted, *(paper.title for paper in fresh)])
    assert not [one for one in await life.store.deliveries() if one.state is not State.SENT]
    assert await life.store.end_reconcile(life.clock.now())
    await life.store.close()


async def test_channels_are_read_from_a_little_earlier_as_a_platforms_clock_may_be_behind_ours(tmp_path: Path) -> None:
    life = Life(tmp_path / "papers.db")
    await life.set_up()
    await life.announce(*distinct_papers(3))
    await life.plan_and_send()
    await life.next_day()
    await life.store.backup(tmp_path / "backup.db")
    copied_at = life.clock.now()
    await life.announce(*distinct_papers(5)[3:])
    await life.next_day()
    await life.store.close()
    life.put_back(tmp_path / "backup.db")
    await life.begin()
    since, read = life.store.reconcile_since, life.platform.read_since
    assert since and read and since <= copied_at
    assert timedelta(hours=1) > since - read > 2 * timedelta(seconds=TOLERANCE)
    await life.store.close()


async def test_all_that_stands_in_a_channel_counts_when_the_copy_is_from_before_anything_was_planned(tmp_path: Path) -> None:
    life, papers = Life(tmp_path / "papers.db"), distinct_papers(3)
    await life.set_up()
    await life.store.backup(tmp_path / "backup.db")
    await life.announce(*papers)
    await life.next_day()
    await life.store.close()
    life.put_back(tmp_path / "backup.db")
    await life.begin()
    assert life.platform.read_since and life.platform.read_since < EARLY - timedelta(days=365)
    await life.announce(*papers)
    await life.next_day()
    assert len(life.titles()) == 3
    await life.store.close()


async def test_a_database_that_is_up_to_date_starts_as_usual(tmp_path: Path) -> None:
    life = Life(tmp_path / "papers.db")
    await life.set_up()
    await life.announce(*distinct_papers(2))
    await life.next_day()
    await life.store.close()
    await life.begin()
    assert life.store.mark_state == "level" and life.store.reconcile_since is None
    await life.store.close()


async def test_what_was_held_is_verified_again_when_the_channel_can_be_read(tmp_path: Path) -> None:
    life = Life(tmp_path / "papers.db")
    await life.set_up()
    await life.announce(*distinct_papers(1))
    life.platform.script, life.platform.readable = ["lost"], False
    await life.next_day()
    assert (await life.store.counts())[State.HELD] == 1
    await life.store.close()
    life.platform.readable = True
    life.clock.advance(timedelta(minutes=5).total_seconds())
    await life.begin()
    await life.plan_and_send()
    assert State.HELD not in await life.store.counts()
    assert len([one for one in life.platform.posted if one[0] == HERE.key]) == 1
    await life.store.close()


async def test_nothing_is_sent_from_an_older_copy_before_every_channel_was_read(tmp_path: Path) -> None:
    life = Life(tmp_path / "papers.db")
    await life.set_up()
    await life.announce(*distinct_papers(2))
    await life.store.backup(tmp_path / "backup.db")
    await life.next_day()
    await life.store.close()
    life.put_back(tmp_path / "backup.db")
    life.platform.silent = True
    with pytest.raises(PlatformError, match=HERE.key):
        await life.begin()
    assert life.store.reconcile_since is not None
    life.platform.silent = False
    await make_safe(life.store, life.clock, {"slack": life.platform})
    assert await life.store.fresh(HERE, limit=9) == [], "what stands there is known now"
    await life.store.close()
