"""The table: what was done to it, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich import box
from rich.table import Table

from tests.torture.ledger import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One case. ``problems`` are sentences about anything else that went wrong; ``note`` is what is worth knowing when all is well."""

    case: str
    deliveries: int = 0
    kills: int = 0
    faults: int = 0
    #: What was asked and compared, where nothing is delivered.
    checks: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    note: str = ""
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.verdict.good and not self.problems


def table_of(rows: Sequence[Row], *, markdown: bool) -> Table:
    """``markdown`` draws it for a document."""
    found = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, header_style="bold", show_edge=markdown)
    found.add_column("case", no_wrap=markdown)
    for name in ("deliveries", "kills", "faults", "checks", "lost", "repeated", "out of order", "unsettled", "seconds"):
        found.add_column(name, justify="right", no_wrap=True)
    found.add_column("note", no_wrap=markdown)
    for row in rows:
        verdict = row.verdict
        bad = (verdict.lost, verdict.repeated, verdict.out_of_order + verdict.astray, verdict.open)
        found.add_row(
            row.case,
            *(f"{number:,}" for number in (row.deliveries, row.kills, row.faults, row.checks)),
            *(f"{number:,}" if not number or markdown else f"[bold red]{number:,}[/]" for number in bad),
            f"{row.seconds:,.0f}" if row.seconds >= 10 else f"{row.seconds:.1f}",
            "; ".join((*row.problems, row.note)).strip("; "),
        )
    return found


def document(rows: Sequence[Row], *, seed: int) -> str:
    return json.dumps({"seed": seed, "rows": [{**asdict(row), "good": row.good} for row in rows]}, ensure_ascii=False, indent=2)
