"""What both loopback servers share: a clock that can be moved, told in every answer, and a log of all that was ever posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.clock import SystemClock
from bot.ports import Clock


class ServerClock:
    """The time of a server: that of ``base``, and as much ahead of it as it was told to be."""

    def __init__(self, base: Clock | None = None) -> None:
        self._base = base or SystemClock()
        self._ahead = 0.0

    def now(self) -> datetime:
        return self._base.now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return self._base.monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await self._base.sleep(seconds)

    def observe(self, date: datetime) -> None:
        """A server is told the time by nobody."""

    def advance(self, seconds: float) -> None:
        """Let time pass; less than nothing turns it back."""
        self._ahead += seconds

    def told_by(self, app: web.Application) -> None:
        """Every answer of ``app`` says in its ``Date`` what time it is here."""

        async def stamp(_: web.Request, response: web.StreamResponse) -> None:
            response.headers["Date"] = format_datetime(self.now(), usegmt=True)

        app.on_response_prepare.append(stamp)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as it was stored: where deliveries are addressed to, the key it carries, and its id there."""

    channel: str
    key: str
    id: str


def delivered(log: Iterable[Entry], stands: Callable[[Entry], bool]) -> dict[str, list[str]]:
    """For each channel the keys of the messages that still stand there, in the order they came."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for entry in log:
        if entry.key and stands(entry):
            found[entry.channel].append(entry.key)
    return dict(found)
