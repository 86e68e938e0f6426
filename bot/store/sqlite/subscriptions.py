"""Channels and what they follow. Equal queries share one rule, whoever subscribed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from bot.domain.subscriptions import Channel, Destination, Settings, Subscription, SubscriptionKind
from bot.errors import BadInput
from bot.store.sqlite.channels import (
    channel_row,
    channel_values,
    destination_of,
    is_foreign,
    load_channel,
    refuse_another_tenant,
)
from bot.store.sqlite.connection import Database
from bot.store.sqlite.covering import release_papers
from bot.store.sqlite.postings import last_batch
from bot.store.sqlite.times import moment_text, text_moment

SELECT_SUBSCRIPTION = """
    SELECT s.destination, s.number, s.rule_id, s.kind, s.created_at, s.created_by, s.origin, s.live, s.types, s.maximum, s.shown,
        r.query, c.tenant, c.name
    FROM subscriptions s JOIN rules r ON r.id = s.rule_id JOIN channels c ON c.key = s.destination
"""


class Subscriptions:
    """Implements ``bot.ports.SubscriptionStore``."""

    _db: Database

    async def add_channel(self, destination: Destination, settings: Settings, *, next_at: datetime, origin: str) -> Channel:
        if origin not in ("chat", "config"):
            raise ValueError(f"a channel comes from chat or config, not from {origin!r}")
        wanted = Channel(
            destination=destination,
            settings=settings,
            next_at=next_at,
            origin="config" if origin == "config" else "chat",
        )
        values = channel_values(wanted)

        def add(connection: sqlite3.Connection) -> Channel:
            refuse_another_tenant(channel_row(connection, destination.key), destination)
            columns = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(
                f"""INSERT INTO channels ({columns}) VALUES ({marks})
                ON CONFLICT (key) DO UPDATE SET tenant = coalesce(nullif(excluded.tenant, ''), tenant),
                    name = coalesce(nullif(excluded.name, ''), name)""",
                values,
            )
            return load_channel(_present(channel_row(connection, destination.key)))

        return await self._db.write(add)

    async def channel(self, key: str, *, tenant: str | None) -> Channel | None:
        def find(connection: sqlite3.Connection) -> Channel | None:
            row = channel_row(connection, key)
            return None if row is None or is_foreign(row, tenant or "") else load_channel(row)

        return await self._db.read(find)

    async def channels(self) -> list[Channel]:
        return await self._db.read(
            lambda connection: [load_channel(row) for row in connection.execute("SELECT * FROM channels ORDER BY key")]
        )

    async def change_channel(self, channel: Channel) -> None:
        values = channel_values(channel)
        kept = ("key", "tenant", "name")
        columns = ", ".join(f"{name} = :{name}" for name in values if name not in kept)

        def change(connection: sqlite3.Connection) -> None:
            refuse_another_tenant(channel_row(connection, channel.destination.key), channel.destination)
            connection.execute(
                f"""UPDATE channels SET {columns}, tenant = coalesce(nullif(:tenant, ''), tenant), name = coalesce(nullif(:name, ''), name)
                WHERE key = :key""",
                values,
            )

        await self._db.write(change)

    async def remove_channel(self, key: str) -> None:
        await self._db.write(lambda connection: remove_channel(connection, key))

    async def due(self, now: datetime) -> list[Channel]:
        statement = "SELECT * FROM channels WHERE next_at <= ? AND next_at IS NOT NULL AND paused = '' ORDER BY next_at, key"
        return await self._db.read(lambda connection: [load_channel(row) for row in connection.execute(statement, (moment_text(now),))])

    async def subscribe(
        self, destination: Destination, query: str, kind: SubscriptionKind, *, by: str, at: datetime, origin: str, typed: str = ""
    ) -> tuple[Subscription, int, bool]:
        key = destination.key

        def add(connection: sqlite3.Connection) -> tuple[Subscription, int, bool]:
            channel = channel_row(connection, key)
            refuse_another_tenant(channel, destination)
            if is_foreign(channel, destination.tenant) or channel is None:
                raise BadInput(f"channel {key} is not set up", "add the channel first")
            rule = _rule_of(connection, query)
            if known := _live(connection, key, rule):
                return load_subscription(known), rule, False
            number: int = connection.execute(
                """INSERT INTO subscription_numbers (destination, last) VALUES (?, 1)
                ON CONFLICT (destination) DO UPDATE SET last = last + 1 RETURNING last""",
                (key,),
            ).fetchone()[0]
            connection.execute(
                """INSERT INTO subscriptions (destination, number, rule_id, kind, created_at, created_by, origin, shown, since, floor)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (key, number, rule, kind, moment_text(at), by, origin, typed, *[last_batch(connection)] * 2),
            )
            _rules_changed(connection)
            return load_subscription(_present(_numbered(connection, key, number))), rule, True

        return await self._db.write(add)

    async def unsubscribe(self, destination: Destination, number: int) -> Subscription | None:
        def end(connection: sqlite3.Connection) -> Subscription | None:
            row = _numbered(connection, destination.key, number)
            if row is None or is_foreign(row, destination.tenant) or not row["live"]:
                return None
            connection.execute("UPDATE subscriptions SET live = 0 WHERE destination = ? AND number = ?", (destination.key, number))
            _rules_changed(connection)
            return load_subscription(row)

        return await self._db.write(end)

    async def restore(self, destination: Destination, number: int) -> Subscription | None:
        key = destination.key

        def revive(connection: sqlite3.Connection) -> Subscription | None:
            row = _numbered(connection, key, number)
            if row is None or is_foreign(row, destination.tenant):
                return None
            if live := _live(connection, key, row["rule_id"]):
                return load_subscription(live)
            connection.execute("UPDATE subscriptions SET live = 1 WHERE destination = ? AND number = ?", (key, number))
            _rules_changed(connection)
            return load_subscription(row)

        return await self._db.write(revive)

    async def change_subscription(
        self,
        destination: Destination,
        number: int,
        *,
        query: str | None = None,
        typed: str = "",
        kind: SubscriptionKind | None = None,
        types: Sequence[str] | None = None,
        maximum: int | None = None,
    ) -> Subscription | None:
        key = destination.key
        wanted: dict[str, Any] = {
            **({} if query is None else {"shown": typed}),
            **({} if kind is None else {"kind": kind}),
            **({} if types is None else {"types": " ".join(types)}),
            **({} if maximum is None else {"maximum": maximum or None}),
        }

        def change(connection: sqlite3.Connection) -> Subscription | None:
            row = _numbered(connection, key, number)
            if row is None or is_foreign(row, destination.tenant) or not row["live"]:
                return None
            values = dict(wanted)
            if query is not None and query != row["query"]:
                rule = _rule_of(connection, query)
                values |= {"rule_id": rule, "since": last_batch(connection), "floor": last_batch(connection)}
                if other := _live(connection, key, rule):
                    raise BadInput(f"#{other['number']} follows {query} already", "end one of the two instead")
                _rules_changed(connection)
            if values:
                columns = ", ".join(f"{name} = :{name}" for name in values)
                connection.execute(
                    f"UPDATE subscriptions SET {columns} WHERE destination = :key AND number = :number",
                    {**values, "key": key, "number": number},
                )
            return load_subscription(_present(_numbered(connection, key, number)))

        return await self._db.write(change)

    async def subscriptions(self, destination: Destination | None = None) -> list[Subscription]:
        where, values = "s.live = 1", {}
        if destination is not None:
            where += " AND s.destination = :key AND (:tenant = '' OR c.tenant = :tenant)"
            values = {"key": destination.key, "tenant": destination.tenant}
        statement = f"{SELECT_SUBSCRIPTION} WHERE {where} ORDER BY s.destination, s.number"
        return await self._db.read(lambda connection: [load_subscription(row) for row in connection.execute(statement, values)])

    async def rules(self) -> list[tuple[int, str]]:
        statement = """
            SELECT r.id, r.query FROM rules r
            WHERE EXISTS (SELECT 1 FROM subscriptions s WHERE s.rule_id = r.id AND s.live = 1) ORDER BY r.id
        """
        return await self._db.read(lambda connection: [(row["id"], row["query"]) for row in connection.execute(statement)])

    async def rules_version(self) -> int:
        def version(connection: sqlite3.Connection) -> int:
            return cast(int, connection.execute("SELECT version FROM rules_version").fetchone()[0])

        return await self._db.read(version)


