"""The only place that asks the host what time it is, and where work takes turns."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta

#: Seconds by which a platform's time and ours may differ before we believe the platform: its header has whole seconds, and travels.
TOLERANCE = 3.0
#: On Linux seconds that a suspended machine slept count too.
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Wall time in aware UTC as the host has it, and elapsed seconds for measuring how long something took."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_ELAPSED)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def observe(self, date: datetime) -> None:
        """The host's time is taken as it is."""


class TrustedClock(SystemClock):
    """Time that a wrong or stepped host clock cannot move: the host is asked once, elapsed seconds carry it on, platforms correct it."""

    def __init__(self, host: SystemClock | None = None) -> None:
        self._host = host or SystemClock()
        self._anchor = (self._host.now(), self._host.monotonic())
        #: Whether a platform has told the time yet.
        self.confirmed = False

    def now(self) -> datetime:
        moment, elapsed = self._anchor
        return moment + timedelta(seconds=self.monotonic() - elapsed)

    def monotonic(self) -> float:
        return self._host.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._host.sleep(seconds)

    def observe(self, date: datetime) -> None:
        """Set right by a platform's time, if it differs by more than ``TOLERANCE``."""
        require_utc(date)
        self.confirmed = True
        middle = date + timedelta(seconds=0.5)
        if abs((middle - self.now()).total_seconds()) > TOLERANCE:
            self._anchor = (middle, self.monotonic())

    @property
    def host_error(self) -> float:
        """Seconds by which the host's clock is ahead of the trusted time."""
        return (self._host.now() - self.now()).total_seconds()


class Turns:
    """Pieces of work that keep the event loop to themselves, one at a time: ``async with turns`` lets the loop look at what came in
    between two of them. So whoever asks something is heard before all others are answered."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._taken:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():  # it was this one's turn already
                    self._next()
                raise
        self._taken = True

    async def __aexit__(self, *_: object) -> None:
        if not self._next():
            # Whoever comes before the loop has looked round waits, too.
            asyncio.get_running_loop().call_soon(self._free)

    def _next(self) -> bool:
        """Wake whoever has waited longest: that is after the loop has looked round. ``False``: nobody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    def _free(self) -> None:
        self._taken = self._next()


def require_utc(moment: datetime) -> datetime:
    """``moment`` unchanged when it is aware and in UTC; ``ValueError`` otherwise."""
    if moment.tzinfo is None or moment.utcoffset() != UTC.utcoffset(None):
        raise ValueError(f"{moment!r} is not an aware UTC time")
    return moment
