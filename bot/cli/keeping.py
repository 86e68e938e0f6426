"""``backup``."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.common import catching, config_option
from bot.config import load_config
from bot.errors import BadInput


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False, metavar="[FILE]")
@config_option
@catching
async def backup_command(file: Path | None, config_path: Path | None) -> None:
    """Copy the database to FILE, checked, also while papercrier runs. Without FILE: beside it, named by day and time.

    To put a backup back: stop papercrier, move the database and its -wal and -shm files away, copy the backup to its name, start again.
    What was posted since is found in the channels and not posted twice.
    """
    from bot.app import store_path
    from bot.clock import SystemClock
    from bot.store import open_store

    config = load_config(config_path)
    database = store_path(config)
    if not database.exists():
        raise BadInput(f"there is no database {database}", "name the configuration of the one to copy with --config")
    if file is None:
        file = database.with_name(f"{database.name}.backup-{SystemClock().now():%Y-%m-%d-%H%M%S}")
    store = await open_store(config.store.url, readers=1)
    try:
        await store.backup(file)
    finally:
        await store.close()
    click.echo(f"backup of {database} written to {file} ({file.stat().st_size:,} bytes), checked")
