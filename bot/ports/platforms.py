"""What a platform is, and what it calls when a person asks something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.deliveries import Found, Receipt
from bot.domain.forms import Form
from bot.domain.messages import Message
from bot.domain.requests import Choice, Completion, Reply, Request
from bot.domain.subscriptions import Actor, Destination


class Clock(Protocol):
    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...

    def observe(self, date: datetime) -> None:
        """A platform says that it is ``date`` now (its ``Date`` header, whole seconds)."""
        ...


class Handler(Protocol):
    """What an adapter calls when a person asks something. Never raises: trouble becomes a reply."""

    async def handle(self, request: Request) -> Reply: ...
    async def complete(self, completion: Completion) -> list[Choice]: ...

    async def form(self, request: Request) -> Form | Reply:
        """The form that a command without its value or a press opens (``bot.grammar.reading.opens_form`` says which do), or why it cannot.
        At once: platforms give a form three seconds, and nothing can be said before it."""
        ...

    async def estimate(self, request: Request) -> Message:
        """What a form that is being filled in (``request.what`` is its ``Submission``) would come to."""
        ...

    async def home(self, actor: Actor, place: Destination) -> tuple[Message, ...]:
        """A person's own page, part by part. ``place`` is their direct messages."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much one message of a platform carries. Used to split a digest before it is written down."""

    cards: int
    #: Characters of text in one message, with ``per_card`` added for each card's frame.
    characters: int
    per_card: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast a platform lets one token post, in seconds from one message to the next."""

    #: Into the same destination.
    each: float
    #: Into all destinations together.
    overall: float


class Adapter(Protocol):
    """Speaks one platform. Posting works by itself; ``run`` listens for commands until cancelled.

    Every answer's ``Date`` header is shown to the clock it was made with.
    """

    name: str
    limits: Limits
    pace: Pace
    #: Seconds after the first attempt within which posting again under the same key can never post twice; 0 where there are none.
    #: What the platform promises for most places; ``repeats`` knows each.
    repeatable: float

    async def start(self) -> None:
        """Check the token and connect for posting. Raises ``AuthFailed`` at once when the token is not accepted."""
        ...

    async def run(self) -> None:
        """Answer commands and buttons until cancelled. Losing the connection is not an end: it comes back by itself."""
        ...

    async def locate(self, destination: Destination) -> Destination:
        """The destination with its tenant and name as the platform gives them. ``PlatformError`` when it is unknown there."""
        ...

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        """Post once, ``key`` recognisable afterwards; ``thread`` is the remote id to continue. Never raises for an answer."""
        ...

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        """``repeatable`` for this place; 0 where that cannot be told now. Never raises for an answer."""
        ...

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str = "") -> Receipt:
        """Put ``message`` in place of our own ``remote_id``, which stays recognisable by ``key``, the one it was posted under; ``thread``
        is the remote id it continues. Doing it twice is doing it once. ``Outcome.DELETED``: it is not there any more, and is not
        posted again. Never raises for an answer."""
        ...

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        """Look whether the message of ``key`` stands in the channel since ``since``."""
        ...

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        """Delete a message of our own; ``True`` also when it is gone already."""
        ...

    def link(self, destination: Destination, *, remote_id: str = "", thread: str = "") -> str:
        """Where a message of ours can be opened in a browser, or the channel itself without ``remote_id``; empty where nobody knows."""
        ...

    async def own_links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        """Our own messages there and in their threads since then, the newest 1,000 at most: the key of each ("" where it has none) and
        every http(s) address in it. ``None`` when the history is closed. ``PlatformError`` when it cannot be asked now."""
        ...

    async def close(self) -> None: ...
