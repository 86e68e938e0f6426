"""The records a paper is made of, one for each source and identity, and the paper they come to.

They are written down once there are two of them: a paper of one record is that record. The paper is worked out from its records in an
order of their own (authority, source, key), so that it is the same in whatever order they came, and so that any of them can be taken
out again.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from bot.domain.papers import Paper
from bot.store.sqlite.merge import authority, combine, identified, is_fingerprint, merge, same_paper
from bot.store.sqlite.rows import NO_KEYWORDS, PAPER_COLUMNS, paper_of, paper_values


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """All that one source ever gave under one identity: later records correct earlier ones, and nothing is lost."""

    source: str
    #: The best key the source gave with it: what it is known by. Later ones do not change it.
    key: str
    paper: Paper
    #: As the database keeps moments.
    first_seen: str
    #: The row it came in under; ``None`` until that has its number.
    origin: int | None


def first_record(paper: Paper, *, at: str, origin: int | None = None) -> Record:
    """The one record of a paper that has no more."""
    return Record(source=paper.source, key=paper.keys[0], paper=paper, first_seen=at, origin=origin)


def learn(records: Sequence[Record], paper: Paper, *, at: str, origin: int | None) -> tuple[Record, ...]:
    """``records`` with what ``paper``, a record of its source, adds to its own one."""
    mine = own_record(records, paper)
    if mine is None:
        return (*records, first_record(paper, at=at, origin=origin))
    known = records[mine]
    return (*records[:mine], replace(known, paper=_corrected(known.paper, paper)), *records[mine + 1 :])


def own_record(records: Sequence[Record], paper: Paper) -> int | None:
    """Where in ``records`` the one stands that ``paper`` is a later word of: of the same source, and known by the same key or else by a
    registered one of both."""
    mine = [place for place, record in enumerate(records) if record.source == paper.source]
    for place in mine:
        if records[place].key == paper.keys[0]:
            return place
    for place in mine:
        record = records[place]
        shared = record.key in paper.keys or any(key in record.paper.keys for key in paper.keys if not is_fingerprint(key))
        if shared and same_paper(record.paper, paper):
            return place
    return None


def _corrected(known: Paper, given: Paper) -> Paper:
    """The later word of one source counts, but an older version that is read again takes nothing back."""
    versions, days = (known.version, given.version), (known.updated, given.updated)
    stale = None not in versions and versions[1] < versions[0]  # type: ignore[operator]  # both are numbers
    stale = stale or (versions[0] == versions[1] and None not in days and days[1] < days[0])  # type: ignore[operator]  # both are days
    return merge(given, known) if stale else merge(known, given)


def unite(older: Sequence[Record], younger: Sequence[Record]) -> tuple[Record, ...]:
    """The records of two rows that are one paper."""
    united = list(older)
    for record in younger:
        place = next((place for place, known in enumerate(united) if (known.source, known.key) == (record.source, record.key)), None)
        if place is None:
            united.append(record)
        else:
            known = united[place]
            first_seen = min(known.first_seen, record.first_seen)
            united[place] = replace(known, paper=_corrected(known.paper, record.paper), first_seen=first_seen)
    return tuple(united)


def in_order(records: Iterable[Record]) -> list[Record]:
    """The one with the most say first."""
    return sorted(records, key=lambda record: (-authority(record.paper), record.source, record.key))


def fold_records(records: Iterable[Record]) -> Paper:
    """The paper that records come to, in whatever order they are given."""
    first, *others = (record.paper for record in in_order(records))
    for other in others:
        first = combine(first, other)
    return identified(first)


def provenance(records: Sequence[Record], paper: Paper) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For each field of ``paper`` that says something, the sources whose records say the same, or a part of it where it is a list."""
    found: list[tuple[str, tuple[str, ...]]] = []
    ordered = in_order(records)
    for field in fields(Paper):
        value = getattr(paper, field.name)
        if field.name == "source" or value in ("", (), None, False):
            continue
        given = [(record.source, getattr(record.paper, field.name)) for record in ordered]
        if field.name == "authors":
            names = {author.name for author in value}
            giving = [source for source, said in given if names & {author.name for author in said}]
        elif isinstance(value, tuple):
            giving = [source for source, said in given if set(said) & set(value)]
        else:
            giving = [source for source, said in given if said == value]
        found.append((field.name, tuple(dict.fromkeys(giving))))
    return tuple(found)


# --- in the database -------------------------------------------------------------------------------------------------


def load_records(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, tuple[Record, ...]]:
    """The records of those of ``rows`` that have more than one, by row."""
    found: defaultdict[int, list[Record]] = defaultdict(list)
    statement = "SELECT * FROM paper_records WHERE paper_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    for row in connection.execute(statement, (json.dumps(list(rows)),)):
        # A record that was written before papers had keywords ends without them.
        paper = paper_of(dict(zip(PAPER_COLUMNS, (*json.loads(row["body"]), NO_KEYWORDS), strict=False)))
        record = Record(source=row["source"], key=row["key"], paper=paper, first_seen=row["first_seen"], origin=row["origin"])
        found[row["paper_id"]].append(record)
    return {row: tuple(records) for row, records in found.items()}


def write_records(connection: sqlite3.Connection, row: int, records: Sequence[Record], known: Sequence[Record] = ()) -> None:
    """Put down the records of a row; ``known`` are those that stand there as they are."""
    connection.executemany(
        "INSERT INTO paper_records (paper_id, source, key, origin, first_seen, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (paper_id, source, key) DO UPDATE SET body = excluded.body, first_seen = excluded.first_seen",
        [
            (row, record.source, record.key, record.origin or row, record.first_seen, json.dumps(paper_values(record.paper)))
            for record in records
            if record not in known
        ],
    )
