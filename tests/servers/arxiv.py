"""arXiv on the loopback: feeds (``/rss/<category>``), query API, OAI-PMH and listings, well or unwell as told.

Everything it serves is invented. ``faults`` are used up one per request, before anything else is looked at; ``down`` holds answers for
all requests to paths that begin so.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.servers.arxiv_archive import Archive


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """A paper as arXiv knows it. ``type`` and ``listed`` are of the feed, the rest of both."""

    id: str
    title: str
    abstract: str = "An abstract of a few words."
    authors: tuple[str, ...] = ("Ada Lovelace", "Grace Hopper")
    categories: tuple[str, ...] = ("cs.CL",)
    type: str = "new"
    version: int = 1
    comment: str = ""
    doi: str = ""
    published: str = "2026-04-21T09:30:00Z"
    updated: str = "2026-04-21T09:30:00Z"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One answer instead of the right one. ``stall``: none at all; ``drop``: the connection is cut."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: bool = False
    drop: bool = False


class ArxivServer:
    """``feeds`` and ``known`` are what it serves; ``asked`` what it was asked, as (path, query, headers)."""

    def __init__(self) -> None:
        self.feeds: dict[str, bytes] = {}
        self.known: dict[str, Announced] = {}
        self.etags: dict[str, str] = {}
        self.archive = Archive()
        self.faults: deque[Fault] = deque()
        self.down: dict[str, Fault] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.at_once = 0
        self.most_at_once = 0
        #: Set while somebody is kept waiting.
        self.waiting = asyncio.Event()
        self._over = asyncio.Event()
        app = web.Application()
        app.router.add_get("/rss/{category}", self._feed)
        app.router.add_get("/api/query", self._query)
        app.router.add_get("/oai", self._oai)
        app.router.add_get("/list/{category}/pastweek", self._listing)
        app.router.add_get("/loop", self._loop)
        self._server = TestServer(app)

    async def __aenter__(self) -> ArxivServer:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._server.close()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return str(self._server.make_url("/")).rstrip("/")

    @property
    def rss_url(self) -> str:
        return str(self._server.make_url("/rss"))

    @property
    def api_url(self) -> str:
        return str(self._server.make_url("/api/query"))

    @property
    def oai_url(self) -> str:
        return str(self._server.make_url("/oai"))

    @property
    def list_url(self) -> str:
        return str(self._server.make_url("/list"))

    @property
    def urls(self) -> dict[str, str]:
        """All of them, as the settings call them."""
        return {"api_url": self.api_url, "rss_url": self.rss_url, "oai_url": self.oai_url, "list_url": self.list_url}

    @property
    def config(self) -> str:
        """The addresses as lines of a configuration."""
        return "\n".join(f'{name} = "{url}"' for name, url in self.urls.items())

    @property
    def loop_url(self) -> str:
        return str(self._server.make_url("/loop"))

    def announce(self, category: str, *papers: Announced, day: str = "Wed, 22 Apr 2026 00:00:00 -0400") -> None:
        """Serve these as the feed of ``category``, and know them in the API."""
        self.feeds[category] = feed_xml(category, papers, day)
        self.known |= {paper.id: paper for paper in papers}

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        if fault := await self._begin(request):
            return fault
        category = request.match_info["category"]
        if category not in self.feeds:
            return web.Response(status=404, text="no such feed")
        etag = self.etags.get(category, "")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=self.feeds[category], content_type="application/rss+xml", headers={"ETag": etag} if etag else None)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        if fault := await self._begin(request):
            return fault
        ids = [text for text in request.query.get("id_list", "").split(",") if text]
        bad = next((text for text in ids if not text[0].isdigit() and "/" not in text), None)
        if bad:
            return web.Response(status=400, body=error_xml(f"incorrect id format for {bad}"), content_type="application/atom+xml")
        found = [self.known[text] for text in ids if text in self.known] if ids else list(self.known.values())
        start, size = int(request.query.get("start", "0")), int(request.query.get("max_results", "10"))
        return web.Response(body=answer_xml(found[start : start + size], len(found)), content_type="application/atom+xml")

    async def _oai(self, request: web.Request) -> web.StreamResponse:
        if fault := await self._begin(request):
            return fault
        return web.Response(text=self.archive.harvest(request.query), content_type="text/xml")

    async def _listing(self, request: web.Request) -> web.StreamResponse:
        if fault := await self._begin(request):
            return fault
        return web.Response(text=self.archive.listing(request.match_info["category"]), content_type="text/html")

    async def _loop(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.query), dict(request.headers)))
        raise web.HTTPFound("/loop")

    async def _begin(self, request: web.Request) -> web.StreamResponse | None:
        self.asked.append((request.path, dict(request.query), dict(request.headers)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        fault = (
            self.faults.popleft() if self.faults else next((self.down[path] for path in self.down if request.path.startswith(path)), None)
        )
        if fault is None:
            return None
        if fault.stall:
            self.waiting.set()
            await self._over.wait()
        if fault.drop and request.transport:
            request.transport.close()
        return web.Response(status=fault.status, body=fault.body, headers=fault.headers)


def bomb(size: int) -> Fault:
    """An answer that is small on the wire and ``size`` bytes unpacked."""
    return Fault(body=gzip.compress(b" " * size), headers={"Content-Encoding": "gzip"})


def feed_xml(category: str, papers: tuple[Announced, ...], day: str) -> bytes:
    items = "".join(
        f"""<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.id}</link>
<description>arXiv:{paper.id}v{paper.version} Announce Type: {paper.type}
Abstract: {escape(paper.abstract)}</description>
<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>
{"".join(f"<category>{term}</category>" for term in paper.categories)}
<pubDate>{day}</pubDate><arxiv:announce_type>{paper.type}</arxiv:announce_type>
<dc:creator>{escape(", ".join(paper.authors))}</dc:creator></item>"""
        for paper in papers
    )
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><title>{category} updates</title><managingEditor>nobody@example.org</managingEditor><pubDate>{day}</pubDate>
{items}</channel></rss>""".encode()


def answer_xml(papers: list[Announced], total: int) -> bytes:
    entries = "".join(
        f"""<entry><id>http://arxiv.org/abs/{paper.id}v{paper.version}</id><title>{escape(paper.title)}</title>
<updated>{paper.updated}</updated><published>{paper.published}</published><summary>{escape(paper.abstract)}</summary>
{"".join(f'<category term="{term}"/>' for term in (*paper.categories, "68T50"))}
{f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>" if paper.comment else ""}
{f"<arxiv:doi>{paper.doi}</arxiv:doi>" if paper.doi else ""}
<arxiv:primary_category term="{paper.categories[0]}"/>
{"".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)}</entry>"""
        for paper in papers
    )
    return _atom(f"<opensearch:totalResults>{total}</opensearch:totalResults>{entries}")


def error_xml(sentence: str) -> bytes:
    return _atom(f"<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>{escape(sentence)}</summary></entry>")


def _atom(inside: str) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns="http://www.w3.org/2005/Atom"><title>results</title>{inside}</feed>""".encode()
