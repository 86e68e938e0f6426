"""When a channel is served, and how that stands: schedule, pause, preview and status."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.deliveries import State
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Channel, Destination
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.grammar.values import parse_until
from bot.render.channel import nothing_to_preview, paused, paused_by, previewed, resumed, schedule_changed, schedule_shown
from bot.render.status import LOOK_BACK, StatusReport, status_message
from bot.render.words import for_me, where
from bot.services.interactions.desk import (
    Desk,
    argument,
    ensured_channel,
    existing_channel,
    fixing,
    known_channel,
    recall,
    remember,
    stale_button,
)
from bot.services.interactions.rules import picked
from bot.services.interactions.settings import change_settings, wanted_settings
from bot.services.permissions import destination, managed
from bot.services.times import first_from, next_time, resumed_at, snoozed

# --- when ------------------------------------------------------------------------------------------------------------


async def schedule(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    when, zone = command.text("when"), command.text("tz")
    if not when and not zone:
        channel = await known_channel(desk, to)
        return Reply(message=schedule_shown(channel) if channel else nothing_to_preview(None, to))
    managed(request, to)
    wanted = await wanted_settings(desk, to, command)
    undo, changed, _ = await change_settings(desk, await ensured_channel(desk, to), wanted)
    return Reply(message=schedule_changed(changed, undo=undo))


async def pause(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    return await _pause(desk, request, to, command)


async def pause_pressed(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _pause(desk, request, managed(request, destination(request, argument(args, 0, "here"))), Command(verb="pause"))


async def _pause(desk: Desk, request: Request, to: Destination, command: Command) -> Reply:
    """Without a day the channel is marked as paused; with one its next digest is the first from that day on."""
    channel = await existing_channel(desk, to)
    was_off = bool(channel.paused) or snoozed(channel, desk.clock.now())
    rule = channel.settings.schedule
    if until := command.text("until"):
        with fixing(command, "until"):
            day = parse_until(until, desk.clock.now().astimezone(ZoneInfo(rule.zone)).date())
        if channel.settings.deliver == "instant":
            raise BadInput(
                f"papers for {where(to)} are posted as they arrive, so there is no digest to put off",
                f"{ROOT} pause{for_me(to)}, and later {ROOT} resume{for_me(to)}",
                repairs=(f"pause{for_me(to)}",),
            )
        changed = replace(channel, paused="", next_at=first_from(channel, day))
    else:
        changed = replace(channel, paused=paused_by(request.actor.name), next_at=None)
    undo = await _remembered(desk, channel) if was_off else ""
    await desk.store.change_channel(changed)
    return Reply(message=paused(changed, undo=undo))


async def resume(desk: Desk, request: Request, command: Command) -> Reply:
    return await _resume(desk, managed(request, destination(request, command.text("to", "here"))))


async def resume_pressed(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _resume(desk, managed(request, destination(request, argument(args, 0, "here"))))


async def _resume(desk: Desk, to: Destination) -> Reply:
    channel = await existing_channel(desk, to)
    if not channel.paused and channel.next_at is not None and not snoozed(channel, desk.clock.now()):
        return Reply(message=resumed(channel, changed=False))
    started = resumed_at(channel, desk.clock.now())
    started = replace(started, next_at=await next_time(desk, started, channel.settings.schedule))
    undo = await _remembered(desk, channel)
    await desk.store.change_channel(started)
    return Reply(message=resumed(started, changed=True, undo=undo))


async def _remembered(desk: Desk, channel: Channel) -> str:
    """A token for how the channel's pause stands now."""
    until = channel.next_at.isoformat() if channel.next_at else ""
    return await remember(desk, "standing", channel=channel.destination.key, paused=channel.paused, until=until)


async def undo_standing(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Paused again as it was before: for good, or until the same day."""
    before = await recall(desk, "standing", argument(args, 0))
    to = next((one for one in (request.place, request.actor.personal) if one.key == before["channel"]), None)
    if to is None:
        raise stale_button()
    channel = await existing_channel(desk, managed(request, to))
    until = datetime.fromisoformat(before["until"]) if before["until"] else None
    if until is not None and until <= desk.clock.now():
        raise BadInput("that pause would be over by now", f"{ROOT} pause begins another one", repairs=(f"pause{for_me(to)}",))
    changed = replace(channel, paused=before["paused"], next_at=until)
    await desk.store.change_channel(changed)
    return Reply(message=paused(changed))


# --- looking ---------------------------------------------------------------------------------------------------------


async def preview(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    channel = await known_channel(desk, to)
    wanted = (await picked(desk, to, command, "rule")).number if channel and command.text("rule") else 0
    message = await desk.preview(channel.destination, wanted) if channel else None
    return Reply(message=previewed(message, channel, number=wanted) if message else nothing_to_preview(channel, to, number=wanted))


async def status(desk: Desk, request: Request, command: Command) -> Reply:
    """For the operator's own terminal everything; for others their place, their messages, and how sources fare."""
    if request.place.platform == "console" and desk.status is not None:
        return Reply(message=await desk.status())
    places = {place.key: place for place in (request.place, request.actor.personal)}
    channels = [channel for place in places.values() if (channel := await known_channel(desk, place))]
    counts: Counter[State] = Counter()
    for channel in channels:
        counts.update(delivery.state for delivery in await desk.store.deliveries(key=channel.destination.key, limit=500))
    report = StatusReport(
        papers=await desk.store.count_papers(),
        subscriptions=sum([len(await desk.store.subscriptions(channel.destination)) for channel in channels]),
        channels=tuple(channels),
        runs=tuple(await desk.store.runs()),
        deliveries=counts,
        now=desk.clock.now(),
        coverage=tuple(await desk.store.coverage(since=desk.clock.now().date() - LOOK_BACK)),
        every=desk.every,
    )
    return Reply(message=status_message(report))
