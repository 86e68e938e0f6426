"""Schema versions: whole steps forward, nothing in between, nobody else's database touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite import migrate as migrate_module
from bot.store.sqlite.connection import APPLICATION_ID, Database
from bot.store.sqlite.migrate import migrate, migrations, split_statements
from bot.store.sqlite.store import open_sqlite

Steps = list[tuple[int, list[str]]]


def schema(path: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]
        return connection.execute("PRAGMA user_version").fetchone()[0], tables


async def migrated(path: Path) -> None:
    database = await Database.open(path, readers=1)
    try:
        await migrate(database)
    finally:
        await database.close()


async def refused(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        await open_sqlite(str(path), readers=1)
    return str(caught.value)


def foreign(path: Path, *statements: str) -> bytes:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


async def test_a_new_file_gets_the_newest_schema_and_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    await migrated(path)
    first = schema(path)
    assert first[0] == migrations()[-1][0]
    assert {"papers", "search", "subscriptions", "deliveries"} <= set(first[1])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    await migrated(path)
    assert schema(path) == first


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    await migrated(path)
    newest = migrations()[-1][0]
    before = foreign(path, f"PRAGMA user_version={newest + 1}", "CREATE TABLE of_the_future (x)")
    message = await refused(path)
    assert f"schema {newest + 1}" in message
    assert "upgrade papercrier" in message
    assert path.read_bytes() == before


@pytest.mark.parametrize("mark", ["PRAGMA application_id=12345", "PRAGMA user_version=0", "PRAGMA user_version=1"])
async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "other.db"
    before = foreign(path, "CREATE TABLE bookmarks (url)", mark)
    assert "another program" in await refused(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("start", [0, 1])
async def test_a_migration_that_dies_at_any_statement_has_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int) -> None:
    """A statement that fails stands at every place once; afterwards the schema is the old one, and the right steps go through."""
    steps = migrations()

    def prepare(give: Callable[[], Steps]) -> None:
        monkeypatch.setattr(migrate_module, "migrations", give)

    path = tmp_path / "test.db"
    if start:
        prepare(lambda: steps[:start])
        await migrated(path)
    else:
        foreign(path, "PRAGMA user_version=0")
    before = schema(path)
    assert before[0] == start
    database = await Database.open(path, readers=1)
    try:
        for number, statements in steps[start:]:
            for place in range(len(statements) + 1):
                broken = [*statements[:place], "INSERT INTO no_such_table VALUES (1)", *statements[place:]]
                prepare(lambda number=number, broken=broken: [(n, broken if n == number else s) for n, s in steps])  # type: ignore[misc]
                with pytest.raises(StoreError, match="no such table"):
                    await migrate(database)
                version, owner = await database.read(
                    lambda connection: (
                        connection.execute("PRAGMA user_version").fetchone()[0],
                        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0],
                    )
                )
                assert (version, owner) == (start, len(before[1]))
        prepare(lambda: steps)
        await migrate(database)
    finally:
        await database.close()
    assert schema(path)[0] == steps[-1][0]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_script_is_split_at_its_statements_and_not_inside_a_trigger_or_a_text() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  DELETE FROM c;\nEND;"
    found = split_statements(f"-- a comment; with a semicolon\nCREATE TABLE a (x);\n\n{trigger}\nINSERT INTO a VALUES (';\n');\n")
    assert [statement.splitlines()[-1] for statement in found] == ["CREATE TABLE a (x);", "END;", "');"]
    assert found[1] == trigger


def test_a_script_that_ends_in_the_middle_is_a_fault() -> None:
    with pytest.raises(ValueError, match="unfinished statement: SELECT 1"):
        split_statements("SELECT 1")
