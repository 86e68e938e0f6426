"""The full-text index: what is written to it and taken out of it, and how it is built anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from bot.domain.queries import Terms
from bot.store.sqlite.migrate import migrations
from bot.store.sqlite.places import place, row_of
from bot.store.sqlite.rows import load_paper
from bot.store.sqlite.trouble import IndexUnusable
from bot.text.analysis import ANALYZER_VERSION, terms

#: Papers read at a time while the index is built anew.
_REINDEX_BATCH = 1000
#: What the index consists of, as the schema names it.
_TABLES = ("search", "search_words", "search_column_words")


def add_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> None:
    """``rows``: the place of each paper (see ``places``) and its terms."""
    _add(connection, _in_index(connection, rows))


def _add(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> None:
    connection.executemany(
        "INSERT INTO search (rowid, title, authors, abstract, comment, facets) VALUES (?, ?, ?, ?, ?, ?)", _in_order(rows)
    )


def remove_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> None:
    """``rows`` must hold exactly the places and terms that were added: the index has no other way to know what to take out."""
    connection.executemany(
        "INSERT INTO search (search, rowid, title, authors, abstract, comment, facets) VALUES ('delete', ?, ?, ?, ?, ?, ?)",
        _in_order(_in_index(connection, rows)),
    )


def _in_index(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> Iterable[tuple[int, Terms]]:
    """Those of ``rows`` that a rebuild under way has not still to add: it will take them as they are then."""
    gap = _gap(connection)
    return rows if gap is None else [(at, of) for at, of in rows if not gap[0] < row_of(at) <= gap[1]]


def _gap(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """The rows that are missing while the index is being built anew: above the first number, up to the second."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'index_gap'").fetchone()
    if found is None:
        return None
    after, last = found[0].split()
    return int(after), int(last)


def require_whole(connection: sqlite3.Connection) -> None:
    """``IndexUnusable`` while the index is being built anew."""
    if _gap(connection):
        raise IndexUnusable


def is_whole(connection: sqlite3.Connection) -> bool:
    return _gap(connection) is None


def check_index(connection: sqlite3.Connection) -> None:
    """Have FTS5 look through the whole index. Raises ``sqlite3.Error`` when something does not fit."""
    connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def _in_order(rows: Iterable[tuple[int, Terms]]) -> Iterable[tuple[int, str, str, str, str, str]]:
    """By place: each step back would have FTS5 write out what it holds in memory."""
    return map(_values, sorted(rows, key=lambda entry: entry[0]))


def _values(entry: tuple[int, Terms]) -> tuple[int, str, str, str, str, str]:
    at, of = entry
    return at, " ".join(of.title), " ".join(of.authors), " ".join(of.abstract), " ".join(of.comment), " ".join(of.facets)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether the index was built by this program's analyzer."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'analyzer'").fetchone()
    return found is not None and found[0] == str(ANALYZER_VERSION)


def reindex(connection: sqlite3.Connection) -> int:
    """Build the index anew from the papers, in the transaction that is open; how many papers it holds.

    One transaction on purpose: an index that is half of one analyzer and half of another could not be taken apart again.
    """
    _clear(connection)
    count = 0
    papers = connection.execute("SELECT * FROM papers ORDER BY filed, id")
    while rows := papers.fetchmany(_REINDEX_BATCH):
        count += _add_rows(connection, rows)
    return count


def begin_rebuild(connection: sqlite3.Connection) -> None:
    """Empty the index, whatever state it is in, and note that every paper is missing there. ``go_on_rebuilding`` fills it."""
    _clear(connection)
    last = connection.execute("SELECT max(id) FROM papers").fetchone()[0]
    if last:
        _note_gap(connection, 0, last)


def go_on_rebuilding(connection: sqlite3.Connection, limit: int) -> bool:
    """Add up to ``limit`` of the papers that are missing; whether there may be more. Each call is a transaction of its own, so that
    deliveries need not wait for the whole."""
    gap = _gap(connection)
    if gap is None:
        return False
    rows = connection.execute("SELECT * FROM papers WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", (*gap, limit)).fetchall()
    _add_rows(connection, rows)
    if len(rows) < limit:
        connection.execute("DELETE FROM meta WHERE key = 'index_gap'")
        return False
    _note_gap(connection, rows[-1]["id"], gap[1])
    return True


def _add_rows(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> int:
    stored = [load_paper(row) for row in rows]
    _add(connection, ((place(entry.row, entry.paper.date), terms(entry.paper, entry.sources)) for entry in stored))
    return len(stored)


def _note_gap(connection: sqlite3.Connection, after: int, last: int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('index_gap', ?)", (f"{after} {last}",))


def _clear(connection: sqlite3.Connection) -> None:
    """An empty index of this program's analyzer."""
    connection.execute("DELETE FROM meta WHERE key = 'index_gap'")
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('analyzer', ?)", (str(ANALYZER_VERSION),))
    try:
        connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
    except sqlite3.DatabaseError:
        _make_anew(connection)


def _make_anew(connection: sqlite3.Connection) -> None:
    """An index that cannot even be opened cannot be dropped: its name is taken out of the schema, its tables one by one."""
    names = ", ".join(f"'{name}'" for name in _TABLES)
    connection.execute("PRAGMA writable_schema=ON")
    try:
        connection.execute(f"DELETE FROM sqlite_schema WHERE name IN ({names})")
    finally:
        connection.execute("PRAGMA writable_schema=RESET")
    parts = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'search\\_%' ESCAPE '\\'").fetchall()
    for (name,) in parts:
        connection.execute(f"DROP TABLE {name}")
    for _, statements in migrations():
        for statement in statements:
            if any(f"VIRTUAL TABLE {name} " in statement for name in _TABLES) or "INSERT INTO search (" in statement:
                connection.execute(statement)
