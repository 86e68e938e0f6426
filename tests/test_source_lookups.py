"""One paper that somebody names: asked for at the service that knows such ids, kept, and shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import unquote

import pytest
from aiohttp import web

from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.secret import Secret
from bot.services.finding import Finder
from bot.services.ingest import Ingest, Rules
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.lookups import LookupSettings, ServiceLookups
from bot.sources.openreview import read_notes
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_paper, an_actor, some_settings
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.interactions.chat import HERE, Chat, titles
from tests.servers.arxiv import Announced, ArxivServer
from tests.servers.web import Page, WebServer
from tests.test_source_biorxiv import page as posts
from tests.test_source_biorxiv import posted
from tests.test_source_crossref import answer as works
from tests.test_source_crossref import work
from tests.test_source_dblp import RECORD
from tests.test_source_pubmed import an_article
from tests.test_source_pubmed import answer as articles
from tests.test_source_semantic_scholar import a_record

NOTE = {
    "id": "aB-3",
    "forum": "aB-3",
    "pdate": 1_776_000_000_000,
    "content": {
        "title": {"value": "On Open Reviews"},
        "abstract": {"value": "We review reviews."},
        "authors": {"value": ["Ada Lovelace"]},
        "TLDR": {"value": "Reviews are reviewed."},
        "keywords": {"value": ["peer review", 7]},
        "venue": {"value": "ICLR 2026 Poster"},
        "pdf": {"value": "/pdf/aB-3.pdf"},
    },
}


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture
async def lookups(server: WebServer) -> AsyncIterator[ServiceLookups]:
    async with ArxivServer() as arxiv:
        arxiv.announce("cs.CL", Announced(id="2604.00001", title="Reading Tables"))
        fetcher = Fetcher(FakeClock(), trusted=[server.url(), arxiv.api_url])
        settings = LookupSettings(
            crossref_url=server.url("/works"),
            openreview_url=server.url("/notes"),
            biorxiv_url=server.url("/details"),
            pubmed_url=server.url("/efetch"),
            dblp_url=server.url("/rec"),
            semanticscholar_url=server.url("/graph"),
            semanticscholar_key=Secret("canary-key"),
            contact="lab@example.org",
        )
        known = ArxivSettings(categories=(), api_url=arxiv.api_url, interval=0)
        yield ServiceLookups(settings, known, fetcher, InlineParser())
        await fetcher.close()


async def test_an_arxiv_id_is_asked_for_at_arxiv(lookups: ServiceLookups) -> None:
    paper = await lookups.paper("arxiv:2604.00001")
    assert paper and paper.title == "Reading Tables" and paper.announce_type is AnnounceType.ARCHIVE
    assert await lookups.paper("arxiv:2604.99999") is None


async def test_a_doi_is_asked_for_at_crossref_which_is_told_who_asks(lookups: ServiceLookups, server: WebServer) -> None:
    async def crossref(request: web.Request) -> web.StreamResponse:
        assert request.query["mailto"] == "lab@example.org"
        return web.Response(body=works(work(), kind="work"))

    server.pages["/works/10.1000/x.1"] = crossref
    paper = await lookups.paper("doi:10.1000/x.1")
    assert paper and paper.key == "doi:10.1000/x.1" and paper.source == "crossref"
    assert unquote(server.asked[0].path).startswith("/works/10.1000/x.1")
    assert "10.1000%2Fx.1" in server.asked[0].path, "a DOI is one part of the address"
    assert await lookups.paper("doi:10.1000/unknown") is None


async def test_a_preprints_doi_is_asked_for_where_preprints_are(lookups: ServiceLookups, server: WebServer) -> None:
    server.pages["/details/biorxiv/10.1101/1"] = Page(body=posts(status="no posts found"))
    server.pages["/details/medrxiv/10.1101/1"] = Page(body=posts(posted(1, doi="10.1101/1", server="medRxiv")))
    paper = await lookups.paper("doi:10.1101/1")
    assert paper and paper.source == "biorxiv" and "medrxiv" in paper.url


async def test_a_forum_is_asked_for_at_openreview(lookups: ServiceLookups, server: WebServer) -> None:
    server.pages["/notes"] = Page(body=json.dumps({"notes": [NOTE], "count": 1}).encode())
    paper = await lookups.paper("openreview:aB-3")
    assert paper and (paper.title, paper.summary, paper.comment) == ("On Open Reviews", "Reviews are reviewed.", "ICLR 2026 Poster")
    assert (str(paper.submitted), paper.keywords) == ("2026-04-12", ("peer review",))


async def test_a_pubmed_number_is_asked_for_at_pubmed(lookups: ServiceLookups, server: WebServer) -> None:
    server.pages["/efetch"] = Page(body=articles(an_article("123")))
    paper = await lookups.paper("pmid:123")
    assert paper and paper.keys[-1] == "pmid:123" and "id=123" in server.asked[0].path
    server.pages["/efetch"] = Page(body=b"<PubmedArticleSet></PubmedArticleSet>")
    assert await lookups.paper("pmid:124") is None


async def test_a_record_of_dblp_is_asked_for_there(lookups: ServiceLookups, server: WebServer) -> None:
    server.pages["/rec/conf/x/LovelaceH26.xml"] = Page(body=RECORD)
    paper = await lookups.paper("dblp:conf/x/LovelaceH26")
    assert paper and paper.key == "doi:10.1000/x.1"


@pytest.mark.parametrize(("key", "asked"), [("arxiv:2604.00077", "ARXIV:2604.00077"), ("doi:10.5281/x.1", "DOI:10.5281/x.1")])
async def test_what_its_own_service_does_not_know_is_asked_for_at_semantic_scholar(
    lookups: ServiceLookups, server: WebServer, key: str, asked: str
) -> None:
    server.pages[f"/graph/{asked}"] = Page(body=json.dumps(a_record("Reading Elsewhere", tldr={"text": "Read."})).encode())
    paper = await lookups.paper(key)
    assert paper and (paper.title, paper.summary, paper.announce_type) == ("Reading Elsewhere", "Read.", AnnounceType.ARCHIVE)
    assert key in paper.keys and server.asked[-1].headers["x-api-key"] == "canary-key"
    server.pages[f"/graph/{asked}"] = Page(status=403, body=b'{"message": "Forbidden: canary-key"}')
    with pytest.raises(SourceError) as caught:
        await lookups.paper(key)
    assert "403" in str(caught.value) and "canary" not in str(caught.value)


async def test_what_no_service_knows_is_not_asked_for(lookups: ServiceLookups, server: WebServer) -> None:
    assert await lookups.paper("title:0123456789abcdef") is None and server.asked == []


@pytest.mark.parametrize("document", [b"", b"[]", b'{"name": "ChallengeRequiredError", "message": "log in"}'])
def test_an_answer_without_notes_is_an_error(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_notes(document)


@pytest.mark.parametrize(
    ("profiles", "ids"),
    [
        (["~Ada_Lovelace1", "hopper@navy.example", "~Alan_Turing2"], [("openreview:~Ada_Lovelace1",), (), ("openreview:~Alan_Turing2",)]),
        (["~Ada_Lovelace1"], [(), (), ()]),
        (["~a@b.example1", None, {"x": 1}], [(), (), ()]),
        (None, [(), (), ()]),
    ],
)
def test_people_have_their_profile_as_an_id_and_nobody_their_mail_address(profiles: object, ids: list[tuple[str, ...]]) -> None:
    content = {
        "title": {"value": "A Note"},
        "authors": {"value": ["Ada Lovelace", "Grace Hopper", "Alan Turing"]},
        "authorids": {"value": profiles},
    }
    (paper,) = read_notes(json.dumps({"notes": [{"id": "x", "content": content}]}).encode())
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    assert [author.ids for author in paper.authors] == ids


def test_a_note_without_a_title_is_no_paper_and_version_one_is_read_too() -> None:
    old = {"id": "x", "content": {"title": "Plain", "authors": ["A B"], "pdf": "https://pdf.example/x"}}
    (paper,) = read_notes(json.dumps({"notes": [{"id": "y", "content": {}}, old, None]}).encode())
    assert (paper.title, paper.key, len(paper.links)) == ("Plain", "openreview:x", 2)


# --- for those who ask -----------------------------------------------------------------------------------------------


class Library:
    """Knows some papers, and counts how often it is asked."""

    def __init__(self, *papers: Paper, trouble: Exception | None = None) -> None:
        self.papers, self.trouble, self.asked = papers, trouble, list[str]()

    async def paper(self, key: str) -> Paper | None:
        self.asked.append(key)
        if self.trouble:
            raise self.trouble
        return next((paper for paper in self.papers if key in paper.keys), None)


def finding(chat: Chat, library: Library) -> None:
    from bot.services.interactions.handler import Interactions

    ingest = Ingest(chat.store, chat.clock, Rules(chat.store, chat.clock))
    chat.handler = Interactions(chat.store, chat.clock, preview=chat._preview, find=Finder(chat.store, ingest, library, patience=0.2).find)


@pytest.fixture
def chat(store: SqliteStore) -> Chat:
    return Chat(store, FakeClock(NOON))


async def test_a_paper_that_is_not_there_is_fetched_kept_and_shown_and_is_no_news(chat: Chat) -> None:
    far = replace(a_paper(title="Reading Far Tables"), keys=("arxiv:2604.00009",), announce_type=AnnounceType.ARCHIVE, announced=None)
    library = Library(far)
    finding(chat, library)
    await chat.store.add_channel(HERE, some_settings(), next_at=NOON, origin="chat")
    await chat.type("subscribe tables")
    assert titles((await chat.type("show 2604.00009")).message) == ["Reading Far Tables"]
    assert titles((await chat.type("save arxiv:2604.00009")).message) == [] and library.asked == ["arxiv:2604.00009"], "asked once"
    assert len(await chat.store.saved("slack:U7", limit=9)) == 1
    assert await chat.store.fresh(HERE, limit=9) == []


@pytest.mark.parametrize("trouble", [None, SourceError("down", "later"), TimeoutError()])
async def test_what_nobody_gives_is_said(chat: Chat, trouble: Exception | None) -> None:
    finding(chat, Library(trouble=trouble))
    reply = await chat.type("show 2604.00009")
    assert reply.message.heading == '"arxiv:2604.00009" is not in the library'
    assert an_actor().id == "U7"
