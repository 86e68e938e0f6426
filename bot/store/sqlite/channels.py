"""Channel rows, and who may see them. Shared by the topics that serve a destination."""

from __future__ import annotations

import sqlite3
from typing import Any

from bot.domain.schedule import parse_schedule
from bot.domain.subscriptions import Channel, Destination, Settings
from bot.errors import BadInput
from bot.store.sqlite.times import moment_text, text_moment


def destination_of(key: str, tenant: str, name: str) -> Destination:
    platform, _, address = key.partition(":")
    return Destination(platform=platform, address=address, tenant=tenant, name=name)


def channel_row(connection: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM channels WHERE key = ?", (key,)).fetchone()
    return row


def load_channel(row: sqlite3.Row) -> Channel:
    return Channel(
        destination=destination_of(row["key"], row["tenant"], row["name"]),
        settings=Settings(
            schedule=parse_schedule(row["schedule"], row["zone"]),
            maximum=row["maximum"],
            style=row["style"],
            fill=row["fill"],
            deliver=row["deliver"],
            types=tuple(row["types"].split()),
        ),
        next_at=text_moment(row["next_at"]) if row["next_at"] else None,
        paused=row["paused"],
        origin=row["origin"],
    )


def channel_values(channel: Channel) -> dict[str, Any]:
    """The columns of a channel, by name."""
    settings = channel.settings
    return {
        "key": channel.destination.key,
        "tenant": channel.destination.tenant,
        "name": channel.destination.name,
        "schedule": str(settings.schedule),
        "zone": settings.schedule.zone,
        "maximum": settings.maximum,
        "style": settings.style,
        "fill": settings.fill,
        "deliver": settings.deliver,
        "types": " ".join(settings.types),
        "next_at": moment_text(channel.next_at) if channel.next_at else None,
        "paused": channel.paused,
        "origin": channel.origin,
    }


def is_foreign(row: sqlite3.Row | None, tenant: str) -> bool:
    """Whether a person of ``tenant`` must not reach this channel. The operator (no tenant) reaches every one."""
    return row is not None and bool(tenant) and row["tenant"] != tenant


def refuse_another_tenant(row: sqlite3.Row | None, destination: Destination) -> None:
    """Raise ``BadInput`` when the channel is known to belong to a tenant other than the one that ``destination`` names."""
    if row is not None and row["tenant"] and destination.tenant and row["tenant"] != destination.tenant:
        raise BadInput(f"channel {destination.key} belongs to another workspace or server", "ask for it from there")
