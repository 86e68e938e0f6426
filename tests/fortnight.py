"""An invented fortnight of arXiv, and a group that reads it by the hour: the world of ``tests/test_fortnight.py``."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

from rich.console import Console

from adapters.console.publish import ConsoleAdapter
from bot.announcements import EASTERN
from bot.domain.subscriptions import Destination
from bot.platforms import limits
from bot.ports import SourceRun
from bot.services.digests import Digests
from bot.services.dispatch import Dispatcher
from bot.services.ingest import Ingest, Rules
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.source import ArxivSource
from bot.sources.fetch.fetcher import Fetcher
from bot.store.sqlite.store import SqliteStore
from tests.builders import daily, some_settings
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import Announced, ArxivServer, feed_xml

#: Papers that each category announces as its own on a usual day, and that it lists from others.
SIZES = {"cs.CL": 14, "cs.AI": 18, "math.KT": 2}
CROSSED, REPLACED = 3, 2
#: Numbers that all of arXiv gives out in a day.
BLOCK = 400
HERE = Destination(platform="console", address="main", tenant="console", name="")
#: Hours of the day at which the group's process looks, in UTC: half an hour after the feeds are built, and now and then.
LOOKS = (5, 8, 11, 14, 20)
DIGEST = "12:00"


def header(day: date) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, tzinfo=EASTERN))


@dataclass
class Fortnight:
    """``announce`` makes a day's batches and keeps them in the archive; ``show`` puts one into a feed; ``live`` lets hours go by."""

    store: SqliteStore
    server: ArxivServer
    clock: FakeClock
    fetcher: Fetcher
    screen: io.StringIO = field(default_factory=io.StringIO)
    #: Every paper that was ever announced: id -> the day of its first announcement.
    first: dict[str, date] = field(default_factory=dict)
    batches: dict[tuple[str, date], list[Announced]] = field(default_factory=dict)
    runs: list[SourceRun] = field(default_factory=list)
    #: What was printed on each day.
    printed: dict[date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(20)
        self._block = 10_000
        self._digests = Digests(self.store, self.clock, limits)
        self._ingest = Ingest(self.store, self.clock, Rules(self.store, self.clock))
        adapter = ConsoleAdapter(Console(file=self.screen, width=200))
        self._dispatcher = Dispatcher(self.store, self.clock, {"console": adapter}, owner="me")
        settings = ArxivSettings(categories=tuple(SIZES), **self.server.urls)
        self._source = ArxivSource(settings, self.fetcher, self.clock)

    async def follow(self) -> None:
        """The group wants everything, each day at noon."""
        settings = some_settings(schedule=daily(DIGEST), maximum=1000)
        _, next_at = settings.schedule.next_after(self.clock.now())
        await self.store.add_channel(HERE, settings, next_at=next_at, origin="chat")
        await self.store.subscribe(HERE, "invented", "keyword", by="cli", at=self.clock.now(), origin="chat")

    # --- arXiv's side ------------------------------------------------------------------------------------------------

    def announce(self, day: date, *, show: bool = True, without: tuple[str, ...] = ()) -> None:
        """The batches of ``day`` come into being; ``show``: in the feeds as well. ``without``: categories that have nothing."""
        numbers = iter(sorted(self._chance.sample(range(self._block, self._block + BLOCK), sum(SIZES.values()))))
        self._block += BLOCK
        before = day - timedelta(days=1)
        own = {name: [self._new(next(numbers), name, before) for _ in range(size)] for name, size in SIZES.items() if name not in without}
        for name in SIZES:
            if name in without:
                batch: list[Announced] = []
            else:
                others = [paper for other, papers in own.items() if other != name for paper in papers]
                crossed = [replace(paper, type="cross") for paper in self._chance.sample(others, min(CROSSED, len(others)))]
                batch = [*own[name], *crossed, *self._replaced(name, before)]
            self.batches[name, day] = batch
            self.server.archive.add(name, day, batch)
            self.server.known |= {paper.id: paper for paper in batch}
            for paper in batch:
                self.first.setdefault(paper.id, day)
            if show:
                self.show(name, day)

    def _new(self, number: int, category: str, submitted: date) -> Announced:
        words = " ".join(self._chance.sample(["looms", "whales", "graphs", "tides", "knots", "speech", "maps", "proofs"], 4))
        return Announced(
            id=f"2611.{number:05d}",
            title=f"Invented work {number} on {words}",
            abstract=f"An invented abstract, number {number}, about {words} and nothing else. It says so {number} times.",
            authors=(f"Ada Number{number}", "Grace Hopper"),
            categories=(category,),
            published=f"{submitted}T10:00:00Z",
            updated=f"{submitted}T10:00:00Z",
        )

    def _replaced(self, category: str, changed: date) -> list[Announced]:
        """Second versions of a few papers that the category announced before."""
        days = sorted(day for name, day in self.batches if name == category)
        old = [paper for day in days[:-1] for paper in self.batches[category, day] if paper.type == "new" and paper.version == 1]
        mine = [paper for paper in old if self.server.known[paper.id].version == 1]
        chosen = self._chance.sample(mine, min(REPLACED, len(mine)))
        return [replace(paper, type="replace", version=2, updated=f"{changed}T10:00:00Z") for paper in chosen]

    def show(self, category: str, day: date, *, dated: date | None = None, part: int | None = None) -> None:
        """Put the batch of ``day`` into the feed, under another date or only a part of it."""
        papers = self.batches[category, day][:part]
        self.server.feeds[category] = feed_xml(category, tuple(papers), header(dated or day))

    def empty(self, day: date) -> None:
        for category in SIZES:
            self.server.feeds[category] = feed_xml(category, (), header(day))

    # --- the group's side --------------------------------------------------------------------------------------------

    async def live(self, day: date, *hours: int) -> None:
        """Look at these hours of ``day``, at the usual ones by default, and post what is due."""
        before = len(self.screen.getvalue())
        for hour in hours or LOOKS:
            self.clock.advance((datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC) - self.clock.now()).total_seconds())
            self.runs.append(await self._ingest.run(self._source))
            await self._digests.plan_due()
            await self._dispatcher.drain()
        self.printed[day] = self.printed.get(day, "") + self.screen.getvalue()[before:]
