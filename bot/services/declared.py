"""Channels that a file declares, with their rules and mutes: compared with the store, shown as a plan, then applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from bot.domain.mutes import Mute, MuteKind
from bot.domain.queries import Facet, Node, Text
from bot.domain.subscriptions import Channel, Destination, Settings, Subscription, SubscriptionKind
from bot.ports import Clock, Store
from bot.query.language import parse_query

Origin = Literal["chat", "config"]
#: Who makes rules that nobody types in chat.
_MAKER: dict[Origin, str] = {"chat": "cli", "config": "config"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A query in canonical form, with the options that its subscription has of its own."""

    query: str
    types: tuple[str, ...] = ()
    maximum: int | None = None
    #: ``query`` with names as they were written; empty where that is the same.
    typed: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unwanted:
    """What a mute keeps away, and until when (UTC); ``query`` is what it comes to, in canonical form."""

    kind: MuteKind
    value: str
    query: str
    until: datetime | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.value}{f' until {self.until:%Y-%m-%d %H:%M} UTC' if self.until else ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One ``[[channels]]`` table."""

    destination: Destination
    #: ``None``: the table says what is not wanted, and nothing else of the channel.
    settings: Settings | None
    rules: tuple[Rule, ...]
    #: ``None``: the table says nothing of mutes.
    mutes: tuple[Unwanted, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One step of the plan. ``line`` says it to a person; the other fields are what to do."""

    line: str
    channel: Channel | None = None
    add: Declared | None = None
    subscribe: tuple[Destination, Rule] | None = None
    change: tuple[Subscription, Rule] | None = None
    unsubscribe: Subscription | None = None
    mute: tuple[Destination, Unwanted] | None = None
    unmute: Mute | None = None
    remove: str = ""


def plan_declared(
    declared: Sequence[Declared],
    channels: Sequence[Channel],
    subscriptions: Sequence[Subscription],
    mutes: Sequence[Mute],
    *,
    at: datetime,
    origin: Origin = "config",
) -> list[Change]:
    """The steps from what the store holds at ``at`` to what is declared. Empty: they agree.

    What the configuration declares is its own: a channel, a rule or a mute of it that is declared no more goes. A file of rules (origin
    "chat") says what chat's own rules are in the channels that it names, and nothing about others; likewise its mutes, where it says
    anything of mutes.
    """
    plan: list[Change] = []
    known = {channel.destination.key: channel for channel in channels}
    for one in declared:
        channel = known.get(one.destination.key)
        held = [sub for sub in subscriptions if sub.destination.key == one.destination.key]
        muted = [mute for mute in mutes if mute.destination.key == one.destination.key]
        destination = next((held.destination for held in (channel, *muted) if held), one.destination)
        if one.settings is not None:
            if channel is None:
                plan.append(Change(line=f"+ channel {one.destination.key} ({describe(one.settings)})", add=one))
            else:
                plan += _changed(channel, one, one.settings, origin)
            plan += _rules(destination, one, held, origin)
        if one.mutes is not None or origin == "config":
            plan += _mutes(destination, one.mutes or (), muted, at, origin)
    if origin == "config":
        named = {one.destination.key for one in declared}
        for mute in mutes:
            if mute.destination.key not in named:
                plan += _mutes(mute.destination, (), [mute], at, origin)
    wanted = {one.destination.key for one in declared if one.settings is not None}
    for channel in channels:
        if origin == channel.origin == "config" and channel.destination.key not in wanted:
            plan += _no_longer_declared(channel, subscriptions)
    return plan


def _rules(destination: Destination, one: Declared, held: Sequence[Subscription], origin: Origin) -> list[Change]:
    key, wanted, live = destination.key, {rule.query: rule for rule in one.rules}, {sub.query: sub for sub in held}
    plan = [
        Change(line=f"+ {key} subscribe {shown(rule)}", subscribe=(destination, rule))
        for query, rule in wanted.items()
        if query not in live
    ]
    plan += [
        Change(line=f"~ {key} #{live[query].number} {shown(rule)}", change=(live[query], rule))
        for query, rule in wanted.items()
        if query in live and live[query].origin == origin and (live[query].types, live[query].maximum) != (rule.types, rule.maximum)
    ]
    return plan + [
        Change(line=f"- {key} unsubscribe #{sub.number} {sub.query}", unsubscribe=sub)
        for sub in held
        if sub.origin == origin and sub.query not in wanted
    ]


def _mutes(destination: Destination, wanted: Sequence[Unwanted], held: Sequence[Mute], at: datetime, origin: Origin) -> list[Change]:
    """One that is over by now is not wanted any more. What the other origin mutes stays as it is, and is muted."""
    key = destination.key
    asked = {(one.kind, one.query): one for one in wanted if one.until is None or one.until > at}
    live = {(one.kind, one.query): one for one in held}
    plan = [Change(line=f"+ {key} mute {one}", mute=(destination, one)) for same, one in asked.items() if same not in live]
    plan += [
        Change(line=f"~ {key} mute #{live[same].number} {one}{'' if one.until else ' for ever'}", mute=(destination, one))
        for same, one in asked.items()
        if same in live and live[same].origin == origin and live[same].until != one.until
    ]
    return plan + [
        Change(line=f"- {key} unmute #{one.number} {one.kind} {one.value}", unmute=one)
        for same, one in live.items()
        if one.origin == origin and same not in asked
    ]


def _changed(channel: Channel, one: Declared, settings: Settings, origin: Origin) -> list[Change]:
    name = one.destination.name or channel.destination.name
    if origin == "chat" and channel.origin == "config":
        return []  # how it is posted there is for the configuration to say
    if channel.settings == settings and channel.origin == origin and channel.destination.name == name:
        return []
    destination = replace(channel.destination, name=name)
    wanted = replace(channel, settings=settings, origin=origin, destination=destination)
    return [Change(line=f"~ channel {channel.destination.key} ({describe(settings)})", channel=wanted)]


def _no_longer_declared(channel: Channel, subscriptions: Sequence[Subscription]) -> list[Change]:
    key = channel.destination.key
    held = [sub for sub in subscriptions if sub.destination.key == key]
    gone = [Change(line=f"- {key} unsubscribe #{sub.number} {sub.query}", unsubscribe=sub) for sub in held if sub.origin == "config"]
    if len(gone) == len(held):
        return [*gone, Change(line=f"- channel {key}", remove=key)]
    return [*gone, Change(line=f"~ channel {key} (kept for the rules made in chat)", channel=replace(channel, origin="chat"))]


def shown(rule: Rule) -> str:
    """A rule with its own options in one line."""
    types = f" types:{','.join(rule.types)}" if rule.types else ""
    return f"{rule.typed or rule.query}{types}{f' max:{rule.maximum}' if rule.maximum else ''}"


def describe(settings: Settings) -> str:
    """Settings in one line."""
    parts = [f"{settings.schedule} {settings.schedule.zone}", f"max {settings.maximum}", settings.style]
    if settings.deliver == "instant":
        parts.append("instant")
    if settings.fill != "none":
        parts.append(f"fill {settings.fill}")
    return ", ".join(parts)


async def apply_declared(plan: Sequence[Change], store: Store, clock: Clock, *, origin: Origin = "config") -> None:
    """Carry the plan out. Each step by itself is whole; a plan that broke off is completed by the next start."""
    now = clock.now()
    for change in plan:
        if change.add and change.add.settings:
            _, next_at = change.add.settings.schedule.next_after(now)
            await store.add_channel(change.add.destination, change.add.settings, next_at=next_at, origin=origin)
        if change.channel:
            _, next_at = change.channel.settings.schedule.next_after(now)
            paused = bool(change.channel.paused)
            await store.change_channel(replace(change.channel, next_at=None if paused else next_at))
        if change.subscribe:
            destination, rule = change.subscribe
            kind = kind_of(rule.query)
            made, _, _ = await store.subscribe(destination, rule.query, kind, by=_MAKER[origin], at=now, origin=origin, typed=rule.typed)
            if rule.types or rule.maximum:
                await store.change_subscription(made.destination, made.number, types=rule.types, maximum=rule.maximum or 0)
        if change.change:
            held, rule = change.change
            await store.change_subscription(held.destination, held.number, types=rule.types, maximum=rule.maximum or 0)
        if change.unsubscribe:
            await store.unsubscribe(change.unsubscribe.destination, change.unsubscribe.number)
        if change.mute:
            destination, unwanted = change.mute
            await store.mute(
                destination,
                unwanted.kind,
                unwanted.value,
                unwanted.query,
                by=_MAKER[origin],
                at=now,
                until=unwanted.until,
                origin=origin,
            )
        if change.unmute:
            await store.unmute(change.unmute.destination, change.unmute.number, at=now)
        if change.remove:
            await store.remove_channel(change.remove)


def kind_of(query: str) -> SubscriptionKind:
    """What a person would call the rule: a lone author, category or organisation, plain words, or a query of several parts."""
    tree: Node = parse_query(query).tree
    if isinstance(tree, Facet) and tree.kind in ("author", "category", "org"):
        return tree.kind
    return "keyword" if isinstance(tree, Text) else "query"
