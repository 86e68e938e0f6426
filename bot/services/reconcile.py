"""Before anything is sent: what was held is looked at again, and an older database learns what stands in the channels already."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from bot.domain.papers import parse_key
from bot.domain.subscriptions import Channel
from bot.errors import PlatformError
from bot.ports import Adapter, Clock, Store

log = logging.getLogger(__name__)

#: How long before the copy was made the reading begins: a platform's clock may be behind ours. What it finds twice does no harm.
_BEFORE = timedelta(minutes=5)


async def make_safe(store: Store, clock: Clock, platforms: Mapping[str, Adapter]) -> None:
    """Call it with platforms that are connected, before the first digest is planned for them and the first message is sent.

    ``PlatformError`` when a channel that has to be read does not answer now: call it again before anything is sent there.
    """
    reopened = await store.reopen("make safe", clock.now())
    if reopened:
        log.info("held deliveries are verified again", extra={"deliveries": reopened})
    if store.mark_state == "behind":
        doubtful = await store.begin_reconcile(clock.now())
        log.warning(
            "the database is older than what was posted from it; the channels are read before anything is sent",
            extra={"since": store.reconcile_since, "deliveries_in_doubt": doubtful},
        )
    if store.reconcile_since is None:
        return
    unread: list[str] = []
    for channel in await store.channels():
        adapter = platforms.get(channel.destination.platform)
        if adapter and not await _learn(store, clock, adapter, channel):
            unread.append(channel.destination.key)
    if unread:
        raise PlatformError(
            f"what was posted cannot be read now in {len(unread)} channels ({', '.join(unread[:3])})",
            "nothing is sent there before; try again soon",
        )


async def _learn(store: Store, clock: Clock, adapter: Adapter, channel: Channel) -> bool:
    """Tell the store which papers our own messages in a channel are about. ``False``: it has to be asked again."""
    since = store.reconcile_since
    assert since is not None  # noqa: S101 - asked by the caller
    fields = {"destination": channel.destination.key}
    try:
        messages = await adapter.own_links(channel.destination, since=since - _BEFORE)
    except PlatformError as error:
        log.warning("channel could not be read, asking again", extra={**fields, "error": str(error)})
        return False
    if messages is None:
        log.error("channel history is closed; papers posted there since may come again", extra=fields)
        return True
    keys = sorted({key for _, links in messages for link in links if (key := parse_key(link))})
    unknown = await store.posted_elsewhere(channel.destination, keys, clock.now())
    log.info("channel read", extra={**fields, "messages": len(messages), "papers": len(keys), "not_known_yet": unknown})
    return True
