"""Which changes a destination has not been told, and the one transaction that puts them on their way."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from bot.domain.deliveries import Delivery, State, delivery_id
from bot.domain.history import Change
from bot.domain.messages import Message, from_json, to_json
from bot.domain.subscriptions import Destination
from bot.ports import Changed, Outstanding, Posted, Update
from bot.render.updates import card_of, item_of
from bot.store.sqlite.channels import channel_row, is_foreign, refuse_another_tenant
from bot.store.sqlite.connection import Database
from bot.store.sqlite.deliveries import SELECT_DELIVERY, load_delivery
from bot.store.sqlite.digests import SEND
from bot.store.sqlite.high_water import count_up
from bot.store.sqlite.history import load_change
from bot.store.sqlite.hits import rules_that_matched
from bot.store.sqlite.papers import papers_in_order
from bot.store.sqlite.times import moment_text

#: Changes looked at in one go.
_MOST = 1000

_CHANGES = """
    SELECT ch.*, c.occurrence FROM paper_changes ch
    JOIN covered c ON c.destination = :destination AND c.paper_id = ch.paper_id AND c.shown = 1
    WHERE ch.id > :since AND ch.id <= :last AND ch.at > c.covered_at
        AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.destination = :destination AND h.paper_id = ch.paper_id)
    ORDER BY ch.id
"""
_FOLLOWED = "SELECT rule_id, types FROM subscriptions WHERE destination = ? AND live = 1"
_POSTS = f"{SELECT_DELIVERY} WHERE d.occurrence = ? AND d.kind = 'post' AND d.about IS NULL ORDER BY d.seq"
_STANDING = "SELECT body FROM deliveries WHERE about = ? AND kind = 'edit' AND state NOT IN ('failed', 'dead') ORDER BY seq DESC LIMIT 1"
_UNDER_WAY = (State.PENDING, State.CLAIMED, State.SENDING)


class Updates:
    """Implements ``bot.ports.UpdateStore``."""

    _db: Database

    async def outstanding(self, destination: Destination) -> Outstanding:
        def find(connection: sqlite3.Connection) -> Outstanding:
            channel = channel_row(connection, destination.key)
            if channel is None or is_foreign(channel, destination.tenant):
                return Outstanding(since=0, upto=0)
            since = channel["changes_seen"]
            last = connection.execute("SELECT coalesce(max(id), 0) FROM paper_changes").fetchone()[0]
            upto = min(last, since + _MOST)
            values = {"destination": destination.key, "since": since, "last": upto}
            found = _wanted(connection, channel, connection.execute(_CHANGES, values).fetchall()) if upto > since else []
            return _gathered(connection, found, since, max(upto, since))

        return await self._db.read(find)

    async def enqueue_updates(self, destination: Destination, updates: Sequence[Update], *, of: Outstanding, at: datetime) -> bool:
        key, moment = destination.key, moment_text(at)

        def write(connection: sqlite3.Connection) -> bool:
            refuse_another_tenant(channel_row(connection, key), destination)
            told = "UPDATE channels SET changes_seen = ? WHERE key = ? AND changes_seen = ?"
            if not connection.execute(told, (of.upto, key, of.since)).rowcount:
                return False
            if sum([_write(connection, destination, update, moment) for update in updates]):
                count_up(connection, moment)
            return True

        return await self._db.write(write)


def _wanted(connection: sqlite3.Connection, channel: sqlite3.Row, found: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """A subscription that brings the paper says whether it wants updates, else its channel; where none brings it (any more) the channel
    does."""
    matched = rules_that_matched(connection, [row["paper_id"] for row in found])
    wants = {rule: "update" in (types or channel["types"]).split() for rule, types in connection.execute(_FOLLOWED, (channel["key"],))}

    def wanted(paper: int) -> bool:
        bringing = matched.get(paper, frozenset()) & wants.keys()
        return any(wants[rule] for rule in bringing) if bringing else "update" in channel["types"].split()

    return [row for row in found if wanted(row["paper_id"])]


def _gathered(connection: sqlite3.Connection, found: list[sqlite3.Row], since: int, upto: int) -> Outstanding:
    """Changes by the message that shows their paper, as far as all those messages stand in the channel."""
    stored = {one.row: one for one in papers_in_order(connection, [row["paper_id"] for row in found])}
    numbers: defaultdict[int, set[int]] = defaultdict(set)
    moves = "SELECT paper_id, old_id FROM paper_moves WHERE paper_id IN (SELECT value FROM json_each(?))"
    for row, old in connection.execute(moves, (json.dumps(list(stored)),)):
        numbers[row].add(old)
    posts: dict[str, list[Delivery]] = {}
    places: dict[int, Delivery] = {}
    changes: defaultdict[int, list[Change]] = defaultdict(list)
    for row in found:
        paper, occurrence = row["paper_id"], row["occurrence"]
        if occurrence not in posts:
            posts[occurrence] = [load_delivery(one) for one in connection.execute(_POSTS, (occurrence,)).fetchall()]
        rows = {paper, *numbers[paper]}
        place = next((one for one in posts[occurrence] if _shows(one.message, rows, stored[paper].paper.url)), None)
        if place is not None and place.state in _UNDER_WAY:
            upto = row["id"] - 1
            break
        if place is not None and place.state is State.SENT and place.remote_id:
            places[paper] = place
            changes[paper].append(load_change(row))
    changed: defaultdict[str, list[Changed]] = defaultdict(list)
    for paper, told in changes.items():
        one = Changed(stored=stored[paper], rows=frozenset({paper, *numbers[paper]}), changes=tuple(told))
        changed[places[paper].id].append(one)
    sent = {place.id: place for place in places.values()}
    posted = (
        Posted(delivery=place, message=_standing(connection, place), changed=tuple(changed[place.id]))
        for place in sorted(sent.values(), key=lambda one: one.seq)
    )
    return Outstanding(since=since, upto=upto, posted=tuple(posted))


def _shows(message: Message, rows: set[int], url: str) -> bool:
    return card_of(message, rows) is not None or item_of(message, url) is not None


def _standing(connection: sqlite3.Connection, delivery: Delivery) -> Message:
    """What stands in the channel, or will when all that is planned is done."""
    edited = connection.execute(_STANDING, (delivery.id,)).fetchone()
    return from_json(edited[0]) if edited else delivery.message


def _write(connection: sqlite3.Connection, destination: Destination, update: Update, at: str) -> bool:
    """One occurrence: the edit, then the replies. Known already (from before a backup was put back): nothing is written."""
    key, about = destination.key, update.about
    occurrence = delivery_id(destination, update.slot, 0)
    there = connection.execute("SELECT 1 FROM occurrences WHERE id = ?", (occurrence,)).fetchone()
    if there:
        return False
    connection.execute(
        "INSERT INTO occurrences (id, destination, slot, planned_at) VALUES (?, ?, ?, ?)", (occurrence, key, update.slot, at)
    )
    for part, message in enumerate((update.edit, *update.replies)):
        values = {
            "id": delivery_id(destination, update.slot, part),
            "tenant": destination.tenant,
            "destination": key,
            "platform": destination.platform,
            "occurrence": occurrence,
            "body": to_json(message),
            "at": at,
            # An edit is made where its message stands; what is said of it stands in the same thread, or begins one.
            "parent": (about.parent or (about.id if part else "")) or None,
            "kind": "post" if part else "edit",
            "about": about.id,
        }
        connection.execute(SEND, values)
    return True
