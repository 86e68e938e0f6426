"""What is on record about one paper at one destination, for those who ask why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.deliveries import Delivery
from bot.domain.subscriptions import Destination, Subscription


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """An occurrence decided about the paper."""

    occurrence: str
    #: "2026-11-20", "now:…" or "instant:…", as ``Occurrence.slot``.
    slot: str
    at: datetime
    shown: bool
    #: Its place among all the occurrence covers, from 1.
    rank: int
    #: How many papers the occurrence shows, and covers in all.
    shown_in_all: int
    covered_in_all: int
    reason: str
    #: Why it was neither shown nor offered ("mute 3 word survey"); empty otherwise.
    held: str
    #: It was to be shown, and no message of the occurrence was sent.
    released: bool
    #: The messages of the occurrence, in order.
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A subscription whose rule matched the paper when it came in."""

    number: int
    clause: str
    possible: bool
    at: datetime
    #: The subscription's own.
    since: datetime
    live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperRecord:
    """Everything the store knows about one paper at one destination."""

    covered: Covered | None = None
    #: Kind of announcement ("new", "cross", "update", "archive") with which it waits for the next digest; empty: it does not wait.
    waiting: str = ""
    #: Who said that it is not interesting (``platform:user id``), and when.
    hidden_by: str = ""
    hidden_at: datetime | None = None
    matched: tuple[Matched, ...] = ()


class RecordStore(Protocol):
    async def record(self, destination: Destination, row: int) -> PaperRecord:
        """What happened to a paper at a destination. Nothing for a channel of another tenant."""
        ...

    async def subscriptions_by(self, person: str, *, tenant: str) -> list[Subscription]:
        """Live subscriptions that a person made, in all places of a tenant; without one in all places, for a person who is known by the
        same id everywhere."""
        ...

    async def count_subscriptions(self, tenant: str, *, limit: int) -> int:
        """Live subscriptions of all channels of a tenant, counted up to ``limit``."""
        ...
