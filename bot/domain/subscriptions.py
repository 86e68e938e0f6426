"""Who wants which papers, where, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from bot.domain.schedule import Schedule
from bot.errors import BadInput

#: A platform's name as it stands in front of an address: one per folder of ``adapters``.
PLATFORMS = ("slack", "discord", "console")

SubscriptionKind = Literal["author", "keyword", "category", "org", "query"]
#: One message for all papers; one for each; a heading with one for each in its thread; a forum post for each.
DigestStyle = Literal["digest", "cards", "thread", "forum"]
#: Platforms whose channels can be forums.
FORUMS = ("discord",)
Fill = Literal["none", "unread"]
Deliver = Literal["digest", "instant"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where papers are posted: a channel, or one person's direct messages (address ``@<user id>``).

    ``tenant`` is the workspace or server it belongs to ("slack:T012", "discord:987"); empty for a destination that the
    operator declared and the platform has not confirmed yet. ``name`` is for people and may be empty.
    """

    platform: str
    address: str
    tenant: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.address}"

    @property
    def personal(self) -> bool:
        return self.address.startswith("@")

    @property
    def person(self) -> str:
        """Whose direct messages these are, as the store names people (``platform:user id``); empty for a channel."""
        return f"{self.platform}:{self.address[1:]}" if self.personal else ""

    def style(self, wanted: DigestStyle) -> DigestStyle:
        """``wanted``, or what comes closest to it in this place."""
        return "thread" if wanted == "forum" and (self.platform not in FORUMS or self.personal) else wanted

    def __str__(self) -> str:
        return self.name or self.key


_ADDRESS = {
    "slack": (r"@?[CDGUW][A-Z0-9]{2,}", 'a Slack channel id such as "slack:C0123ABCD" (channel name > View channel details > bottom)'),
    "discord": (r"@?\d{1,20}", 'a Discord channel id such as "discord:1234567890" (Developer Mode > right click > Copy Channel ID)'),
    "console": (r"@?[\w.-]{1,64}", 'a name such as "console:main"'),
}


def parse_destination(text: str) -> Destination:
    """``platform:address`` as config and command line write it; ``BadInput`` says what an address looks like."""
    platform, colon, address = text.strip().partition(":")
    if not colon or platform not in PLATFORMS:
        raise BadInput(f'destination "{text}" names no known platform', 'write "slack:C0123ABCD", "discord:1234567890" or "console:main"')
    pattern, example = _ADDRESS[platform]
    if not re.fullmatch(pattern, address):
        raise BadInput(f'destination "{text}" has no valid address', f"use {example}")
    return Destination(platform=platform, address=address, tenant="console" if platform == "console" else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """The person who asks. ``manager``: the platform says they may change what is posted in the place they ask from."""

    platform: str
    id: str
    name: str
    manager: bool
    #: Their own direct messages.
    personal: Destination


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a destination wants its papers."""

    schedule: Schedule
    maximum: int = 10
    style: DigestStyle = "digest"
    fill: Fill = "none"
    deliver: Deliver = "digest"
    #: Kinds of announcement that count: "new", "cross", "update".
    types: tuple[str, ...] = ("new", "cross")


DEFAULT_SCHEDULE = Schedule(days=frozenset(range(5)), at=time(9), zone="UTC")
DEFAULT_SETTINGS = Settings(schedule=DEFAULT_SCHEDULE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A destination with its settings and where it stands in time."""

    destination: Destination
    settings: Settings
    #: When the next digest is due (UTC); ``None`` while it is paused.
    next_at: datetime | None
    #: Why nothing is posted: empty while all is well.
    paused: str = ""
    #: "config" when the configuration file declares it, else "chat".
    origin: Literal["chat", "config"] = "chat"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """One standing rule of one destination. ``number`` counts from 1 within the destination and is never given twice."""

    number: int
    destination: Destination
    #: Canonical form.
    query: str
    kind: SubscriptionKind
    created_at: datetime
    #: Platform and id of who made it; "config" for the file, "cli" for the command line.
    created_by: str
    origin: Literal["chat", "config"] = "chat"
    #: Kinds of announcement that count for this rule; empty: those of the channel.
    types: tuple[str, ...] = ()
    #: At most this many papers of this rule in one digest; ``None``: as many as the channel allows.
    maximum: int | None = None
    #: ``query`` with names as they were typed; empty where that is the same.
    typed: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """The query as a person is shown it."""
        return self.typed or self.query
