"""Search: the store as people ask it, beside plain full-text search on the same index and ``LIKE`` on a part of the papers."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from bot.domain.papers import Paper
from bot.ports import SearchPage, Sort, Store
from bot.query import parse_query
from bot.store.sqlite.compile import Plan, compile_query
from bot.store.sqlite.places import ROW, day_of
from tests.bench.corpus import Drawn
from tests.bench.figures import PERCENTILE_LABELS, Row, Times, percentiles, times

GROUP = "search"
#: Papers that ``LIKE`` looks through: it reads every one of them, so more would only be slower in proportion.
LIKE_PAPERS = 5_000
_SORTS: tuple[Sort, ...] = ("best", "new")
_MILLI = 1e3


@dataclass(slots=True)
class _Way:
    """One way to search: for every query the times of its rounds."""

    name: str
    queries: dict[str, Times] = field(default_factory=dict)

    def of(self, query: Drawn) -> Times:
        return self.queries.setdefault(query.text, Times())

    def medians(self, of: Sequence[Drawn]) -> tuple[list[float], list[float]]:
        """Wall and CPU seconds: each query's median round."""
        chosen = [self.queries[query.text] for query in of]
        return [median(one.wall) for one in chosen], [median(one.cpu) for one in chosen]

    def row(self, of: Sequence[Drawn], beside: str = "", name: str = "") -> Row:
        wall, cpu = self.medians(of)
        return Row(
            group=GROUP,
            name=name or f"{self.name}, {len(of)} queries",
            unit="ms",
            labels=PERCENTILE_LABELS,
            wall=percentiles(wall, _MILLI),
            cpu=percentiles(cpu, _MILLI),
            beside=beside,
        )


async def measure(
    store: Store,
    path: Path,
    papers: Sequence[Paper],
    queries: Sequence[Drawn],
    folder: Path,
    *,
    rounds: int,
    today: date,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Every query in every way, one after the other, ``rounds`` times over. ``path`` is the file of ``store``."""
    ours = {sort: _Way(f"sort {sort}") for sort in _SORTS}
    plain, like = _Way("plain FTS5: join, ORDER BY rank, count"), _Way("LIKE")
    few, found, searchable = papers[:LIKE_PAPERS], 0, [query for query in queries if query.needles]
    with closing(_like_table(few, folder / "like.db")) as table, closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as index:
        for number in range(1, rounds + 1):
            tell(f"search, round {number} of {rounds}: {len(queries)} queries")
            for query in queries:
                for sort in _SORTS:
                    page = await _timed(ours[sort].of(query), _ask(store, query, sort, today))
                    found += bool(page.hits)
                plan = compile_query(parse_query(query.text).tree, today)
                with plain.of(query).one():
                    _search_plainly(index, plan)
            for query in searchable if number == 1 else ():
                with like.of(query).one():
                    _search_by_like(table, query)
    best, new, naive = (way.medians(queries)[1] for way in (ours["best"], ours["new"], plain))
    return [
        ours["best"].row(queries, _against(best, naive, "plain FTS5") + f" · {found / (rounds * 2 * len(queries)):.0%} find something"),
        ours["new"].row(queries, _against(new, naive, "plain FTS5")),
        plain.row(queries, "same index, same matches, columns weigh the same, no thread"),
        like.row(
            searchable,
            f"CPU median {times(median(like.medians(searchable)[1]) / median(ours['best'].medians(searchable)[1]))} × sort best over all",
            name=f"LIKE on {len(few):,} papers only, {len(searchable)} queries",
        ),
        *_by_kind(ours["best"], queries),
    ]


def _ask(store: Store, query: Drawn, sort: Sort, today: date) -> Callable[[], Awaitable[SearchPage]]:
    async def ask() -> SearchPage:
        return await store.search(parse_query(query.text), sort=sort, limit=10, today=today)

    return ask


async def _timed(into: Times, work: Callable[[], Awaitable[SearchPage]]) -> SearchPage:
    with into.one():
        return await work()


def _against(ours: Sequence[float], other: Sequence[float], name: str) -> str:
    (p50, _, p99), (other50, _, other99) = percentiles(ours), percentiles(other)
    return f"CPU p50 {times(p50 / other50)} ×, p99 {times(p99 / other99)} × {name}"


def _by_kind(way: _Way, queries: Sequence[Drawn]) -> list[Row]:
    """CPU by kind of query: what the percentiles are made of."""
    kinds: dict[str, list[Drawn]] = {}
    for query in queries:
        kinds.setdefault(query.kind, []).append(query)
    rows = []
    for kind, of in kinds.items():
        wall, cpu = way.medians(of)
        worst = max(of, key=lambda query: median(way.queries[query.text].cpu))
        rows.append(
            Row(
                group=GROUP,
                name=f"  {kind}",
                unit="ms",
                labels=("median", "worst"),
                wall=(median(wall) * _MILLI, max(wall) * _MILLI),
                cpu=(median(cpu) * _MILLI, max(cpu) * _MILLI),
                beside=f"worst: {worst.text}",
            )
        )
    return rows


def _search_plainly(connection: sqlite3.Connection, plan: Plan) -> int:
    """The first thing that comes to mind: papers joined to the index, sorted by ``rank``, and a count beside it; how many there are."""
    where = ["search MATCH ?", *plan.where]
    values: list[str | int] = [plan.match, *plan.parameters]
    if plan.first:
        where.append("p.filed >= ?")
        values.append(str(day_of(plan.first)))
    source = f"FROM search JOIN papers AS p ON p.id = ({ROW}) WHERE {' AND '.join(where)}"
    connection.execute(f"SELECT p.* {source} ORDER BY rank LIMIT 10", values).fetchall()
    return int(connection.execute(f"SELECT count(*) {source}", values).fetchone()[0])


def _like_table(papers: Sequence[Paper], path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE papers (id INTEGER PRIMARY KEY, title TEXT, abstract TEXT, authors TEXT, date TEXT)")
    connection.executemany(
        "INSERT INTO papers (title, abstract, authors, date) VALUES (?, ?, ?, ?)",
        ((paper.title, paper.abstract, "; ".join(author.name for author in paper.authors), str(paper.date)) for paper in papers),
    )
    connection.commit()
    return connection


def _search_by_like(connection: sqlite3.Connection, query: Drawn) -> None:
    where = " AND ".join(["(title LIKE ? OR abstract LIKE ? OR authors LIKE ?)"] * len(query.needles))
    values = [f"%{needle}%" for needle in query.needles for _ in range(3)]
    connection.execute(f"SELECT * FROM papers WHERE {where} ORDER BY date DESC LIMIT 10", values).fetchall()
    connection.execute(f"SELECT count(*) FROM papers WHERE {where}", values).fetchone()
