"""Channels that the configuration declares: compared with the store, shown as a plan, then applied. Chat's own are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.queries import Facet, Node, Text
from bot.domain.subscriptions import Channel, Destination, Settings, Subscription, SubscriptionKind
from bot.ports import Clock, Store
from bot.query import parse_query


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One ``[[channels]]`` table: queries in canonical form."""

    destination: Destination
    settings: Settings
    queries: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One step of the plan. ``line`` says it to a person; the other fields are what to do."""

    line: str
    channel: Channel | None = None
    add: Declared | None = None
    subscribe: tuple[Destination, str] | None = None
    unsubscribe: Subscription | None = None
    remove: str = ""


def plan_declared(declared: Sequence[Declared], channels: Sequence[Channel], subscriptions: Sequence[Subscription]) -> list[Change]:
    """The steps from what the store holds to what the file declares. Empty: they agree."""
    plan: list[Change] = []
    known = {channel.destination.key: channel for channel in channels}
    for one in declared:
        channel = known.get(one.destination.key)
        held = [sub for sub in subscriptions if sub.destination.key == one.destination.key]
        destination = channel.destination if channel else one.destination
        if channel is None:
            plan.append(Change(line=f"+ channel {one.destination.key} ({describe(one.settings)})", add=one))
        else:
            plan += _changed(channel, one)
        queries = {sub.query for sub in held}
        plan += [
            Change(line=f"+ {one.destination.key} subscribe {query}", subscribe=(destination, query))
            for query in dict.fromkeys(one.queries)
            if query not in queries
        ]
        plan += [
            Change(line=f"- {one.destination.key} unsubscribe #{sub.number} {sub.query}", unsubscribe=sub)
            for sub in held
            if sub.origin == "config" and sub.query not in one.queries
        ]
    wanted = {one.destination.key for one in declared}
    for channel in channels:
        if channel.origin == "config" and channel.destination.key not in wanted:
            plan += _no_longer_declared(channel, subscriptions)
    return plan


def _changed(channel: Channel, one: Declared) -> list[Change]:
    name = one.destination.name or channel.destination.name
    if channel.settings == one.settings and channel.origin == "config" and channel.destination.name == name:
        return []
    destination = replace(channel.destination, name=name)
    wanted = replace(channel, settings=one.settings, origin="config", destination=destination)
    return [Change(line=f"~ channel {channel.destination.key} ({describe(one.settings)})", channel=wanted)]


def _no_longer_declared(channel: Channel, subscriptions: Sequence[Subscription]) -> list[Change]:
    key = channel.destination.key
    held = [sub for sub in subscriptions if sub.destination.key == key]
    gone = [Change(line=f"- {key} unsubscribe #{sub.number} {sub.query}", unsubscribe=sub) for sub in held if sub.origin == "config"]
    if len(gone) == len(held):
        return [*gone, Change(line=f"- channel {key}", remove=key)]
    return [*gone, Change(line=f"~ channel {key} (kept for the rules made in chat)", channel=replace(channel, origin="chat"))]


def describe(settings: Settings) -> str:
    """Settings in one line."""
    parts = [f"{settings.schedule} {settings.schedule.zone}", f"max {settings.maximum}", settings.style]
    if settings.deliver == "instant":
        parts.append("instant")
    if settings.fill != "none":
        parts.append(f"fill {settings.fill}")
    return ", ".join(parts)


async def apply_declared(plan: Sequence[Change], store: Store, clock: Clock) -> None:
    """Carry the plan out. Each step by itself is whole; a plan that broke off is completed by the next start."""
    now = clock.now()
    for change in plan:
        if change.add:
            _, next_at = change.add.settings.schedule.next_after(now)
            await store.add_channel(change.add.destination, change.add.settings, next_at=next_at, origin="config")
        if change.channel:
            _, next_at = change.channel.settings.schedule.next_after(now)
            paused = bool(change.channel.paused)
            await store.change_channel(replace(change.channel, next_at=None if paused else next_at))
        if change.subscribe:
            destination, query = change.subscribe
            await store.subscribe(destination, query, kind_of(query), by="config", at=now, origin="config")
        if change.unsubscribe:
            await store.unsubscribe(change.unsubscribe.destination, change.unsubscribe.number)
        if change.remove:
            await store.remove_channel(change.remove)


def kind_of(query: str) -> SubscriptionKind:
    """What a person would call the rule: a lone author, category or organisation, plain words, or a query of several parts."""
    tree: Node = parse_query(query).tree
    if isinstance(tree, Facet) and tree.kind in ("author", "category", "org"):
        return tree.kind
    return "keyword" if isinstance(tree, Text) else "query"
