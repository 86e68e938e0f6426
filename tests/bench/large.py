"""``python -m tests.bench.large --papers 1000000``: search in a store of many papers, ours beside other ways, in one run."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

import click
from rich.console import Console

from bot.domain.papers import Paper
from bot.errors import BadInput
from bot.ports import SearchPage, Store
from bot.query import parse_query
from bot.store import open_store
from bot.store.sqlite.compile import compile_query
from tests.bench.corpus import Drawing, Drawn, corpus_file, load_papers, load_text
from tests.bench.figures import PERCENTILE_LABELS, Row, Times, percentiles, times
from tests.bench.machine import this_machine
from tests.bench.scaled import build_scaled
from tests.bench.search import _search_plainly
from tests.bench.table import table_of

GROUP = "search"
#: ``LIKE`` reads every paper: a few queries are enough to know how long it takes.
_LIKE_QUERIES = 3
_WIDE = 240


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

    def row(self, texts: Sequence[str], beside: str = "") -> Row:
        wall, cpu = percentiles(self.wall(texts), 1e3), percentiles(self.cpu(texts), 1e3)
        return Row(group=GROUP, name=self.name, unit="ms", labels=PERCENTILE_LABELS, wall=wall, cpu=cpu, beside=beside)


async def measure(store: Store, path: Path, queries: Sequence[Drawn], number: int, rounds: int, engine: Engine | None) -> list[Row]:
    today = date(2026, 12, 31)
    ours, plain = {sort: Way(f"sort {sort}") for sort in ("best", "new")}, Way("plain FTS5: join, ORDER BY rank, count")
    like, other, counted, near = Way("LIKE over all papers"), Way("tantivy: BM25, count"), Way("rehearse 30 days"), Way("similar")
    orders: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as index:
        for turn in range(rounds):
            for query in queries:
                parsed = parse_query(query.text)
                for sort, way in ours.items():
                    page = await _timed(way, query, lambda sort=sort, parsed=parsed: store.search(parsed, sort=sort, today=today))  # type: ignore[misc]
                    way.found[query.text] = page.total
                    orders.setdefault(query.text, page.order)
                since = today - timedelta(days=30)
                await _timed(counted, query, lambda parsed=parsed, since=since: store.histogram(parsed, since=since, today=today))  # type: ignore[misc]
                if turn == 0:
                    plan = compile_query(parsed.tree, today)
                    plain.take(query, lambda plan=plan: _search_plainly(index, plan))  # type: ignore[misc]
                if engine is not None:
                    other.take(query, lambda query=query: engine.search(query))  # type: ignore[misc]
        for query in [one for one in queries if one.needles][:_LIKE_QUERIES]:
            like.take(query, lambda query=query: _by_like(index, query))  # type: ignore[misc]
    chance = Random(1)
    for _ in range(len(queries)):
        row = chance.randrange(number) + 1
        await _timed(near, Drawn(kind="similar", text=str(row)), lambda row=row: store.similar(row, limit=10))  # type: ignore[misc]
    texts = [query.text for query in queries]
    best95 = percentiles(ours["best"].cpu(texts))[1]
    agreed = sum(min(plain.found[text] or 0, 1000) == ours["best"].found[text] for text in texts)
    recent, by_day = (sum(order == one for order in orders.values()) for one in ("recent", "new"))
    kinds = {query.kind: [one.text for one in queries if one.kind == query.kind] for query in queries}
    rows = [
        ours["best"].row(texts, f"of {len(texts)} queries {recent} are ordered by the best of the newest, {by_day} by day"),
        ours["new"].row(texts),
        plain.row(texts, f"p95 {times(percentiles(plain.cpu(texts))[1] / best95)} × sort best · {agreed} of {len(texts)} totals agree"),
        like.row(list(like.times), f"{len(like.times)} queries, substrings"),
        counted.row(texts, "exact"),
        near.row(list(near.times)),
    ]
    if engine is not None:
        asked = [text for text in texts if other.found[text] is not None]
        same = sum(min(other.found[text] or 0, 1000) == ours["best"].found[text] for text in asked)
        mine = percentiles(ours["best"].cpu(asked))[1]
        ratio = times(mine / percentiles(other.cpu(asked))[1])
        rows.append(other.row(asked, f"{len(asked)} queries · sort best has p95 {ratio} × · {same} totals agree"))
    return [*rows, *(_kind_row(ours["best"], kind, of) for kind, of in kinds.items())]


def _kind_row(way: Way, kind: str, texts: Sequence[str]) -> Row:
    worst = max(texts, key=lambda text: way.times[text].medians().cpu[0])
    wall, cpu = percentiles(way.wall(texts), 1e3), percentiles(way.cpu(texts), 1e3)
    return Row(group="sort best by kind", name=kind, unit="ms", labels=PERCENTILE_LABELS, wall=wall, cpu=cpu, beside=f"worst: {worst}")


async def _timed(way: Way, query: Drawn, work: Callable[[], Awaitable[object]]) -> SearchPage:
    with way.times.setdefault(query.text, Times()).one():
        return await work()  # type: ignore[return-value]  # whoever wants the page asked for one


def _by_like(connection: sqlite3.Connection, query: Drawn) -> int:
    where = " AND ".join(["(title LIKE ? OR abstract LIKE ? OR authors LIKE ?)"] * len(query.needles))
    values = [f"%{needle}%" for needle in query.needles for _ in range(3)]
    connection.execute(f"SELECT * FROM papers WHERE {where} ORDER BY filed DESC LIMIT 10", values).fetchall()
    return int(connection.execute(f"SELECT count(*) FROM papers WHERE {where}", values).fetchone()[0])


async def run(number: int, queries: int, rounds: int, folder: Path, tell: Callable[[str], None]) -> list[Row]:
    papers = load_papers(load_text(corpus_file()))
    drawn = Drawing(papers).queries(queries)
    path = folder / f"{number}.db"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        await build_scaled(part, papers, number, tell)
        part.rename(path)
    engine = _tantivy(folder / f"{number}.tantivy", papers, number, tell)
    del papers
    gc.collect()
    gc.freeze()
    store = await open_store(f"sqlite:{path}")
    try:
        tell("searching")
        return await measure(store, path, drawn, number, rounds, engine)
    finally:
        await store.close()


def _tantivy(folder: Path, papers: Sequence[Paper], number: int, tell: Callable[[str], None]) -> Engine | None:
    try:
        from tests.bench.tantivy_engine import TantivyEngine
    except ImportError:
        tell("without tantivy, which the bench extra brings")
        return None
    return TantivyEngine(folder, papers, number, tell)


@click.command()
@click.option("--papers", default=100_000, show_default=True, help="How many papers the store holds.")
@click.option("--queries", default=110, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep what is built there, and use what is there already.")
@click.pass_context
def main(ctx: click.Context, papers: int, queries: int, rounds: int, folder: Path | None) -> None:
    """Search in a large store. Needs PAPERCRIER_TEST_DATA."""
    progress, started = Console(stderr=True), time.perf_counter()

    def tell(text: str) -> None:
        progress.print(f"{time.perf_counter() - started:5.0f} s  {text}", highlight=False)

    with tempfile.TemporaryDirectory(prefix="papercrier-bench-") as scratch:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        try:
            rows = asyncio.run(run(papers, queries, rounds, folder or Path(scratch), tell))
        except BadInput as error:
            click.echo(f"bench: {error}", err=True)
            ctx.exit(2)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(f"{this_machine()}\n{papers:,} papers, {time.perf_counter() - started:.0f} s\n", highlight=False)
    console.print(table_of(rows, markdown=not console.is_terminal))


if __name__ == "__main__":
    main()
