"""``python -m tests.eval``: one table. ``python -m tests.eval latex``: what is left of LaTeX in the corpus sample, by class."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bot.errors import BadInput
from tests.eval.data import folder
from tests.eval.latex import corpus, remainder, report
from tests.eval.people import disambiguation
from tests.eval.ranking import cranfield, csfcube

#: Width of the table where there is no terminal to ask.
_WIDE = 160

Figures = dict[str, tuple[float, float]]


def main() -> int:
    try:
        data = folder()
    except BadInput as error:
        print(f"eval: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if sys.argv[1:] == ["latex"]:
        print(report(remainder(corpus(data.parent))))  # noqa: T201
        return 0
    if sys.argv[1:]:
        print("eval: say nothing, or latex", file=sys.stderr)  # noqa: T201
        return 2
    console, started = Console(), time.perf_counter()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    with tempfile.TemporaryDirectory(prefix="papercrier-eval-") as scratch:
        found = {
            "cranfield, 113 questions": ("plain BM25", asyncio.run(cranfield(data, Path(scratch)))),
            "csfcube, 27 papers to find others like": ("plain BM25", asyncio.run(csfcube(data, Path(scratch)))),
            "author_disambiguation, pairs of mentions": ("the same name", disambiguation(data)),
        }
    console.print(table_of(found, markdown=not console.is_terminal))
    console.print(f"{time.perf_counter() - started:.0f} s", highlight=False)
    return 0


def table_of(found: dict[str, tuple[str, Figures]], *, markdown: bool) -> Table:
    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, show_edge=markdown)
    for name in ("set", "measure", "beside", "there", "ours"):
        table.add_column(name, justify="right" if name in ("there", "ours") else "left", no_wrap=True)
    for name, (beside, figures) in found.items():
        for measure, (theirs, ours) in figures.items():
            table.add_row(name, measure, beside, f"{theirs:.3f}", f"{ours:.3f}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
