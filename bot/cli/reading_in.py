"""``ingest`` and ``import``: bring papers into the store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bot.cli.common import catching, config_option, json_option, one_line, print_json
from bot.config import load_config
from bot.ports import Source, SourceRun


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
        await _read(app.ingest, chosen, as_json)


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
    from bot.sources.files import FORMATS, FileSource

    chosen = next((known for known in FORMATS if known == form), None)
    if form and chosen is None:
        raise BadInput(f'"{form}" is no form of file', f"there are {', '.join(FORMATS)}; without --format the content tells")
    async with opened(load_config(config_path)) as app:
        today = app.clock.now().date()
        await _read(app.ingest, [FileSource(path, today=today, parser=app.tools.parser, form=chosen) for path in files], as_json)


async def _read(ingest: object, sources: Sequence[Source], as_json: bool) -> None:
    from bot.cli.documents import run_document
    from bot.services.ingest import Ingest, Progress

    assert isinstance(ingest, Ingest)  # noqa: S101 - tells the type checker what the lazy import hides
    console = Console(stderr=True)
    runs: list[SourceRun] = []
    for source in sources:
        with console.status(f"reading {source.name}", spinner="dots") as status:

            def show(progress: Progress, name: str = source.name) -> None:
                status.update(f"reading {name}: {progress.read:,} read, {progress.new:,} new")

            runs.append(await ingest.run(source, watch=show))
    document = run_document(runs)
    if as_json:
        print_json(document)
    else:
        _print(runs)
    for run in runs:
        if run.error:
            click.echo(f"papercrier: {one_line(run.error)}", err=True)
    if any(run.error for run in runs):
        sys.exit(1)


def _print(runs: Sequence[SourceRun]) -> None:
    for run in runs:
        counts = f"{run.read:,} read · {run.new:,} new · {run.merged:,} merged · {run.changed:,} changed · {run.unreadable:,} unreadable"
        click.echo(f"{run.source}: {counts}")
        for problem in run.problems:
            click.echo(f"  {one_line(problem)}")
        if run.unreadable > len(run.problems):
            click.echo(f"  and {run.unreadable - len(run.problems):,} more")
