"""Source to store: every batch in one transaction with the matches of all standing rules, and a receipt of what was read."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.papers import AnnounceType, Paper
from bot.domain.queries import Query, Terms
from bot.errors import BadInput, SourceError
from bot.matching.matcher import Matcher
from bot.ports import Clock, Hit, Source, SourceRun, Store
from bot.query.stored import parse_stored
from bot.services.tally import Tally
from bot.text.normalise import normalise

log = logging.getLogger(__name__)

#: Papers in one transaction: long enough to be cheap, short enough to let others write.
BATCH = 500
#: Papers cleaned in one go.
SLICE = 50
#: Rules taken in in one go: a few milliseconds.
RULES_SLICE = 50
#: So many new rules are many objects.
FREEZE_AFTER = 100 * RULES_SLICE
#: What was announced longer ago is kept, and not posted as new.
NEWS = timedelta(days=14)
#: Problem lines kept with a run; the count is always whole.
KEPT_PROBLEMS = 200


class Rules:
    """The matcher over every standing rule, kept equal to the store's rules whichever process changed them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._version = -1
        self._known: dict[int, str] = {}
        self._matcher = Matcher()
        #: The store matches on a thread of its own while another source may bring new rules.
        self._lock = threading.Lock()
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Bring the matcher up to date. Many rules are taken in slice by slice, so that others on the event loop get their turn."""
        async with self._refreshing:
            version = await self._store.rules_version()
            if version == self._version:
                return
            wanted = dict(await self._store.rules())
            gone, fresh = list(self._known.keys() - wanted.keys()), sorted(wanted.keys() - self._known.keys())
            for start in range(0, len(gone), RULES_SLICE):
                with self._lock:
                    for rule in gone[start : start + RULES_SLICE]:
                        self._matcher.remove(rule)
                await asyncio.sleep(0)
            for start in range(0, len(fresh), RULES_SLICE):
                queries = [(rule, query) for rule in fresh[start : start + RULES_SLICE] if (query := _readable(rule, wanted[rule]))]
                with self._lock:
                    for rule, query in queries:
                        self._matcher.add(rule, query)
                if (start + RULES_SLICE) % FREEZE_AFTER == 0:
                    # They stand for long. The collector would walk all of them again and again, and nothing else runs meanwhile.
                    gc.freeze()
                await asyncio.sleep(0)
            self._known, self._version = wanted, version

    def match(self, paper: Paper, terms: Terms) -> list[Hit]:
        """The hits of one paper; on any thread."""
        with self._lock:
            return self._matcher.match(paper, terms, self._clock.now().date())


def _readable(rule: int, text: str) -> Query | None:
    try:
        return parse_stored(text)
    except BadInput:
        log.exception("a stored rule cannot be read", extra={"rule": rule})
        return None


@dataclass(slots=True)
class Progress:
    """Running totals of one reading, for those who watch."""

    #: As far as the source has said so.
    announced: int | None = None
    read: int = 0
    new: int = 0
    merged: int = 0
    changed: int = 0
    unreadable: int = 0
    #: Which part of the source is being read, in words, where it has parts.
    where: str = ""


#: Called now and then while a source is read.
Watch = Callable[[Progress], None]


class Ingest:
    """``run`` reads a source to its end. What was stored stays stored when the source breaks off."""

    def __init__(self, store: Store, clock: Clock, rules: Rules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    async def run(self, source: Source, *, watch: Watch | None = None) -> SourceRun:
        """Read ``source`` into the store. Never raises for trouble of the source: the run carries it as ``error``."""
        started = self._clock.now()
        memory = await self._store.source_memory(source.name)
        progress, problems, announced, error = Progress(), list[str](), None, ""
        tally = Tally(source.name, started)
        try:
            async for batch in source.fetch(memory):
                problems += batch.problems
                progress.unreadable += len(batch.problems) if batch.unreadable is None else batch.unreadable
                if batch.announced is not None:
                    announced = progress.announced = (announced or 0) + batch.announced
                progress.where = batch.where
                tally.see(batch.seen)
                await self._store_batch(batch.papers if batch.news else await self._no_news(batch.papers), progress, tally, watch)
                if batch.checkpoint:
                    await self._store.keep_source_memory(source.name, memory)
        except SourceError as trouble:
            error = str(trouble)
            log.warning("source failed", extra={"source": source.name, "error": error})
        await self._store.cover(tally.days())
        if not error:
            # Only now: what was not stored must be read again next time.
            await self._store.keep_source_memory(source.name, memory)
        run = SourceRun(
            source=source.name,
            started_at=started,
            finished_at=self._clock.now(),
            read=progress.read,
            new=progress.new,
            merged=progress.merged,
            changed=progress.changed,
            unreadable=progress.unreadable,
            announced=announced,
            problems=tuple(problems[:KEPT_PROBLEMS]),
            error=error,
        )
        await self._store.record_run(run)
        log.info("source read", extra={"source": run.source, "read": run.read, "new": run.new, "unreadable": run.unreadable})
        return run

    async def take(self, paper: Paper) -> None:
        """Store one paper that no source announced."""
        await self._store_batch((paper,), Progress(), Tally(paper.source, self._clock.now()), None)

    async def _no_news(self, papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
        """``papers`` as nobody is told of them: known ones stay what they were announced as, others are kept."""
        return tuple([paper if await self._known(paper) else replace(paper, announce_type=AnnounceType.ARCHIVE) for paper in papers])

    async def _known(self, paper: Paper) -> bool:
        for key in paper.keys:
            if await self._store.paper(key):
                return True
        return False

    async def _store_batch(self, papers: tuple[Paper, ...], progress: Progress, tally: Tally, watch: Watch | None) -> None:
        today = self._clock.now().date()
        for start in range(0, len(papers), BATCH):
            batch = [_dated(paper, today, tally) for paper in await _normalised(papers[start : start + BATCH])]
            await self._rules.refresh()
            intake = await self._store.ingest(batch, at=self._clock.now(), match=self._rules.match)
            tally.count(batch, intake)
            progress.read += len(batch)
            progress.new += intake.new
            progress.merged += intake.merged
            progress.changed += intake.changed
            if watch:
                watch(progress)


async def next_reading(store: Store, source: str, every: timedelta, now: datetime) -> datetime:
    """When to read a source again: when it said itself in its last run that it would look, else ``every`` after that; at once the first
    time."""
    last = next((run for run in await store.runs() if run.source == source), None)
    if last is None:
        return now
    rows = await store.coverage(since=last.started_at.date() - NEWS)
    looks = [one.next_look for one in rows if one.source == source and one.looked_at == last.started_at and one.next_look]
    return min(looks, default=last.finished_at + every)


def _dated(paper: Paper, today: date, tally: Tally) -> Paper:
    """What was announced long ago is no news, unless its day had been missed."""
    if paper.announced is None or paper.announced >= today - NEWS or tally.repairs(paper):
        return paper
    return replace(paper, announce_type=AnnounceType.ARCHIVE)


async def _normalised(papers: tuple[Paper, ...]) -> list[Paper]:
    """In a thread, and slice by slice: others on the event loop get their turn all the time."""
    clean: list[Paper] = []
    for start in range(0, len(papers), SLICE):
        clean += await asyncio.to_thread(lambda part: [normalise(paper) for paper in part], papers[start : start + SLICE])
    return clean
