"""How a channel's papers are posted: settings shown, changed, and put back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from bot.domain.requests import Command, Reply, Request
from bot.domain.schedule import Schedule, check_zone, parse_schedule
from bot.domain.subscriptions import Channel, Deliver, Destination, DigestStyle, Fill, Settings
from bot.errors import BadInput
from bot.grammar.reading import command_line, find_command
from bot.grammar.values import parse_types
from bot.render.channel import nothing_to_preview, settings_restored, settings_sentences, settings_shown
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
from bot.services.permissions import destination, managed
from bot.services.times import next_time


async def settings(desk: Desk, request: Request, command: Command) -> Reply:
    to = destination(request, command.text("to", "here"))
    wanted = await wanted_settings(desk, to, command)
    if not wanted:
        channel = await known_channel(desk, to)
        return Reply(message=settings_shown(channel) if channel else nothing_to_preview(None, to))
    managed(request, to)
    undo, changed, _ = await change_settings(desk, await ensured_channel(desk, to), wanted)
    return Reply(message=settings_shown(changed, undo=undo))


async def wanted_settings(desk: Desk, to: Destination, command: Command) -> dict[str, Any]:
    """The fields of ``Settings`` that a command wants changed, by their names; ``BadInput`` for values that mean nothing."""
    renamed = {"style": "style", "as": "style", "fill": "fill", "deliver": "deliver"}
    wanted: dict[str, Any] = {renamed[name]: command.options[name] for name in renamed if name in command.options}
    if command.verb == "settings":
        if "max" in command.options:
            wanted["maximum"] = command.number("max", 0)
        with fixing(command, "types"):
            if "types" in command.options:
                wanted["types"] = parse_types(command.text("types"))
    if "when" in command.options or "tz" in command.options:
        known = await known_channel(desk, to)
        before = (known.settings if known else desk.defaults).schedule
        wanted["schedule"] = wanted_schedule(command, before)
    return wanted


def wanted_schedule(command: Command, before: Schedule) -> Schedule:
    """The schedule of ``when`` and ``tz``; what is not given stays as ``before``."""
    zone = before.zone
    with fixing(command, "tz"):
        if command.text("tz"):
            zone = check_zone(command.text("tz"))
    when = command.text("when")
    try:
        with fixing(command, "when"):
            return parse_schedule(when, zone) if when else replace(before, zone=zone)
    except BadInput:
        if _takes_zone(command) and (meant := _with_zone(command, when)):
            raise meant from None
        raise


def _takes_zone(command: Command) -> bool:
    """Whether the command could take a time zone of its own and was given none."""
    spec = find_command(command.verb)
    return spec is not None and spec.option("tz") is not None and not command.text("tz")


def _with_zone(command: Command, when: str) -> BadInput | None:
    """``mon-fri 09:00 berlin``: what is wrong when the last word is nearly a time zone and the others are a schedule."""
    rest, _, word = when.rpartition(" ")
    zones: tuple[str, ...] = ()
    try:
        parse_schedule(rest, "UTC")
        zones = (check_zone(word),)
    except BadInput as error:
        zones = tuple(zone for zone in error.fixes if zone != "UTC") if error.message.startswith("unknown time zone") else ()
    if not zones:
        return None
    lines = tuple(command_line(command.verb, {**command.options, "when": rest, "tz": zone}) for zone in zones)
    return BadInput(f'"{word}" is no time zone as it stands', f'did you mean "{zones[0]}"?', repairs=lines, option="tz")


async def change_settings(desk: Desk, channel: Channel, wanted: Mapping[str, Any]) -> tuple[str, Channel, list[str]]:
    """Store the changed settings: the token that takes them back, the channel as it is now, and what was changed in sentences."""
    undo = await remembered_settings(desk, channel)
    changed = replace(channel, settings=replace(channel.settings, **wanted))
    if "schedule" in wanted:
        changed = replace(changed, next_at=await next_time(desk, channel, wanted["schedule"]))
    await desk.store.change_channel(changed)
    return undo, changed, settings_sentences(channel, changed)


async def undo_settings(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return Reply(message=settings_restored(await restore_settings(desk, request, argument(args, 0))))


async def restore_settings(desk: Desk, request: Request, token: str) -> Channel:
    """Back to schedule and settings as they were; whether it is paused stays as it is now."""
    before = await recall(desk, "settings", token)
    to = next((one for one in (request.place, request.actor.personal) if one.key == before["channel"]), None)
    if to is None:
        raise stale_button()
    channel = await existing_channel(desk, managed(request, to))
    rule = parse_schedule(before["schedule"], before["zone"])
    restored = replace(channel, settings=_settings_of(before, rule), next_at=await next_time(desk, channel, rule))
    await desk.store.change_channel(restored)
    return restored


async def remembered_settings(desk: Desk, channel: Channel) -> str:
    """A token by which ``restore_settings`` finds the settings as they are now."""
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
