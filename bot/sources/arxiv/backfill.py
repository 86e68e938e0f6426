"""arXiv's past, by OAI-PMH: every paper of some categories that was submitted between two days. Goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.ports import Batch, Clock
from bot.sources.arxiv.client import ArxivClient
from bot.sources.arxiv.oai import Harvest

#: Records are asked for by the day of their last change, so many days at a time.
WINDOW = timedelta(days=31)
#: No record carries an earlier day of change: all of them were changed on this day or later (arXiv's help on OAI-PMH).
EARLIEST_CHANGE = date(2005, 9, 16)
#: The server's tokens are good for a day; an older one is not even tried.
TOKEN_LIFE = timedelta(hours=20)
#: How often a window is begun again because its token ran out.
RENEWALS = 3
#: What is remembered of a category that was read to its end, while others are still to be read.
DONE = "done"


class ArxivBackfill:
    """A record carries the day of its *last* change, which is never before its submission: so all changes since ``first`` are asked for,
    and what was submitted outside of ``first`` to ``last`` is left out. Nothing of it is news."""

    name = "arxiv-backfill"

    def __init__(self, client: ArxivClient, clock: Clock, *, first: date, last: date, categories: tuple[str, ...]) -> None:
        """Without ``categories``: all of arXiv."""
        self._client = client
        self._clock = clock
        self._first, self._last = first, last
        self._categories = categories or ("",)

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        until = self._clock.now().date()
        for category in self._categories:
            job = f"{self._first}..{self._last} {category or 'all'}"
            if memory.get(job) == DONE:
                continue
            start, token, at = _kept(memory.get(job, "")) or (max(self._first, EARLIEST_CHANGE), "", None)
            while start <= until:
                end = min(start + WINDOW - timedelta(days=1), until)
                if at is None or self._clock.now() - at > TOKEN_LIFE:
                    token = ""
                async for harvest in self._window(category, start, end, token):
                    now = self._clock.now()
                    memory[job] = json.dumps([start.isoformat(), harvest.token, now.isoformat()])
                    if not harvest.token:
                        memory[job] = json.dumps([(end + timedelta(days=1)).isoformat(), "", now.isoformat()])
                    yield Batch(
                        papers=tuple(self._wanted(harvest)),
                        problems=tuple(f"{category or 'arXiv'}, {start} to {end}: {problem}" for problem in harvest.problems),
                        checkpoint=True,
                        where=f"{category or 'arXiv'}, changed {start} to {end}",
                    )
                start, token, at = end + timedelta(days=1), "", None
            memory[job] = DONE
        # All of it is there: the same command begins anew.
        for category in self._categories:
            memory.pop(f"{self._first}..{self._last} {category or 'all'}", None)

    async def _window(self, category: str, start: date, end: date, token: str) -> AsyncIterator[Harvest]:
        """The pages of a window, from ``token`` on. A token that is not accepted any more begins the window again."""
        renewals = 0
        while True:
            if token:
                harvest = await self._client.harvest(token=token)
            else:
                harvest = await self._client.harvest(category=category, since=start, until=end)
            if token and harvest.code == "badResumptionToken" and renewals < RENEWALS:
                token, renewals = "", renewals + 1
                continue
            if harvest.error and not harvest.nothing:
                raise SourceError(
                    f"arXiv's OAI-PMH answered: {harvest.error}", "the same command goes on from here; check the category if it is new"
                )
            yield harvest
            token = harvest.token
            if not token:
                return

    def _wanted(self, harvest: Harvest) -> list[Paper]:
        papers = (record.paper for record in harvest.records)
        return [
            replace(paper, announce_type=AnnounceType.ARCHIVE)
            for paper in papers
            if paper.submitted is not None and self._first <= paper.submitted <= self._last
        ]


def _kept(text: str) -> tuple[date, str, datetime | None] | None:
    """Where an earlier run was stopped: window, token and when that was given."""
    try:
        start, token, at = json.loads(text)
        return date.fromisoformat(start), str(token), datetime.fromisoformat(at)
    except ValueError:
        return None
