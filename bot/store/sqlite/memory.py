"""What has to be known again later: long texts behind short button ids, where each source stopped, how its last reading went."""

from __future__ import annotations

import json
import sqlite3
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b

from bot.ports import SourceRun
from bot.store.sqlite.connection import Database
from bot.store.sqlite.times import moment_text, text_moment


class Memory:
    """Implements ``bot.ports.MemoryStore``."""

    _db: Database

    async def remember(self, payload: str, *, at: datetime) -> str:
        token = b32encode(blake2b(payload.encode(), digest_size=10).digest()).decode().lower()[:12]
        await self._db.write(
            lambda connection: connection.execute(
                """INSERT INTO remembered (token, payload, used_at) VALUES (?, ?, ?)
                ON CONFLICT (token) DO UPDATE SET used_at = max(used_at, excluded.used_at)""",
                (token, payload, moment_text(at)),
            )
        )
        return token

    async def recall(self, token: str) -> str | None:
        def find(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT payload FROM remembered WHERE token = ?", (token,)).fetchone()
            return None if row is None else str(row[0])

        return await self._db.read(find)

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
