"""A disk that fills up while papers are sent, and a tool that holds the database for half a minute."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.bench import Bench, Watch
from tests.torture.cases.kills import FAULTY
from tests.torture.report import Row
from tests.torture.tempo import Tempo

_ROOM = 64 * 1024 * 1024


@contextmanager
def small_disk(folder: Path) -> Generator[bool, None, None]:
    """A disk of 64 MB at ``folder``; ``False`` where we may not mount one."""
    folder.mkdir(parents=True)
    mount = subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(folder)], capture_output=True, check=False)
    try:
        yield mount.returncode == 0
    finally:
        if mount.returncode == 0:
            subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    """Take all that is left."""
    with file.open("wb", buffering=0) as stuffing:
        for size in (1 << 20, 4096, 512):
            try:
                while True:
                    stuffing.write(os.urandom(1) * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


async def full_disk(bench: Bench) -> list[Row]:
    """The disk is full again and again, also while lives die; nothing is sent without its intent on the disk."""
    watch, times = Watch(), max(3, bench.kills // 20)
    case = "disk full while sending"
    disk = bench.folder / "disk"
    with small_disk(disk) as mounted:
        if not mounted:
            return [Row(case=case, note="left out: no right to mount a small disk")]
        async with bench.world("full-disk") as world:
            world.move(disk / "papers.db")
            await world.open()
            await world.add_channels(40)
            await world.enqueue(max(80, bench.deliveries // 10))
            spoilt = world.spoil(FAULTY)
            life, died = await world.bear(), 0
            for _ in range(times):
                await asyncio.sleep(world.random.uniform(0.1, 0.4))
                fill(disk / "stuffing")
                await asyncio.sleep(world.random.uniform(0.2, 0.6))
                if not life.alive or world.random.random() < 0.5:
                    await life.kill()
                    died += 1
                (disk / "stuffing").unlink()
                if not life.alive:
                    life = await world.bear()
            await life.kill()
            spoilt.quiet()
            settled = await world.finish(seconds=90)
            row = Row(
                case=case,
                deliveries=len(world.expected),
                kills=died,
                faults=times + spoilt.injected,
                verdict=world.verdict(),
                seconds=watch.seconds,
                note=f"full {times} times",
                problems=() if settled else (f"not settled: {dict(world.states())}",),
            )
            if row.good:
                bench.done(world)
            return [row]


async def held_lock(bench: Bench) -> list[Row]:
    """Another tool begins a transaction and does not end it for a while: sending waits, and goes on."""
    watch, seconds, times = Watch(), 6.0 if bench.kills < 1000 else 30.0, 2
    problems = []
    async with bench.world("held-lock", tempo=Tempo(busy_timeout=0.5)) as world:
        await world.add_channels(40)
        await world.enqueue(max(200, bench.deliveries // 10))
        life = await world.bear()
        for _ in range(times):
            await asyncio.sleep(0.5)
            tool = sqlite3.connect(world.path, isolation_level=None, timeout=5)
            with contextlib.closing(tool):
                tool.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(0.2)
                posted = len(world.standing())
                await asyncio.sleep(seconds)
                if len(world.standing()) > posted + 32:
                    problems.append("sending went on without an intent")
                tool.execute("ROLLBACK")
            if not life.alive:
                problems.append(f"the process ended ({life.code})")
                break
        settled = await world.until(world.settled, seconds=60)
        await world.stop(life)
        row = Row(
            case=f"another tool holds the database for {seconds:.0f} s",
            deliveries=len(world.expected),
            faults=times,
            verdict=world.verdict(),
            seconds=watch.seconds,
            problems=(*problems, *(() if settled else (f"not settled: {dict(world.states())}",))),
        )
        if row.good:
            bench.done(world)
        return [row]
