"""``python -m tests.bench``: measures, tells on standard error how far it is, prints one table."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click
from rich.console import Console

from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.errors import BadInput
from bot.store import open_store
from bot.text.normalise import normalise
from tests.bench import announced, chat, followers, ingest, loop, matching, proposals, search, startup
from tests.bench.corpus import Drawing, corpus_file, load_papers, load_text, spread
from tests.bench.figures import Row, Times
from tests.bench.machine import Machine, this_machine
from tests.bench.standing import subscriptions
from tests.bench.table import document, table_of

#: Width of the table where there is no terminal to ask: every cell in one line.
_WIDE = 260
PARTS = ("ingest", "followers", "answering", "start-up", "search", "matching")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How much of everything."""

    #: Papers in the large store; all of the sample where ``None``.
    papers: int | None = None
    ingest_papers: int = 6_000
    #: Papers of a large announcement day.
    day: int = 3_000
    rounds: int = 3
    rules: int = 3_000
    queries: int = 110
    search_rounds: int = 3
    #: Papers of the store that is searched, made of copies of the sample.
    searched: tuple[int, ...] = (100_000,)
    #: Subscriptions beside which papers come in, and how many papers.
    followers: int = 100_000
    followed_papers: int = 3_000
    match_papers: int = 1_500
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    idle: float = 5.0
    #: Seconds of commands, and papers read meanwhile.
    asked: float = 20.0
    asked_papers: int = 6_000
    #: Names of authors that are proposed from, and how often.
    authors: int = 1_000_000
    typed: int = 1_000
    blocked: int = 3_000
    runs: int = 9


FULL = Plan()
QUICK = Plan(
    papers=4_000,
    ingest_papers=800,
    day=600,
    queries=60,
    search_rounds=2,
    searched=(20_000,),
    followers=10_000,
    followed_papers=600,
    match_papers=400,
    sizes=(1_000, 10_000),
    idle=2.0,
    asked=4.0,
    asked_papers=800,
    authors=20_000,
    typed=200,
    blocked=1_000,
    runs=3,
)


async def measure(path: Path, plan: Plan, parts: set[str], scratch: Path, kept: Path, tell: Callable[[str], None]) -> list[Row]:
    """``scratch`` goes when all is done; large stores are built in ``kept``."""
    clock = SystemClock()
    today = clock.now().date()
    tell("reading the corpus sample")
    reading = Times()
    text = load_text(path)
    with reading.one():
        papers = load_papers(text)
    del text
    # The sample is here for the benchmark only: the collector need not walk it again and again while others are timed.
    gc.collect()
    gc.freeze()
    read = reading.row("ingest", f"JSON lines to {len(papers):,} papers", unit="µs/paper", scale=1e6 / len(papers))
    if plan.papers:
        papers = spread(papers, plan.papers)
    drawing = Drawing(papers)
    queries = drawing.queries(plan.queries)
    rows = [read] if "ingest" in parts else []
    if parts & {"ingest", "answering", "start-up"}:
        rows += await _with_one_store(papers, drawing, plan, scratch, parts, today, tell)
    if "followers" in parts:
        few, standing = spread(papers, plan.followed_papers), list(subscriptions(papers, plan.followers))
        rows += await followers.measure(few, standing, queries, scratch, today=today, tell=tell)
    if "search" in parts:
        for number in plan.searched:
            rows += await search.at_size(number, papers, queries, kept, rounds=plan.search_rounds, tell=tell)
    if "matching" in parts:
        clean = [normalise(paper) for paper in spread(papers, plan.match_papers)]
        standing = list(subscriptions(papers, max(plan.sizes) + 1_000))
        gc.freeze()
        rows += matching.measure(clean, standing, plan.sizes, rounds=plan.rounds, today=today, tell=tell)
    return rows


