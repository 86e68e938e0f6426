"""OpenAlex: every recorded answer, and what it adds to papers that are there already."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from bot.config import check_config
from bot.domain.papers import AnnounceType, Author, Paper
from bot.errors import ConfigError, SourceError
from bot.secret import Secret
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.openalex import LONGEST_FILTER, OpenAlexSettings, OpenAlexSource, abstract_of, asked_as, questions, read_works
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_paper
from tests.contracts.source_contract import ingest_into, read
from tests.fakes.arrived import Arrived
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.servers.web import Page, WebServer
from tests.test_source_crossref import _body

CANARY = "canary-key-0xdecaf"


def a_work(doi: str = "10.1000/X.1", title: str = "On Lists", **fields: Any) -> dict[str, Any]:
    """A work as the service gives it."""
    person = {
        "author": {
            "id": "https://openalex.org/A5056554811",
            "display_name": "A. Lovelace",
            "orcid": "https://orcid.org/0000-0002-6308-3179",
        },
        "raw_author_name": "Lovelace, Ada",
        "institutions": [{"id": "https://openalex.org/I1", "display_name": "University of Lists"}],
        "raw_affiliation_strings": ["Dept. of Lists, University of Lists, Listshire"],
    }
    return {"id": "https://openalex.org/W1", "doi": f"https://doi.org/{doi}", "title": title, "authorships": [person], **fields}


def answer(*works: object) -> bytes:
    return json.dumps({"meta": {"count": len(works)}, "results": works}).encode()


def one(**fields: Any) -> Paper:
    (paper,) = read_works(answer(a_work(**fields))).papers
    return paper


def test_a_work_becomes_a_paper() -> None:
    place = {"source": {"display_name": "Journal of Lists", "type": "journal"}}
    pages = {"volume": "12", "first_page": "34", "last_page": "56"}
    index = {"Lists": [1, 3], "Abstract": [0], "help": [2]}
    paper = one(publication_date="2026-04-11", primary_location=place, biblio=pages, abstract_inverted_index=index)
    assert (paper.keys, paper.title, paper.abstract) == (("doi:10.1000/x.1",), "On Lists", "Lists help Lists")
    assert paper.authors == (
        Author(name="Ada Lovelace", affiliations=("University of Lists",), ids=("orcid:0000-0002-6308-3179", "openalex:A5056554811")),
    )
    assert (paper.organisations, str(paper.submitted)) == (("University of Lists",), "2026-04-11")
    assert paper.journal_ref == "Journal of Lists 12, 34-56"


def test_a_preprint_has_no_journal_and_the_first_of_january_is_no_day() -> None:
    place = {"source": {"display_name": "arXiv (Cornell University)", "type": "repository"}}
    paper = one(doi="10.48550/arxiv.2604.00001", primary_location=place, publication_date="2026-01-01", ids={"pmid": None})
    assert (paper.keys, paper.journal_ref, paper.submitted) == (("arxiv:2604.00001",), "", None)


def test_an_author_without_institutions_keeps_what_the_paper_prints() -> None:
    person = {"author": None, "raw_author_name": "Ada Lovelace", "institutions": [], "raw_affiliation_strings": ["Lists Ltd.", ""]}
    profile = {"author": {"display_name": "Grace Hopper", "id": "nonsense", "orcid": None}, "institutions": None}
    paper = one(authorships=[person, profile, {}, None])
    assert paper.authors == (Author(name="Ada Lovelace", affiliations=("Lists Ltd.",)), Author(name="Grace Hopper"))


def test_a_hundred_authors_may_be_more() -> None:
    assert one(authorships=[{"raw_author_name": f"Author {number}"} for number in range(100)]).more_authors
    assert not one(authorships=[{"raw_author_name": f"Author {number}"} for number in range(99)]).more_authors


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (None, ""),
        ([], ""),
        ({"a": [2, 0], "b": [1]}, "a b a"),
        ({"far": [10**12], "near": [0], "odd": [True, "1", None, -1], "none": None}, "near"),
    ],
)
def test_an_abstract_is_put_together_from_where_its_words_stand(index: object, told: str) -> None:
    assert abstract_of(index) == told


@pytest.mark.parametrize("bad", [{}, None, "text", a_work(title=""), a_work(doi="none")])
def test_a_work_that_says_too_little_is_reported(bad: Any) -> None:
    found = read_works(answer(a_work(), bad))
    assert len(found.papers) == 1 and found.problems == ("OpenAlex, work 2: has no DOI or no title",)


PERSON = b'{"results": [{"id": "https://openalex.org/A1", "display_name": "Ada"}]}'


@pytest.mark.parametrize("document", [b"", b"busy", b"null", b"[]", b"{}", b'{"error": "Invalid query"}', PERSON])
def test_any_other_answer_is_refused(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_works(document)


def test_every_recorded_answer_is_read(test_data: Path) -> None:
    """Works are compared with a second reading; of those that say no more than where they can be read there is nothing to keep."""
    files = sorted((test_data / "sources" / "openalex").glob("*.json"))
    seen = {"works": 0, "bare": 0, "orcid": 0, "homes": 0}
    for path in files:
        told = json.loads(_body(path))
        recorded = told.get("results", [told])
        found = read_works(_body(path))
        whole = [work for work in recorded if work.get("title")]
        assert len(found.papers) == len(whole) and len(found.problems) == len(recorded) - len(whole), path.name
        for paper, work in zip(found.papers, whole, strict=True):
            _compare(paper, work)
            seen["orcid"] += sum(bool(author.orcid) for author in paper.authors)
            seen["homes"] += sum(bool(author.affiliations) for author in paper.authors)
        seen["works"] += len(whole)
        seen["bare"] += len(found.problems)
        assert whole or "does_openalex_work" in path.name, f"{path.name} holds no work"
    assert seen == {"works": 5, "bare": 2, "orcid": 15, "homes": 10} and len(files) == 6


def _compare(paper: Paper, work: Mapping[str, Any]) -> None:
    doi = work["doi"].removeprefix("https://doi.org/")
    pmid = work["ids"].get("pmid", "").removeprefix("https://pubmed.ncbi.nlm.nih.gov/")
    first = f"arxiv:{doi.removeprefix('10.48550/arxiv.')}" if "arxiv" in doi else f"doi:{doi}"
    assert paper.keys == ((first, f"pmid:{pmid}") if pmid else (first,)) and paper.title == work["title"]
    index = work["abstract_inverted_index"] or {}
    words = [""] * sum(map(len, index.values()))
    for word, places in index.items():
        for place in places:
            words[place] = word
    assert paper.abstract.split() == words[words[:1] == ["Abstract"] :]
    people = work["authorships"]
    assert len(paper.authors) == len(people)
    for author, person in zip(paper.authors, people, strict=True):
        family = person["raw_author_name"].partition(",")[0] if "," in person["raw_author_name"] else person["raw_author_name"].split()[-1]
        assert author.name.endswith(family) and "," not in author.name
        assert author.orcid == (person["author"]["orcid"] or "").removeprefix("https://orcid.org/")
        assert f"openalex:{person['author']['id'].removeprefix('https://openalex.org/')}" in author.ids
        assert list(author.affiliations) == [home["display_name"] for home in person["institutions"]]
    assert set(paper.organisations) == {home["display_name"] for person in people for home in person["institutions"]}
    assert str(paper.submitted) == (str(None) if work["publication_date"].endswith("01-01") else work["publication_date"])
    source = work["primary_location"]["source"]
    assert paper.journal_ref.startswith(source["display_name"]) if source["type"] == "journal" else not paper.journal_ref


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


def a_source(server: WebServer, fetcher: Fetcher, arrived: Any, key: str = CANARY, *, after_days: int = 2) -> OpenAlexSource:
    settings = OpenAlexSettings(url=server.url("/works"), key=Secret(key), after_days=after_days)
    return OpenAlexSource(settings, FakeClock(), fetcher, InlineParser(), arrived)


async def test_a_known_paper_gains_what_it_lacked_and_stays_what_it_was_announced_as(
    store: SqliteStore, server: WebServer, fetcher: Fetcher
) -> None:
    ada = (Author(name="Ada Lovelace"), Author(name="Grace Hopper"))
    paper = replace(a_paper(arxiv="2604.00001", announce_type=AnnounceType.NEW), authors=ada)
    await store.ingest([paper], at=NOON - timedelta(days=3), match=lambda paper, terms: ())
    server.pages["/works"] = Page(body=answer(a_work(doi="10.48550/arXiv.2604.00001", ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/7"})))
    run = await ingest_into(store).run(a_source(server, fetcher, store.arrivals))
    assert (run.error, run.read, run.new, run.problems) == ("", 1, 0, ())
    stored = await store.paper("pmid:7")
    assert stored and (stored.paper.title, stored.paper.announce_type) == (paper.title, AnnounceType.NEW)
    assert [author.orcid for author in stored.paper.authors] == ["0000-0002-6308-3179", ""]
    assert stored.paper.authors[0].affiliations == stored.paper.organisations == ("University of Lists",)


async def test_it_fills_gaps_of_the_starter_corpus_and_changes_nothing_there(
    store: SqliteStore, server: WebServer, fetcher: Fetcher
) -> None:
    paper = replace(a_paper(arxiv="2604.00001", source="seeds"), abstract="")
    await store.ingest([paper], at=NOON - timedelta(days=3), match=lambda paper, terms: ())
    work = a_work(doi="10.48550/arXiv.2604.00001", title="Elsewhere", abstract_inverted_index={"Short.": [0]})
    server.pages["/works"] = Page(body=answer(work))
    await ingest_into(store).run(a_source(server, fetcher, store.arrivals))
    stored = await store.paper("arxiv:2604.00001")
    assert stored and stored.paper.title == paper.title
    assert [(author.name, bool(author.orcid)) for author in stored.paper.authors] == [("Ada Lovelace", True), ("Grace Hopper", False)]
    assert (stored.paper.abstract, stored.sources) == ("Short.", ("seeds", "openalex"))


async def test_a_question_names_the_dois_the_fields_and_the_key(server: WebServer, fetcher: Fetcher) -> None:
    async def works(request: web.Request) -> web.StreamResponse:
        assert request.query["filter"] == "doi:10.48550/arxiv.2604.00001|10.1000/x.1"
        assert (request.query["per_page"], request.query["api_key"]) == ("100", CANARY) and "authorships" in request.query["select"]
        return web.Response(body=answer())

    server.pages["/works"] = works
    arrived = Arrived("arxiv:2604.00001", "doi:10.1000/x.1", "doi:10.1000/a|b", "doi:10.1000/a,b", "openreview:x")
    (batch,) = await read(a_source(server, fetcher, arrived), {})
    assert (batch.papers, batch.problems) == ((), ()) and len(server.asked) == 1


async def test_a_work_that_nobody_asked_for_is_reported_and_not_taken(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/works"] = Page(body=answer(a_work(), a_work(doi="10.1000/other")))
    (batch,) = await read(a_source(server, fetcher, Arrived("doi:10.1000/x.1")), {})
    assert [paper.key for paper in batch.papers] == ["doi:10.1000/x.1"]
    assert batch.problems == ("OpenAlex: doi:10.1000/other is none of the works asked for",)


async def test_papers_are_asked_about_some_days_after_they_came(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/works"] = Page(body=answer())
    arrived = Arrived("doi:10.1000/x.1")
    assert await read(a_source(server, fetcher, arrived, after_days=4), {}) == [] and server.asked == []
    assert len(await read(a_source(server, fetcher, arrived, after_days=3), {})) == 1
    assert arrived.asked == [(NOON - timedelta(days=days + 14), NOON - timedelta(days=days)) for days in (4, 3)]


def test_a_question_is_never_longer_than_an_address_may_be() -> None:
    keys = [f"doi:10.1000/{'x' * 100}{number}" for number in range(100)]
    asked = list(questions([*keys, f"doi:10.1000/{'<' * 2000}", "pmid:1"]))
    assert [key for together in asked for key in together] == keys and len(asked) == 4
    assert all(len(quote("|".join(map(asked_as, together)), safe="/")) <= LONGEST_FILTER for together in asked)
    assert list(questions(["pmid:1"])) == []


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500])
async def test_the_key_is_in_no_error_and_no_log(
    store: SqliteStore, server: WebServer, fetcher: Fetcher, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Not even where the service sends it back."""
    server.pages["/works"] = Page(status=status, body=f"no such key: {CANARY}".encode())
    with caplog.at_level(logging.DEBUG):
        run = await ingest_into(store).run(a_source(server, fetcher, Arrived("doi:10.1000/x.1")))
    assert run.error and f"api_key={CANARY}" in server.asked[0].path
    said = [f"{line.getMessage()} {vars(line)}" for line in caplog.records if line.name != "aiohttp.access"]  # the test server's own
    assert said and CANARY not in "".join([*said, run.error, *run.problems])


