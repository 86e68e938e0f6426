"""The outbox: who may work on which delivery, and the moves it makes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.deliveries import TRANSITIONS, Delivery, State
from bot.domain.messages import from_json, to_json
from bot.domain.subscriptions import Destination
from bot.errors import StoreError
from bot.ports import DeliveryChange
from bot.store.sqlite.channels import destination_of
from bot.store.sqlite.connection import Database
from bot.store.sqlite.covering import release_papers
from bot.store.sqlite.high_water import HighWater, count_up, write_mark
from bot.store.sqlite.reconcile import Reconcile
from bot.store.sqlite.times import moment_text, text_moment

#: A lease that ends later than this was written under a wrong clock and counts as over.
LONGEST_LEASE = timedelta(hours=1)

SELECT_DELIVERY = """
    SELECT d.*, coalesce(nullif(c.tenant, ''), d.tenant) AS known_tenant, coalesce(c.name, '') AS channel_name
    FROM deliveries d LEFT JOIN channels c ON c.key = d.destination
"""

_LEASE_OVER = "(d.lease_until <= :now OR d.lease_until > :far)"
_DUE = "d.platform IN (SELECT value FROM json_each(:platforms)) AND (d.not_before IS NULL OR d.not_before <= :now)"
#: ``e`` continues a message that is held: it waits with that, and blocks nobody.
_WAITS_FOR_HELD = "EXISTS (SELECT 1 FROM deliveries h WHERE h.id = e.parent AND h.state = 'held')"

# The conditions on state are spelled as in the partial indexes, or SQLite could not use those. The named index is in the order asked
# for, so that a claim stops at its limit; the planner would rather sort all that is pending.
_CLAIMABLE = f"""
    SELECT d.id FROM deliveries d INDEXED BY deliveries_queue
    WHERE d.state IN ('pending', 'claimed') AND {_DUE} AND (d.state = 'pending' OR {_LEASE_OVER})
        AND d.destination NOT IN (SELECT value FROM json_each(:busy))
        AND NOT EXISTS (SELECT 1 FROM channels c WHERE c.key = d.destination AND c.paused <> '')
        AND (d.parent IS NULL OR EXISTS (SELECT 1 FROM deliveries p WHERE p.id = d.parent AND p.state = 'sent'))
        AND NOT EXISTS (
            SELECT 1 FROM deliveries e
            WHERE e.destination = d.destination AND e.seq < d.seq AND e.state IN ('pending', 'claimed', 'sending')
                AND NOT {_WAITS_FOR_HELD}
        )
    ORDER BY d.created_at, d.seq LIMIT :limit
"""

# In order too: what turns out to be missing in the channel is posted next. Several of one destination are in doubt after a restore.
_UNCERTAIN = f"""
    SELECT d.id FROM deliveries d INDEXED BY deliveries_state
    WHERE d.state = 'sending' AND {_DUE} AND {_LEASE_OVER}
        AND (d.parent IS NULL OR NOT EXISTS (
            SELECT 1 FROM deliveries p WHERE p.id = d.parent AND p.state IN ('pending', 'claimed', 'sending', 'held')
        ))
        AND NOT EXISTS (
            SELECT 1 FROM deliveries e INDEXED BY deliveries_unfinished
            WHERE e.destination = d.destination AND e.seq < d.seq AND e.state IN ('pending', 'claimed', 'sending')
                AND e.state = 'sending' AND NOT {_WAITS_FOR_HELD}
        )
    ORDER BY d.lease_until LIMIT :limit
"""

_MOVE = """
    UPDATE deliveries SET
        state = :to,
        owner = CASE WHEN :to = 'sending' THEN :mover END,
        lease_until = CASE WHEN :to = 'sending' THEN coalesce(:put_down, lease_until) END,
        not_before = coalesce(:not_before, not_before),
        attempts = max(0, attempts + :attempted - :uncounted),
        first_attempt_at = CASE WHEN :attempted THEN coalesce(first_attempt_at, :now) ELSE first_attempt_at END,
        attempt_at = CASE WHEN :attempted THEN :now ELSE attempt_at END,
        remote_id = coalesce(:remote_id, remote_id),
        error = coalesce(:error, error),
        body = coalesce(:body, body)
    WHERE id = :id AND state = :from AND owner IS :owner AND (:needs_lease = 0 OR lease_until > :now)
