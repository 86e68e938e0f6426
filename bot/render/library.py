"""The group's library in words: what is liked, and what is kept about a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.messages import Button, ButtonStyle, Card, Item, Message, Tone
from bot.domain.papers import StoredPaper
from bot.domain.people import Record
from bot.grammar.reading import ROOT
from bot.render.answers import NOBODY, Reader
from bot.render.paper import paper_card
from bot.render.words import counted, full_day, joined

#: Records listed one by one; the file has them all.
_LISTED = 20
_KINDS = {
    "subscription": "rules you made",
    "saved": "papers you saved",
    "read": "papers you marked as read",
    "caught up": "channels you have read all of, up to a day",
    "hidden": "papers you are not interested in",
    "vote": "votes",
    "mute": "mutes",
    "note": "channels you read",
    "message": "messages sent to you",
    "settings": "settings of your own digest",
    "pause": "pauses with your name",
}


def top_list(found: Sequence[tuple[StoredPaper, int]], *, days: int, reader: Reader = NOBODY) -> Message:
    """The most liked papers; ours are named, those of the source stand on the card."""
    span = f"the last {counted(days, 'day')}"
    if not found:
        return Message(
            heading=f"Nobody voted in {span}",
            intro="Vote with the menu of a card, or with 👍 on a post about one paper.",
        )
    cards = tuple(
        paper_card(
            stored,
            reason=f"{counted(ours, 'vote')} here" if ours else "liked elsewhere",
            followed=reader.followed,
            saved=stored.row in reader.saved,
        )
        for stored, ours in found
    )
    return Message(heading=f"Most liked in {span}", cards=cards, notice="Votes here come first, then those of the source.")


def voted(stored: StoredPaper, *, count: int, up: bool, changed: bool) -> Message:
    votes = f"{counted(count, 'vote')} here now." if count else "No votes here."
    if not up:
        return Message(
            heading="Vote taken back" if changed else "There was no vote of yours", intro=f"{stored.paper.display_title}. {votes}"
        )
    return Message(
        heading="Voted" if changed else "You voted for it already",
        intro=f"{stored.paper.display_title}. {votes}",
        buttons=(Button(label="Undo" if changed else "Take it back", action=f"undo:vote:{stored.row}"),),
        tone=Tone.GOOD,
    )


def reacted(*, counted: bool = False) -> Message:
    """Nobody sees it: reactions are answered by silence."""
    return Message(intro="counted as a vote" if counted else "")


def about_you(records: Sequence[Record]) -> Message:
    """How much of each kind is kept, and the newest of them."""
    buttons = (
        Button(label="As a file", action="run:privacy export"),
        Button(label="Delete it all", action="run:privacy delete", style=ButtonStyle.DANGER),
    )
    if not records:
        return Message(
            heading="Nothing is kept about you", intro="Papers are about papers. What you save, follow or vote for would stand here."
        )
    counts = Counter(one.kind for one in records)
    summary = tuple(Item(label=_KINDS[kind], text=f"{count:,}") for kind, count in counts.items())
    newest = sorted((one for one in records if one.at), key=lambda one: one.at.isoformat() if one.at else "", reverse=True)[:_LISTED]
    listed = tuple(
        Item(label=one.kind, text=one.text, detail=", ".join(filter(None, (one.where, full_day(one.at.date()) if one.at else ""))))
        for one in newest
    )
    more = len(records) - len(listed)
    return Message(
        heading=f"{counted(len(records), 'thing')} kept about you",
        items=(*summary, *listed),
        notice=f"{more:,} older ones are in the file." if more > 0 else "That is all.",
        buttons=buttons,
    )


def your_data(number: int) -> Message:
    return Message(heading="Everything that is kept about you", intro=f"{counted(number, 'record')}, as JSON.")


def forgetting(records: Sequence[Record]) -> Message:
    """Asks once more."""
    if not records:
        return Message(heading="Nothing is kept about you", intro="There is nothing to delete.")
    return Message(
        heading=f"Delete {counted(len(records), 'record')} about you?",
        intro="Your own subscriptions, saved papers, votes, marks and the messages kept for you go for good. "
        "Rules, mutes and pauses that you made for shared channels stay, without your name.",
        notice=f"A copy first: {ROOT} privacy export",
        buttons=(Button(label="Delete everything about me", action="forget:me", style=ButtonStyle.DANGER),),
    )


def forgotten(number: int) -> Message:
    return Message(
        heading="Forgotten",
        intro=f"{counted(number, 'record')} deleted. What stands in channels is for its people to delete.",
        tone=Tone.GOOD,
    )


def exported(number: int, what: str, *, total: int, text: str = "") -> Message:
    """A file of papers; a single short entry stands in the answer as well, to be copied."""
    more = f"The newest {number:,} of {total:,}; papercrier export on the command line has no such limit." if total > number else ""
    return Message(heading=f"{counted(number, 'paper')} exported", intro=what, chart=text if len(text) <= 1500 else "", notice=more)


def rules_exported(rules: int, mutes: int, where: str) -> Message:
    also = f" and {counted(mutes, 'mute')}" if mutes else ""
    return Message(
        heading=f"{counted(rules, 'rule')}{also} of {where} as text",
        intro="Keep the file, change it, and have the operator run papercrier apply on it: it shows what would change first.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A paper stands in the channel already."""

    at: datetime
    #: Where the post can be opened; empty where that is not known.
    link: str = ""


def looked_up(found: Sequence[StoredPaper], posted: Mapping[int, Posted], unknown: Sequence[str], *, reader: Reader = NOBODY) -> Message:
    """The papers that a message names; ``posted`` are those rows that were posted here before."""
    missing = f"Not in the library yet: {joined(list(unknown))}." if unknown else ""
    if not found:
        return Message(heading="Not in the library yet", intro=f"{joined(list(unknown))}. It may come with the next reading.")
    cards = tuple(_looked_up(stored, posted.get(stored.row), reader) for stored in found)
    return Message(heading=counted(len(cards), "paper") if len(cards) > 1 else "", cards=cards, notice=missing)


def _looked_up(stored: StoredPaper, posted: Posted | None, reader: Reader) -> Card:
    reason = f"posted here on {full_day(posted.at.date())}" if posted else "not posted here before"
    card = paper_card(stored, reason=reason, followed=reader.followed, saved=stored.row in reader.saved)
    if posted and posted.link:
        return replace(card, buttons=(Button(label="Open the post", url=posted.link), *card.buttons))
    return card


def notes_shown(place: str = "", *, on: bool = False, changed: bool = False, places: int = 0) -> Message:
    """Whether posts of a channel come as notes, and the button that makes it otherwise."""
    if not place:
        return Message(
            heading=f"Notes of {counted(places, 'channel')}" if places else "No notes",
            intro=f"Write {ROOT} notes on in a channel: what your own rules find and is posted there comes to you as one line with a link.",
        )
    said = "comes to you as one line with a link" if on else "comes to you in full"
    other = Button(label="Undo" if changed else ("Switch off" if on else "Switch on"), action=f"notes:{'off' if on else 'on'}")
    return Message(
        heading=f"Notes of {place}: {'on' if on else 'off'}",
        intro=f"What your own rules find and is posted in {place} {said}.",
        buttons=(other,),
        tone=Tone.GOOD if changed else Tone.PLAIN,
    )
