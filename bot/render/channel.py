"""How a channel is served, in words: every change says what is stored now and how to take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.subscriptions import Channel, Destination, DigestStyle, Settings
from bot.grammar.reading import ROOT
from bot.render.words import for_me, joined, moment_name, scope, shortened, where

_STYLES: Mapping[DigestStyle, str] = {
    "digest": "one message",
    "cards": "a message for each paper",
    "thread": "a heading, and a message for each paper in its thread",
    "forum": "a forum post for each paper, tagged with its categories",
}
_TYPE_WORDS = {"new": "new", "cross": "cross-listed", "update": "updates"}


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
        notice=f"Change it: {ROOT} schedule mon-fri 09:00 {schedule.zone}{for_me(channel.destination)}",
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
    settings, own = channel.settings, for_me(channel.destination)
    return Message(
        heading=f"Settings for {where(channel.destination)}",
        intro=next_digest(channel),
        items=_settings_items(settings),
        notice=_declared(channel)
        or _no_forum(channel)
        or f"Change one: {ROOT} settings max:{settings.maximum}{own}, when: {ROOT} schedule {settings.schedule}{own}",
        buttons=(_undo_settings(undo),) if undo else (),
        tone=Tone.GOOD if undo else Tone.PLAIN,
    )


def settings_sentences(before: Channel, after: Channel) -> list[str]:
    """What a change of settings did, for the whole place."""
    old, new = before.settings, after.settings
    said = []
    if old.schedule != new.schedule:
        said.append(f"digests come {new.schedule} {new.schedule.zone} (before: {old.schedule} {old.schedule.zone})")
    if old.style != new.style:
        said.append(f"style {new.style} (before: {old.style})")
    if old.fill != new.fill:
        said.append(f"fill {new.fill} (before: {old.fill})")
    return [f"For all of {where(after.destination)}: {joined(said)}."] if said else []


def settings_restored(channel: Channel) -> Message:
    return Message(
        heading=f"As before: settings for {where(channel.destination)}",
        intro=next_digest(channel),
        items=_settings_items(channel.settings),
        tone=Tone.GOOD,
    )


def paused(channel: Channel, *, undo: str = "") -> Message:
    """``undo`` is the token of the pause that this one took the place of."""
    back = (Button(label="Undo", action=f"undo:standing:{undo}"),) if undo else ()
    return Message(
        heading=f"Paused for {where(channel.destination)}",
        intro=f"{next_digest(channel)} What matches meanwhile is kept for the first digest afterwards.",
        notice=_declared(channel),
        buttons=(*back, Button(label="Resume", action=f"resume:{scope(channel.destination)}")),
    )


def resumed(channel: Channel, *, changed: bool, undo: str = "") -> Message:
    """``undo`` is the token of the pause that ended."""
    return Message(
        heading=f"Posting again for {where(channel.destination)}" if changed else f"Not paused for {where(channel.destination)}",
        intro=next_digest(channel),
        buttons=(Button(label="Pause again", action=f"undo:standing:{undo}"),) if changed else (),
        tone=Tone.GOOD,
    )


def paused_by(name: str) -> str:
    """What is stored with a channel that a person paused."""
    return f"paused by {shortened(name, 40)}"


def nothing_to_preview(channel: Channel | None, destination: Destination, *, number: int = 0) -> Message:
    if channel is None:
        return Message(
            heading=f"Nothing is set up for {where(destination)}",
            intro=f"Subscribe to something first, for example {ROOT} subscribe author Robin Jia{for_me(destination)}",
        )
    fill = f"{ROOT} settings fill:unread{for_me(destination)} fills thin days with matching papers that were never posted."
    return Message(
        heading=f"#{number} brings nothing to the next digest so far" if number else "The next digest is empty so far",
        intro=f"No new paper matches yet. {next_digest(channel)}",
        notice=fill if channel.settings.fill == "none" else "",
    )


def previewed(message: Message, channel: Channel | None, *, number: int = 0) -> Message:
    """A digest as it would be posted now, marked as a preview and without buttons that need a real one; ``number``: what one subscription
    brings to it."""
    when = f" {next_digest(channel)}" if channel else ""
    return replace(
        message,
        heading=" ".join(filter(None, (f"Preview of #{number}:" if number else "Preview:", message.heading))),
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
        Item(
            label="fill",
            text=settings.fill,
            detail="thin days stay thin" if settings.fill == "none" else "thin days get papers not posted yet",
        ),
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
