"""``backfill``: bring a source's past into the store."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click

from bot.cli.common import catching, config_option, json_option, one_line, print_json
from bot.config import load_config
from bot.errors import BadInput


@click.command("backfill")
@click.argument("source", metavar="SOURCE")
@click.option("--from", "first", required=True, metavar="DAY", help="Submitted on this day or later (YYYY-MM-DD).")
@click.option("--to", "last", metavar="DAY", help="Submitted on this day at the latest (today).")
@click.option(
    "--category", "categories", multiple=True, metavar="CATEGORY", help='A category, or "all"; several times (the configured ones).'
)
@config_option
@json_option
@catching
async def backfill_command(
    source: str, first: str, last: str | None, categories: tuple[str, ...], config_path: Path | None, as_json: bool
) -> None:
    """Bring papers of the past from SOURCE (arxiv). They are found and matched, and posted nowhere; stopped, it goes on from there."""
    from bot.app import opened
    from bot.cli.documents import run_document
    from bot.cli.progress import watching
    from bot.cli.reading_in import print_receipt

    if source != "arxiv":
        raise BadInput(f'source "{source}" has no past that can be asked for', "papercrier backfill arxiv")
    async with opened(load_config(config_path)) as app:
        today = app.clock.now().date()
        begin, end = _day(first, "--from"), _day(last, "--to") if last else today
        if begin > min(end, today):
            raise BadInput(f"there is nothing from {begin} to {min(end, today)}", "give --from before --to, and not in the future")
        reading = app.backfill(begin, min(end, today), categories)
        with watching("arXiv's past") as watch:
            run = await app.ingest.run(reading, watch=watch)
        if as_json:
            print_json(run_document([run]))
        else:
            print_receipt([run], [])
        if run.error:
            click.echo(f"papercrier: {run.source}: {one_line(run.error)}", err=True)
            sys.exit(1)


def _day(text: str, option: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise BadInput(f'{option} "{text}" is no day', "write it as 2026-04-22") from None
