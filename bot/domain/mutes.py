"""What a person or a channel does not want to be shown, whatever its subscriptions say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.clock import require_utc
from bot.domain.subscriptions import Destination

#: "person": a namesake of somebody who is followed; what only matches by that name is not meant.
MuteKind = Literal["word", "author", "category", "org", "person"]
MUTE_KINDS: tuple[MuteKind, ...] = ("word", "author", "category", "org", "person")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mute:
    """One thing that is not wanted at one destination. ``number`` counts from 1 within the destination and is never given twice."""

    number: int
    destination: Destination
    kind: MuteKind
    #: As people read it: "survey", "Robin Jia".
    value: str
    #: The papers it keeps away, as a query in canonical form.
    query: str
    created_at: datetime
    #: Platform and id of who made it.
    created_by: str
    #: From then on it counts no more; ``None``: for ever.
    until: datetime | None = None
    #: "config" when the configuration file declares it, else "chat".
    origin: Literal["chat", "config"] = "chat"

    def __post_init__(self) -> None:
        require_utc(self.created_at)
        if self.until is not None:
            require_utc(self.until)
