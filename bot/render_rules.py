"""Subscriptions and how a channel is served, in words: every change says what is stored now and how to take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import Channel, Destination, DigestStyle, Settings, Subscription
from bot.grammar import ROOT
from bot.render_words import bars, counted, day_name, full_day, joined, moment_name, shortened

_STYLES: Mapping[DigestStyle, str] = {
    "digest": "one message",
    "cards": "a message for each paper",
    "thread": "a heading, and a message for each paper in its thread",
    "forum": "a forum post for each paper, tagged with its categories",
}
_TYPE_WORDS = {"new": "new", "cross": "cross-listed", "update": "updates"}


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


def where(destination: Destination) -> str:
    """The destination inside a sentence: ``you``, ``#nlp``, ``this channel``."""
    if destination.personal:
        return "you"
    return destination.name or "this channel"


def scope(destination: Destination) -> str:
    """How a button names the destination again: "me" for one's own, "here" for the channel it is pressed in."""
    return "me" if destination.personal else "here"


# --- subscriptions ---------------------------------------------------------------------------------------------------


def subscribed(
    subscription: Subscription,
    *,
    new: bool,
    rehearsal: Rehearsal,
    channel: Channel,
    offers: Sequence[Button] = (),
    remark: str = "",
) -> Message:
    """After subscribing: the rule as stored, its number, its volume, when the first paper comes, and an Undo."""
    to = where(subscription.destination)
    undo = Button(label="Undo", action=f"undo:sub:{subscription.number}:{scope(subscription.destination)}")
    recent = Button(label="Show me the last 7 days, only to me", action=f"recent:{subscription.number}:{scope(subscription.destination)}")
    parts = [volume(rehearsal), next_digest(channel) + (" Nothing older is posted." if new else "")]
    return Message(
        heading=f"Subscribed: #{subscription.number} for {to}" if new else f"Subscribed already: #{subscription.number} for {to}",
        intro=f"{subscription.query}{f' · {remark}' if remark else ''}",
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last),
        notice=" ".join(parts),
        buttons=((undo,) if new else ()) + (recent, *offers),
        tone=Tone.GOOD,
    )


def unsubscribed(subscription: Subscription) -> Message:
    undo = Button(label="Undo", action=f"undo:unsub:{subscription.number}:{scope(subscription.destination)}")
    return Message(
        heading=f"Ended: #{subscription.number} for {where(subscription.destination)}",
        intro=subscription.query,
        notice="What was posted stays. The other numbers stay as they are.",
        buttons=(undo,),
    )


def restored(subscription: Subscription) -> Message:
    again = Button(label="End it again", action=f"unsub:{subscription.number}:{scope(subscription.destination)}")
    return Message(
        heading=f"Back again: #{subscription.number} for {where(subscription.destination)}",
        intro=subscription.query,
        buttons=(again,),
        tone=Tone.GOOD,
    )


def subscription_list(parts: Sequence[tuple[Destination, Sequence[Subscription]]]) -> Message:
    """Every subscription with its number and a Remove button, by destination."""
    items = tuple(
        Item(
            label=f"#{one.number}",
            text=one.query,
            detail=f"{one.kind}, for {where(destination)}, since {full_day(one.created_at.date())}"
            + (", from the configuration" if one.origin == "config" else ""),
            buttons=() if one.origin == "config" else (Button(label="Remove", action=f"unsub:{one.number}:{scope(destination)}"),),
        )
        for destination, subscriptions in parts
        for one in subscriptions
    )
    places = joined([where(destination) for destination, _ in parts])
    if not items:
        return Message(
            heading=f"No subscriptions for {places} yet",
            intro=f"Begin with {ROOT} subscribe author Robin Jia, or {ROOT} subscribe state space models. Add to:me for your own.",
        )
    return Message(
        heading=f"{counted(len(items), 'subscription')} for {places}",
        items=items,
        notice=f"Numbers never change: {ROOT} unsubscribe #{items[0].label[1:]}",
    )


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
        buttons=(Button(label="Subscribe to this", action=f"sub:{token}"), Button(label="Subscribe me", action=f"sub:{token}:me")),
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


# --- how a channel is served -----------------------------------------------------------------------------------------


def next_digest(channel: Channel) -> str:
    """When something is posted next, as a sentence."""
    if channel.paused:
        return f"Nothing is posted: {channel.paused}."
    if channel.settings.deliver == "instant":
        return "Papers are posted as they arrive."
    if channel.next_at is None:
        return "No digest is planned."
    return f"Next digest: {moment_name(channel.next_at, channel.settings.schedule.zone)}."


