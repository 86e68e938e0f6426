"""Every single fault, before and after the message is stored, without any death; and a paper that nobody can draw."""

from __future__ import annotations

from bot.services.settling import MAX_FAULTS
from tests.torture.bench import Bench, Watch
from tests.torture.ledger import Verdict, select
from tests.torture.report import Row

KINDS = (
    *("cut:before", "cut:after", "500:before", "500:after", "503:before", "503:after"),
    *("stall:before", "stall:after", "garbage:before", "garbage:after", "429", "late"),
)
#: Share of posts that go wrong.
OFTEN = 0.35


async def single_faults(bench: Bench) -> list[Row]:
    """One kind of fault at a time, on both platforms."""
    return [await spoilt(bench, kind) for kind in KINDS]


async def spoilt(bench: Bench, kind: str, *, on: str = "posts", often: float = OFTEN) -> Row:
    watch = Watch()
    name = f"{kind}-{on}".replace(":", "-")
    async with bench.world(name) as world:
        await world.add_channels(24)
        await world.enqueue(max(48, min(200, bench.deliveries // 20)))
        spoilt = world.spoil(often, kinds=[kind], on=on)
        settled = await world.finish(seconds=120)
        row = Row(
            case=f"{kind.replace(':', ' ')} the message is stored" if ":" in kind else f"{kind} instead of an answer",
            deliveries=len(world.expected),
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return row


async def all_requests(bench: Bench) -> list[Row]:
    """Every kind of fault at once, on every request about channels: the looks that are to settle a doubt go wrong, too."""
    watch = Watch()
    async with bench.world("all-requests") as world:
        await world.add_channels(24)
        await world.enqueue(max(48, min(400, bench.deliveries // 10)))
        spoilt = world.spoil(0.25, on="all")
        settled = await world.finish(seconds=180)
        row = Row(
            case="all faults, 25 % of posts and looks",
            deliveries=len(world.expected),
            faults=spoilt.injected,
            verdict=world.verdict(),
            seconds=watch.seconds,
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]


async def poison(bench: Bench) -> list[Row]:
    """A message that breaks the renderer fails alone; what comes before and after it in its channel arrives."""
    watch = Watch()
    async with bench.world("poison") as world:
        await world.add_channels(6)
        await world.enqueue(24)
        poisoned = await world.enqueue_poison(2)
        await world.enqueue(24)
        settled = await world.finish(seconds=120, poison=True)
        states = world.states_of(poisoned)
        standing = {one.key for one in world.standing()}
        problems = [] if settled else [f"not settled: {dict(world.states())}"]
        problems += [f"a poisoned message is {state}" for state in states if state not in ("failed", "dead")]
        attempts = [row[0] for row in select(world.path, "SELECT attempts FROM deliveries WHERE state IN ('failed', 'dead')")]
        problems += [f"a poisoned message was tried {times} times" for times in attempts if times > MAX_FAULTS + 1]
        problems += ["a poisoned message stands in a channel" for key in poisoned if key in standing]
        verdict: Verdict = world.verdict()
        row = Row(
            case="messages that break the renderer",
            deliveries=len(world.expected) + len(poisoned),
            faults=len(poisoned),
            verdict=verdict,
            seconds=watch.seconds,
            note=f"{len(poisoned)} failed alone",
            problems=tuple(problems),
        )
        if row.good:
            bench.done(world)
        return [row]
