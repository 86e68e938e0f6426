"""``python -m tests.torture``: does everything to it that ``cases`` knows, tells on standard error how far it is, prints one table.

Exit code 1 when anything was lost, repeated, out of order or not settled.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.console import Console

from tests.torture.bench import Bench, Case, Watch
from tests.torture.cases import CASES
from tests.torture.lag import Lag
from tests.torture.nursery import Nursery
from tests.torture.report import Row, document, table_of

#: Width of the table where there is no terminal to ask: every cell in one line.
_WIDE = 260


async def endure(cases: Sequence[Case], folder: Path, tell: Callable[[str], None], **plan: int | bool) -> list[Row]:
    rows: list[Row] = []
    async with Nursery() as nursery, Lag() as lag:
        for case in cases:
            bench = Bench(nursery=nursery, folder=folder / case.name, tell=tell, **plan)  # type: ignore[arg-type]
            watch = Watch()
            tell(f"{case.name}: {case.about}")
            lag.reset()
            try:
                found = await case.run(bench)
            except Exception as error:
                traceback.print_exc()
                found = [Row(case=case.about, seconds=watch.seconds, problems=(f"{type(error).__name__}: {error}",))]
            rows += found
            for row in found:
                tell(f"  {'ok ' if row.good else 'BAD'} {row.case}: {_done(row)} {'; '.join(row.problems)}")
            tell(f"  {watch.seconds:.0f} s, loopback servers late by {lag.worst:.2f} s at most")
    return rows


def _done(row: Row) -> str:
    return f"{row.checks:,} checks" if row.checks else f"{row.deliveries} deliveries, {row.verdict}"


def _number(name: str, otherwise: int) -> int:
    return int(os.environ.get(name, "") or otherwise)


@click.command()
@click.option("--case", "names", multiple=True, type=click.Choice([case.name for case in CASES]), help="Only these; may be given often.")
@click.option("--kills", default=lambda: _number("KILLS", 200), type=click.IntRange(1), help="Deaths [KILLS, 200]: the measure of all.")
@click.option("--deliveries", default=lambda: _number("DELIVERIES", 0), type=int, help="In the largest case [DELIVERIES, 20 × kills].")
@click.option("--every-line", is_flag=True, help="Die at all lines of the dispatch path: half an hour on two idle cores.")
@click.option("--seed", default=lambda: _number("SEED", 0), type=int, help="Do the same again [SEED, drawn].")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures there, too.")
@click.option("--markdown", is_flag=True, help="Draw the table for a document.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep databases and logs there.")
@click.option("--mutate", is_flag=True, help="Break one rule after the other in a copy, and see that the quick tests notice.")
def main(
    names: tuple[str, ...],
    kills: int,
    deliveries: int,
    every_line: bool,
    seed: int,
    json_file: Path | None,
    markdown: bool,
    keep: Path | None,
    mutate: bool,
) -> None:
    """Torture the delivery of papers and count what is lost, repeated or out of order; then the query language."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    out = Console(highlight=False, width=None if sys.stdout.isatty() and not markdown else _WIDE)

    def tell(text: str) -> None:
        errors.print(f"[dim]{text}[/]")

    if mutate:
        from tests.torture.mutations import survivors_table

        table, survivors = survivors_table(tell, markdown=markdown)
        out.print(table)
        sys.exit(1 if survivors else 0)
    seed = seed or random.SystemRandom().randrange(1, 1 << 30)
    tell(f"seed {seed}: `python -m tests.torture --seed {seed}` does the same again")
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # clients that die in the middle of an answer are the point here
    chosen = [case for case in CASES if not names or case.name in names]
    plan: dict[str, int | bool] = {"seed": seed, "kills": kills, "deliveries": deliveries or 20 * kills, "every_line": every_line}
    with tempfile.TemporaryDirectory(prefix="papercrier-torture-", ignore_cleanup_errors=True) as temporary:
        rows = asyncio.run(endure(chosen, keep or Path(temporary), tell, **plan, keep=bool(keep)))
    out.print(table_of(rows, markdown=markdown))
    if json_file:
        json_file.write_text(document(rows, seed=seed), encoding="utf-8")
    bad = [row for row in rows if not row.good]
    total = sum(row.deliveries for row in rows), sum(row.kills for row in rows), sum(row.faults for row in rows)
    tell(f"seed {seed}: {total[0]:,} deliveries, {total[1]:,} kills, {total[2]:,} faults; {len(rows) - len(bad)} of {len(rows)} rows hold")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
