"""Questions to arXiv, in one lane: one connection, and three seconds between two requests over all of its servers together.

arXiv's terms count the feeds, the API, OAI-PMH and the listing pages as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.domain.papers import Paper, parse_key
from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.arxiv.api import Answer, parse_answer
from bot.sources.arxiv.listing import Listing, parse_listing
from bot.sources.arxiv.oai import Harvest, parse_harvest, set_of
from bot.sources.arxiv.rss import Feed, parse_feed
from bot.sources.fetch.fetcher import Fetched, Fetcher

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds between two requests.
INTERVAL = 3.0
#: Papers asked for in one API request.
PAGE = 100
#: What the API gives at most in one page.
LARGEST_PAGE = 2000
#: Tries when the API knows of papers but sends none, which it does when it is busy.
TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class ArxivSettings:
    """``details``: complete the feeds' facts (no comment, no submission date) by the API. ``every_minutes``: between two looks."""

    categories: tuple[str, ...]
    api_url: str = "https://export.arxiv.org/api/query"
    rss_url: str = "https://rss.arxiv.org/rss"
    oai_url: str = "https://oaipmh.arxiv.org/oai"
    list_url: str = "https://arxiv.org/list"
    details: bool = True
    interval: float = INTERVAL
    every_minutes: int = 60


class Reader(Protocol):
    """Runs a function over a document of somebody else: in a child process, or in a thread where that is enough."""

    async def run(self, function: Callable[Concatenate[bytes, P], T], document: bytes, *args: P.args, **options: P.kwargs) -> T: ...


class ThreadReader:
    """Reads in a thread: the event loop goes on, but nothing stops a hostile document."""

    async def run(self, function: Callable[Concatenate[bytes, P], T], document: bytes, *args: P.args, **options: P.kwargs) -> T:
        return await asyncio.to_thread(function, document, *args, **options)


class ArxivClient:
    """One question, one readable answer. Everything raises ``SourceError`` for an answer that is none."""

    def __init__(self, settings: ArxivSettings, fetcher: Fetcher, reader: Reader | None = None) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._reader = reader or ThreadReader()

    async def feed(self, category: str, conditions: Mapping[str, str]) -> tuple[Feed | None, Fetched]:
        """A category's announcements; ``None``: not modified."""
        answer = await self._get(f"{self._settings.rss_url.rstrip('/')}/{category}", headers=conditions)
        if answer.status == 304 and conditions:
            return None, answer
        if not answer.ok:
            raise SourceError(f"status {answer.status} from {answer.url}", "check the category and rss_url in the configuration")
        feed = await self._reader.run(parse_feed, answer.body)
        if not feed.whole and not feed.items:
            raise SourceError("; ".join(feed.problems), "the next run tries again")
        return feed, answer

    async def listing(self, category: str) -> Listing:
        """What the category announced on each of the last five days, replacements left out."""
        answer = await self._get(f"{self._settings.list_url.rstrip('/')}/{category}/pastweek", params={"skip": "0", "show": "2000"})
        if not answer.ok:
            raise SourceError(f"status {answer.status} from {answer.url}", "check the category and list_url in the configuration")
        listing = await self._reader.run(parse_listing, answer.body)
        if listing.problem:
            raise SourceError(f"the listing of {category} has {listing.problem}", "the next run tries again")
        return listing

    async def harvest(self, *, token: str = "", category: str = "", since: date | None = None, until: date | None = None) -> Harvest:
        """One page of OAI-PMH: of ``token``, or of what changed from ``since`` to ``until``, in a category or everywhere.

        The server's own errors are in the result; ``SourceError`` when it gives none and no records either.
        """
        asked = {"verb": "ListRecords"}
        if token:
            asked["resumptionToken"] = token
        else:
            asked["metadataPrefix"] = "arXiv"
            asked |= {"from": since.isoformat()} if since else {}
            asked |= {"until": until.isoformat()} if until else {}
            asked |= {"set": set_of(category)} if category else {}
        harvest = Harvest()
        for _ in range(TRIES):
            answer = await self._get(self._settings.oai_url, params=asked)
            harvest = await self._reader.run(parse_harvest, answer.body)
            if not harvest.damaged and (harvest.code or answer.ok):
                return harvest
        raise SourceError(f"arXiv's OAI-PMH answered: {harvest.error or '; '.join(harvest.problems)}", "the next run tries again")

    async def by_ids(self, ids: Sequence[str]) -> Batch:
        """The papers of these ids, keys or links, in the order given. Those that are no arXiv id or unknown there are problems."""
        keys = {text: parse_key(text) for text in ids}
        wanted = list(dict.fromkeys(key for key in keys.values() if key and key.startswith("arxiv:")))
        problems = [f'"{text}" is no arXiv id' for text, key in keys.items() if key not in wanted]
        found: dict[str, Paper] = {}
        for start in range(0, len(wanted), PAGE):
            answer = await self.query({"id_list": ",".join(key.partition(":")[2] for key in wanted[start : start + PAGE])}, PAGE)
            found |= {paper.key: paper for paper in answer.papers}
            problems += answer.problems
        problems += [f"arXiv knows no paper {key.partition(':')[2]}" for key in wanted if key not in found]
        return Batch(papers=tuple(found[key] for key in wanted if key in found), problems=tuple(problems))

    async def search_api(self, search_query: str, start: int = 0, max_results: int = PAGE) -> Batch:
        """One page of a search in arXiv's own language (``cat:cs.CL AND submittedDate:[...]``), newest first; ``announced``: all it has."""
        size = max(1, min(max_results, LARGEST_PAGE))
        parameters = {"search_query": search_query, "start": str(start), "sortBy": "submittedDate", "sortOrder": "descending"}
        answer = await self.query(parameters, size)
        return Batch(papers=answer.papers, problems=answer.problems, announced=answer.total)

    async def query(self, parameters: dict[str, str], size: int) -> Answer:
        """An answer of the API with papers, or one that says there are none. Raises ``SourceError`` when it gives an error or nonsense."""
        asked = {"start": "0", **parameters, "max_results": str(size)}
        trouble = ""
        for _ in range(TRIES):
            response = await self._get(self._settings.api_url, params=asked)
            answer = await self._reader.run(parse_answer, response.body)
            if answer.error:
                trouble = answer.error
                if not answer.damaged:
                    break
            elif not response.ok:
                trouble = f"status {response.status}"
                break
            elif answer.papers or answer.total <= int(asked["start"]):
                return answer
            else:
                trouble = f"an empty page though it counts {answer.total:,} papers"
        raise SourceError(f"arXiv's API answered: {trouble}", "check the query; if it is right, arXiv is busy and the next run tries again")

    async def _get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        return await self._fetcher.get(url, params=params, headers=headers, lane="arxiv", interval=self._settings.interval)
