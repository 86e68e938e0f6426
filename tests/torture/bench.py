"""What a case gets to work with."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.torture.nursery import Nursery
from tests.torture.report import Row
from tests.torture.tempo import Tempo
from tests.torture.world import World


@dataclass(kw_only=True)
class Bench:
    """``kills`` and ``deliveries`` are how much there is to be of everything: each case takes its share of them."""

    nursery: Nursery
    folder: Path
    seed: int
    kills: int = 200
    deliveries: int = 4000
    #: All lines of the dispatch path, not a sample that reaches each of them.
    every_line: bool = False
    #: Keep databases and logs of the cases that went well, too.
    keep: bool = False
    tell: Callable[[str], None] = lambda text: None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def world(self, name: str, *, seed: int = 0, tempo: Tempo | None = None, platforms: Sequence[str] = ("slack", "discord")) -> World:
        folder = self.folder / f"{next(self._numbers):04d}-{name}"
        return World(self.nursery, folder, seed=self.seed * 1_000_003 + seed, tempo=tempo, platforms=platforms)

    def random(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")

    def done(self, world: World) -> None:
        """The folder of a world in which all went well is not needed any more."""
        if not self.keep:
            shutil.rmtree(world.folder, ignore_errors=True)


Run = Callable[[Bench], Awaitable[list[Row]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    name: str
    #: What is done, in one line.
    about: str
    run: Run


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began
