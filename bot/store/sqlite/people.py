"""Votes of a tenant's people, and everything that is kept about one person."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime

from bot.domain.messages import from_json
from bot.domain.papers import StoredPaper
from bot.domain.people import Record, SharedPost
from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.store.sqlite.channels import channel_row, destination_of, is_foreign
from bot.store.sqlite.connection import Database
from bot.store.sqlite.papers import papers_in_order
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.subscriptions import remove_channel
from bot.store.sqlite.times import moment_text, text_moment

_COUNT = "SELECT count(*) FROM votes WHERE tenant = ? AND paper_id = ?"
_COUNTS = """
    SELECT v.paper_id, count(*) FROM json_each(:rows) j JOIN votes v ON v.tenant = :tenant AND v.paper_id = j.value GROUP BY v.paper_id
"""
#: Two small lists rather than a join over all papers: what the tenant voted for, and the best known of those days.
_FAVOURITES = """
    WITH liked AS (SELECT paper_id, count(*) AS ours FROM votes WHERE tenant = :tenant AND voted_at >= :since GROUP BY paper_id),
        known AS (SELECT id FROM papers WHERE votes > 0 AND filed >= :since ORDER BY votes DESC, filed DESC, id DESC LIMIT :limit)
    SELECT p.id, coalesce(l.ours, 0) FROM papers p LEFT JOIN liked l ON l.paper_id = p.id
    WHERE p.id IN (SELECT paper_id FROM liked UNION SELECT id FROM known)
    ORDER BY coalesce(l.ours, 0) DESC, coalesce(p.votes, 0) DESC, p.filed DESC, p.id DESC LIMIT :limit
"""

_SHARED = """
    SELECT c.paper_id, n.destination, n.tenant, coalesce(h.name, '') AS name, coalesce(d.remote_id, '') AS remote_id,
        coalesce((SELECT p.remote_id FROM deliveries p WHERE p.id = d.parent), '') AS thread
    FROM notes n JOIN json_each(:rows) j
    JOIN covered c ON c.destination = n.destination AND c.paper_id = j.value AND c.shown = 1
    JOIN channels h ON h.key = n.destination AND h.tenant = n.tenant
    LEFT JOIN deliveries d ON d.occurrence = c.occurrence AND d.state = 'sent' AND d.kind = 'post'
        AND d.body LIKE '%"save:' || c.paper_id || '"%'
    WHERE n.personal = :personal AND (n.tenant = :tenant OR :alone) ORDER BY c.covered_at, d.seq DESC
