"""The parent's side of the lives: begin one, kill it, let it stand still, wait for its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "DISCORD_", "PAPERCRIER_"))}


class Life:
    """One process. ``code`` is its exit code, negative for a signal, ``None`` while it lives."""

    def __init__(self) -> None:
        self.pid = 0
        self.code: int | None = None
        self.still = False
        #: Made by the life once it heeds signals.
        self.ready = Path()
        self._changed = asyncio.Event()

    def change(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def alive(self) -> bool:
        return self.code is None

    def signal(self, number: int) -> None:
        if self.code is None:
            if number == signal.SIGCONT:
                self.still = False
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def until(self, *, seconds: float, still: bool = False) -> bool:
        """Wait for its end (or, if asked for, until it stands still); ``False`` when that does not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.code is None and not (still and self.still):
                    await self._changed.wait()
        return self.code is not None or (still and self.still)

    async def until_ready(self) -> None:
        async with asyncio.timeout(60):
            while self.alive and not self.ready.exists():
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if not await self.until(seconds=30):
            raise AssertionError(f"process {self.pid} outlived SIGKILL")


class Nursery:
    """``async with Nursery() as nursery: life = await nursery.bear(spec)``. All lives end with it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._ids = count(1)
        self._waiting: dict[int, tuple[Life, asyncio.Future[None]]] = {}
        self._lives: dict[int, Life] = {}
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.torture.child",
            cwd=ROOT,
            env={**_CLEAN, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process and self._process.stdin and self._listening
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def bear(self, spec: dict[str, Any]) -> Life:
        assert self._process and self._process.stdin
        number, life = next(self._ids), Life()
        life.ready = Path(spec["log"]).with_name(f"ready-{number}")
        born = asyncio.get_running_loop().create_future()
        self._waiting[number] = (life, born)
        self._process.stdin.write(json.dumps({**spec, "id": number, "ready": str(life.ready)}).encode() + b"\n")
        await asyncio.wait_for(born, 60)
        return life

    async def _listen(self) -> None:
        assert self._process and self._process.stdout
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "born" in told:
                life, born = self._waiting.pop(told["born"])
                life.pid = told["pid"]
                self._lives[life.pid] = life
                born.set_result(None)
            elif "stopped" in told and told["stopped"] in self._lives:
                self._lives[told["stopped"]].change(still=True)
            elif told.get("dead") in self._lives:
                self._lives.pop(told["dead"]).change(code=told["code"])
        for life in self._lives.values():
            life.change(code=-signal.SIGKILL)
