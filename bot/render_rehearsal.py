"""What a rule would have brought, in words and bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.messages import Button, Item, Message
from bot.domain.papers import StoredPaper
from bot.render_words import bars, counted, day_name


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


def rehearsed(rehearsal: Rehearsal, *, token: str) -> Message:
    """What a rule would have brought, without making it."""
    items = tuple(
        Item(
            label=day_name(stored.paper.date) if stored.paper.date else "undated",
            text=stored.paper.display_title,
            buttons=(Button(label="Show", action=f"show:{stored.row}"),),
        )
        for stored in rehearsal.examples
    )
    return Message(
        heading=f"{counted(rehearsal.total, 'paper')} in the last {counted(rehearsal.length, 'day')}",
        intro=rehearsal.query,
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last, rows=4),
        items=items,
        notice=volume(rehearsal),
        buttons=(
            Button(label="Subscribe to this", action=f"sub:{token}"),
            Button(label="Subscribe me", action=f"sub:{token}:me"),
            Button(label="As a picture", action=f"picture:{token}:{rehearsal.length}"),
        ),
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
