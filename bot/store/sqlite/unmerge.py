"""Two papers that were taken for one, and one that was taken for two: what an operator makes of them, and stays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain.history import SourceRecord
from bot.domain.papers import StoredPaper
from bot.errors import BadInput
from bot.ports import Match, Split
from bot.store.sqlite.connection import Database
from bot.store.sqlite.hits import split_rules
from bot.store.sqlite.intake import Batch, Entry
from bot.store.sqlite.papers import papers_in_order, references, write_batch
from bot.store.sqlite.records import Record
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.times import moment_text
from bot.text.analysis import terms

#: Tables whose rows belong to one of the two, and are not copied.
_OWN = frozenset({"paper_records", "paper_sources", "paper_moves", "paper_changes", "paper_apart"})

_KEEP_APART = "INSERT OR IGNORE INTO paper_apart (paper_id, other_id, at) VALUES (?, ?, ?)"


class Identity:
    """The part of ``bot.ports.PaperStore`` that an operator decides."""

    _db: Database

    async def unmerge(self, row: int, records: Sequence[SourceRecord], *, at: datetime, match: Match) -> Split:
        wanted = {(record.source, record.key) for record in records}
        moment = moment_text(at)

        def split(connection: sqlite3.Connection) -> Split:
            rows = _unmerge(connection, row, wanted, moment, match)
            left, taken = papers_in_order(connection, rows)
            return Split(left=left, taken=taken)

        return await self._db.write(split)

    async def join(self, one: int, other: int, *, at: datetime, match: Match) -> StoredPaper:
        moment = moment_text(at)
        return await self._db.write(lambda connection: papers_in_order(connection, [_join(connection, one, other, moment, match)])[0])


def _join(connection: sqlite3.Connection, one: int, other: int, at: str, match: Match) -> int:
    rows = [current_row(connection, row) for row in (one, other)]
    if None in rows or rows[0] == rows[1]:
        raise BadInput("these are not two papers", "name two that papercrier show tells apart")
    pair = [row for row in rows if row is not None]
    connection.execute("DELETE FROM paper_apart WHERE (paper_id, other_id) IN (VALUES (?, ?), (?, ?))", (*pair, *reversed(pair)))
    batch = Batch(connection, (), at)
    entries = [entry for row in pair if (entry := batch.entry(row))]
    joined = batch.join(*entries)
    write_batch(connection, batch, at, match)
    if joined.row is None:
        raise AssertionError("a paper that was there has its number")
    # A paper that both were kept apart from is kept apart from their union; from itself it cannot be.
    connection.execute("DELETE FROM paper_apart WHERE paper_id = other_id")
    return joined.row


def _unmerge(connection: sqlite3.Connection, asked: int, wanted: set[tuple[str, str]], at: str, match: Match) -> tuple[int, int]:
    """Rows of what is left and of what was taken out."""
    # Rows are copied for a paper that is written further down.
    connection.execute("PRAGMA defer_foreign_keys=ON")
    batch = Batch(connection, (), at)
    row = current_row(connection, asked)
    entry = batch.entry(row) if row is not None else None
    if entry is None or row is None:
        raise BadInput("there is no such paper", "papercrier search finds it by its words")
    taken = [record for record in entry.records if (record.source, record.key) in wanted]
    left = [record for record in entry.records if (record.source, record.key) not in wanted]
    if not taken or not left:
        what = "that would leave nothing of the paper" if taken else "these are none of its records"
        raise BadInput(what, "papercrier unmerge with the paper alone lists what it was made of")
    # Whoever came in under the number of the paper keeps it; the others go back to the number they had.
    leaving, swapped = (
        (left, True) if all(one.origin != row for one in left) and any(one.origin == row for one in taken) else (taken, False)
    )
    number = _number(connection, row, leaving)
    other = batch.take_out(entry, leaving, number)
    _make_room(connection, row, number, entry, leaving)
    write_batch(connection, batch, at, match)
    _split_matches(connection, (entry, other), match)
    connection.executemany(_KEEP_APART, ((row, number, at), (number, row, at)))
    return (number, row) if swapped else (row, number)


def _number(connection: sqlite3.Connection, row: int, leaving: Sequence[Record]) -> int:
    """The number of a row that the records had before, else a new one."""
    had = sorted({record.origin for record in leaving if record.origin not in (None, row)} - {None})
    for old in had:
        if connection.execute("SELECT 1 FROM paper_moves WHERE old_id = ? AND paper_id = ?", (old, row)).fetchone():
            return int(old or 0)
    return int(connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'papers'").fetchone()[0]) + 1


def _make_room(connection: sqlite3.Connection, row: int, number: int, left: Entry, leaving: Sequence[Record]) -> None:
    """Copy to ``number`` what people did with ``row``, hand over what is the leaving records' own, and take it from ``row``."""
    for table, column in references(connection):
        if table not in _OWN:
            names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            given = ", ".join("?" if name == column else name for name in names)
            connection.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) SELECT {given} FROM {table} WHERE {column} = ?", (number, row)
            )
    connection.execute("DELETE FROM paper_moves WHERE old_id = ?", (number,))
    for old in {record.origin for record in leaving} - {row, number}:
        connection.execute("UPDATE paper_moves SET paper_id = ? WHERE old_id = ? AND paper_id = ?", (number, old, row))
    staying = {record.source for record in left.records}
    for source in {record.source for record in leaving} - staying:
        connection.execute("UPDATE paper_changes SET paper_id = ? WHERE paper_id = ? AND source = ?", (number, row, source))
        connection.execute("DELETE FROM paper_sources WHERE paper_id = ? AND source = ?", (row, source))
    connection.executemany(
        "DELETE FROM paper_records WHERE paper_id = ? AND source = ? AND key = ?", [(row, one.source, one.key) for one in leaving]
    )
    gone = {key for record in leaving for key in record.paper.keys} | set(left.stored.paper.keys if left.stored else ())
    connection.executemany("DELETE FROM paper_keys WHERE key = ? AND paper_id = ?", [(key, row) for key in gone - set(left.content.keys)])
    connection.execute(
        "INSERT OR IGNORE INTO paper_apart (paper_id, other_id, at) SELECT ?, other_id, at FROM paper_apart WHERE paper_id = ?",
        (number, row),
    )
    connection.execute(
        "INSERT OR IGNORE INTO paper_apart (paper_id, other_id, at) SELECT paper_id, ?, at FROM paper_apart WHERE other_id = ?",
        (number, row),
    )


def _split_matches(connection: sqlite3.Connection, halves: Sequence[Entry], match: Match) -> None:
    """Each half keeps the matches of those rules that match it."""
    rules = {half.row: {hit.rule for hit in match(half.content, terms(half.content, half.sources))} for half in halves if half.row}
    former = "SELECT old_id FROM paper_moves WHERE paper_id IN (SELECT value FROM json_each(?))"
    rows = [*rules, *(row for (row,) in connection.execute(former, (json.dumps(list(rules)),)))]
    split_rules(connection, rows, rules)
