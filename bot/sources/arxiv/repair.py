"""A day that was missed, found again: in the category's listing, which says what there was, and in OAI-PMH, which has it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.domain.coverage import DayState
from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.sources.arxiv.client import ArxivClient
from bot.sources.arxiv.listing import Listing
from bot.sources.arxiv.oai import Record

#: A record that was changed on a day was announced on it when it was submitted, or replaced, so many days before at most.
HELD_BACK = timedelta(days=6)
#: Pages of one harvest at most: a day of all of arXiv is two.
PAGES = 40


@dataclass(slots=True)
class Repair:
    """What a missed day of a category turned out to be. ``missing``: papers the listing has and nobody could give."""

    category: str
    day: date
    state: DayState
    papers: list[Paper] = field(default_factory=list)
    missing: int = 0
    note: str = ""


class Repairs:
    """Looks up missed days during one run. A listing is read once; what fails is not asked again."""

    def __init__(self, client: ArxivClient) -> None:
        self._client = client
        self._listings: dict[str, Listing | None] = {}
        #: Categories whose records could not be had in this run.
        self._silent: set[str] = set()
        self.problems: list[str] = []

    async def listing(self, category: str) -> Listing | None:
        if category not in self._listings:
            self._listings[category] = None
            try:
                self._listings[category] = await self._client.listing(category)
            except SourceError as trouble:
                self.problems.append(f"{category}: {trouble}")
        return self._listings[category]

    async def look_up(self, category: str, day: date) -> Repair:
        """What ``category`` announced on ``day``, as far as it can be found out now."""
        listing = await self.listing(category)
        listed = listing.of(day) if listing else None
        if listing and not listed and listing.covers(day):
            return Repair(category=category, day=day, state=DayState.QUIET, note="its listing has no such day")
        try:
            changed = await self._changed(category, day)
        except SourceError as trouble:
            if listed is None:
                self.problems.append(f"{category}: {trouble}")
                return Repair(category=category, day=day, state=DayState.FAILED, note="missed; nothing tells yet what it had")
            changed = []
        records = {record.paper.key: record.paper for record in changed}
        if listed is None:
            return self._by_records(category, day, changed, known=listing is not None)
        kinds = dict.fromkeys(listed.new, AnnounceType.NEW) | dict.fromkeys(listed.crossed, AnnounceType.CROSS)
        lacking = [key for key in kinds if key not in records]
        if lacking:
            try:
                records |= {paper.key: paper for paper in (await self._client.by_ids(lacking)).papers}
            except SourceError as trouble:
                self.problems.append(f"{category}, {day}: {trouble}")
        papers = [_announced(records[key], day, kind) for key, kind in kinds.items() if key in records]
        papers += [_announced(record.paper, day, kind) for record, kind in _updates(changed, kinds, category, day)]
        missing = max(listed.total, len(kinds)) - sum(key in records for key in kinds)
        state = DayState.FAILED if missing else DayState.FRESH
        note = f"{missing} of {listed.total} that its listing has could not be had yet" if missing else "read afterwards"
        return Repair(category=category, day=day, state=state, papers=papers, missing=missing, note=note)

    @staticmethod
    def _by_records(category: str, day: date, changed: Sequence[Record], *, known: bool) -> Repair:
        """A day that no listing has any more. Records tell what was changed on it; by their dates, what was announced."""
        kinds = [(record, _kind(record, category, day)) for record in changed]
        papers = [_announced(record.paper, day, kind) for record, kind in kinds if kind is not None]
        if papers:
            return Repair(category=category, day=day, state=DayState.FRESH, papers=papers, note="read afterwards, by its records")
        if known:
            return Repair(category=category, day=day, state=DayState.QUIET, note="nothing was changed on it")
        return Repair(category=category, day=day, state=DayState.FAILED, note="missed; nothing of it was found yet")

    async def _changed(self, category: str, day: date) -> list[Record]:
        """Records of the category whose last change was on ``day``. What failed once is not asked again in this run."""
        if category in self._silent:
            raise SourceError("its records could not be had", "the next run tries again")
        self._silent.add(category)
        records: list[Record] = []
        harvest = await self._client.harvest(category=category, since=day, until=day)
        for _ in range(PAGES):
            if harvest.error and not harvest.nothing:
                raise SourceError(f"arXiv's OAI-PMH answered: {harvest.error}", "the next run tries again")
            records += harvest.records
            if not harvest.token:
                break
            harvest = await self._client.harvest(token=harvest.token)
        self._silent.discard(category)
        return [record for record in records if record.changed == day]


def _updates(changed: Sequence[Record], listed: dict[str, AnnounceType], category: str, day: date) -> list[tuple[Record, AnnounceType]]:
    """Replacements, which listings of past days leave out."""
    kinds = [(record, _kind(record, category, day)) for record in changed if record.paper.key not in listed]
    return [(record, kind) for record, kind in kinds if kind is not None and kind.is_update]


def _kind(record: Record, category: str, day: date) -> AnnounceType | None:
    """How the category announced this record on the day; ``None``: something else about it was changed."""
    paper = record.paper
    crossed = bool(paper.categories) and paper.categories[0] != category
    if paper.updated is not None and day - HELD_BACK <= paper.updated <= day:
        return AnnounceType.REPLACE_CROSS if crossed else AnnounceType.REPLACE
    if paper.updated is None and paper.submitted is not None and day - HELD_BACK <= paper.submitted <= day:
        return AnnounceType.CROSS if crossed else AnnounceType.NEW
    return None


def _announced(paper: Paper, day: date, kind: AnnounceType) -> Paper:
    return replace(paper, announced=day, announce_type=kind)
