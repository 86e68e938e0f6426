"""Decides what a batch of records means for the papers there are: which is new, which is known, which two rows are one paper.

Nothing is written here; ``papers.py`` writes what a ``Batch`` has come to.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.domain.papers import Paper, StoredPaper
from bot.store.sqlite.merge import identified, merge, replaces, same_paper
from bot.store.sqlite.rows import PaperValues, load_papers, paper_values, record_digest

Outcome = Literal["new", "merged", "changed", "same"]

#: How many different records of one source are remembered for a paper. Two pages that show it differently are told apart, and
#: a paper whose votes change each day costs no more than this.
_REMEMBERED = 8
_DIGEST_SIZE = 8


@dataclass(slots=True)
class Heard:
    """What one source has said about a paper: since when, and digests of its last records."""

    first_seen: str
    digests: tuple[bytes, ...] = ()

    def add(self, digest: bytes) -> None:
        self.digests = (*self.digests, digest)[-_REMEMBERED:]


@dataclass(slots=True, eq=False)
class Entry:
    """One paper while a batch is worked through."""

    #: ``None`` until it is written for the first time.
    row: int | None = None
    #: As it stands in the database; ``None`` for a new one or one that was not needed.
    stored: StoredPaper | None = None
    #: As it will stand in the database.
    paper: Paper | None = None
    heard: dict[str, Heard] = field(default_factory=dict)
    #: The entry that has taken this one in.
    moved_to: Entry | None = None
    dirty: bool = False
    #: ``paper_values`` of the record it was made from: of ``paper`` too, as long as nothing was merged into it.
    first_values: PaperValues | None = None

    @property
    def values(self) -> PaperValues:
        return paper_values(self.content) if self.first_values is None else self.first_values

    @property
    def current(self) -> Entry:
        entry = self
        while entry.moved_to is not None:
            entry = entry.moved_to
        return entry

    @property
    def content(self) -> Paper:
        if self.paper is None:
            raise AssertionError("an entry is loaded before it is looked into")
        return self.paper

    @property
    def sources(self) -> tuple[str, ...]:
        """First one first."""
        known = self.stored.sources if self.stored else ()
        return tuple(dict.fromkeys((*known, *self.heard)))


class Batch:
    """Takes records one by one, against the papers in ``connection`` and against each other."""

    def __init__(self, connection: sqlite3.Connection, records: Sequence[Paper], at: str) -> None:
        self._connection = connection
        self._at = at
        self._by_key: dict[str, list[Entry]] = {}
        self.entries: list[Entry] = []
        self.known: dict[int, Entry] = {}
        self._records = [identified(record) for record in records]
        self._values = [paper_values(record) for record in self._records]
        self._digests = [record_digest(values) for values in self._values]
        self._find_known()
        self._load(entry for entry in self._wanted() if entry.row is not None)

    def take_all(self) -> list[tuple[Entry, Outcome]]:
        return [self._take(*given) for given in zip(self._records, self._values, self._digests, strict=True)]

    # --- what the database knows -------------------------------------------------------------------------------------

    def _find_known(self) -> None:
        keys = json.dumps([key for record in self._records for key in record.keys])
        found = self._connection.execute(
            "SELECT DISTINCT key, paper_id FROM paper_keys WHERE key IN (SELECT value FROM json_each(?)) ORDER BY paper_id", (keys,)
        )
        for key, row in found:
            entry = self.known.setdefault(row, Entry(row=row))
            self._by_key.setdefault(key, []).append(entry)
        heard = self._connection.execute(
            "SELECT paper_id, source, first_seen, digests FROM paper_sources WHERE paper_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(self.known)),),
        )
        for row, source, first_seen, digests in heard:
            split = tuple(digests[start : start + _DIGEST_SIZE] for start in range(0, len(digests), _DIGEST_SIZE))
            self.known[row].heard[source] = Heard(first_seen, split)

    def _wanted(self) -> Iterable[Entry]:
        """Known papers of which some record says something that was not heard before."""
        for record, digest in zip(self._records, self._digests, strict=True):
            candidates = self._candidates(record)
            if not any(_has_heard(entry, record.source, digest) for entry in candidates):
                yield from candidates

    def _load(self, entries: Iterable[Entry]) -> None:
        wanted = {entry.row: entry for entry in entries if entry.paper is None and entry.row is not None}
        if not wanted:
            return
        for row, stored in load_papers(self._connection, wanted).items():
            wanted[row].stored = stored
            wanted[row].paper = stored.paper

    # --- one record --------------------------------------------------------------------------------------------------

    def _candidates(self, record: Paper) -> list[Entry]:
        """Papers that share a key with ``record``: those that share a better key first, then older ones."""
        return list(dict.fromkeys(entry.current for key in record.keys for entry in self._by_key.get(key, ())))

    def _take(self, record: Paper, values: PaperValues, digest: bytes) -> tuple[Entry, Outcome]:
        candidates = self._candidates(record)
        for candidate in candidates:
            if _has_heard(candidate, record.source, digest):
                return candidate, "same"
        self._load(candidates)
        entry, bridged = self._join(record, candidates)
        if entry is None:
            return self._add(record, values, digest), "new"
        before = entry.content
        entry.paper, entry.first_values = merge(before, record), None
        first_time = record.source not in entry.heard
        entry.heard.setdefault(record.source, Heard(self._at)).add(digest)
        entry.dirty = True
        self._index(entry)
        if first_time or bridged:
            return entry, "merged"
        if entry.paper == before:
            return entry, "same"
        return entry, "changed" if replaces(before, entry.paper) else "merged"

    def _add(self, record: Paper, values: PaperValues, digest: bytes) -> Entry:
        entry = Entry(paper=record, first_values=values, heard={record.source: Heard(self._at, (digest,))}, dirty=True)
        self.entries.append(entry)
        self._index(entry)
        return entry

    def _join(self, record: Paper, candidates: list[Entry]) -> tuple[Entry | None, bool]:
        """The paper that ``record`` belongs to. Where it proves two of them to be one, the older takes the younger in."""
        joined: Entry | None = None
        bridged = False
        for entry in candidates:
            if not same_paper(record, entry.content):
                continue
            if joined is None:
                joined = entry
            elif same_paper(merge(joined.content, record), entry.content):
                joined, bridged = self._unite(joined, entry), True
        return joined, bridged

    def _unite(self, one: Entry, other: Entry) -> Entry:
        older, younger = sorted((one, other), key=lambda entry: (entry.row is None, entry.row or 0))
        older.paper, older.first_values = merge(older.content, younger.content), None
        for source, heard in younger.heard.items():
            mine = older.heard.setdefault(source, Heard(heard.first_seen))
            mine.first_seen = min(mine.first_seen, heard.first_seen)
            mine.digests = tuple(dict.fromkeys((*mine.digests, *heard.digests)))[-_REMEMBERED:]
        older.dirty = True
        younger.moved_to = older
        self._index(older)
        return older

    def _index(self, entry: Entry) -> None:
        for key in entry.content.keys:
            known = self._by_key.setdefault(key, [])
            if entry not in known:
                known.append(entry)

    # --- what it has come to -----------------------------------------------------------------------------------------

    def new(self) -> list[Entry]:
        """Papers to add, oldest date first, so that rows grow with dates."""
        fresh = [entry for entry in self.entries if entry.moved_to is None]
        return sorted(fresh, key=lambda entry: entry.content.date or date.min)

    def touched(self) -> list[Entry]:
        return [entry for entry in self.known.values() if entry.dirty and entry.moved_to is None]

    def moved(self) -> list[Entry]:
        """Rows that became part of another one."""
        return [entry for entry in self.known.values() if entry.moved_to is not None]


def _has_heard(entry: Entry, source: str, digest: bytes) -> bool:
    heard = entry.heard.get(source)
    return heard is not None and digest in heard.digests
