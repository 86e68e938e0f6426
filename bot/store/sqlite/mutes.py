"""What is not wanted where. Rows are never deleted: a number is given once, and an ended mute can come back."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Literal

from bot.domain.mutes import Mute, MuteKind
from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.store.sqlite.channels import channel_row, destination_of, is_foreign, refuse_another_tenant
from bot.store.sqlite.connection import Database
from bot.store.sqlite.times import moment_text, text_moment

# One of a tenant, or any for the operator; never one of another tenant, even if the destination's key were the same.
_OWN = "m.destination = :destination AND (:tenant = '' OR m.tenant IN ('', :tenant))"
_MUTE = "SELECT m.*, coalesce(c.name, '') AS name FROM mutes m LEFT JOIN channels c ON c.key = m.destination"


class Mutes:
    """Implements ``bot.ports.MuteStore``."""

    _db: Database

    async def mute(
        self,
        destination: Destination,
        kind: MuteKind,
        value: str,
        query: str,
        *,
        by: str,
        at: datetime,
        until: datetime | None = None,
        origin: Literal["chat", "config"] = "chat",
    ) -> tuple[Mute, Mute | None]:
        values: dict[str, str | int | None] = {
            **_scope(destination),
            "kind": kind,
            "value": value,
            "query": query,
            "by": by,
            "at": moment_text(at),
            "until": moment_text(until) if until else None,
            "origin": origin,
        }

        def keep(connection: sqlite3.Connection) -> tuple[Mute, Mute | None]:
            refuse_another_tenant(channel_row(connection, destination.key), destination)
            same = f"{_MUTE} WHERE {_OWN} AND m.kind = :kind AND m.query = :query AND m.live = 1 AND (m.until IS NULL OR m.until > :at)"
            known = connection.execute(same, values).fetchone()
            if known is not None:
                number = known["number"]
                connection.execute(
                    "UPDATE mutes SET until = ? WHERE destination = ? AND number = ?", (values["until"], destination.key, number)
                )
            else:
                number = connection.execute(
                    """INSERT INTO mutes (destination, number, tenant, kind, value, query, created_at, created_by, until, origin)
                    SELECT :destination, coalesce(max(number), 0) + 1, :tenant, :kind, :value, :query, :at, :by, :until, :origin
                    FROM mutes WHERE destination = :destination RETURNING number""",
                    values,
                ).fetchone()[0]
            return _numbered(connection, destination, number), _load(known, destination) if known is not None else None

        return await self._db.write(keep)

    async def unmute(self, destination: Destination, number: int, *, at: datetime) -> Mute | None:
        values = {**_scope(destination), "number": number, "at": moment_text(at)}

        def end(connection: sqlite3.Connection) -> Mute | None:
            found = connection.execute(
                f"{_MUTE} WHERE {_OWN} AND m.number = :number AND m.live = 1 AND (m.until IS NULL OR m.until > :at)", values
            ).fetchone()
            if found is None or is_foreign(channel_row(connection, destination.key), destination.tenant):
                return None
            connection.execute("UPDATE mutes SET live = 0 WHERE destination = :destination AND number = :number", values)
            return _load(found, destination)

        return await self._db.write(end)

    async def mute_again(self, destination: Destination, number: int, *, until: datetime | None) -> Mute | None:
        values = {**_scope(destination), "number": number, "until": moment_text(until) if until else None}

        def revive(connection: sqlite3.Connection) -> Mute | None:
            found = connection.execute(f"{_MUTE} WHERE {_OWN} AND m.number = :number", values).fetchone()
            if found is None or is_foreign(channel_row(connection, destination.key), destination.tenant):
                return None
            connection.execute("UPDATE mutes SET live = 1, until = :until WHERE destination = :destination AND number = :number", values)
            return _numbered(connection, destination, number)

        return await self._db.write(revive)

    async def mutes(self, destination: Destination | None = None, *, at: datetime) -> list[Mute]:
        counts = "m.live = 1 AND (m.until IS NULL OR m.until > :at) ORDER BY m.destination, m.number"
        statement = f"{_MUTE} WHERE {_OWN} AND {counts}"

        def find(connection: sqlite3.Connection) -> list[Mute]:
            if destination is None:
                return [_load(row) for row in connection.execute(f"{_MUTE} WHERE {counts}", {"at": moment_text(at)})]
            if is_foreign(channel_row(connection, destination.key), destination.tenant):
                return []
            return [_load(row, destination) for row in connection.execute(statement, {**_scope(destination), "at": moment_text(at)})]

        return await self._db.read(find)


def _scope(destination: Destination) -> dict[str, str | int | None]:
    return {"destination": destination.key, "tenant": destination.tenant}


def _numbered(connection: sqlite3.Connection, destination: Destination, number: int) -> Mute:
    row = connection.execute(f"{_MUTE} WHERE m.destination = ? AND m.number = ?", (destination.key, number)).fetchone()
    if row is None:
        raise BadInput(f"mute #{number} is gone", "look at the list again")
    return _load(row, destination)


def _load(row: sqlite3.Row, asked: Destination | None = None) -> Mute:
    return Mute(
        number=row["number"],
        destination=destination_of(row["destination"], row["tenant"], row["name"] or (asked.name if asked else "")),
        kind=row["kind"],
        value=row["value"],
        query=row["query"],
        created_at=text_moment(row["created_at"]),
        created_by=row["created_by"],
        until=text_moment(row["until"]) if row["until"] else None,
        origin=row["origin"],
    )
