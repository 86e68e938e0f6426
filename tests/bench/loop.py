"""Acknowledgement: how late the event loop is, and how long a search takes, while papers come in."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.domain.papers import Paper
from bot.ports import Store
from bot.query.language import parse_query
from bot.services.ingest import BATCH
from bot.text.analysis import terms
from bot.text.normalise import normalise
from tests.bench.corpus import Drawn
from tests.bench.figures import Row, percentile, times
from tests.bench.ingest import ListSource, ready_ingest

GROUP = "answering while papers come in"
#: Seconds between two pings, and between the end of a search and the next one.
PING, SEARCH = 0.005, 0.05
_LABELS = ("p50", "p99", "max")
_MILLI = 1e3


@dataclass(slots=True)
class Watch:
    """Seconds: how late each ping came, how long each search took."""

    late: list[float] = field(default_factory=list)
    searches: list[float] = field(default_factory=list)

    def row(self, name: str, values: Sequence[float], beside: str = "") -> Row:
        wall = (percentile(values, 50), percentile(values, 99), max(values)) if values else ()
        shown = tuple(value * _MILLI for value in wall)
        return Row(group=GROUP, name=name, unit="ms", labels=_LABELS if wall else (), wall=shown, beside=beside)


@contextlib.asynccontextmanager
async def watching(store: Store, queries: Sequence[Drawn], today: date) -> AsyncIterator[Watch]:
    """Ping the loop and search the store for as long as the block runs."""
    watch = Watch()
    tasks = [asyncio.create_task(_ping(watch)), asyncio.create_task(_search(watch, store, queries, today))]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ping(watch: Watch) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(PING)
        watch.late.append(time.perf_counter() - before - PING)


async def _search(watch: Watch, store: Store, queries: Sequence[Drawn], today: date) -> None:
    turn = 0
    while True:
        query = parse_query(queries[turn % len(queries)].text)
        before = time.perf_counter()
        await store.search(query, sort="best" if turn % 2 else "new", limit=10, today=today)
        watch.searches.append(time.perf_counter() - before)
        turn += 1
        await asyncio.sleep(SEARCH)


async def measure(
    store: Store,
    papers: Sequence[Paper],
    queries: Sequence[Drawn],
    folder: Path,
    *,
    idle: float,
    blocked: int,
    today: date,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Reads ``papers`` into ``store`` under watch; then watches for ``idle`` seconds without work; then ``blocked`` papers on the loop."""
    tell(f"answering: {len(papers):,} papers come in")
    service, _ = await ready_ingest(store)
    async with watching(store, queries, today) as busy:
        started = time.perf_counter()
        run = await service.run(ListSource(papers))
        seconds = time.perf_counter() - started
    if run.error:
        raise RuntimeError(run.error)
    tell(f"answering: {idle:g} seconds with nothing to do")
    async with watching(store, queries, today) as quiet:
        await asyncio.sleep(idle)
    tell(f"answering: {blocked:,} papers on the event loop itself")
    async with watching(store, queries, today) as stuck:
        await asyncio.sleep(2 * PING)
        for start in range(0, blocked, BATCH):
            _on_the_loop(papers[start : start + BATCH], folder / "loop.db")
            await asyncio.sleep(2 * PING)
    late, free, all_in = (percentile(watch.late, 99) for watch in (busy, quiet, stuck))
    return [
        busy.row(
            "loop lateness, ingest in the writer's thread",
            busy.late,
            f"{len(papers) / seconds:,.0f} papers/s meanwhile · p99 {times(late / free)} × idle",
        ),
        quiet.row("loop lateness, idle but for searches", quiet.late),
        stuck.row(
            f"loop lateness, small bot: {BATCH} papers a turn on the loop",
            stuck.late,
            f"p99 {times(all_in / late)} × ours · {blocked:,} papers, one plain index",
        ),
        busy.row(
            f"search while papers come in, {len(busy.searches):,} searches",
            busy.searches,
            f"p99 {times(percentile(busy.searches, 99) / percentile(quiet.searches, 99))} × idle",
        ),
        quiet.row(f"search, idle, {len(quiet.searches):,} searches", quiet.searches),
    ]


def _on_the_loop(papers: Sequence[Paper], path: Path) -> None:
    """A small bot's batch: clean, cut into words, write, commit; all where the answers should come from."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (title, abstract)")
        of = [terms(normalise(paper)) for paper in papers]
        connection.executemany("INSERT INTO search VALUES (?, ?)", [(" ".join(one.title), " ".join(one.abstract)) for one in of])
        connection.commit()
