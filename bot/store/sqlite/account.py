"""What became of one paper at one destination, and how much a tenant follows."""

from __future__ import annotations

import sqlite3
from typing import cast

from bot.domain.subscriptions import Destination, Subscription
from bot.ports import Covered, Matched, PaperRecord
from bot.store.sqlite.channels import channel_row, is_foreign
from bot.store.sqlite.connection import Database
from bot.store.sqlite.deliveries import SELECT_DELIVERY, load_delivery
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.subscriptions import SELECT_SUBSCRIPTION, load_subscription
from bot.store.sqlite.times import text_moment

_COVERED = """
    SELECT c.*, o.slot,
        (SELECT count(*) FROM covered a WHERE a.occurrence = c.occurrence AND a.shown = 1) AS shown_in_all,
        (SELECT count(*) FROM covered a WHERE a.occurrence = c.occurrence AND a.held = '') AS covered_in_all
    FROM covered c JOIN occurrences o ON o.id = c.occurrence
    WHERE c.destination = :destination AND c.paper_id = :row
"""
_HIDDEN = "SELECT person, hidden_at FROM hidden WHERE destination = :destination AND paper_id = :row AND (:tenant = '' OR tenant = :tenant)"
_MATCHED = """
    SELECT s.number, s.created_at, s.live, m.clause, m.possible, m.matched_at
    FROM subscriptions s JOIN matches m ON m.rule_id = s.rule_id AND m.paper_id = :row
    WHERE s.destination = :destination ORDER BY s.number
"""
_COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM channels c JOIN subscriptions s ON s.destination = c.key
        WHERE c.tenant = :tenant AND s.live = 1 LIMIT :limit
    )
"""
_KINDS = ("new", "cross", "update")


class Accounts:
    """Implements ``bot.ports.RecordStore``."""

    _db: Database

    async def record(self, destination: Destination, row: int) -> PaperRecord:
        def find(connection: sqlite3.Connection) -> PaperRecord:
            paper = current_row(connection, row)
            if paper is None or is_foreign(channel_row(connection, destination.key), destination.tenant):
                return PaperRecord()
            values: dict[str, str | int] = {"destination": destination.key, "tenant": destination.tenant, "row": paper}
            hidden = connection.execute(_HIDDEN, values).fetchone()
            waits = connection.execute("SELECT kind FROM waiting WHERE destination = :destination AND paper_id = :row", values).fetchone()
            return PaperRecord(
                covered=_covered(connection, values),
                waiting=_KINDS[waits["kind"]] if waits else "",
                hidden_by=hidden["person"] if hidden else "",
                hidden_at=text_moment(hidden["hidden_at"]) if hidden else None,
                matched=tuple(_matched(one) for one in connection.execute(_MATCHED, values)),
            )

        return await self._db.read(find)

    async def subscriptions_by(self, person: str, *, tenant: str) -> list[Subscription]:
        statement = f"""{SELECT_SUBSCRIPTION} WHERE s.created_by = :person AND s.live = 1 AND (:tenant = '' OR c.tenant = :tenant)
            ORDER BY s.destination, s.number"""
        values = {"person": person, "tenant": tenant}
        return await self._db.read(lambda connection: [load_subscription(row) for row in connection.execute(statement, values)])

    async def count_subscriptions(self, tenant: str, *, limit: int) -> int:
        values = {"tenant": tenant, "limit": limit}
        return await self._db.read(lambda connection: cast(int, connection.execute(_COUNT, values).fetchone()[0]))


def _covered(connection: sqlite3.Connection, values: dict[str, str | int]) -> Covered | None:
    row = connection.execute(_COVERED, values).fetchone()
    if row is None:
        return None
    sent = connection.execute(f"{SELECT_DELIVERY} WHERE d.occurrence = ? ORDER BY d.seq", (row["occurrence"],))
    return Covered(
        occurrence=row["occurrence"],
        slot=row["slot"],
        at=text_moment(row["covered_at"]),
        shown=bool(row["shown"]),
        rank=row["position"] + 1,
        shown_in_all=row["shown_in_all"],
        covered_in_all=row["covered_in_all"],
        reason=row["reason"],
        held=row["held"],
        released=bool(row["released"]),
        deliveries=tuple(load_delivery(one) for one in sent.fetchall()),
    )


def _matched(row: sqlite3.Row) -> Matched:
    return Matched(
        number=row["number"],
        clause=row["clause"],
        possible=bool(row["possible"]),
        at=text_moment(row["matched_at"]),
        since=text_moment(row["created_at"]),
        live=bool(row["live"]),
    )
