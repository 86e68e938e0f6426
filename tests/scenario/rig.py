"""The real command as a real process, between loopback servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

#: Nothing of the machine's own configuration may reach the process under test.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "DISCORD_", "PAPERCRIER_"))}


class Ended:
    """How a command ended and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


async def papercrier(*arguments: str | Path, cwd: Path, timeout: float = 60, **environment: str) -> Ended:
    """Run one command to its end."""
    process = await _start(arguments, cwd, environment)
    try:
        out, err = await asyncio.wait_for(process.communicate(), timeout)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    return Ended(process.returncode or 0, out.decode(), err.decode())


@contextlib.asynccontextmanager
async def started(*arguments: str | Path, cwd: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command in the background; it is killed if it still runs when the block ends."""
    process = await _start(arguments, cwd, environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def running(config: Path, *options: str, until: str = '"running"', **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """``papercrier run`` in the background until the block ends; it is asked to stop then, unless it was killed."""
    process = await _start(("run", *options, "--config", config), config.parent, environment)
    seen: list[str] = []
    pump = asyncio.create_task(_pump(process, seen))
    try:
        async with asyncio.timeout(30):
            while not any(until in line for line in seen):
                assert process.returncode is None, "".join(seen)
                await asyncio.sleep(0.05)
        yield process
    except BaseException as error:
        error.add_note("the process said:\n" + "".join(seen[-60:]))
        raise
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError("run did not stop within 15 seconds:\n" + "".join(seen)) from None
        finally:
            await pump


async def eventually(true: Any, *, seconds: float = 20) -> None:
    """Wait until ``true()`` holds."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


async def _start(arguments: tuple[str | Path, ...], cwd: Path, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *map(str, arguments),
        cwd=cwd,
        env={**CLEAN, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _pump(process: asyncio.subprocess.Process, seen: list[str]) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        seen.append(line.decode())
