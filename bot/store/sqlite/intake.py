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

from bot.changes import changes
from bot.domain.history import Change
from bot.domain.papers import Paper, StoredPaper
from bot.store.sqlite.merge import identified, is_fingerprint, merge, replaces, same_paper
from bot.store.sqlite.records import Record, first_record, fold_records, learn, load_records, own_record, unite
from bot.store.sqlite.rows import PaperValues, load_papers, paper_values, record_digest
from bot.store.sqlite.times import moment_text, text_moment

Outcome = Literal["new", "merged", "changed", "same"]

#: How many different records of one source are remembered for a paper. Two pages that show it differently are told apart, and
#: a paper whose votes change each day costs no more than this.
_REMEMBERED = 8
#: The same for records without a registered id: a file may hold many works of one title and author, an editor's prefaces, say, and when
#: it is read again each of them was heard before.
_REMEMBERED_UNNAMED = 128
_DIGEST_SIZE = 8


@dataclass(slots=True)
class Heard:
    """What one source has said about a paper: since when, and digests of its last records."""

    first_seen: str
    digests: tuple[bytes, ...] = ()

    def add(self, digest: bytes, *, unnamed: bool) -> None:
        many = unnamed or len(self.digests) > _REMEMBERED
        self.digests = (*self.digests, digest)[-_REMEMBERED_UNNAMED if many else -_REMEMBERED :]


@dataclass(slots=True, eq=False)
class Entry:
    """One paper while a batch is worked through."""

    #: ``None`` until it is written for the first time.
    row: int | None = None
    #: As it stands in the database; ``None`` for a new one or one that was not needed.
    stored: StoredPaper | None = None
    #: As it will stand in the database.
    paper: Paper | None = None
    #: What ``paper`` is made of, and how much of that is written down already.
    records: tuple[Record, ...] = ()
    written: tuple[Record, ...] = ()
    changes: list[Change] = field(default_factory=list)
    #: It was part of another paper, and has what belonged to that one already.
    taken_out: bool = False
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
        known = [source for source in (self.stored.sources if self.stored else ()) if source in self.heard]
        return tuple(dict.fromkeys((*known, *self.heard)))


