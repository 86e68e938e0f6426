"""Numbered, forward-only migrations: each file of ``migrations/`` once, all missing ones in one transaction."""

from __future__ import annotations

import sqlite3
from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.errors import StoreError
from bot.store.sqlite.carry_over import carry_over
from bot.store.sqlite.connection import APPLICATION_ID, Database

#: What follows the statements of a migration, in the same transaction.
_IN_PYTHON = {12: carry_over}


@cache
def migrations() -> list[tuple[int, list[str]]]:
    """Number and statements of every migration, in order."""
    entries = sorted((files("bot.store.sqlite") / "migrations").iterdir(), key=lambda entry: entry.name)
    return [(int(entry.name[:4]), split_statements(entry.read_text(encoding="utf-8"))) for entry in entries if entry.name.endswith(".sql")]


def split_statements(script: str) -> list[str]:
    """The statements of a script, one by one: ``executescript`` would commit behind our back."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement: {pending.strip()[:80]}")
    return statements


async def migrate(database: Database) -> None:
    """Bring the schema to this program's version. Raises ``StoreError`` for a newer or a foreign database; nothing is changed then."""
    steps = migrations()
    newest = steps[-1][0]

    def current(connection: sqlite3.Connection) -> tuple[int, int, int]:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        return version, owner, tables

    def upgrade(connection: sqlite3.Connection) -> None:
        version, _, _ = current(connection)  # again, inside the transaction: another process may have been faster
        for number, statements in steps:
            if number > version:
                for statement in statements:
                    connection.execute(statement)
                if number in _IN_PYTHON:
                    _IN_PYTHON[number](connection)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={max(newest, version)}")

    version, owner, tables = await database.read(current)
    check_owner(database.path, version, owner, tables, newest)
    if version < newest:
        await database.write(upgrade)


def check_owner(path: Path, version: int, owner: int, tables: int, newest: int) -> None:
    """Refuse a database that is not ours, or that a newer program has written."""
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program", "name another file in [store] url")
    if version > newest:
        raise StoreError(
            f"database {path} was written by a newer papercrier (schema {version}, this program knows {newest})",
            "upgrade papercrier, or put back the backup made before the upgrade",
        )
