"""Two weeks of arXiv in which everything goes wrong that did go wrong for others, and nothing is lost, misfiled or posted twice."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from bot.announcements import has_listing
from bot.domain.coverage import Coverage, DayState
from bot.sources.fetch.fetcher import Fetcher
from bot.store.sqlite.store import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fortnight import SIZES, Fortnight
from tests.servers.arxiv import ArxivServer, Fault

MONDAY = date(2026, 11, 16)
MON, TUE, WED, THU, FRI = (MONDAY + timedelta(days=number) for number in range(5))
MON2, TUE2, WED2, THU2, FRI2 = (MONDAY + timedelta(days=number) for number in range(7, 12))
MON3 = MONDAY + timedelta(days=14)
TOO_MANY = Fault(status=429)


async def play(world: Fortnight) -> None:
    """The fortnight. The calendar has Thanksgiving on the second Thursday: nothing is announced that night."""
    await world.follow()
    world.announce(MON)
    await world.live(MON)

    # A late batch: in the morning the feeds have a new build, and the papers of Monday.
    world.announce(TUE, show=False)
    for category in SIZES:
        world.show(category, MON, dated=TUE)
    await world.live(TUE, 5, 8)
    for category in SIZES:
        world.show(category, TUE)
    await world.live(TUE, 11, 14, 20)

    # A stale category: cs.AI shows Tuesday's papers under Wednesday's date all day, and nothing else of arXiv has the day yet.
    world.announce(WED)
    world.show("cs.AI", TUE, dated=WED)
    world.server.archive.hidden.add(("cs.AI", WED))
    world.server.down["/oai"] = Fault(status=404)
    await world.live(WED)
    world.server.archive.hidden.clear()
    world.server.down.clear()

    # An evening of "too many requests", which is a morning here.
    world.announce(THU)
    world.server.down["/"] = TOO_MANY
    await world.live(THU, 5, 8)
    world.server.down.clear()
    await world.live(THU, 11, 14, 20)

    # A dropped day: the machine is off on Friday and over the weekend.
    world.announce(FRI)

    # On Monday the batch comes in two parts.
    world.announce(MON2, show=False)
    for category, size in SIZES.items():
        world.show(category, MON2, part=size // 2)
    await world.live(MON2, 5, 8)
    for category in SIZES:
        world.show(category, MON2)
    await world.live(MON2, 11, 14, 20)

    # Dates that lag: Tuesday's papers stand under Monday's date all day.
    world.announce(TUE2, show=False)
    for category in SIZES:
        world.show(category, TUE2, dated=MON2)
    await world.live(TUE2)

    # A straggler of Tuesday comes alone before Wednesday's batch does, in a feed that only got a new date.
    world.announce(WED2, show=False)
    straggler = world.batches["cs.CL", TUE2][0].__class__(
        id="2611.00007",
        title="An invented straggler",
        abstract="It was held back, as is invented here, and comes alone, a day after all the others of its batch.",
        published=f"{MON2}T10:00:00Z",
        updated=f"{MON2}T10:00:00Z",
    )
    world.first[straggler.id] = TUE2
    world.batches["cs.CL", TUE2].append(straggler)
    world.server.archive.add("cs.CL", TUE2, [straggler])
    world.server.known[straggler.id] = straggler
    for category in SIZES:
        world.show(category, TUE2, dated=WED2)
    await world.live(WED2, 5, 8)
    for category in SIZES:
        world.show(category, WED2)
    await world.live(WED2, 11, 14, 20)

    # A small category has nothing; then a holiday, a weekend, and a day like any other.
    world.announce(THU2, without=("math.KT",))
    await world.live(THU2)
    world.empty(FRI2)
    await world.live(FRI2)
    await world.live(FRI2 + timedelta(days=1), 11)
    world.announce(MON3)
    await world.live(MON3)


def states(rows: list[Coverage]) -> dict[tuple[str, date], DayState]:
    return {(one.category, one.day): one.state for one in rows}


async def test_a_bad_fortnight_ends_with_every_paper_stored_filed_and_posted_once(store: SqliteStore) -> None:
    clock = FakeClock(datetime(2026, 11, 16, 1, tzinfo=UTC))
    async with ArxivServer() as server:
        fetcher = Fetcher(clock, trusted=[server.url])
        world = Fortnight(store, server, clock, fetcher)
        await play(world)
        await fetcher.close()

    # Stored once, under the day of its announcement.
    stored = {paper: await store.paper(f"arxiv:{paper}") for paper in world.first}
    assert [paper for paper, found in stored.items() if found is None] == []
    assert await store.count_papers() == len(world.first) > 300
    assert {paper: found.paper.announced for paper, found in stored.items() if found} == world.first

    # Every announcement day is settled, every paper of it is here.
    rows = await store.coverage(since=MONDAY)
    days = [day for number in range(15) if has_listing(day := MONDAY + timedelta(days=number))]
    expected = {(category, day): DayState.FRESH for category in SIZES for day in days} | {("math.KT", THU2): DayState.QUIET}
    expected |= {(category, FRI2): DayState.QUIET for category in SIZES}
    assert states(rows) == expected
    for one in rows:
        announced = world.batches.get((one.category, one.day), [])
        assert (one.announced, one.fetched, one.unreadable) == (len(announced), len(announced), 0), (one.category, one.day)

    # The days that were missed were made up for and are marked.
    assert {(one.category, one.day) for one in rows if one.repaired_at} == {("cs.AI", WED), *((category, FRI) for category in SIZES)}
    headings = re.findall(r"╭─ +(.*?) +─", world.screen.getvalue())
    caught_up = [heading for heading in headings if heading.startswith("Catch-up")]
    assert [re.sub(r"\d+ papers", "N papers", heading) for heading in caught_up] == [
        "Catch-up: N papers of Wed 18 Nov",
        "Catch-up: N papers of Fri 20 Nov",
    ]

    # Posted once: every paper that was new, whatever became of it later.
    posted = Counter(re.findall(r"https://arxiv\.org/abs/(\S+)", world.screen.getvalue()))
    assert posted == Counter(list(world.first))

    # The receipts said what was wrong while it was.
    assert "cs.AI stalled on Wed 18 Nov" in world.printed[WED]
    assert "arXiv cs.AI had" in world.printed[THU] and "read afterwards" in world.printed[THU]
    assert all(f"arXiv {category} had" in world.printed[MON2] for category in SIZES) and "on Fri 20 Nov, read" in world.printed[MON2]
    assert all("could not be read" not in text for day, text in world.printed.items() if day != THU)
    failed = [run for run in world.runs if run.error]
    assert failed and {run.started_at.date() for run in failed} == {THU}

    # arXiv's terms were kept: one question at a time.
    assert server.most_at_once == 1
