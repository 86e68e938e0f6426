"""Matches of standing rules as they are kept, and the papers that wait at the destinations following those rules."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from bot.ports import Hit

_KNOWN = "SELECT rule_id, paper_id FROM matches WHERE paper_id IN (SELECT value FROM json_each(?))"
_FOLLOWERS = """
    SELECT s.rule_id, s.destination FROM json_each(?) j CROSS JOIN subscriptions s
    WHERE s.rule_id = j.value AND s.live = 1 AND s.created_at <= ?
"""
#: Read once a paper and not once a destination: the column lies behind the abstract.
_KINDS = """
    SELECT id,
        CASE announce_type WHEN 'cross' THEN 1 WHEN 'replace' THEN 2 WHEN 'replace-cross' THEN 2 WHEN 'archive' THEN 3 ELSE 0 END
    FROM papers WHERE id IN (SELECT value FROM json_each(?))
"""
_WAIT = """
    INSERT INTO waiting (destination, paper_id, kind, matched_at)
    SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM covered c WHERE c.destination = ?1 AND c.paper_id = ?2)
    ON CONFLICT DO NOTHING
"""


def write_hits(connection: sqlite3.Connection, found: Sequence[tuple[int, Sequence[Hit]]], changed: Sequence[int], at: str) -> None:
    """Keep what was ``found`` for each row of ``papers``. A match that is kept already stays as it is; a new one waits at every
    destination that follows its rule now. ``changed``: those of the rows that were there before."""
    known = set(connection.execute(_KNOWN, (json.dumps(changed),))) if changed else set()
    # In the order of the table: neighbours are written together.
    kept = ((hit.rule, row, hit.clause, int(hit.possible), at) for row, hits in found for hit in hits)
    fresh = sorted(match for match in kept if match[:2] not in known)
    connection.executemany("INSERT OR IGNORE INTO matches (rule_id, paper_id, clause, possible, matched_at) VALUES (?, ?, ?, ?, ?)", fresh)
    papers: defaultdict[int, list[int]] = defaultdict(list)
    for rule, row, *_ in fresh:
        papers[rule].append(row)
    waiting: defaultdict[str, set[int]] = defaultdict(set)
    for rule, destination in connection.execute(_FOLLOWERS, (json.dumps(list(papers)), at)):
        waiting[destination].update(papers[rule])
    kinds = dict(connection.execute(_KINDS, (json.dumps(sorted({row for _, row, *_ in fresh})),)))
    connection.executemany(
        _WAIT, ((destination, row, kinds[row], at) for destination, rows in sorted(waiting.items()) for row in sorted(rows))
    )
