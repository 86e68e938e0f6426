"""The loopback Slack at a terminal: ``python -m tests.servers.slack [--port N]``."""

from __future__ import annotations

import asyncio
import sys

import click

from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer


@click.command()
@click.option("--port", default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
def main(port: int) -> None:
    """Run the loopback Slack until its input ends. Each line typed is a slash command of Ana in #nlp."""
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    async with SlackServer(port=port) as server:
        click.echo(f"api_url   {server.api_url}\nbot_token {BOT_TOKEN}\napp_token {APP_TOKEN}\nchannel   slack:C0123ABCD")
        seen = 0
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                try:
                    answer = await server.slash(line.strip().removeprefix("/papers").strip())
                    click.echo(f"{answer.shown}\n{answer.actions}\n")
                except TimeoutError:
                    click.echo("no answer: is the bot connected?")
            posts = [post for room in server.rooms.values() for post in room.messages]
            for post in posts[seen:]:
                click.echo(f"posted in {post.channel}:\n{post.shown}\n")
            seen = len(posts)