"""


#: What waits behind an edit to be said in the thread of its message.
_UNSAID = """
    UPDATE deliveries SET state = 'failed', error = :error, owner = NULL, lease_until = NULL
    WHERE about = :about AND kind = 'post' AND occurrence = (SELECT e.occurrence FROM deliveries e WHERE e.id = :id)
        AND state IN ('pending', 'sending') AND attempts = 0
"""


class Deliveries(Reconcile):
    """Implements ``bot.ports.DeliveryStore``, but for what a person asks for."""

    _db: Database

    async def claim(
        self, platforms: Sequence[str], *, owner: str, now: datetime, lease: float, limit: int, busy: Sequence[str] = ()
    ) -> list[Delivery]:
        return await self._take(_CLAIMABLE, State.CLAIMED, platforms, owner=owner, now=now, lease=lease, limit=limit, busy=busy)

    async def uncertain(self, platforms: Sequence[str], *, owner: str, now: datetime, lease: float, limit: int) -> list[Delivery]:
        return await self._take(_UNCERTAIN, State.SENDING, platforms, owner=owner, now=now, lease=lease, limit=limit)

    async def _take(
        self,
        statement: str,
        state: State,
        platforms: Sequence[str],
        *,
        owner: str,
        now: datetime,
        lease: float,
        limit: int,
        busy: Sequence[str] = (),
    ) -> list[Delivery]:
        """Find and lease in one transaction, so that no two owners ever take the same row."""
        length = timedelta(seconds=lease)
        if not timedelta() < length <= LONGEST_LEASE:
            raise ValueError(f"a lease lasts up to {LONGEST_LEASE}, not {length}")
        values = {
            "now": moment_text(now),
            "far": moment_text(now + LONGEST_LEASE),
            "platforms": json.dumps(list(platforms)),
            "busy": json.dumps(list(busy)),
            "limit": limit,
        }
        update = "UPDATE deliveries SET state = ?, owner = ?, lease_until = ? WHERE id = ?"

        def take(connection: sqlite3.Connection) -> list[Delivery]:
            taken = [row["id"] for row in connection.execute(statement, values).fetchall()]
            connection.executemany(update, [(state, owner, moment_text(now + length), one) for one in taken])
            return [load_delivery(connection.execute(f"{SELECT_DELIVERY} WHERE d.id = ?", (one,)).fetchone()) for one in taken]

        return await self._db.write(take)

    async def move(self, delivery: Delivery, to: State, *, owner: str, now: datetime, change: DeliveryChange) -> bool:
        before = delivery.state
        if to not in TRANSITIONS[before] or to is State.CLAIMED:
            raise ValueError(f"delivery {delivery.id} cannot be moved from {before} to {to}")
        values = _move_values(delivery, to, owner, now, change)

        if change.attempted and self.mark_state == "behind":
            raise StoreError(
                f"database {self._db.path} is older than what was posted from it", "start papercrier run: it finds out what was"
            )

        def move(connection: sqlite3.Connection) -> HighWater | None:
            if not connection.execute(_MOVE, values).rowcount:
                return None
            if to in (State.FAILED, State.DEAD):
                connection.execute("UPDATE deliveries SET parent = NULL WHERE parent = ?", (delivery.id,))
            if change.unsaid:
                connection.execute(_UNSAID, {"id": delivery.id, "about": delivery.about, "error": values["error"]})
            if to in (State.FAILED, State.DEAD, State.SENT) and not change.doubtful:
                [occurrence] = connection.execute("SELECT occurrence FROM deliveries WHERE id = ?", (delivery.id,)).fetchone()
                release_papers(connection, occurrence)
            return count_up(connection, values["now"])

        # What was begun may be settled on a full disk; nothing is begun there. The mark follows an intent before the first byte.
        keep = self._keep_mark if change.attempted else None
        return await self._db.write(move, urgent=not change.attempted, then=keep) is not None

    def _keep_mark(self, mark: HighWater | None) -> None:
        if mark:
            write_mark(self._db.path, mark)

    async def delivery(self, id: str) -> Delivery | None:
        def find(connection: sqlite3.Connection) -> Delivery | None:
            row = connection.execute(f"{SELECT_DELIVERY} WHERE d.id = ?", (id,)).fetchone()
            return None if row is None else load_delivery(row)

        return await self._db.read(find)

    async def delivery_at(self, destination: Destination, remote_id: str) -> Delivery | None:
        here = "d.destination = ? AND d.remote_id = ? AND d.remote_id <> '' AND d.tenant IN ('', ?)"
        statement = f"{SELECT_DELIVERY} WHERE {here} AND d.kind = 'post'"
        values = (destination.key, remote_id, destination.tenant)

        def find(connection: sqlite3.Connection) -> Delivery | None:
            row = connection.execute(statement, values).fetchone()
            return None if row is None else load_delivery(row)

        return await self._db.read(find)

    async def deliveries(self, *, key: str = "", state: State | None = None, limit: int = 100) -> list[Delivery]:
        wanted = {"d.destination": key, "d.state": state.value if state else ""}
        given = {column: value for column, value in wanted.items() if value}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        order = "d.seq" if key else "d.number"
        statement = f"{SELECT_DELIVERY} WHERE {where} ORDER BY {order} DESC LIMIT ?"
        return await self._db.read(lambda connection: _load_all(connection.execute(statement, (*given.values(), limit))))

    async def counts(self) -> dict[State, int]:
        statement = "SELECT state, count(*) FROM deliveries GROUP BY state"
        return await self._db.read(lambda connection: {State(state): count for state, count in connection.execute(statement)})


def _move_values(delivery: Delivery, to: State, owner: str, now: datetime, change: DeliveryChange) -> dict[str, Any]:
    before = delivery.state
    not_before = moment_text(change.not_before) if change.not_before else None
    # From this moment on nobody works on it any more, and `uncertain` offers it.
    put_down = None
    if before is State.HELD:
        put_down = not_before or moment_text(now)
    elif not change.attempted:
        put_down = not_before
    return {
        "id": delivery.id,
        "from": before,
        "to": to,
        "mover": owner,
        "owner": owner if before in (State.CLAIMED, State.SENDING) else None,
        "now": moment_text(now),
        "needs_lease": int(before is State.CLAIMED and to is State.SENDING) or int(before is State.SENDING and change.attempted),
        "put_down": put_down,
        "not_before": not_before,
        "attempted": int(change.attempted),
        "uncounted": int(change.uncounted),
        "remote_id": change.remote_id,
        "error": change.error,
        "body": None if change.message is None else to_json(change.message),
    }


def _load_all(rows: Iterable[sqlite3.Row]) -> list[Delivery]:
    return [load_delivery(row) for row in rows]


def load_delivery(row: sqlite3.Row) -> Delivery:
    """From a row of ``SELECT_DELIVERY``."""
    return Delivery(
        id=row["id"],
        destination=destination_of(row["destination"], row["known_tenant"], row["channel_name"]),
        seq=row["seq"],
        message=from_json(row["body"]),
        parent=row["parent"] or "",
        kind=row["kind"],
        about=row["about"] or "",
        state=State(row["state"]),
        attempts=row["attempts"],
        first_attempt_at=_moment(row["first_attempt_at"]),
        attempt_at=_moment(row["attempt_at"]),
        not_before=_moment(row["not_before"]),
        remote_id=row["remote_id"],
        error=row["error"],
        created_at=_moment(row["created_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return text_moment(text) if text else None
