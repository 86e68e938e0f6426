"""The part of migration 12 that SQL cannot do: matches and waiting papers of older databases as ``postings``."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby

from bot.domain.papers import AnnounceType
from bot.ports import Hit
from bot.store.sqlite.hits import Matched, kind_of, matched, write_hits

# A paper that waits where a rule is followed keeps the kind that it waits with.
_MATCHES = """
    SELECT m.matched_at, m.paper_id, m.rule_id, m.clause, m.possible, m.clause IS r.query AS whole, p.announce_type,
        (SELECT min(w.kind) FROM waiting w JOIN subscriptions s ON s.destination = w.destination AND s.rule_id = m.rule_id
         WHERE w.paper_id = m.paper_id) AS kind
    FROM matches m JOIN papers p ON p.id = m.paper_id LEFT JOIN rules r ON r.id = m.rule_id
    ORDER BY m.matched_at, m.paper_id
"""


def carry_over(connection: sqlite3.Connection) -> None:
    """Every match as of the batch of its moment, every subscription as following since then; then the old tables go."""
    moments: list[str] = []
    for moment, rows in groupby(connection.execute(_MATCHES), key=lambda row: row["matched_at"]):
        moments.append(moment)
        write_hits(connection, list(_matched(rows)), moment)
    for key, number, created in connection.execute("SELECT destination, number, created_at FROM subscriptions").fetchall():
        since = bisect_left(moments, created)
        connection.execute(
            "UPDATE subscriptions SET since = ?, floor = ? WHERE destination = ? AND number = ?", (since, since, key, number)
        )
    connection.execute("DROP TABLE waiting")
    connection.execute("DROP TABLE matches")


def _matched(rows: Iterator[sqlite3.Row]) -> Iterator[Matched]:
    """Those of one moment."""
    for paper, group in groupby(rows, key=lambda row: row["paper_id"]):
        hits: list[Hit] = []
        kinds: list[int] = []
        for row in group:
            hits.append(Hit(rule=row["rule_id"], clause=row["clause"], possible=bool(row["possible"]), whole=bool(row["whole"])))
            announced = AnnounceType(row["announce_type"]) if row["announce_type"] else None
            kinds.append(kind_of(announced) if row["kind"] is None else row["kind"])
        yield matched(paper, min(kinds), hits, before=min(kinds))
