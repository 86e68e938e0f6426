"""What a person sees while papers are read in: how many, how fast, how far. On a terminal only; nothing of it reaches a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from bot.services.ingest import Progress as Counts
    from bot.services.ingest import Watch


@contextmanager
def watching(name: str, console: Console | None = None) -> Iterator[Watch]:
    """``with watching("arxiv") as watch``: hand ``watch`` to the reading."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield lambda counts: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[counts]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"reading {name}", total=None, counts="")

        def watch(counts: Counts) -> None:
            elapsed = progress.tasks[0].elapsed or 0.0
            rate = f", {counts.read / elapsed:,.0f} a second" if elapsed > 1 else ""
            of = f" of {counts.announced:,}" if counts.announced and counts.announced >= counts.read else ""
            told = f"{counts.read:,}{of} read{rate} · {counts.new:,} new, {counts.merged:,} merged"
            told += f" · {counts.where}" if counts.where else ""
            total = counts.announced if of else None
            progress.update(task, completed=counts.read, total=total, counts=told)

        yield watch
