"""A library that knows which papers came into it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import NOON


@dataclass(slots=True, init=False)
class Arrived:
    """Says that ``keys`` arrived three days before ``NOON``, all at once, or ``apart`` seconds from each other.

    Remembers what it was asked.
    """

    keys: tuple[str, ...]
    apart: float
    asked: list[tuple[datetime, datetime]]

    def __init__(self, *keys: str, apart: float = 0.0) -> None:
        self.keys, self.apart, self.asked = keys, apart, []

    async def __call__(self, *, since: datetime, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        self.asked.append((since, until))
        first = NOON - timedelta(days=3)
        came = [(key, first + timedelta(seconds=self.apart * index)) for index, key in enumerate(self.keys)]
        found = [(key, at) for key, at in came if since < at <= until]
        last = found[limit - 1][1] if len(found) >= limit else until
        return [(key, at) for key, at in found if at <= last]
