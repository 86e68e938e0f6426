"""A platform that keeps its channels in memory and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.domain.deliveries import Found, Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError
from bot.ports import Limits, Pace


class FakeAdapter:
    """``script`` holds what the next posts meet, one entry each; past its end everything is sent.

    "lost": stored, but the answer says uncertain. An ``Outcome``: not stored, that answer.
    """

    def __init__(self, name: str = "slack", *, readable: bool = True, limits: Limits | None = None) -> None:
        self.name = name
        self.pace = Pace(each=0.0, overall=0.0)
        self.repeatable = 0.0
        self.retracted: list[str] = []
        self.limits = limits or Limits(cards=10, characters=9000, per_card=100)
        self.readable = readable
        self.script: list[Outcome | str] = []
        self.posted: list[tuple[str, str, Message, str]] = []
        #: Key, remote id, message and thread of each edit that was done; ids of messages that people deleted.
        self.edited: list[tuple[str, str, Message, str]] = []
        self.deleted: set[str] = set()
        self.attempts = 0
        self.before_post: Callable[[Message], None] | None = None
        #: Runs while the request is under way.
        self.during_post: Callable[[], Awaitable[None]] | None = None
        #: A rate limit is one of the whole token.
        self.limited_everywhere = False
        #: Looking into a channel gets no answer.
        self.silent = False
        #: From when on what stands in a channel was asked for.
        self.read_since: datetime | None = None

    async def start(self) -> None: ...

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def locate(self, destination: Destination) -> Destination:
        return destination

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        self.attempts += 1
        if self.before_post:
            self.before_post(message)
        told = self.script.pop(0) if self.script else Outcome.SENT
        if isinstance(told, Outcome) and told is not Outcome.SENT:
            wait = 30.0 if told is Outcome.RATE_LIMITED else 0.0
            bucket = "platform" if self.limited_everywhere else "destination"
            return Receipt(outcome=told, error=told.value, retry_after=wait, bucket=bucket)
        known = [index for index, (to, posted, _, _) in enumerate(self.posted, 1) if to == destination.key and posted == key]
        if not (known and self.repeatable):
            self.posted.append((destination.key, key, message, thread))
        remote = f"r{known[0] if known else len(self.posted)}"
        if self.during_post:
            await self.during_post()
        return Receipt(outcome=Outcome.UNCERTAIN, error="lost") if told == "lost" else Receipt(outcome=Outcome.SENT, remote_id=remote)

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        return self.repeatable

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str = "") -> Receipt:
        self.attempts += 1
        if self.before_post:
            self.before_post(message)
        told = self.script.pop(0) if self.script else Outcome.SENT
        if isinstance(told, Outcome) and told is not Outcome.SENT:
            return Receipt(outcome=told, error=told.value, retry_after=30.0 if told is Outcome.RATE_LIMITED else 0.0)
        if remote_id in self.deleted:
            return Receipt(outcome=Outcome.DELETED, error="gone")
        self.edited.append((key, remote_id, message, thread))
        if self.during_post:
            await self.during_post()
        return Receipt(outcome=Outcome.UNCERTAIN, error="lost") if told == "lost" else Receipt(outcome=Outcome.SENT, remote_id=remote_id)

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        if self.silent:
            raise PlatformError("no answer", "later")
        if not self.readable:
            return Found(readable=False, missing="permission to look")
        found = [index for index, (to, posted, _, _) in enumerate(self.posted, 1) if to == destination.key and posted == key]
        return Found(readable=True, remote_id=f"r{found[0]}" if found else "")

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        self.retracted.append(remote_id)
        return True

    def link(self, destination: Destination, *, remote_id: str = "", thread: str = "") -> str:
        return f"https://{self.name}.example/{destination.address}/{remote_id}"

    async def own_links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        self.read_since = since
        if self.silent:
            raise PlatformError("no answer", "later")
        if not self.readable:
            return None
        mine = [(key, message) for to, key, message, _ in self.posted if to == destination.key]
        return [(key, frozenset(card.url for card in message.cards)) for key, message in mine]

    async def close(self) -> None: ...

    def headings(self) -> list[str]:
        return [message.heading for _, _, message, _ in self.posted]
