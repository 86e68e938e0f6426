"""The delivery state machine as tables: which states there are, which moves are allowed, what each kind of answer means."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Literal

from bot.domain.messages import Message
from bot.domain.subscriptions import Destination

DeliveryKind = Literal["post", "edit"]


class State(StrEnum):
    #: Decided and written down; nobody works on it.
    PENDING = "pending"
    #: A worker has it under a lease; nothing was sent.
    CLAIMED = "claimed"
    #: The intent is durable. A request may have been sent: uncertain until settled, and verified, never blindly repeated.
    SENDING = "sending"
    SENT = "sent"
    #: Refused for good.
    FAILED = "failed"
    #: Uncertain and the channel cannot be looked at: waits for the operator or the policy.
    HELD = "held"
    #: Given up after too many attempts or too long.
    DEAD = "dead"


#: From each state, the states it may move to. Everything else is a bug.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.CLAIMED, State.FAILED, State.DEAD}),
    State.CLAIMED: frozenset({State.PENDING, State.SENDING, State.FAILED}),
    State.SENDING: frozenset({State.SENT, State.PENDING, State.FAILED, State.HELD, State.DEAD, State.SENDING}),
    State.HELD: frozenset({State.SENDING, State.SENT, State.FAILED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.DEAD: frozenset(),
}

#: Further moves of a delivery that nobody works on, for the operator only: sent, to be posted after all, left.
OPERATOR_TRANSITIONS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(),
    State.CLAIMED: frozenset(),
    State.SENDING: frozenset({State.SENT, State.PENDING, State.FAILED}),
    State.HELD: frozenset({State.SENT, State.PENDING, State.FAILED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset({State.SENT, State.PENDING}),
    State.DEAD: frozenset({State.SENT, State.PENDING, State.FAILED}),
}


class Outcome(StrEnum):
    """What a platform's answer to a post means. Each adapter maps every answer to one of these."""

    SENT = "sent"
    #: Not sent; wait as told. Never counts as an attempt.
    RATE_LIMITED = "rate_limited"
    #: Refused before any byte could be taken: DNS, connect, TLS.
    NOT_SENT = "not_sent"
    #: May have been stored: timeout, reset, 5xx, unreadable answer.
    UNCERTAIN = "uncertain"
    #: The message itself is refused.
    BAD_CONTENT = "bad_content"
    #: We may not post there (any more).
    NO_ACCESS = "no_access"
    #: The place does not exist any more.
    GONE = "gone"
    #: The message that was to be changed does not exist any more: people deleted it.
    DELETED = "deleted"
    #: The token is dead: stop everything of this tenant.
    BAD_TOKEN = "bad_token"  # noqa: S105 - the name of an outcome, not a secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """An adapter's account of one attempt to post. ``error`` is the platform's own code, free of secrets."""

    outcome: Outcome
    #: The platform's message id, where it was sent.
    remote_id: str = ""
    error: str = ""
    #: Seconds to wait before anything else is sent to the same bucket.
    retry_after: float = 0.0
    #: Which bucket that is: this destination, or everything under the same token.
    bucket: Literal["destination", "platform"] = "destination"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a look into the channel says about an uncertain delivery. ``readable`` is false where history is closed to us."""

    readable: bool
    remote_id: str = ""
    #: Which permission or scope is missing, where it is not readable.
    missing: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message on its way to one destination. ``id`` is also the key that makes the platform side recognisable."""

    id: str
    destination: Destination
    #: Order within the destination.
    seq: int
    message: Message
    #: Id of the delivery whose message this one continues as a thread; empty for a message of its own.
    parent: str = ""
    #: An edit puts its message in the place of one that stands there: doing it twice is doing it once, so that doubt needs no look.
    kind: DeliveryKind = "post"
    #: Id of the delivery whose message an edit changes, or of which a reply in its thread speaks.
    about: str = ""
    state: State = State.PENDING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    attempt_at: datetime | None = None
    not_before: datetime | None = None
    remote_id: str = ""
    error: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One digest decided: what it covers, what it shows, the messages that carry it. Stored whole or not at all."""

    destination: Destination
    #: Names it within the destination: "2026-11-20" for the schedule, "now:<time>" for one asked for, "instant:<paper>".
    slot: str
    #: Stored papers shown, best first, with why each was chosen.
    shown: tuple[tuple[int, str], ...]
    #: Stored papers it covers without showing them: behind the "rest" button.
    rest: tuple[tuple[int, str], ...]
    messages: tuple[Message, ...]
    #: The destination's next due time, computed from its rule; ``None`` leaves it as it is.
    next_at: datetime | None
    local_date: date | None = None
    #: Stored papers it covers and neither shows nor offers, each with the reason to show it and with what held it ("mute 3 word survey").
    held: tuple[tuple[int, str, str], ...] = ()
    #: Later messages continue the first one as its thread; otherwise each stands for itself.
    threaded: bool = True

    @property
    def id(self) -> str:
        return delivery_id(self.destination, self.slot, 0)


def delivery_id(destination: Destination, slot: str, part: int) -> str:
    """24 characters, the same for the same destination, occurrence and part for ever. Discord's nonce holds 25."""
    digest = blake2b(f"{destination.key}|{slot}|{part}".encode(), digest_size=15).digest()
    return b32encode(digest).decode().lower()
