"""arXiv: what was announced, from the feeds by category; details from the query API; days that were missed, from listings and OAI-PMH."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.announcements import has_listing, next_rebuild
from bot.coverage import Known, Look, Verdict, continuous, filed, gaps, judge, look_again, remembered
from bot.domain.coverage import DayState, Seen
from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.ports import Batch, Clock
from bot.sources.arxiv.client import PAGE, ArxivClient, ArxivSettings, Reader
from bot.sources.arxiv.memory import conditions, day_text, done, keep_known, key_of, known, remember_done, stamp, validators
from bot.sources.arxiv.repair import Repair, Repairs
from bot.sources.fetch.fetcher import Fetcher

#: Papers that are looked at before others on the event loop get their turn.
SLICE = 250

#: The strongest first: what a paper counts as when several categories announce it on one day.
_STRENGTH = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)


@dataclass(slots=True)
class _Reading:
    """One look at all feeds: what each showed, and different papers by key, filed under their days."""

    looks: list[Look] = field(default_factory=list)
    papers: dict[str, dict[str, Paper]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    validators: dict[str, str] = field(default_factory=dict)
    failures: list[SourceError] = field(default_factory=list)
    announced: dict[str, Paper] = field(default_factory=dict)


class ArxivSource:
    """Announcements of the categories in ``settings``, each paper once however many categories list it."""

    name = "arxiv"

    def __init__(self, settings: ArxivSettings, fetcher: Fetcher, clock: Clock, reader: Reader | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self.client = ArxivClient(settings, fetcher, reader)

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """The papers announced since ``memory``, with details where the API gives them; then those of days that were missed.

        A day without mailing, and one already read, give no papers. A category that fails is a problem of the batch; ``SourceError``
        when all do. ``announced`` counts different papers of the newest day in the feeds, also those read before.
        """
        now = self._clock.now()
        before = {category: known(memory, category) for category in self._settings.categories}
        reading = await self._read(memory, before, now)
        verdicts = judge(reading.looks, before, now)
        read_days = {paper: day for day, papers in done(memory).items() for paper in papers}
        todo = [paper for paper in reading.announced.values() if read_days.get(stamp(paper)) != day_text(paper)]
        newest = max((paper.announced for paper in reading.announced.values() if paper.announced), default=None)
        seen = _seen(verdicts, {paper.key for paper in todo}, self._next_look(verdicts, now))
        count = sum(paper.announced == newest for paper in reading.announced.values())
        unreadable = sum(look.unreadable for look in reading.looks)
        yield Batch(papers=(), problems=tuple(reading.problems), unreadable=unreadable, announced=count, seen=seen)
        if reading.failures and len(reading.failures) == len(self._settings.categories):
            first = reading.failures[0]
            raise SourceError(f"no category of arXiv could be read: {first.message}", first.next_step)
        completed: list[Paper] = []
        async for batch in self._details(todo, completed):
            yield batch
        after = {category: remembered(before[category], _of(verdicts, category), now) for category in before}
        async for batch in self._repaired(before, after, now):
            # What the feeds did not show of the newest day was announced all the same.
            more = {paper.key: paper for paper in batch.papers if paper.announced == newest and paper.key not in reading.announced}
            reading.announced |= more
            yield replace(batch, announced=len(more)) if more else batch
        for category, state in after.items():
            keep_known(memory, category, state)
        remember_done(memory, completed)
        if len(completed) == len(todo):
            memory.update(reading.validators)

    # --- the feeds ---------------------------------------------------------------------------------------------------

    async def _read(self, memory: dict[str, str], before: dict[str, Known], now: datetime) -> _Reading:
        reading = _Reading()
        for category in self._settings.categories:
            try:
                feed, answer = await self.client.feed(category, conditions(memory, category))
            except SourceError as trouble:
                reading.failures.append(trouble)
                reading.problems.append(f"{category}: {trouble}")
                reading.looks.append(Look(category=category, error=str(trouble)))
                continue
            if feed is None:
                reading.looks.append(Look(category=category, unchanged=True))
                continue
            reading.problems += [f"{category}: {problem}" for problem in feed.problems]
            if feed.whole:
                reading.validators |= validators(answer.headers, category)
            papers = {stamp(paper): paper for paper in feed.papers}
            look = Look(
                category=category,
                label=feed.day,
                items={name: paper.announced for name, paper in papers.items()},
                unreadable=feed.items - len(feed.papers),
                whole=not feed.cut,
            )
            reading.looks.append(look)
            for number, (name, day) in enumerate(filed(look, before[category], now).items()):
                if number % SLICE == 0:
                    await asyncio.sleep(0)
                paper = replace(papers[name], announced=day)
                others = reading.announced.get(paper.key)
                reading.announced[paper.key] = _joined(others, paper) if others else paper
        return reading

    async def _details(self, todo: Sequence[Paper], completed: list[Paper]) -> AsyncIterator[Batch]:
        """``todo`` in batches, completed by the API; what has all its details is added to ``completed``."""
        details, failed = self._settings.details, False
        for start in range(0, len(todo), PAGE):
            part = todo[start : start + PAGE]
            if failed or not details:
                yield Batch(papers=tuple(part))
                completed += [paper for paper in part if paper.abstract and not failed]
                continue
            try:
                answer = await self.client.query({"id_list": ",".join(paper.key.partition(":")[2] for paper in part)}, PAGE)
            except SourceError as trouble:
                # Not asked again in this run. The papers are not marked as read, so that the next run completes them.
                failed = True
                told = f"arXiv API: {trouble}; papers kept as their feed describes them"
                yield Batch(papers=tuple(part), problems=(told,), unreadable=0)
                continue
            found = {paper.key: paper for paper in answer.papers}
            yield Batch(papers=tuple(_complete(paper, found.get(paper.key)) for paper in part))
            completed += [paper for paper in part if paper.key in found]

    # --- days that were missed ---------------------------------------------------------------------------------------

    async def _repaired(self, before: dict[str, Known], after: dict[str, Known], now: datetime) -> AsyncIterator[Batch]:
        """Looks up every day that may have been missed, and changes ``after`` by what came of it."""
        newest = max((last for one in after.values() if (last := one.last)), default=None)
        if newest is None:
            return
        whole = _is_continuous(before, after, newest)
        repairs = Repairs(self.client)
        for category in self._settings.categories:
            days = gaps(after[category], newest + timedelta(days=1), now)
            if whole is False:
                days = sorted({*days, *_doubted(before[category], after[category], newest)})
            for day in days:
                if whole and not has_listing(day) and day < newest:
                    repair = Repair(category=category, day=day, state=DayState.QUIET, note="no mailing: the numbers go on without a gap")
                else:
                    repair = await repairs.look_up(category, day)
                yield self._made_up(repair, after, newest, now)
        if repairs.problems:
            yield Batch(papers=(), problems=tuple(dict.fromkeys(repairs.problems)), unreadable=0)

    def _made_up(self, repair: Repair, after: dict[str, Known], newest: date, now: datetime) -> Batch:
        """The papers of a day that was looked up, and what is known of it by now."""
        stood = after[repair.category].states.get(repair.day, DayState.WAITING)
        if repair.state is DayState.FAILED and not repair.papers and stood in (DayState.STALLED, DayState.FAILED):
            # Nothing new is known of it: what was said before is the better word.
            return Batch(papers=())
        given = frozenset(paper.key for paper in repair.papers)
        kept = frozenset(one for one in after[repair.category].batches.get(repair.day, ()) if key_of(one) not in given)
        verdict = Verdict(
            category=repair.category,
            day=repair.day,
            state=repair.state,
            papers=kept | {stamp(paper) for paper in repair.papers},
            note=repair.note,
        )
        after[repair.category] = remembered(after[repair.category], [verdict], now)
        seen = Seen(
            category=repair.category,
            day=repair.day,
            state=repair.state,
            given=given,
            earlier=len(kept),
            missing=repair.missing,
            next_look=None if repair.state.settled else self._next_look([verdict], now),
            note=repair.note,
            repaired=bool(given) and repair.day < newest,
        )
        return Batch(papers=tuple(repair.papers), seen=(seen,))

    def _next_look(self, verdicts: Sequence[Verdict], now: datetime) -> datetime:
        every = timedelta(minutes=self._settings.every_minutes)
        return look_again([one.state for one in verdicts], now, every=every, rebuild=next_rebuild(now))


def _of(verdicts: Iterable[Verdict], category: str) -> list[Verdict]:
    return [one for one in verdicts if one.category == category]


def _seen(verdicts: Sequence[Verdict], todo: set[str], next_look: datetime) -> tuple[Seen, ...]:
    found: list[Seen] = []
    for one in verdicts:
        keys = frozenset(map(key_of, one.papers))
        found.append(
            Seen(
                category=one.category,
                day=one.day,
                state=one.state,
                given=keys & todo,
                earlier=len(keys - todo),
                unreadable=one.unreadable,
                next_look=next_look,
                note=one.note,
            )
        )
    return tuple(found)


def _is_continuous(before: dict[str, Known], after: dict[str, Known], newest: date) -> bool | None:
    """Whether the numbers of the newest batch go on where those of the last one ended, over all categories together. Only asked when it
    is a new one."""
    last = max((day for one in before.values() if (day := one.last)), default=None)
    if last is None or last >= newest:
        return None
    early = {paper for one in after.values() for paper in one.batches.get(last, ())}
    late = {paper for one in after.values() for paper in one.batches.get(newest, ())}
    first_versions = ({paper for paper in batch if paper.endswith(("v0", "v1"))} for batch in (early, late))
    return continuous(*first_versions)


def _doubted(before: Known, after: Known, newest: date) -> list[date]:
    """Days between the last batch and the newest that were held for quiet."""
    last = before.last
    return [day for day, state in after.states.items() if state is DayState.QUIET and last is not None and last < day < newest]


def _joined(one: Paper, other: Paper) -> Paper:
    """A paper that two categories list: the stronger announcement, all categories, of the rest what the first one says."""
    types = [paper.announce_type for paper in (one, other) if paper.announce_type]
    first, second = (one, other) if _strength(one) <= _strength(other) else (other, one)
    return replace(
        first,
        announced=min((paper.announced for paper in (one, other) if paper.announced), default=None),
        announce_type=min(types, key=_STRENGTH.index, default=None),
        categories=tuple(dict.fromkeys((*first.categories, *second.categories))),
        version=max((paper.version for paper in (one, other) if paper.version), default=None),
    )


def _strength(paper: Paper) -> int:
    return _STRENGTH.index(paper.announce_type) if paper.announce_type else len(_STRENGTH)


def _complete(paper: Paper, details: Paper | None) -> Paper:
    """What the feed announced with what the API knows; the feed's word counts for the announcement."""
    if details is None:
        return paper
    authors = details if details.authors else paper
    return replace(
        details,
        keys=tuple(dict.fromkeys((*paper.keys, *details.keys))),
        title=details.title or paper.title,
        abstract=details.abstract or paper.abstract,
        authors=authors.authors,
        author_count=authors.author_count,
        more_authors=authors.more_authors,
        categories=tuple(dict.fromkeys((*details.categories, *paper.categories))),
        announced=paper.announced,
        announce_type=paper.announce_type,
        version=max(filter(None, (paper.version, details.version)), default=None),
        journal_ref=details.journal_ref or paper.journal_ref,
    )
