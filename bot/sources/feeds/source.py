"""Any feed as a source: a journal, a lab, a reading list that somebody publishes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from bot.ports import Batch, Clock
from bot.sources.feeds.entry import FeedOptions
from bot.sources.feeds.reader import read_feed
from bot.sources.fetch.conditions import fetch_changed, keep_changed
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.parsing.parser import Parser

#: What a feed that is read for the first time holds from before is no news, but for the last days: journals put issues together slowly.
FRESH = timedelta(days=7)


#: Entries that are read in one go, and parts of a feed that are read at all. Most feeds have ten to fifty entries.
PART, PARTS = 500, 20
_BEGIN = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]")
_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s{0,20}>")


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
        parts, left_out = parted(answer.body)
        for number, part in enumerate(parts):
            reading = await self._parser.run(read_feed, part, options=options, base=answer.url, content_type=kind, first=number * PART + 1)
            # That the feed as a whole is ill-formed is a problem, and no entry.
            unreadable = reading.entries - len(reading.papers)
            yield Batch(papers=reading.papers, problems=reading.problems, unreadable=unreadable, announced=reading.entries)
        if left_out:
            told = f"the feed has {left_out:,} entries more than are read from one"
            yield Batch(papers=(), problems=(told,), unreadable=left_out, announced=left_out)
        memory["since"] = since.isoformat()
        keep_changed(memory, url, answer)


def parted(document: bytes) -> tuple[list[bytes], int]:
    """A feed of very many entries as several feeds, so that none takes too long to read; and how many entries are left out.

    What stands before the first entry and behind the last one is given to each part. The newest entries stand first in most feeds.
    """
    begin, ends = _BEGIN.search(document), [found.end() for found in _END.finditer(document)]
    if begin is None or len(ends) <= PART or ends[0] < begin.end():
        return [document], 0
    head, tail = document[: begin.start()], document[ends[-1] :]
    edges = [begin.start(), *ends[PART - 1 :: PART]]
    if edges[-1] != ends[-1]:
        edges.append(ends[-1])
    parts = [head + document[start:end] + tail for start, end in pairwise(edges)]
    return parts[:PARTS], max(0, len(ends) - PART * PARTS)
