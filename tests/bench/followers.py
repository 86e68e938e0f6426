"""Ingest while very many people follow something: papers a second, what a match costs, how the others fare meanwhile, and what a channel's
digest costs to pick afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.domain.subscriptions import DEFAULT_SETTINGS, Destination
from bot.ports import Store
from bot.query.language import parse_query
from bot.store import open_store
from bot.store.sqlite.channels import channel_row
from bot.store.sqlite.news import news_at
from bot.store.sqlite.times import moment_text
from tests.bench.corpus import Drawn
from tests.bench.figures import Row, Times, percentile, times
from tests.bench.ingest import NEVER, ListSource, ready_ingest
from tests.bench.loop import Watch, watching

GROUP = "ingest beside many followers"
#: Subscriptions of one channel, and channels whose news are picked afterwards.
A_CHANNEL, PICKED = 20, 300
_MICRO = 1e6
#: Seconds after which one thread makes way for another, as ``papercrier run`` has it.
_SWITCH = 0.0005


async def follow_all(path: Path, queries: Iterable[str]) -> tuple[int, int]:
    """A new store at ``path`` in which ``queries`` are followed, twenty a channel; how many subscriptions and rules there are. Written
    behind the store's back: one commit for each would take minutes."""
    now = SystemClock().now()
    store = await open_store(f"sqlite:{path}")
    await store.add_channel(_channel(0), DEFAULT_SETTINGS, next_at=now + NEVER, origin="chat")
    await store.close()
    canonical = [parse_query(query).canonical for query in queries]
    with closing(sqlite3.connect(path)) as connection:
        rules = {query: number for number, query in enumerate(dict.fromkeys(canonical), start=1)}
        connection.executemany("INSERT INTO rules (id, query) VALUES (?, ?)", [(number, query) for query, number in rules.items()])
        columns = [row[1] for row in connection.execute("PRAGMA table_info(channels)") if row[1] != "key"]
        copied = ", ".join(columns)
        for start in range(A_CHANNEL, len(canonical), A_CHANNEL):
            connection.execute(
                f"INSERT INTO channels (key, {copied}) SELECT ?, {copied} FROM channels WHERE key = ?",
                (_channel(start).key, _channel(0).key),
            )
        made = moment_text(now)
        connection.executemany(
            """INSERT OR IGNORE INTO subscriptions (destination, number, rule_id, kind, created_at, created_by, origin)
            VALUES (?, ?, ?, 'query', ?, 'bench', 'chat')""",
            ((_channel(place - place % A_CHANNEL).key, place % A_CHANNEL + 1, rules[query], made) for place, query in enumerate(canonical)),
        )
        connection.execute("UPDATE rules_version SET version = version + 1")
        connection.commit()
        return int(connection.execute("SELECT count(*) FROM subscriptions").fetchone()[0]), len(rules)


def _channel(start: int) -> Destination:
    return Destination(platform="console", address=f"many{start}", tenant="console")


async def measure(
    papers: Sequence[Paper],
    standing: Sequence[str],
    queries: Sequence[Drawn],
    folder: Path,
    *,
    today: date,
    tell: Callable[[str], None],
    idle: float = 3.0,
) -> list[Row]:
    """Read ``papers`` into a store where ``standing`` are followed, under watch; then pick what is new at some channels."""
    # As announced today: what is old is taken in as an archive and is nobody's news.
    papers = [replace(paper, announced=None) for paper in papers]
    path = folder / "followers.db"
    path.unlink(missing_ok=True)
    tell(f"following {len(standing):,} subscriptions")
    followed, rules = await follow_all(path, standing)
    store = await open_store(f"sqlite:{path}", readers=2)
    try:
        service, _ = await ready_ingest(store)
        tell(f"{len(papers):,} papers come in beside {followed:,} subscriptions")
        taken = Times()
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        try:
            async with watching(store, queries, today) as busy:
                with taken.one():
                    run = await service.run(ListSource(papers))
            tell("the same with nothing to do")
            async with watching(store, queries, today) as quiet:
                await asyncio.sleep(idle)
        finally:
            sys.setswitchinterval(usual)
        if run.error:
            raise RuntimeError(run.error)
        channels = min(PICKED, followed // A_CHANNEL)
        picked, found = await _pick(store, channels)
    finally:
        await store.close()
    with closing(sqlite3.connect(path)) as connection:
        size = int(connection.execute("SELECT sum(length(found)) FROM postings").fetchone()[0])
    matches = size / 8
    return [
        taken.row(
            GROUP,
            f"{len(papers):,} new papers, {followed:,} subscriptions, {rules:,} rules, {matches / len(papers):.0f} matches a paper",
            unit="µs/paper",
            scale=_MICRO / len(papers),
            beside=f"{len(papers) / median(taken.wall):,.0f} papers/s · {size / len(papers):,.0f} bytes of matches a paper",
        ),
        _watched(busy, quiet, "late", "loop lateness meanwhile"),
        _watched(busy, quiet, "searches", "search meanwhile"),
        picked.row(
            GROUP,
            f"what is new at a channel with {A_CHANNEL} subscriptions, {found / channels:.0f} papers, without loading them",
            unit="µs",
            scale=_MICRO / channels,
        ),
    ]


def _watched(busy: Watch, quiet: Watch, name: str, told: str) -> Row:
    values, idle = getattr(busy, name), getattr(quiet, name)
    row = busy.row(told, values, f"p99 {times(percentile(values, 99) / percentile(idle, 99))} × idle")
    return Row(group=GROUP, name=row.name, unit=row.unit, labels=row.labels, wall=row.wall, beside=row.beside)


async def _pick(store: Store, channels: int) -> tuple[Times, int]:
    """What the planner asks of the store for each due channel, but for loading the papers."""
    keys = [_channel(place * A_CHANNEL).key for place in range(channels)]
    taken, found = Times(), 0

    def pick(connection: sqlite3.Connection) -> int:
        count = 0
        for key in keys:
            channel = channel_row(connection, key)
            assert channel is not None
            count += len(news_at(connection, channel, "console"))
        return count

    for _ in range(3):
        with taken.one():
            found = await store._db.read(pick)  # type: ignore[attr-defined]
    return taken, found
