"""bioRxiv and medRxiv: every preprint posted or revised on the last days, from their API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.errors import SourceError
from bot.ports import Batch, Clock
from bot.sources.fetch.fetcher import Fetched, Fetcher
from bot.sources.json_records import Record, day, items, load_json, number, record, text
from bot.sources.parsing.parser import Parser

#: Days that are read again: what is posted late in the day appears on the next one.
DAYS = 3
#: Days that one reading goes back at most after it was not read for long.
FURTHEST = 30
#: Pages of one server that are asked for at most: a busy day has some hundred papers, thirty to a page.
MOST_PAGES = 400
#: Seconds between two requests. No limit is stated.
INTERVAL = 1.0
SERVERS = ("biorxiv", "medrxiv")
#: What the API says where it has nothing.
_NONE = ("NA", "N/A", "")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class BiorxivSettings:
    """``categories``: those of the servers ("neuroscience", "cancer biology"); none: all of them."""

    servers: tuple[str, ...] = SERVERS
    categories: tuple[str, ...] = ()
    url: str = "https://api.biorxiv.org/details"
    interval: float = INTERVAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """A page of the API. ``count`` is how far to step for the next page, ``total`` how many records there are in all."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()
    count: int = 0
    total: int = 0


class BiorxivSource:
    name = "biorxiv"

    def __init__(self, settings: BiorxivSettings, clock: Clock, fetcher: Fetcher, parser: Parser) -> None:
        self._settings = settings
        self._clock, self._fetcher, self._parser = clock, fetcher, parser

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """What was posted since the last reading, some days of it again. Raises ``SourceError`` when a page cannot be had."""
        today = self._clock.now().date()
        wanted = {category.casefold() for category in self._settings.categories}
        for server in self._settings.servers:
            last = day(memory.get(server)) or today
            since = max(min(last, today) - timedelta(days=DAYS), today - timedelta(days=FURTHEST))
            cursor = 0
            for _ in range(MOST_PAGES):
                page = await self._page(server, since, today, cursor)
                papers = tuple(paper for paper in page.papers if not wanted or not wanted.isdisjoint(paper.categories))
                if page.count:
                    yield Batch(papers=papers, problems=page.problems, announced=page.count)
                cursor += page.count
                if not page.count or cursor >= page.total:
                    break
            memory[server] = today.isoformat()

    async def _page(self, server: str, since: date, until: date, cursor: int) -> Details:
        url = f"{self._settings.url.rstrip('/')}/{server}/{since.isoformat()}/{until.isoformat()}/{cursor}"
        answer: Fetched = await self._fetcher.get(url, interval=self._settings.interval)
        if not answer.ok:
            step = "check url and servers in [sources.biorxiv]; it is asked again later"
            raise SourceError(f"status {answer.status} from {answer.url}", step)
        return await self._parser.run(read_details, answer.body, server=server)


def read_details(document: bytes, *, server: str) -> Details:
    """The records of a page of ``details``. Every version is a record of its own; the last one counts. Raises ``SourceError``."""
    answer = record(load_json(document, of=server))
    messages = [record(one) for one in items(answer.get("messages"))]
    if not messages:
        raise SourceError(f"{server} sent no page of records", "it is asked again later")
    status = text(messages[0].get("status"))
    if status != "ok":
        if status.casefold().startswith("no posts found"):
            return Details()
        raise SourceError(f"{server} says: {status[:200] or 'nothing'}", "it is asked again later")
    found = items(answer.get("collection"))
    newest: dict[str, Paper] = {}
    problems: list[str] = []
    for index, one in enumerate(found, start=1):
        paper = _paper(record(one), server)
        if paper is None:
            problems.append(f"{server}, record {index}: has no DOI or no title")
        elif paper.key not in newest or (paper.version or 0) >= (newest[paper.key].version or 0):
            newest[paper.key] = paper
    # By what came, not by what was announced for a page: documents say 100, the API sends 30.
    return Details(
        papers=tuple(newest.values()), problems=tuple(problems), count=len(found), total=number(messages[0].get("total")) or len(found)
    )


def _paper(one: Record, server: str) -> Paper | None:
    doi, title = text(one.get("doi")).lower(), text(one.get("title"))
    if not _DOI.fullmatch(doi) or not title:
        return None
    version, posted = number(one.get("version")), day(one.get("date"))
    host = text(one.get("server")).casefold() or server
    page = f"https://www.{host}.org/content/{doi}v{version or 1}" if host in SERVERS else f"https://doi.org/{doi}"
    journal = text(one.get("published"))
    category = text(one.get("category")).casefold()
    first = version in (None, 1)
    return Paper(
        keys=(f"doi:{doi}", *((f"doi:{journal.lower()}",) if _DOI.fullmatch(journal) else ())),
        title=title,
        abstract="" if text(one.get("abstract")) in _NONE else text(one.get("abstract")),
        authors=tuple(Author(name=name) for part in text(one.get("authors")).split(";") if (name := given_first(part))),
        categories=(category,) if category not in ("", "na") else (),
        links=(Link(kind=LinkKind.PAGE, url=page), Link(kind=LinkKind.PDF, url=f"{page}.full.pdf")) if host in SERVERS else (),
        submitted=posted if first else None,
        updated=None if first else posted,
        announced=posted,
        announce_type=AnnounceType.NEW if first else AnnounceType.REPLACE,
        version=version,
        journal_ref=f"doi:{journal}" if journal not in _NONE else "",
        withdrawn=text(one.get("type")).casefold() == "withdrawn",
        source="biorxiv",
    )


def given_first(name: str) -> str:
    """``Rossi, A. R.`` as people write it: ``A. R. Rossi``."""
    family, _, given = name.strip().partition(",")
    return " ".join(f"{given} {family}".split())
