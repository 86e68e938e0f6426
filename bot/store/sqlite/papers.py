"""Papers in and out: one transaction for a batch, one hop to load."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Terms
from bot.ports import Hit, Intake, Match
from bot.store.sqlite.connection import Database
from bot.store.sqlite.history import row_of_key, write_changes
from bot.store.sqlite.hits import Matched, kind_of, matched, move_rules, write_hits
from bot.store.sqlite.index import add_terms, remove_terms
from bot.store.sqlite.intake import Batch, Entry
from bot.store.sqlite.names import Counts, count_names, write_counts
from bot.store.sqlite.places import place
from bot.store.sqlite.records import write_records
from bot.store.sqlite.rows import PAPER_COLUMNS, current_row, day_text, load_papers
from bot.store.sqlite.times import moment_text
from bot.text.analysis import terms

_COLUMNS = (*PAPER_COLUMNS, "sources", "filed")
_INSERT = f"INSERT INTO papers ({', '.join(_COLUMNS)}, first_seen, id) VALUES ({', '.join('?' * (len(_COLUMNS) + 2))})"
_UPDATE = f"UPDATE papers SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE id = ?"


class Papers:
    """The part of ``PaperStore`` that writes papers and loads them by row or key."""

    _db: Database

    async def ingest(self, papers: Sequence[Paper], *, at: datetime, match: Match) -> Intake:
        """See ``bot.ports``. ``ValueError`` for a record that has neither identity nor text; nothing is written then."""
        moment = moment_text(at)
        return await self._db.write(lambda connection: ingest(connection, papers, moment, match))

    async def paper(self, key: str) -> StoredPaper | None:
        def load(connection: sqlite3.Connection) -> StoredPaper | None:
            row = row_of_key(connection, key)
            return None if row is None else load_papers(connection, [row])[row]

        return await self._db.read(load)

    async def papers(self, rows: Sequence[int]) -> list[StoredPaper]:
        return await self._db.read(lambda connection: papers_in_order(connection, rows))

    async def count_papers(self) -> int:
        return await self._db.read(lambda connection: int(connection.execute("SELECT count(*) FROM papers").fetchone()[0]))


def papers_in_order(connection: sqlite3.Connection, rows: Sequence[int]) -> list[StoredPaper]:
    """The papers of ``rows`` in that order, unknown ones left out; a row that became part of another one leads there."""
    found = load_papers(connection, rows)
    if len(found) < len(set(rows)):
        moves = {row: current_row(connection, row) for row in rows if row not in found}
        found |= {row: stored for row in moves if (to := moves[row]) for stored in load_papers(connection, [to]).values()}
    return [found[row] for row in rows if row in found]


def ingest(connection: sqlite3.Connection, records: Sequence[Paper], at: str, match: Match) -> Intake:
    """Work ``records`` into the papers, inside the transaction that is open."""
    batch = Batch(connection, records, at)
    taken = batch.take_all()
    write_batch(connection, batch, at, match)
    outcomes = Counter(outcome for _, outcome in taken)
    return Intake(
        rows=tuple(_row(entry.current) for entry, _ in taken),
        new=outcomes["new"],
        merged=outcomes["merged"],
        changed=outcomes["changed"],
        same=outcomes["same"],
        outcomes=tuple(outcome for _, outcome in taken),
    )


def write_batch(connection: sqlite3.Connection, batch: Batch, at: str, match: Match) -> None:
    """Write down what a batch has come to."""
    counts: Counts = Counter()
    new, touched = batch.new(), batch.touched()
    changed = [entry for entry in touched if _has_changed(entry)]
    _number(connection, new)
    for entry in batch.moved():
        _move(connection, entry, at)
        count_names(counts, _before(entry).paper, -1)
    for entry in changed:
        count_names(counts, _before(entry).paper, -1)
    for entry in (*new, *changed):
        count_names(counts, entry.content, +1)
    _write_papers(connection, new, changed)
    _write_keys_and_sources(connection, [*new, *touched])
    _write_histories(connection, [*new, *touched])
    _write_matches(connection, _write_terms(connection, new, changed), match, at)
    write_counts(connection, counts)


def _row(entry: Entry) -> int:
    if entry.row is None:
        raise AssertionError("every entry is numbered before it is written")
    return entry.row


def _before(entry: Entry) -> StoredPaper:
    if entry.stored is None:
        raise AssertionError("an entry that changes was loaded")
    return entry.stored


def _number(connection: sqlite3.Connection, new: list[Entry]) -> None:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'papers'").fetchone()
    unnumbered = [entry for entry in new if entry.row is None]
    for row, entry in enumerate(unnumbered, start=(found[0] if found else 0) + 1):
        entry.row = row


def _has_changed(entry: Entry) -> bool:
    return _before(entry).paper != entry.content or _before(entry).sources != entry.sources


def _write_papers(connection: sqlite3.Connection, new: list[Entry], changed: list[Entry]) -> None:
    connection.executemany(_INSERT, ((*_values(entry), _first_seen(entry), entry.row) for entry in new))
    connection.executemany(_UPDATE, ((*_values(entry), entry.row) for entry in changed))


def _write_histories(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    for entry in entries:
        if len(entry.records) > 1 or entry.written:
            write_records(connection, _row(entry), entry.records, entry.written)
        write_changes(connection, _row(entry), entry.changes)


def _first_seen(entry: Entry) -> str:
    return min(record.first_seen for record in entry.records)


def _values(entry: Entry) -> tuple[Any, ...]:
    return (*entry.values, json.dumps(entry.sources), day_text(entry.content.date))


def _write_keys_and_sources(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    known = {(entry.row, key) for entry in entries if entry.stored for key in entry.stored.paper.keys}
    connection.executemany(
        "INSERT OR IGNORE INTO paper_keys (key, paper_id) VALUES (?, ?)",
        [(key, entry.row) for entry in entries for key in entry.content.keys if (entry.row, key) not in known],
    )
    connection.executemany(
        "INSERT INTO paper_sources (paper_id, source, first_seen, digests) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET first_seen = excluded.first_seen, digests = excluded.digests",
        [(entry.row, source, heard.first_seen, b"".join(heard.digests)) for entry in entries for source, heard in entry.heard.items()],
    )


def _write_terms(connection: sqlite3.Connection, new: list[Entry], changed: list[Entry]) -> list[tuple[Entry, Terms]]:
    """Bring the index up to date; those papers that a standing rule might match now and did not before."""
    fresh = [(entry, terms(entry.content, entry.sources)) for entry in new]
    removed: list[tuple[int, Terms]] = []
    added = [(place(_row(entry), entry.content.date), of) for entry, of in fresh]
    for entry in changed:
        old = _before(entry)
        before, after = terms(old.paper, old.sources), terms(entry.content, entry.sources)
        stood, stands = place(old.row, old.paper.date), place(old.row, entry.content.date)
        if (stood, before) != (stands, after):
            removed.append((stood, before))
            added.append((stands, after))
        if before != after or _beside_terms(old.paper) != _beside_terms(entry.content):
            fresh.append((entry, after))
    remove_terms(connection, removed)
    add_terms(connection, added)
    return fresh


def _beside_terms(paper: Paper) -> tuple[Any, ...]:
    """What rules and subscriptions ask of a paper that is no term of it."""
    return paper.votes, paper.date, kind_of(paper.announce_type)


def _write_matches(connection: sqlite3.Connection, fresh: list[tuple[Entry, Terms]], match: Match, at: str) -> None:
    write_hits(connection, [_matched(entry, match(entry.content, of)) for entry, of in fresh], at)


def _matched(entry: Entry, hits: Sequence[Hit]) -> Matched:
    kind = kind_of(entry.content.announce_type)
    before = kind_of(entry.stored.paper.announce_type) if entry.stored else kind if entry.taken_out else None
    return matched(_row(entry), kind, hits, before)


def _move(connection: sqlite3.Connection, younger: Entry, at: str) -> None:
    """Make everything that points at the row of ``younger`` point at the row that has taken it in, and remove it.

    Which tables point at papers is asked of the schema, so that a later migration need not tell. Where both rows have the same
    thing (a mark of one person) that of the older row stays.
    """
    stored, to = _before(younger), _row(younger.current)
    remove_terms(connection, [(place(stored.row, stored.paper.date), terms(stored.paper, stored.sources))])
    connection.executemany("DELETE FROM paper_keys WHERE key = ? AND paper_id = ?", [(key, stored.row) for key in stored.paper.keys])
    move_rules(connection, stored.row, to)
    for table, column in references(connection):
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {column} = ?", (to, stored.row))
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (stored.row,))
    connection.execute("DELETE FROM papers WHERE id = ?", (stored.row,))
    connection.execute("INSERT INTO paper_moves (old_id, paper_id, moved_at) VALUES (?, ?, ?)", (stored.row, to, at))


def references(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Table and column of every foreign key to ``papers``."""
    found = connection.execute(
        'SELECT t.name, f."from" FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f '
        "WHERE t.type = 'table' AND f.\"table\" = 'papers'"
    )
    return [(table, column) for table, column in found]
