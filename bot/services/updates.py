"""Papers that changed after they were posted: their cards are edited, and their threads hear what is new."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from hashlib import blake2b

from bot.domain.deliveries import Delivery
from bot.domain.subscriptions import Channel
from bot.muting import Muted
from bot.ports import Changed, Clock, Limits, Posted, Store, Update
from bot.render.updates import update_replies, with_updates, worth_telling

log = logging.getLogger(__name__)

#: Messages that get words in their thread at one time. What is beyond is edited in silence: a large correction is no news.
REPLIES = 10


class Updates:
    """Plans. ``limits`` says what one message of a platform carries."""

    def __init__(self, store: Store, clock: Clock, limits: Callable[[str], Limits]) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    async def plan(self, channel: Channel) -> int:
        """Queue what a channel is to hear of papers it was shown; how many messages are edited."""
        of = await self._store.outstanding(channel.destination)
        if of.upto == of.since:
            return 0
        now, limits = self._clock.now(), self._limits(channel.destination.platform)
        muted = Muted(await self._store.mutes(channel.destination, at=now) if of.posted else (), now.date())
        updates: list[Update] = []
        for posted in of.posted:
            if changed := [one for one in posted.changed if worth_telling(one.changes) and not muted.holds(one.stored)]:
                updates.append(_update(posted, changed, limits, quiet=len(updates) >= REPLIES))
        if not await self._store.enqueue_updates(channel.destination, updates, of=of, at=now):
            return 0
        if updates:
            log.info("updates planned", extra={"destination": channel.destination.key, "messages": len(updates)})
        return len(updates)


def _update(posted: Posted, changed: Sequence[Changed], limits: Limits, *, quiet: bool) -> Update:
    return Update(
        about=posted.delivery,
        slot=_slot(posted.delivery, changed),
        edit=with_updates(posted.message, changed),
        replies=() if quiet else update_replies(changed, limits),
    )


def _slot(about: Delivery, changed: Sequence[Changed]) -> str:
    """By content and not by number: a database that was put back from a backup notices the same changes anew."""
    parts = sorted(f"{one.stored.paper.key}|{c.kind}|{c.before}|{c.after}|{c.day}" for one in changed for c in one.changes)
    return f"update:{about.id}:{blake2b('|'.join(parts).encode(), digest_size=9).hexdigest()}"
