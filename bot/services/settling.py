"""What an answer means for a delivery: one branch for each outcome, and what doubt forbids."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.domain.deliveries import Delivery, Found, Outcome, Receipt, State
from bot.errors import PlatformError
from bot.ports import Adapter, Clock, DeliveryChange, Store
from bot.render.digest import plain_message
from bot.services.notices import pause_channel, tell_owners
from bot.services.pace import Budget

log = logging.getLogger(__name__)

#: Seconds until a request that was given up can no longer land: then the channel tells the truth.
QUARANTINE = 90.0
#: Seconds until a post is repeated where the platform itself makes sure that there is one message.
REPEAT = 2.0
#: Seconds until a channel that could not be looked at is looked at again.
LOOK_AGAIN = 60.0
#: After so many attempts, or so long, a delivery is given up.
MAX_ATTEMPTS = 12
MAX_AGE = timedelta(days=7)
#: Attempts that may end in a fault of our own before the message is tried as plain text.
MAX_FAULTS = 3
#: Seconds to wait after the first, second, ... request that did not get through.
BACKOFF = (5.0, 15.0, 60.0, 300.0)
_FAULT = "fault:"


class Settling:
    """Moves deliveries of ``owner``. ``refused`` holds platforms whose token was refused, with the platform's word."""

    def __init__(self, store: Store, clock: Clock, budget: Budget, *, owner: str) -> None:
        self._store = store
        self._clock = clock
        self._budget = budget
        self._owner = owner
        self.refused: dict[str, str] = {}

    async def settle(self, delivery: Delivery, receipt: Receipt, *, doubtful: bool, repeatable: float) -> bool:
        """Write down what the answer means. ``True``: sent, and ours. A delivery that was ever uncertain stays so."""
        platform, now = delivery.destination.platform, self._clock.now()
        log.info("delivery answered", extra={**fields(delivery), "outcome": receipt.outcome.value, "error": receipt.error})
        if receipt.outcome in (Outcome.UNCERTAIN, Outcome.NOT_SENT):
            self._budget.unanswered(platform)
        else:
            self._budget.answered(platform)
        match receipt.outcome:
            case Outcome.SENT:
                return await self._move(delivery, State.SENT, DeliveryChange(remote_id=receipt.remote_id, error=""))
            case Outcome.RATE_LIMITED:
                wait = max(receipt.retry_after, 1.0)
                if receipt.bucket == "platform":
                    self._budget.pause(platform, wait)
                await self._again(delivery, receipt, now + timedelta(seconds=wait), doubtful=doubtful, counted=False)
            case Outcome.NOT_SENT:
                wait = BACKOFF[min(delivery.attempts - 1, len(BACKOFF) - 1)]
                if doubtful or not await self._give_up(delivery, receipt.error):
                    await self._again(delivery, receipt, now + timedelta(seconds=wait), doubtful=doubtful, counted=True)
            case Outcome.UNCERTAIN:
                first = delivery.first_attempt_at or now
                soon = (now - first).total_seconds() + REPEAT < repeatable / 2
                await self.put_down(delivery, REPEAT if soon else QUARANTINE, error=receipt.error)
            case Outcome.BAD_CONTENT:
                await self._simplify(delivery, receipt.error, doubtful=doubtful)
            case Outcome.NO_ACCESS:
                await pause_channel(self._store, self._clock, delivery.destination, *no_access(receipt.error))
                await self._again(delivery, receipt, now, doubtful=doubtful, counted=False)
            case Outcome.DELETED:
                # People took the message away: it is not made anew, and nothing is said below it.
                await self._move(delivery, State.FAILED, DeliveryChange(error=receipt.error, unsaid=True))
            case Outcome.GONE:
                await self._move(delivery, State.FAILED, DeliveryChange(error=receipt.error, doubtful=doubtful))
                reason = f"it does not exist any more ({receipt.error})"
                await pause_channel(self._store, self._clock, delivery.destination, reason, "remove its subscriptions, or move them")
            case Outcome.BAD_TOKEN:
                log.error("token refused, nothing more is sent on this platform", extra=fields(delivery))
                self.refused[platform] = receipt.error
                await self._again(delivery, receipt, now, doubtful=doubtful, counted=False)
        return False

    async def never_sent(self, delivery: Delivery, *, doubtful: bool) -> None:
        """The intent was written, but no request was made."""
        if not doubtful:
            await self._move(delivery, State.PENDING, DeliveryChange(uncounted=True))

    async def put_down(self, delivery: Delivery, seconds: float, *, error: str | None = None) -> None:
        """Still uncertain: nobody looks at it before ``seconds`` have passed."""
        later = self._clock.now() + timedelta(seconds=seconds)
        await self._move(delivery, State.SENDING, DeliveryChange(error=error, not_before=later))

    async def look(self, adapter: Adapter, delivery: Delivery, *, since: datetime, thread: str) -> Found | None:
        """What the channel says; ``None`` when the platform did not answer, the delivery put down until it may."""
        try:
            return await adapter.find(delivery.destination, key=delivery.id, since=since, thread=thread)
        except PlatformError as error:
            log.warning("channel could not be looked at", extra={**fields(delivery), "error": str(error)})
            self._budget.unanswered(adapter.name)
            await self.put_down(delivery, LOOK_AGAIN)
            return None

    async def unverifiable(self, delivery: Delivery, found: Found, *, drop: bool) -> None:
        """The channel is closed to us: held for the operator, or dropped if that is the policy. Its owners hear which permission helps."""
        missing = found.missing or "the permission to read this channel's history"
        to = State.FAILED if drop else State.HELD
        log.warning("uncertain delivery cannot be verified", extra={**fields(delivery), "to": to.value, "missing": missing})
        moved = await self._move(delivery, to, DeliveryChange(error=f"cannot be verified without {missing}", doubtful=True))
        channel = await self._store.channel(delivery.destination.key, tenant=delivery.destination.tenant or None)
        if moved and channel:
            what = f"A post to {channel.destination} may or may not have arrived, and I may not look."
            await tell_owners(self._store, self._clock, channel, what, f"Give me {missing}; then it is settled by itself.")

    async def hopeless(self, delivery: Delivery) -> bool:
        """Settles a delivery that is certainly not in the channel and need not be tried again as it is."""
        if delivery.error.startswith(_FAULT) and delivery.attempts >= MAX_FAULTS:
            await self._simplify(delivery, delivery.error, doubtful=True)
            return True
        return await self._give_up(delivery, delivery.error)

    async def _again(self, delivery: Delivery, receipt: Receipt, not_before: datetime, *, doubtful: bool, counted: bool) -> None:
        """Back to the queue, or for a doubtful one back to be verified."""
        to = State.SENDING if doubtful else State.PENDING
        await self._move(delivery, to, DeliveryChange(error=receipt.error, not_before=not_before, uncounted=not counted))

    async def _give_up(self, delivery: Delivery, error: str) -> bool:
        created = delivery.created_at or self._clock.now()
        if delivery.attempts < MAX_ATTEMPTS and self._clock.now() - created <= MAX_AGE:
            return False
        log.error("delivery given up", extra={**fields(delivery), "error": error})
        await self._move(delivery, State.DEAD, DeliveryChange(error=error))
        return True

    async def _simplify(self, delivery: Delivery, error: str, *, doubtful: bool) -> None:
        """A refused message is tried once more as plain text; refused again, it failed."""
        plain = plain_message(delivery.message)
        if plain == delivery.message or delivery.kind == "edit":  # what stands there is better than less of it
            await self._move(delivery, State.FAILED, DeliveryChange(error=error))
            log.error("message refused", extra={**fields(delivery), "error": error})
            return
        to = State.SENDING if doubtful else State.PENDING
        change = DeliveryChange(error=f"plain text after {error}", message=plain, not_before=self._clock.now())
        await self._move(delivery, to, change)

    async def _move(self, delivery: Delivery, to: State, change: DeliveryChange) -> bool:
        return await self._store.move(delivery, to, owner=self._owner, now=self._clock.now(), change=change)


def no_access(error: str) -> tuple[str, str]:
    """Why a place refuses us, and what its people can do."""
    return f"I may not post there ({error})", "invite me again or give me access, then resume"


def fault(error: Exception) -> Receipt:
    """A fault of our own while posting. Whether anything was sent is not known."""
    return Receipt(outcome=Outcome.UNCERTAIN, error=f"{_FAULT}{type(error).__name__}")


def fields(delivery: Delivery) -> dict[str, object]:
    """What every log line about a delivery carries."""
    return {
        "delivery_id": delivery.id,
        "tenant": delivery.destination.tenant,
        "destination": delivery.destination.key,
        "state": delivery.state.value,
        "attempt": delivery.attempts,
    }
