"""The arXiv source against a server on the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.domain.papers import AnnounceType, LinkKind, Paper
from bot.errors import SourceError
from bot.ports import Batch, Source
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.source import ArxivSource
from bot.sources.fetch.fetcher import Fetcher
from bot.text.normalise import normalise
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import Announced, ArxivServer, Fault

ONE = Announced(id="2604.10001", title="One", comment="5 pages. Code: https://github.com/a/one", doi="10.1000/one")
TWO = Announced(id="2604.10002", title="Two", categories=("cs.AI", "cs.CL"), type="cross")
THREE = Announced(id="2604.00003", title="Three", type="replace", version=2, updated="2026-04-22T08:00:00Z")
BUSY = Fault(status=503, headers={"Retry-After": "1"})

Make = Callable[..., ArxivSource]


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer() as running:
        yield running


@pytest.fixture
async def make(server: ArxivServer) -> AsyncIterator[Make]:
    """A source that reads from the server; named by its categories."""
    clock = FakeClock()
    fetcher = Fetcher(clock, trusted=[server.url])

    def made(*categories: str, details: bool = True) -> ArxivSource:
        settings = ArxivSettings(categories=categories or ("cs.CL",), details=details, **server.urls)
        return ArxivSource(settings, fetcher, clock)

    yield made
    await fetcher.close()


async def read(source: Source, memory: dict[str, str] | None = None) -> Batch:
    """Everything one run gives, as one batch."""
    batches = [batch async for batch in source.fetch({} if memory is None else memory)]
    counts = [batch.announced for batch in batches if batch.announced is not None]
    return Batch(
        papers=tuple(paper for batch in batches for paper in batch.papers),
        problems=tuple(problem for batch in batches for problem in batch.problems),
        announced=sum(counts) if counts else None,
    )


def by_title(batch: Batch) -> dict[str, Paper]:
    return {paper.title: paper for paper in batch.papers}


async def test_a_paper_has_what_the_feed_and_the_api_know(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE, TWO, THREE)
    batch = await read(make())
    papers = by_title(batch)
    assert batch.problems == () and batch.announced == 3
    one = papers["One"]
    assert one.keys == ("arxiv:2604.10001", "doi:10.1000/one")
    assert (one.announced, one.submitted, one.updated) == (date(2026, 4, 22), date(2026, 4, 21), None)
    assert (one.announce_type, one.version, one.source) == (AnnounceType.NEW, 1, "arxiv")
    assert [author.name for author in one.authors] == ["Ada Lovelace", "Grace Hopper"]
    assert one.categories == ("cs.CL",)
    assert {link.kind: link.url for link in normalise(one).links}[LinkKind.CODE] == "https://github.com/a/one"
    assert papers["Two"].categories == ("cs.AI", "cs.CL")
    assert (papers["Three"].version, papers["Three"].updated) == (2, date(2026, 4, 22))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (("Ada Lovelace", "Grace Hopper"), (["Ada Lovelace", "Grace Hopper"], None, False)),
        ((), (["Ada Lovelace"], None, True)),
    ],
)
async def test_a_list_that_the_feed_cut_stays_cut_unless_the_api_names_authors(
    server: ArxivServer, make: Make, known: tuple[str, ...], expected: tuple[list[str], int | None, bool]
) -> None:
    server.announce("cs.CL", replace(ONE, authors=("Ada Lovelace", "et al.")))
    server.known[ONE.id] = replace(ONE, authors=known)
    (paper,) = (await read(make())).papers
    assert ([author.name for author in paper.authors], paper.author_count, paper.more_authors) == expected


async def test_a_count_that_the_feed_gives_stays_where_the_api_names_nobody(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", replace(ONE, authors=("Ada Lovelace", "et al. (909 additional authors not shown)")))
    server.known[ONE.id] = replace(ONE, authors=())
    (paper,) = (await read(make())).papers
    assert (len(paper.authors), paper.author_count, paper.more_authors) == (1, 910, False)


async def test_requests_are_three_seconds_apart_over_feeds_and_api(server: ArxivServer) -> None:
    clock = FakeClock()
    fetcher = Fetcher(clock, trusted=[server.url])
    server.announce("cs.CL", ONE)
    server.announce("cs.AI", TWO)
    settings = ArxivSettings(categories=("cs.CL", "cs.AI"), **server.urls)
    await read(ArxivSource(settings, fetcher, clock))
    assert server.paths() == ["/rss/cs.CL", "/rss/cs.AI", "/api/query"]
    assert clock.slept == [3, 3]
    await fetcher.close()


async def test_a_paper_of_two_categories_is_one_paper_with_its_strongest_announcement(server: ArxivServer, make: Make) -> None:
    server.announce("cs.AI", Announced(id="2604.10001", title="One", type="cross", categories=("cs.CL", "cs.AI")))
    server.announce("cs.CL", Announced(id="2604.10001", title="One", type="new", categories=("cs.CL", "cs.AI")))
    batch = await read(make("cs.AI", "cs.CL"))
    assert batch.announced == 1
    assert [(paper.announce_type, paper.categories) for paper in batch.papers] == [(AnnounceType.NEW, ("cs.CL", "cs.AI"))]


async def test_the_same_feed_twice_gives_nothing_the_second_time(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE, TWO)
    memory: dict[str, str] = {}
    assert len((await read(make(), memory)).papers) == 2
    server.asked.clear()
    again = await read(make(), memory)
    assert (again.papers, again.announced) == ((), 2)
    assert server.paths() == ["/rss/cs.CL"]


async def test_only_what_was_added_to_a_day_is_asked_for(server: ArxivServer, make: Make) -> None:
    memory: dict[str, str] = {}
    server.announce("cs.CL", ONE)
    await read(make(), memory)
    server.announce("cs.CL", ONE, TWO)
    assert list(by_title(await read(make(), memory))) == ["Two"]
    assert server.asked[-1][1]["id_list"] == "2604.10002"


async def test_the_next_day_is_read_and_old_days_are_forgotten(server: ArxivServer, make: Make) -> None:
    memory: dict[str, str] = {}
    for day in (15, 16, 17, 20, 21, 22):
        server.announce("cs.CL", replace(ONE, id=f"2604.1{day:04d}"), day=f"Wed, {day} Apr 2026 00:00:00 -0400")
        assert len((await read(make(), memory)).papers) == 1
    assert sorted(name for name in memory if name.startswith("done:")) == ["done:2026-04-20", "done:2026-04-21", "done:2026-04-22"]


async def test_an_unchanged_feed_is_not_sent_again(server: ArxivServer, make: Make) -> None:
    memory: dict[str, str] = {}
    server.etags["cs.CL"] = '"monday"'
    server.announce("cs.CL", ONE)
    await read(make(), memory)
    again = await read(make(), memory)
    assert server.asked[-1][2]["If-None-Match"] == '"monday"'
    assert again.papers == () and again.problems == ()


async def test_a_day_without_mailing_is_no_trouble(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL")
    assert await read(make()) == Batch(papers=(), problems=(), announced=0)
    assert server.paths() == ["/rss/cs.CL"]


async def test_a_broken_category_is_named_and_the_others_are_read(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE)
    server.feeds["cs.AI"] = b"<html><body>Service under maintenance</body></html>"
    server.feeds["cs.LG"] = b""
    batch = await read(make("cs.AI", "cs.XX", "cs.LG", "cs.CL"))
    assert list(by_title(batch)) == ["One"]
    # Behind them: their listings, which were asked for the day instead and say nothing either.
    assert [problem.split(":")[0] for problem in batch.problems] == ["cs.AI", "cs.XX", "cs.LG"] * 2
    assert "not a feed" in batch.problems[0] and "status 404" in batch.problems[1]


async def test_not_modified_to_somebody_who_knows_nothing_is_a_failure(server: ArxivServer, make: Make) -> None:
    server.down["/rss"] = Fault(status=304)
    with pytest.raises(SourceError):
        await read(make("cs.CL"))


async def test_when_every_category_fails_the_run_fails(server: ArxivServer, make: Make) -> None:
    with pytest.raises(SourceError, match="no category of arXiv could be read: status 404"):
        await read(make("cs.XX", "cs.YY"))


async def test_a_feed_cut_off_keeps_its_readable_items_and_is_read_again(server: ArxivServer, make: Make) -> None:
    server.etags["cs.CL"] = '"x"'
    server.announce("cs.CL", ONE, TWO, THREE)
    whole = server.feeds["cs.CL"]
    server.feeds["cs.CL"] = whole[: whole.index(b"Three") + 3]
    memory: dict[str, str] = {}
    batch = await read(make(), memory)
    assert {"One", "Two"} <= set(by_title(batch))
    assert batch.problems[0].startswith("cs.CL: the feed breaks off")
    assert "etag:cs.CL" not in memory
    server.feeds["cs.CL"] = whole
    assert list(by_title(await read(make(), memory))) == ["Three"]


async def test_without_the_api_the_feeds_facts_are_kept_and_details_come_with_the_next_run(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE, TWO)
    source, memory = make(), dict[str, str]()
    batches = source.fetch(memory)
    assert (await anext(batches)).announced == 2
    server.faults += [BUSY] * 4
    batch = await anext(batches)
    assert [(paper.title, paper.submitted) for paper in batch.papers] == [("One", None), ("Two", None)]
    assert batch.papers[0].abstract.strip() == "An abstract of a few words."
    assert "arXiv API" in batch.problems[0] and "503" in batch.problems[0]
    assert [rest async for rest in batches] == []
    assert by_title(await read(source, memory))["One"].submitted == date(2026, 4, 21)


async def test_a_failing_api_is_asked_once_in_a_run(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", *(Announced(id=f"2604.{number:05d}", title=f"Paper {number}") for number in range(250)))
    batches = make().fetch({})
    await anext(batches)
    server.faults.append(Fault(status=400, body=b"<html>no</html>"))
    server.faults += [Fault(status=400, body=b"<html>no</html>")] * 2
    rest = [batch async for batch in batches]
    assert sum(len(batch.papers) for batch in rest) == 250
    assert sum(len(batch.problems) for batch in rest) == 1


async def test_a_paper_the_api_does_not_know_yet_is_completed_later(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE, TWO)
    del server.known[TWO.id]
    memory: dict[str, str] = {}
    assert len((await read(make(), memory)).papers) == 2
    server.known[TWO.id] = TWO
    assert list(by_title(await read(make(), memory))) == ["Two"]


async def test_an_empty_page_from_a_busy_api_is_asked_for_again(server: ArxivServer, make: Make) -> None:
    server.known[ONE.id] = ONE
    empty = b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://x"><o:totalResults>1</o:totalResults></feed>'
    server.faults += [Fault(body=empty), Fault(body=b"")]
    assert [paper.title for paper in (await make().client.by_ids(["2604.10001"])).papers] == ["One"]


async def test_without_details_the_api_is_left_alone(server: ArxivServer, make: Make) -> None:
    server.announce("cs.CL", ONE)
    memory: dict[str, str] = {}
    assert len((await read(make(details=False), memory)).papers) == 1
    assert (await read(make(details=False), memory)).papers == ()
    assert set(server.paths()) == {"/rss/cs.CL"}


async def test_papers_are_found_by_any_form_of_their_id(server: ArxivServer, make: Make) -> None:
    old = Announced(id="hep-th/9901001", title="Old", categories=("hep-th",))
    server.known = {ONE.id: ONE, old.id: old}
    batch = await make().client.by_ids(
        ["https://arxiv.org/pdf/2604.10001v2", "arXiv:hep-th/9901001", "2604.99999", "nonsense", "2604.10001"]
    )
    assert [paper.key for paper in batch.papers] == ["arxiv:2604.10001", "arxiv:hep-th/9901001"]
    assert batch.problems == ('"nonsense" is no arXiv id', "arXiv knows no paper 2604.99999")


async def test_many_ids_are_asked_for_in_pages(server: ArxivServer, make: Make) -> None:
    ids = [f"2604.{number:05d}" for number in range(230)]
    server.known = {text: Announced(id=text, title=text) for text in ids}
    assert len((await make().client.by_ids(ids)).papers) == 230
    assert [len(query["id_list"].split(",")) for _, query, _ in server.asked] == [100, 100, 30]


async def test_a_search_gives_a_page_and_says_how_much_there_is(server: ArxivServer, make: Make) -> None:
    server.known = {f"2604.{number:05d}": Announced(id=f"2604.{number:05d}", title=str(number)) for number in range(30)}
    batch = await make().client.search_api("cat:cs.CL", start=10, max_results=5)
    assert [paper.title for paper in batch.papers] == ["10", "11", "12", "13", "14"]
    assert batch.announced == 30
    assert (await make().client.search_api("cat:cs.CL", start=30)).papers == ()


@pytest.mark.parametrize("status", [200, 400])
async def test_an_error_of_the_api_is_known_by_its_entry(server: ArxivServer, make: Make, status: int) -> None:
    from tests.servers.arxiv import error_xml

    server.faults.append(Fault(status=status, body=error_xml("max_results must be less than 2001")))
    with pytest.raises(SourceError, match="max_results must be less than 2001"):
        await make().client.search_api("cat:cs.CL")
    assert len(server.asked) == 1
