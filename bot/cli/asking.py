"""``why``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from bot.cli.common import catching, config_option, json_option, print_json
from bot.cli.operator import operator_request
from bot.config import load_config
from bot.domain.subscriptions import parse_destination
from bot.errors import BadInput


@click.command("why")
@click.argument("paper", metavar="ID", nargs=-1, required=True)
@click.option("--to", "to", required=True, metavar="DEST", help='A destination, such as "slack:C0123ABCD" or "console:main".')
@config_option
@json_option
@catching
async def why_command(paper: tuple[str, ...], to: str, config_path: Path | None, as_json: bool) -> None:
    """Why a paper was posted to DEST, or why not: from the records, by any id, link or words of its title."""
    import json
    from dataclasses import replace

    from adapters.console.render import to_panel
    from bot.app import opened
    from bot.domain.messages import Tone, to_json
    from bot.domain.requests import Command

    destination = parse_destination(to)
    async with opened(load_config(config_path), apply=False) as app:
        channel = await app.store.channel(destination.key, tenant=None)
        place = channel.destination if channel else destination
        app.adapters([place.platform])
        reply = await app.handler.handle(operator_request(Command(verb="why", options={"paper": " ".join(paper)}), place))
        if reply.message.tone is Tone.WARNING:
            raise BadInput(reply.message.heading, reply.message.intro)
        message = replace(reply.message, buttons=tuple(button for button in reply.message.buttons if button.url))
        if as_json:
            print_json({"to": destination.key, "message": json.loads(to_json(message))})
        else:
            Console().print(to_panel(message))
