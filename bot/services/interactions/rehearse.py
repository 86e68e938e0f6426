"""Trying a rule out before it is made, and making it narrower one press at a time, each with its effect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.domain.papers import Paper
from bot.domain.queries import Query
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination
from bot.query.language import parse_query, standing
from bot.query.tightening import Tightening, capped, narrower, shown_with
from bot.render.rehearsal import Effect, rehearsed
from bot.render.words import scope
from bot.services.interactions.desk import Desk, argument, fixing, number, recall, remember
from bot.services.interactions.rules import live_one
from bot.services.interactions.search import REHEARSAL_DAYS, rehearsal_of, since_day
from bot.services.permissions import destination

#: Papers of the rule, and of all, that are compared; with fewer of the rule nothing is proposed.
_SAMPLE, _BACKGROUND, _FEWEST = 150, 150, 5
#: Narrower rules that are offered.
_OFFERED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A rule that is tried out: of its own, or in place of subscription ``rule`` of ``to`` ("here" or "me")."""

    query: Query
    days: int = REHEARSAL_DAYS
    maximum: int = 0
    rule: int = 0
    to: str = "here"
    #: The token of the trial that this one was made from.
    before: str = ""

    async def token(self, desk: Desk) -> str:
        """What a button remembers; also the token of a search for the same query."""
        fields: dict[str, Any] = {"days": self.days, "maximum": self.maximum, "number": self.rule, "to": self.to, "before": self.before}
        return await remember(desk, "search", query=self.query.shown, sort="new", since="", **fields)


async def rehearse(desk: Desk, request: Request, command: Command) -> Reply:
    with fixing(command, "query"):
        query = parse_query(command.text("query"))
        standing(query)
    return await _rehearsed(desk, Trial(query=query, days=command.number("days", REHEARSAL_DAYS)))


async def _rehearsed(desk: Desk, trial: Trial, *, update: bool = False) -> Reply:
    rehearsal = await rehearsal_of(desk, trial.query, days=trial.days, examples=5)
    token = await trial.token(desk)
    effects = [] if desk.shared else await _effects(desk, trial, token, rehearsal.days)
    message = rehearsed(
        rehearsal,
        token=token,
        maximum=trial.maximum,
        shown=shown_with(rehearsal.days, trial.maximum),
        effects=effects,
        rule=trial.rule,
        before=trial.before,
    )
    return Reply(message=message, update=update)


async def _effects(desk: Desk, trial: Trial, token: str, days: Mapping[date, int]) -> list[Effect]:
    """Narrower rules with what they would have brought, those that leave about half first."""
    total = sum(days.values())
    if total < _FEWEST:
        return []
    today = desk.today()
    first = today - timedelta(days=trial.days)
    page = await desk.store.search(since_day(trial.query, first), sort="new", limit=_SAMPLE, today=today)
    background = await desk.store.latest(limit=_BACKGROUND)
    found = await _proposed(trial.query, [stored.paper for stored, _ in page.hits], [stored.paper for stored in background])
    counted: list[tuple[int, Tightening]] = []
    for one in found:
        left = sum((await desk.store.histogram(one.query, since=first, today=today)).values())
        if 0 < left < total:
            counted.append((left, one))
    # Each kind once: of two words the one that leaves nearer to a third.
    counted.sort(key=lambda entry: abs(entry[0] / total - 1 / 3))
    kinds: dict[str, tuple[int, Tightening]] = {}
    for left, one in counted:
        kinds.setdefault(one.name.partition(" ")[0], (left, one))
    chosen = list(kinds.values())[: _OFFERED - 1]
    if cap := capped(trial.query, days, trial.maximum):
        chosen.append((shown_with(days, cap.maximum), cap))
    effects = []
    for left, one in chosen:
        next_trial = replace(trial, query=one.query, maximum=one.maximum or trial.maximum, before=token)
        effects.append(Effect(name=one.name, papers=left, token=await next_trial.token(desk)))
    return effects


async def _proposed(query: Query, sample: list[Paper], background: list[Paper]) -> list[Tightening]:
    """Many texts take a while to read: beside the event loop."""
    return await asyncio.to_thread(narrower, query, sample, background)


# --- buttons ---------------------------------------------------------------------------------------------------------


async def tight(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Look at a narrower rule, or go back to the one before, in the same answer."""
    fields = await recall(desk, "search", argument(args, 0))
    trial = Trial(
        query=parse_query(fields["query"]),
        days=int(fields.get("days", REHEARSAL_DAYS)),
        maximum=int(fields.get("maximum", 0)),
        rule=int(fields.get("number", 0)),
        to=str(fields.get("to", "here")),
        before=str(fields.get("before", "")),
    )
    return await _rehearsed(desk, trial, update=True)


async def tighten(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Narrower rules for a subscription that brings many papers. Looking is free: who may change it is asked when it is changed."""
    to: Destination = destination(request, argument(args, 1, "here"))
    found = await live_one(desk, to, number(argument(args, 0)))
    trial = Trial(query=parse_query(found.query), maximum=found.maximum or 0, rule=found.number, to=scope(to))
    return await _rehearsed(desk, trial)
