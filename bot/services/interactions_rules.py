"""Subscriptions: making, ending, bringing back and listing them, for a channel or for oneself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from bot.domain.messages import Button
from bot.domain.papers import fold
from bot.domain.queries import Facet, Query, Text
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination, Subscription, SubscriptionKind
from bot.errors import BadInput
from bot.grammar import ROOT
from bot.grammar_values import parse_number
from bot.query import author_query, category_query, keyword_query, org_query, parse_query, standing
from bot.render_rules import restored, subscribed, subscription_list, unsubscribed, where
from bot.services.desk import (
    Desk,
    argument,
    destination,
    ensured_channel,
    managed,
    may_manage,
    number,
    paper_of_row,
    person,
    stale_button,
)
from bot.services.interactions_search import query_of, rehearsal_of, results

_MAKERS = {"author": author_query, "keyword": keyword_query, "category": category_query, "org": org_query}


async def subscribe(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    kind = command.text("kind", "query")
    query = parse_query(query_text(kind, command.text("value")))
    return await _subscribe(desk, request, to, query, cast(SubscriptionKind, kind if kind != "query" else kind_of(query)))


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


async def _subscribe(
    desk: Desk, request: Request, to: Destination, query: Query, kind: SubscriptionKind, *, offers: Sequence[Button] = (), remark: str = ""
) -> Reply:
    standing(query)
    channel = await ensured_channel(desk, to)
    subscription, _, new = await desk.store.subscribe(
        to, query.canonical, kind, by=person(request.actor), at=desk.clock.now(), origin="chat"
    )
    rehearsal = await rehearsal_of(desk, query)
    return Reply(message=subscribed(subscription, new=new, rehearsal=rehearsal, channel=channel, offers=offers, remark=remark))


async def unsubscribe(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    wanted = command.text("rule")
    live = await desk.store.subscriptions(to)
    found = _pick(live, wanted)
    if found is None:
        listed = f"{ROOT} subscriptions {'me' if to.personal else 'here'}"
        raise BadInput(f'no subscription of {where(to)} is "{wanted[:80]}"', f"{listed} shows them with their numbers")
    return await _end(desk, to, found)


def _pick(live: Sequence[Subscription], wanted: str) -> Subscription | None:
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
    if subscription.origin == "config":
        raise BadInput(
            f"#{subscription.number} comes from the configuration file", "whoever runs the bot can take it out there; chat cannot end it"
        )
    ended = await desk.store.unsubscribe(to, subscription.number)
    if ended is None:
        raise BadInput(f"#{subscription.number} has ended already", f"{ROOT} subscriptions shows what is left")
    return Reply(message=unsubscribed(ended))


async def subscriptions(desk: Desk, request: Request, command: Command) -> Reply:
    """Here and one's own are listed apart; in a direct message they are the same."""
    chosen = command.text("where", "me" if request.place.personal else "here")
    mine, here = request.actor.personal, request.place
    places = {"me": [mine], "here": [here], "all": [here] if here.key == mine.key else [here, mine]}[chosen]
    return Reply(message=subscription_list([(place, await desk.store.subscriptions(place)) for place in places]))


# --- buttons ---------------------------------------------------------------------------------------------------------


async def subscribe_search(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Subscribe to what was searched: the channel when a manager presses, oneself otherwise or with ``me``."""
    query = await query_of(desk, argument(args, 0))
    here = argument(args, 1, "here") == "here"
    to = request.place if here and may_manage(request.actor, request.place) else request.actor.personal
    remark = f"for you, because {where(request.place)} is managed by others" if here and to is not request.place else ""
    return await _subscribe(desk, request, to, query, kind_of(query), remark=remark)


async def follow(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Subscribe to an author of a card: oneself; who manages the channel is offered the same for the channel."""
    stored = await paper_of_row(desk, argument(args, 0))
    index = number(argument(args, 1, "0"))
    if index >= len(stored.paper.authors):
        raise stale_button()
    query = parse_query(author_query(stored.paper.authors[index].name))
    to = managed(request, destination(request, argument(args, 2, "me")))
    also = Button(label=f"Also for {where(request.place)}"[:40], action=f"follow:{stored.row}:{index}:here")
    offered = to.personal and not request.place.personal and may_manage(request.actor, request.place)
    return await _subscribe(desk, request, to, query, "author", offers=(also,) if offered else ())


async def unsubscribe_number(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    to = managed(request, destination(request, argument(args, 1, "here")))
    return await _end(desk, to, await _live(desk, to, number(argument(args, 0))))


async def undo_subscribe(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await unsubscribe_number(desk, request, args)


async def undo_unsubscribe(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    to = managed(request, destination(request, argument(args, 1, "here")))
    subscription = await desk.store.restore(to, number(argument(args, 0)))
    if subscription is None:
        raise stale_button()
    return Reply(message=restored(subscription))


async def recent(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """The last seven days of a subscription, only for the asker."""
    to = destination(request, argument(args, 1, "here"))
    subscription = await _live(desk, to, number(argument(args, 0)))
    return await results(desk, request, parse_query(subscription.query), sort="new", since=desk.today() - timedelta(days=7))


async def _live(desk: Desk, to: Destination, wanted: int) -> Subscription:
    found = next((one for one in await desk.store.subscriptions(to) if one.number == wanted), None)
    if found is None:
        raise BadInput(f"#{wanted} has ended already", f"{ROOT} subscriptions shows what is left")
    return found
