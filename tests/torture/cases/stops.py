"""Asked to stop: with requests in flight, twice in a row; and connections for commands that drop while papers are posted."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from tests.torture.bench import Bench, Watch
from tests.torture.report import Row
from tests.torture.tempo import Tempo

#: Seconds in which a process has to be gone.
LIMIT = 10.0


async def sigterm(bench: Bench) -> list[Row]:
    """SIGTERM at random moments: what is under way is finished or stays in doubt, and the next life settles it."""
    watch, trials, slowest = Watch(), max(5, bench.kills // 8), 0.0
    async with bench.world("sigterm") as world:
        await world.add_channels(60)
        await world.enqueue(max(120, bench.deliveries // 8))
        spoilt = world.spoil(0.05)
        for _ in range(trials):
            if world.states()["sent"] > 0.97 * len(world.expected):
                await world.enqueue(60)
            life = await world.bear()
            await asyncio.sleep(world.random.uniform(0.3, 0.9))
            slowest = max(slowest, await world.stop(life, seconds=LIMIT))
        spoilt.quiet()
        settled = await world.finish(seconds=120)
        row = Row(
            case="SIGTERM with requests in flight",
            deliveries=len(world.expected),
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            note=f"{trials} times, gone within {slowest:.1f} s",
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]


async def sigterm_stalled(bench: Bench) -> list[Row]:
    """SIGTERM while every request hangs and may go on for half a minute: the process does not wait for that."""
    watch = Watch()
    tempo = Tempo(timeout=30.0, quarantine=1.5, lease=2.5)
    async with bench.world("sigterm-stalled", tempo=tempo) as world:
        await world.add_channels(30)
        await world.enqueue(90)
        spoilt = world.spoil(1.0, kinds=["stall:after", "stall:before"])
        life = await world.bear()
        await world.until(lambda: spoilt.injected >= 16, seconds=10)
        took = await world.stop(life, seconds=LIMIT)
        spoilt.quiet()
        settled = await world.finish(seconds=60)
        row = Row(
            case="SIGTERM while every request hangs",
            deliveries=len(world.expected),
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            note=f"gone within {took:.1f} s",
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]


async def second_signal(bench: Bench) -> list[Row]:
    """A second signal ends the process at once, and the state is safe all the same."""
    watch, trials, slowest = Watch(), max(3, bench.kills // 20), 0.0
    problems = []
    async with bench.world("second-signal") as world:
        await world.add_channels(60)
        await world.enqueue(max(120, bench.deliveries // 20))
        spoilt = world.spoil(0.3, kinds=["stall:after", "stall:before", "cut:after"])
        for trial in range(trials):
            life = await world.bear()
            await asyncio.sleep(world.random.uniform(0.4, 0.8))
            life.signal(signal.SIGTERM if trial % 2 else signal.SIGINT)
            await asyncio.sleep(0.05)
            again = Watch()
            life.signal(signal.SIGTERM if trial % 2 else signal.SIGINT)
            if not await life.until(seconds=LIMIT):
                problems.append("a second signal did not end the process")
                await life.kill()
            slowest = max(slowest, again.seconds)
        spoilt.quiet()
        if not await world.finish(seconds=60):
            problems.append(f"not settled: {dict(world.states())}")
        if slowest > 1.0:
            problems.append(f"a second signal took {slowest:.1f} s")
        row = Row(
            case="second signal",
            deliveries=len(world.expected),
            kills=trials,
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            note=f"gone within {slowest:.2f} s",
            problems=tuple(problems),
        )
        if row.good:
            bench.done(world)
        return [row]


async def lost_connections(bench: Bench) -> list[Row]:
    """Gateway and Socket Mode drop again and again: papers are posted all the same, and commands are answered afterwards."""
    watch, drops = Watch(), 0
    problems = []
    # Slow enough to be interrupted many times.
    async with bench.world("lost-connections", tempo=Tempo(overall=0.03)) as world:
        await world.add_channels(20)
        await world.enqueue(max(100, min(300, bench.deliveries // 20)))
        life = await world.bear()

        async def drop() -> None:
            nonlocal drops
            while True:
                await asyncio.sleep(world.random.uniform(0.1, 0.3))
                await world.discord.gateway.close(1001)
                await world.slack.drop_sockets()
                drops += 1

        dropping = asyncio.create_task(drop())
        settled = await world.until(world.settled, seconds=60)
        dropping.cancel()
        await asyncio.gather(dropping, return_exceptions=True)
        if not settled:
            problems.append(f"not settled: {dict(world.states())}")
        for platform, ask in (("slack", world.ask_slack), ("discord", world.ask_discord)):
            answered = False
            for _ in range(20):
                with contextlib.suppress(TimeoutError):
                    answered = await ask()
                if answered:
                    break
                await asyncio.sleep(0.5)
            if not answered:
                problems.append(f"no command is answered on {platform}")
        await world.stop(life)
        row = Row(
            case="gateway and Socket Mode drop",
            deliveries=len(world.expected),
            faults=drops,
            verdict=world.verdict(),
            seconds=watch.seconds,
            note="commands came back",
            problems=tuple(problems),
        )
        if row.good:
            bench.done(world)
        return [row]
