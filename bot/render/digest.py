"""A digest in words: heading, cards, and the coverage receipt that closes it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.coverage import Coverage
from bot.domain.messages import Button, Card, Item, Message, plain, rich
from bot.domain.subscriptions import Channel
from bot.planning import Pick, Selection
from bot.ports import SourceRun
from bot.render.common import day_name, paper_card
from bot.render.receipt import days_named, made_up, share

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Where a paper stands that is not told again in full."""

    #: The channel's name.
    where: str
    #: Where its post can be opened; empty where that is not known.
    url: str = ""


def digest_message(
    channel: Channel,
    selection: Selection,
    *,
    occurrence: str,
    runs: Sequence[SourceRun],
    today: date,
    days: Sequence[Coverage] = (),
    late: Sequence[Coverage] = (),
    notes: Mapping[int, Note] | None = None,
) -> Message:
    """The whole digest as one message, before it is split for a platform. ``occurrence`` goes into the button for the rest.

    ``days``: how the sources stand with their last announcement days. ``late``: the days that a catch-up makes up for; then it says so.
    ``notes``: rows of papers that stand in a channel the reader reads; a line of each is enough.
    """
    notes = notes or {}
    more = len(selection.rest)
    rest = (Button(label=f"Show the rest ({more})", action=f"rest:{occurrence}"),) if more else ()
    return Message(
        heading=_late_heading(channel, selection, late) if late else _heading(channel, selection, today),
        intro="These were announced earlier and missed then. Nothing of them was posted before." if late else "",
        cards=tuple(_card(pick) for pick in selection.shown if pick.stored.row not in notes),
        items=tuple(_note(pick, notes[pick.stored.row]) for pick in selection.shown if pick.stored.row in notes),
        notice=receipt(selection, runs, days=days, late=late),
        buttons=rest,
    )


def single_message(pick: Pick) -> Message:
    """One paper as a post of its own."""
    return Message(cards=(_card(pick),))


def note_message(pick: Pick, note: Note) -> Message:
    """One paper that was posted elsewhere already."""
    return Message(items=(_note(pick, note),))


def _note(pick: Pick, note: Note) -> Item:
    buttons = [Button(label="Open the post", url=note.url)] if note.url else []
    buttons.append(Button(label="Show", action=f"show:{pick.stored.row}"))
    detail = f"posted in {note.where} · {pick.reason}"
    return Item(label="Note", text=pick.stored.paper.display_title, detail=detail, buttons=tuple(buttons))


def receipt(selection: Selection, runs: Sequence[SourceRun], *, days: Sequence[Coverage] = (), late: Sequence[Coverage] = ()) -> str:
    """What was read to make this digest, and what became of it."""
    unread = sum(pick.kind == "unread" for pick in selection.shown)
    parts = [made_up(late)] if late else [share(run, [one for one in days if one.source == run.source]) for run in runs]
    parts.append(f"{selection.matched:,} matched")
    parts.append(f"{len(selection.shown):,} shown" + (f", {len(selection.rest):,} more" if selection.rest else ""))
    if selection.held:
        parts.append(f"{len(selection.held):,} muted")
    if unread:
        parts.append(f"{unread} of them older, not posted before")
    return " · ".join(parts)


def _late_heading(channel: Channel, selection: Selection, late: Sequence[Coverage]) -> str:
    name = f" for {channel.destination.name}" if channel.destination.name else ""
    number = len(selection.shown) + len(selection.rest)
    return f"Catch-up{name}: {number} paper{'s' * (number != 1)} of {days_named(late)}"


def _heading(channel: Channel, selection: Selection, today: date) -> str:
    new = sum(pick.kind == "new" for pick in selection.shown) + len(selection.rest)
    unread = len(selection.shown) + len(selection.rest) - new
    name = f" for {channel.destination.name}" if channel.destination.name else ""
    counted = f"{new} new paper{'s' * (new != 1)}" if new else f"Nothing new, {unread} worth reading"
    return f"{counted}{name} · {day_name(today)}"


def _card(pick: Pick) -> Card:
    """A paper whose text breaks our own code is shown by its title: it may not spoil the digest for the others."""
    try:
        return paper_card(pick.stored, reason=pick.reason, followed=followed_names(pick.clauses))
    except Exception:
        log.exception("a card could not be drawn", extra={"paper": pick.stored.paper.key})
        return Card(title=rich(pick.stored.paper.title or pick.stored.paper.key), reason=pick.reason)


def followed_names(clauses: Sequence[str]) -> list[str]:
    """The names in ``by:`` clauses, as the rules spell them."""
    return [quoted or bare for clause in clauses for quoted, bare in re.findall(r'(?<![\w-])by:=?(?:"([^"]+)"|(\S+))', clause)]


def plain_message(message: Message) -> Message:
    """``message`` without anything a platform could refuse: headings and links only. What it says of each paper stays findable."""
    items = tuple(Item(label="·", text=plain(card.title), detail=card.url) for card in message.cards)
    return Message(heading=message.heading, intro=message.intro, items=(*items, *message.items), notice=message.notice)
