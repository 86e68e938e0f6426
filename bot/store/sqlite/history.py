"""What happened to a paper, as it is written down and read back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from bot.domain.history import Change, ChangeKind, History, Joined, SourceRecord
from bot.domain.papers import StoredPaper, parse_key
from bot.store.sqlite.connection import Database
from bot.store.sqlite.records import first_record, in_order, load_records, provenance
from bot.store.sqlite.rows import current_row, day_text, load_papers, text_day
from bot.store.sqlite.times import moment_text, text_moment


class Histories:
    """The part of ``PaperStore`` that tells where a paper comes from."""

    _db: Database

    async def history(self, key: str) -> History | None:
        def load(connection: sqlite3.Connection) -> History | None:
            row = row_of_key(connection, key)
            return None if row is None else load_history(connection, row)

        return await self._db.read(load)


def row_of_key(connection: sqlite3.Connection, key: str) -> int | None:
    """The oldest paper that has this key, written in any way, or the paper of a number ("row:17")."""
    if key.startswith("row:") and key[4:].isdecimal():
        return current_row(connection, int(key[4:]))
    for spelling in dict.fromkeys((key, parse_key(key) or key)):
        found = connection.execute("SELECT min(paper_id) FROM paper_keys WHERE key = ?", (spelling,)).fetchone()[0]
        if found is not None:
            return int(found)
    return None


def write_changes(connection: sqlite3.Connection, row: int, changes: Iterable[Change]) -> None:
    connection.executemany(
        "INSERT INTO paper_changes (paper_id, kind, source, before, after, day, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(row, one.kind, one.source, one.before, one.after, day_text(one.day), moment_text(one.at)) for one in changes],
    )


def load_change(row: sqlite3.Row) -> Change:
    """From a row that holds every column of ``paper_changes``."""
    return Change(
        kind=ChangeKind(row["kind"]),
        at=text_moment(row["at"]),
        source=row["source"],
        before=row["before"],
        after=row["after"],
        day=text_day(row["day"]),
        number=row["id"],
    )


def load_history(connection: sqlite3.Connection, row: int) -> History:
    """The history of a row that there is."""
    stored = load_papers(connection, [row])[row]
    records = load_records(connection, [row]).get(row) or (first_record(stored.paper, at=moment_text(stored.first_seen), origin=row),)
    sources = connection.execute("SELECT source, first_seen FROM paper_sources WHERE paper_id = ?", (row,))
    changes = connection.execute("SELECT * FROM paper_changes WHERE paper_id = ? ORDER BY id", (row,))
    moves = connection.execute("SELECT old_id, moved_at FROM paper_moves WHERE paper_id = ? ORDER BY moved_at, old_id", (row,))
    apart = connection.execute("SELECT other_id FROM paper_apart WHERE paper_id = ? ORDER BY other_id", (row,))
    return History(
        stored=stored,
        sources=_in_time(stored, [(source, first_seen) for source, first_seen in sources]),
        records=tuple(
            SourceRecord(
                source=record.source,
                key=record.key,
                first_seen=text_moment(record.first_seen),
                row=record.origin or row,
                title=record.paper.display_title,
            )
            for record in in_order(records)
        ),
        provenance=provenance(records, stored.paper),
        changes=tuple(load_change(one) for one in changes.fetchall()),
        joined=tuple(Joined(row=old, at=text_moment(at) if at else None) for old, at in moves.fetchall()),
        apart=tuple(other for (other,) in apart),
    )


def _in_time(stored: StoredPaper, found: list[tuple[str, str]]) -> tuple[tuple[str, datetime], ...]:
    """Sources by when they first gave the paper; those of one batch in the order they came."""
    place = {source: number for number, source in enumerate(stored.sources)}
    found.sort(key=lambda one: (one[1], place.get(one[0], len(place))))
    return tuple((source, text_moment(first_seen)) for source, first_seen in found)
