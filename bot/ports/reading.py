"""What people have read, and what they have not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.people import AllRead
from bot.domain.subscriptions import Destination
from bot.ports.hits import Candidate


class ReadingStore(Protocol):
    """``person`` is ``platform:user id``. What somebody has read is theirs alone and changes nobody else's list; a paper they marked is off
    their list in every channel. A channel of another tenant has no list, and nothing in it is read."""

    async def unread(self, destination: Destination, person: str, *, limit: int) -> list[Candidate]:
        """Posted or held back here, hidden neither here nor by the person for themselves, and not read by them: newest occurrence first,
        then in its order. The one reason is what the occurrence recorded."""
        ...

    async def read(self, person: str, rows: Sequence[int], *, at: datetime) -> int:
        """Mark papers as read; how many were not."""
        ...

    async def unmark(self, person: str, rows: Sequence[int]) -> int:
        """Take such marks back; how many there were."""
        ...

    async def read_all(self, destination: Destination, person: str) -> AllRead | None:
        """Count all that is unread here as read; ``None`` when nothing was. What comes after is unread again, also what had only been held
        back by then."""
        ...

    async def unread_all(self, destination: Destination, person: str, mark: AllRead) -> int:
        """Take that back; how many papers are unread again: none when the person has read everything once more since."""
        ...

    async def known_read(self, destination: Destination, person: str, rows: Sequence[int]) -> set[int]:
        """Those of ``rows`` that the person has read, marked one by one or with everything here."""
        ...
