"""Death, or a long standstill, at every executed line between "what is due" and "settled"."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from tests.torture.bench import Bench, Watch
from tests.torture.ledger import Verdict
from tests.torture.report import Row
from tests.torture.tempo import Tempo
from tests.torture.trace import Deed
from tests.torture.world import World

FAULTS = ("none", "cut before", "cut after", "500 before", "500 after", "stall")
#: Worlds side by side: more of them would make the loopback servers late.
WIDTH = 8
LATER = 7200.0
#: Seconds until everything has to be settled. It takes one or two; a busy machine is given its time.
PATIENCE = 120
#: How often the same line is worth a death in one run: a beat that finds nothing to do runs the same ones again and again.
EXECUTIONS = 2
#: Fewer beats than usual, as each of them executes lines; requests are on the loopback and take milliseconds.
BRISK = Tempo(beat=0.3, timeout=0.4, quarantine=1.2, lease=2.0, again=0.3)
#: What follows a death; "alone": the one that stood still has no other worker beside it, as on a machine that slept.
Pause = Literal["now", "later", "alone"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """``parts`` deliveries in one channel, the first post spoilt by ``fault``; at the line number ``at`` the ``deed`` is done."""

    platform: str
    fault: str
    deed: Deed
    pause: Pause = "now"
    parts: int = 1
    at: int = 0
    #: Only lines that hold it are counted.
    pattern: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    trial: Trial
    verdict: Verdict
    deliveries: int
    #: Where it happened ("file:line"), empty when that line was not reached; for a count every line in order.
    where: tuple[str, ...]
    problems: tuple[str, ...] = ()


def spoil_first(world: World, fault: str) -> None:
    """The next post goes wrong like this."""
    kind, _, when = fault.partition(" ")
    if kind != "none":
        world.fault(kind, after=when != "before")


async def attempt(bench: Bench, trial: Trial) -> Result:
    name = f"{trial.deed}-{trial.platform}-{trial.fault}-{trial.pause}-{trial.at}".replace(" ", "-")
    async with bench.world(name, seed=trial.at, tempo=BRISK, platforms=(trial.platform,)) as world:
        await world.add_channels(1)
        await world.enqueue(trial.parts, parts=trial.parts)
        spoil_first(world, trial.fault)
        report = world.folder / "lines.txt"
        problems = await (_freeze if trial.deed == "stop" else _end)(world, trial, report)
        verdict = world.verdict()
        where = tuple(line.split()[1] for line in report.read_text().splitlines())
        result = Result(trial=trial, verdict=verdict, deliveries=len(world.expected), where=where, problems=problems)
        if verdict.good and not problems:
            bench.done(world)
        return result


async def _end(world: World, trial: Trial, report: Path) -> tuple[str, ...]:
    """Count the lines until all is settled, or die at one of them and let another life settle it."""
    life = await world.bear(trace={"deed": trial.deed, "at": trial.at, "report": str(report), "pattern": trial.pattern})
    settled = await world.until(world.settled, seconds=PATIENCE)
    await life.kill()
    if settled or trial.deed == "count":
        return () if settled else ("not settled",)
    if trial.pause == "later":
        await world.pass_time(LATER)
    life = await world.bear()
    settled = await world.until(world.settled, seconds=PATIENCE)
    await life.kill()
    return () if settled else (f"not settled: {dict(world.states())}",)


async def _freeze(world: World, trial: Trial, report: Path) -> tuple[str, ...]:
    """One worker stands still at the line until another one on the same database has settled everything, or alone; then it goes on."""
    frozen = await world.bear(second=True, trace={"deed": "stop", "at": trial.at, "report": str(report)})
    if not await frozen.until(seconds=8, still=True):
        settled = await world.until(world.settled, seconds=PATIENCE)
        await frozen.kill()
        return () if settled else ("not settled",)
    long = world.tempo.lease + world.tempo.quarantine
    if trial.pause == "alone":
        await asyncio.sleep(long)
    else:
        await world.bear(second=True)
        await world.until(world.settled, seconds=2 * long)
    frozen.signal(signal.SIGCONT)
    settled = await world.until(world.settled, seconds=PATIENCE)
    for life in world.lives:
        await world.stop(life)
    return () if settled else (f"not settled: {dict(world.states())}",)


async def _all(bench: Bench, trials: list[Trial], name: str) -> list[Result]:
    room, done = asyncio.Semaphore(WIDTH), 0

    async def one(trial: Trial) -> Result:
        nonlocal done
        async with room:
            result = await attempt(bench, trial)
        done += 1
        if done % 50 == 0:
            bench.tell(f"{name}: {done} of {len(trials)}")
        return result

    return list(await asyncio.gather(*(one(trial) for trial in trials)))


def _thinned(bench: Bench, counted: list[Result], number: int, pauses: tuple[Pause, ...], deed: Deed) -> list[Trial]:
    """Trials at all lines, or ``number`` of them: those first that reach a line no other does."""
    everything = [
        (where, Trial(**{**_fields(result.trial), "deed": deed, "at": at, "pause": pause}))
        for result in counted
        for pause in pauses
        for at, where in _worth(result.where)
    ]
    bench.random(deed).shuffle(everything)
    if not number or number >= len(everything):
        return [trial for _, trial in everything]
    seen: set[tuple[str, str]] = set()
    first, rest = [], []
    for where, trial in everything:
        new = (where, trial.platform) not in seen
        seen.add((where, trial.platform))
        (first if new else rest).append(trial)
    return (first + rest)[:number]


def _worth(lines: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The first ``EXECUTIONS`` of every line."""
    times: Counter[str] = Counter()
    for at, where in enumerate(lines, 1):
        times[where] += 1
        if times[where] <= EXECUTIONS:
            yield at, where


