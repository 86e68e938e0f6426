"""Channels and their rules as the text of a configuration file: to be read in a review, kept in version control, and applied again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w

from bot.domain.mutes import Mute
from bot.domain.subscriptions import Channel, Settings, Subscription
from bot.errors import BadInput
from bot.muting import mute_query

_HEADER = """\
# Rules of Papercrier. `papercrier apply FILE` shows what it would change, and does so when you agree.
# Channels that are not named here are left alone; rules and mutes of a named channel that are not listed here end.
# Left out, "mute" says nothing; a table with nothing but mutes says nothing else of its channel.

"""


def rules_text(channels: Sequence[Channel], subscriptions: Sequence[Subscription], mutes: Sequence[Mute]) -> str:
    """``[[channels]]`` tables as ``config.example.toml`` explains them; mutes of none of ``channels`` in tables of their own."""
    known = {channel.destination.key: channel for channel in channels}
    tables = []
    for key in sorted({*known, *(one.destination.key for one in mutes)}):
        muted = sorted((one for one in mutes if one.destination.key == key), key=lambda one: one.number)
        if channel := known.get(key):
            table = _table(channel, [one for one in subscriptions if one.destination.key == key])
            tables.append({**table, "mute": [_mute(one, channel.settings.schedule.zone) for one in muted]})
        else:
            tables.append({"to": key, "mute": [_mute(one) for one in muted]})
    return _HEADER + tomli_w.dumps({"channels": tables}) if tables else _HEADER


def _mute(one: Mute, zone: str = "") -> dict[str, Any]:
    """With its end as a day where it ends at the beginning of one, by the clocks of ``zone``."""
    written: dict[str, Any] = {"kind": one.kind, "value": one.value}
    if one.until:
        day = one.until.astimezone(ZoneInfo(zone)).date() if zone else None
        begins = day is not None and datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC) == one.until
        written["until"] = day if begins else one.until
    return written if one.query == _plain(one) else {**written, "query": one.query}


def _plain(one: Mute) -> str:
    """The query that kind and value alone come to; empty where they do not."""
    try:
        return "" if one.kind == "person" else mute_query(one.kind, one.value)
    except BadInput:
        return ""


def _table(channel: Channel, subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    name = {"name": channel.destination.name[:80]} if channel.destination.name else {}
    return {
        "to": channel.destination.key,
        **name,
        "subscribe": [_rule(one) for one in sorted(subscriptions, key=lambda one: one.number)],
        **_settings(channel.settings),
    }


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "schedule": str(settings.schedule),
        "timezone": settings.schedule.zone,
        "max": settings.maximum,
        "style": settings.style,
        "fill": settings.fill,
        "deliver": settings.deliver,
        "types": list(settings.types),
    }


def _rule(one: Subscription) -> str | dict[str, Any]:
    """Only its query, where it has no options of its own."""
    own: dict[str, Any] = {"types": list(one.types)} if one.types else {}
    if one.maximum:
        own["max"] = one.maximum
    return {"query": one.shown, **own} if own else one.shown
