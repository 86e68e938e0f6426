"""Papers that changed after they were posted, and what is sent because of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.deliveries import Delivery
from bot.domain.history import Change
from bot.domain.messages import Message
from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import Destination


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A paper with what changed since it was posted, oldest first. ``rows`` are all the numbers it ever had: old cards carry them."""

    stored: StoredPaper
    rows: frozenset[int]
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A message of ours that was sent and shows papers which have changed since. ``message`` is what stands there now."""

    delivery: Delivery
    message: Message
    changed: tuple[Changed, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outstanding:
    """What a destination has not been told. ``since`` and ``upto`` are numbers of changes: told up to there, looked at up to here."""

    since: int
    upto: int
    posted: tuple[Posted, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """What becomes of one posted message: another one in its place, and words about it in its thread. ``slot`` names it within the
    destination, the same for the same changes."""

    about: Delivery
    slot: str
    edit: Message
    replies: tuple[Message, ...] = ()


class UpdateStore(Protocol):
    async def outstanding(self, destination: Destination) -> Outstanding:
        """Changes of papers that were shown here, noticed after that, wanted by a subscription that matches them ("update" among its
        kinds, or among the channel's), and not told yet. Those of a message that is still on its way wait until it stands there."""
        ...

    async def enqueue_updates(self, destination: Destination, updates: Sequence[Update], *, of: Outstanding, at: datetime) -> bool:
        """Write the edits and replies, and that the destination has been told of everything in ``of``, in one transaction. ``False`` and
        nothing written when somebody else has told it meanwhile. ``BadInput`` when the channel belongs to another tenant."""
        ...