def _fields(trial: Trial) -> dict[str, object]:
    return {"platform": trial.platform, "fault": trial.fault, "parts": trial.parts}


def _rows(name: str, counted: list[Result], results: list[Result], seconds: float) -> Iterator[Row]:
    for platform in sorted({result.trial.platform for result in results}):
        mine = [result for result in results if result.trial.platform == platform]
        executed = {where for result in counted if result.trial.platform == platform for where in result.where}
        reached = {where for result in mine for where in result.where}
        bad = [result for result in mine if not result.verdict.good or result.problems]
        examples = tuple(f"{one.trial.fault}, {one.trial.pause}, line {one.trial.at} {one.where}: {one.verdict}" for one in bad[:3])
        yield Row(
            case=f"{name}, {platform}",
            deliveries=sum(result.deliveries for result in mine),
            kills=sum(bool(result.where) and result.trial.deed == "kill" for result in mine),
            faults=sum((result.trial.fault != "none") + (bool(result.where) and result.trial.deed == "stop") for result in mine),
            verdict=sum((result.verdict for result in mine), Verdict()),
            seconds=seconds * len(mine) / max(1, len(results)),
            note=f"{len(reached)} of {len(executed)} executed lines",
            problems=(*examples, *(problem for result in bad for problem in result.problems[:1])),
        )


async def _everywhere(bench: Bench, name: str, deed: Deed, faults: tuple[str, ...], pauses: tuple[Pause, ...], number: int) -> list[Row]:
    watch = Watch()
    kinds = [Trial(platform=platform, fault=fault, deed="count") for platform, fault in product(("slack", "discord"), faults)]
    kinds += [Trial(platform=platform, fault="none", deed="count", parts=2) for platform in ("slack", "discord")]
    counted = await _all(bench, kinds, f"{name} (counting)")
    trials = _thinned(bench, counted, number, pauses, deed)
    bench.tell(f"{name}: {len(trials)} of {sum(len(list(_worth(one.where))) for one in counted) * len(pauses)} trials")
    results = await _all(bench, trials, name)
    return list(_rows(name, counted, results, watch.seconds))


async def every_line(bench: Bench) -> list[Row]:
    number = 0 if bench.every_line else 2 * bench.kills
    return await _everywhere(bench, "kill -9 at lines × 6 faults × {now, 2 h later}", "kill", FAULTS, ("now", "later"), number)


async def frozen_lines(bench: Bench) -> list[Row]:
    number = 0 if bench.every_line else max(8, bench.kills // 4)
    pair = await _everywhere(bench, "frozen at lines longer than the lease, a second worker", "stop", ("none",), ("now",), number)
    return pair + await _everywhere(bench, "frozen at lines longer than the lease, alone", "stop", ("none",), ("alone",), number)
