"""A platform that refuses everything for ten minutes, in virtual time: who waits how long, and how quickly is it made up for?"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bot.domain.deliveries import Found, Occurrence, Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import DEFAULT_SETTINGS, Destination
from bot.ports import Limits, Pace
from bot.running import BEAT
from bot.services.dispatch import WIDTH, Dispatcher
from bot.store.sqlite.store import open_sqlite
from tests.torture import virtual
from tests.torture.bench import Bench, Watch
from tests.torture.ledger import Verdict
from tests.torture.report import Row
from tests.torture.world import NEVER

Storm = Literal["channels", "platform"]
BEGAN = datetime(2026, 4, 22, 12, tzinfo=UTC)


@dataclass
class Stormy:
    """A platform with the rates of its ``pace``, which it enforces; until ``over`` it refuses everything with 429.

    ``storm`` is what the refusals name: every channel by itself, or the whole token.
    """

    name: str
    clock: virtual.VirtualClock
    pace: Pace
    storm: Storm
    over: float
    #: Seconds from request to answer.
    latency: float = 0.08
    limits: Limits = field(default_factory=lambda: Limits(cards=10, characters=9000, per_card=100))
    repeatable: float = 0.0
    posted: list[tuple[str, str]] = field(default_factory=list)
    #: Requests during the storm, and refusals after it: those are of our own making.
    during: int = 0
    own: int = 0
    first: float = 0.0
    last: float = 0.0
    _next: Counter[str] = field(default_factory=Counter)

    async def start(self) -> None: ...

    async def run(self) -> None: ...

    async def locate(self, destination: Destination) -> Destination:
        return destination

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        await asyncio.sleep(self.latency / 2)
        receipt = self._answer(destination.key, key)
        await asyncio.sleep(self.latency / 2)
        return receipt

    def _answer(self, channel: str, key: str) -> Receipt:
        now = self.clock.monotonic()
        if now < self.over:
            self.during += 1
            bucket: Literal["destination", "platform"] = "platform" if self.storm == "platform" else "destination"
            wait = min(30.0, self.over - now)
            return Receipt(outcome=Outcome.RATE_LIMITED, error="429", retry_after=wait, bucket=bucket)
        # A real platform counts in windows: a message may come a little early when others came late.
        slack = 5 * self.pace.overall
        if now + slack < self._next[""] or now + self.pace.each / 2 < self._next[channel]:
            self.own += 1
            return Receipt(outcome=Outcome.RATE_LIMITED, error="429", retry_after=1.0, bucket="destination")
        self._next[""] = max(now, self._next[""]) + self.pace.overall  # type: ignore[assignment]
        self._next[channel] = max(now, self._next[channel]) + self.pace.each  # type: ignore[assignment]
        self.posted.append((channel, key))
        self.first = self.first or now
        self.last = now
        return Receipt(outcome=Outcome.SENT, remote_id=f"r{len(self.posted)}")

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        return self.repeatable

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        found = [index for index, (_, posted) in enumerate(self.posted, 1) if posted == key]
        return Found(readable=True, remote_id=f"r{found[0]}" if found else "")

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        return True

    async def close(self) -> None: ...


def weather(folder: Path, platform: str, storm: Storm, *, channels: int, each: int, minutes: float) -> Row:
    """``each`` messages for each of ``channels``, all due when the storm begins."""
    watch = Watch()
    path = folder / f"storm-{platform}-{storm}-{channels}.db"

    async def live(loop: virtual.VirtualLoop) -> tuple[Stormy, Verdict]:
        clock = virtual.VirtualClock(BEGAN, loop)
        sky = Stormy(name=platform, clock=clock, pace=_pace(platform), storm=storm, over=minutes * 60)
        store = await open_sqlite(str(path), readers=1)
        try:
            order: dict[str, list[str]] = {}
            for number in range(channels):
                destination = Destination(platform=platform, address=f"C{number:05d}", tenant=f"{platform}:T1", name=f"#{number}")
                await store.add_channel(destination, DEFAULT_SETTINGS, next_at=NEVER, origin="chat")
                for slot in range(each):
                    await store.enqueue(_one(destination, slot), at=clock.now())
            for delivery in await store.deliveries(limit=10**9):
                order.setdefault(delivery.destination.key, []).insert(0, delivery.id)
            dispatcher = Dispatcher(store, clock, {platform: sky}, owner="storm")  # type: ignore[dict-item]
            total = channels * each
            while len(sky.posted) < total and clock.monotonic() < minutes * 60 + 20 * total * sky.pace.overall + 600:
                await dispatcher.drain()
                await clock.sleep(BEAT)
            rows = {one.id: one for one in await store.deliveries(limit=10**9)}
        finally:
            await store.close()
        posted: dict[str, list[str]] = {}
        for channel, key in sky.posted:
            posted.setdefault(channel, []).append(key)
        counted = sum(one.attempts != 1 for one in rows.values())
        verdict = Verdict(
            lost=sum(key not in posted.get(channel, []) for channel, keys in order.items() for key in keys),
            repeated=len(sky.posted) - len(set(sky.posted)),
            out_of_order=sum(posted.get(channel) != keys for channel, keys in order.items()),
            open=sum(one.state != "sent" for one in rows.values()),
        )
        return sky, Verdict(**{**_values(verdict), "open": verdict.open + counted})

    sky, verdict = virtual.run(live)
    total = channels * each
    least = max(total * sky.pace.overall, each * sky.pace.each)
    took, late = sky.last - sky.over, sky.first - sky.over
    problems = []
    if took > 1.1 * least + late:
        problems.append(f"made up for in {took:.0f} s where {least:.0f} s are possible")
    if late > 5:
        problems.append(f"went on {late:.1f} s after the storm")
    if storm == "platform" and sky.during > WIDTH * (minutes * 2 + 1):
        problems.append(f"{sky.during} requests while the whole token was refused")
    if sky.own:
        problems.append(f"{sky.own} limits of our own making")
    return Row(
        case=f"429 storm of {minutes:.0f} min, {platform}, {'each channel' if storm == 'channels' else 'whole token'}, {channels} channels",
        deliveries=total,
        faults=sky.during,
        verdict=verdict,
        seconds=watch.seconds,
        note=f"made up for in {took:.1f} s, possible are {least:.1f} s ({took / least:.3f}); went on after {late:.1f} s; {sky.own} own 429",
        problems=tuple(problems),
    )


def _pace(platform: str) -> Pace:
    from adapters.discord.limits import PACE as DISCORD
    from adapters.slack.limits import PACE as SLACK

    return SLACK if platform == "slack" else DISCORD


def _one(destination: Destination, slot: int) -> Occurrence:
    message = Message(heading=f"{destination.key} {slot}")
    return Occurrence(destination=destination, slot=f"storm:{slot}", shown=(), rest=(), messages=(message,), next_at=None)


def _values(verdict: Verdict) -> dict[str, int]:
    return {"lost": verdict.lost, "repeated": verdict.repeated, "out_of_order": verdict.out_of_order, "open": verdict.open}


async def storms(bench: Bench) -> list[Row]:
    folder = bench.folder / "storms"
    folder.mkdir(parents=True, exist_ok=True)
    channels = 1000 if bench.kills >= 100 else 100
    rows = []
    for platform, storm in (("slack", "channels"), ("slack", "platform"), ("discord", "channels"), ("discord", "platform")):
        each = 1 if platform == "slack" else 3
        rows.append(await asyncio.to_thread(weather, folder, platform, storm, channels=channels, each=each, minutes=10))  # type: ignore[arg-type]
        bench.tell(f"storm: {rows[-1].note}")
    return rows
