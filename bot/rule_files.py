"""Channels and their rules as the text of a configuration file: to be read in a review, kept in version control, and applied again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tomli_w

from bot.domain.subscriptions import Channel, Settings, Subscription

_HEADER = """\
# Rules of Papercrier. `papercrier apply FILE` shows what it would change, and does so when you agree.
# Channels that are not named here are left alone; rules of a named channel that are not listed here end.

"""


def rules_text(channels: Sequence[Channel], subscriptions: Sequence[Subscription]) -> str:
    """``[[channels]]`` tables as ``config.example.toml`` explains them."""
    tables = [
        _table(channel, [one for one in subscriptions if one.destination.key == channel.destination.key])
        for channel in sorted(channels, key=lambda channel: channel.destination.key)
    ]
    return _HEADER + tomli_w.dumps({"channels": tables}) if tables else _HEADER


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
