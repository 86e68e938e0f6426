"""Databases that are older than what was posted from them: a backup put back, a journal left behind."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from tests.servers.slack_parts import status
from tests.torture.bench import Bench, Watch
from tests.torture.ledger import select
from tests.torture.report import Row
from tests.torture.world import World


def _beside(path: Path, *ends: str) -> list[Path]:
    return [path.with_name(path.name + end) for end in ends]


def _put_back(world: World, copy: Path) -> None:
    for file in _beside(world.path, "", "-wal", "-shm"):
        file.unlink(missing_ok=True)
    shutil.copy(copy, world.path)


async def _some_sent(world: World, share: float) -> None:
    """A life until that share of everything was sent; it is killed then."""
    life = await world.bear()
    await world.until(lambda: world.states()["sent"] >= share * len(world.expected), seconds=60)
    await life.kill()


async def backup(bench: Bench, *, hours: float = 0.0) -> Row:
    """A copy from before most of it was sent, put back after all of it was."""
    watch = Watch()
    async with bench.world("backup") as world:
        await world.add_channels(40)
        await world.enqueue(max(80, bench.deliveries // 10))
        await _some_sent(world, 0.3)
        copy = await _copy(world)
        await world.finish(seconds=90)
        before = len(world.standing())
        await world.pass_time(hours * 3600)
        _put_back(world, copy)
        settled = await world.finish(seconds=90)
        row = Row(
            case=f"older backup put back, {f'{hours:.0f} h later' if hours else 'at once'}",
            deliveries=len(world.expected),
            verdict=world.verdict(),
            seconds=watch.seconds,
            note=f"{before} stood in the channels",
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return row


async def forgotten_digests(bench: Bench, *, by_hand: bool) -> Row:
    """A copy from the evening before: the digests of the morning were planned and posted, and are due again in the copy.

    ``by_hand``: before the process is started again, somebody asks for digests out of turn.
    """
    watch = Watch()
    async with bench.world("digests") as world:
        await world.add_channels(12)
        await world.enqueue(24)
        await world.finish()
        await world.publish_papers(5, due_in=3600.0)
        copy = await _copy(world)
        await world.pass_time(3700)
        life = await world.bear()
        planned = await world.until(lambda: world.settled() and len(world.adopt()) >= 12, seconds=30)
        await world.stop(life)
        if not planned:
            raise AssertionError(f"no digests were planned; see {world.log}")
        await world.pass_time(7200)
        _put_back(world, copy)
        if by_hand:
            for destination in world.channels[:4]:
                life = await world.bear(command=["digest", "--to", destination.key])
                await life.until(seconds=60)
        life = await world.bear()
        settled = await world.until(lambda: world.settled() and not _looks_back(world), seconds=90)
        await world.stop(life)
        verdict = world.verdict()
        again = world.papers_repeated()
        row = Row(
            case=f"older backup put back, digests due again{', four asked for by hand first' if by_hand else ''}",
            deliveries=len(world.expected),
            # What was found in the channels is not planned again: then the copy has no row for it, and needs none.
            verdict=replace(verdict, repeated=verdict.repeated + again, open=0),
            seconds=watch.seconds,
            note="5 papers in each digest",
            problems=() if settled else (f"not settled: {dict(world.states())}, looks back: {_looks_back(world)}",),
        )
        if row.good:
            bench.done(world)
        return row


async def late_platform(bench: Bench) -> Row:
    """The copy is started while Slack is away: what was posted there at once, without any date, is unknown until it is back.

    The platforms' clocks are behind ours by half of what we bear.
    """
    watch = Watch()
    async with bench.world("late-platform") as world:
        for server in (world.slack, world.discord):
            server.advance(-world.tempo.tolerance / 2)
        await world.add_channels(12)
        await world.enqueue(24)
        await world.finish()
        await world.publish_papers(5, due_in=None)
        copy = await _copy(world)
        life = await world.bear()
        posted = await world.until(lambda: world.settled() and len(world.adopt()) >= 12, seconds=30)
        await world.stop(life)
        if not posted:
            raise AssertionError(f"no papers were posted; see {world.log}")
        await world.pass_time(7200)
        _put_back(world, copy)
        world.slack.script("auth.test", *(status(503) for _ in range(3)))
        life = await world.bear()
        back = await world.until(
            lambda: world.slack.faults_left("auth.test") == 0 and world.settled() and not _looks_back(world), seconds=60
        )
        # What comes now is posted after whatever is posted wrongly.
        before = len(world.standing())
        await world.publish_papers(1, due_in=None)
        settled = back and await world.until(lambda: len(world.standing()) >= before + 12 and world.settled(), seconds=30)
        await world.stop(life)
        verdict = world.verdict()
        again = world.papers_repeated()
        row = Row(
            case="older backup put back while Slack is away, papers posted as they came",
            deliveries=len(world.expected),
            verdict=replace(verdict, repeated=verdict.repeated + again, open=0),
            seconds=watch.seconds,
            note="5 papers in each channel",
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return row


def _looks_back(world: World) -> bool:
    """It still has to find out what it has forgotten."""
    return bool(select(world.path, "SELECT 1 FROM high_water WHERE reconcile_since IS NOT NULL"))


async def _copy(world: World) -> Path:
    copy = world.folder / "copy.db"
    store = await world.store()
    try:
        await store.backup(copy)
    finally:
        await store.close()
    return copy


async def backups(bench: Bench) -> list[Row]:
    rows = [await backup(bench), await backup(bench, hours=2)]
    rows += [await forgotten_digests(bench, by_hand=False), await forgotten_digests(bench, by_hand=True)]
    return [*rows, await late_platform(bench)]


async def lost_journal(bench: Bench) -> list[Row]:
    """Killed, and the ``-wal`` thrown away by somebody who copied "the database": all since the last checkpoint is forgotten."""
    watch, times = Watch(), 3
    async with bench.world("lost-journal") as world:
        await world.add_channels(40)
        await world.enqueue(max(80, bench.deliveries // 10))
        for number in range(times):
            await _some_sent(world, 0.25 * (number + 1))
            await world.pass_time(7200)
            for file in _beside(world.path, "-wal", "-shm"):
                file.unlink(missing_ok=True)
        settled = await world.finish(seconds=90)
        row = Row(
            case="-wal lost, three times",
            deliveries=len(world.expected),
            kills=times,
            verdict=world.verdict(),
            seconds=watch.seconds,
            problems=() if settled else (f"not settled: {dict(world.states())}",),
        )
        if row.good:
            bench.done(world)
        return [row]
