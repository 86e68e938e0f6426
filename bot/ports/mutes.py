"""What a store keeps of what is not wanted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from bot.domain.mutes import Mute, MuteKind
from bot.domain.subscriptions import Destination


class MuteStore(Protocol):
    """Mutes of a destination. It need not be a channel yet; one of another tenant raises ``BadInput`` where something would change and
    has no mutes otherwise."""

    async def mute(
        self,
        destination: Destination,
        kind: MuteKind,
        value: str,
        query: str,
        *,
        by: str,
        at: datetime,
        until: datetime | None = None,
        origin: Literal["chat", "config"] = "chat",
    ) -> tuple[Mute, Mute | None]:
        """The mute as it is now, and as it was before if the same query was muted already: only its end changes then."""
        ...

    async def unmute(self, destination: Destination, number: int, *, at: datetime) -> Mute | None:
        """End a mute; the one that ended, ``None`` when it is unknown or over."""
        ...

    async def mute_again(self, destination: Destination, number: int, *, until: datetime | None) -> Mute | None:
        """Bring back a mute that was ended or change its end: the undo of ``unmute`` and of a changed end. ``None``: unknown."""
        ...

    async def mutes(self, destination: Destination | None = None, *, at: datetime) -> list[Mute]:
        """What counts at ``at``, by number; for the operator those of all destinations, by destination and number."""
        ...
