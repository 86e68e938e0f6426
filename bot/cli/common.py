"""What every verb of the command line shares: configuration, output, and errors in one clear line."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.errors import BadInput, ConfigError, PapercrierError

T = TypeVar("T")

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration (papercrier.toml here, if there is one).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end. Trouble becomes one line on standard error and the exit code of its kind; never a traceback."""
    try:
        return asyncio.run(work)
    except PapercrierError as error:
        fail(error)
    except KeyboardInterrupt:
        click.echo("papercrier: stopped; what was finished is kept, nothing is half written", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("PAPERCRIER_DEBUG"):
            raise
        trouble = PapercrierError(
            f"unexpected trouble ({type(error).__name__}: {error})", "set PAPERCRIER_DEBUG=1 to see where, and report it please"
        )
        fail(trouble)
    raise AssertionError("unreachable")


def fail(error: PapercrierError) -> None:
    """Say what is wrong, and end."""
    lines = error.problems if isinstance(error, ConfigError) else [str(error)]
    for line in lines:
        click.echo(f"papercrier: {one_line(line)}", err=True)
    sys.exit(error.exit_code)


def one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def print_json(document: object) -> None:
    """One JSON document on standard output, and nothing else there."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def catching(command: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A coroutine as a click command body."""

    @wraps(command)
    def body(*args: Any, **kwargs: Any) -> None:
        async def work() -> None:
            await command(*args, **kwargs)

        run(work())

    return body


def save(path: Path, text: str) -> None:
    """Write a file a person asked for; ``BadInput`` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror})", "name another file") from error