async def _leads_nowhere(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": f"ftp://elsewhere.example/?{request.query_string}"})


async def _breaks(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.write(b"HTTP/9.9.9 broken\r\n\r\n")
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("trouble", [_leads_nowhere, _breaks])
async def test_the_address_it_stands_in_is_in_no_error(
    server: WebServer, fetcher: Fetcher, caplog: pytest.LogCaptureFixture, trouble: Any
) -> None:
    server.pages["/works"] = trouble
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        await read(a_source(server, fetcher, Arrived("doi:10.1000/x.1")), {})
    said = "".join(str(vars(line)) for line in caplog.records if line.name != "aiohttp.access")
    assert "?" in str(caught.value) or "web address" in str(caught.value)
    assert CANARY not in str(caught.value) + said


async def test_without_a_key_nothing_is_asked(server: WebServer, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="without a key"):
        await read(a_source(server, fetcher, Arrived("doi:10.1000/x.1"), key=""), {})
    assert server.asked == []
    with pytest.raises(ConfigError, match="OPENALEX_API_KEY"):
        check_config({"sources": {"openalex": {}}})
    assert CANARY not in repr(check_config({"sources": {"openalex": {"key": CANARY}}}))
    with pytest.raises(ConfigError) as caught:
        check_config({"sources": {"openalex": {"key": 123454321}}})
    assert "123454321" not in str(caught.value)
