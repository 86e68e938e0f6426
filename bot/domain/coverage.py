"""What is known of an announcement day: how much of it there was, how much of it is here, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DayState(StrEnum):
    """How a category stands with the announcements of one day."""

    #: Announced, and all of it is here.
    FRESH = "fresh"
    #: Due, and not out yet anywhere we looked.
    WAITING = "waiting"
    #: Nothing was announced.
    QUIET = "quiet"
    #: The category shows an old batch, or none, while others have moved on.
    STALLED = "stalled"
    #: Could not be read, or only in part.
    FAILED = "failed"

    @property
    def settled(self) -> bool:
        """Nothing of the day is missing."""
        return self in (DayState.FRESH, DayState.QUIET)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What one run saw of one category's day, as the source tells it before anything is stored."""

    category: str
    day: date
    state: DayState
    #: Papers of the day, by identity key, that this run gives; some may already be in the store.
    given: frozenset[str] = frozenset()
    #: Papers of the day that earlier runs gave.
    earlier: int = 0
    unreadable: int = 0
    #: Papers that the source is known to have and that could not be had.
    missing: int = 0
    next_look: datetime | None = None
    #: In words, for people: why the state is what it is.
    note: str = ""
    #: The day had been missed, and this run has made up for it.
    repaired: bool = False

    @property
    def announced(self) -> int:
        return len(self.given) + self.earlier + self.unreadable + self.missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """The receipt for one category of one source on one announcement day."""

    source: str
    category: str
    day: date
    state: DayState
    #: Papers that the category announced on the day, its cross-lists and replacements among them.
    announced: int = 0
    #: Those of them that are in the store.
    fetched: int = 0
    #: Those that nobody had brought before, and those known from elsewhere.
    new: int = 0
    merged: int = 0
    unreadable: int = 0
    looked_at: datetime
    next_look: datetime | None = None
    note: str = ""
    #: When a day that had been missed was made up for.
    repaired_at: datetime | None = None
