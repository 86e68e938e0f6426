"""What is not wanted: muting, unmuting, the list, and "that is another person"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from bot.domain.messages import Message
from bot.domain.mutes import Mute, MuteKind
from bot.domain.papers import fold
from bot.domain.queries import And, Or, Query, Submitted
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.grammar.values import parse_number, parse_until
from bot.muting import mute_query, namesake_query
from bot.query.fields import names_category
from bot.query.language import parse_query
from bot.render.mutes import mute_list, mute_text, muted, muted_again, unmuted
from bot.render.words import counted, where
from bot.services.interactions.desk import Desk, argument, close_to, fixing, known_channel, number, paper_of_row, rules_at, stale_button
from bot.services.permissions import destination, managed, may_manage, person
from bot.services.quotas import room_for_mute

#: Days and rules that the effect of a mute is counted over.
EFFECT_DAYS, _EFFECT_RULES = 30, 20
#: No mute with an end was ever made for longer.
_LONGEST = timedelta(days=3 * 365)


async def mute(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    value = command.text("value").strip(' "“”')
    kind = cast(MuteKind, command.text("kind") or ("category" if names_category(value) else "word"))
    query = mute_query(kind, value)
    until = await _until(desk, to, command)
    return await _mute(desk, request, to, kind, value, query, until)


async def _until(desk: Desk, to: Destination, command: Command) -> datetime | None:
    """The moment that ``until:`` names: the beginning of a day by the clocks of the destination."""
    typed = command.text("until")
    if not typed or typed.casefold() in ("ever", "forever", "always", "never"):
        return None
    zone = ZoneInfo(await zone_of(desk, to))
    with fixing(command, "until"):
        day = parse_until(typed, desk.clock.now().astimezone(zone).date())
    return datetime.combine(day, time(0), zone).astimezone(UTC)


async def zone_of(desk: Desk, to: Destination) -> str:
    channel = await known_channel(desk, to)
    return (channel.settings if channel else desk.defaults).schedule.zone


async def _mute(
    desk: Desk, request: Request, to: Destination, kind: MuteKind, value: str, query: str, until: datetime | None = None
) -> Reply:
    now = desk.clock.now()
    live = await desk.store.mutes(to, at=now)
    if same := next((one for one in live if one.kind == kind and one.query == query), None):
        _refuse_declared(same)
    else:
        room_for_mute(len(live), desk.quotas, to)
    made, before = await desk.store.mute(to, kind, value, query, by=person(request.actor), at=now, until=until)
    effect = await effect_of(desk, to, query) if kind != "person" else ""
    return Reply(message=muted(made, before=before, zone=await zone_of(desk, to), effect=effect))


async def effect_of(desk: Desk, to: Destination, query: str) -> str:
    """How much of what was followed a mute would have kept away."""
    rules = [parse_query(rule).tree for rule in (await rules_at(desk, to))[:_EFFECT_RULES]]
    if not rules:
        return ""
    today = desk.today()
    since = today - timedelta(days=EFFECT_DAYS)
    followed = rules[0] if len(rules) == 1 else Or(tuple(rules))
    both = And((followed, parse_query(query).tree, Submitted(since=since)))
    page = await desk.store.search(Query(tree=both, canonical=""), sort="new", limit=1, today=today)
    size = f"more than {counted(page.total, 'paper')}" if page.more else counted(page.total, "paper")
    return f"In the last {EFFECT_DAYS} days it would have kept away {size if page.total else 'none'} of what is followed here."


async def unmute(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    wanted = command.text("mute")
    live = await desk.store.mutes(to, at=desk.clock.now())
    found = _pick(live, wanted)
    if found is None:
        listed, at = ("mutes me", " to:me") if to.personal else ("mutes here", "")
        near = [one for one in live if close_to(wanted, one.value)] or live[:2]
        repairs = (*(f"unmute #{one.number}{at}" for one in near), listed)
        raise BadInput(f'no mute of {where(to)} is "{wanted[:80]}"', f"{ROOT} {listed} shows them with their numbers", repairs=repairs)
    return await _end(desk, to, found.number)


def _pick(live: Sequence[Mute], wanted: str) -> Mute | None:
    """By number, or by what it says."""
    if (typed := parse_number(wanted)) is not None:
        return next((one for one in live if one.number == typed), None)
    meant = fold(wanted)
    same = [one for one in live if meant in (fold(one.value), fold(f"{one.kind} {one.value}"), fold(mute_text(one)))]
    return same[0] if same else None


def _refuse_declared(mute: Mute) -> None:
    """``BadInput`` for a mute that the next start would bring back."""
    if mute.origin == "config":
        raise BadInput(f"mute #{mute.number} comes from the configuration file", "whoever runs the bot can change it there; chat cannot")


async def _end(desk: Desk, to: Destination, wanted: int) -> Reply:
    if found := _pick(await desk.store.mutes(to, at=desk.clock.now()), str(wanted)):
        _refuse_declared(found)
    ended = await desk.store.unmute(to, wanted, at=desk.clock.now())
    if ended is None:
        raise BadInput(f"mute #{wanted} has ended already", f"{ROOT} mutes shows what is left", repairs=(_list_line(to),))
    return Reply(message=unmuted(ended, zone=await zone_of(desk, to)))


def _list_line(to: Destination) -> str:
    return "mutes me" if to.personal else "mutes here"


async def mutes(desk: Desk, request: Request, command: Command) -> Reply:
    chosen = command.text("where", "me" if request.place.personal else "here")
    mine, here = request.actor.personal, request.place
    places = {"me": [mine], "here": [here], "all": [here] if here.key == mine.key else [here, mine]}[chosen]
    return Reply(message=await listed(desk, places))


async def listed(desk: Desk, places: Sequence[Destination]) -> Message:
    now = desk.clock.now()
    return mute_list([(place, await desk.store.mutes(place, at=now), await zone_of(desk, place)) for place in places])


# --- buttons ---------------------------------------------------------------------------------------------------------


async def unmute_number(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _end(desk, managed(request, destination(request, argument(args, 1, "here"))), number(argument(args, 0)))


async def undo_unmute(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Back to how it was before it was ended, or before its end was changed."""
    to = managed(request, destination(request, argument(args, 1, "here")))
    stamp = number(argument(args, 2, "0"))
    if stamp > (desk.clock.now() + _LONGEST).timestamp():
        raise stale_button()
    until = datetime.fromtimestamp(stamp, UTC) if stamp else None
    if until is not None and until <= desk.clock.now():
        raise BadInput("that mute would be over by now", f"{ROOT} mutes shows what counts", repairs=(_list_line(to),))
    found = await desk.store.mute_again(to, number(argument(args, 0)), until=until)
    if found is None:
        raise stale_button()
    return Reply(message=muted_again(found, zone=await zone_of(desk, to)))


async def not_them(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """An author of a card bears the name of somebody who is followed, and is somebody else: for the channel when a manager says so, for
    one's own messages otherwise."""
    stored = await paper_of_row(desk, argument(args, 0))
    index = number(argument(args, 1, "0"))
    if index >= len(stored.paper.authors):
        raise stale_button()
    name = stored.paper.authors[index].name
    to = request.place if may_manage(request.actor, request.place) else request.actor.personal
    return await _mute(desk, request, to, "person", name, namesake_query(stored.paper, name))
