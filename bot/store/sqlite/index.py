"""The full-text index: what is written to it and taken out of it, and how it is built anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from bot.analysis import ANALYZER_VERSION, terms
from bot.domain.queries import Terms
from bot.store.sqlite.rows import load_paper

#: Papers read at a time while the index is built anew.
_REINDEX_BATCH = 1000


def add_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> None:
    connection.executemany(
        "INSERT INTO search (rowid, title, authors, abstract, comment, facets) VALUES (?, ?, ?, ?, ?, ?)", map(_values, rows)
    )


def remove_terms(connection: sqlite3.Connection, rows: Iterable[tuple[int, Terms]]) -> None:
    """``rows`` must hold exactly the terms that were added: the index has no other way to know what to take out."""
    connection.executemany(
        "INSERT INTO search (search, rowid, title, authors, abstract, comment, facets) VALUES ('delete', ?, ?, ?, ?, ?, ?)",
        map(_values, rows),
    )


def _values(entry: tuple[int, Terms]) -> tuple[int, str, str, str, str, str]:
    row, of = entry
    return row, " ".join(of.title), " ".join(of.authors), " ".join(of.abstract), " ".join(of.comment), " ".join(of.facets)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether the index was built by this program's analyzer."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'analyzer'").fetchone()
    return found is not None and found[0] == str(ANALYZER_VERSION)


def reindex(connection: sqlite3.Connection) -> int:
    """Build the index anew from the papers, in the transaction that is open; how many papers it holds.

    One transaction on purpose: an index that is half of one analyzer and half of another could not be taken apart again.
    """
    connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
    count = 0
    papers = connection.execute("SELECT * FROM papers ORDER BY id")
    while rows := papers.fetchmany(_REINDEX_BATCH):
        stored = [load_paper(row) for row in rows]
        add_terms(connection, ((entry.row, terms(entry.paper, entry.sources)) for entry in stored))
        count += len(stored)
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('analyzer', ?)", (str(ANALYZER_VERSION),))
    return count
