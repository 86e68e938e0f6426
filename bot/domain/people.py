"""What is known about one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.subscriptions import Destination


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedPost:
    """A paper stands in a channel that the person reads."""

    destination: Destination
    #: The message, and the one it continues; empty while it is on its way.
    remote_id: str = ""
    thread: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AllRead:
    """Somebody counted everything as read that was on their list of a channel."""

    #: How many papers that took off the list.
    papers: int
    #: When the newest of them was posted or held back; what comes later is unread.
    until: datetime
    #: The same of the last time before; ``None`` when this was the first.
    before: datetime | None


#: What a record is about, in the words of the commands.
RecordKind = Literal["subscription", "saved", "read", "caught up", "hidden", "vote", "mute", "note", "message", "settings", "pause"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One thing that is kept about a person: a rule they made, a mark they set, a message they were sent."""

    kind: RecordKind
    #: The rule, the paper's title, or the message's heading.
    text: str
    #: The channel it is about; empty where it is about none.
    where: str = ""
    at: datetime | None = None
