"""Subscriptions in words: every change says what is stored now and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.subscriptions import Channel, Destination, Subscription
from bot.grammar.reading import ROOT
from bot.render.channel import next_digest
from bot.render.rehearsal import Rehearsal, volume
from bot.render.words import bars, counted, for_me, full_day, joined, scope, where

#: From so many papers in the time looked at on, an answer offers to tighten the rule.
MANY = 20


def rule_text(subscription: Subscription) -> str:
    """The rule as stored, with what it wants for itself: ``by:"Robin Jia" max:5 types:new``."""
    own = [f"max:{subscription.maximum}"] if subscription.maximum else []
    own += [f"types:{','.join(subscription.types)}"] if subscription.types else []
    return " ".join([subscription.shown, *own])


def subscribed(
    subscription: Subscription,
    *,
    new: bool,
    rehearsal: Rehearsal,
    channel: Channel,
    undo: Button | None = None,
    changes: Sequence[str] = (),
    offers: Sequence[Button] = (),
    remark: str = "",
) -> Message:
    """After subscribing: the rule as stored, its number, its volume, when the first paper comes, and an Undo.

    ``changes``: what else was changed, in sentences.
    """
    to, number, at = where(subscription.destination), subscription.number, scope(subscription.destination)
    recent = Button(label="Show me the last 7 days, only to me", action=f"recent:{number}:{at}")
    tighten = (Button(label="Fewer papers…", action=f"tighten:{number}:{at}"),) if rehearsal.total >= MANY else ()
    parts = [volume(rehearsal), *changes, next_digest(channel) + (" Nothing older is posted." if new else "")]
    return Message(
        heading=f"Subscribed: #{number} for {to}" if new else f"Subscribed already: #{number} for {to}",
        intro=f"{rule_text(subscription)}{f' · {remark}' if remark else ''}",
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last),
        notice=" ".join(parts),
        buttons=(*((undo,) if undo else ()), recent, *tighten, *offers),
        tone=Tone.GOOD,
    )


def rule_changed(subscription: Subscription, *, rehearsal: Rehearsal, undo: str, changed: bool) -> Message:
    """After an edit. ``undo`` is the token of how it was before."""
    to, at = where(subscription.destination), scope(subscription.destination)
    if not changed:
        return Message(heading=f"#{subscription.number} for {to} is like that already", intro=rule_text(subscription))
    return Message(
        heading=f"Changed: #{subscription.number} for {to}",
        intro=rule_text(subscription),
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last),
        notice=volume(rehearsal),
        buttons=(
            Button(label="Undo", action=f"undo:edit:{undo}"),
            Button(label="Change again", action=f"form:edit:{subscription.number}:{at}"),
        ),
        tone=Tone.GOOD,
    )


def rule_shown(subscription: Subscription, *, rehearsal: Rehearsal) -> Message:
    """One subscription, with the ways to change it."""
    at = scope(subscription.destination)
    return Message(
        heading=f"#{subscription.number} for {where(subscription.destination)}",
        intro=rule_text(subscription),
        chart=bars(rehearsal.days, first=rehearsal.first, last=rehearsal.last),
        notice=f"{volume(rehearsal)} Change it: {ROOT} edit #{subscription.number} max:5 types:new{for_me(subscription.destination)}",
        buttons=_changing(subscription) or (Button(label="Show me the last 7 days", action=f"recent:{subscription.number}:{at}"),),
    )


def unsubscribed(subscription: Subscription) -> Message:
    undo = Button(label="Undo", action=f"undo:unsub:{subscription.number}:{scope(subscription.destination)}")
    return Message(
        heading=f"Ended: #{subscription.number} for {where(subscription.destination)}",
        intro=rule_text(subscription),
        notice="What was posted stays. The other numbers stay as they are.",
        buttons=(undo,),
    )


def restored(subscription: Subscription) -> Message:
    again = Button(label="End it again", action=f"unsub:{subscription.number}:{scope(subscription.destination)}")
    return Message(
        heading=f"Back again: #{subscription.number} for {where(subscription.destination)}",
        intro=rule_text(subscription),
        buttons=(again,),
        tone=Tone.GOOD,
    )


def subscription_list(parts: Sequence[tuple[Destination, Sequence[Subscription]]]) -> Message:
    """Every subscription with its number and buttons to change and to remove it, by destination."""
    items = tuple(
        Item(
            label=f"#{one.number}",
            text=rule_text(one),
            detail=f"{one.kind}, for {where(destination)}, since {full_day(one.created_at.date())}"
            + (", from the configuration" if one.origin == "config" else ""),
            buttons=_changing(one),
        )
        for destination, subscriptions in parts
        for one in subscriptions
    )
    places = joined([where(destination) for destination, _ in parts])
    if not items:
        return Message(
            heading=f"No subscriptions for {places} yet",
            intro=f"Begin with {ROOT} subscribe author Robin Jia, or {ROOT} subscribe state space models. Add to:me for your own.",
            buttons=(Button(label="Follow something", action="form:subscribe"),),
        )
    first = next(to for to, held in parts if held)
    return Message(
        heading=f"{counted(len(items), 'subscription')} for {places}",
        items=items,
        notice=f"Numbers never change: {ROOT} unsubscribe {items[0].label}{for_me(first)}",
    )


def _changing(one: Subscription) -> tuple[Button, ...]:
    if one.origin == "config":
        return ()
    at = scope(one.destination)
    return (Button(label="Edit", action=f"form:edit:{one.number}:{at}"), Button(label="Remove", action=f"unsub:{one.number}:{at}"))
