"""What a store remembers for later: what buttons stand for, where each source stopped, how its readings went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.coverage import Coverage
from bot.ports.sources import SourceRun


class MemoryStore(Protocol):
    async def remember(self, payload: str, *, at: datetime, keep: timedelta, lazily: bool = False) -> str:
        """A short token (12 characters) for ``payload``; the same payload gives the same token. ``keep``: for so long at least, unless it
        is kept for longer already; afterwards it is forgotten by and by. ``lazily``: at once, and written down as soon as whatever is
        being written lets it; that it could not be written is told to the log only."""
        ...

    async def recall(self, token: str) -> str | None:
        """What a token stands for; waits for what is being written down. ``None``: unknown, or forgotten."""
        ...

    async def source_memory(self, source: str) -> dict[str, str]: ...

    async def keep_source_memory(self, source: str, memory: Mapping[str, str]) -> None:
        """Put ``memory`` in place of what was kept for the source."""
        ...

    async def record_run(self, run: SourceRun) -> None: ...

    async def runs(self) -> list[SourceRun]:
        """The last run of every source."""
        ...

    async def cover(self, days: Sequence[Coverage]) -> None:
        """Put these in place of what was known of their source, category and day. ``new`` and ``merged`` are added to the known counts,
        and a day that was repaired once stays so."""
        ...

    async def coverage(self, *, since: date) -> list[Coverage]:
        """Of days from ``since`` on, by source, category and day."""
        ...
