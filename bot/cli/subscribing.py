"""``subscribe`` and ``subscriptions``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.cli.common import catching, config_option, json_option, print_json
from bot.config import load_config
from bot.domain.subscriptions import parse_destination


@click.command("subscribe")
@click.option("--to", "to", required=True, metavar="DEST", help='Where to post: "slack:C0123ABCD", "discord:123", "console:main".')
@click.argument("query", nargs=-1, required=True)
@config_option
@json_option
@catching
async def subscribe_command(to: str, query: tuple[str, ...], config_path: Path | None, as_json: bool) -> None:
    """Have new papers that match QUERY posted to DEST."""
    from datetime import timedelta

    from bot.app import default_settings, opened
    from bot.cli.documents import subscription_document
    from bot.query.language import parse_query, standing
    from bot.services.declared import kind_of

    destination = parse_destination(to)
    parsed = parse_query(" ".join(query))
    standing(parsed)
    config = load_config(config_path)
    async with opened(config) as app:
        now = app.clock.now()
        channel = await app.store.channel(destination.key, tenant=None)
        if channel is None:
            settings = default_settings(config)
            _, next_at = settings.schedule.next_after(now)
            channel = await app.store.add_channel(destination, settings, next_at=next_at, origin="chat")
        subscription, _, new = await app.store.subscribe(
            channel.destination, parsed.canonical, kind_of(parsed.canonical), by="cli", at=now, origin="chat", typed=parsed.typed
        )
        if as_json:
            print_json({**subscription_document(subscription), "created": new})
            return
        today = now.date()
        per_day = await app.store.histogram(parsed, since=today - timedelta(days=30), today=today)
        state = "subscribed" if new else "was subscribed already"
        click.echo(f"#{subscription.number} {destination.key} {state}: {subscription.shown}")
        click.echo(f"in the last 30 days it would have brought {sum(per_day.values()):,} papers; nothing old is posted")


@click.command("subscriptions")
@config_option
@json_option
@catching
async def subscriptions_command(config_path: Path | None, as_json: bool) -> None:
    """Every subscription, of every destination."""
    from bot.app import opened
    from bot.cli.documents import subscription_document

    async with opened(load_config(config_path), apply=False) as app:
        found = await app.store.subscriptions()
        if as_json:
            print_json([subscription_document(one) for one in found])
            return
        if not found:
            click.echo('no subscriptions yet; begin with: papercrier subscribe --to console:main "state space models"')
            return
        table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        for column in ("to", "#", "query", "kind"):
            table.add_column(column)
        for one in found:
            table.add_row(one.destination.key, str(one.number), one.shown.replace("[", "\\["), one.kind)
        Console().print(table)
