"""Charts, and who draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

#: More lines than this cannot be told apart.
MOST_SERIES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Counts in order of time; ``points`` are (first day of the span, count) without gaps."""

    name: str
    points: tuple[tuple[date, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Counts over time. ``kind``: "lines" compares several series, "bars" shows one."""

    title: str
    #: What is counted, as the axis says it: "papers per month".
    unit: str
    series: tuple[Series, ...]
    kind: Literal["lines", "bars"] = "lines"
    #: A small line below: where the figures come from.
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.series) <= MOST_SERIES:
            raise ValueError(f"a chart has 1 to {MOST_SERIES} series, not {len(self.series)}")


class Painter(Protocol):
    async def paint(self, chart: Chart) -> bytes:
        """The chart as a PNG that can be read on light and dark ground. ``PapercrierError`` when it cannot be drawn now."""
        ...
