"""Days that were missed: noticed, looked up in listing and OAI-PMH of a server on the loopback, and told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.announcements import EASTERN
from bot.domain.coverage import DayState, Seen
from bot.domain.papers import AnnounceType, Paper
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.listing import parse_listing
from bot.sources.arxiv.source import ArxivSource
from bot.sources.fetch.fetcher import Fetcher
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import Announced, ArxivServer, Fault

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 4, day) for day in (20, 21, 22, 23))
FRESH, WAITING, QUIET, STALLED, FAILED = DayState
DOWN = Fault(status=404)


def morning(day: date) -> datetime:
    """Two hours after the feeds of this day were built."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def header(day: date) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, tzinfo=EASTERN))


@dataclass
class Lab:
    """A source that is read morning by morning, with what it told."""

    server: ArxivServer
    fetcher: Fetcher
    clock: FakeClock
    memory: dict[str, str] = field(default_factory=dict)
    days: dict[tuple[str, date], Seen] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    async def read(self, day: date, *categories: str) -> None:
        self.clock.advance(max(0.0, (morning(day) - self.clock.now()).total_seconds()))
        settings = ArxivSettings(categories=categories or ("cs.CL", "cs.AI"), **self.server.urls)
        self.server.asked.clear()
        self.problems.clear()
        async for batch in ArxivSource(settings, self.fetcher, self.clock).fetch(self.memory):
            self.papers |= {paper.key: paper for paper in batch.papers}
            self.days |= {(seen.category, seen.day): seen for seen in batch.seen}
            self.problems += batch.problems

    def announce(self, category: str, day: date, first: int, count: int = 8, *, feed: bool = True, **fields: object) -> list[Announced]:
        """A batch in the archive, and in the feed where it is told to come there."""
        when = f"{day - timedelta(days=1)}T10:00:00Z"
        papers = [
            Announced(
                id=f"2604.{number:05d}",
                title=f"Paper {number}",
                categories=(category,),
                published=when if fields.get("version", 1) == 1 else "2026-03-02T10:00:00Z",
                updated=when,
                **fields,  # type: ignore[arg-type]  # as the test names them
            )
            for number in range(first, first + count)
        ]
        self.server.archive.add(category, day, papers)
        self.server.known |= {paper.id: paper for paper in papers}
        if feed:
            self.server.announce(category, *papers, day=header(day))
        return papers

    def state(self, category: str, day: date) -> DayState:
        return self.days[category, day].state

    def of(self, day: date) -> list[str]:
        return sorted(key for key, paper in self.papers.items() if paper.announced == day)

    def asked(self, path: str) -> int:
        return sum(one.startswith(path) for one in self.server.paths())


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    clock = FakeClock(datetime(2026, 4, 19, tzinfo=UTC))
    async with ArxivServer() as server:
        fetcher = Fetcher(clock, trusted=[server.url])
        yield Lab(server, fetcher, clock)
        await fetcher.close()


def keys(papers: list[Announced]) -> list[str]:
    return sorted(f"arxiv:{paper.id}" for paper in papers)


