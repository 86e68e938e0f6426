"""Every source keeps the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import SourceError
from bot.ports import Source
from bot.secret import Secret
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.source import ArxivSource
from bot.sources.biorxiv import BiorxivSettings, BiorxivSource
from bot.sources.feeds.source import FeedSettings, FeedSource
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.files.source import FileSource
from bot.sources.huggingface import HuggingFaceSettings, HuggingFaceSource
from bot.sources.listing.source import ListingSettings, ListingSource
from bot.sources.openalex import OpenAlexSettings, OpenAlexSource
from bot.sources.semantic_scholar import SemanticScholarSettings, SemanticScholarSource
from tests.builders import NOON
from tests.contracts.source_contract import SourceContract, SourceRig
from tests.fakes.arrived import Arrived
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.servers.arxiv import Announced, ArxivServer, Fault
from tests.servers.web import Page, WebServer
from tests.test_source_biorxiv import page as posts
from tests.test_source_biorxiv import posted
from tests.test_source_huggingface import listed
from tests.test_source_openalex import a_work
from tests.test_source_openalex import answer as openalex_answer
from tests.test_source_semantic_scholar import a_record

ABSTRACT = "A list that nobody tends grows stale. We show how a small program keeps one fresh, and that groups with it read {} more papers."


@dataclass(slots=True)
class WebRig:
    """A source of one document on a web server."""

    source: Source
    server: WebServer
    document: bytes
    with_bad: bytes
    place: str
    type: str
    papers: int = 2
    conditional: bool = True
    clock: FakeClock = field(default_factory=FakeClock)

    def well(self) -> None:
        self.server.pages["/page"] = Page(body=self.document, type=self.type, etag='"1"')

    def with_a_bad_record(self) -> str:
        self.server.pages["/page"] = Page(body=self.with_bad, type=self.type)
        return self.place

    def gone(self) -> None:
        self.server.pages.clear()

    def broken_off(self) -> int | None:
        return None

    def stalled(self) -> asyncio.Event | None:
        waited_for = asyncio.Event()

        async def wait(request: web.Request) -> web.StreamResponse:
            waited_for.set()
            await self.server.over.wait()
            return web.Response()

        self.server.pages["/page"] = wait
        return waited_for


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture
async def fetcher(server: WebServer) -> AsyncIterator[Fetcher]:
    made = Fetcher(FakeClock(), trusted=[server.url()])
    yield made
    await made.close()


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>A lab</title>{"".join(items)}</channel></rss>'.encode()


def item(number: int) -> str:
    when = "<pubDate>Tue, 21 Apr 2026 10:00:00 GMT</pubDate>"
    return f"<item><title>Paper {number}</title><guid>{number}</guid><description>{ABSTRACT.format(number)}</description>{when}</item>"


class TestFeed(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        clock = FakeClock()
        source = FeedSource(FeedSettings(url=server.url("/page"), name="lab"), clock, fetcher, InlineParser())
        bad = "<item><link>https://lab.example/2</link></item>"
        return WebRig(
            source=source,
            server=server,
            document=rss(item(1), item(2)),
            with_bad=rss(item(1), bad, item(2)),
            place="entry 2",
            type="application/rss+xml",
            clock=clock,
        )

    async def test_the_server_is_told_what_is_known(self, rig: WebRig) -> None:
        rig.well()
        memory: dict[str, str] = {}
        assert [batch async for batch in rig.source.fetch(memory)]
        assert not [batch async for batch in rig.source.fetch(memory)]
        assert rig.server.asked[1].headers["If-None-Match"] == '"1"'

    async def test_what_comes_later_is_news_and_what_was_there_before_is_not(self, rig: WebRig) -> None:
        old = item(1).replace("21 Apr 2026", "21 Jan 2026")
        rig.server.pages["/page"] = Page(body=rss(old, item(2)))
        memory: dict[str, str] = {}
        kinds = [paper.announce_type for batch in [b async for b in rig.source.fetch(memory)] for paper in batch.papers]
        assert kinds == ["archive", None]
        # Read again after a month in which nobody looked: what came meanwhile is news, dated or not.
        rig.clock.advance(30 * 86400)
        later, undated = item(3).replace("21 Apr 2026", "30 Apr 2026"), "<item><title>Undated</title></item>"
        rig.server.pages["/page"] = Page(body=rss(old, later, undated))
        kinds = [paper.announce_type for batch in [b async for b in rig.source.fetch(memory)] for paper in batch.papers]
        assert kinds == ["archive", None, None]

    async def test_a_feed_of_very_many_entries_is_read_in_parts(self, rig: WebRig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.sources.feeds.source.PART", 10)
        monkeypatch.setattr("bot.sources.feeds.source.PARTS", 3)
        for many, parts, papers in ((10, 1, 10), (11, 2, 11), (20, 2, 20), (30, 3, 30), (34, 4, 30)):
            rig.server.pages["/page"] = Page(body=rss(*map(item, range(many))))
            batches = [batch async for batch in rig.source.fetch({})]
            assert (len(batches), sum(len(batch.papers) for batch in batches)) == (parts, papers)
            assert sum(batch.announced or 0 for batch in batches) == many
            problems = [problem for batch in batches for problem in batch.problems]
            assert problems == (["the feed has 4 entries more than are read from one"] if many == 34 else [])
            assert sum(batch.unreadable or 0 for batch in batches) == many - papers
        nothing = "<item><pubDate>Tue, 21 Apr 2026 10:00:00 GMT</pubDate></item>"
        rig.server.pages["/page"] = Page(body=rss(*map(item, range(12)), nothing))
        last = [batch async for batch in rig.source.fetch({})][-1]
        assert (last.problems, last.unreadable) == (("entry 13 has neither title nor text",), 1)

    async def test_not_modified_to_somebody_who_knows_nothing_is_no_answer(self, rig: WebRig) -> None:
        rig.server.pages["/page"] = Page(status=304)
        with pytest.raises(SourceError, match="status 304"):
            assert [batch async for batch in rig.source.fetch({})]

    async def test_that_a_feed_is_cut_off_is_told_and_is_no_entry(self, rig: WebRig) -> None:
        rig.server.pages["/page"] = Page(body=rss(item(1), item(2))[:-20])
        (batch,) = [batch async for batch in rig.source.fetch({})]
        assert "ill-formed" in batch.problems[0] and (batch.announced, batch.unreadable, len(batch.papers)) == (2, 0, 2)


def card(number: int) -> str:
    title = f"On Reading Lists That Keep Themselves, Volume {number}"
    return f"CLApr 2{number}, 2026\n{title}Ada Lovelace, Grace Hopper\n{ABSTRACT.format(number)}\n\n"


class TestHuggingFace(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        settings = HuggingFaceSettings(url=server.url("/page"))
        source = HuggingFaceSource(settings, FakeClock(), fetcher, InlineParser())
        return DailyRig(source=source, server=server, document=b"", with_bad=b"", place="paper 2", type="", conditional=False)


class TestBiorxiv(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        settings = BiorxivSettings(url=server.url("/details"), servers=("biorxiv",), interval=0)
        source = BiorxivSource(settings, FakeClock(), fetcher, InlineParser())
        return PostsRig(source=source, server=server, document=b"", with_bad=b"", place="record 2", type="", conditional=False)


class TestSemanticScholar(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        arrived = Arrived("arxiv:2604.00001", "doi:10.1000/2")
        settings = SemanticScholarSettings(url=server.url("/graph"))
        source = SemanticScholarSource(settings, FakeClock(), fetcher, InlineParser(), arrived)
        return GraphRig(source=source, server=server, document=b"", with_bad=b"", place="paper 2", type="", arrived=arrived)


class TestOpenAlex(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        arrived = Arrived("doi:10.1000/1", "doi:10.1000/2")
        settings = OpenAlexSettings(url=server.url("/page"), key=Secret("key"), after_days=2)
        works = [a_work("10.1000/1", "On Stars"), a_work("10.1000/2", "On Trees")]
        return WebRig(
            source=OpenAlexSource(settings, FakeClock(), fetcher, InlineParser(), arrived),
            server=server,
            document=openalex_answer(*works),
            with_bad=openalex_answer(works[0], {}, works[1]),
            place="work 2",
            type="application/json",
        )


@dataclass(slots=True, kw_only=True)
class GraphRig(WebRig):
    """What a service says about papers that arrived."""

    arrived: Arrived

    def well(self) -> None:
        self._serve(a_record("On Stars"), a_record("On Trees"))

    def with_a_bad_record(self) -> str:
        self.arrived.keys = ("arxiv:2604.00001", "arxiv:2604.00003", "doi:10.1000/2")
        self._serve(a_record("On Stars"), {}, a_record("On Trees"))
        return self.place

    def stalled(self) -> asyncio.Event | None:
        waited_for = WebRig.stalled(self)
        self.server.pages["/graph/batch"] = self.server.pages["/page"]
        return waited_for

    def _serve(self, *records: object) -> None:
        self.server.pages["/graph/batch"] = Page(body=json.dumps(records).encode())


@dataclass(slots=True)
class PostsRig(WebRig):
    """Pages of preprints: all on the first, or one on each."""

    def well(self) -> None:
        self._serve(posts(posted(1), posted(2)))

    def with_a_bad_record(self) -> str:
        self._serve(posts(posted(1), {}, posted(2)))
        return self.place

    def broken_off(self) -> int | None:
        self._serve(posts(posted(1), total=2))
        return 1

    def stalled(self) -> asyncio.Event | None:
        waited_for = WebRig.stalled(self)
        self.server.pages["/details/biorxiv/2026-04-19/2026-04-22/0"] = self.server.pages["/page"]
        return waited_for

    def _serve(self, body: bytes) -> None:
        self.server.pages["/details/biorxiv/2026-04-19/2026-04-22/0"] = Page(body=body)


@dataclass(slots=True)
class DailyRig(WebRig):
    """A list of today, and empty lists of the days before."""

    def well(self) -> None:
        self._serve([listed(1), listed(2)])

    def with_a_bad_record(self) -> str:
        self._serve([listed(1), {}, listed(2)])
        return self.place

    def broken_off(self) -> int | None:
        self._serve([listed(1)], broken="2026-04-21")
        return 1

    def _serve(self, records: list[object], broken: str = "") -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            of = request.query["date"]
            return web.Response(status=403) if of == broken else web.json_response(records if of == "2026-04-22" else [])

        self.server.pages["/page"] = answer


LISTING = (card(1) + card(2)).encode()
BAD_LISTING = (card(1) + card(2) + "XXApr\n").encode()


class TestListing(SourceContract):
    @pytest.fixture
    def rig(self, server: WebServer, fetcher: Fetcher) -> SourceRig:
        source = ListingSource(ListingSettings(name="list", url=server.url("/page")), FakeClock(), fetcher, InlineParser())
        return WebRig(source=source, server=server, document=LISTING, with_bad=BAD_LISTING, place="list:9", type="text/plain")


@dataclass(slots=True)
class PathRig:
    """A source of one file."""

    source: Source
    path: Path
    document: bytes
    with_bad: bytes
    place: str
    papers: int = 2
    conditional: bool = False

    def well(self) -> None:
        self.path.write_bytes(self.document)

    def with_a_bad_record(self) -> str:
        self.path.write_bytes(self.with_bad)
        return self.place

    def gone(self) -> None:
        self.path.unlink(missing_ok=True)

    def broken_off(self) -> int | None:
        return None

    def stalled(self) -> asyncio.Event | None:
        return None


class TestListingFile(SourceContract):
    @pytest.fixture
    def rig(self, tmp_path: Path, fetcher: Fetcher) -> SourceRig:
        path = tmp_path / "list.txt"
        source = ListingSource(ListingSettings(name="list", file=str(path)), FakeClock(), fetcher, InlineParser())
        return PathRig(source=source, path=path, document=LISTING, with_bad=BAD_LISTING, place="list.txt:9", conditional=True)


class TestFile(SourceContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> SourceRig:
        path = tmp_path / "export.jsonl"
        lines = [f'{{"title": "Paper {number}", "id": "2604.0000{number}"}}\n' for number in (1, 2)]
        source = FileSource(path, today=NOON.date(), parser=InlineParser())
        return PathRig(
            source=source,
            path=path,
            document="".join(lines).encode(),
            with_bad=f"{lines[0]}{{}}\n{lines[1]}".encode(),
            place="export.jsonl:2",
        )


@dataclass(slots=True)
class ArxivRig:
    source: Source
    server: ArxivServer
    papers: int = 2
    conditional: bool = True
    known: tuple[Announced, ...] = field(
        default_factory=lambda: tuple(Announced(id=f"2604.0000{number}", title=f"Paper {number}") for number in (1, 2))
    )

    def well(self) -> None:
        self.server.faults.clear()
        self.server.etags["cs.CL"] = '"1"'
        self.server.announce("cs.CL", *self.known)

    def with_a_bad_record(self) -> str:
        self.server.announce("cs.CL", *self.known)
        feed = self.server.feeds["cs.CL"]
        self.server.feeds["cs.CL"] = feed.replace(b"<item>", b"<item><title>No id</title></item><item>", 1)
        return "item 1"

    def gone(self) -> None:
        self.server.feeds.clear()

    def broken_off(self) -> int | None:
        return None

    def stalled(self) -> asyncio.Event | None:
        self.server.faults.append(Fault(stall=True))
        return self.server.waiting


class TestArxiv(SourceContract):
    @pytest.fixture
    async def rig(self) -> AsyncIterator[SourceRig]:
        async with ArxivServer() as server:
            fetcher = Fetcher(FakeClock(), trusted=[server.url])
            settings = ArxivSettings(categories=("cs.CL",), api_url=server.api_url, rss_url=server.rss_url)
            yield ArxivRig(source=ArxivSource(settings, fetcher, FakeClock(), InlineParser()), server=server)
            await fetcher.close()