def _rule_of(connection: sqlite3.Connection, query: str) -> int:
    connection.execute("INSERT INTO rules (query) VALUES (?) ON CONFLICT DO NOTHING", (query,))
    return cast(int, connection.execute("SELECT id FROM rules WHERE query = ?", (query,)).fetchone()[0])


def _rules_changed(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE rules_version SET version = version + 1")


def _numbered(connection: sqlite3.Connection, key: str, number: int) -> sqlite3.Row | None:
    found = connection.execute(f"{SELECT_SUBSCRIPTION} WHERE s.destination = ? AND s.number = ?", (key, number))
    row: sqlite3.Row | None = found.fetchone()
    return row


def _live(connection: sqlite3.Connection, key: str, rule: int) -> sqlite3.Row | None:
    found = connection.execute(f"{SELECT_SUBSCRIPTION} WHERE s.destination = ? AND s.rule_id = ? AND s.live = 1", (key, rule))
    row: sqlite3.Row | None = found.fetchone()
    return row


def _present(row: sqlite3.Row | None) -> sqlite3.Row:
    assert row is not None  # noqa: S101 - written a moment ago in the same transaction
    return row


def load_subscription(row: sqlite3.Row) -> Subscription:
    return Subscription(
        number=row["number"],
        destination=destination_of(row["destination"], row["tenant"], row["name"]),
        query=row["query"],
        kind=row["kind"],
        created_at=text_moment(row["created_at"]),
        created_by=row["created_by"],
        origin=row["origin"],
        types=tuple(row["types"].split()),
        maximum=row["maximum"],
        typed=row["shown"],
    )


def remove_channel(connection: sqlite3.Connection, key: str) -> None:
    """The channel and its subscriptions go, what is not on its way yet fails."""
    if connection.execute("DELETE FROM channels WHERE key = ?", (key,)).rowcount:
        given_up = connection.execute(
            """UPDATE deliveries SET state = 'failed', owner = NULL, lease_until = NULL, error = 'channel removed'
            WHERE destination = ? AND state IN ('pending', 'claimed') RETURNING occurrence""",
            (key,),
        ).fetchall()
        for (occurrence,) in set(map(tuple, given_up)):
            release_papers(connection, occurrence)
        _rules_changed(connection)
