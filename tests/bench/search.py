"""Search in a store of many papers: ours beside plain full-text search on the same index, ``LIKE`` and tantivy, in one run."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from bot.domain.papers import Paper
from bot.ports import SearchPage, Store
from bot.query.language import parse_query
from bot.store import open_store
from bot.store.sqlite.compile import Plan, compile_query
from bot.store.sqlite.places import ROW, day_of
from tests.bench.corpus import Drawn
from tests.bench.figures import PERCENTILE_LABELS, Row, Times, percentiles, times
from tests.bench.scaled import build_scaled

#: ``LIKE`` reads every paper: a few queries are enough to know how long it takes.
_LIKE_QUERIES = 3
_TODAY = date(2026, 12, 31)
#: Totals are compared up to where ours are exact.
_COUNTED = 1000


class Engine(Protocol):
    """Another engine over the same terms."""

    def search(self, query: Drawn) -> int | None:
        """How many match; ``None`` where it has no such query."""
        ...


@dataclass(slots=True)
class Way:
    """One way to search, and what each query took: median CPU and wall seconds of its rounds, and how many it found."""

    name: str
    times: dict[str, Times] = field(default_factory=dict)
    found: dict[str, int | None] = field(default_factory=dict)

    def take(self, query: Drawn, work: Callable[[], int | None]) -> None:
        with self.times.setdefault(query.text, Times()).one():
            self.found[query.text] = work()

    def cpu(self, texts: Iterable[str]) -> list[float]:
        return [self.times[text].medians().cpu[0] for text in texts if text in self.times]

    def wall(self, texts: Iterable[str]) -> list[float]:
        return [self.times[text].medians().wall[0] for text in texts if text in self.times]

    def row(self, group: str, texts: Sequence[str], beside: str = "", name: str = "") -> Row:
        wall, cpu = percentiles(self.wall(texts), 1e3), percentiles(self.cpu(texts), 1e3)
        return Row(group=group, name=name or self.name, unit="ms", labels=PERCENTILE_LABELS, wall=wall, cpu=cpu, beside=beside)


async def at_size(
    number: int, papers: Sequence[Paper], queries: Sequence[Drawn], folder: Path, *, rounds: int, tell: Callable[[str], None]
) -> list[Row]:
    """A store of ``number`` papers, made of copies of ``papers`` unless ``folder`` holds it already, asked in every way."""
    path = folder / f"{number}.db"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        await build_scaled(part, papers, number, tell)
        part.rename(path)
    engine = _tantivy(folder / f"{number}.tantivy", papers, number, tell)
    store = await open_store(f"sqlite:{path}")
    try:
        tell(f"searching {number:,} papers")
        return await measure(store, path, queries, number, rounds=rounds, engine=engine)
    finally:
        await store.close()


def _tantivy(folder: Path, papers: Sequence[Paper], number: int, tell: Callable[[str], None]) -> Engine | None:
    try:
        from tests.bench.tantivy_engine import TantivyEngine
    except ImportError:
        tell("without tantivy, which the bench extra brings")
        return None
    return TantivyEngine(folder, papers, number, tell)


async def measure(
    store: Store, path: Path, queries: Sequence[Drawn], number: int, *, rounds: int, engine: Engine | None = None
) -> list[Row]:
    """``path`` is the file of ``store``, which holds ``number`` papers. Raises ``RuntimeError`` when two ways count differently."""
    ours, plain = {sort: Way(f"sort {sort}") for sort in ("best", "new")}, Way("plain FTS5: join, ORDER BY rank, count")
    like, other, counted, near = Way("LIKE over all papers"), Way("tantivy: BM25, count"), Way("rehearse 30 days"), Way("similar")
    orders: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as index:
        for turn in range(rounds):
            for query in queries:
                parsed = parse_query(query.text)
                for sort, way in ours.items():
                    page = await _timed(way, query, lambda sort=sort, parsed=parsed: store.search(parsed, sort=sort, today=_TODAY))  # type: ignore[misc]
                    way.found[query.text] = page.total
                    orders.setdefault(query.text, page.order)
                since = _TODAY - timedelta(days=30)
                await _timed(counted, query, lambda parsed=parsed, since=since: store.histogram(parsed, since=since, today=_TODAY))  # type: ignore[misc]
                if turn == 0:
                    plan = compile_query(parsed.tree, _TODAY)
                    plain.take(query, lambda plan=plan: _plainly(index, plan))  # type: ignore[misc]
                if engine is not None:
                    other.take(query, lambda query=query: engine.search(query))  # type: ignore[misc]
        for query in [one for one in queries if one.needles][:_LIKE_QUERIES]:
            like.take(query, lambda query=query: _by_like(index, query))  # type: ignore[misc]
    chance = Random(1)
    for _ in range(len(queries)):
        row = chance.randrange(number) + 1
        await _timed(near, Drawn(kind="similar", text=str(row)), lambda row=row: store.similar(row, limit=10))  # type: ignore[misc]
    group, texts = f"search, {number:,} papers", [query.text for query in queries]
    best, asked = ours["best"], [text for text in texts if other.found.get(text) is not None]
    _compare(ours["new"], best, texts)
    _compare(plain, best, texts)
    _compare(other, best, asked)
    recent, by_day = (sum(order == one for order in orders.values()) for one in ("recent", "new"))
    kinds = {query.kind: [one.text for one in queries if one.kind == query.kind] for query in queries}
    rows = [
        best.row(
            group, texts, f"{_share(best)} find something · {recent} ordered by the best of the newest, {by_day} by day for want of time"
        ),
        ours["new"].row(group, texts, f"the same {len(texts)} queries"),
        plain.row(group, texts, f"{_beside(plain, best, texts)} · same index, same weights, the same totals"),
        like.row(group, list(like.times), f"{len(like.times)} queries; substrings"),
    ]
    if asked:
        rows.append(other.row(group, asked, f"{_beside(other, best, asked)} · the same totals"))
    rows += [counted.row(group, texts, "exact"), near.row(group, list(near.times), "papers like one paper")]
    rows.append(Row(group=group, name="database", unit="MB", labels=("size",), wall=(path.stat().st_size / 1e6,)))
    return [*rows, *(_kind_row(group, best, kind, of) for kind, of in kinds.items())]


def _compare(way: Way, ours: Way, texts: Iterable[str]) -> None:
    wrong = [text for text in texts if min(way.found[text] or 0, _COUNTED) != ours.found[text]]
    if wrong:
        raise RuntimeError(f"{way.name} finds {way.found[wrong[0]]} for {wrong[0]}, {ours.name} finds {ours.found[wrong[0]]}")


def _beside(way: Way, ours: Way, texts: Sequence[str]) -> str:
    (mine50, mine95, _), (other50, other95, _) = percentiles(ours.cpu(texts)), percentiles(way.cpu(texts))
    return f"CPU p50 {times(other50 / mine50)} ×, p95 {times(other95 / mine95)} × sort best"


def _share(way: Way) -> str:
    return f"{sum(map(bool, way.found.values())) / len(way.found):.0%} of {len(way.found)}"


def _kind_row(group: str, way: Way, kind: str, texts: Sequence[str]) -> Row:
    worst = max(texts, key=lambda text: way.times[text].medians().cpu[0])
    return way.row(group, texts, f"worst: {worst}", name=f"  best, {kind}")


async def _timed(way: Way, query: Drawn, work: Callable[[], Awaitable[object]]) -> SearchPage:
    with way.times.setdefault(query.text, Times()).one():
        return await work()  # type: ignore[return-value]  # whoever wants the page asked for one


def _by_like(connection: sqlite3.Connection, query: Drawn) -> int:
    where = " AND ".join(["(title LIKE ? OR abstract LIKE ? OR authors LIKE ?)"] * len(query.needles))
    values = [f"%{needle}%" for needle in query.needles for _ in range(3)]
    connection.execute(f"SELECT * FROM papers WHERE {where} ORDER BY filed DESC LIMIT 10", values).fetchall()
    return int(connection.execute(f"SELECT count(*) FROM papers WHERE {where}", values).fetchone()[0])


def _plainly(connection: sqlite3.Connection, plan: Plan) -> int:
    """The first thing that comes to mind: papers joined to the index, sorted by ``rank``, and a count beside it; how many there are."""
    where = ["search MATCH ?", *plan.where]
    values: list[str | int] = [plan.match, *plan.parameters]
    if plan.first:
        where.append("p.filed >= ?")
        values.append(str(day_of(plan.first)))
    source = f"FROM search JOIN papers AS p ON p.id = ({ROW}) WHERE {' AND '.join(where)}"
    connection.execute(f"SELECT p.* {source} ORDER BY rank LIMIT 10", values).fetchall()
    return int(connection.execute(f"SELECT count(*) {source}", values).fetchone()[0])