class Batch:
    """Takes records one by one, against the papers in ``connection`` and against each other."""

    def __init__(self, connection: sqlite3.Connection, records: Sequence[Paper], at: str) -> None:
        self._connection = connection
        self._at = at
        self._by_key: dict[str, list[Entry]] = {}
        #: Rows that an operator keeps apart, each with the other.
        self._apart: set[tuple[int, int]] = set()
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

    def _find_known(self, keys: Iterable[str] | None = None) -> None:
        """Note the papers that have any of ``keys``; at first, any of the keys of the records."""
        wanted = json.dumps([key for record in self._records for key in record.keys] if keys is None else list(keys))
        found = self._connection.execute(
            "SELECT DISTINCT key, paper_id FROM paper_keys WHERE key IN (SELECT value FROM json_each(?)) ORDER BY paper_id", (wanted,)
        )
        fresh: dict[int, Entry] = {}
        for key, row in found:
            if row not in self.known:
                fresh[row] = self.known[row] = Entry(row=row)
            known = self._by_key.setdefault(key, [])
            if self.known[row] not in known:
                known.append(self.known[row])
        self._hear(fresh)

    def _hear(self, fresh: dict[int, Entry]) -> None:
        """What sources said of papers just noted, and which others they are kept apart from."""
        rows = (json.dumps(list(fresh)),)
        heard = self._connection.execute(
            "SELECT paper_id, source, first_seen, digests FROM paper_sources WHERE paper_id IN (SELECT value FROM json_each(?))", rows
        )
        for row, source, first_seen, digests in heard:
            split = tuple(digests[start : start + _DIGEST_SIZE] for start in range(0, len(digests), _DIGEST_SIZE))
            fresh[row].heard[source] = Heard(first_seen, split)
        apart = self._connection.execute(
            "SELECT paper_id, other_id FROM paper_apart WHERE paper_id IN (SELECT value FROM json_each(?))", rows
        )
        self._apart.update((row, other) for row, other in apart)

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
        records = load_records(self._connection, wanted)
        for row, stored in load_papers(self._connection, wanted).items():
            entry, paper = wanted[row], stored.paper
            entry.stored, entry.paper, entry.written = stored, paper, records.get(row, ())
            entry.records = entry.written or (first_record(paper, at=moment_text(stored.first_seen), origin=row),)

    # --- one record --------------------------------------------------------------------------------------------------

    def _candidates(self, record: Paper) -> list[Entry]:
        """Papers that share a key with ``record``: those that share a better key first, then older ones."""
        return list(dict.fromkeys(entry.current for key in record.keys for entry in self._by_key.get(key, ())))

    def _at_home_first(self, record: Paper, candidates: list[Entry]) -> list[Entry]:
        """The paper that holds an earlier record of the same source and key stands first: there it belongs, whatever else it looks like."""
        if len(candidates) < 2 or not self._apart:
            return candidates
        self._load(candidates)
        return sorted(candidates, key=lambda entry: own_record(entry.records, record) is None)

    def _take(self, record: Paper, values: PaperValues, digest: bytes) -> tuple[Entry, Outcome]:
        candidates = self._at_home_first(record, self._candidates(record))
        for candidate in candidates:
            if _has_heard(candidate, record.source, digest):
                return candidate, "same"
        self._load(candidates)
        entry, bridged = self._join(record, candidates)
        if entry is None:
            return self._add(record, values, digest), "new"
        before, heard_before = entry.content, record.source in entry.heard
        entry.records = learn(entry.records, record, at=self._at, origin=entry.row)
        self._refold(entry)
        entry.heard.setdefault(record.source, Heard(self._at)).add(digest, unnamed=all(map(is_fingerprint, record.keys)))
        entry, joined = self._join_derived(entry)
        bridged = bridged or joined
        if not bridged:
            at = text_moment(self._at)
            entry.changes += changes(before, entry.content, source=record.source, at=at, corrected=heard_before)
        if not heard_before or bridged:
            return entry, "merged"
        if entry.paper == before:
            return entry, "same"
        return entry, "changed" if replaces(before, entry.content) else "merged"

    def _refold(self, entry: Entry) -> None:
        entry.paper, entry.first_values, entry.dirty = fold_records(entry.records), None, True
        self._index(entry)

    def _add(self, record: Paper, values: PaperValues, digest: bytes) -> Entry:
        records = (first_record(record, at=self._at),)
        entry = Entry(paper=record, records=records, first_values=values, heard={record.source: Heard(self._at, (digest,))}, dirty=True)
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
            elif not self._kept_apart(joined, entry) and same_paper(merge(joined.content, record), entry.content):
                joined, bridged = self._unite(joined, entry), True
        return joined, bridged

    def _join_derived(self, entry: Entry) -> tuple[Entry, bool]:
        """A title from one record and authors from another give a key that neither had: a paper that has it is the same one."""
        looked: set[str] = {key for record in entry.records for key in record.paper.keys}
        joined = False
        while derived := [key for key in entry.content.keys if key not in looked]:
            looked.update(derived)
            self._find_known(derived)
            candidates = [one for one in dict.fromkeys(other.current for key in derived for other in self._by_key[key]) if one is not entry]
            self._load(candidates)
            for other in candidates:
                if same_paper(entry.content, other.content) and not self._kept_apart(entry, other):
                    entry, joined = self._unite(entry, other), True
        return entry, joined

    def _kept_apart(self, one: Entry, other: Entry) -> bool:
        """Whether an operator said that these are two papers."""
        if not self._apart:
            return False
        rows = [{row for row, entry in self.known.items() if entry.current is which} for which in (one, other)]
        return any((row, to) in self._apart for row in rows[0] for to in rows[1])

    def _unite(self, one: Entry, other: Entry) -> Entry:
        older, younger = sorted((one, other), key=lambda entry: (entry.row is None, entry.row or 0))
        older.records = unite(older.records, younger.records)
        for source, heard in younger.heard.items():
            mine = older.heard.setdefault(source, Heard(heard.first_seen))
            mine.first_seen = min(mine.first_seen, heard.first_seen)
            most = _REMEMBERED if max(len(mine.digests), len(heard.digests)) <= _REMEMBERED else _REMEMBERED_UNNAMED
            mine.digests = tuple(dict.fromkeys((*mine.digests, *heard.digests)))[-most:]
        older.changes += younger.changes
        younger.moved_to = older
        self._refold(older)
        return older

    def _index(self, entry: Entry) -> None:
        for key in entry.content.keys:
            known = self._by_key.setdefault(key, [])
            if entry not in known:
                known.append(entry)

    # --- what an operator decides ------------------------------------------------------------------------------------

    def entry(self, row: int) -> Entry | None:
        """The paper of a row, loaded."""
        if row not in self.known:
            self.known[row] = Entry(row=row)
            self._hear({row: self.known[row]})
        self._load([self.known[row]])
        return self.known[row] if self.known[row].paper else None

    def join(self, one: Entry, other: Entry) -> Entry:
        """Make two papers one, whatever their keys say."""
        return self._unite(one, other)

    def take_out(self, entry: Entry, records: Sequence[Record], row: int | None) -> Entry:
        """Make ``records`` of a paper one of their own, under its old number where it had one."""
        leaving = {(record.source, record.key) for record in records}
        entry.records = tuple(record for record in entry.records if (record.source, record.key) not in leaving)
        entry.written = tuple(record for record in entry.written if (record.source, record.key) not in leaving)
        heard = {record.source: entry.heard[record.source] for record in records if record.source in entry.heard}
        other = Entry(row=row, records=tuple(records), paper=fold_records(records), heard=heard, dirty=True, taken_out=True)
        self.entries.append(other)
        staying = {record.source for record in entry.records}
        entry.heard = {source: given for source, given in entry.heard.items() if source in staying or source not in heard}
        self._refold(entry)
        return other

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
