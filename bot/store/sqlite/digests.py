"""What a destination has not been shown, what it has, and the one transaction that writes an occurrence down."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.deliveries import Occurrence, delivery_id
from bot.domain.messages import to_json
from bot.domain.subscriptions import Destination
from bot.ports import Candidate
from bot.store.sqlite.channels import channel_row, is_foreign, refuse_another_tenant
from bot.store.sqlite.connection import Database
from bot.store.sqlite.high_water import count_up
from bot.store.sqlite.news import news_at, raise_floors, reasons_of
from bot.store.sqlite.papers import papers_in_order
from bot.store.sqlite.times import moment_text

# Nobody of the tenant hid it here. ``:tenant`` is empty for the operator, who minds everybody's marks.
NOT_HIDDEN = """
    NOT EXISTS (
        SELECT 1 FROM hidden h
        WHERE h.destination = c.destination AND h.paper_id = c.paper_id AND (:tenant = '' OR h.tenant = :tenant)
    )
"""

_COVERED = """
    SELECT j.value FROM json_each(:rows) j
    WHERE EXISTS (
        SELECT 1 FROM {table} t
        WHERE t.destination = :destination AND {tenant}
            AND t.paper_id = coalesce((SELECT v.paper_id FROM paper_moves v WHERE v.old_id = j.value), j.value)
    )
"""

_REST = f"""
    SELECT c.paper_id, c.reason FROM covered c
    WHERE c.occurrence = :occurrence AND c.shown = 0 AND c.held = '' AND {NOT_HIDDEN}
    ORDER BY c.position
"""

_COVER = """
    INSERT INTO covered (destination, paper_id, occurrence, shown, position, reason, held, covered_at)
    VALUES (:destination, :row, :occurrence, :shown, :position, :reason, :held, :at)
    ON CONFLICT (destination, paper_id) DO UPDATE SET occurrence = excluded.occurrence, shown = excluded.shown,
        position = excluded.position, reason = excluded.reason, held = excluded.held, covered_at = excluded.covered_at, released = 0
"""

#: What was held back may be shown later, once; what was shown is never shown again.
_TAKEN = """
    SELECT 1 FROM covered
    WHERE destination = :key AND paper_id IN (SELECT value FROM json_each(:rows))
        AND (shown = 1 OR paper_id IN (SELECT value FROM json_each(:rest)))
    LIMIT 1
"""

# After a backup was put back the same occurrence may have been posted: then it begins in doubt, and is looked for first.
SEND = """
    INSERT INTO deliveries (id, tenant, destination, platform, seq, occurrence, body, parent, kind, about, created_at,
        state, owner, lease_until, first_attempt_at, replanned)
    SELECT :id, :tenant, :destination, :platform,
        (SELECT coalesce(max(seq), 0) + 1 FROM deliveries WHERE destination = :destination),
        :occurrence, :body, :parent, :kind, :about, :at,
        iif(w.reconcile_since IS NULL, 'pending', 'sending'), iif(w.reconcile_since IS NULL, NULL, 'reconcile'),
        iif(w.reconcile_since IS NULL, NULL, :at), w.reconcile_since, w.reconcile_since IS NOT NULL
    FROM high_water w
