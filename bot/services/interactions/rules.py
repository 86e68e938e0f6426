"""Subscriptions: making, ending, bringing back and listing them, for a channel or for oneself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import cast

from bot.domain.messages import Button
from bot.domain.papers import fold
from bot.domain.queries import Facet, Query, Text
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Channel, Destination, Subscription, SubscriptionKind
from bot.errors import BadInput
from bot.grammar.reading import ROOT, command_line
from bot.grammar.values import parse_number, parse_types
from bot.query.language import author_query, category_query, keyword_query, org_query, parse_query, standing
from bot.render.rules import restored, rule_text, subscribed, subscription_list, unsubscribed
from bot.render.words import scope, shortened, where
from bot.services.interactions.desk import (
    Desk,
    argument,
    close_to,
    ensured_channel,
    fixing,
    number,
    paper_of_row,
    recall,
    remember,
    stale_button,
)
from bot.services.interactions.repairs import respelled
from bot.services.interactions.search import rehearsal_of, results
from bot.services.interactions.settings import change_settings, restore_settings, wanted_settings
from bot.services.permissions import destination, managed, may_manage, person
from bot.services.quotas import room_for_subscription

_MAKERS: dict[str, Callable[[str], str]] = {
    "author": partial(author_query, typed=True),
    "keyword": keyword_query,
    "category": category_query,
    "org": org_query,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What somebody wants to follow."""

    query: Query
    kind: SubscriptionKind
    maximum: int = 0
    types: tuple[str, ...] = ()
    #: The command that asked, with options for the whole place in it.
    command: Command | None = None
    offers: Sequence[Button] = ()
    remark: str = ""