async def test_a_day_on_which_nobody_looked_is_read_afterwards(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    missed = lab.announce("cs.CL", TUESDAY, 1000)
    lab.announce("cs.CL", WEDNESDAY, 2000)
    await lab.read(WEDNESDAY, "cs.CL")
    assert lab.of(TUESDAY) == keys(missed)
    seen = lab.days["cs.CL", TUESDAY]
    assert (seen.state, seen.repaired, seen.announced, seen.note) == (FRESH, True, 8, "read afterwards")
    assert {paper.announce_type for key, paper in lab.papers.items() if key in keys(missed)} == {AnnounceType.NEW}
    assert not lab.days["cs.CL", WEDNESDAY].repaired
    await lab.read(WEDNESDAY, "cs.CL")
    assert lab.asked("/list") == lab.asked("/oai") == 0, "what was made up for is not looked up again"


async def test_a_category_that_stood_still_is_read_from_its_listing_the_same_morning(lab: Lab) -> None:
    for category, first in (("cs.CL", 100), ("cs.AI", 200)):
        lab.announce(category, MONDAY, first)
    await lab.read(MONDAY)
    lab.announce("cs.CL", TUESDAY, 1000)
    hidden = lab.announce("cs.AI", TUESDAY, 1100, feed=False)
    await lab.read(TUESDAY)
    assert lab.state("cs.AI", TUESDAY) is FRESH and set(keys(hidden)) <= set(lab.papers)
    assert not lab.days["cs.AI", TUESDAY].repaired, "it is the day's own batch and no catch-up"


async def test_a_category_that_stands_still_everywhere_stays_stalled_and_is_made_up_for_later(lab: Lab) -> None:
    for category, first in (("cs.CL", 100), ("cs.AI", 200)):
        lab.announce(category, MONDAY, first)
    await lab.read(MONDAY)
    lab.announce("cs.CL", TUESDAY, 1000)
    hidden = lab.announce("cs.AI", TUESDAY, 1100, feed=False)
    lab.server.archive.hidden.add(("cs.AI", TUESDAY))
    lab.server.down["/oai"] = DOWN
    await lab.read(TUESDAY)
    seen = lab.days["cs.AI", TUESDAY]
    assert seen.state is STALLED and "still shows an old batch" in seen.note
    lab.server.archive.hidden.clear()
    lab.server.down.clear()
    lab.announce("cs.CL", WEDNESDAY, 2000)
    lab.announce("cs.AI", WEDNESDAY, 2100)
    await lab.read(WEDNESDAY)
    assert lab.of(TUESDAY)[-8:] == keys(hidden)
    assert lab.days["cs.AI", TUESDAY].repaired and lab.state("cs.AI", TUESDAY) is FRESH


async def test_a_mailing_that_was_put_off_leaves_a_quiet_day(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    await lab.read(TUESDAY, "cs.CL")
    assert lab.state("cs.CL", TUESDAY) is WAITING
    lab.announce("cs.CL", WEDNESDAY, 110)
    await lab.read(WEDNESDAY, "cs.CL")
    assert (lab.state("cs.CL", TUESDAY), lab.days["cs.CL", TUESDAY].note) == (QUIET, "its listing has no such day")


async def test_a_day_that_no_listing_has_any_more_is_read_from_the_records(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    missed = lab.announce("cs.CL", TUESDAY, 1000)
    replaced = lab.announce("cs.CL", TUESDAY, 50, 2, version=3)
    crossed = lab.announce("cs.CL", TUESDAY, 1050, 2)
    for paper in crossed:
        lab.server.known[paper.id] = paper
    old = Announced(id="2501.00001", title="Only its journal was added", published="2025-01-02T00:00:00Z", updated="2025-01-02T00:00:00Z")
    lab.server.archive.add("cs.CL", TUESDAY, [old])
    later = date(2026, 5, 6)
    lab.announce("cs.CL", later, 5000)
    lab.server.archive.hidden |= {("cs.CL", MONDAY), ("cs.CL", TUESDAY)}
    await lab.read(later, "cs.CL")
    assert set(lab.of(TUESDAY)) == set(keys(missed) + keys(replaced) + keys(crossed))
    assert lab.papers["arxiv:2604.00050"].announce_type is AnnounceType.REPLACE
    assert "arxiv:2501.00001" not in lab.papers


async def test_what_the_listing_has_and_nobody_can_give_is_missing_and_tried_again(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    missed = lab.announce("cs.CL", TUESDAY, 1000)
    lab.announce("cs.CL", WEDNESDAY, 2000)
    lab.server.down["/oai"] = DOWN
    for paper in missed[:3]:
        del lab.server.known[paper.id]
    await lab.read(WEDNESDAY, "cs.CL")
    seen = lab.days["cs.CL", TUESDAY]
    assert (seen.state, seen.missing, seen.announced) == (FAILED, 3, 8) and "3 of 8" in seen.note and seen.next_look is not None
    lab.server.known |= {paper.id: paper for paper in missed}
    await lab.read(WEDNESDAY, "cs.CL")
    assert (lab.state("cs.CL", TUESDAY), lab.of(TUESDAY)) == (FRESH, keys(missed))


async def test_servers_that_fail_are_asked_once_in_a_run_however_many_days_are_missing(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    later = date(2026, 5, 6)
    lab.announce("cs.CL", later, 5000)
    lab.server.down["/list"] = lab.server.down["/oai"] = DOWN
    await lab.read(later, "cs.CL")
    assert (lab.asked("/list"), lab.asked("/oai")) == (1, 3), "three tries for an answer that is none"
    assert lab.state("cs.CL", TUESDAY) is FAILED


async def test_replacements_of_a_missed_day_come_from_the_records(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    await lab.read(MONDAY, "cs.CL")
    lab.announce("cs.CL", TUESDAY, 1000)
    (update,) = lab.announce("cs.CL", TUESDAY, 60, 1, type="replace", version=2)
    lab.announce("cs.CL", WEDNESDAY, 2000)
    await lab.read(WEDNESDAY, "cs.CL")
    assert lab.papers[f"arxiv:{update.id}"].announce_type is AnnounceType.REPLACE


async def test_a_quiet_day_is_doubted_when_the_numbers_jump(lab: Lab) -> None:
    """The morning after a holiday, when nothing is expected: a mailing came all the same, and its feed was gone when we looked."""
    lab.clock.advance((datetime(2026, 11, 25, tzinfo=UTC) - lab.clock.now()).total_seconds())
    thursday, friday, monday = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)
    lab.announce("cs.CL", thursday, 100)
    await lab.read(thursday, "cs.CL")
    lab.server.announce("cs.CL", day=header(friday))
    await lab.read(friday, "cs.CL")
    assert lab.state("cs.CL", friday) is QUIET
    missed = lab.announce("cs.CL", friday, 1000, feed=False)
    lab.announce("cs.CL", monday, 2000)
    await lab.read(monday, "cs.CL")
    assert lab.state("cs.CL", friday) is FRESH and lab.of(friday) == keys(missed)


async def test_a_holiday_between_numbers_that_go_on_is_not_even_asked_about(lab: Lab) -> None:
    lab.clock.advance((datetime(2026, 11, 25, tzinfo=UTC) - lab.clock.now()).total_seconds())
    lab.announce("cs.CL", date(2026, 11, 26), 100)
    await lab.read(date(2026, 11, 26), "cs.CL")
    lab.announce("cs.CL", date(2026, 11, 30), 110)
    await lab.read(date(2026, 11, 30), "cs.CL")
    assert lab.state("cs.CL", date(2026, 11, 27)) is QUIET
    assert lab.asked("/list") == lab.asked("/oai") == 0


async def test_a_stale_feed_with_a_new_date_is_not_read_again(lab: Lab) -> None:
    for category, first in (("cs.CL", 100), ("cs.AI", 200)):
        papers = lab.announce(category, MONDAY, first)
    await lab.read(MONDAY)
    lab.server.down["/list"] = lab.server.down["/oai"] = DOWN
    lab.announce("cs.CL", TUESDAY, 1000)
    lab.server.announce("cs.AI", *papers, day=header(TUESDAY))
    await lab.read(TUESDAY)
    assert lab.state("cs.AI", TUESDAY) is STALLED
    assert lab.papers[f"arxiv:{papers[0].id}"].announced == MONDAY


# --- listing pages ---------------------------------------------------------------------------------------------------


def test_a_listing_is_read_whatever_stands_around_its_days() -> None:
    page = b"""<h1>Past week</h1><h3>Authors and titles</h3><dl><h3>Thu, 23 Apr 2026 (showing first 2 of 3 entries )</h3>
<dt><a name='item1'>[1]</a><a href ="/abs/2604.00001" title="Abstract" id="2604.00001">arXiv:2604.00001</a></dt><dd>one</dd>
<dt><a href="https://arxiv.org/abs/2604.00002v1">x</a> (cross-list from cs.CV)</dt><dd><a href="/abs/2604.77777">not an entry</a></dd>
<h3>Wed, 22 Apr 2026</h3><dt><a href='/abs/hep-th/9901001'>old</a><dd>no end</dl>"""
    listing = parse_listing(page)
    assert [(one.day, one.new, one.crossed, one.total) for one in listing.days] == [
        (WEDNESDAY, ("arxiv:hep-th/9901001",), (), 1),
        (THURSDAY, ("arxiv:2604.00001",), ("arxiv:2604.00002",), 3),
    ]
    assert listing.covers(WEDNESDAY) and not listing.covers(MONDAY)


@pytest.mark.parametrize("page", [b"", b"<html>busy</html>", b"<h3>No updates today.</h3>", b"\xff\xfe<h3>Thu, 99 Apr 2026</h3>"])
def test_a_page_without_days_is_no_listing(page: bytes) -> None:
    assert parse_listing(page).problem


async def test_papers_of_the_day_that_only_listings_showed_count_as_announced_each_once(lab: Lab) -> None:
    lab.announce("cs.CL", MONDAY, 100)
    shared = lab.announce("cs.AI", MONDAY, 200, feed=False)
    lab.announce("math.AP", MONDAY, 300, feed=False)
    lab.server.archive.add("math.AP", MONDAY, shared)
    lab.clock.advance((morning(MONDAY) - lab.clock.now()).total_seconds())
    settings = ArxivSettings(categories=("cs.CL", "cs.AI", "math.AP"), **lab.server.urls)
    batches = [batch async for batch in ArxivSource(settings, lab.fetcher, lab.clock).fetch({})]
    assert sum(batch.announced or 0 for batch in batches) == 24
    assert sum(len(batch.problems) for batch in batches) == 2 and sum(batch.unreadable or 0 for batch in batches) == 0