"""


class Digests:
    """Implements ``bot.ports.DigestStore``."""

    _db: Database

    async def fresh(self, destination: Destination, *, limit: int) -> list[Candidate]:
        def find(connection: sqlite3.Connection) -> list[Candidate]:
            channel = channel_row(connection, destination.key)
            if channel is None or is_foreign(channel, destination.tenant):
                return []
            news = news_at(connection, channel, destination.tenant)[:limit]
            brought = reasons_of(connection, news)
            found = _candidates(connection, ((one.row, [clause for clause, _ in brought[one.row]]) for one in news))
            return [replace(one, numbers=_numbers(brought.get(one.stored.row, ()))) for one in found]

        return await self._db.read(find)

    async def shown(self, destination: Destination, rows: Sequence[int]) -> set[int]:
        values = {**_scope(destination), "rows": json.dumps(list(rows))}

        def find(connection: sqlite3.Connection) -> set[int]:
            if is_foreign(channel_row(connection, destination.key), destination.tenant):
                return set()
            hidden = connection.execute(_COVERED.format(table="hidden", tenant="(:tenant = '' OR t.tenant = :tenant)"), values)
            shown = connection.execute(_COVERED.format(table="covered", tenant="t.shown = 1"), values)
            return {row[0] for row in (*hidden, *shown)}

        return await self._db.read(find)

    async def rest(self, occurrence: str) -> list[Candidate]:
        values = {"occurrence": occurrence, "tenant": ""}
        return await self._db.read(lambda connection: recorded(connection, connection.execute(_REST, values)))

    async def enqueue(self, occurrence: Occurrence, *, at: datetime) -> bool:
        return await self._db.write(lambda connection: _enqueue(connection, occurrence, moment_text(at)))


def _enqueue(connection: sqlite3.Connection, occurrence: Occurrence, at: str) -> bool:
    key = occurrence.destination.key
    channel = channel_row(connection, key)
    refuse_another_tenant(channel, occurrence.destination)
    there = connection.execute("SELECT 1 FROM occurrences WHERE destination = ? AND slot = ?", (key, occurrence.slot)).fetchone()
    if not there and (occurrence.messages or occurrence.held) and not _write(connection, occurrence, at):
        return False
    if channel is not None:
        raise_floors(connection, channel)
    if occurrence.next_at is not None:  # also when the occurrence was there: else it would be due for ever
        next_at = moment_text(occurrence.next_at)
        connection.execute("UPDATE channels SET next_at = ? WHERE key = ? AND paused = ''", (next_at, key))
    return not there


def _write(connection: sqlite3.Connection, occurrence: Occurrence, at: str) -> bool:
    """Write what the occurrence covers and sends. ``False``, before anything is written, when another one has shown a paper of it, or
    holds back what it would hold back too."""
    key = occurrence.destination.key
    papers: dict[int, tuple[int, str, str]] = {row: (0, reason, why) for row, reason, why in occurrence.held}
    papers |= {row: (0, reason, "") for row, reason in occurrence.rest} | {row: (1, reason, "") for row, reason in occurrence.shown}
    rest = [row for row, (shown, _, _) in papers.items() if not shown]
    if connection.execute(_TAKEN, {"key": key, "rows": json.dumps(list(papers)), "rest": json.dumps(rest)}).fetchone():
        return False
    local_date = occurrence.local_date.isoformat() if occurrence.local_date else None
    connection.execute(
        "INSERT INTO occurrences (id, destination, slot, local_date, planned_at) VALUES (?, ?, ?, ?, ?)",
        (occurrence.id, key, occurrence.slot, local_date, at),
    )
    common = {"destination": key, "occurrence": occurrence.id, "at": at}
    order = dict.fromkeys([*(row for row, _ in (*occurrence.shown, *occurrence.rest)), *(row for row, _, _ in occurrence.held)])
    for position, row in enumerate(order):
        shown, reason, held = papers[row]
        connection.execute(_COVER, {**common, "row": row, "shown": shown, "position": position, "reason": reason, "held": held})
    for part, message in enumerate(occurrence.messages):
        values = {
            "id": delivery_id(occurrence.destination, occurrence.slot, part),
            "tenant": occurrence.destination.tenant,
            "platform": occurrence.destination.platform,
            "body": to_json(message),
            "parent": occurrence.id if part and occurrence.threaded else None,
            "kind": "post",
            "about": None,
        }
        connection.execute(SEND, {**common, **values})
    count_up(connection, at)
    return True


def _scope(destination: Destination) -> dict[str, str]:
    return {"destination": destination.key, "tenant": destination.tenant}


def _numbers(reasons: Iterable[tuple[str, int]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for _, number in reasons))


def recorded(connection: sqlite3.Connection, found: Iterable[sqlite3.Row]) -> list[Candidate]:
    """Rows of a paper and the reason that an occurrence recorded for it, as candidates."""
    return _candidates(connection, ((row, [reason] if reason else []) for row, reason in found))


def _candidates(connection: sqlite3.Connection, found: Iterable[tuple[int, Iterable[str]]]) -> list[Candidate]:
    """Candidates in the order found, each reason once."""
    reasons = dict(found)
    # A row may have become part of another one since it was found: then its paper comes without reasons.
    stored = papers_in_order(connection, list(reasons))
    return [Candidate(stored=one, reasons=tuple(dict.fromkeys(reasons.get(one.row, ())))) for one in stored]
