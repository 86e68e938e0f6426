"""``unmerge`` and ``merge``: what the operator says about which records are one paper."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.common import catching, config_option
from bot.config import load_config
from bot.domain.history import History, SourceRecord
from bot.domain.papers import StoredPaper, parse_key
from bot.errors import BadInput
from bot.ports import Store


@click.command("unmerge")
@click.argument("paper", metavar="PAPER")
@click.argument("records", metavar="[RECORD]...", nargs=-1)
@config_option
@catching
async def unmerge_command(paper: str, records: tuple[str, ...], config_path: Path | None) -> None:
    """Take records out of a paper that they do not belong to; they stay apart. Without RECORD: list what PAPER was merged from.

    A RECORD is its number in that list, its source or its key. What people did with the one paper (saved, read, hidden, posted) holds for
    both. Undo it with papercrier merge.
    """
    from bot.app import opened

    async with opened(load_config(config_path), apply=False) as app:
        history = await _history(app.store, paper)
        if not records:
            _list(history)
            return
        await app.rules.refresh()
        chosen = [record for wanted in records for record in _chosen(history, wanted)]
        split = await app.store.unmerge(history.stored.row, chosen, at=app.clock.now(), match=app.rules.match)
    for what, one in (("stays", split.left), ("taken out", split.taken)):
        click.echo(f"{what}: {one.paper.key} · {one.paper.display_title} · from {', '.join(one.sources)}")
    click.echo(f"undo: papercrier merge {_name(split.left, split.taken)} {_name(split.taken, split.left)}")


@click.command("merge")
@click.argument("paper", metavar="PAPER")
@click.argument("other", metavar="OTHER")
@config_option
@catching
async def merge_command(paper: str, other: str, config_path: Path | None) -> None:
    """Make two papers one that no key shows to be one. Undo it with papercrier unmerge."""
    from bot.app import opened

    async with opened(load_config(config_path), apply=False) as app:
        rows = [(await _history(app.store, name)).stored.row for name in (paper, other)]
        await app.rules.refresh()
        joined = await app.store.join(*rows, at=app.clock.now(), match=app.rules.match)
    click.echo(f"one paper now: {joined.paper.key} · {joined.paper.display_title} · from {', '.join(joined.sources)}")
    click.echo(f"undo: papercrier unmerge {joined.paper.key} RECORD (without RECORD it lists them)")


async def _history(store: Store, name: str) -> History:
    """By key or link, or by the store's number ("row:17"), for papers that share all their keys."""
    history = await store.history(parse_key(name) or name.strip())
    if history is None:
        raise BadInput(f'no paper is known as "{name}"', "papercrier search finds it by its words")
    return history


def _chosen(history: History, wanted: str) -> list[SourceRecord]:
    if wanted.isdecimal() and 0 < int(wanted) <= len(history.records):
        return [history.records[int(wanted) - 1]]
    key = parse_key(wanted) or wanted
    found = [record for record in history.records if key in (record.source, record.key)]
    if not found:
        raise BadInput(f'no record of the paper is "{wanted}"', "papercrier unmerge with the paper alone lists them")
    return found


def _list(history: History) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("", "source", "key"):
        table.add_column(column, no_wrap=True, overflow="fold")
    table.add_column("first seen", no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis")
    for number, one in enumerate(history.records, 1):
        table.add_row(str(number), one.source, one.key, f"{one.first_seen:%Y-%m-%d}", Text(one.title, overflow="ellipsis"))
    Console().print(table)
    if len(history.records) < 2:
        click.echo("one record: nothing was merged here")
    else:
        click.echo(f"take some out: papercrier unmerge {history.stored.paper.key} NUMBER...")


def _name(one: StoredPaper, other: StoredPaper) -> str:
    """What names this paper and not the other."""
    return next((key for key in one.paper.keys if key not in other.paper.keys), f"row:{one.row}")
