"""A clock that stands still until it is told to move; sleeping moves it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from tests.builders import NOON


class FakeClock:
    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    def observe(self, date: datetime) -> None:
        """This clock is never wrong."""

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