"""

#: kind -> (text, where, at) of everything that names :person or was sent to :personal. What comes first is told first.
_ABOUT = {
    "subscription": """
        SELECT r.query, s.destination, s.created_at FROM subscriptions s JOIN rules r ON r.id = s.rule_id
        WHERE s.created_by = :person OR s.destination = :personal
    """,
    "saved": "SELECT p.title, '', m.saved_at FROM saved m JOIN papers p ON p.id = m.paper_id WHERE m.person = :person",
    "read": "SELECT p.title, '', m.read_at FROM read_by m JOIN papers p ON p.id = m.paper_id WHERE m.person = :person",
    "caught up": "SELECT u.destination, u.destination, u.until FROM read_until u WHERE u.person = :person",
    "hidden": "SELECT p.title, m.destination, m.hidden_at FROM hidden m JOIN papers p ON p.id = m.paper_id WHERE m.person = :person",
    "vote": "SELECT p.title, '', m.voted_at FROM votes m JOIN papers p ON p.id = m.paper_id WHERE m.person = :person",
    "mute": """
        SELECT m.kind || ' ' || m.value, m.destination, m.created_at FROM mutes m
        WHERE (m.created_by = :person OR m.destination = :personal)
    """,
    "note": "SELECT n.destination, n.destination, n.noted_at FROM notes n WHERE n.personal = :personal",
    "message": "SELECT d.body, d.destination, d.created_at FROM deliveries d WHERE d.destination = :personal",
    "settings": "SELECT c.schedule || ' ' || c.zone, c.key, NULL FROM channels c WHERE c.key = :personal",
    "pause": "SELECT c.paused, c.key, NULL FROM channels c WHERE c.paused = :signed AND c.tenant = :tenant AND c.key <> :personal",
}
_FORGET = (
    "DELETE FROM saved WHERE person = :person",
    "DELETE FROM read_by WHERE person = :person",
    "DELETE FROM read_until WHERE person = :person",
    "DELETE FROM hidden WHERE person = :person",
    "DELETE FROM votes WHERE person = :person",
    "DELETE FROM mutes WHERE destination = :personal",
    "DELETE FROM notes WHERE personal = :personal",
    # How their own digest, or a pause that they made, stood before a change that could be taken back.
    "DELETE FROM remembered WHERE json_extract(payload, '$.channel') = :personal",
    """
        DELETE FROM remembered WHERE json_extract(payload, '$.paused') = :signed
            AND json_extract(payload, '$.channel') IN (SELECT key FROM channels WHERE tenant = :tenant)
    """,
    "UPDATE channels SET paused = 'paused' WHERE paused = :signed AND tenant = :tenant",
    # What a channel follows and keeps away is the channel's; it goes on, and names nobody.
    "UPDATE mutes SET created_by = '' WHERE created_by = :person",
    "UPDATE subscriptions SET created_by = '' WHERE created_by = :person",
    # Somebody may be posting what is left, and has to find its row.
    "DELETE FROM deliveries WHERE destination = :personal AND state IN ('sent', 'failed', 'dead')",
    "DELETE FROM posted_keys WHERE destination = :personal",
    "DELETE FROM covered WHERE destination = :personal AND occurrence NOT IN (SELECT occurrence FROM deliveries)",
    "DELETE FROM occurrences WHERE destination = :personal AND id NOT IN (SELECT occurrence FROM deliveries)",
)


class People:
    """Implements ``bot.ports.PeopleStore``."""

    _db: Database

    async def vote(self, tenant: str, person: str, row: int, *, at: datetime, up: bool = True) -> tuple[bool, int]:
        def vote(connection: sqlite3.Connection) -> tuple[bool, int]:
            paper = current_row(connection, row)
            if paper is None:
                return False, 0
            if up:
                statement = "INSERT INTO votes (tenant, paper_id, person, voted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
                changed = connection.execute(statement, (tenant, paper, person, moment_text(at))).rowcount
            else:
                statement = "DELETE FROM votes WHERE tenant = ? AND paper_id = ? AND person = ?"
                changed = connection.execute(statement, (tenant, paper, person)).rowcount
            return changed > 0, int(connection.execute(_COUNT, (tenant, paper)).fetchone()[0])

        return await self._db.write(vote)

    async def votes(self, tenant: str, rows: Sequence[int]) -> dict[int, int]:
        values = {"tenant": tenant, "rows": json.dumps(list(rows))}
        return await self._db.read(lambda connection: dict(connection.execute(_COUNTS, values).fetchall()))

    async def favourites(self, tenant: str, *, since: date, limit: int) -> list[tuple[StoredPaper, int]]:
        values = {"tenant": tenant, "since": since.isoformat(), "limit": limit}

        def find(connection: sqlite3.Connection) -> list[tuple[StoredPaper, int]]:
            ours = dict(connection.execute(_FAVOURITES, values).fetchall())
            return [(stored, ours[stored.row]) for stored in papers_in_order(connection, list(ours))]

        return await self._db.read(find)

    async def note(self, personal: Destination, place: Destination, *, on: bool, at: datetime) -> bool:
        reads = place.tenant == personal.tenant or (_is_alone(personal) and place.platform == personal.platform)
        if not personal.personal or place.personal or not place.tenant or not reads:
            raise BadInput("there are no shared posts here", "ask in the channel whose posts you read")

        def note(connection: sqlite3.Connection) -> bool:
            if is_foreign(channel_row(connection, place.key), place.tenant):
                raise BadInput("this channel belongs to another workspace or server", "ask for it from there")
            if not on:
                statement = "DELETE FROM notes WHERE personal = ? AND destination = ?"
                return connection.execute(statement, (personal.key, place.key)).rowcount > 0
            statement = "INSERT INTO notes (personal, destination, tenant, noted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            return connection.execute(statement, (personal.key, place.key, place.tenant, moment_text(at))).rowcount > 0

        return await self._db.write(note)

    async def noted(self, personal: Destination) -> list[str]:
        statement = "SELECT destination FROM notes WHERE personal = ? AND (tenant = ? OR ?) ORDER BY destination"
        values = (personal.key, personal.tenant, _is_alone(personal))
        return await self._db.read(lambda connection: [row[0] for row in connection.execute(statement, values)])

    async def shared_posts(self, personal: Destination, rows: Sequence[int]) -> dict[int, SharedPost]:
        values = {"personal": personal.key, "tenant": personal.tenant, "alone": _is_alone(personal), "rows": json.dumps(list(rows))}

        def find(connection: sqlite3.Connection) -> dict[int, SharedPost]:
            return {
                row["paper_id"]: SharedPost(
                    destination=destination_of(row["destination"], row["tenant"], row["name"]),
                    remote_id=row["remote_id"],
                    thread=row["thread"],
                )
                for row in connection.execute(_SHARED, values)
            }

        return await self._db.read(find)

    async def about(self, person: str, personal: Destination, *, signed: str = "", tenant: str = "") -> list[Record]:
        def find(connection: sqlite3.Connection) -> list[Record]:
            values = _values(connection, person, personal, signed, tenant)
            found: list[Record] = []
            for kind, statement in _ABOUT.items():
                for text, where, at in connection.execute(f"{statement} ORDER BY 3 DESC", values):
                    shown = from_json(text).heading if kind == "message" else text
                    found.append(Record(kind=kind, text=shown, where=where, at=text_moment(at) if at else None))  # type: ignore[arg-type]
            return found

        return await self._db.read(find)

    async def forget(self, person: str, personal: Destination, *, signed: str = "", tenant: str = "") -> int:
        def forget(connection: sqlite3.Connection) -> int:
            values = _values(connection, person, personal, signed, tenant)
            known = sum(connection.execute(f"SELECT count(*) FROM ({statement})", values).fetchone()[0] for statement in _ABOUT.values())
            remove_channel(connection, str(values["personal"]))
            for statement in _FORGET:
                connection.execute(statement, values)
            return int(known)

        return await self._db.write(forget)


def _values(connection: sqlite3.Connection, person: str, personal: Destination, signed: str, tenant: str) -> dict[str, str | None]:
    """What the statements about a person ask for. Nobody signs with nothing, or nowhere."""
    return {"person": person, "personal": _reachable(connection, personal), "tenant": tenant or None, "signed": signed or None}


def _is_alone(personal: Destination) -> bool:
    """Whether somebody's direct messages belong to no workspace or server but to themselves, as on Discord: they may read channels of
    several servers."""
    return personal.tenant == personal.key


def _reachable(connection: sqlite3.Connection, personal: Destination) -> str:
    """The key of somebody's direct messages; empty when they belong to another tenant."""
    return "" if not personal.personal or is_foreign(channel_row(connection, personal.key), personal.tenant) else personal.key
