"""Search over the full-text index: how many there are, and the best, newest or most voted ten of them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.queries import Query
from bot.errors import StoreError
from bot.ports import Order, SearchPage, Sort
from bot.store.sqlite.alike import answers
from bot.store.sqlite.compile import VOTED, Plan, compile_query, in_text
from bot.store.sqlite.connection import Database, T, Work
from bot.store.sqlite.index import require_whole
from bot.store.sqlite.places import LAST, ROW, day_number, day_of, first_of, last_of, place, row_of
from bot.store.sqlite.rows import load_papers, text_day
from bot.store.sqlite.scoring import by_use, floor_of, told_by

#: Totals are exact up to here, and so many matches are ranked against each other.
COUNTED = 1000
#: Seconds for the order that was asked for; readers are apart from the writer, so that nobody else waits for it.
BUDGET = 0.25
#: Seconds for the newest-first order that stands in for it, and for counting by day.
FALLBACK_BUDGET = 2.0

#: Where more match than are counted, so many of the newest and of the newest with the words in the title are ordered by how they use them.
_NEWEST = 60
_TITLED = 80
#: The latter are looked for in so many times the days that the newest thousand matches are of.
_TITLED_REACH = 4

#: So many words, any of which will do, make a question: the words are weighed against each other then.
_QUESTION = 4
#: Where very many papers hold some of them, so many of the newest are looked at; and so many are read.
_QUESTION_WINDOW = 200_000
_READ = 250

#: Places with what they are ordered by, higher first.
Ranked = list[tuple[int, float]]


class Search:
    """The part of ``PaperStore`` that answers queries."""

    _db: Database

    async def search(self, query: Query, *, sort: Sort = "best", limit: int = 10, offset: int = 0, today: date) -> SearchPage:
        """See ``bot.ports``. When the order asked for takes too long, the newest matches are given instead."""
        plan = compile_query(query.tree, today)
        try:
            return await self._db.read(whole(lambda connection: _page(connection, plan, sort, limit, offset, today)), budget=BUDGET)
        except TimeoutError:
            pass
        try:
            return await self._db.read(
                whole(lambda connection: _newest_page(connection, plan, sort, limit, offset)), budget=FALLBACK_BUDGET
            )
        except TimeoutError as error:
            raise StoreError(f"the search for {query.canonical} takes too long", "make it narrower, for example with since:30d") from error

    async def histogram(self, query: Query, *, since: date, today: date) -> dict[date, int]:
        """See ``bot.ports``. Always exact; ``StoreError`` when that takes too long."""
        plan = compile_query(query.tree, today)
        try:
            return await self._db.read(whole(lambda connection: _per_day(connection, plan, since, today)), budget=FALLBACK_BUDGET)
        except TimeoutError as error:
            raise StoreError(f"counting {query.canonical} by day takes too long", "look at fewer days") from error


def whole(work: Work[T]) -> Work[T]:
    """``work`` on an index that is complete; ``IndexUnusable`` while it is being built anew."""

    def checked(connection: sqlite3.Connection) -> T:
        require_whole(connection)
        return work(connection)

    return checked


def _page(connection: sqlite3.Connection, plan: Plan, sort: Sort, limit: int, offset: int, today: date) -> SearchPage:
    newest = _newest(connection, plan, COUNTED + 1)
    if sort == "votes":
        return _answer(connection, newest, _most_voted(connection, plan, limit, offset))
    if sort == "new" or not (plan.match and plan.ranks):
        order: Order = "asked" if sort == "new" else "unranked"
        return _answer(connection, newest, _by_day(connection, plan, newest, limit, offset), order=order)
    if len(plan.any_of) >= _QUESTION:
        ranked = _best_answers(connection, plan, newest, offset + limit)[offset : offset + limit]
        return _answer(connection, newest, ranked, order="asked" if len(newest) <= COUNTED else "recent")
    if len(newest) <= COUNTED:
        ranked = by_use(connection, newest, _weights(connection, plan), today)
        return _answer(connection, newest, ranked[offset : offset + limit])
    return _answer(connection, newest, _best_of_newest(connection, plan, newest, limit, offset, today), order="recent")


def _newest_page(connection: sqlite3.Connection, plan: Plan, sort: Sort, limit: int, offset: int) -> SearchPage:
    newest = _newest(connection, plan, COUNTED + 1)
    order: Order = "asked" if sort == "new" else "new" if sort == "votes" or (plan.match and plan.ranks) else "unranked"
    return _answer(connection, newest, _by_day(connection, plan, newest, limit, offset), order=order)


def _answer(connection: sqlite3.Connection, newest: Sequence[int], ranked: Ranked, *, order: Order = "asked") -> SearchPage:
    papers = load_papers(connection, (row_of(at) for at, _ in ranked))
    return SearchPage(
        total=min(len(newest), COUNTED),
        more=len(newest) > COUNTED,
        hits=tuple((papers[row_of(at)], score) for at, score in ranked if row_of(at) in papers),
        order=order,
    )


def _source(plan: Plan, *further: str) -> tuple[str, list[str | int]]:
    """FROM and WHERE of the plan, and its values. The paper itself is visited only where a condition needs it."""
    if not plan.match:
        return f"FROM papers AS p WHERE {' AND '.join((*plan.where, *further)) or '1'}", list(plan.parameters)
    bounds = (("search.rowid >= ?", plan.first, plan.first > 0), ("search.rowid <= ?", plan.last, plan.last < LAST))
    where = ["search MATCH ?", *(sql for sql, _, bound in bounds if bound), *plan.filters, *further, *plan.where]
    values: list[str | int] = [plan.match, *(at for _, at, bound in bounds if bound), *plan.parameters]
    # CROSS JOIN: the index leads, each of its matches is looked up by number.
    papers = f" CROSS JOIN papers AS p ON p.id = ({ROW})" if plan.where else ""
    return f"FROM search{papers} WHERE {' AND '.join(where)}", values


def _newest(connection: sqlite3.Connection, plan: Plan, limit: int, *further: str) -> list[int]:
    """Places of matches, newest first. ``further`` are conditions beside those of the plan."""
    source, values = _source(plan, *further)
    if plan.match:
        # As one value: a thousand rows of one number each would take longer to hand over than to find.
        found = connection.execute(
            f"SELECT json_group_array(at) FROM (SELECT search.rowid AS at {source} ORDER BY search.rowid DESC LIMIT ?)", (*values, limit)
        )
        places: list[int] = json.loads(found.fetchone()[0])
        return places
    found = connection.execute(f"SELECT p.id, p.filed {source} ORDER BY p.filed DESC, p.id DESC LIMIT ?", (*values, limit))
    return [place(row, text_day(day)) for row, day in found]


def _by_day(connection: sqlite3.Connection, plan: Plan, newest: list[int], limit: int, offset: int) -> Ranked:
    if offset + limit > len(newest) > COUNTED:
        newest = _newest(connection, plan, offset + limit)
    return [(at, float(day.toordinal()) if (day := day_of(at)) else 0.0) for at in newest[offset : offset + limit]]


def _most_voted(connection: sqlite3.Connection, plan: Plan, limit: int, offset: int) -> Ranked:
    """Those with votes, then the others newest first."""
    wanted = offset + limit
    if plan.match:
        source, values = _source(replace(plan, where=(*plan.where, "p.votes IS NOT NULL")), VOTED.format(where="1"))
        order = f"SELECT search.rowid, p.votes {source} ORDER BY p.votes DESC, search.rowid DESC LIMIT ?"
        ranked = [(at, float(votes)) for at, votes in connection.execute(order, (*values, wanted))]
        unvoted = f"NOT {VOTED.format(where='1')}"
    else:
        source, values = _source(plan, "p.votes IS NOT NULL")
        order = f"SELECT p.id, p.filed, p.votes {source} ORDER BY p.votes DESC, p.filed DESC, p.id DESC LIMIT ?"
        found = connection.execute(order, (*values, wanted))
        ranked = [(place(row, text_day(day)), float(votes)) for row, day, votes in found]
        unvoted = "p.votes IS NULL"
    if len(ranked) < wanted:
        ranked += [(at, 0.0) for at in _newest(connection, plan, wanted - len(ranked), unvoted)]
    return ranked[offset:]


def _best_of_newest(connection: sqlite3.Connection, plan: Plan, newest: list[int], limit: int, offset: int, today: date) -> Ranked:
    """Of very many matches: the newest, and the newest that have the words in the title, by how they use the words; then all others by
    day. The same order for every page."""
    leading = sorted({*newest[:_NEWEST], *_newest_titled(connection, plan, newest)}, reverse=True)
    ranked = by_use(connection, leading, _weights(connection, plan), today)
    if offset + limit > len(ranked):
        known = set(leading)
        ranked += [(at, 0.0) for at in _newest(connection, plan, offset + limit) if at not in known]
    return ranked[offset : offset + limit]


def _best_answers(connection: sqlite3.Connection, plan: Plan, newest: list[int], wanted: int) -> Ranked:
    """Matches of a question of many words, any of which will do: those with the most telling ones, then all others by day."""
    floor = floor_of(connection, _QUESTION_WINDOW) if len(newest) > COUNTED else 0
    narrowed = replace(plan, first=max(plan.first, floor))
    expressions = dict(plan.any_of)

    def holding(expression: str) -> tuple[str, list[str | int]]:
        return _source(replace(narrowed, match=plan.holding(expression)))

    asked = dict.fromkeys(expressions, 1.0)
    ranked = answers(connection, asked, lambda word: expressions.get(word) or in_text(word), holding, read=_READ, wanted=wanted)
    if len(ranked) < wanted:
        known = {at for at, _ in ranked}
        ranked += [(at, 0.0) for at in _newest(connection, plan, wanted) if at not in known]
    return ranked


def _newest_titled(connection: sqlite3.Connection, plan: Plan, newest: list[int]) -> list[int]:
    """Matches with the words in the title, of as many days as hold some thousands of matches."""
    if not plan.titled:
        return []
    days = max(day_number(newest[0]) - day_number(newest[-1]), 1)
    since = date.fromordinal(max(day_number(newest[0]) - _TITLED_REACH * days, 1))
    return _newest(connection, replace(plan, match=plan.titled, first=max(plan.first, first_of(since))), _TITLED)


def _weights(connection: sqlite3.Connection, plan: Plan) -> dict[str, float]:
    """How much each word tells. Where all of them stand in every match that makes no odds."""
    told = told_by(connection, (expression for _, expression in plan.words)) if plan.either else {}
    return {word: told.get(expression, 1.0) for word, expression in plan.words}


def _per_day(connection: sqlite3.Connection, plan: Plan, since: date, today: date) -> dict[date, int]:
    if not plan.match:
        source, values = _source(plan, "p.filed BETWEEN ? AND ?")
        found = connection.execute(f"SELECT p.filed, count(*) {source} GROUP BY p.filed", (*values, since.isoformat(), today.isoformat()))
        return {date.fromisoformat(day): number for day, number in found}
    bounded = replace(plan, first=max(plan.first, first_of(since)), last=min(plan.last, last_of(today)))
    source, values = _source(bounded)
    counts = Counter(map(day_number, (at for (at,) in connection.execute(f"SELECT search.rowid {source}", values))))
    return {date.fromordinal(number): count for number, count in counts.items()}
