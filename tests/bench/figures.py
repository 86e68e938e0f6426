"""What is measured and how: percentiles, wall and CPU time of a piece of work, one row of the table."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from bot.domain.papers import Paper

_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure. ``wall`` and ``cpu`` hold as many values as ``labels`` (none where it was not or cannot be measured), in ``unit``."""

    group: str
    name: str
    unit: str
    wall: tuple[float, ...] = ()
    cpu: tuple[float, ...] = ()
    labels: tuple[str, ...] = ("median",)
    #: What the figure is beside another one of the same run, in words.
    beside: str = ""


@dataclass(slots=True)
class Times:
    """Seconds that each repetition took. CPU counts every thread of this process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def one(self) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)

    def medians(self) -> Times:
        """The median repetition as the only one."""
        return Times([median(self.wall)], [median(self.cpu)])

    def row(self, group: str, name: str, *, unit: str, scale: float, beside: str = "") -> Row:
        """Medians, each multiplied by ``scale``."""
        return Row(group=group, name=name, unit=unit, wall=(median(self.wall) * scale,), cpu=(median(self.cpu) * scale,), beside=beside)


PERCENTILES = (50, 95, 99)
PERCENTILE_LABELS = tuple(f"p{share}" for share in PERCENTILES)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` per cent of ``values`` lie, in a straight line between the two next to it."""
    if not values:
        raise ValueError("no values, no percentile")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share / 100
    below, above = math.floor(place), math.ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def percentiles(values: Sequence[float], scale: float = 1.0) -> tuple[float, ...]:
    return tuple(percentile(values, share) * scale for share in PERCENTILES)


def times(ratio: float) -> str:
    """A ratio with two figures that matter: 0.042, 3.8, 214."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2g}"


def tokenise(paper: Paper) -> list[str]:
    """The floor: the least that anybody who reads a paper's words has to do."""
    return _TOKEN.findall(f"{paper.title} {paper.abstract}".lower())
