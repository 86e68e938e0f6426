"""Proposals for half-typed options: authors, categories, one's rules and mutes, time zones, saved papers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from bot.domain.papers import fold
from bot.domain.requests import Choice, Completion
from bot.query.language import author_query, category_query, org_query
from bot.render.mutes import mute_text
from bot.render.words import counted, shortened
from bot.services.interactions.desk import Desk
from bot.services.permissions import person

#: As many as Discord shows.
_MOST = 25
#: Characters of a choice, shown or sent.
_LONGEST = 100
_COMMON_ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)


async def complete(desk: Desk, completion: Completion) -> list[Choice]:
    """Proposals, best first."""
    typed = completion.typed.strip()
    match completion.kind:
        case "author":
            found = await _authors(desk, typed)
        case "category":
            found = _counted(await desk.store.categories(typed, limit=_MOST))
        case "rule":
            found = await _rules(desk, completion, typed)
        case "mute":
            found = await _mutes(desk, completion, typed)
        case "zone":
            found = _zones(typed)
        case "saved":
            found = await _saved(desk, completion, typed)
        case "value":
            found = await _value(desk, completion, typed)
    return [choice for choice in found if 0 < len(choice.value) <= _LONGEST][:_MOST]


async def _value(desk: Desk, completion: Completion, typed: str) -> list[Choice]:
    """What a subscription or a mute may be about, by the kind chosen so far; without one whole queries. What is typed is always there."""
    written = [Choice(name=_name(typed), value=typed[:_LONGEST])] if typed else []
    match completion.options.get("kind", "word" if completion.verb == "mute" else "query"):
        case "author":
            return _once([*await _authors(desk, typed), *written])
        case "category":
            return _once([*_counted(await desk.store.categories(typed, limit=_MOST)), *written])
        case "org":
            return _once([*_counted(await desk.store.organisations(typed, limit=_MOST)), *written])
        case "query" if len(typed) >= 2 and ":" not in typed:
            names = [(author_query(name, typed=True), count) for name, count in await desk.store.authors(typed, limit=8)]
            fields = [(category_query(name), count) for name, count in await desk.store.categories(typed, limit=4)]
            places = [(org_query(name), count) for name, count in await desk.store.organisations(typed, limit=4)]
            return written + [_choice(query, count, value=query) for query, count in (*names, *fields, *places)]
    return written


def _once(found: Sequence[Choice]) -> list[Choice]:
    """Each value once; what is shown with its size comes first."""
    return list({choice.value.casefold(): choice for choice in reversed(found[:_MOST])}.values())[::-1] if found else []


async def _authors(desk: Desk, typed: str) -> list[Choice]:
    return _counted(await desk.store.authors(typed, limit=_MOST) if typed else [])


def _counted(found: Sequence[tuple[str, int]]) -> list[Choice]:
    return [_choice(name, count, value=name) for name, count in found]


async def _rules(desk: Desk, completion: Completion, typed: str) -> list[Choice]:
    to = completion.actor.personal if completion.options.get("to") == "me" else completion.place
    wanted = fold(typed).split()
    return [
        Choice(name=_name(f"#{one.number} {one.shown}"), value=f"#{one.number}")
        for one in await desk.store.subscriptions(to)
        if all(word in fold(f"{one.number} {one.shown}") for word in wanted)
    ]


async def _mutes(desk: Desk, completion: Completion, typed: str) -> list[Choice]:
    to = completion.actor.personal if completion.options.get("to") == "me" else completion.place
    wanted = fold(typed).split()
    return [
        Choice(name=_name(f"#{one.number} {mute_text(one)}"), value=f"#{one.number}")
        for one in await desk.store.mutes(to, at=desk.clock.now())
        if all(word in fold(f"{one.number} {mute_text(one)}") for word in wanted)
    ]


async def _saved(desk: Desk, completion: Completion, typed: str) -> list[Choice]:
    """What is written already, then saved papers with those words in the title."""
    papers = await desk.store.saved(person(completion.actor), limit=100)
    wanted = fold(typed).split()
    written = [Choice(name=_name(typed), value=typed[:_LONGEST])] if typed else []
    return written + [
        Choice(name=_name(stored.paper.display_title), value=stored.paper.key)
        for stored in papers
        if all(word in fold(stored.paper.display_title) for word in wanted)
    ]


def _zones(typed: str) -> list[Choice]:
    wanted = fold(typed).split()
    if not wanted:
        return [Choice(name=zone, value=zone) for zone in _COMMON_ZONES]
    found = [zone for zone, words in _all_zones() if all(word in words for word in wanted)]
    # A city that begins with what was typed comes before one that only holds it.
    found.sort(key=lambda zone: (not fold(zone.rsplit("/", 1)[-1]).startswith(wanted[0]), zone))
    return [Choice(name=zone, value=zone) for zone in found[:_MOST]]


@cache
def _all_zones() -> tuple[tuple[str, str], ...]:
    return tuple((zone, fold(zone)) for zone in sorted(available_timezones()))


def _choice(name: str, count: int, *, value: str) -> Choice:
    size = f" — {counted(count, 'paper')}"
    return Choice(name=shortened(name, _LONGEST - len(size)) + size, value=value)


def _name(text: str) -> str:
    return shortened(text, _LONGEST)
