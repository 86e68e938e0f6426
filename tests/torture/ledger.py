"""What was to be posted, what stands in the channels, and the difference."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer


@dataclass(frozen=True, slots=True)
class Expected:
    """One delivery as it was written down. ``parent`` is the delivery whose thread it belongs to."""

    id: str
    destination: str
    seq: int
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that people can see. ``thread`` is the remote id of the message it continues."""

    key: str
    destination: str
    remote_id: str
    thread: str = ""
    #: All of it as the platform keeps it.
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    lost: int = 0
    repeated: int = 0
    #: A later message of a channel stands before an earlier one.
    out_of_order: int = 0
    #: Not in the thread it continues, or under another remote id than the store believes.
    astray: int = 0
    #: Rows that were not settled as they should be.
    open: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.repeated or self.out_of_order or self.astray or self.open)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            lost=self.lost + other.lost,
            repeated=self.repeated + other.repeated,
            out_of_order=self.out_of_order + other.out_of_order,
            astray=self.astray + other.astray,
            open=self.open + other.open,
        )


def judge(expected: Iterable[Expected], standing: Iterable[Standing], rows: Mapping[str, tuple[str, str]]) -> Verdict:
    """``rows`` are state and remote id of every delivery in the store, by its id."""
    copies: dict[str, list[Standing]] = defaultdict(list)
    order: dict[str, list[str]] = defaultdict(list)
    for one in standing:
        if not copies[one.key]:
            order[one.destination].append(one.key)
        copies[one.key].append(one)
    due = {one.id: one for one in expected}
    late = 0
    for keys in order.values():
        highest = 0
        for seq in (due[key].seq for key in keys if key in due):
            late += seq < highest
            highest = max(highest, seq)
    astray = 0
    for one in due.values():
        stands = copies.get(one.id, [])
        state, remote_id = rows.get(one.id, ("", ""))
        parents = {parent.remote_id for parent in copies.get(one.parent, [])}
        for copy in stands:
            astray += copy.destination != one.destination or (bool(one.parent) and copy.thread not in parents)
        astray += state == "sent" and remote_id not in {copy.remote_id for copy in stands}
    return Verdict(
        lost=sum(not copies.get(key) for key in due),
        repeated=sum(len(found) - 1 for found in copies.values() if len(found) > 1),
        out_of_order=late,
        astray=astray,
        open=sum(rows.get(key, ("", ""))[0] != "sent" for key in due),
    )


def outbox(path: Path) -> dict[str, tuple[str, str]]:
    """State and remote id of every delivery."""
    return {key: (state, remote) for key, state, remote in select(path, "SELECT id, state, remote_id FROM deliveries")}


def select(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Read the database past the product."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def in_slack(server: SlackServer) -> list[Standing]:
    """Everything of ours that stands there, channel by channel in the order in which it arrived."""
    found = []
    for room in server.rooms.values():
        address = f"@{room.id[1:]}" if room.id.startswith("D") else room.id
        for message in room.messages:
            key = ((message.metadata or {}).get("event_payload") or {}).get("delivery_id", "")
            found.append(Standing(str(key), f"slack:{address}", message.ts, message.thread_ts, json.dumps(message.blocks)))
    return [one for one in found if one.key]


def in_discord(server: DiscordServer) -> list[Standing]:
    """The same for Discord, where a thread is a channel of its own and its messages are ordered with those of the channel around it."""
    found = []
    for channel in server.world.channels.values():
        home = channel.parent or channel.id
        address = f"@{channel.recipient}" if channel.recipient else str(home)
        for number, message in channel.messages.items():
            if key := _mark(message):
                thread = str(channel.id) if channel.parent else ""
                found.append((number, Standing(key, f"discord:{address}", str(number), thread, json.dumps(message["embeds"]))))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _mark(message: dict[str, object]) -> str:
    """Our key: behind the ``#`` of a component's id, or at the end of a footer."""
    rows = message.get("components") or []
    assert isinstance(rows, list)
    for part in (part for row in rows for part in row.get("components", [])):
        if "#" in (custom_id := part.get("custom_id", "")):
            return str(custom_id.rpartition("#")[2])
    embeds = message.get("embeds") or []
    assert isinstance(embeds, list)
    for embed in embeds:
        if text := (embed.get("footer") or {}).get("text"):
            return str(text.rpartition(" · ")[2])
    return ""
