"""Two processes on one database, as if the lock did not work: killed, or frozen for longer than their leases."""

from __future__ import annotations

import asyncio
import signal

from tests.torture.bench import Bench, Watch
from tests.torture.cases.kills import FAULTY
from tests.torture.report import Row
from tests.torture.tempo import Tempo

#: Short leases: a frozen process is to lose its rows often.
HASTY = Tempo(timeout=0.3, quarantine=0.9, lease=1.4)


async def killed_pair(bench: Bench) -> list[Row]:
    """Two workers on one database; now the one dies, now the other."""
    watch, kills, died = Watch(), max(6, bench.kills // 5), 0
    async with bench.world("killed-pair") as world:
        await world.add_channels(80)
        await world.enqueue(max(100, bench.deliveries // 5))
        spoilt = world.spoil(FAULTY)
        pair = [await world.bear(second=True), await world.bear(second=True)]
        while died < kills:
            if world.states()["sent"] > 0.97 * len(world.expected):
                await world.enqueue(60)
            await asyncio.sleep(world.random.uniform(0.05, 0.5))
            unlucky = world.random.randrange(2)
            await pair[unlucky].kill()
            died += 1
            pair[unlucky] = await world.bear(second=True)
        spoilt.quiet()
        settled = await world.until(lambda: world.settled() and not world.pending, seconds=120)
        for life in pair:
            await world.stop(life)
        row = Row(
            case="two processes on one database, both killed",
            deliveries=len(world.expected),
            kills=died,
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]


async def frozen_pair(bench: Bench) -> list[Row]:
    """Two workers on one database; now the one, now the other stands still until its leases are long over."""
    watch, freezes = Watch(), max(3, bench.kills // 20)
    async with bench.world("frozen-pair", tempo=HASTY) as world:
        await world.add_channels(60)
        await world.enqueue(max(80, bench.deliveries // 10))
        pair = [await world.bear(second=True), await world.bear(second=True)]
        await asyncio.sleep(0.5)
        for number in range(freezes):
            if world.states()["sent"] > 0.97 * len(world.expected):
                await world.enqueue(60)
            frozen = pair[number % 2]
            await asyncio.sleep(world.random.uniform(0.02, 0.2))
            frozen.signal(signal.SIGSTOP)
            await asyncio.sleep(world.tempo.lease + world.tempo.quarantine + world.random.uniform(0.0, 0.8))
            frozen.signal(signal.SIGCONT)
        settled = await world.until(world.settled, seconds=120)
        for life in pair:
            await world.stop(life)
        taken_back = world.taken_back()
        row = Row(
            case="two processes, frozen by turns for longer than the lease",
            deliveries=len(world.expected),
            faults=freezes,
            verdict=world.verdict(),
            seconds=watch.seconds,
            note=f"{taken_back} messages taken back",
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]
