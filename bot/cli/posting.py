"""``preview``, ``digest`` and ``status``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from bot.cli.common import catching, config_option, json_option, print_json, save
from bot.config import load_config
from bot.domain.deliveries import State
from bot.domain.messages import to_json
from bot.domain.subscriptions import parse_destination
from bot.errors import BadInput

to_option = click.option("--to", "to", required=True, metavar="DEST", help='A destination, such as "slack:C0123ABCD" or "console:main".')


@click.command("preview")
@to_option
@click.option("--html", "html", type=click.Path(path_type=Path), metavar="FILE", help="Draw it as Slack and Discord would, into FILE.")
@config_option
@json_option
@catching
async def preview_command(to: str, html: Path | None, config_path: Path | None, as_json: bool) -> None:
    """The next digest of DEST as it would be posted now. Changes nothing."""
    import json

    from adapters.console.render import to_panel
    from bot.app import opened

    destination = parse_destination(to)
    async with opened(load_config(config_path), apply=False) as app:
        channel = await app.store.channel(destination.key, tenant=None)
        if channel is None:
            raise BadInput(f"nothing is known about {destination.key}", f'first: papercrier subscribe --to {destination.key} "..."')
        message = await app.digests.preview(channel)
        if html and message:
            from bot.preview.page import preview_page

            save(html, preview_page(message, channel.destination))
        if as_json:
            print_json({"to": destination.key, "message": json.loads(to_json(message)) if message else None})
        elif message is None:
            click.echo(f"nothing new for {destination.key}; papercrier ingest reads the sources")
        elif html:
            click.echo(f"drawn into {html}")
        else:
            Console().print(to_panel(message))


@click.command("digest")
@to_option
@config_option
@json_option
@catching
async def digest_command(to: str, config_path: Path | None, as_json: bool) -> None:
    """Post the digest of DEST now."""
    from bot.app import opened
    from bot.running import send_now

    destination = parse_destination(to)
    async with opened(load_config(config_path)) as app:
        planned, states = await send_now(app, destination)
        if as_json:
            print_json({"to": destination.key, "messages": len(states), "states": [state.value for state in states]})
        elif not planned:
            click.echo(f"nothing new for {destination.key}")
        elif destination.platform != "console" or any(state is not State.SENT for state in states):
            click.echo(f"{destination.key}: {', '.join(state.value for state in states)}")
        if any(state is not State.SENT for state in states):
            failed = [one for one in await app.store.deliveries(key=destination.key, limit=20) if one.error]
            for one in failed[:3]:
                click.echo(f"papercrier: delivery {one.id} to {destination.key} is {one.state.value} ({one.error})", err=True)
            sys.exit(1)


@click.command("status")
@config_option
@json_option
@catching
async def status_command(config_path: Path | None, as_json: bool) -> None:
    """What was read, what is planned, what was posted."""
    from adapters.console.render import to_panel
    from bot.app import opened
    from bot.cli.documents import status_document

    async with opened(load_config(config_path), apply=False) as app:
        report = await app.report()
        if as_json:
            print_json(status_document(report))
        else:
            Console().print(to_panel(await app.status()))
