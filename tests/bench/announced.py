"""A large announcement day: from the bytes of one feed to papers in the store, as ``papercrier ingest`` goes about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.ports import Store
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.source import ArxivSource
from bot.sources.fetch.fetcher import Fetched, Fetcher
from bot.sources.parsing.parser import Parser
from tests.bench.figures import Row, Times, percentile
from tests.bench.ingest import open_copy, ready_ingest

GROUP = "ingest"
#: Seconds between two pings of the event loop.
PING = 0.005
#: The day of the feed: the corpus is older, and what was announced long ago would be no news.
_HEADER = "%a, %d %b %Y 00:00:00 -0400"


class _Canned(Fetcher):
    """Answers every question with the same body."""

    def __init__(self, body: bytes) -> None:
        super().__init__(SystemClock())
        self._body = body

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        lane: str = "",
        interval: float = 0.0,
    ) -> Fetched:
        return Fetched(status=200, headers={}, body=self._body, url=url)


async def measure(
    papers: Sequence[Paper], template: Path, folder: Path, *, items: int, rounds: int, tell: Callable[[str], None] = lambda text: None
) -> list[Row]:
    """Parsing in a child, cleaning, storing and matching; and how late the event loop was meanwhile."""
    body = feed_of([paper for paper in papers if paper.key.startswith("arxiv:")][:items], SystemClock().now().strftime(_HEADER))
    taken, late, held = Times(), list[float](), list[float]()
    parser = Parser()
    try:
        for number in range(1, rounds + 1):
            tell(f"a day of {items:,} papers, round {number} of {rounds}")
            path = folder / "day.db"
            for name in (path, path.with_name("day.db-wal"), path.with_name("day.db-shm")):
                name.unlink(missing_ok=True)
            store = await open_copy(template, path)
            try:
                await _one(store, body, parser, items, taken, late, held)
            finally:
                await store.close()
    finally:
        await parser.close()
    return [
        taken.row(GROUP, f"a feed of {items:,} papers, parsed in its child and stored", unit="s", scale=1.0),
        _row("event loop late meanwhile", late),
        _row("event loop computing without a pause meanwhile", held),
    ]


def _row(name: str, seconds: Sequence[float]) -> Row:
    shown = (*(percentile(seconds, share) * 1000 for share in (50, 99)), max(seconds) * 1000)
    return Row(group=GROUP, name=name, unit="ms", wall=shown, labels=("p50", "p99", "max"))


async def _one(store: Store, body: bytes, parser: Parser, items: int, taken: Times, late: list[float], held: list[float]) -> None:
    service, _ = await ready_ingest(store)
    source = ArxivSource(ArxivSettings(categories=("cs.CL",), details=False), _Canned(body), SystemClock(), parser)
    pinging = asyncio.create_task(_ping(late, held))
    try:
        with taken.one():
            run = await service.run(source)
    finally:
        pinging.cancel()
    if run.read != items or run.error:
        raise AssertionError(f"{run.read} of {items} papers were read ({run.error or '; '.join(run.problems[:3])})")


async def _ping(late: list[float], held: list[float]) -> None:
    """How late each ping came, and how long the thread of the event loop was computing meanwhile: other programs do not count there."""
    while True:
        before, worked = time.perf_counter(), time.thread_time()
        await asyncio.sleep(PING)
        late.append(time.perf_counter() - before - PING)
        held.append(time.thread_time() - worked)


def feed_of(papers: Sequence[Paper], day: str) -> bytes:
    """The papers as one RSS feed in the layout of 2026."""
    items = "".join(
        f"""<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.key[6:]}</link>
<description>arXiv:{paper.key[6:]}v1 Announce Type: new
Abstract: {escape(paper.abstract)}</description><guid isPermaLink="false">oai:arXiv.org:{paper.key[6:]}v1</guid>
{"".join(f"<category>{term}</category>" for term in paper.categories)}<pubDate>{day}</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>{escape(", ".join(author.name for author in paper.authors))}</dc:creator></item>"""
        for paper in (replace(paper, categories=paper.categories or ("cs.CL",)) for paper in papers)
    )
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><title>cs.CL updates</title><pubDate>{day}</pubDate>{items}</channel></rss>""".encode()
