"""Matches of standing rules as they come in: each is written once for its rule, whoever follows it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.papers import AnnounceType
from bot.ports import Hit
from bot.store.sqlite.postings import (
    POSSIBLY_WHOLE,
    VARIANTS,
    WHOLE,
    bytes_to_rules,
    next_batch,
    replace_paper,
    rules_to_bytes,
    write_postings,
)

#: Kinds of announcement as channels and subscriptions name them, best first: the place of each is how postings keep it.
#: The last one nobody can want.
KINDS = ("new", "cross", "update", "archive")
_KIND_OF = {
    None: 0,
    AnnounceType.NEW: 0,
    AnnounceType.CROSS: 1,
    AnnounceType.REPLACE: 2,
    AnnounceType.REPLACE_CROSS: 2,
    AnnounceType.ARCHIVE: 3,
}

_KNOWN = "SELECT paper_id, rules FROM paper_rules WHERE paper_id IN (SELECT value FROM json_each(?))"
_KEEP = "INSERT OR REPLACE INTO paper_rules (paper_id, rules) VALUES (?, ?)"
_CLAUSES = "SELECT rule_id, variant, clause, possible FROM match_clauses WHERE rule_id IN (SELECT value FROM json_each(?))"
_ADD_CLAUSE = "INSERT INTO match_clauses (rule_id, clause, possible, variant) VALUES (?, ?, ?, ?)"

#: Rule, clause, whether possible only.
_Clause = tuple[int, str, bool]


@dataclass(frozen=True, slots=True)
class Matched:
    """What was found for a row of ``papers`` that is new or has changed."""

    row: int
    kind: int
    hits: Sequence[Hit]
    #: The kind it was of before; ``None`` for a new row.
    before: int | None = None


def kind_of(announced: AnnounceType | None) -> int:
    """The place of a kind of announcement among ``KINDS``."""
    return _KIND_OF[announced]


def write_hits(connection: sqlite3.Connection, found: Sequence[Matched], at: str) -> None:
    """Keep what was found. A match that is kept already stays as it is, with the kind of its day, unless the paper is of a better kind
    now: then its matches count anew."""
    known = rules_that_matched(connection, [one.row for one in found if one.before is not None])
    news = [(one, hits) for one in found if (hits := _news(one, known.get(one.row, frozenset())))]
    if not news:
        return
    write_postings(connection, next_batch(connection, at), _with_variants(connection, news))
    connection.executemany(
        _KEEP, ((one.row, rules_to_bytes(sorted({hit.rule for hit in hits}.union(known.get(one.row, ()))))) for one, hits in news)
    )


def rules_that_matched(connection: sqlite3.Connection, rows: Sequence[int]) -> dict[int, frozenset[int]]:
    """For each paper of ``rows`` the rules that ever matched it."""
    found = connection.execute(_KNOWN, (json.dumps(rows),)) if rows else ()
    return {row: frozenset(bytes_to_rules(rules)) for row, rules in found}


def _news(one: Matched, known: frozenset[int]) -> Sequence[Hit]:
    if not known:
        return one.hits
    if one.before is None or one.kind >= one.before:
        return [hit for hit in one.hits if hit.rule not in known]
    gone = known.difference(hit.rule for hit in one.hits)
    return [*one.hits, *(Hit(rule=rule, clause="", whole=True) for rule in sorted(gone))]


def _with_variants(
    connection: sqlite3.Connection, news: Sequence[tuple[Matched, Sequence[Hit]]]
) -> Iterable[tuple[int, int, Iterable[tuple[int, int]]]]:
    partly = {(hit.rule, hit.clause, hit.possible) for _, hits in news for hit in hits if not hit.whole}
    variants = _variants(connection, partly) if partly else {}
    for one, hits in news:
        yield one.row, one.kind, ((hit.rule, _variant(hit, variants)) for hit in hits)


def _variant(hit: Hit, variants: Mapping[_Clause, int]) -> int:
    if hit.whole:
        return POSSIBLY_WHOLE if hit.possible else WHOLE
    return variants[hit.rule, hit.clause, hit.possible]


def _variants(connection: sqlite3.Connection, wanted: set[_Clause]) -> dict[_Clause, int]:
    """The number of each clause within its rule; new ones are written. Where a rule has too many of them, the whole rule stands for it."""
    variants: dict[_Clause, int] = {}
    last: dict[int, int] = {}
    rules = json.dumps(sorted({rule for rule, _, _ in wanted}))
    for rule, variant, clause, possible in connection.execute(_CLAUSES, (rules,)):
        variants[rule, clause, bool(possible)] = variant
        last[rule] = variant
    added: list[tuple[int, str, bool, int]] = []
    for one in sorted(wanted - variants.keys()):
        rule, _, possible = one
        variant = last.get(rule, POSSIBLY_WHOLE) + 1
        if variant < VARIANTS:
            last[rule] = variant
            added.append((*one, variant))
        else:
            variant = POSSIBLY_WHOLE if possible else WHOLE
        variants[one] = variant
    connection.executemany(_ADD_CLAUSE, added)
    return variants


def move_rules(connection: sqlite3.Connection, row: int, to: int) -> None:
    """What has matched the paper at ``row`` has matched the one that takes it in."""
    known = rules_that_matched(connection, [row, to])
    if known:
        connection.execute("DELETE FROM paper_rules WHERE paper_id = ?", (row,))
        connection.execute(_KEEP, (to, rules_to_bytes(sorted(frozenset[int]().union(*known.values())))))


def split_rules(connection: sqlite3.Connection, rows: Iterable[int], halves: Mapping[int, Collection[int]]) -> None:
    """What has matched a paper that is two again has matched each of the ``halves`` (by row, with the rules that match it now) that the
    rule matches. ``rows``: every number that the paper had."""
    matched = rules_that_matched(connection, list(halves))
    for rule in sorted(frozenset[int]().union(*matched.values())):
        replace_paper(connection, rule, frozenset(rows), [row for row, rules in halves.items() if rule in rules])
    for row, known in matched.items():
        connection.execute(_KEEP, (row, rules_to_bytes(sorted(known.intersection(halves[row])))))
