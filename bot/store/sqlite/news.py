"""What is new at a destination: read off the matches of the rules that it follows, above the floor that lies under each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.store.sqlite.hits import KINDS
from bot.store.sqlite.postings import POSSIBLY_WHOLE, Posting, last_batch, read_postings

_FOLLOWED = "SELECT number, rule_id, floor, types FROM subscriptions WHERE destination = ? AND live = 1"
_RAISE = "UPDATE subscriptions SET floor = :floor WHERE destination = :key AND live = 1 AND floor < :floor"
_MOVED = "SELECT old_id, paper_id FROM paper_moves WHERE old_id IN (SELECT value FROM json_each(?))"
_COVERED = "SELECT paper_id FROM covered WHERE destination = :key AND paper_id IN (SELECT value FROM json_each(:rows))"
# Nobody of the tenant hid it here. Without a tenant it is the operator, who minds everybody's marks.
_HIDDEN = """
    SELECT paper_id FROM hidden
    WHERE destination = :key AND (:tenant = '' OR tenant = :tenant) AND paper_id IN (SELECT value FROM json_each(:rows))
"""
_RULES = "SELECT id, query FROM rules WHERE id IN (SELECT value FROM json_each(?))"
_CLAUSES = """
    SELECT c.rule_id, c.variant, c.clause, c.possible FROM json_each(?) j
    JOIN match_clauses c ON c.rule_id = j.value ->> 0 AND c.variant = j.value ->> 1
"""


@dataclass(slots=True)
class News:
    """A paper that is new at a destination, with the matches by which it is: number of the subscription and posting."""

    row: int
    #: When it matched first.
    batch: int
    matches: list[tuple[int, Posting]]


def news_at(connection: sqlite3.Connection, channel: sqlite3.Row, tenant: str) -> list[News]:
    """Everything new at ``channel`` (a row of ``channels``) as ``tenant`` sees it, newest match first."""
    key = channel["key"]
    rows = connection.execute(_FOLLOWED, (key,)).fetchall()
    followed = {rule: (number, floor, _kinds(types or channel["types"])) for number, rule, floor, types in rows}
    above, kinds = ({rule: one[place] for rule, one in followed.items()} for place in (1, 2))
    found: dict[int, list[tuple[int, Posting]]] = {}
    for posting in read_postings(connection, above, kinds):
        found.setdefault(posting.paper, []).append((followed[posting.rule][0], posting))
    if not found:
        return []
    for row, to in connection.execute(_MOVED, (json.dumps(list(found)),)).fetchall():
        found.setdefault(to, []).extend(found.pop(row))
    values = {"key": key, "tenant": tenant, "rows": json.dumps(list(found))}
    for statement in (_COVERED, _HIDDEN):
        for (row,) in connection.execute(statement, values):
            found.pop(row, None)
    news = [News(row, min([posting.batch for _, posting in matches]), matches) for row, matches in found.items()]
    news.sort(key=lambda one: (one.batch, one.row), reverse=True)
    return news


@cache
def _kinds(types: str) -> int:
    """A bit for each of ``KINDS`` that is wanted."""
    return sum(1 << KINDS.index(name) for name in types.split())


def reasons_of(connection: sqlite3.Connection, news: Iterable[News]) -> dict[int, list[tuple[str, int]]]:
    """For each paper clauses and the numbers of their subscriptions: certain ones first, then by number."""
    found = {one.row: one.matches for one in news}
    clauses = clauses_of(connection, [posting for matches in found.values() for _, posting in matches])
    return {row: _in_order((*clauses[posting], number) for number, posting in matches) for row, matches in found.items()}


def clauses_of(connection: sqlite3.Connection, postings: Sequence[Posting]) -> dict[Posting, tuple[bool, str]]:
    """What made each match, and whether it is a possible one only."""
    whole = dict(connection.execute(_RULES, (json.dumps(list({posting.rule for posting in postings})),)))
    partly = list({(posting.rule, posting.variant) for posting in postings if posting.variant > POSSIBLY_WHOLE})
    written = connection.execute(_CLAUSES, (json.dumps(partly),))
    clauses = {(rule, variant): (bool(possible), clause) for rule, variant, clause, possible in written}
    return {
        posting: clauses.get((posting.rule, posting.variant)) or (posting.variant == POSSIBLY_WHOLE, whole[posting.rule])
        for posting in postings
    }


def _in_order(reasons: Iterable[tuple[bool, str, int]]) -> list[tuple[str, int]]:
    ordered = sorted(reasons, key=lambda one: (one[0], one[2]))
    return [(clause, number) for _, clause, number in ordered]


def raise_floors(connection: sqlite3.Connection, channel: sqlite3.Row) -> None:
    """Nobody need look again at what lies below the oldest paper that is still new here."""
    left = news_at(connection, channel, channel["tenant"])
    floor = min((one.batch for one in left), default=last_batch(connection) + 1) - 1
    connection.execute(_RAISE, {"key": channel["key"], "floor": floor})
