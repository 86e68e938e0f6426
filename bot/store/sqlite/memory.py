"""What has to be known again later: long texts behind short button ids, where each source stopped, how its last reading went."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.ports import SourceRun
from bot.store.sqlite.connection import Database
from bot.store.sqlite.times import moment_text, text_moment

log = logging.getLogger(__name__)

#: Whoever adds one takes away so many that are over, at most: the table shrinks as it is used, and no turn is long.
FORGOTTEN = 16

_REMEMBER = """
    INSERT INTO remembered (token, payload, until) VALUES (?, ?, ?) ON CONFLICT (token) DO UPDATE SET until = max(until, excluded.until)
"""
_FORGET = "DELETE FROM remembered WHERE token IN (SELECT token FROM remembered WHERE until < ? ORDER BY until LIMIT ?)"


class Memory:
    """Implements ``bot.ports.MemoryStore``."""

    _db: Database
    #: What was promised to be remembered and is on its way to the disk, by token.
    _unwritten: dict[str, asyncio.Task[None]]

    async def remember(self, payload: str, *, at: datetime, keep: timedelta, lazily: bool = False) -> str:
        token = b32encode(blake2b(payload.encode(), digest_size=10).digest()).decode().lower()[:12]
        if not lazily:
            await self._write_down(token, payload, at, keep)
        elif token not in self._unwritten:
            task = self._unwritten[token] = asyncio.create_task(self._write_by_and_by(token, payload, at, keep))
            task.add_done_callback(lambda _: self._unwritten.pop(token))
        return token

    async def recall(self, token: str) -> str | None:
        def find(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT payload FROM remembered WHERE token = ?", (token,)).fetchone()
            return None if row is None else str(row[0])

        if writing := self._unwritten.get(token):
            await asyncio.wait((writing,))
        return await self._db.read(find)

    async def write_all_down(self) -> None:
        """Wait for what is still to be written."""
        await asyncio.gather(*self._unwritten.values())

    async def _write_by_and_by(self, token: str, payload: str, at: datetime, keep: timedelta) -> None:
        try:
            await self._write_down(token, payload, at, keep)
        except Exception as error:
            log.warning("what a button stands for could not be kept", exc_info=error, extra={"token": token})

    async def _write_down(self, token: str, payload: str, at: datetime, keep: timedelta) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(_REMEMBER, (token, payload, moment_text(at + keep)))
            connection.execute(_FORGET, (moment_text(at), FORGOTTEN))

        await self._db.write(write)

    async def source_memory(self, source: str) -> dict[str, str]:
        statement = "SELECT name, value FROM source_memory WHERE source = ? ORDER BY name"
        return await self._db.read(lambda connection: dict(connection.execute(statement, (source,)).fetchall()))

    async def keep_source_memory(self, source: str, memory: Mapping[str, str]) -> None:
        values = [(source, name, value) for name, value in memory.items()]

        def keep(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM source_memory WHERE source = ?", (source,))
            connection.executemany("INSERT INTO source_memory (source, name, value) VALUES (?, ?, ?)", values)

        await self._db.write(keep)

    async def record_run(self, run: SourceRun) -> None:
        values = {
            **asdict(run),
            "started_at": moment_text(run.started_at),
            "finished_at": moment_text(run.finished_at),
            "problems": json.dumps(run.problems, ensure_ascii=False),
        }
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        await self._db.write(
            lambda connection: connection.execute(f"INSERT OR REPLACE INTO source_runs ({columns}) VALUES ({marks})", values)
        )

    async def runs(self) -> list[SourceRun]:
        statement = "SELECT * FROM source_runs ORDER BY source"
        return await self._db.read(lambda connection: [_load(row) for row in connection.execute(statement)])


def _load(row: sqlite3.Row) -> SourceRun:
    return SourceRun(
        source=row["source"],
        started_at=text_moment(row["started_at"]),
        finished_at=text_moment(row["finished_at"]),
        read=row["read"],
        new=row["new"],
        merged=row["merged"],
        changed=row["changed"],
        unreadable=row["unreadable"],
        announced=row["announced"],
        problems=tuple(json.loads(row["problems"])),
        error=row["error"],
    )
