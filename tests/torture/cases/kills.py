"""Death at random moments, with faulty platforms, wrong clocks, and time that passes between two lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.torture.bench import Bench, Watch
from tests.torture.report import Row
from tests.torture.tempo import SLOW, Tempo
from tests.torture.world import World

DAY = 86_400.0
#: Share of requests that a faulty platform spoils.
FAULTY = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What befalls the lives. So many ``hours`` pass after every death, ``birth`` gives what the next life is told."""

    name: str
    kills: int
    deliveries: int
    channels: int = 120
    faulty: float = FAULTY
    tempo: Tempo | None = None
    hours: float = 0.0
    birth: Callable[[World], dict[str, Any]] = lambda world: {}
    platforms: tuple[str, ...] = ("slack", "discord")


async def suffer(bench: Bench, fate: Fate) -> Row:
    """Kill life after life until there were as many deaths as told, then let one settle what is left."""
    watch = Watch()
    async with bench.world(fate.name, tempo=fate.tempo, platforms=fate.platforms) as world:
        await world.add_channels(min(fate.channels, max(4, fate.deliveries // 4)))
        await world.enqueue(fate.deliveries)
        faults = world.spoil(fate.faulty)
        died = await _kill(bench, world, fate)
        faults.quiet()
        settled = await world.finish(seconds=120, **fate.birth(world))
        verdict = world.verdict()
        problems = () if settled else (f"not settled: {dict(world.states())}",)
        row = Row(
            case=fate.name,
            deliveries=len(world.expected),
            kills=died,
            faults=faults.injected,
            verdict=verdict,
            seconds=watch.seconds,
            problems=problems,
        )
        if row.good:
            bench.done(world)
        return row


async def _kill(bench: Bench, world: World, fate: Fate) -> int:
    longest, died = 1.0, 0
    while died < fate.kills:
        sent = world.states()["sent"]
        if sent > 0.97 * len(world.expected):  # a death with nothing to do proves nothing
            await world.enqueue(max(50, fate.deliveries // 20))
        # So that the deaths spread over all the deliveries.
        ahead = sent / max(1, len(world.expected)) - died / fate.kills
        longest = min(3.0, max(0.1, longest * (0.93 if ahead > 0 else 1.07)))
        life = await world.bear(**fate.birth(world))
        await asyncio.sleep(world.random.uniform(0.01, longest))
        if not life.alive:
            raise AssertionError(f"a life ended by itself ({life.code}); see {world.log}")
        await life.kill()
        if fate.hours:
            await world.pass_time(fate.hours * 3600)
        died += 1
        if died % 25 == 0:
            bench.tell(f"{fate.name}: {died} of {fate.kills} deaths, {sent} of {len(world.expected)} sent")
    return died


async def random_kills(bench: Bench) -> list[Row]:
    return [await suffer(bench, Fate(name="kill -9 at random, 5 % faults", kills=bench.kills, deliveries=bench.deliveries))]


async def later_kills(bench: Bench) -> list[Row]:
    """Two hours pass after every death: no nonce is remembered any more."""
    share = max(4, bench.kills // 5)
    fate = Fate(
        name="kill -9 at random, 2 h pass after each",
        kills=share,
        deliveries=max(100, bench.deliveries // 5),
        hours=2,
    )
    return [await suffer(bench, fate)]


async def wrong_clocks(bench: Bench) -> list[Row]:
    """Every life has a host whose clock is a day off, and is stepped while it runs."""

    def birth(world: World) -> dict[str, Any]:
        ahead = world.random.choice((-DAY, DAY, 0.0, -3600.0, 7200.0))
        steps = [(world.random.uniform(0.1, 2.0), world.random.choice((-DAY, DAY, -120.0, 120.0, -3600.0, 3600.0)))]
        return {"ahead": ahead, "steps": steps}

    fate = Fate(
        name="kill -9 at random, host clock ±1 day and stepped",
        kills=max(4, bench.kills // 5),
        deliveries=max(100, bench.deliveries // 5),
        tempo=SLOW,
        birth=birth,
    )
    return [await suffer(bench, fate)]
