"""What a rule would have brought, in words and bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.messages import Button, Item, Message
from bot.domain.papers import StoredPaper
from bot.render.words import bars, counted, day_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What a query would have brought from ``first`` to ``last``: papers per day, and examples."""

    query: str
    days: Mapping[date, int]
    first: date
    last: date
    examples: tuple[StoredPaper, ...] = ()
    #: How many papers of the whole library match, where there was none in these days; counted up to 1,000.
    ever: int | None = None

    @property
    def total(self) -> int:
        return sum(self.days.values())

    @property
    def length(self) -> int:
        return (self.last - self.first).days


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """A narrower rule, how many papers it would have brought, and the token that shows it."""

    name: str
    papers: int
    token: str


def rehearsed(
    rehearsal: Rehearsal,
    *,
    token: str,
    maximum: int = 0,
    shown: int = 0,
    effects: Sequence[Effect] = (),
    rule: int = 0,
    before: str = "",
) -> Message:
    """What a rule would have brought, without making it: the days, five papers, and narrower rules one press away.

    ``shown``: of its papers with ``maximum``. ``rule``: the subscription that it may take the place of. ``before``: the token of the wider
    rule that was looked at before.
    """
    examples = tuple(
        Item(
            label=day_name(stored.paper.date) if stored.paper.date else "undated",
            text=stored.paper.display_title,
            buttons=(Button(label="Show", action=f"show:{stored.row}"),),
        )
        for stored in rehearsal.examples
    )
    fewer = tuple(
        Item(
            label="Fewer:",
            text=f"{one.name}, {counted(one.papers, 'paper')} instead of {shown or rehearsal.total:,}",
            buttons=(Button(label="Look", action=f"tight:{one.token}"),),
        )
        for one in effects
    )
    own = f" With max:{maximum} a digest a day would have shown {shown:,} of them." if maximum and shown < rehearsal.total else ""
    if rule:
        buttons: tuple[Button, ...] = (Button(label=f"Change #{rule} to this", action=f"use:{token}"),) if before else ()
    else:
        buttons = (Button(label="Subscribe to this", action=f"sub:{token}"), Button(label="Subscribe me", action=f"sub:{token}:me"))
    buttons += (Button(label="As a picture", action=f"picture:{token}:{rehearsal.length}"),)
    if before:
        buttons += (Button(label="Back", action=f"tight:{before}"),)
    return Message(
        heading=f"{counted(rehearsal.total, 'paper')} in the last {counted(rehearsal.length, 'day')}",
        intro=rehearsal.query + (f" max:{maximum}" if maximum else ""),
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last, rows=4),
        items=(*examples, *fewer),
        notice=f"{volume(rehearsal)}{own}",
        buttons=buttons,
    )


def volume(rehearsal: Rehearsal) -> str:
    """``The last 30 days would have brought 42 papers, most on Tue 4 Nov (7).``"""
    span = f"The last {counted(rehearsal.length, 'day')}"
    if not rehearsal.total:
        older = (
            f", {counted(rehearsal.ever, 'older one')} {'is' if rehearsal.ever == 1 else 'are'} in the library" if rehearsal.ever else ""
        )
        never = ", and none in the library matches: is it spelt as you meant it?" if rehearsal.ever == 0 else ""
        return f"{span} would have brought no paper{older}{never or '.'}"
    day, count = max(rehearsal.days.items(), key=lambda entry: (entry[1], entry[0]))
    busiest = f" on {day_name(day)}" if len(rehearsal.days) == 1 else f", most on {day_name(day)} ({count:,})" if count > 1 else ""
    return f"{span} would have brought {counted(rehearsal.total, 'paper')}{busiest}."
