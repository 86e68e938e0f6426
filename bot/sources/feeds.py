"""Any feed as a source: a journal, a lab, a reading list that somebody publishes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.ports import Batch, Clock
from bot.sources.feeds_entry import FeedOptions
from bot.sources.feeds_reader import read_feed
from bot.sources.fetch import Fetcher
from bot.sources.fetch_conditions import fetch_changed, keep_changed
from bot.sources.parsing import Parser

#: What a feed that is read for the first time holds from before is no news, but for the last days: journals put issues together slowly.
FRESH = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSettings:
    url: str
    #: What its papers are said to come from; ``source:NAME`` finds them.
    name: str
    #: Given to each of its papers.
    categories: tuple[str, ...] = ()


class FeedSource:
    """One feed. When it was first read is remembered, so that what was in it before is kept as old."""

    def __init__(self, settings: FeedSettings, clock: Clock, fetcher: Fetcher, parser: Parser) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock, self._fetcher, self._parser = clock, fetcher, parser

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """All entries of the feed, unless it has not changed. Raises ``SourceError`` when there is no feed."""
        url, today = self._settings.url, self._clock.now().date()
        answer = await fetch_changed(self._fetcher, url, memory)
        if answer is None:
            return
        first_time = "since" not in memory
        since = today - FRESH if first_time else date.fromisoformat(memory["since"])
        options = FeedOptions(
            name=self._settings.name, categories=self._settings.categories, today=today, since=since, undated_is_old=first_time
        )
        kind = answer.headers.get("content-type", "")
        reading = await self._parser.run(read_feed, answer.body, options=options, base=answer.url, content_type=kind)
        yield Batch(papers=reading.papers, problems=reading.problems, announced=reading.entries)
        memory["since"] = since.isoformat()
        keep_changed(memory, url, answer)
