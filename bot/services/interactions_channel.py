"""How a channel is served: schedule, pause, settings, preview and status."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.domain.deliveries import State, delivery_id
from bot.domain.requests import Command, Reply, Request
from bot.domain.schedule import Schedule, check_zone, parse_schedule
from bot.domain.subscriptions import Channel, Deliver, Destination, DigestStyle, Fill, Settings
from bot.errors import BadInput
from bot.grammar import ROOT
from bot.grammar_values import parse_types, parse_until
from bot.render_rules import (
    nothing_to_preview,
    paused,
    paused_by,
    previewed,
    resumed,
    schedule_changed,
    schedule_shown,
    settings_restored,
    settings_shown,
)
from bot.render_status import StatusReport, status_message
from bot.services.desk import (
    Desk,
    argument,
    destination,
    ensured_channel,
    known_channel,
    managed,
    recall,
    remember,
    stale_button,
)

_INSTANT = timedelta(microseconds=1)


# --- when ------------------------------------------------------------------------------------------------------------


async def schedule(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    when, zone = command.text("when"), command.text("tz")
    if not when and not zone:
        channel = await known_channel(desk, to)
        return Reply(message=schedule_shown(channel) if channel else nothing_to_preview(None, to))
    managed(request, to)
    known = await known_channel(desk, to)
    before = (known.settings if known else desk.defaults).schedule
    wanted = parse_schedule(when, zone or before.zone) if when else replace(before, zone=check_zone(zone))
    channel = await ensured_channel(desk, to)
    undo = await _remembered(desk, channel)
    changed = replace(channel, settings=replace(channel.settings, schedule=wanted))
    changed = replace(changed, next_at=await _next_at(desk, channel, wanted))
    await desk.store.change_channel(changed)
    return Reply(message=schedule_changed(changed, undo=undo))


async def _next_at(desk: Desk, channel: Channel, wanted: Schedule) -> datetime | None:
    """The first time of the new rule after now. A pause stays a pause, and a day that has had its digest gets no second one."""
    if channel.next_at is None:
        return None
    start = desk.clock.now()
    if snoozed(channel, start):
        day = channel.next_at.astimezone(ZoneInfo(channel.settings.schedule.zone)).date()
        start = _midnight(day, wanted.zone) - _INSTANT
    day, moment = wanted.next_after(start)
    if await desk.store.delivery(delivery_id(channel.destination, day.isoformat(), 0)) is not None:
        _, moment = wanted.next_after(moment)
    return moment


def snoozed(channel: Channel, now: datetime) -> bool:
    """Whether the next digest was put off by a pause until a day."""
    return channel.next_at is not None and channel.next_at > channel.settings.schedule.next_after(now)[1]


async def pause(desk: Desk, request: Request, command: Command) -> Reply:
    to = managed(request, destination(request, command.text("to", "here")))
    return await _pause(desk, request, to, command.text("until"))


async def pause_pressed(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _pause(desk, request, managed(request, destination(request, argument(args, 0, "here"))), "")


async def _pause(desk: Desk, request: Request, to: Destination, until: str) -> Reply:
    """Without a day the channel is marked as paused; with one its next digest is the first from that day on."""
    channel = await _existing(desk, to)
    rule = channel.settings.schedule
    if until:
        day = parse_until(until, desk.clock.now().astimezone(ZoneInfo(rule.zone)).date())
        if channel.settings.deliver == "instant":
            raise BadInput(
                "papers are posted here as they arrive, so there is no digest to put off", f"{ROOT} pause, and later {ROOT} resume"
            )
        _, moment = rule.next_after(_midnight(day, rule.zone) - _INSTANT)
        changed = replace(channel, paused="", next_at=moment)
    else:
        changed = replace(channel, paused=paused_by(request.actor.name), next_at=None)
    await desk.store.change_channel(changed)
    return Reply(message=paused(changed))


async def resume(desk: Desk, request: Request, command: Command) -> Reply:
    return await _resume(desk, managed(request, destination(request, command.text("to", "here"))))


async def resume_pressed(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _resume(desk, managed(request, destination(request, argument(args, 0, "here"))))


async def _resume(desk: Desk, to: Destination) -> Reply:
    channel = await _existing(desk, to)
    if not channel.paused and channel.next_at is not None and not snoozed(channel, desk.clock.now()):
        return Reply(message=resumed(channel, changed=False))
    started = replace(channel, paused="", next_at=desk.clock.now())
    started = replace(started, next_at=await _next_at(desk, started, channel.settings.schedule))
    await desk.store.change_channel(started)
    return Reply(message=resumed(started, changed=True))


# --- how -------------------------------------------------------------------------------------------------------------


async def settings(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    wanted: dict[str, Any] = {name: command.options[name] for name in ("style", "fill", "deliver") if name in command.options}
    if "max" in command.options:
        wanted["maximum"] = command.number("max", 0)
    if "types" in command.options:
        wanted["types"] = parse_types(command.text("types"))
    if not wanted:
        channel = await known_channel(desk, to)
        return Reply(message=settings_shown(channel) if channel else nothing_to_preview(None, to))
    managed(request, to)
    channel = await ensured_channel(desk, to)
    undo = await _remembered(desk, channel)
    changed = replace(channel, settings=replace(channel.settings, **wanted))
    await desk.store.change_channel(changed)
    return Reply(message=settings_shown(changed, undo=undo))


async def undo_settings(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Back to schedule and settings as they were; whether it is paused stays as it is now."""
    before = await recall(desk, "settings", argument(args, 0))
    to = next((one for one in (request.place, request.actor.personal) if one.key == before["channel"]), None)
    if to is None:
        raise stale_button()
    channel = await _existing(desk, managed(request, to))
    rule = parse_schedule(before["schedule"], before["zone"])
    restored = replace(channel, settings=_settings_of(before, rule), next_at=await _next_at(desk, channel, rule))
    await desk.store.change_channel(restored)
    return Reply(message=settings_restored(restored))


async def _remembered(desk: Desk, channel: Channel) -> str:
    now = channel.settings
    return await remember(
        desk,
        "settings",
        channel=channel.destination.key,
        schedule=str(now.schedule),
        zone=now.schedule.zone,
        maximum=now.maximum,
        style=now.style,
        fill=now.fill,
        deliver=now.deliver,
        types=list(now.types),
    )


def _settings_of(fields: dict[str, Any], rule: Schedule) -> Settings:
    return Settings(
        schedule=rule,
        maximum=int(fields["maximum"]),
        style=cast(DigestStyle, fields["style"]),
        fill=cast(Fill, fields["fill"]),
        deliver=cast(Deliver, fields["deliver"]),
        types=tuple(fields["types"]),
    )


# --- looking ---------------------------------------------------------------------------------------------------------


async def preview(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    channel = await known_channel(desk, to)
    message = await desk.preview(channel.destination) if channel else None
    return Reply(message=previewed(message, channel) if message else nothing_to_preview(channel, to))


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
    )
    return Reply(message=status_message(report))


async def _existing(desk: Desk, to: Destination) -> Channel:
    if channel := await known_channel(desk, to):
        return channel
    raise BadInput("nothing is posted here yet", f"subscribe to something first, for example {ROOT} subscribe author Robin Jia")


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
