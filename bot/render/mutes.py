"""Mutes in words: what is kept away from whom and until when, with the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.mutes import Mute, MuteKind
from bot.domain.subscriptions import Destination
from bot.grammar.reading import ROOT
from bot.render.words import counted, for_me, full_day, joined, scope, where

#: How a kind is called before its value.
KIND_WORDS: dict[MuteKind, str] = {
    "word": "the word",
    "author": "papers by",
    "category": "category",
    "org": "papers from",
    "person": "another",
}


def mute_text(mute: Mute) -> str:
    """``the word "survey"``, ``papers by Robin Jia``, ``another Wei Zhang``."""
    value = f'"{mute.value}"' if mute.kind == "word" else mute.value
    return f"{KIND_WORDS[mute.kind]} {value}"


def until_text(until: datetime | None, zone: str) -> str:
    return f"until {full_day(until.astimezone(ZoneInfo(zone)).date())}" if until else "for ever"


def muted(mute: Mute, *, before: Mute | None, zone: str, effect: str) -> Message:
    """After a mute: what is kept away, until when, how much that would have been, and an Undo."""
    to = where(mute.destination)
    changed = before is None or before.until != mute.until
    heading = (
        f"Muted: #{mute.number} for {to}"
        if before is None
        else f"Muted {'until another day' if changed else 'already'}: #{mute.number} for {to}"
    )
    return Message(
        heading=heading,
        intro=f"{mute_text(mute)}, {until_text(mute.until, zone)}",
        notice=" ".join(filter(None, (effect, "What it keeps away is not shown later either."))),
        buttons=(_undo(mute, before),) if changed else (_unmute(mute),),
        tone=Tone.GOOD,
    )


def unmuted(mute: Mute, *, zone: str) -> Message:
    return Message(
        heading=f"Not muted any more: #{mute.number} for {where(mute.destination)}",
        intro=mute_text(mute),
        notice="It counts from the next paper on; what was kept away does not come back.",
        buttons=(Button(label="Undo", action=f"undo:unmute:{mute.number}:{scope(mute.destination)}:{_stamp(mute.until)}"),),
    )


def muted_again(mute: Mute, *, zone: str) -> Message:
    return Message(
        heading=f"As before: #{mute.number} is muted for {where(mute.destination)}",
        intro=f"{mute_text(mute)}, {until_text(mute.until, zone)}",
        buttons=(_unmute(mute),),
        tone=Tone.GOOD,
    )


def mute_list(parts: Sequence[tuple[Destination, Sequence[Mute], str]]) -> Message:
    """Every mute with its number and an Unmute button, by destination; each destination with its time zone."""
    items = tuple(
        Item(
            label=f"#{mute.number}",
            text=mute_text(mute),
            detail=f"for {where(destination)}, {until_text(mute.until, zone)}, since {full_day(mute.created_at.date())}"
            + (", from the configuration" if mute.origin == "config" else ""),
            buttons=() if mute.origin == "config" else (_unmute(mute),),
        )
        for destination, mutes, zone in parts
        for mute in mutes
    )
    places = joined([where(destination) for destination, _, _ in parts])
    first = next((to for to, held, _ in parts if held), parts[0][0])
    mine = "me" if parts[0][0].personal else "here"
    form = Button(label="Mute something", action=f"form:mute:{mine}")
    if not items:
        return Message(
            heading=f"Nothing is muted for {places}",
            intro=f"Keep a word away with {ROOT} mute word survey, or a name with {ROOT} mute author Robin Jia. Add until:7d to end it.",
            buttons=(form,),
        )
    return Message(
        heading=f"{counted(len(items), 'mute')} for {places}",
        items=items,
        notice=f"Numbers never change: {ROOT} unmute {items[0].label}{for_me(first)}",
        buttons=(form,),
    )


def _undo(mute: Mute, before: Mute | None) -> Button:
    action = f"undo:mute:{mute.number}:{scope(mute.destination)}"
    return Button(label="Undo", action=action if before is None else f"undo:unmute:{action[10:]}:{_stamp(before.until)}")


def _unmute(mute: Mute) -> Button:
    return Button(label="Unmute", action=f"unmute:{mute.number}:{scope(mute.destination)}")


def _stamp(until: datetime | None) -> str:
    """A moment inside a button: seconds, 0 for never."""
    return str(int(until.timestamp())) if until else "0"