def schedule_shown(channel: Channel) -> Message:
    schedule = channel.settings.schedule
    return Message(
        heading=f"Digests for {where(channel.destination)}: {schedule} {schedule.zone}",
        intro=next_digest(channel),
        notice=f"Change it: {ROOT} schedule mon-fri 09:00 {schedule.zone}",
    )


def schedule_changed(channel: Channel, *, undo: str) -> Message:
    schedule = channel.settings.schedule
    return Message(
        heading=f"Digests for {where(channel.destination)}: {schedule} {schedule.zone}",
        intro=next_digest(channel),
        notice=_declared(channel),
        buttons=(_undo_settings(undo),),
        tone=Tone.GOOD,
    )


def settings_shown(channel: Channel, *, undo: str = "") -> Message:
    """All settings; ``undo`` is the token of what they were before a change."""
    settings = channel.settings
    return Message(
        heading=f"Settings for {where(channel.destination)}",
        intro=next_digest(channel),
        items=_settings_items(settings),
        notice=_declared(channel)
        or _no_forum(channel)
        or f"Change one: {ROOT} settings max:{settings.maximum}, when: {ROOT} schedule {settings.schedule}",
        buttons=(_undo_settings(undo),) if undo else (),
        tone=Tone.GOOD if undo else Tone.PLAIN,
    )


def settings_restored(channel: Channel) -> Message:
    return Message(
        heading=f"As before: settings for {where(channel.destination)}",
        intro=next_digest(channel),
        items=_settings_items(channel.settings),
        tone=Tone.GOOD,
    )


def paused(channel: Channel) -> Message:
    return Message(
        heading=f"Paused for {where(channel.destination)}",
        intro=f"{next_digest(channel)} What matches meanwhile is kept for the first digest afterwards.",
        notice=_declared(channel),
        buttons=(Button(label="Resume", action=f"resume:{scope(channel.destination)}"),),
    )


def resumed(channel: Channel, *, changed: bool) -> Message:
    return Message(
        heading=f"Posting again for {where(channel.destination)}" if changed else f"Not paused for {where(channel.destination)}",
        intro=next_digest(channel),
        buttons=(Button(label="Pause again", action=f"pause:{scope(channel.destination)}"),) if changed else (),
        tone=Tone.GOOD,
    )


def paused_by(name: str) -> str:
    """What is stored with a channel that a person paused."""
    return f"paused by {shortened(name, 40)}"


def nothing_to_preview(channel: Channel | None, destination: Destination) -> Message:
    if channel is None:
        return Message(
            heading=f"Nothing is set up for {where(destination)}",
            intro=f"Subscribe to something first, for example {ROOT} subscribe author Robin Jia.",
        )
    return Message(
        heading="The next digest is empty so far",
        intro=f"No new paper matches yet. {next_digest(channel)}",
        notice=f"{ROOT} settings fill:unread fills thin days with papers not read yet.",
    )


def previewed(message: Message, channel: Channel | None) -> Message:
    """A digest as it would be posted now, marked as a preview and without buttons that need a real one."""
    when = f" {next_digest(channel)}" if channel else ""
    return replace(
        message,
        heading=f"Preview: {message.heading}" if message.heading else "Preview",
        notice=f"{message.notice} · only you see this.{when}".strip(" ·"),
        buttons=tuple(button for button in message.buttons if not button.action.startswith("rest:")),
    )


def _settings_items(settings: Settings) -> tuple[Item, ...]:
    types = joined([_TYPE_WORDS[kind] for kind in settings.types])
    return (
        Item(label="deliver", text=settings.deliver, detail="on schedule" if settings.deliver == "digest" else "each paper as it arrives"),
        Item(label="schedule", text=f"{settings.schedule} {settings.schedule.zone}"),
        Item(label="max", text=f"{settings.maximum}", detail="papers in one digest, the rest behind a button"),
        Item(label="style", text=settings.style, detail=_STYLES[settings.style]),
        Item(label="fill", text=settings.fill, detail="thin days stay thin" if settings.fill == "none" else "thin days get unread papers"),
        Item(label="types", text=",".join(settings.types), detail=types),
    )


def _no_forum(channel: Channel) -> str:
    if channel.destination.style(channel.settings.style) == channel.settings.style:
        return ""
    return "There are no forum posts here: each paper comes in a thread below the heading instead."


def _undo_settings(token: str) -> Button:
    return Button(label="Undo", action=f"undo:settings:{token}")


def _declared(channel: Channel) -> str:
    if channel.origin != "config":
        return ""
    return "The configuration file declares this channel: at the next start its settings apply again."
