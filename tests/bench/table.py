"""The figures as one table, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich import box
from rich.table import Table

from tests.bench.figures import Row
from tests.bench.machine import Machine


def table_of(rows: Sequence[Row], *, markdown: bool) -> Table:
    """``markdown`` draws it for a document."""
    found = Table(
        box=box.MARKDOWN if markdown else box.SIMPLE_HEAD,
        header_style="bold",
        show_edge=markdown,
    )
    found.add_column("what", no_wrap=markdown)
    found.add_column("of", no_wrap=True)
    found.add_column("wall, size", justify="right", no_wrap=True)
    found.add_column("CPU", justify="right", no_wrap=True)
    found.add_column("unit", no_wrap=True)
    found.add_column("beside", style="dim", no_wrap=markdown)
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            found.add_row(f"**{group}**" if markdown else f"[bold cyan]{group}[/]")
        found.add_row(
            _plain(row.name), " / ".join(row.labels), _values(row.wall), _values(row.cpu), row.unit, _plain(row.beside, markdown=markdown)
        )
    return found


def _plain(text: str, *, markdown: bool = False) -> str:
    """Safe from the markup of the terminal, and within one cell of a document."""
    escaped = text.replace("[", "\\[")
    return escaped.replace("|", "\\|") if markdown else escaped


def _values(values: Sequence[float]) -> str:
    return " / ".join(map(number, values))


def number(value: float) -> str:
    """Three figures: 0.042, 3.81, 42.0, 1,234."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def document(rows: Sequence[Row], machine: Machine, note: str) -> str:
    return json.dumps({"machine": asdict(machine), "note": note, "rows": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2)
