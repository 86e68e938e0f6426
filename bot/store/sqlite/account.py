"""What became of one paper at one destination, and how much a tenant follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import cast

from bot.domain.subscriptions import Destination, Subscription
from bot.ports import Covered, Matched, PaperRecord
from bot.store.sqlite.channels import channel_row, is_foreign
from bot.store.sqlite.connection import Database
from bot.store.sqlite.deliveries import SELECT_DELIVERY, load_delivery
from bot.store.sqlite.hits import KINDS, rules_that_matched
from bot.store.sqlite.news import clauses_of
from bot.store.sqlite.postings import Posting, read_postings
from bot.store.sqlite.rows import current_row
from bot.store.sqlite.subscriptions import SELECT_SUBSCRIPTION, load_subscription
from bot.store.sqlite.times import text_moment

_COVERED = """
    SELECT c.*, o.slot,
        (SELECT count(*) FROM covered a WHERE a.occurrence = c.occurrence AND a.shown = 1) AS shown_in_all,
        (SELECT count(*) FROM covered a WHERE a.occurrence = c.occurrence AND a.held = '') AS covered_in_all
    FROM covered c JOIN occurrences o ON o.id = c.occurrence
    WHERE c.destination = :destination AND c.paper_id = :row
"""
_HIDDEN = "SELECT person, hidden_at FROM hidden WHERE destination = :destination AND paper_id = :row AND (:tenant = '' OR tenant = :tenant)"
_FOLLOWED = "SELECT number, rule_id, created_at, live, since FROM subscriptions WHERE destination = ? ORDER BY number"
_NUMBERS = "SELECT old_id FROM paper_moves WHERE paper_id = ?"
_AT = "SELECT at FROM match_batches WHERE number = ?"
_COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM channels c JOIN subscriptions s ON s.destination = c.key
        WHERE c.tenant = :tenant AND s.live = 1 LIMIT :limit
    )
"""


class Accounts:
    """Implements ``bot.ports.RecordStore``."""

    _db: Database

    async def record(self, destination: Destination, row: int) -> PaperRecord:
        def find(connection: sqlite3.Connection) -> PaperRecord:
            paper = current_row(connection, row)
            if paper is None or is_foreign(channel_row(connection, destination.key), destination.tenant):
                return PaperRecord()
            values: dict[str, str | int] = {"destination": destination.key, "tenant": destination.tenant, "row": paper}
            hidden = connection.execute(_HIDDEN, values).fetchone()
            covered, matches = _covered(connection, values), _matches(connection, destination.key, paper)
            return PaperRecord(
                covered=covered,
                waiting="" if covered else _kind(matches),
                hidden_by=hidden["person"] if hidden else "",
                hidden_at=text_moment(hidden["hidden_at"]) if hidden else None,
                matched=tuple(_matched(connection, matches)),
            )

        return await self._db.read(find)

    async def subscriptions_by(self, person: str, *, tenant: str) -> list[Subscription]:
        statement = f"""{SELECT_SUBSCRIPTION} WHERE s.created_by = :person AND s.live = 1 AND (:tenant = '' OR c.tenant = :tenant)
            ORDER BY s.destination, s.number"""
        values = {"person": person, "tenant": tenant}
        return await self._db.read(lambda connection: [load_subscription(row) for row in connection.execute(statement, values)])

    async def count_subscriptions(self, tenant: str, *, limit: int) -> int:
        values = {"tenant": tenant, "limit": limit}
        return await self._db.read(lambda connection: cast(int, connection.execute(_COUNT, values).fetchone()[0]))


def _covered(connection: sqlite3.Connection, values: dict[str, str | int]) -> Covered | None:
    row = connection.execute(_COVERED, values).fetchone()
    if row is None:
        return None
    sent = connection.execute(f"{SELECT_DELIVERY} WHERE d.occurrence = ? ORDER BY d.seq", (row["occurrence"],))
    return Covered(
        occurrence=row["occurrence"],
        slot=row["slot"],
        at=text_moment(row["covered_at"]),
        shown=bool(row["shown"]),
        rank=row["position"] + 1,
        shown_in_all=row["shown_in_all"],
        covered_in_all=row["covered_in_all"],
        reason=row["reason"],
        held=row["held"],
        released=bool(row["released"]),
        deliveries=tuple(load_delivery(one) for one in sent.fetchall()),
    )


def _matches(connection: sqlite3.Connection, key: str, paper: int) -> list[tuple[sqlite3.Row, list[Posting]]]:
    """The matches of each subscription, ended ones too, by number, first one first. Reads all matches of their rules."""
    known = rules_that_matched(connection, [paper]).get(paper, frozenset())
    followed = [row for row in connection.execute(_FOLLOWED, (key,)) if row["rule_id"] in known]
    rows = {paper, *(row for (row,) in connection.execute(_NUMBERS, (paper,)))}
    found: dict[int, list[Posting]] = {}
    for posting in read_postings(connection, {row["rule_id"]: 0 for row in followed}):
        if posting.paper in rows:
            found.setdefault(posting.rule, []).append(posting)
    return [(row, sorted(found[row["rule_id"]])) for row in followed if row["rule_id"] in found]


def _kind(matches: Sequence[tuple[sqlite3.Row, list[Posting]]]) -> str:
    """The best kind by which a subscription that goes on waits for the paper."""
    kinds = [one.kind for row, postings in matches if row["live"] for one in postings if one.batch > row["since"]]
    return KINDS[min(kinds)] if kinds and min(kinds) < KINDS.index("archive") else ""


def _matched(connection: sqlite3.Connection, matches: Sequence[tuple[sqlite3.Row, list[Posting]]]) -> Iterator[Matched]:
    clauses = clauses_of(connection, [postings[0] for _, postings in matches])
    for row, (posting, *_) in matches:
        possible, clause = clauses[posting]
        yield Matched(
            number=row["number"],
            clause=clause,
            possible=possible,
            at=text_moment(connection.execute(_AT, (posting.batch,)).fetchone()[0]),
            since=text_moment(row["created_at"]),
            live=bool(row["live"]),
        )
