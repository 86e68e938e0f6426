"""Why a paper was posted here, or why not: gathered from the store's records, never guessed."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.domain.deliveries import Delivery
from bot.domain.papers import StoredPaper, parse_key
from bot.domain.queries import Query
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination, Subscription
from bot.muting import Muted
from bot.ports import Covered
from bot.query.evaluation import evaluate
from bot.query.explaining import parts_of
from bot.query.language import parse_query
from bot.render.why import Case, unknown_paper, why_message
from bot.services.interactions.desk import Desk, argument, find_paper, known_channel, paper_of_row
from bot.services.permissions import destination, person
from bot.text.analysis import terms

#: Days of receipts that are looked at for a paper that is not here, and how many of them are shown.
_DAYS, _SHOWN = 14, 8
_OF_ARXIV = re.compile(r"arxiv:(\d{2})(\d{2})\.")


async def why(desk: Desk, request: Request, command: Command) -> Reply:
    typed = command.text("paper")
    to = destination(request, command.text("to", "here"))
    key = parse_key(typed.strip(' "“”'))
    if key and await desk.store.paper(key) is None:
        return await _unknown(desk, key)
    found = await find_paper(desk, typed)
    if isinstance(found, Reply):
        return found
    return await _why(desk, request, found, to, alias=key if key and key != found.paper.key else "")


async def why_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Asked below a card: for the place it stands in."""
    return await _why(desk, request, await paper_of_row(desk, argument(args, 0)), request.place)


async def _why(desk: Desk, request: Request, stored: StoredPaper, to: Destination, alias: str = "") -> Reply:
    return Reply(message=why_message(await case_of(desk, stored, to, asker=person(request.actor), alias=alias)))


async def case_of(desk: Desk, stored: StoredPaper, to: Destination, *, asker: str, alias: str = "") -> Case:
    """Everything that bears on a paper at ``to``."""
    channel = await known_channel(desk, to)
    record = await desk.store.record(to, stored.row)
    found, today = terms(stored.paper, stored.sources), desk.today()
    matching: list[tuple[Subscription, Query, str, bool]] = []
    near = []
    for one in await desk.store.subscriptions(to):
        query = parse_query(one.query)
        hit = evaluate(one.number, query, stored.paper, found, today)
        if hit is not None:
            matching.append((one, query, hit.clause, hit.possible))
        else:
            near.append((one, parts_of(query, stored.paper, found, today)))
    near.sort(key=lambda entry: (sum(not part.holds for part in entry[1]) / len(entry[1]), entry[0].number))
    mutes = await desk.store.mutes(to, at=desk.clock.now())
    delivery = _carrier(record.covered, stored.row) if record.covered and record.covered.shown else None
    return Case(
        stored=stored,
        alias=alias,
        to=channel.destination if channel else to,
        channel=channel,
        history=await desk.store.history(stored.paper.key),
        record=record,
        matching=matching,
        near=near,
        mute=Muted(mutes, today).holds(stored, [clause for _, _, clause, _ in matching]),
        delivery=delivery,
        link=_link(desk, record.covered, delivery),
        hidden_by_me=record.hidden_by == asker,
        zone=(channel.settings if channel else desk.defaults).schedule.zone,
        now=desk.clock.now(),
    )


def _carrier(covered: Covered, row: int) -> Delivery | None:
    """The message of the occurrence in which the paper stands: its card has buttons with the paper's number."""
    for delivery in covered.deliveries:
        for card in delivery.message.cards:
            if any(button.action.endswith(f":{row}") for button in card.buttons):
                return delivery
    return covered.deliveries[0] if covered.deliveries else None


def _link(desk: Desk, covered: Covered | None, delivery: Delivery | None) -> str:
    if covered is None or delivery is None or not delivery.remote_id:
        return ""
    parent = next((one.remote_id for one in covered.deliveries if one.id == delivery.parent), "")
    return desk.link(delivery.destination, delivery.remote_id, parent)


async def _unknown(desk: Desk, key: str) -> Reply:
    """What is known of the days on which the paper may have been announced, or of the last ones."""
    today = desk.today()
    since = today - timedelta(days=_DAYS)
    if found := _OF_ARXIV.match(key):
        since = _beginning(int(found[1]), int(found[2])) or since
    days = [one for one in await desk.store.coverage(since=since) if (one.day - since).days <= 45]
    # What is not whole tells most, then what is newest.
    days.sort(key=lambda one: (one.state.settled and one.fetched >= one.announced, -one.day.toordinal(), one.category))
    return Reply(message=unknown_paper(key, days=days[:_SHOWN], runs=await desk.store.runs(), now=desk.clock.now()))


def _beginning(year: int, month: int) -> date | None:
    """The month that an arXiv number names."""
    return date(2000 + year, month, 1) if 1 <= month <= 12 else None