async def subscribe(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    wanted = await read_wanted(desk, command)
    return await follow_query(desk, request, to, wanted)


async def read_wanted(desk: Desk, command: Command) -> Wanted:
    """What a subscribe command asks for. ``BadInput`` for a rule that cannot stand or options that mean nothing."""
    kind = command.text("kind", "query")
    with fixing(command, "value"):
        query = parse_query(query_text(kind, command.text("value")))
        standing(query)
    with fixing(command, "types"):
        types = parse_types(command.text("types")) if "types" in command.options else ()
    return Wanted(
        query=query,
        kind=cast(SubscriptionKind, kind if kind != "query" else kind_of(query)),
        maximum=command.number("max", 0),
        types=types,
        command=command,
    )


def query_text(kind: str, value: str) -> str:
    """The query that a value of this kind stands for."""
    maker = _MAKERS.get(kind)
    return maker(value.strip(' "“”')) if maker else value


def kind_of(query: Query) -> SubscriptionKind:
    """What a query is about when it is about one thing only."""
    match query.tree:
        case Facet(kind="author"):
            return "author"
        case Facet(kind="category" | "primary"):
            return "category"
        case Facet(kind="org"):
            return "org"
        case Text():
            return "keyword"
    return "query"


async def follow_query(desk: Desk, request: Request, to: Destination, wanted: Wanted) -> Reply:
    """Subscribe ``to``, and change of the place what was asked for along with it; one press takes all of it back."""
    standing(wanted.query)
    await room_for_subscription(desk.store, desk.quotas, to, wanted.query.canonical)
    settings = await wanted_settings(desk, to, wanted.command) if wanted.command else {}
    channel = await ensured_channel(desk, to)
    subscription, _, new = await desk.store.subscribe(
        to,
        wanted.query.canonical,
        wanted.kind,
        by=person(request.actor),
        at=desk.clock.now(),
        origin="chat",
        typed=wanted.query.typed,
    )
    before = subscription
    if wanted.maximum or wanted.types:
        types, maximum = wanted.types or None, wanted.maximum or None
        subscription = await desk.store.change_subscription(to, subscription.number, types=types, maximum=maximum) or subscription
    changes = [] if new or subscription == before else [f"It was {rule_text(before)}."]
    undo_settings = ""
    if settings:
        undo_settings, channel, said = await change_settings(desk, channel, settings)
        changes += said
    undo = ""
    if new:
        undo = f"undo:sub:{subscription.number}:{scope(to)}" + (f":{undo_settings}" if undo_settings else "")
    elif subscription != before:
        undo = f"undo:edit:{await remembered_rule(desk, before)}"
    elif undo_settings:
        undo = f"undo:settings:{undo_settings}"
    rehearsal = await rehearsal_of(desk, wanted.query)
    offers = [*wanted.offers, *await _meant(desk, subscription, rehearsal.ever)]
    message = subscribed(
        subscription,
        new=new,
        rehearsal=rehearsal,
        channel=channel,
        undo=Button(label="Undo", action=undo) if undo else None,
        changes=changes,
        offers=offers,
        remark=wanted.remark,
    )
    return Reply(message=message)


async def remembered_rule(desk: Desk, before: Subscription) -> str:
    """A token for a subscription as it is now, before it is changed."""
    return await remember(
        desk,
        "rule",
        number=before.number,
        to=scope(before.destination),
        query=before.query,
        typed=before.typed,
        subject=before.kind,
        maximum=before.maximum or 0,
        types=list(before.types),
    )


async def _meant(desk: Desk, subscription: Subscription, ever: int | None) -> list[Button]:
    """Where nothing in the library matches, the spelling that was probably meant, one press away."""
    if ever != 0 or (meant := await respelled(desk.store, parse_query(subscription.query))) is None:
        return []
    if not (await desk.store.search(meant, limit=1, today=desk.today())).total:
        return []
    fields = {"number": subscription.number, "to": scope(subscription.destination), "maximum": 0}
    token = await remember(desk, "search", query=meant.shown, sort="new", since="", **fields)
    return [Button(label=f"Follow {shortened(meant.canonical, 50)} instead", action=f"use:{token}")]


async def unsubscribe(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    return await _end(desk, to, await picked(desk, to, command, "rule"))


async def picked(desk: Desk, to: Destination, command: Command, option: str) -> Subscription:
    """The subscription that an option names by number or text; ``BadInput`` offers those that it may have meant."""
    wanted = command.text(option)
    live = await desk.store.subscriptions(to)
    found = pick(live, wanted)
    if found is not None:
        return found
    listed = f"subscriptions {'me' if to.personal else 'here'}"
    near = [one for one in live if close_to(wanted, one.query)] or live
    lines = [command_line(command.verb, {**command.options, option: f"#{one.number}"}) for one in near[:3]]
    raise BadInput(
        f'no subscription of {where(to)} is "{wanted[:80]}"', f"{ROOT} {listed} shows them with their numbers", repairs=(*lines, listed)
    )


def pick(live: Sequence[Subscription], wanted: str) -> Subscription | None:
    """By number, by its query, or by the one whose words hold all that was typed."""
    if (typed := parse_number(wanted)) is not None:
        return next((one for one in live if one.number == typed), None)
    asked: set[str] = set()
    for kind in ("query", *_MAKERS):
        try:
            asked.add(parse_query(query_text(kind, wanted)).canonical)
        except BadInput:
            continue
    if exact := [one for one in live if one.query in asked]:
        return exact[0]
    words = set(fold(wanted).split())
    close = [one for one in live if words and words <= set(fold(one.query).split())]
    return close[0] if len(close) == 1 else None


async def _end(desk: Desk, to: Destination, subscription: Subscription) -> Reply:
    refuse_declared(subscription)
    ended = await desk.store.unsubscribe(to, subscription.number)
    if ended is None:
        raise ended_already(to, subscription.number)
    return Reply(message=unsubscribed(ended))


def refuse_declared(subscription: Subscription) -> None:
    """``BadInput`` for a rule that the next start would bring back."""
    if subscription.origin == "config":
        raise BadInput(f"#{subscription.number} comes from the configuration file", "whoever runs the bot can change it there; chat cannot")


def ended_already(to: Destination, wanted: int) -> BadInput:
    listed = f"subscriptions {'me' if to.personal else 'here'}"
    return BadInput(f"#{wanted} has ended already", f"{ROOT} {listed} shows what is left", repairs=(listed,))


async def subscriptions(desk: Desk, request: Request, command: Command) -> Reply:
    """Here and one's own are listed apart; in a direct message they are the same."""
    chosen = command.text("where", "me" if request.place.personal else "here")
    mine, here = request.actor.personal, request.place
    places = {"me": [mine], "here": [here], "all": [here] if here.key == mine.key else [here, mine]}[chosen]
    return Reply(message=subscription_list([(place, await desk.store.subscriptions(place)) for place in places]))


# --- buttons ---------------------------------------------------------------------------------------------------------


async def subscribe_search(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Subscribe to what was searched: the channel when a manager presses, oneself otherwise or with ``me``."""
    fields = await recall(desk, "search", argument(args, 0))
    query = parse_query(fields["query"])
    here = argument(args, 1, "here") == "here"
    to = request.place if here and may_manage(request.actor, request.place) else request.actor.personal
    remark = f"for you, because {where(request.place)} is managed by others" if here and to is not request.place else ""
    return await follow_query(
        desk, request, to, Wanted(query=query, kind=kind_of(query), maximum=int(fields.get("maximum", 0)), remark=remark)
    )


async def follow(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Subscribe to an author of a card: oneself; who manages the channel is offered the same for the channel."""
    stored = await paper_of_row(desk, argument(args, 0))
    index = number(argument(args, 1, "0"))
    if index >= len(stored.paper.authors):
        raise stale_button()
    query = parse_query(author_query(stored.paper.authors[index].name, typed=True))
    to = managed(request, destination(request, argument(args, 2, "me")))
    also = Button(label=f"Also for {where(request.place)}"[:40], action=f"follow:{stored.row}:{index}:here")
    offered = to.personal and not request.place.personal and may_manage(request.actor, request.place)
    return await follow_query(desk, request, to, Wanted(query=query, kind="author", offers=(also,) if offered else ()))


async def unsubscribe_number(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    to = managed(request, destination(request, argument(args, 1, "here")))
    return await _end(desk, to, await live_one(desk, to, number(argument(args, 0))))


async def undo_subscribe(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """End it again, and put back the settings of the place that came with it."""
    reply = await unsubscribe_number(desk, request, args[:2])
    if len(args) > 2:
        channel = await restore_settings(desk, request, args[2])
        reply = replace(reply, message=replace(reply.message, notice=f"{reply.message.notice} Settings are as before: {_said(channel)}."))
    return reply


def _said(channel: Channel) -> str:
    return f"{channel.settings.schedule}, {channel.settings.style}, fill {channel.settings.fill}"


async def undo_unsubscribe(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    to = managed(request, destination(request, argument(args, 1, "here")))
    subscription = await desk.store.restore(to, number(argument(args, 0)))
    if subscription is None:
        raise stale_button()
    return Reply(message=restored(subscription))


async def recent(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """The last seven days of a subscription, only for the asker."""
    to = destination(request, argument(args, 1, "here"))
    subscription = await live_one(desk, to, number(argument(args, 0)))
    return await results(desk, request, parse_query(subscription.query), sort="new", since=desk.today() - timedelta(days=7))


async def live_one(desk: Desk, to: Destination, wanted: int) -> Subscription:
    found = next((one for one in await desk.store.subscriptions(to) if one.number == wanted), None)
    if found is None:
        raise ended_already(to, wanted)
    return found
