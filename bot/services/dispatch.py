"""The outbox to the platforms: intent first, then the post, then the receipt. The one way anything is posted.

What may have been sent is never sent again before the channel was looked at. ``docs/delivery.md`` shows the machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from bot.domain.deliveries import Delivery, Outcome, Receipt, State
from bot.ports import Adapter, Clock, DeliveryChange, Store
from bot.services.pace import Budget
from bot.services.settling import QUARANTINE, Settling, fault, fields

log = logging.getLogger(__name__)

#: Seconds a worker holds a delivery; more than a request and its quarantine may take.
LEASE = 150.0
#: Deliveries worked on side by side, each for another destination.
WIDTH = 16
#: Seconds between two looks at a row that another worker holds, and how many, before our own message is taken back.
TAKE_BACK_STEP, TAKE_BACK_LOOKS = 3.0, 60

Policy = Literal["held", "resend", "drop"]


class Dispatcher:
    """``drain`` sends everything that is due on the given adapters. ``owner`` names this process in the outbox."""

    def __init__(self, store: Store, clock: Clock, adapters: Mapping[str, Adapter], *, owner: str, policy: Policy = "held") -> None:
        self._store = store
        self._clock = clock
        self._adapters = dict(adapters)
        self._owner = owner
        self._policy = policy
        self._budget = Budget(clock)
        self._settling = Settling(store, clock, self._budget, owner=owner)
        self._stopping = False
        self._sent = 0

    @property
    def refused(self) -> dict[str, str]:
        """Platforms whose token was refused, with the platform's word: nothing more is sent there by this process."""
        return self._settling.refused

    @property
    def connected(self) -> frozenset[str]:
        """The platforms that are sent on."""
        return frozenset(self._adapters)

    def connect(self, adapter: Adapter) -> None:
        """Send on this platform, too, from now on."""
        self._adapters[adapter.name] = adapter

    def stop(self) -> None:
        """Claim nothing more. What is being sent is finished by its own ``drain``."""
        self._stopping = True

    async def drain(self) -> int:
        """Send what is due until nothing is; the number of messages that were sent."""
        self._sent = 0
        working: dict[asyncio.Task[None], str] = {}
        try:
            while True:
                working |= await self._begin(WIDTH - len(working), set(working.values()))
                if not working and not await self._cool_down():
                    return self._sent
                if working:
                    # A channel that has cooled down meanwhile is worth a new look, too.
                    soon = min(self._budget.cooling().values(), default=None)
                    done, _ = await asyncio.wait(working, timeout=soon, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        del working[task]
                        task.result()
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def _begin(self, room: int, busy: set[str]) -> dict[asyncio.Task[None], str]:
        """Take up to ``room`` deliveries and start on each."""
        platforms = [name for name in self._adapters if name not in self.refused and not self._budget.paused(name)]
        if self._stopping or room <= 0 or not platforms:
            return {}
        now = self._clock.now()
        doubtful = await self._store.uncertain(platforms, owner=self._owner, now=now, lease=LEASE, limit=room)
        busy = busy | self._budget.cooling().keys() | {one.destination.key for one in doubtful}
        claimed: list[Delivery] = []
        if len(doubtful) < room:
            claimed = await self._store.claim(
                platforms, owner=self._owner, now=now, lease=LEASE, limit=room - len(doubtful), busy=sorted(busy)
            )
        work = [(one, self._verify) for one in doubtful] + [(one, self._post) for one in claimed]
        return {asyncio.create_task(self._guarded(one, step)): one.destination.key for one, step in work}

    async def _cool_down(self) -> bool:
        """Wait for the channel that may be posted to next; ``False`` when none is cooling."""
        waits = self._budget.cooling()
        if not waits or self._stopping:
            return False
        await self._clock.sleep(min(waits.values()))
        return True

    async def _guarded(self, delivery: Delivery, step: Callable[[Delivery], Awaitable[None]]) -> None:
        """One delivery's trouble stays its own: it keeps its state, and is looked at again when its lease is over."""
        try:
            await step(delivery)
        except Exception:
            log.exception("delivery interrupted", extra=fields(delivery))

    async def _post(self, delivery: Delivery) -> None:
        """Intent, request, settle."""
        adapter = self._adapters[delivery.destination.platform]
        thread = await self._thread(delivery)
        await self._clock.sleep(self._budget.reserve(adapter, delivery.destination.key))
        began, now = self._clock.monotonic(), self._clock.now()
        if not await self._move(delivery, State.SENDING, DeliveryChange(attempted=True)):
            return
        doing = replace(
            delivery,
            state=State.SENDING,
            attempts=delivery.attempts + 1,
            first_attempt_at=delivery.first_attempt_at or now,
            attempt_at=now,
        )
        doubtful = delivery.state is State.SENDING
        if self._clock.monotonic() - began > LEASE / 2:
            # This process stood still between the two lines: another one may have the row by now. Nothing was sent.
            log.warning("stood still before sending", extra=fields(doing))
            await self._settling.never_sent(doing, doubtful=doubtful)
            return
        receipt = await self._publish(adapter, doing, thread)
        doubt = receipt.outcome is Outcome.UNCERTAIN and delivery.kind == "post"
        repeatable = await adapter.repeats(doing.destination, thread=thread) if doubt else 0.0
        if await self._settling.settle(doing, receipt, doubtful=doubtful, repeatable=repeatable):
            self._sent += 1
        elif receipt.remote_id and delivery.kind == "post":
            await self._take_back(adapter, doing, receipt.remote_id, thread)

    async def _publish(self, adapter: Adapter, delivery: Delivery, thread: str) -> Receipt:
        try:
            if delivery.kind == "edit":
                standing = await self._store.delivery(delivery.about)
                if standing is None or not standing.remote_id:
                    return Receipt(outcome=Outcome.DELETED, error="the message was never posted")
                return await adapter.edit(
                    delivery.destination, delivery.message, key=standing.id, remote_id=standing.remote_id, thread=thread
                )
            return await adapter.publish(delivery.destination, delivery.message, key=delivery.id, thread=thread)
        except Exception as error:  # a fault of our own, most likely while the message was drawn: it may not spoil the others
            log.exception("posting failed in our own code", extra=fields(delivery))
            return fault(error)

    async def _verify(self, delivery: Delivery) -> None:
        """Settle a delivery that may or may not have been stored, by looking into the channel."""
        adapter = self._adapters[delivery.destination.platform]
        now = self._clock.now()
        first = delivery.first_attempt_at or delivery.created_at or now
        thread = await self._thread(delivery)
        since_first = (now - first).total_seconds()
        edits = delivery.kind == "edit"  # may be done again at any time, once the first request can no longer land behind it
        if (
            not edits
            and since_first < adapter.repeatable / 2
            and since_first < await adapter.repeats(delivery.destination, thread=thread) / 2
        ):
            await self._post(delivery)  # the platform itself makes sure that there is one message
            return
        landed = (delivery.attempt_at or first) + timedelta(seconds=QUARANTINE)
        if now < landed:
            await self._settling.put_down(delivery, (landed - now).total_seconds())
            return
        if edits:
            if not await self._settling.hopeless(delivery):
                await self._post(delivery)
            return
        found = await self._settling.look(adapter, delivery, since=first, thread=thread)
        if found is None:
            return
        if found.remote_id:
            log.info("uncertain delivery found in the channel", extra=fields(delivery))
            self._sent += await self._move(delivery, State.SENT, DeliveryChange(remote_id=found.remote_id, error=""))
        elif not found.readable and self._policy != "resend":
            await self._settling.unverifiable(delivery, found, drop=self._policy == "drop")
        elif not await self._settling.hopeless(delivery):
            await self._post(delivery)

    async def _take_back(self, adapter: Adapter, delivery: Delivery, remote_id: str, thread: str) -> None:
        """We posted, but somebody else has the row: whoever settles it first keeps the message, the other one deletes its own."""
        for _ in range(TAKE_BACK_LOOKS):
            row = await self._store.delivery(delivery.id)
            if row is None or (row.state is State.SENT and row.remote_id == remote_id):
                return
            if row.state is State.SENT:
                break
            if row.state is State.HELD and await self._store.move(
                row, State.SENT, owner=self._owner, now=self._clock.now(), change=DeliveryChange(remote_id=remote_id, error="")
            ):
                return
            await self._clock.sleep(TAKE_BACK_STEP)
        gone = await adapter.retract(delivery.destination, remote_id=remote_id, thread=thread)
        log.warning("message taken back", extra={**fields(delivery), "gone": gone})

    async def _thread(self, delivery: Delivery) -> str:
        if not delivery.parent:
            return ""
        parent = await self._store.delivery(delivery.parent)
        return parent.remote_id if parent else ""

    async def _move(self, delivery: Delivery, to: State, change: DeliveryChange) -> bool:
        return await self._store.move(delivery, to, owner=self._owner, now=self._clock.now(), change=change)
