"""What people think of papers, and what is kept about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.papers import StoredPaper
from bot.domain.people import Record, SharedPost
from bot.domain.subscriptions import Destination


class PeopleStore(Protocol):
    """``person`` is ``platform:user id``; votes belong to the tenant in which they were cast, and are seen there only."""

    async def vote(self, tenant: str, person: str, row: int, *, at: datetime, up: bool = True) -> tuple[bool, int]:
        """Vote for a paper, or take the vote back: whether that changed something, and the paper's votes in the tenant now. One
        person counts once. An unknown paper has none."""
        ...

    async def votes(self, tenant: str, rows: Sequence[int]) -> dict[int, int]:
        """Votes of the tenant; rows without any are left out."""
        ...

    async def favourites(self, tenant: str, *, since: date, limit: int) -> list[tuple[StoredPaper, int]]:
        """What is liked: papers that the tenant voted for since that day, or that were filed since then and have votes at their source.
        Most votes of the tenant (given with each) first, then most at the source, then newest."""
        ...

    async def note(self, personal: Destination, place: Destination, *, on: bool, at: datetime) -> bool:
        """From now on papers posted in ``place`` come to ``personal`` as notes, or as papers again; whether that changed something.
        ``BadInput`` unless ``personal`` is somebody's direct messages and belongs to the tenant of ``place``, or to themselves alone, as on
        Discord."""
        ...

    async def noted(self, personal: Destination) -> list[str]:
        """Keys of the channels whose posts come as notes."""
        ...

    async def shared_posts(self, personal: Destination, rows: Sequence[int]) -> dict[int, SharedPost]:
        """Those of ``rows`` that were shown in a noted channel, the newest post of each."""
        ...

    async def about(self, person: str, personal: Destination, *, signed: str = "", tenant: str = "") -> list[Record]:
        """Everything that names the person or was sent to their direct messages (``personal``), by kind and then newest first.
        ``signed`` is what stands with a channel of ``tenant`` that they paused."""
        ...

    async def forget(self, person: str, personal: Destination, *, signed: str = "", tenant: str = "") -> int:
        """Remove all of that; how many records there were. Rules, mutes and pauses that the person made for shared channels stay and
        name nobody. What is being sent at this moment is kept until it is settled."""
        ...
