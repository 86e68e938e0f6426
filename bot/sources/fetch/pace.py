"""When a host may be asked: one request at a time, some seconds apart, and not at all for a while after it failed again and again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from bot.errors import SourceError
from bot.ports import Clock

#: Seconds before a second try; doubled each time. After "too many requests" without a time to wait, arXiv wants half a minute.
PAUSE, PAUSE_WHEN_REFUSED = 3.0, 30.0
#: Longer than this (seconds) is not waited for within one run.
LONGEST_PAUSE = 300.0
#: Requests that failed in a row, each with all its tries, before a host is left alone.
FAILURES = 3
#: Seconds it is left alone then; doubled with each further failure.
ALONE, LONGEST_ALONE = 300.0, 3600.0


@dataclass(slots=True)
class Lane:
    """Requests that must not overlap: one at a time, with a distance between the end of one and the start of the next."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = float("-inf")


class Breaker:
    """Keeps from asking a host that does not answer. One request after the wait is the probe: if that fails too, the wait doubles."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._closed_until: dict[str, float] = {}

    def check(self, host: str) -> None:
        """Raises ``SourceError`` while ``host`` is left alone."""
        left = self._closed_until.get(host, float("-inf")) - self._clock.monotonic()
        if left > 0:
            failures = self._failures.get(host, 0)
            why = f"after {failures} failures in a row" if failures >= FAILURES else "as it asked"
            raise SourceError(f"{host} is left alone for {left:.0f} more seconds, {why}", "a later run asks again")

    def failed(self, host: str) -> None:
        failures = self._failures[host] = self._failures.get(host, 0) + 1
        if failures >= FAILURES:
            self.leave_alone(host, min(ALONE * 2.0 ** (failures - FAILURES), LONGEST_ALONE))

    def leave_alone(self, host: str, seconds: float) -> None:
        self._closed_until[host] = max(self._closed_until.get(host, float("-inf")), self._clock.monotonic() + seconds)

    def answered(self, host: str) -> None:
        self._failures.pop(host, None)
        self._closed_until.pop(host, None)


def pause_before(attempt: int, status: int | None, headers: Mapping[str, str], clock: Clock) -> float:
    """Seconds before try number ``attempt`` + 1: what the server says, else doubling, with some chance so that not all come at once."""
    told = _retry_after(headers.get("retry-after", ""), clock)
    if told is not None:
        return told
    first = PAUSE_WHEN_REFUSED if status == 429 else PAUSE
    return min(first * 2.0 ** (attempt - 1) * random.uniform(1.0, 1.25), LONGEST_PAUSE)  # noqa: S311 - spreads load, guards nothing


def _retry_after(value: str, clock: Clock) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment.astimezone(UTC) - clock.now()).total_seconds())
    except (ValueError, OverflowError):
        return None
