"""Documents of others: whatever stands in them, the one who reads them ends in time, and the next one is read."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.torture.bench import Bench, Watch
from tests.torture.report import Row

#: At a kill count of 200, the measure of all cases.
DOCUMENTS = 1000
#: What one may take: seconds of computing, megabytes over what the child has anyway.
SECONDS, MEGABYTES = 2.0, 200.0


async def hostile_documents(bench: Bench) -> list[Row]:
    return [await row_of(max(30, DOCUMENTS * bench.kills // 200), bench.seed)]


async def row_of(number: int, seed: int, cpu: float = 1.9) -> Row:
    """In a process of its own, whose only children are those that read."""
    watch = Watch()
    arguments = ("-m", "tests.torture.documents", str(number), str(seed), str(cpu))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode:
        return Row(case="hostile documents", seconds=watch.seconds, problems=(f"the reader ended with {process.returncode}",))
    told = json.loads(out)
    problems = list(told["problems"])
    if told["most_seconds"] > SECONDS:
        problems.append(f"one took {told['most_seconds']:.2f} s of computing")
    if told["most_megabytes"] > MEGABYTES:
        problems.append(f"one took {told['most_megabytes']:.0f} MB")
    if told["documents"] != number:
        problems.append(f"only {told['documents']} of {number} were read")
    given_up = sum(count for outcome, count in told["outcomes"].items() if outcome not in ("read", "refused"))
    return Row(
        case="hostile documents",
        checks=told["documents"],
        seconds=watch.seconds,
        note=f"{given_up} given up, at most {told['most_seconds']:.2f} s of computing and {told['most_megabytes']:.0f} MB",
        problems=tuple(problems),
    )
