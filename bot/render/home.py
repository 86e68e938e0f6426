"""A person's own page in words: what they follow, mute and keep, the channels they set up, and how everything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.mutes import Mute
from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import Channel, Subscription
from bot.grammar.reading import ROOT, find_command
from bot.ports import SourceRun
from bot.render.channel import next_digest
from bot.render.mutes import mute_list
from bot.render.receipt import brought, source_name
from bot.render.rules import subscription_list
from bot.render.status import ago
from bot.render.words import counted, full_day

#: Saved papers and channels on the page; the rest is one press away.
SAVED_SHOWN, CHANNELS_SHOWN = 5, 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """What the page shows."""

    subscriptions: Sequence[Subscription]
    mutes: Sequence[Mute]
    #: Their direct messages as a channel, once they follow something.
    own: Channel | None
    zone: str
    #: Channels with a subscription that this person made, each with how many live ones it has and where it can be opened.
    channels: Sequence[tuple[Channel, int, str]]
    #: One more than are shown, if there are more.
    saved: Sequence[StoredPaper]
    runs: Sequence[SourceRun]
    now: datetime


def home_page(home: Home, place_name: str = "") -> tuple[Message, ...]:
    """The page, part by part, what is changed most often first."""
    return (_start(home), _follows(home), _mutes(home), _channels(home), _saved(home), _health(home), _privacy())


def _start(home: Home) -> Message:
    buttons = [Button(label="Follow something", action="form:subscribe:me"), Button(label="Search", action="form:launcher")]
    if home.own is not None:
        paused = bool(home.own.paused) or (home.own.next_at is None and home.own.settings.deliver == "digest")
        buttons.append(Button(label="Resume", action="resume:me") if paused else Button(label="Pause", action="pause:me"))
        buttons.append(Button(label="When and how", action="form:settings:me"))
        buttons.append(Button(label="Preview", action="run:preview me"))
    intro = next_digest(home.own) if home.own else f"Papers come here, privately, once you follow something: {ROOT} subscribe … to:me"
    return Message(heading="Your papers", intro=intro, buttons=tuple(buttons))


def _follows(home: Home) -> Message:
    if not home.subscriptions:
        return Message(heading="You follow nothing yet", intro="An author, a topic, a category or a whole query: one press above begins.")
    return subscription_list([(home.subscriptions[0].destination, home.subscriptions)])


def _mutes(home: Home) -> Message:
    if not home.mutes:
        return Message(heading="You mute nothing", buttons=(Button(label="Mute something", action="form:mute:me"),))
    return mute_list([(home.mutes[0].destination, home.mutes, home.zone)])


def _channels(home: Home) -> Message:
    if not home.channels:
        return Message(heading="Channels you set up: none yet", intro=f"In a channel that you manage write {ROOT} subscribe.")
    items = tuple(
        Item(
            label=str(channel.destination),
            text=counted(live, "subscription"),
            detail=next_digest(channel),
            buttons=(Button(label="Open", url=link),) if link else (),
        )
        for channel, live, link in home.channels[:CHANNELS_SHOWN]
    )
    more = len(home.channels) - CHANNELS_SHOWN
    left = f"{more} more are not shown. " if more > 0 else ""
    return Message(
        heading="Channels you set up", items=items, notice=f"{left}To change one, ask from there: {ROOT} subscriptions, {ROOT} settings."
    )


def _saved(home: Home) -> Message:
    if not home.saved:
        return Message(heading="Nothing saved yet", intro="Press Save on a paper, and it is kept here.")
    items = tuple(
        Item(
            label=full_day(stored.paper.date) if stored.paper.date else "undated",
            text=stored.paper.display_title,
            buttons=(Button(label="Show", action=f"show:{stored.row}"), Button(label="Unsave", action=f"unsave:{stored.row}")),
        )
        for stored in home.saved[:SAVED_SHOWN]
    )
    all_of_them = (Button(label="All saved papers", action="run:saved"),) if len(home.saved) > SAVED_SHOWN else ()
    return Message(heading="Saved papers", items=items, buttons=all_of_them)


def _health(home: Home) -> Message:
    failed = [run for run in home.runs if run.error]
    items = tuple(Item(label=source_name(run.source), text=brought(run), detail=ago(run.finished_at, home.now)) for run in home.runs)
    heading = f"{counted(len(failed), 'source')} could not be read" if failed else "Everything runs"
    return Message(heading=heading, items=items, tone=Tone.WARNING if failed else Tone.GOOD)


def _privacy() -> Message:
    """The buttons of the verb ``privacy``, where this version has it."""
    verbs = ("show", "export", "delete") if find_command("privacy") else ()
    return Message(
        heading="Privacy",
        intro="Kept about you: what you follow, mute, save, read and hide, under your user id, and nothing else.",
        buttons=tuple(Button(label=f"{verb.capitalize()} it", action=f"run:privacy {verb}") for verb in verbs),
    )
