"""Matches of standing rules as they come in: each is written once for its rule, whoever follows it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.papers import AnnounceType
from bot.ports import Hit
from bot.store.sqlite.postings import (
    POSSIBLY_WHOLE,
    VARIANTS,
    WHOLE,
    Matches,
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
    """What was found for a row of ``papers`` that is new or has changed: rules that match it as a whole and for sure, and other hits."""

    row: int
    kind: int
    whole: list[int]
    others: list[Hit]
    #: The kind it was of before; ``None`` for a new row.
    before: int | None = None


def matched(row: int, kind: int, hits: Iterable[Hit], before: int | None = None) -> Matched:
    """Looks at each hit once, while the matcher has it at hand: later the hits of a batch lie all over the memory."""
    whole: list[int] = []
    others: list[Hit] = []
    for hit in hits:
        if hit.whole and not hit.possible:
            whole.append(hit.rule)
        else:
            others.append(hit)
    return Matched(row, kind, whole, others, before)


def kind_of(announced: AnnounceType | None) -> int:
    """The place of a kind of announcement among ``KINDS``."""
    return _KIND_OF[announced]


def write_hits(connection: sqlite3.Connection, found: Sequence[Matched], at: str) -> None:
    """Keep what was found. A match that is kept already stays as it is, with the kind of its day, unless the paper is of a better kind
    now: then its matches count anew."""
    known = rules_that_matched(connection, [one.row for one in found if one.before is not None])
    news = [news for one in found if (news := _news(one, known.get(one.row, frozenset()))).whole or news.others]
    if not news:
        return
    write_postings(connection, next_batch(connection, at), _with_variants(connection, news))
    connection.executemany(_KEEP, ((one.row, rules_to_bytes(_all_rules(one, known.get(one.row, ())))) for one in news))


def rules_that_matched(connection: sqlite3.Connection, rows: Sequence[int]) -> dict[int, frozenset[int]]:
    """For each paper of ``rows`` the rules that ever matched it."""
    found = connection.execute(_KNOWN, (json.dumps(rows),)) if rows else ()
    return {row: frozenset(bytes_to_rules(rules)) for row, rules in found}


def _news(one: Matched, known: frozenset[int]) -> Matched:
    """What is to be written of it."""
    if not known:
        return one
    if one.before is None or one.kind >= one.before:
        whole, others = [rule for rule in one.whole if rule not in known], [hit for hit in one.others if hit.rule not in known]
    else:
        whole, others = sorted(known.union(one.whole).difference(hit.rule for hit in one.others)), one.others
    return replace(one, whole=whole, others=others)


def _all_rules(one: Matched, known: Collection[int]) -> Iterable[int]:
    return sorted({*one.whole, *(hit.rule for hit in one.others), *known}) if one.others or known else one.whole


def _with_variants(connection: sqlite3.Connection, news: Sequence[Matched]) -> list[Matches]:
    partly = {(hit.rule, hit.clause, hit.possible) for one in news for hit in one.others if not hit.whole}
    variants = _variants(connection, partly) if partly else {}

    def variant(hit: Hit) -> int:
        return POSSIBLY_WHOLE if hit.whole else variants[hit.rule, hit.clause, hit.possible]

    return [Matches(one.row, one.kind, one.whole, [(hit.rule, variant(hit)) for hit in one.others]) for one in news]


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
