"""Names of authors while they are typed, among as many as the plan says."""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from random import Random

from bot.store import open_store
from bot.store.sqlite.names import Counts, write_counts
from tests.bench.figures import PERCENTILE_LABELS, PERCENTILES, Row, percentile

GROUP = "proposals"
_SYLLABLES = re.findall(
    r"\w+", "an be chi da el fu gra hi in jo ka li mo na o pe qu ro sa ta u ver wei xu ya zhu son berg man ski ova ez stein ton mül är ño"
)
_LIMIT = 25
_MILLI = 1e3


class People:
    """Draws names as they are spread among people: few are common, most are rare."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._given = [self._word() for _ in range(4_000)]
        self._family = [self._word() for _ in range(60_000)]
        self._weights = [list(accumulate((rank + 1) ** -0.8 for rank in range(len(names)))) for names in (self._given, self._family)]

    def _word(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.choice((1, 2, 2, 3)))).capitalize()

    def name(self) -> str:
        (given,) = self._random.choices(self._given, cum_weights=self._weights[0])
        (family,) = self._random.choices(self._family, cum_weights=self._weights[1])
        middle = f" {self._random.choice('ABCDEFGHJKLM')}." if self._random.random() < 0.5 else ""
        return f"{given}{middle} {family}"

    def counts(self, authors: int) -> Counts:
        """So many different names, each with how many papers it has."""
        names: dict[str, None] = {}
        while len(names) < authors:
            names[self.name()] = None
        return Counter({("author", name): int(self._random.paretovariate(1.1)) for name in names})

    def typed(self, count: int) -> list[str]:
        """What somebody has typed of a name, up to any letter of it."""
        names = [self.name() for _ in range(count)]
        return [name[: self._random.randint(1, len(name))] for name in names]


async def measure(folder: Path, *, authors: int, asked: int, tell: Callable[[str], None] = lambda text: None) -> list[Row]:
    people = People(7)
    path = folder / "names.db"
    tell(f"proposals: {authors:,} names of authors")
    await (await open_store(f"sqlite:{path}")).close()
    connection = sqlite3.connect(path)
    with connection:
        write_counts(connection, people.counts(authors))
    connection.close()
    store = await open_store(f"sqlite:{path}")
    wall: list[float] = []
    cpu: list[float] = []
    try:
        for text in people.typed(asked):
            began, worked = time.perf_counter(), time.process_time()
            await store.authors(text, limit=_LIMIT)
            wall.append((time.perf_counter() - began) * _MILLI)
            cpu.append((time.process_time() - worked) * _MILLI)
    finally:
        await store.close()
    figures = {"wall": tuple(percentile(wall, p) for p in PERCENTILES), "cpu": tuple(percentile(cpu, p) for p in PERCENTILES)}
    return [
        Row(group=GROUP, name=f"an author among {authors:,}, while typed, {asked:,} times", unit="ms", labels=PERCENTILE_LABELS, **figures)
    ]
