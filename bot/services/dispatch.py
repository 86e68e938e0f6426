"""The outbox to the platforms: intent first, then the post, then the receipt. The one way anything is posted.

What may have been sent is never sent again before the channel was looked at. ``docs/delivery.md`` shows the machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.deliveries import Delivery, Outcome, Receipt, State
from bot.domain.messages import Message
from bot.ports import Adapter, Clock, DeliveryChange, Store
from bot.render_digest import plain_message

log = logging.getLogger(__name__)

#: Seconds a worker holds a claimed delivery; more than any request may take.
LEASE = 120.0
#: Seconds until a request that was given up can no longer land: then the channel tells the truth.
QUARANTINE = 90.0
#: Deliveries worked on side by side, each for another destination.
WIDTH = 16
#: After so many attempts, or so long, a delivery is given up.
MAX_ATTEMPTS = 12
MAX_AGE = timedelta(days=7)
#: Seconds to wait after the first, second, ... request that did not get through.
BACKOFF = (5.0, 15.0, 60.0, 300.0)

Policy = Literal["held", "resend", "drop"]


class Dispatcher:
    """``drain`` sends everything that is due on the given adapters. ``owner`` names this process in the outbox."""

    def __init__(self, store: Store, clock: Clock, adapters: Mapping[str, Adapter], *, owner: str, policy: Policy = "held") -> None:
        self._store = store
        self._clock = clock
        self._adapters = dict(adapters)
        self._owner = owner
        self._policy = policy
        self._stopping = False
        #: Platforms whose token was refused: nothing more is sent there by this process.
        self.refused: dict[str, str] = {}

    def stop(self) -> None:
        """Claim nothing more. What is being sent is finished by its own ``drain``."""
        self._stopping = True

    async def drain(self) -> int:
        """Send what is due until nothing is; the number of messages that were sent."""
        sent = 0
        while not self._stopping:
            platforms = [name for name in self._adapters if name not in self.refused]
            now = self._clock.now()
            doubtful = await self._store.uncertain(platforms, owner=self._owner, now=now, lease=LEASE, limit=WIDTH)
            claimed = await self._store.claim(platforms, owner=self._owner, now=now, lease=LEASE, limit=WIDTH)
            if not doubtful and not claimed:
                break
            work = [self._guarded(delivery, self._verify) for delivery in doubtful]
            work += [self._guarded(delivery, self._post) for delivery in claimed]
            sent += sum(await asyncio.gather(*work))
        return sent

    async def _guarded(self, delivery: Delivery, step: Callable[[Delivery], Awaitable[bool]]) -> bool:
        """One delivery's trouble stays its own."""
        try:
            return await step(delivery)
        except Exception:
            log.exception("delivery failed unexpectedly", extra=_fields(delivery))
            return False

    async def _post(self, delivery: Delivery) -> bool:
        """Intent, request, settle. ``True`` when it was sent."""
        thread = await self._thread(delivery)
        now, started = self._clock.now(), self._clock.monotonic()
        if not await self._move(delivery, State.SENDING, DeliveryChange(attempted=True)):
            return False
        doing = replace(delivery, state=State.SENDING, first_attempt_at=delivery.first_attempt_at or now, attempt_at=now)
        if self._clock.monotonic() - started > LEASE / 2:
            return False  # this process stood still: another worker may have the row; nothing was sent
        adapter = self._adapters[delivery.destination.platform]
        receipt = await adapter.publish(delivery.destination, delivery.message, key=delivery.id, thread=thread)
        return await self._settle(doing, receipt, doubtful=delivery.state is State.SENDING)

    async def _verify(self, delivery: Delivery) -> bool:
        """Settle a delivery that may or may not have been stored, by looking into the channel."""
        adapter = self._adapters[delivery.destination.platform]
        since = delivery.first_attempt_at or delivery.created_at or self._clock.now()
        found = await adapter.find(delivery.destination, key=delivery.id, since=since, thread=await self._thread(delivery))
        if found.remote_id:
            log.info("uncertain delivery found in the channel", extra=_fields(delivery))
            return await self._move(delivery, State.SENT, DeliveryChange(remote_id=found.remote_id, error=""))
        if found.readable or self._policy == "resend":
            return await self._post(delivery)
        to = State.FAILED if self._policy == "drop" else State.HELD
        await self._move(delivery, to, DeliveryChange(error="channel history cannot be read"))
        log.warning("uncertain delivery cannot be verified", extra={**_fields(delivery), "to": to.value})
        return False

    async def _settle(self, delivery: Delivery, receipt: Receipt, *, doubtful: bool) -> bool:
        """Write down what the answer means. A delivery that was ever uncertain is never simply repeated."""
        now = self._clock.now()
        extra = {**_fields(delivery), "outcome": receipt.outcome.value, "error": receipt.error}
        match receipt.outcome:
            case Outcome.SENT:
                log.info("delivery sent", extra=extra)
                return await self._move(delivery, State.SENT, DeliveryChange(remote_id=receipt.remote_id, error=""))
            case Outcome.RATE_LIMITED | Outcome.NOT_SENT:
                wait = receipt.retry_after or _backoff(delivery.attempts)
                await self._again(delivery, receipt, not_before=now + timedelta(seconds=wait), doubtful=doubtful)
            case Outcome.UNCERTAIN:
                log.warning("delivery uncertain", extra=extra)
                later = now + timedelta(seconds=QUARANTINE)
                await self._move(delivery, State.SENDING, DeliveryChange(error=receipt.error, not_before=later))
            case Outcome.BAD_CONTENT:
                await self._simplify(delivery, receipt, doubtful=doubtful)
            case Outcome.NO_ACCESS | Outcome.GONE:
                log.warning("destination refused", extra=extra)
                await self._move(delivery, State.FAILED, DeliveryChange(error=receipt.error))
                await self._pause(delivery, receipt)
            case Outcome.BAD_TOKEN:
                log.error("token refused, nothing more is sent on this platform", extra=extra)
                self.refused[delivery.destination.platform] = receipt.error
                await self._again(delivery, receipt, not_before=now, doubtful=doubtful)
        return False

    async def _again(self, delivery: Delivery, receipt: Receipt, *, not_before: datetime, doubtful: bool) -> None:
        """Back to the queue, or for a doubtful one back to be verified."""
        created = delivery.created_at or self._clock.now()
        counted = receipt.outcome is Outcome.NOT_SENT
        if counted and not doubtful and (delivery.attempts + 1 >= MAX_ATTEMPTS or self._clock.now() - created > MAX_AGE):
            await self._move(delivery, State.DEAD, DeliveryChange(error=receipt.error))
            log.error("delivery given up", extra=_fields(delivery))
            return
        to = State.SENDING if doubtful else State.PENDING
        await self._move(delivery, to, DeliveryChange(error=receipt.error, not_before=not_before, uncounted=not counted))

    async def _simplify(self, delivery: Delivery, receipt: Receipt, *, doubtful: bool) -> None:
        """A refused message is tried once more as plain text; refused again, it failed."""
        plain: Message = plain_message(delivery.message)
        if plain == delivery.message or doubtful:
            await self._move(delivery, State.FAILED, DeliveryChange(error=receipt.error))
            log.error("message refused", extra={**_fields(delivery), "error": receipt.error})
            return
        await self._move(delivery, State.PENDING, DeliveryChange(error=receipt.error, message=plain))

    async def _pause(self, delivery: Delivery, receipt: Receipt) -> None:
        channel = await self._store.channel(delivery.destination.key, tenant=delivery.destination.tenant)
        if channel and not channel.paused:
            reason = f"paused: the platform refused a post ({receipt.error}); give the bot access again, then resume"
            await self._store.change_channel(replace(channel, paused=reason, next_at=None))

    async def _thread(self, delivery: Delivery) -> str:
        if not delivery.parent:
            return ""
        parent = await self._store.delivery(delivery.parent)
        return parent.remote_id if parent else ""

    async def _move(self, delivery: Delivery, to: State, change: DeliveryChange) -> bool:
        return await self._store.move(delivery, to, owner=self._owner, now=self._clock.now(), change=change)


def _backoff(attempts: int) -> float:
    return BACKOFF[min(attempts, len(BACKOFF) - 1)]


def _fields(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.id,
        "destination": delivery.destination.key,
        "state": delivery.state.value,
        "attempt": delivery.attempts,
    }
