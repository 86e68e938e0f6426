"""Ten simulated years: one digest per local day in every zone, through clock changes, stepped clocks and downtime."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing import get_context
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.deliveries import Occurrence
from bot.domain.schedule import Schedule
from bot.domain.subscriptions import Channel, Destination, Settings
from bot.ports import Candidate, Outstanding, Store
from bot.services.digests import Digests
from tests.builders import a_paper, stored
from tests.torture.bench import Bench, Watch
from tests.torture.ledger import Verdict
from tests.torture.report import Row

FIRST, YEARS = date(2026, 1, 1), 10
#: Within the gaps and folds of every zone's clock changes, around them, and far from them.
TIMES = ("00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "09:00", "23:30")
#: Seconds between two looks at what is due, and how long a process may be down.
BEAT, LONGEST = 20.0, 3.0


@dataclass(slots=True)
class Tally:
    """What became of local days. ``missed`` ones had a process that ran when they were due, and no digest."""

    days: int = 0
    missed: int = 0
    twice: int = 0
    early: int = 0

    def add(self, other: Tally) -> None:
        self.days += other.days
        self.missed += other.missed
        self.twice += other.twice
        self.early += other.early


def walk(zone: str, at: str, years: int) -> Tally:
    """The chain of due times as the planner computes it, one link after the other, each a little late."""
    schedule = Schedule(days=frozenset(range(7)), at=time.fromisoformat(at), zone=zone)
    seen: Counter[date] = Counter()
    _, due = schedule.next_after(datetime.combine(FIRST, time(), UTC))
    end = datetime.combine(FIRST.replace(year=FIRST.year + years), time(), UTC)
    tally, first = Tally(), schedule.last_until(due)[0]
    while due < end:
        now = due + timedelta(seconds=BEAT * 0.7)
        day, moment = schedule.last_until(now)
        seen[day] += 1
        tally.early += moment > now
        _, then = schedule.next_after(now)
        if then <= due:  # it would come again and again
            tally.twice += 1
            break
        due = then
    last = max(seen)
    wanted = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    tally.days = len(wanted)
    tally.missed = sum(day not in seen and exists(zone, day) for day in wanted)
    tally.twice = sum(times - 1 for times in seen.values())
    return tally


def exists(zone: str, day: date) -> bool:
    """Whether a local day is there at all: a zone that moves over the date line leaves one out."""
    schedule = Schedule(days=frozenset(range(7)), at=time(12), zone=zone)
    moment = schedule.occurrence(day)
    return moment.astimezone(ZoneInfo(zone)).date() == day


class Diary:
    """As much of a store as planning needs: one channel that always has something new, and what was decided for it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.slots: list[str] = []

    async def due(self, now: datetime) -> list[Channel]:
        return [self.channel] if self.channel.next_at and self.channel.next_at <= now else []

    async def fresh(self, destination: Destination, *, limit: int) -> list[Candidate]:
        return [Candidate(stored=stored(a_paper()), reasons=("topic",))]

    async def outstanding(self, destination: Destination) -> Outstanding:
        return Outstanding(since=0, upto=0)

    async def mutes(self, destination: Destination, *, at: datetime) -> list[Any]:
        return []

    async def coverage(self, **since: Any) -> list[Any]:
        return []

    async def subscriptions(self, destination: Destination) -> list[Any]:
        return []

    async def votes(self, tenant: str, rows: Sequence[int]) -> dict[int, int]:
        return {}

    async def runs(self) -> list[Any]:
        return []

    async def enqueue(self, occurrence: Occurrence, *, at: datetime) -> bool:
        new = occurrence.slot not in self.slots
        if new:
            self.slots.append(occurrence.slot)
        self.channel = Channel(destination=self.channel.destination, settings=self.channel.settings, next_at=occurrence.next_at)
        return new


class Hand:
    """A clock that the test sets."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None: ...

    def observe(self, date: datetime) -> None: ...


async def plan(zone: str, at: str, years: int, seed: int) -> Tally:
    """The real planner, beat by beat around every due time, with downtime of up to three days and clocks stepped to and fro."""
    from adapters.slack.limits import LIMITS

    chance = random.Random(seed)
    schedule = Schedule(days=frozenset(range(7)), at=time.fromisoformat(at), zone=zone)
    clock = Hand(datetime.combine(FIRST, time(), UTC))
    place = Destination(platform="slack", address="C0TT", tenant="slack:T1")
    diary = Diary(Channel(destination=place, settings=Settings(schedule=schedule), next_at=schedule.next_after(clock.at)[1]))
    digests = Digests(cast("Store", diary), clock, lambda platform: LIMITS)
    end = clock.at + timedelta(days=365 * years)
    tally, planned, expected = Tally(), [], set[date]()
    while clock.at < end:
        assert diary.channel.next_at
        clock.at = max(clock.at, diary.channel.next_at)
        if chance.random() < 0.05:  # nobody was there
            clock.at += timedelta(days=chance.uniform(0.0, LONGEST))
        for _ in range(3):
            before = len(diary.slots)
            await digests.plan_due()
            planned += diary.slots[before:]
            expected.add(schedule.last_until(clock.at)[0])
            clock.at += timedelta(seconds=BEAT)
        if chance.random() < 0.1:  # a clock that is set back and comes right again
            back = timedelta(seconds=chance.choice((5.0, 120.0, 3600.0, 86_400.0)))
            clock.at -= back
            await digests.plan_due()
            clock.at += back
            await digests.plan_due()
    tally.days = len(expected)
    tally.missed = sum(day.isoformat() not in set(planned) for day in expected)
    tally.twice = len(planned) - len(set(planned))
    return tally


def _share(job: tuple[tuple[str, ...], tuple[str, ...], int, int]) -> Tally:
    zones, times, years, seed = job
    total = Tally()
    for zone in zones:
        for at in times:
            total.add(walk(zone, at, years))
        total.add(asyncio.run(plan(zone, times[hash(zone) % len(times)], min(years, 2), seed)))
    return total


def simulate(zones: list[str], times: tuple[str, ...], years: int, seed: int) -> Tally:
    """Over two processes."""
    jobs = [(tuple(part), times, years, seed) for part in _parts(sorted(zones), 16)]
    total = Tally()
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        for tally in pool.map(_share, jobs):
            total.add(tally)
    return total


def _parts(zones: list[str], number: int) -> Iterator[list[str]]:
    for index in range(number):
        if part := zones[index::number]:
            yield part


async def calendar(bench: Bench) -> list[Row]:
    watch = Watch()
    zones = list(available_timezones())
    times = TIMES if bench.kills >= 1000 else tuple(bench.random("calendar").sample(TIMES, 1))
    tally = await asyncio.to_thread(simulate, zones, times, YEARS, bench.seed)
    return [
        Row(
            case=f"{YEARS} simulated years, {len(zones)} zones, at {', '.join(times)}",
            deliveries=tally.days,
            verdict=Verdict(lost=tally.missed, repeated=tally.twice),
            seconds=watch.seconds,
            note="one digest per local day",
            problems=(f"{tally.early} came too early",) if tally.early else (),
        )
    ]
