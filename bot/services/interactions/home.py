"""A person's own page: gathered from the store, for nobody but them."""

from __future__ import annotations

from collections import Counter

from bot.domain.messages import Message
from bot.domain.requests import Request
from bot.domain.subscriptions import Channel
from bot.render.home import SAVED_SHOWN, Home, home_page
from bot.services.interactions.desk import Desk, known_channel
from bot.services.interactions.mutes import zone_of
from bot.services.permissions import person


async def home_pages(desk: Desk, request: Request) -> tuple[Message, ...]:
    """Everything about the asker; of the channels they set up only that they are there, for somebody may have left one since."""
    mine, now = request.actor.personal, desk.clock.now()
    home = Home(
        subscriptions=await desk.store.subscriptions(mine),
        mutes=await desk.store.mutes(mine, at=now),
        own=await known_channel(desk, mine),
        zone=await zone_of(desk, mine),
        channels=await _set_up(desk, request),
        saved=await desk.store.saved(person(request.actor), limit=SAVED_SHOWN + 1),
        runs=await desk.store.runs(),
        now=now,
    )
    return home_page(home)


async def _set_up(desk: Desk, request: Request) -> list[tuple[Channel, int, str]]:
    """Channels with a subscription that they made, by name."""
    tenant = request.actor.personal.tenant
    # A person of Discord is the same in every server, one of Slack belongs to a workspace.
    made = await desk.store.subscriptions_by(person(request.actor), tenant="" if request.actor.platform == "discord" else tenant)
    counts = Counter(one.destination.key for one in made if not one.destination.personal)
    found: list[tuple[Channel, int, str]] = []
    for one in {one.destination.key: one.destination for one in made if one.destination.key in counts}.values():
        channel = await known_channel(desk, one)
        if channel is not None:
            found.append((channel, counts[one.key], desk.link(one, "", "")))
    return sorted(found, key=lambda entry: str(entry[0].destination))
