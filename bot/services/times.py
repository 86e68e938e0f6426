"""When a channel is due next, after somebody changed something about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.deliveries import delivery_id
from bot.domain.schedule import Schedule
from bot.domain.subscriptions import Channel
from bot.services.interactions.desk import Desk

_INSTANT = timedelta(microseconds=1)


async def next_time(desk: Desk, channel: Channel, wanted: Schedule) -> datetime | None:
    """The first time of the schedule ``wanted`` after now. A pause stays a pause, and a day that has had its digest gets no second one."""
    if channel.next_at is None:
        return None
    start = desk.clock.now()
    if snoozed(channel, start):
        day = channel.next_at.astimezone(ZoneInfo(channel.settings.schedule.zone)).date()
        start = midnight(day, wanted.zone) - _INSTANT
    day, moment = wanted.next_after(start)
    if await desk.store.delivery(delivery_id(channel.destination, day.isoformat(), 0)) is not None:
        _, moment = wanted.next_after(moment)
    return moment


def first_from(channel: Channel, day: date) -> datetime:
    """The first time of the channel's schedule on ``day`` or later."""
    rule = channel.settings.schedule
    return rule.next_after(midnight(day, rule.zone) - _INSTANT)[1]


def snoozed(channel: Channel, now: datetime) -> bool:
    """Whether the next digest was put off by a pause until a day."""
    return channel.next_at is not None and channel.next_at > channel.settings.schedule.next_after(now)[1]


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


def resumed_at(channel: Channel, now: datetime) -> Channel:
    """``channel`` without its pause, due now; ``next_time`` says when it really is."""
    return replace(channel, paused="", next_at=now)
