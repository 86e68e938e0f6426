"""``ingest`` and ``import``: bring papers into the store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import catching, config_option, json_option, one_line, print_json
from bot.config import load_config
from bot.ports import Source, SourceRun

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.coverage import Coverage


@click.command("ingest")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@config_option
@json_option
@catching
async def ingest_command(sources: tuple[str, ...], config_path: Path | None, as_json: bool) -> None:
    """Read the configured sources (or the named ones) once."""
    from bot.app import opened
    from bot.errors import BadInput

    async with opened(load_config(config_path)) as app:
        chosen = app.sources(sources)
        if not chosen:
            raise BadInput("no source is configured", 'add [sources.arxiv] with categories = ["cs.CL"] to the configuration')
        if await _read(app, chosen, as_json):
            sys.exit(1)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--format", "form", metavar="FORM", help="jsonl, bibtex, ris, csv, mail or listing; without it the content tells.")
@config_option
@json_option
@catching
async def import_command(files: tuple[Path, ...], form: str | None, config_path: Path | None, as_json: bool) -> None:
    """Read papers from JSON lines, BibTeX, RIS (also NBIB and Web of Science), CSV, a mail of arXiv, or listing pages saved as text."""
    from bot.app import opened
    from bot.errors import BadInput
    from bot.sources.files.source import FORMATS, FileSource

    chosen = next((known for known in FORMATS if known == form), None)
    if form and chosen is None:
        raise BadInput(f'"{form}" is no form of file', f"there are {', '.join(FORMATS)}; without --format the content tells")
    async with opened(load_config(config_path)) as app:
        today = app.clock.now().date()
        sources = [FileSource(path, today=today, parser=app.tools.parser, form=chosen) for path in files]
        failed = await _read(app, sources, as_json)
        if failed:
            # A file without papers is a wrong file: bad input. Where something else failed as well, that is what is told.
            sys.exit(2 if all(source.without_papers for source in sources if source.name in failed) else 1)


async def _read(app: App, sources: Sequence[Source], as_json: bool) -> set[str]:
    """Read ``sources`` one after the other and print what they brought; the names of those that failed."""
    from bot.cli.documents import coverage_document, run_document
    from bot.cli.progress import watching

    runs: list[SourceRun] = []
    for source in sources:
        with watching(source.name) as watch:
            runs.append(await app.ingest.run(source, watch=watch))
    days = await covered(app, runs)
    if as_json:
        print_json({**run_document(runs), "coverage": coverage_document(days)})
    else:
        print_receipt(runs, days)
    for run in runs:
        if run.error:
            click.echo(f"papercrier: {run.source}: {one_line(run.error)}", err=True)
    return {run.source for run in runs if run.error}


async def covered(app: App, runs: Sequence[SourceRun]) -> list[Coverage]:
    """The announcement days that these runs have looked at."""
    looks = {(run.source, run.started_at) for run in runs}
    return [one for one in await app.store.coverage(since=date.min) if (one.source, one.looked_at) in looks]


def print_receipt(runs: Sequence[SourceRun], days: Sequence[Coverage]) -> None:
    """A line for each source, one for each announcement day it looked at, and what could not be read."""
    from bot.render.receipt import day_line

    for run in runs:
        counts = f"{run.read:,} read · {run.new:,} new · {run.merged:,} merged · {run.changed:,} changed · {run.unreadable:,} unreadable"
        trouble = f"could not be read{' to its end' * bool(run.read)} · " if run.error else ""
        click.echo(f"{run.source}: {trouble}{counts}")
        mine = [one for one in days if one.source == run.source]
        width = max((len(one.category) for one in mine), default=0)
        for one in mine:
            click.echo(f"  {one.category:<{width}}  {one_line(day_line(one))}")
        for problem in run.problems:
            click.echo(f"  {one_line(problem)}")
        if run.unreadable > len(run.problems):
            click.echo(f"  and {run.unreadable - len(run.problems):,} more")
