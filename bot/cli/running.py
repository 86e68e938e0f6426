"""``run`` and ``check``."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import catching, config_option, json_option, print_json
from bot.config import load_config

if TYPE_CHECKING:
    from bot.ports import Duty


@click.command("run")
@click.option("--without", type=click.Choice(["sources"]), help="Post and answer; another process reads the sources.")
@click.option("--only", type=click.Choice(["sources"]), help="Read the sources and nothing else, beside `run --without sources`.")
@config_option
@catching
async def run_command(without: str | None, only: str | None, config_path: Path | None) -> None:
    """Read sources, post digests and answer commands until stopped."""
    from bot.app import opened
    from bot.errors import BadInput
    from bot.log import set_up_logging
    from bot.running import Running

    if without and only:
        raise BadInput(
            "--without sources and --only sources leave nothing to do",
            "start two processes: one with --without sources, one with --only sources",
        )
    duties: Sequence[Duty] = ("posting",) if without else ("reading",) if only else ("posting", "reading")
    config = load_config(config_path)
    set_up_logging(config.bot.log)
    # The store's threads give way sooner to whoever waits for an answer: search beside ingest is three times quicker, at no more work.
    sys.setswitchinterval(0.0005)
    async with opened(config) as app:
        if only and not app.configured():
            raise BadInput("no source is configured", 'add [sources.arxiv] with categories = ["cs.CL"] to the configuration')
        running = Running(app, duties)
        loop = asyncio.get_running_loop()
        stops = 0

        def stop() -> None:
            nonlocal stops
            stops += 1
            if stops > 1:  # a second signal: end at once, every state is safe as it stands
                sys.stderr.flush()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.raise_signal(signal.SIGTERM)
            running.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        await running.run()


@click.command("check")
@config_option
@json_option
@catching
async def check_command(config_path: Path | None, as_json: bool) -> None:
    """Check the configuration and show what it would change. Changes nothing."""
    from bot.app import declared, opened, store_path
    from bot.clock import SystemClock
    from bot.services.declared import plan_declared

    config = load_config(config_path)
    if store_path(config).exists():
        async with opened(config, apply=False) as app:
            plan = await app.plan()
    else:
        plan = plan_declared(declared(config), [], [], [], at=SystemClock().now())
    platforms = ["console", *(name for name in ("slack", "discord") if getattr(config.adapters, name))]
    if as_json:
        print_json({"platforms": platforms, "store": config.store.url, "changes": [change.line for change in plan]})
        return
    click.echo(f"configuration is valid · platforms: {', '.join(platforms)} · store: {config.store.url}")
    for change in plan:
        click.echo(f"  {change.line}")
    click.echo(f"{len(plan)} changes at the next start" if plan else "nothing to change")
