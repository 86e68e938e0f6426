"""Ingest: the project's own path, beside the least that could be done and beside what a small bot would do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Literal

from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.domain.subscriptions import DEFAULT_SETTINGS, Destination
from bot.ports import Batch, Store
from bot.services.ingest import Ingest, Rules
from bot.store import open_store
from bot.text.analysis import terms
from bot.text.normalise import normalise
from tests.bench.figures import Row, Times, times, tokenise

GROUP = "ingest"
#: Papers that the small bot's way is given: it is slow, and as slow for the next ones.
NAIVE = 2_000
#: No digest is due while anything is measured.
NEVER = timedelta(days=3650)
_MICRO = 1e6


class ListSource:
    """Papers at hand as a source: all in one batch, which the service cuts as it would cut a real one."""

    name = "bench"

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = tuple(papers)

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        yield Batch(papers=self._papers)


async def make_template(path: Path, rules: Sequence[str]) -> None:
    """A store without papers in which somebody follows ``rules``; copies of it begin each round."""
    clock = SystemClock()
    store = await open_store(f"sqlite:{path}")
    try:
        # A hundred rules a channel: the drawn ones are followed as by a few groups and not as by one.
        for start in range(0, len(rules), 100):
            destination = Destination(platform="console", address=f"bench{start}", tenant="console")
            await store.add_channel(destination, DEFAULT_SETTINGS, next_at=clock.now() + NEVER, origin="chat")
            for rule in rules[start : start + 100]:
                await store.subscribe(destination, rule, "query", by="bench", at=clock.now(), origin="chat")
    finally:
        await store.close()


async def open_copy(template: Path, path: Path) -> Store:
    shutil.copy(template, path)
    return await open_store(f"sqlite:{path}")


async def ready_ingest(store: Store) -> tuple[Ingest, Rules]:
    """The service with its matcher loaded."""
    clock = SystemClock()
    rules = Rules(store, clock)
    await rules.refresh()
    return Ingest(store, clock, rules), rules


async def measure(
    papers: Sequence[Paper], template: Path, folder: Path, *, rounds: int, tell: Callable[[str], None] = lambda text: None
) -> list[Row]:
    """Every way in turn, ``rounds`` times over, each time into new files."""
    floor, naive, own, bare, again, stages = Times(), Times(), Times(), Times(), Times(), _Stages()
    few = papers[:NAIVE]
    own_path, bare_path = folder / "own.db", folder / "bare.db"
    for number in range(1, rounds + 1):
        tell(f"ingest, round {number} of {rounds}: {len(papers):,} papers")
        for path in (own_path, bare_path, folder / "naive.db"):
            path.unlink(missing_ok=True)
        with floor.one():
            for paper in papers:
                tokenise(paper)
        with naive.one():
            ingest_naively(few, folder / "naive.db")
        store = await open_store(f"sqlite:{bare_path}")
        try:
            await _read_in(store, papers, bare)
        finally:
            await store.close()
        store = await open_copy(template, own_path)
        try:
            rules = await _read_in(store, papers, own)
            await _read_in(store, papers, again)
            matches = stages.measure(papers, rules)
            runs = await store.runs()
        finally:
            await store.close()
    a_paper = _MICRO / len(papers)
    base, plain, cost = median(floor.cpu), median(bare.cpu), median(own.cpu)
    second = runs[0]
    return [
        floor.row(GROUP, "floor: tokenise title and abstract", unit="µs/paper", scale=a_paper),
        bare.row(
            GROUP,
            f"{len(papers):,} new papers, nobody follows anything",
            unit="µs/paper",
            scale=a_paper,
            beside=f"{len(papers) / median(bare.wall):,.0f} papers/s · {times(plain / base)} × floor CPU",
        ),
        *stages.rows(len(papers), plain),
        own.row(
            GROUP,
            f"the same, {_count(own_path, 'rules'):,} rules, {matches:.0f} matches a paper kept",
            unit="µs/paper",
            scale=a_paper,
            beside=f"{len(papers) / median(own.wall):,.0f} papers/s · {times(cost / base)} × floor CPU",
        ),
        *stages.match_rows(len(papers), cost - plain, matches),
        again.row(
            GROUP,
            "the same papers once more",
            unit="µs/paper",
            scale=a_paper,
            beside=f"{times(median(again.cpu) / plain)} × new · {second.new} new, {second.changed} changed",
        ),
        naive.row(
            GROUP,
            f"small bot: INSERT + commit each, {len(few):,} papers",
            unit="µs/paper",
            scale=_MICRO / len(few),
            beside=f"wall {times(_per(naive.wall, few) / _per(own.wall, papers))} × ours with rules · no search, no matching, no merging",
        ),
        size_row(papers, bare_path, folder / "plain.db", "nobody follows anything"),
    ]


async def _read_in(store: Store, papers: Sequence[Paper], taken: Times) -> Rules:
    """Ingest as ``papercrier ingest`` does it; loading the rules is not part of it."""
    service, rules = await ready_ingest(store)
    with taken.one():
        run = await service.run(ListSource(papers))
    if run.error:
        raise RuntimeError(run.error)
    return rules


def _per(values: Sequence[float], papers: Sequence[Paper]) -> float:
    return median(values) / len(papers)


class _Stages:
    """What the parts of our path cost by themselves, one after the other on the same papers."""

    def __init__(self) -> None:
        self._clean, self._terms, self._match = Times(), Times(), Times()

    def measure(self, papers: Sequence[Paper], rules: Rules) -> float:
        """How many rules match a paper, on average."""
        with self._clean.one():
            clean = [normalise(paper) for paper in papers]
        with self._terms.one():
            of = [terms(paper) for paper in clean]
        with self._match.one():
            matches = sum(len(rules.match(*pair)) for pair in zip(clean, of, strict=True))
        return matches / len(papers)

    def rows(self, papers: int, whole: float) -> list[Row]:
        """What a paper costs that nobody follows, part by part; ``whole`` is CPU seconds of all."""
        clean, made = median(self._clean.cpu), median(self._terms.cpu)
        parts = {"clean: LaTeX, links, keys": clean, "make terms": made, "the rest: merge, write, index": whole - clean - made}
        return [_part(name, seconds, papers, f"{seconds / whole:.0%}") for name, seconds in parts.items()]

    def match_rows(self, papers: int, more: float, matches: float) -> list[Row]:
        """What the rules add, part by part; ``more`` is CPU seconds above the same without rules."""
        matching = median(self._match.cpu)
        writing = more - matching
        a_match = f"{writing / papers / matches * _MICRO:.1f} µs/match" if matches else ""
        return [
            _part("match", matching, papers, f"{matching / more:.0%} of what the rules add"),
            _part("write matches", writing, papers, a_match),
        ]


def _part(name: str, seconds: float, papers: int, beside: str) -> Row:
    return Row(group=GROUP, name=f"  of which {name}", unit="µs/paper", cpu=(seconds * _MICRO / papers,), beside=beside)


def ingest_naively(papers: Sequence[Paper], path: Path) -> None:
    """One plain table, one commit a paper: how many a bot begins."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE papers (id TEXT PRIMARY KEY, title TEXT, abstract TEXT, authors TEXT, categories TEXT, date TEXT)")
    for paper in papers:
        authors = json.dumps([author.name for author in paper.authors])
        values = (paper.key, paper.title, paper.abstract, authors, json.dumps(paper.categories), str(paper.date))
        connection.execute("INSERT OR IGNORE INTO papers VALUES (?, ?, ?, ?, ?, ?)", values)
        connection.commit()
    connection.close()


