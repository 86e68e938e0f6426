"""Who has read what: marks of single papers, and up to where somebody has read everything of a channel."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain.people import AllRead
from bot.domain.subscriptions import Destination
from bot.ports import Candidate
from bot.store.sqlite.channels import channel_row, is_foreign
from bot.store.sqlite.connection import Database
from bot.store.sqlite.digests import NOT_HIDDEN, recorded
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.times import moment_text, text_moment

#: ``:own`` are the person's direct messages: what they hid for themselves is hidden from their list of a channel too.
_ON_THE_LIST = f"""
    FROM covered c
    WHERE c.destination = :destination AND c.held = ''
        AND c.covered_at > coalesce((SELECT u.until FROM read_until u WHERE u.person = :person AND u.destination = :destination), '')
        AND NOT EXISTS (SELECT 1 FROM read_by r WHERE r.person = :person AND r.paper_id = c.paper_id)
        AND NOT EXISTS (SELECT 1 FROM read_here r WHERE r.destination = c.destination AND r.paper_id = c.paper_id)
        AND NOT EXISTS (SELECT 1 FROM hidden o WHERE o.destination = :own AND o.paper_id = c.paper_id)
        AND {NOT_HIDDEN}
"""
_UNREAD = f"SELECT c.paper_id, c.reason {_ON_THE_LIST} ORDER BY c.covered_at DESC, c.occurrence, c.position LIMIT :limit"
_COUNT = f"SELECT count(*), max(c.covered_at) {_ON_THE_LIST}"

_READ = "INSERT INTO read_by (person, paper_id, read_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UNREAD_AGAIN = "DELETE FROM read_by WHERE person = ? AND paper_id = ?"

_UNTIL = "SELECT until FROM read_until WHERE person = :person AND destination = :destination"
_READ_UNTIL = """
    INSERT INTO read_until (person, destination, until) VALUES (:person, :destination, :until)
    ON CONFLICT (person, destination) DO UPDATE SET until = excluded.until
"""
_READ_UNTIL_NEVER = "DELETE FROM read_until WHERE person = :person AND destination = :destination"

_KNOWN = """
    SELECT j.value FROM json_each(:rows) j
    WHERE EXISTS (SELECT 1 FROM read_by r WHERE r.person = :person AND r.paper_id = j.value)
        OR EXISTS (SELECT 1 FROM covered c JOIN read_until u ON u.destination = c.destination AND u.person = :person
            WHERE c.destination = :destination AND c.paper_id = j.value AND c.held = '' AND c.covered_at <= u.until)
"""


class Reading:
    """Implements ``bot.ports.ReadingStore``. A row that became part of another one stands for that one."""

    _db: Database

    async def unread(self, destination: Destination, person: str, *, limit: int) -> list[Candidate]:
        def find(connection: sqlite3.Connection) -> list[Candidate]:
            if is_foreign(channel_row(connection, destination.key), destination.tenant):
                return []
            return recorded(connection, connection.execute(_UNREAD, {**_reader(destination, person), "limit": limit}))

        return await self._db.read(find)

    async def read(self, person: str, rows: Sequence[int], *, at: datetime) -> int:
        return await self._db.write(
            lambda connection: sum(
                connection.execute(_READ, (person, paper, moment_text(at))).rowcount for paper in _papers(connection, rows)
            )
        )

    async def unmark(self, person: str, rows: Sequence[int]) -> int:
        return await self._db.write(
            lambda connection: sum(connection.execute(_UNREAD_AGAIN, (person, paper)).rowcount for paper in _papers(connection, rows))
        )

    async def read_all(self, destination: Destination, person: str) -> AllRead | None:
        values = _reader(destination, person)

        def read(connection: sqlite3.Connection) -> AllRead | None:
            if is_foreign(channel_row(connection, destination.key), destination.tenant):
                return None
            papers, until = connection.execute(_COUNT, values).fetchone()
            if not papers:
                return None
            before = connection.execute(_UNTIL, values).fetchone()
            connection.execute(_READ_UNTIL, {**values, "until": until})
            return AllRead(papers=papers, until=text_moment(until), before=text_moment(before[0]) if before else None)

        return await self._db.write(read)

    async def unread_all(self, destination: Destination, person: str, mark: AllRead) -> int:
        values = _reader(destination, person)

        def take_back(connection: sqlite3.Connection) -> int:
            now = connection.execute(_UNTIL, values).fetchone()
            foreign = is_foreign(channel_row(connection, destination.key), destination.tenant)
            if foreign or now is None or now[0] != moment_text(mark.until):
                return 0
            unread: int = connection.execute(_COUNT, values).fetchone()[0]
            if mark.before is None:
                connection.execute(_READ_UNTIL_NEVER, values)
            else:
                connection.execute(_READ_UNTIL, {**values, "until": moment_text(mark.before)})
            again: int = connection.execute(_COUNT, values).fetchone()[0]
            return again - unread

        return await self._db.write(take_back)

    async def known_read(self, destination: Destination, person: str, rows: Sequence[int]) -> set[int]:
        values = {**_reader(destination, person), "rows": json.dumps(list(rows))}
        return await self._db.read(lambda connection: {row for (row,) in connection.execute(_KNOWN, values)})


def _reader(destination: Destination, person: str) -> dict[str, str]:
    platform, _, user = person.partition(":")
    return {"destination": destination.key, "tenant": destination.tenant, "person": person, "own": f"{platform}:@{user}"}


def _papers(connection: sqlite3.Connection, rows: Sequence[int]) -> set[int]:
    return {paper for row in rows if (paper := current_row(connection, row)) is not None}
