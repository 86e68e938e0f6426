"""Semantic Scholar: every recorded answer, and what it adds to papers that are there already."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.papers import AnnounceType, Paper
from bot.errors import SourceError
from bot.ports import Batch
from bot.secret import Secret
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.semantic_scholar import SemanticScholarSettings, SemanticScholarSource, read_papers
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_paper
from tests.contracts.source_contract import ingest_into, read
from tests.fakes.arrived import Arrived
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.servers.web import Page, WebServer
from tests.test_source_crossref import _body

CANARY = "canary-key-0xdecaf"


def a_record(title: str = "On Lists", **fields: Any) -> dict[str, Any]:
    """A paper as the service gives it."""
    return {"paperId": "f" * 40, "title": title, "authors": [{"authorId": "1741101", "name": "Ada Lovelace"}], **fields}


def one(**fields: Any) -> Paper:
    (paper,) = read_papers(json.dumps(a_record(**fields)).encode()).papers
    return paper


def test_a_record_becomes_a_paper() -> None:
    ids = {"DBLP": "journals/x/L26", "PubMed": "38799228", "DOI": "10.1000/X.1", "ArXiv": "2604.00001", "MAG": "1", "CorpusId": 5}
    paper = one(externalIds=ids, tldr={"text": "Lists help."}, abstract="We list.", venue="J. Lists", publicationDate="2026-04-11")
    assert paper.keys == ("arxiv:2604.00001", "doi:10.1000/x.1", "pmid:38799228", "dblp:journals/x/L26")
    assert (paper.abstract, paper.summary, paper.journal_ref, str(paper.submitted)) == ("We list.", "Lists help.", "J. Lists", "2026-04-11")
    assert [(author.name, author.ids) for author in paper.authors] == [("Ada Lovelace", ("s2:1741101",))]


def test_what_is_null_is_left_out_and_a_preprint_server_is_no_venue() -> None:
    nobody = [{"authorId": None, "name": "A B"}]
    empty = one(externalIds=None, tldr=None, abstract=None, venue="arXiv.org", publicationDate=None, authors=nobody)
    assert (empty.keys, empty.summary, empty.abstract, empty.journal_ref, empty.submitted) == ((), "", "", "", None)
    assert empty.authors[0].ids == () and one(authors=None).authors == () and one(authors=[None, {"name": None}]).authors == ()


def test_an_id_that_arxiv_gave_a_doi_to_is_said_once() -> None:
    assert one(externalIds={"ArXiv": "2604.00001", "DOI": "10.48550/arXiv.2604.00001"}).keys == ("arxiv:2604.00001",)


@pytest.mark.parametrize("document", [b"", b"busy", b"null", b"{}", b'{"error": "not found"}', b'{"message": "Busy"}', b'["2026-01-01"]'])
def test_any_other_answer_is_refused(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_papers(document)


# --- recorded answers ------------------------------------------------------------------------------------------------

#: Words in the names of recorded answers that hold no papers: what else the service has.
NOT_PAPERS = {
    "DatasetDiff": "files of a data set",
    "get_dataset_diffs": "files of a data set",
    "get_available_releases": "names of data sets",
    "get_release": "a data set",
    "get_author_01": "a person",
    "get_authors": "people",
    "get_paper_authors": "the people of a paper",
    "_404": "nothing was found",
    "_400": "a wrong question",
}


def test_every_recorded_answer_is_read_or_refused(test_data: Path) -> None:
    """Papers are compared with a second reading; what holds none is refused, for a reason that is known."""
    seen = {"papers": 0, "untitled": 0, "unknown": 0, "with ids": 0, "with authors": 0, "refused": 0, "empty": 0}
    for path in sorted((test_data / "sources" / "semanticscholar").glob("*.json")):
        document = _body(path)
        if any(word in path.name for word in NOT_PAPERS):
            with pytest.raises(SourceError):
                read_papers(document)
            seen["refused"] += 1
            continue
        recorded = list(_recorded(json.loads(document)))
        titled = [(place, paper) for place, paper in enumerate(recorded) if paper and (paper.get("title") or "").strip()]
        found = read_papers(document)
        assert found.records == len(recorded) and found.places == tuple(place for place, _ in titled), path.name
        assert len(found.problems) == sum(paper is not None for paper in recorded) - len(titled), path.name
        for paper, (_, told) in zip(found.papers, titled, strict=True):
            _compare(paper, told)
            seen["with ids"] += bool(paper.keys)
            seen["with authors"] += any(author.ids for author in paper.authors)
        seen["papers"] += len(titled)
        seen["untitled"] += len(found.problems)
        seen["unknown"] += recorded.count(None)
        seen["empty"] += not recorded
    assert seen["papers"] > 4000 and seen["untitled"] > 3000 and seen["refused"] == 12, seen
    assert seen["unknown"] == 1 and seen["empty"] == 1 and seen["with ids"] > 15 and seen["with authors"] > 15, seen


def _recorded(answer: Any) -> Any:
    """The second reading: every record, wherever it stands."""
    if isinstance(answer, dict):
        lists = [value for name, value in answer.items() if name in ("data", "recommendedPapers")]
        answer = lists[0] if lists else [answer]
    for told in answer:
        yield told and (told.get("citingPaper") or told.get("citedPaper") or told)


def _compare(paper: Paper, told: dict[str, Any]) -> None:
    assert paper.title == told["title"].strip() and paper.abstract == (told.get("abstract") or "").strip()
    assert [author.name for author in paper.authors] == [person["name"] for person in told.get("authors") or []]
    people = [f"s2:{person['authorId']}" for person in told.get("authors") or [] if person["authorId"]]
    assert [id_ for author in paper.authors for id_ in author.ids] == people
    ids = told.get("externalIds") or {}
    doi = ids.get("DOI", "").lower()
    wanted = {f"arxiv:{ids['ArXiv']}"} if "ArXiv" in ids else set()
    wanted |= {f"doi:{doi}"} if doi and "10.48550/arxiv" not in doi else set()
    wanted |= {f"{scheme}:{ids[name]}" for name, scheme in (("PubMed", "pmid"), ("DBLP", "dblp")) if name in ids}
    assert set(paper.keys) == wanted
    assert str(paper.submitted) == str(told.get("publicationDate"))
    venue = told.get("venue") or ""
    assert paper.journal_ref == ("" if venue in ("arXiv.org", "bioRxiv") else venue.strip())


# --- what it adds to the library -------------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture
async def fetcher(server: WebServer) -> AsyncIterator[Fetcher]:
    made = Fetcher(FakeClock(), trusted=[server.url()])
    yield made
    await made.close()


def a_source(server: WebServer, fetcher: Fetcher, arrived: Any, key: str = "", clock: FakeClock | None = None) -> SemanticScholarSource:
    settings = SemanticScholarSettings(url=server.url("/graph"), key=Secret(key))
    return SemanticScholarSource(settings, clock or FakeClock(), fetcher, InlineParser(), arrived)


def answering(server: WebServer, **known: dict[str, Any]) -> None:
    """A service that knows the papers with these ids ("ARXIV:…"), and no others."""

    async def batch(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["ids"]
        assert 0 < len(asked) <= 500 and "tldr" in request.query["fields"]
        return web.json_response([known.get(id_) for id_ in asked])

    server.pages["/graph/batch"] = batch


async def test_a_known_paper_gains_what_it_lacked_and_stays_what_it_was_announced_as(
    store: SqliteStore, server: WebServer, fetcher: Fetcher
) -> None:
    paper = a_paper(arxiv="2604.00001", announce_type=AnnounceType.NEW)
    undated = replace(a_paper(title="Fed In", abstract="Fed in from elsewhere."), keys=("doi:10.1000/2",), source="lab", announce_type=None)
    ingest = ingest_into(store)
    for given in (paper, undated):
        await store.ingest([given], at=NOON - timedelta(days=3), match=lambda paper, terms: ())
    told = a_record(externalIds={"ArXiv": "2604.00001", "DOI": "10.1000/1"}, tldr={"text": "Lists help."}, venue="J. Lists", title="Other")
    answering(server, **{"ARXIV:2604.00001": told, "DOI:10.1000/2": a_record(tldr={"text": "Fed."})})
    run = await ingest.run(a_source(server, fetcher, store.arrivals))
    assert (run.error, run.read, run.new) == ("", 2, 0)
    stored = await store.paper("doi:10.1000/1")
    assert stored and stored.paper.title == paper.title and stored.paper.announce_type is AnnounceType.NEW
    assert (stored.paper.summary, stored.paper.journal_ref, stored.sources) == ("Lists help.", "J. Lists", ("arxiv", "semanticscholar"))
    fed = await store.paper("doi:10.1000/2")
    assert fed and fed.paper.summary == "Fed." and fed.paper.announce_type is None, "it is news as it was"


@pytest.mark.parametrize("source", ["listing", "seeds", "lab", "crossref", "arxiv"])
async def test_what_any_other_source_says_of_title_and_names_stays(
    store: SqliteStore, server: WebServer, fetcher: Fetcher, source: str
) -> None:
    paper = a_paper(arxiv="2604.00001", source=source)
    await store.ingest([paper], at=NOON - timedelta(days=3), match=lambda paper, terms: ())
    short = [{"authorId": None, "name": author.name[0] + ". " + author.name.split()[-1]} for author in paper.authors]
    answering(server, **{"ARXIV:2604.00001": a_record("On lists", authors=short, abstract="Shorter.", tldr={"text": "Lists."})})
    assert (await ingest_into(store).run(a_source(server, fetcher, store.arrivals))).merged == 1
    stored = await store.paper("arxiv:2604.00001")
    assert stored and (stored.paper.title, stored.paper.abstract, stored.paper.authors) == (paper.title, paper.abstract, paper.authors)
    assert (stored.paper.summary, stored.paper.source) == ("Lists.", source)


async def test_a_paper_that_the_library_lost_is_no_news(store: SqliteStore, server: WebServer, fetcher: Fetcher) -> None:
    answering(server, **{"ARXIV:2604.00001": a_record()})
    assert (await ingest_into(store).run(a_source(server, fetcher, Arrived("arxiv:2604.00001")))).new == 1
    stored = await store.paper("arxiv:2604.00001")
    assert stored and stored.paper.announce_type is AnnounceType.ARCHIVE


async def test_another_paper_than_the_one_asked_for_is_reported(server: WebServer, fetcher: Fetcher) -> None:
    answering(server, **{"ARXIV:2604.00001": a_record(externalIds={"ArXiv": "2604.00002"})})
    (batch,) = await read(a_source(server, fetcher, Arrived("arxiv:2604.00001")), {})
    assert batch.papers == () and batch.problems == ("Semantic Scholar, paper 1: is another one than arxiv:2604.00001",)


async def test_an_answer_that_is_too_short_is_not_taken_for_any_paper(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/graph/batch"] = Page(body=json.dumps([a_record()]).encode())
    memory: dict[str, str] = {}
    with pytest.raises(SourceError, match="answered for 1 papers, asked for 2"):
        await read(a_source(server, fetcher, Arrived("arxiv:2604.00001", "arxiv:2604.00002")), memory)
    assert memory == {}


async def test_what_arrived_is_asked_for_once_and_two_days_late(server: WebServer, fetcher: Fetcher) -> None:
    clock, arrived, memory = FakeClock(), Arrived("arxiv:2604.00001", "openreview:x", "title:0123456789abcdef"), dict[str, str]()
    answering(server)
    source = a_source(server, fetcher, arrived, clock=clock)
    assert [batch.papers for batch in await read(source, memory)] == [()]
    assert json.loads(server.asked[0].body) == {"ids": ["ARXIV:2604.00001"]}, "others it does not know"
    assert arrived.asked == [(NOON - timedelta(days=16), NOON - timedelta(days=2))]
    clock.advance(3600)
    assert await read(source, memory) == [] and len(server.asked) == 1
    assert arrived.asked[-1] == (NOON - timedelta(days=2), NOON - timedelta(days=2, hours=-1))


async def test_five_hundred_are_asked_for_at_once_and_what_was_answered_is_not_asked_again(
    store: SqliteStore, server: WebServer, fetcher: Fetcher
) -> None:
    keys = [f"arxiv:2604.{number:05}" for number in range(1200)]
    answering(server, **{"ARXIV:2604.00000": a_record("First"), "ARXIV:2604.01199": a_record("Last")})
    well = server.pages["/graph/batch"]
    source = a_source(server, fetcher, Arrived(*keys, apart=1))

    async def third_fails(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403) if len(server.asked) == 3 else await well(request)  # type: ignore[operator]

    server.pages["/graph/batch"] = third_fails
    run = await ingest_into(store).run(source)
    assert "status 403" in run.error and run.read == 1
    assert (await ingest_into(store).run(source)).read == 1
    assert [len(json.loads(asked.body)["ids"]) for asked in server.asked] == [500, 500, 200, 200]


async def test_more_than_a_page_of_one_moment_is_asked_for_page_by_page(server: WebServer, fetcher: Fetcher) -> None:
    answering(server)
    memory: dict[str, str] = {}
    await read(a_source(server, fetcher, Arrived(*(f"arxiv:2604.{number:05}" for number in range(1001)))), memory)
    assert [len(json.loads(asked.body)["ids"]) for asked in server.asked] == [500, 500, 1]
    assert memory["until"] == (NOON - timedelta(days=2)).isoformat()


async def test_a_moment_that_was_not_asked_about_to_its_end_is_asked_about_again(server: WebServer, fetcher: Fetcher) -> None:
    answering(server)
    memory: dict[str, str] = {}
    source = a_source(server, fetcher, Arrived(*(f"arxiv:2604.{number:05}" for number in range(1001))))
    batches = source.fetch(memory)
    for _ in range(2):
        await anext(batches)
    server.pages["/graph/batch"] = Page(status=403)
    with pytest.raises(SourceError):
        await anext(batches)
    answering(server)
    await read(source, memory)
    assert [len(json.loads(asked.body)["ids"]) for asked in server.asked] == [500, 500, 1, 500, 500, 1]


@pytest.mark.parametrize("done", ["nonsense", "2026-04-01", "2020-01-01T00:00:00+00:00"])
async def test_what_it_cannot_have_remembered_and_what_is_long_ago_begins_two_weeks_back(
    server: WebServer, fetcher: Fetcher, done: str
) -> None:
    arrived = Arrived()
    assert await read(a_source(server, fetcher, arrived), {"until": done}) == []
    assert arrived.asked == [(NOON - timedelta(days=16), NOON - timedelta(days=2))]


async def test_when_it_knows_none_of_them_it_says_that_the_question_is_wrong(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/graph/batch"] = Page(status=400, body=b'{"error": "No valid paper ids given"}')
    memory: dict[str, str] = {}
    assert [batch.papers for batch in await read(a_source(server, fetcher, Arrived("arxiv:2604.00001")), memory)] == [()]
    assert memory
    server.pages["/graph/batch"] = Page(status=400, body=b'{"error": "Unrecognized field"}')
    with pytest.raises(SourceError, match="status 400"):
        await read(a_source(server, fetcher, Arrived("arxiv:2604.00001")), {})


@pytest.mark.parametrize(("key", "apart"), [("", 3.0), (CANARY, 1.0)])
async def test_those_without_a_key_wait_longer(server: WebServer, key: str, apart: float) -> None:
    clock, times = FakeClock(), list[float]()
    fetcher = Fetcher(clock, trusted=[server.url()])

    async def batch(request: web.Request) -> web.StreamResponse:
        times.append(clock.monotonic())
        assert request.headers.get("x-api-key", "") == key
        return web.json_response([None] * len((await request.json())["ids"]))

    server.pages["/graph/batch"] = batch
    await read(a_source(server, fetcher, Arrived(*(f"arxiv:2604.{number:05}" for number in range(501))), key), {})
    await fetcher.close()
    assert times[1] - times[0] == apart


@pytest.mark.parametrize("status", [401, 403, 429, 500, 200])
async def test_the_key_is_in_no_error_and_no_log(
    store: SqliteStore, server: WebServer, fetcher: Fetcher, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Not even where the service sends it back."""
    server.pages["/graph/batch"] = Page(status=status, body=json.dumps({"message": f"Forbidden for {CANARY}"}).encode())
    with caplog.at_level(logging.DEBUG):
        run = await ingest_into(store).run(a_source(server, fetcher, Arrived("arxiv:2604.00001"), CANARY))
    assert run.error and server.asked[0].headers["x-api-key"] == CANARY
    said = [f"{line.getMessage()} {vars(line)}" for line in caplog.records]
    assert said and CANARY not in "".join([*said, run.error, *run.problems, repr(SemanticScholarSettings(key=Secret(CANARY)))])
    batch = Batch(papers=())
    assert batch.news and not batch.checkpoint, "a batch brings news unless it says otherwise"
