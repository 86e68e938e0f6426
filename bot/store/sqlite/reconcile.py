"""A database that is older than what was posted from it: noticed, and made good before anything is posted."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain.deliveries import delivery_id
from bot.domain.subscriptions import Destination
from bot.ports import MarkState
from bot.store.sqlite.channels import channel_row, refuse_another_tenant
from bot.store.sqlite.connection import Database
from bot.store.sqlite.covering import withdraw_premature
from bot.store.sqlite.high_water import HighWater, high_water, read_mark, state_of
from bot.store.sqlite.times import moment_text, text_moment

#: Name of the occurrence that stands for what was found in a channel.
_ELSEWHERE = "elsewhere"

_BEGIN = """
    UPDATE high_water SET counter = max(counter, :counter) + 1,
        reconcile_since = min(coalesce(reconcile_since, at), at), reconcile_until = max(coalesce(reconcile_until, :until), :until)
    RETURNING reconcile_since
"""
_DOUBT = """
    UPDATE deliveries SET state = 'sending', owner = 'reconcile', lease_until = :now, not_before = NULL, replanned = created_at > :since,
        first_attempt_at = min(coalesce(first_attempt_at, :since), :since)
    WHERE state IN ('pending', 'claimed', 'sending')
"""
_OVER = """
    SELECT reconcile_until < :now
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'sending' AND d.first_attempt_at <= reconcile_since)
        AND NOT EXISTS (SELECT 1 FROM channels c WHERE c.next_at <= reconcile_until AND c.next_at IS NOT NULL AND c.paused = '')
    FROM high_water
"""

_FIND = "SELECT key, paper_id FROM paper_keys WHERE key IN (SELECT value FROM json_each(?))"
_SHOW = """
    INSERT INTO covered (destination, paper_id, occurrence, shown, position, reason, covered_at)
    VALUES (:key, :row, :occurrence, 1, 0, '', :at)
    ON CONFLICT (destination, paper_id) DO UPDATE SET shown = 1, released = 0 WHERE shown = 0
"""
_REMEMBER = "INSERT INTO posted_keys (key, destination, occurrence, posted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"


class Reconcile:
    """The part of ``bot.ports.KeepingStore`` that notices an older copy."""

    _db: Database
    _mark_state: MarkState = "level"
    _mark: HighWater | None = None
    _since: datetime | None = None

    @property
    def mark_state(self) -> MarkState:
        return self._mark_state

    @property
    def reconcile_since(self) -> datetime | None:
        return self._since

    def _stand(self, mark: HighWater | None, here: HighWater, since: str | None) -> None:
        self._mark, self._mark_state = mark, state_of(mark, here)
        if self._mark_state == "behind":
            since = min(since or here.at, here.at)
        self._since = text_moment(since) if since else None

    async def begin_reconcile(self, now: datetime) -> int:
        mark = self._mark if self._mark_state == "behind" else None

        def begin(connection: sqlite3.Connection) -> tuple[str, int]:
            counter, going_on = connection.execute("SELECT counter, reconcile_since FROM high_water").fetchone()
            if going_on and (mark is None or counter >= mark.counter):
                return going_on, 0
            values = {"counter": mark.counter if mark else 0, "until": max(mark.at, moment_text(now)) if mark else moment_text(now)}
            since = connection.execute(_BEGIN, values).fetchone()[0]
            return since, connection.execute(_DOUBT, {"since": since, "now": moment_text(now)}).rowcount

        since, found = await self._db.write(begin)
        self._mark_state, self._since = "level", text_moment(since)
        return found

    async def end_reconcile(self, now: datetime) -> bool:
        def end(connection: sqlite3.Connection) -> bool:
            over = connection.execute(_OVER, {"now": moment_text(now)}).fetchone()[0]
            if over == 0:  # NULL when nothing goes on
                return False
            connection.execute("UPDATE high_water SET reconcile_since = NULL, reconcile_until = NULL")
            return True

        if self._since is None:
            return True
        if self._mark_state == "behind" or not await self._db.write(end):
            return False
        self._since = None
        return True

    async def posted_elsewhere(self, destination: Destination, keys: Sequence[str], at: datetime) -> int:
        key, moment = destination.key, moment_text(at)
        occurrence = delivery_id(destination, _ELSEWHERE, 0)

        def note(connection: sqlite3.Connection) -> int:
            refuse_another_tenant(channel_row(connection, key), destination)
            connection.execute(
                "INSERT INTO occurrences (id, destination, slot, planned_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (occurrence, key, _ELSEWHERE, moment),
            )
            wanted = list(dict.fromkeys(keys))
            news = {one for one in wanted if connection.execute(_REMEMBER, (one, key, occurrence, moment)).rowcount}
            papers = connection.execute(_FIND, (json.dumps(wanted),)).fetchall()
            withdraw_premature(connection, key, json.dumps([row for _, row in papers]), moment)
            for one, row in papers:
                if connection.execute(_SHOW, {"key": key, "row": row, "occurrence": occurrence, "at": moment}).rowcount:
                    news.add(one)
            return len(news)

        return await self._db.write(note)


async def stand_of(database: Database) -> tuple[HighWater | None, HighWater, str | None]:
    """The mark, what the database says of itself, and since when it looks back if it does. In this order: another process may send."""
    mark = await asyncio.to_thread(read_mark, database.path)

    def look(connection: sqlite3.Connection) -> tuple[HighWater, str | None]:
        return high_water(connection), connection.execute("SELECT reconcile_since FROM high_water").fetchone()[0]

    return mark, *(await database.read(look))
