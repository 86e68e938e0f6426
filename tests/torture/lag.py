"""How late the loopback servers were: what they do too late for want of a processor would be blamed on the product."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

_STEP = 0.02


class Lag:
    """``async with Lag() as lag``: ``worst`` is the longest time this event loop was busy since ``reset``."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._task
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def reset(self) -> None:
        self.worst = 0.0

    async def _watch(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(_STEP)
            self.worst = max(self.worst, time.monotonic() - began - _STEP)
