"""One paper that somebody named, from the service that knows such ids."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.secret import NO_SECRET, Secret
from bot.sources import semantic_scholar
from bot.sources.arrived import require_no_key
from bot.sources.arxiv.client import ArxivClient, ArxivSettings
from bot.sources.biorxiv import SERVERS, read_details
from bot.sources.crossref import read_works
from bot.sources.dblp import read_records
from bot.sources.fetch.fetcher import Fetched, Fetcher
from bot.sources.openreview import read_notes
from bot.sources.parsing.parser import Parser
from bot.sources.pubmed import read_articles

log = logging.getLogger(__name__)

#: Where bioRxiv and medRxiv register their preprints.
_PREPRINTS = ("10.1101/", "10.64898/")


@dataclass(frozen=True, kw_only=True, slots=True)
class LookupSettings:
    """Addresses of the services; ``contact`` is told to Crossref, which serves those first who say who they are."""

    crossref_url: str = "https://api.crossref.org/works"
    openreview_url: str = "https://api2.openreview.net/notes"
    biorxiv_url: str = "https://api.biorxiv.org/details"
    pubmed_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi"
    dblp_url: str = "https://dblp.org/rec"
    semanticscholar_url: str = "https://api.semanticscholar.org/graph/v1/paper"
    semanticscholar_key: Secret = NO_SECRET
    contact: str = ""


class ServiceLookups:
    """Implements ``bot.ports.Lookups``. What is found this way is no announcement: it is kept, and is no news to any channel."""

    def __init__(self, settings: LookupSettings, arxiv: ArxivSettings, fetcher: Fetcher, parser: Parser) -> None:
        self._settings = settings
        self._fetcher, self._parser = fetcher, parser
        self._arxiv = ArxivClient(arxiv, fetcher, parser)

    async def paper(self, key: str) -> Paper | None:
        scheme, _, value = key.partition(":")
        found: Paper | None = None
        for ask in self._who_knows(scheme, value):
            found = await ask(value)
            if found:
                break
        log.info("paper looked up", extra={"paper": key, "found": found is not None})
        if found is None:
            return None
        return replace(found, keys=tuple(dict.fromkeys((*found.keys, key))), announced=None, announce_type=AnnounceType.ARCHIVE)

    def _who_knows(self, scheme: str, value: str) -> tuple[Callable[[str], Awaitable[Paper | None]], ...]:
        by_graph = partial(self._by_graph, scheme)
        match scheme:
            case "arxiv":
                return (self._by_arxiv_id, by_graph)
            case "doi" if value.startswith(_PREPRINTS):
                return (self._by_preprint_doi, self._by_doi, by_graph)
            case "doi":
                return (self._by_doi, by_graph)
            case "openreview":
                return (self._by_forum,)
            case "pmid":
                return (self._by_pubmed_id,)
            case "dblp":
                return (self._by_dblp_key,)
        return ()

    async def _by_arxiv_id(self, id_: str) -> Paper | None:
        return next(iter((await self._arxiv.by_ids([f"arxiv:{id_}"])).papers), None)

    async def _by_doi(self, doi: str) -> Paper | None:
        params = {"mailto": self._settings.contact} if "@" in self._settings.contact else {}
        answer = await self._get(f"{self._settings.crossref_url.rstrip('/')}/{quote(doi, safe='')}", params)
        return None if answer is None else next(iter((await self._parser.run(read_works, answer.body)).papers), None)

    async def _by_preprint_doi(self, doi: str) -> Paper | None:
        for server in SERVERS:
            answer = await self._get(f"{self._settings.biorxiv_url.rstrip('/')}/{server}/{doi}", {})
            papers = (await self._parser.run(read_details, answer.body, server=server)).papers if answer else ()
            if papers:
                return papers[-1]
        return None

    async def _by_forum(self, id_: str) -> Paper | None:
        answer = await self._get(self._settings.openreview_url, {"id": id_})
        papers = await self._parser.run(read_notes, answer.body) if answer else ()
        return next(iter(papers), None)

    async def _by_pubmed_id(self, pmid: str) -> Paper | None:
        answer = await self._get(self._settings.pubmed_url, {"db": "pubmed", "id": pmid, "retmode": "xml"})
        return None if answer is None else next(iter((await self._parser.run(read_articles, answer.body)).papers), None)

    async def _by_dblp_key(self, key: str) -> Paper | None:
        answer = await self._get(f"{self._settings.dblp_url.rstrip('/')}/{quote(key)}.xml", {})
        return None if answer is None else next(iter((await self._parser.run(read_records, answer.body)).papers), None)

    async def _by_graph(self, scheme: str, value: str) -> Paper | None:
        """Semantic Scholar, which knows papers of many places."""
        key, secret = f"{scheme}:{value}", self._settings.semanticscholar_key
        url = f"{self._settings.semanticscholar_url.rstrip('/')}/{quote(semantic_scholar.asked_as(key), safe=':/')}"
        headers, interval = semantic_scholar.headers(secret), semantic_scholar.interval(secret)
        answer = await self._get(url, {"fields": semantic_scholar.FIELDS}, headers, interval)
        if answer:
            require_no_key(answer, secret)
        found = (await self._parser.run(semantic_scholar.read_papers, answer.body)).papers if answer else ()
        return semantic_scholar.about(found[0], key) if found else None

    async def _get(self, url: str, params: dict[str, str], headers: dict[str, str] | None = None, interval: float = 1.0) -> Fetched | None:
        """The answer; ``None`` where the service does not know such a thing."""
        answer = await self._fetcher.get(url, params=params, headers=headers, interval=interval)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise SourceError(f"status {answer.status} from {answer.url}", "try again later")
        return answer
