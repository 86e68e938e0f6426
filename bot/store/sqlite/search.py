"""Search over the full-text index: how many there are, and the best, newest or most voted ten of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date

from bot.domain.queries import Query
from bot.errors import StoreError
from bot.ports import SearchPage, Sort
from bot.store.sqlite.compile import Plan, compile_query
from bot.store.sqlite.connection import Database, T, Work
from bot.store.sqlite.index import require_whole
from bot.store.sqlite.rows import load_papers, text_day

#: Totals are exact up to here.
COUNTED = 1000
#: Seconds for the exact order; readers are apart from the writer, so that nobody else waits for it.
BUDGET = 0.25
#: Seconds for the newest-first order that stands in for it.
FALLBACK_BUDGET = 2.0

#: How much a match weighs by column: title, authors, abstract, comment, facets.
BM25 = "bm25(search, 4.0, 3.0, 1.0, 1.0, 0.0)"
#: So many of the best matches are ordered with a look at their date: the same ones for every page.
_WINDOW = 200
#: What being of today adds to a score; it halves each year. Enough to part equals, too little to lift a weak match over a good one.
_RECENCY = 0.1
_HALF_LIFE = 365.0

Ranked = list[tuple[int, float]]


class Search:
    """The part of ``PaperStore`` that answers queries."""

    _db: Database

    async def search(self, query: Query, *, sort: Sort = "best", limit: int = 10, offset: int = 0, today: date) -> SearchPage:
        """See ``bot.ports``. When the order asked for takes too long, the newest matches by arrival are given instead."""
        plan = compile_query(query.tree, today)
        try:
            return await self._db.read(whole(lambda connection: _page(connection, plan, sort, limit, offset, today)), budget=BUDGET)
        except TimeoutError:
            pass
        try:
            return await self._db.read(whole(lambda connection: _newest_page(connection, plan, limit, offset)), budget=FALLBACK_BUDGET)
        except TimeoutError as error:
            raise StoreError(f"the search for {query.canonical} takes too long", "make it narrower, for example with since:30d") from error

    async def histogram(self, query: Query, *, since: date, today: date) -> dict[date, int]:
        plan = compile_query(query.tree, today)

        def count(connection: sqlite3.Connection) -> dict[date, int]:
            conditions = ["p.filed BETWEEN ? AND ?", *(["p.id IN (SELECT rowid FROM search WHERE search MATCH ?)"] if plan.match else [])]
            found = connection.execute(
                f"SELECT p.filed, count(*) FROM papers AS p INDEXED BY papers_filed "
                f"WHERE {' AND '.join((*conditions, *plan.where))} GROUP BY p.filed",
                (since.isoformat(), today.isoformat(), *([plan.match] if plan.match else []), *plan.parameters),
            )
            return {date.fromisoformat(day): number for day, number in found}

        return await self._db.read(whole(count) if plan.match else count)


def whole(work: Work[T]) -> Work[T]:
    """``work`` on an index that is complete; ``IndexUnusable`` while it is being built anew."""

    def checked(connection: sqlite3.Connection) -> T:
        require_whole(connection)
        return work(connection)

    return checked


def _page(connection: sqlite3.Connection, plan: Plan, sort: Sort, limit: int, offset: int, today: date) -> SearchPage:
    total = _count(connection, plan)
    if sort == "best" and plan.match and plan.ranks:
        ranked = _best(connection, plan, limit, offset, today)
    else:
        ranked = _ordered(connection, plan, sort, limit, offset, many=total > COUNTED)
    return _answer(connection, total, ranked)


def _newest_page(connection: sqlite3.Connection, plan: Plan, limit: int, offset: int) -> SearchPage:
    source, values = _source(plan)
    order = "search.rowid" if plan.match else "p.id"
    found = connection.execute(f"SELECT {order} {source} ORDER BY {order} DESC LIMIT ? OFFSET ?", (*values, limit, offset))
    return _answer(connection, _count(connection, plan), [(row, 0.0) for (row,) in found])


def _answer(connection: sqlite3.Connection, total: int, ranked: Ranked) -> SearchPage:
    papers = load_papers(connection, (row for row, _ in ranked))
    return SearchPage(
        total=min(total, COUNTED), more=total > COUNTED, hits=tuple((papers[row], score) for row, score in ranked if row in papers)
    )


def _source(plan: Plan) -> tuple[str, list[str | int]]:
    """FROM and WHERE of the plan, and its values. The paper itself is visited only where a condition needs it."""
    if not plan.match:
        return f"FROM papers AS p WHERE {' AND '.join(plan.where) or '1'}", list(plan.parameters)
    if not plan.where:
        return "FROM search WHERE search MATCH ?", [plan.match]
    # CROSS JOIN: the index leads, each of its matches is looked up by number.
    where = " AND ".join(("search MATCH ?", *plan.where))
    return f"FROM search CROSS JOIN papers AS p ON p.id = search.rowid WHERE {where}", [plan.match, *plan.parameters]


def _count(connection: sqlite3.Connection, plan: Plan) -> int:
    """Exact up to ``COUNTED``; one more stands for all above."""
    source, values = _source(plan)
    found = connection.execute(f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {COUNTED + 1})", values)
    return int(found.fetchone()[0])


def _best(connection: sqlite3.Connection, plan: Plan, limit: int, offset: int, today: date) -> Ranked:
    """By BM25; among the very best, a newer one goes before an older one that is about as good."""
    source, values = _source(plan)
    found = connection.execute(
        f"SELECT search.rowid, {BM25} AS rank_ {source} ORDER BY rank_, search.rowid DESC LIMIT ?",
        (*values, max(_WINDOW, offset + limit)),
    )
    ranked = [(row, -score) for row, score in found]
    window = ranked[:_WINDOW]
    days = _days(connection, (row for row, _ in window))
    lifted = [(row, score * (1 + _recency(days.get(row), today))) for row, score in window]
    lifted.sort(key=lambda entry: (-entry[1], -entry[0]))
    return [*lifted, *ranked[_WINDOW:]][offset : offset + limit]


def _recency(day: date | None, today: date) -> float:
    return 0.0 if day is None else _RECENCY * 0.5 ** (max((today - day).days, 0) / _HALF_LIFE)


def _days(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, date | None]:
    found = connection.execute("SELECT id, filed FROM papers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(rows)),))
    return {row: text_day(day) for row, day in found}


def _ordered(connection: sqlite3.Connection, plan: Plan, sort: Sort, limit: int, offset: int, *, many: bool) -> Ranked:
    """By votes, or newest first. With many matches it is quicker to walk the papers by day than to sort all matches."""
    order = "p.filed DESC, p.id DESC"
    if sort == "votes":
        order = f"p.votes DESC NULLS LAST, {order}"
    where = " AND ".join((*(["p.id IN (SELECT rowid FROM search WHERE search MATCH ?)"] if plan.match else []), *plan.where)) or "1"
    walk = " INDEXED BY papers_filed" if many and sort != "votes" else ""
    found = connection.execute(
        f"SELECT p.id, p.filed, p.votes FROM papers AS p{walk} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*([plan.match] if plan.match else []), *plan.parameters, limit, offset),
    )
    if sort == "votes":
        return [(row, float(votes or 0)) for row, _, votes in found]
    return [(row, float(date.fromisoformat(day).toordinal()) if day else 0.0) for row, day, _ in found]
