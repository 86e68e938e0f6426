"""Ceilings: how often a person may ask, how much a channel or a workspace may follow."""

from __future__ import annotations

from collections import OrderedDict, deque

from bot.domain.quotas import Quotas
from bot.domain.subscriptions import Actor, Destination
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.ports import Store
from bot.render.words import where

_MINUTE = 60.0
#: People whose last minute is remembered.
_REMEMBERED = 10_000


class Turnstile:
    """Lets everybody through so many times within a minute. The operator's own terminal is not counted."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def enter(self, actor: Actor, now: float) -> None:
        """``BadInput`` for a person who has asked too often; such a request does not count. ``now`` in seconds of a steady clock."""
        if actor.platform == "console":
            return
        times = self._seen.setdefault((actor.platform, actor.id), deque())
        self._seen.move_to_end((actor.platform, actor.id))
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= self._per_minute:
            wait = max(1, round(times[0] + _MINUTE - now))
            raise BadInput(f"that was {self._per_minute} requests within a minute", f"wait {wait} seconds and ask again")
        times.append(now)


async def room_for_subscription(store: Store, quotas: Quotas, to: Destination, query: str) -> None:
    """``BadInput`` when ``to`` or its workspace follows as much as it may, and ``query`` would be one more."""
    live = await store.subscriptions(to)
    if any(one.query == query for one in live):
        return
    if len(live) >= quotas.subscriptions:
        raise BadInput(
            f"there are {quotas.subscriptions:,} subscriptions for {where(to)}, as many as there may be",
            f"end one first, or follow several things with one query: a | b. {ROOT} subscriptions lists them",
        )
    if to.tenant and await store.count_subscriptions(to.tenant, limit=quotas.tenant_subscriptions) >= quotas.tenant_subscriptions:
        raise BadInput(
            f"all channels here together have {quotas.tenant_subscriptions:,} subscriptions, as many as there may be",
            "end some first, or ask whoever runs the bot to raise [limits] tenant_subscriptions",
        )


def room_for_mute(held: int, quotas: Quotas, to: Destination) -> None:
    """``BadInput`` when ``to`` has as many mutes as it may."""
    if held >= quotas.mutes:
        raise BadInput(
            f"there are {quotas.mutes:,} mutes for {where(to)}, as many as there may be", f"end one first: {ROOT} mutes lists them"
        )
