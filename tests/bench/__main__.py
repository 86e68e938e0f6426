"""``python -m tests.bench [--quick] [--json FILE]``: measures, tells on standard error how far it is, prints one table."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from bot.clock import SystemClock
from bot.domain.papers import Paper
from bot.errors import BadInput
from bot.normalise import normalise
from bot.store import open_store
from tests.bench import chat, ingest, loop, matching, proposals, search, startup
from tests.bench.corpus import Drawing, corpus_file, load_papers, load_text, spread
from tests.bench.figures import Row, Times
from tests.bench.machine import Machine, this_machine
from tests.bench.standing import subscriptions
from tests.bench.table import document, table_of

#: Width of the table where there is no terminal to ask: every cell in one line.
_WIDE = 260


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How much of everything."""

    #: Papers in the large store; all of the sample where ``None``.
    papers: int | None = None
    ingest_papers: int = 6_000
    rounds: int = 3
    rules: int = 3_000
    queries: int = 60
    search_rounds: int = 5
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
    search_rounds=3,
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


async def measure(path: Path, plan: Plan, folder: Path, tell: Callable[[str], None]) -> list[Row]:
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
    queries, rules = drawing.queries(plan.queries), drawing.rules(plan.rules)
    template, large, small = folder / "template.db", folder / "large.db", folder / "small.db"
    tell(f"following {plan.rules:,} rules")
    await ingest.make_template(template, rules[: plan.rules])

    rows = [read, *await ingest.measure(spread(papers, plan.ingest_papers), template, folder, rounds=plan.rounds, tell=tell)]
    store = await ingest.open_copy(template, large)
    try:
        answering = await loop.measure(store, papers, queries, folder, idle=plan.idle, blocked=plan.blocked, today=today, tell=tell)
        asked = await chat.measure(store, spread(papers, plan.asked_papers), queries, seconds=plan.asked, tell=tell)
        found = await search.measure(store, large, papers, queries, folder, rounds=plan.search_rounds, today=today, tell=tell)
    finally:
        await store.close()
    rows.append(ingest.size_row(papers, large, folder / "plain.db", ingest.followed(large)))
    clean = [normalise(paper) for paper in spread(papers, plan.match_papers)]
    rows += found
    standing = list(subscriptions(papers, max(plan.sizes) + 1_000))
    rows += matching.measure(clean, standing, plan.sizes, rounds=plan.rounds, today=today, tell=tell)
    rows += answering
    rows += asked
    rows += await proposals.measure(folder, authors=plan.authors, asked=plan.typed, tell=tell)
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
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the figures there too.")
@click.pass_context
def main(ctx: click.Context, quick: bool, json_file: Path | None) -> None:
    """Measure ingest, search, matching, answering, start-up and memory. Needs PAPERCRIER_TEST_DATA."""
    try:
        path = corpus_file()
    except BadInput as error:
        click.echo(f"bench: {error}", err=True)
        ctx.exit(2)
    before, started = this_machine(), time.perf_counter()
    rows = _measured(path, QUICK if quick else FULL)
    after = this_machine()
    note = f"{'quick' if quick else 'full'} run, {time.perf_counter() - started:.0f} s; load before {_load(before)}, after {_load(after)}"
    if json_file:
        json_file.write_text(document(rows, before, note), encoding="utf-8")
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(f"{before}\n{note}\n", highlight=False)
    console.print(table_of(rows, markdown=not console.is_terminal))


def _measured(path: Path, plan: Plan) -> list[Row]:
    """One line at a time tells how far it is: moving on a terminal, one below the other in a log."""
    progress = Console(stderr=True)
    started = time.perf_counter()
    with progress.status("starting") as status, tempfile.TemporaryDirectory(prefix="papercrier-bench-") as folder:

        def tell(text: str) -> None:
            line = f"{time.perf_counter() - started:5.0f} s  {text}"
            if progress.is_terminal:
                status.update(line)
            else:
                progress.print(line, highlight=False)

        return asyncio.run(measure(path, plan, Path(folder), tell))


def _load(machine: Machine) -> str:
    return f"{machine.load[0]:.1f}"


if __name__ == "__main__":
    main()
