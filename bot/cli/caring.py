"""``doctor``, ``deliveries`` and ``settle``: following a delivery, and deciding about one that nobody else can."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.common import catching, config_option, json_option, print_json
from bot.config import load_config
from bot.domain.deliveries import State
from bot.errors import BadInput

_COLOURS = {"good": "green", "warning": "yellow", "trouble": "bold red"}


@click.command("doctor")
@config_option
@json_option
@catching
async def doctor_command(config_path: Path | None, as_json: bool) -> None:
    """Look at everything that can be wrong, and say what to do. Changes nothing; exit code 1 when there is trouble."""
    from bot.app import examined, opened
    from bot.services.doctor import Level

    async with opened(load_config(config_path), apply=False) as app:
        findings = await examined(app)
    if as_json:
        print_json([{"level": one.level.value, "subject": one.subject, "what": one.what, "next_step": one.next_step} for one in findings])
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for one in findings:
            said = Text(one.what)
            if one.next_step:
                said.append(f"\n→ {one.next_step}", style="bright_black")
            table.add_row(Text(one.level.value, style=_COLOURS[one.level.value]), Text(one.subject), said)
        Console().print(table)
    if any(one.level is Level.TROUBLE for one in findings):
        sys.exit(1)


@click.command("deliveries")
@click.option("--to", "to", default="", metavar="DEST", help="Only to this destination.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@config_option
@json_option
@catching
async def deliveries_command(to: str, state: str | None, limit: int, config_path: Path | None, as_json: bool) -> None:
    """Every message on its way or settled, newest first."""
    from bot.app import opened
    from bot.cli.documents import delivery_document
    from bot.domain.subscriptions import parse_destination

    key = parse_destination(to).key if to else ""
    async with opened(load_config(config_path), apply=False) as app:
        found = await app.store.deliveries(key=key, state=State(state) if state else None, limit=limit)
    if as_json:
        print_json([delivery_document(one) for one in found])
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("id", "to", "state"):
        table.add_column(column, no_wrap=True, overflow="fold")  # to be copied: never cut
    table.add_column("attempts", justify="right")
    table.add_column("what", no_wrap=True, overflow="ellipsis")
    table.add_column("error")
    for one in found:
        what = ("edit: " if one.kind == "edit" else "") + (one.message.heading or one.message.fallback)
        table.add_row(one.id, one.destination.key, one.state.value, str(one.attempts), Text(what, overflow="ellipsis"), Text(one.error))
    Console().print(table)


@click.command("settle")
@click.argument("delivery", metavar="ID")
@click.argument("how", type=click.Choice(["sent", "resend", "drop"]))
@config_option
@catching
async def settle_command(delivery: str, how: Literal["sent", "resend", "drop"], config_path: Path | None) -> None:
    """Decide about a delivery that was held, failed or given up: it stands there (sent), post it again (resend), or leave it (drop)."""
    from bot.app import opened

    async with opened(load_config(config_path), apply=False) as app:
        known = await app.store.delivery(delivery)
        if known is None:
            raise BadInput(f'no delivery is known as "{delivery}"', "papercrier deliveries lists them")
        if not await app.store.settle_by_hand(delivery, how, now=app.clock.now()):
            raise BadInput(f"delivery {delivery} is {known.state.value}", "only held, failed, given up or stuck ones need a decision")
        click.echo(f"delivery {delivery} to {known.destination.key}: {how}")
