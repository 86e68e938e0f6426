"""Copies of the database: one moment of it, checked, as a single file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bot.errors import BadInput, StoreError
from bot.store.sqlite.connection import Database
from bot.store.sqlite.high_water import mark_path
from bot.store.sqlite.trouble import damaged, newest_good_backup


class Backups:
    """The part of ``bot.ports.KeepingStore`` that copies."""

    _db: Database

    async def backup(self, path: Path) -> None:
        def copy(connection: sqlite3.Connection) -> None:
            _refuse_own_file(path, self._db.path)
            part = path.with_name(path.name + ".part")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                part.unlink(missing_ok=True)
                problem = _copy(connection, part)
                if not problem:
                    _durable(part)
                    part.replace(path)
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"no backup was written to {path} ({error})", "check the folder and the room on that disk") from error
            finally:
                with suppress(OSError):
                    part.unlink()
            if problem:
                raise damaged(self._db.path, problem, None)

        await self._db.read(copy)


def _refuse_own_file(path: Path, database: Path) -> None:
    beside = {database.with_name(database.name + end) for end in ("", "-wal", "-shm", ".run", ".reading", ".ballast")} | {
        mark_path(database)
    }
    if path.resolve() in {one.resolve() for one in beside}:
        raise BadInput(f"{path} belongs to the database itself", "name another file for the backup")


def _copy(connection: sqlite3.Connection, path: Path) -> str:
    """Copy all pages in one go (a writer goes on meanwhile) and look through the copy; what is wrong with it, empty if nothing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        connection.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        found = [row[0] for row in target.execute("PRAGMA integrity_check(1)")]
    return "" if found == ["ok"] else str(found[0])


def _durable(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


async def require_sound(database: Database) -> bool:
    """Have SQLite look through the file. ``StoreError`` when it is damaged, with the newest good backup; ``False`` when only the search
    index is."""

    def check(connection: sqlite3.Connection) -> tuple[str, Path | None]:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
        serious = [problem for problem in found if problem != "ok" and "FTS5 table" not in problem]
        if serious:
            return serious[0].strip().replace("\n", " "), newest_good_backup(database.path)
        return ("" if found == ["ok"] else "index"), None

    problem, backup = await database.read(check)
    if problem and problem != "index":
        raise damaged(database.path, problem, backup)
    return not problem
