"""What a source of papers is, and the receipt of reading one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.coverage import Seen
from bot.domain.papers import Paper


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Papers as a source gave them, and each line or record it could not understand (with where it stands)."""

    papers: tuple[Paper, ...]
    problems: tuple[str, ...] = ()
    #: How many of the problems are records; ``None``: each of them.
    unreadable: int | None = None
    #: How many records the source says it announced for this batch, where it says so.
    announced: int | None = None
    #: How things stand at the source, for days that it announces papers on: what this run has seen of them.
    seen: tuple[Seen, ...] = ()
    #: What the source remembers by now may be kept as soon as this batch is stored: a stopped run goes on behind it.
    checkpoint: bool = False
    #: Which part of the source this is, in words for people who watch.
    where: str = ""
    #: ``False``: the source only adds to papers that the library has. One that it does not have (any more) is news to nobody.
    news: bool = True


class Source(Protocol):
    """Gives papers. ``fetch`` yields batches as they arrive, so that a failure keeps what came before it.

    ``memory`` is whatever the source left there last time (dates, ids, validators); what it leaves now is kept only after the
    batch is stored. Raises ``SourceError``.
    """

    name: str

    def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRun:
    """One reading of one source: the coverage receipt."""

    source: str
    started_at: datetime
    finished_at: datetime
    read: int = 0
    new: int = 0
    merged: int = 0
    changed: int = 0
    unreadable: int = 0
    announced: int | None = None
    problems: tuple[str, ...] = field(default=())
    #: Empty when it ended well.
    error: str = ""


class Arrivals(Protocol):
    """Tells sources that add to papers which ones there are: ``PaperStore.arrivals``."""

    async def __call__(self, *, since: datetime, until: datetime, limit: int) -> list[tuple[str, datetime]]: ...


class Lookups(Protocol):
    """Asks services for one paper, because somebody named it."""

    async def paper(self, key: str) -> Paper | None:
        """The paper of an identity key, or ``None`` when nobody who could know it does. Raises ``SourceError`` when nobody answers."""
        ...
