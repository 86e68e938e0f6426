"""The root of the command line. Verbs load their rooms when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from bot import __version__

#: Verb -> the module that has it, in the order of the help.
VERBS = {
    "demo": "bot.cli.demo",
    "run": "bot.cli.running",
    "check": "bot.cli.running",
    "ingest": "bot.cli.reading_in",
    "import": "bot.cli.reading_in",
    "backfill": "bot.cli.backfilling",
    "search": "bot.cli.finding",
    "show": "bot.cli.finding",
    "why": "bot.cli.asking",
    "subscribe": "bot.cli.subscribing",
    "subscriptions": "bot.cli.subscribing",
    "export": "bot.cli.exporting",
    "apply": "bot.cli.exporting",
    "preview": "bot.cli.posting",
    "digest": "bot.cli.posting",
    "status": "bot.cli.posting",
    "deliveries": "bot.cli.caring",
    "doctor": "bot.cli.caring",
    "settle": "bot.cli.caring",
    "unmerge": "bot.cli.identity",
    "merge": "bot.cli.identity",
    "backup": "bot.cli.keeping",
    "commands": "bot.cli.finding",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        found: click.Command = getattr(import_module(VERBS[cmd_name]), f"{cmd_name}_command")
        return found


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="papercrier")
def papercrier() -> None:
    """Brings a research group the papers it should not miss, on Slack, Discord and the console."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Wrong usage ends with one line and exit code 2."""
    if logging.lastResort:  # where no log was set up a verb says itself what went wrong, and once is enough
        logging.lastResort.setLevel(logging.ERROR)
    try:
        papercrier.main(arguments, prog_name="papercrier", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"papercrier: {error.format_message()}; see papercrier --help", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("papercrier: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