def size_row(papers: Sequence[Paper], path: Path, plain: Path, about: str) -> Row:
    """The closed database at ``path`` beside the text of its papers; ``plain`` is written as the bare table of the same papers."""
    text = sum(len(part.encode()) for paper in papers for part in _texts(paper))
    plain.unlink(missing_ok=True)
    with closing(sqlite3.connect(plain)) as connection:
        connection.execute("CREATE TABLE papers (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO papers (text) VALUES (?)", (("\n".join(_texts(paper)),) for paper in papers))
        connection.commit()
    size = path.stat().st_size
    return Row(
        group=GROUP,
        name=f"database of {len(papers):,} papers, {about}",
        unit="MB",
        labels=("size",),
        wall=(size / 1e6,),
        beside=f"{times(size / text)} × the text of {text / 1e6:.0f} MB · {times(size / plain.stat().st_size)} × a bare table of it",
    )


def _texts(paper: Paper) -> list[str]:
    return [paper.title, paper.abstract, paper.comment, paper.journal_ref, *(author.name for author in paper.authors), *paper.categories]


_COUNTS = {"rules": "SELECT count(*) FROM rules", "matches": "SELECT coalesce(sum(length(found)), 0) / 8 FROM postings"}


def _count(path: Path, what: Literal["rules", "matches"]) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return int(connection.execute(_COUNTS[what]).fetchone()[0])


def followed(path: Path) -> str:
    """What is followed in the store at ``path``, in words."""
    return f"{_count(path, 'rules'):,} rules, {_count(path, 'matches'):,} matches"
