"""Matches as they lie in the database: those of 64 neighbouring rules in one row of ``postings``, so that a batch of papers writes few
rows however many rules it meets, and a rule's newest matches are a few rows read in order.

A row begins with the batch in its id (``bucket << 40 | batch``) and is continued by later ones until it is full. It holds sorted numbers
of 8 bytes, from the highest bit down: 6 the rule within its 64, 12 the batch counted from the row's first one, 2 the kind of
announcement, 12 the variant (what made the match), 32 the paper.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

#: Variants that need no row of ``match_clauses``: the whole rule, for sure or possibly.
WHOLE, POSSIBLY_WHOLE = 0, 1
#: As many variants as a rule can have.
VARIANTS = 1 << 12

_BUCKET_BITS, _BATCH_BITS = 6, 40
_RULE_SHIFT, _OFFSET_SHIFT, _KIND_SHIFT, _VARIANT_SHIFT = 58, 46, 44, 32
_IN_BUCKET, _FIRST = (1 << _BUCKET_BITS) - 1, (1 << _BATCH_BITS) - 1
_OFFSETS, _PAPERS, _EVERY_KIND = 1 << 12, (1 << 32) - 1, 0b1111
#: Numbers in a row before another one is begun: 2 KB, so that two rows and more fit in a page.
_FULL = 240

# The last row of each bucket.
_LAST = """
    SELECT p.id, p.found FROM json_each(?) b
    JOIN postings p ON p.id = (SELECT max(q.id) FROM postings q WHERE q.id >= b.value << 40 AND q.id < b.value + 1 << 40)
"""
# From the row that holds the first number asked for to the end of the bucket.
_FROM = """
    SELECT p.id, p.found FROM json_each(?) b
    JOIN postings p ON p.id < (b.value >> 40) + 1 << 40 AND p.id >= coalesce(
        (SELECT max(q.id) FROM postings q WHERE q.id <= b.value AND q.id >= b.value >> 40 << 40), b.value
    )
"""

_ALL = "SELECT id, found FROM postings WHERE id >= ? AND id < ?"


class Posting(NamedTuple):
    """A match of a rule as it was found: in which batch, of what kind the paper was announced then, what made it."""

    rule: int
    batch: int
    kind: int
    variant: int
    paper: int


class Matches(NamedTuple):
    """A paper with the rules that match it: those that do as a whole and for sure, and the others with their variants."""

    paper: int
    kind: int
    whole: Iterable[int]
    others: Iterable[tuple[int, int]] = ()


def write_postings(connection: sqlite3.Connection, batch: int, found: Iterable[Matches]) -> None:
    """``batch`` is a new number, larger than all before."""
    buckets: defaultdict[int, list[int]] = defaultdict(list)
    for paper, kind, whole, others in found:
        low = kind << _KIND_SHIFT | paper
        for rule in whole:
            buckets[rule >> _BUCKET_BITS].append((rule & _IN_BUCKET) << _RULE_SHIFT | low)
        for rule, variant in others:
            buckets[rule >> _BUCKET_BITS].append((rule & _IN_BUCKET) << _RULE_SHIFT | variant << _VARIANT_SHIFT | low)
    last = {place >> _BATCH_BITS: (place, written) for place, written in connection.execute(_LAST, (json.dumps(list(buckets)),))}
    rows = (_row(bucket, batch, buckets[bucket], last.get(bucket)) for bucket in sorted(buckets))
    connection.executemany("INSERT OR REPLACE INTO postings (id, found) VALUES (?, ?)", rows)


def _row(bucket: int, batch: int, numbers: list[int], last: tuple[int, bytes] | None) -> tuple[int, bytes]:
    """The row that takes ``numbers`` in: the last one of the bucket while there is room, else a new one."""
    if last is not None:
        place, written = last
        offset = batch - (place & _FIRST)
        if offset < _OFFSETS and len(written) // 8 + len(numbers) <= _FULL:
            add = offset << _OFFSET_SHIFT
            return place, to_bytes(array("Q", sorted([*_numbers(written), *(number + add for number in numbers)])))
    return bucket << _BATCH_BITS | batch, to_bytes(array("Q", sorted(numbers)))


def read_postings(connection: sqlite3.Connection, above: Mapping[int, int], kinds: Mapping[int, int] | None = None) -> Iterator[Posting]:
    """Matches of each rule that came after the batch given for it; rules in no order, those of one rule by batch. ``kinds``: for each
    rule a bit for each kind that is asked for."""
    buckets: dict[int, list[int]] = {}
    for rule in above:
        buckets.setdefault(rule >> _BUCKET_BITS, []).append(rule)
    starts = [bucket << _BATCH_BITS | min(above[rule] for rule in rules) + 1 for bucket, rules in buckets.items()]
    for place, written in connection.execute(_FROM, (json.dumps(starts),)):
        numbers, first = _numbers(written), place & _FIRST
        for rule in buckets[place >> _BATCH_BITS]:
            offset = above[rule] + 1 - first
            if offset >= _OFFSETS:
                continue
            here, asked = rule & _IN_BUCKET, kinds[rule] if kinds else _EVERY_KIND
            begin = bisect_left(numbers, here << _RULE_SHIFT | max(offset, 0) << _OFFSET_SHIFT)
            end = bisect_left(numbers, here + 1 << _RULE_SHIFT, begin)
            for number in numbers[begin:end]:
                kind = number >> _KIND_SHIFT & 3
                if asked >> kind & 1:
                    batch = first + (number >> _OFFSET_SHIFT & _OFFSETS - 1)
                    yield Posting(rule, batch, kind, number >> _VARIANT_SHIFT & VARIANTS - 1, number & _PAPERS)


def replace_paper(connection: sqlite3.Connection, rule: int, papers: Collection[int], by: Collection[int]) -> None:
    """Let every match of ``rule`` with one of ``papers`` be one with each of ``by`` instead. Reads all matches of the rule."""
    bucket, here = rule >> _BUCKET_BITS, rule & _IN_BUCKET
    written = connection.execute(_ALL, (bucket << _BATCH_BITS, bucket + 1 << _BATCH_BITS)).fetchall()
    for place, row in written:
        numbers = _numbers(row)
        begin, end = (bisect_left(numbers, here + step << _RULE_SHIFT) for step in (0, 1))
        gone = [number for number in numbers[begin:end] if number & _PAPERS in papers]
        if gone:
            come = {number & ~_PAPERS | paper for number in gone for paper in by}
            changed = to_bytes(array("Q", sorted(come.union(numbers).difference(set(gone) - come))))
            connection.execute("UPDATE postings SET found = ? WHERE id = ?", (changed, place))


def last_batch(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM match_batches").fetchone()[0])


def next_batch(connection: sqlite3.Connection, at: str) -> int:
    """A new number, in the transaction that is open."""
    number = last_batch(connection) + 1
    connection.execute("INSERT INTO match_batches (number, at) VALUES (?, ?)", (number, at))
    return number


def rules_to_bytes(rules: Iterable[int]) -> bytes:
    return to_bytes(array("I", rules))


def bytes_to_rules(written: bytes) -> Sequence[int]:
    return _from_bytes(array("I"), written)


def _numbers(written: bytes) -> array[int]:
    return _from_bytes(array("Q"), written)


def to_bytes(numbers: array[int]) -> bytes:
    """The same on every machine."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _from_bytes(numbers: array[int], written: bytes) -> array[int]:
    numbers.frombytes(written)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