async def _with_one_store(
    papers: list[Paper], drawing: Drawing, plan: Plan, folder: Path, parts: set[str], today: date, tell: Callable[[str], None]
) -> list[Row]:
    """What is measured on the store of the sample."""
    queries, rules = drawing.queries(plan.queries), drawing.rules(plan.rules)
    template, large, small = folder / "template.db", folder / "large.db", folder / "small.db"
    rows: list[Row] = []
    tell(f"following {plan.rules:,} rules")
    await ingest.make_template(template, rules[: plan.rules])

    if "ingest" in parts:
        rows += await ingest.measure(spread(papers, plan.ingest_papers), template, folder, rounds=plan.rounds, tell=tell)
        day = spread(papers, plan.day + plan.day // 4)
        rows += await announced.measure(day, template, folder, items=plan.day, rounds=plan.rounds, tell=tell)
    store = await ingest.open_copy(template, large)
    try:
        answering = await loop.measure(store, papers, queries, folder, idle=plan.idle, blocked=plan.blocked, today=today, tell=tell)
    finally:
        await store.close()
    if "answering" in parts:
        answering += await chat.measure(large, spread(papers, plan.asked_papers), queries, folder, seconds=plan.asked, tell=tell)
    if "ingest" in parts:
        rows.append(ingest.size_row(papers, large, folder / "plain.db", ingest.followed(large)))
    if "answering" in parts:
        rows += answering
        rows += await proposals.measure(folder, authors=plan.authors, asked=plan.typed, tell=tell)
    if "start-up" in parts:
        await _fill_small(small, papers)
        rows += startup.measure(small, large, folder, queries[0].text, runs=plan.runs, tell=tell)
    return rows


async def _fill_small(path: Path, papers: list[Paper]) -> None:
    await ingest.make_template(path, ())
    store = await open_store(f"sqlite:{path}")
    try:
        service, _ = await ingest.ready_ingest(store)
        await service.run(ingest.ListSource(spread(papers, 500)))
    finally:
        await store.close()


@click.command()
@click.option("--quick", is_flag=True, help="Less of everything: about a minute.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="This part alone; may be given more than once.")
@click.option(
    "--papers", type=click.IntRange(1_000), multiple=True, help="Papers in the store that is searched [100,000]; 3,000,000 take hours."
)
@click.option("--subscriptions", type=click.IntRange(100), multiple=True, help="Standing rules [1,000, 10,000 and 100,000].")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Build large stores there, or find them there.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the figures there too.")
@click.pass_context
def main(
    ctx: click.Context,
    quick: bool,
    only: tuple[str, ...],
    papers: tuple[int, ...],
    subscriptions: tuple[int, ...],
    folder: Path | None,
    json_file: Path | None,
) -> None:
    """Measure ingest, answering, start-up, search and matching. Needs PAPERCRIER_TEST_DATA."""
    try:
        path = corpus_file()
    except BadInput as error:
        click.echo(f"bench: {error}", err=True)
        ctx.exit(2)
    plan = QUICK if quick else FULL
    plan = replace(plan, searched=papers or plan.searched, sizes=subscriptions or plan.sizes)
    before, started = this_machine(), time.perf_counter()
    rows = _measured(path, plan, set(only or PARTS), folder)
    after = this_machine()
    note = f"{'quick' if quick else 'full'} run, {time.perf_counter() - started:.0f} s; load before {_load(before)}, after {_load(after)}"
    if json_file:
        json_file.write_text(document(rows, before, note), encoding="utf-8")
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(f"{before}\n{note}\n", highlight=False)
    console.print(table_of(rows, markdown=not console.is_terminal))


def _measured(path: Path, plan: Plan, parts: set[str], folder: Path | None) -> list[Row]:
    """One line at a time tells how far it is: moving on a terminal, one below the other in a log."""
    progress = Console(stderr=True)
    started = time.perf_counter()
    with progress.status("starting") as status, tempfile.TemporaryDirectory(prefix="papercrier-bench-") as scratch:
        kept = folder or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)

        def tell(text: str) -> None:
            line = f"{time.perf_counter() - started:5.0f} s  {text}"
            if progress.is_terminal:
                status.update(line)
            else:
                progress.print(line, highlight=False)

        return asyncio.run(measure(path, plan, parts, Path(scratch), kept, tell))


def _load(machine: Machine) -> str:
    return f"{machine.load[0]:.1f}"


if __name__ == "__main__":
    main()
