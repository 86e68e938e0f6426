"""Private notes to the people a trouble concerns: whoever set up the subscriptions of a channel, once for each trouble."""

from __future__ import annotations

import logging
from dataclasses import replace
from hashlib import blake2b

from bot.domain.deliveries import Occurrence
from bot.domain.messages import Tone
from bot.domain.subscriptions import DEFAULT_SETTINGS, Channel, Destination
from bot.ports import Clock, Store
from bot.render.common import note

log = logging.getLogger(__name__)


async def pause_channel(store: Store, clock: Clock, destination: Destination, reason: str, next_step: str) -> None:
    """Stop posting to a channel until somebody resumes it, and tell its owners why. Nothing of it is forgotten."""
    channel = await store.channel(destination.key, tenant=destination.tenant or None)
    if channel is None or channel.paused:
        return
    await store.change_channel(replace(channel, paused=f"paused: {reason}; {next_step}", next_at=None))
    log.warning("channel paused", extra={"destination": destination.key, "reason": reason})
    await tell_owners(store, clock, channel, f"Papers for {channel.destination} are paused: {reason}.", next_step)


async def tell_owners(store: Store, clock: Clock, channel: Channel, what: str, next_step: str) -> int:
    """Queue a direct message to everybody who set up a subscription of ``channel``; how many were told. The same trouble is told once
    a day."""
    told = 0
    day = clock.now().date().isoformat()
    mark = blake2b(f"{channel.destination.key}|{what}".encode(), digest_size=6).hexdigest()
    for owner in sorted({one.created_by for one in await store.subscriptions(channel.destination)}):
        personal = personal_destination(owner, channel.destination)
        if personal is None or personal.key == channel.destination.key:
            continue
        _, next_at = DEFAULT_SETTINGS.schedule.next_after(clock.now())
        await store.add_channel(personal, DEFAULT_SETTINGS, next_at=next_at, origin="chat")
        letter = Occurrence(
            destination=personal,
            slot=f"notice:{day}:{mark}",
            shown=(),
            rest=(),
            messages=(note(what, next_step, tone=Tone.WARNING),),
            next_at=None,
        )
        told += await store.enqueue(letter, at=clock.now())
    if not told:
        log.error("nobody to tell", extra={"destination": channel.destination.key, "what": what, "next_step": next_step})
    return told


def personal_destination(owner: str, place: Destination) -> Destination | None:
    """The direct messages of a person named ``platform:id``; ``None`` for the file and the command line, which read no messages."""
    platform, _, person = owner.partition(":")
    if platform != place.platform or not person:
        return None
    tenant = f"discord:@{person}" if platform == "discord" else place.tenant
    return Destination(platform=platform, address=f"@{person}", tenant=tenant)
