"""What every store owes to those who look for papers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.papers import Author, Link, LinkKind, Paper, with_derived_keys
from bot.domain.queries import And, Not, Or, Query, Submitted, Text, Votes
from bot.ports import Sort, Store
from bot.query.evaluation import matches
from bot.query.language import parse_query
from bot.text.analysis import terms
from tests.builders import NOON, a_paper, distinct_papers, later
from tests.random_papers import TODAY, WORDS, random_record

PLANETS = a_paper(
    arxiv="2604.10001",
    title="Diffusion models of planetary rings",
    abstract="We simulate how dust drifts between the moons of a giant planet, and compare state space models with observation at length.",
    authors=("Ada Lovelace", "Wei Zhang"),
    categories=("astro-ph.EP", "cs.LG"),
    submitted=date(2026, 4, 20),
    comment="12 pages, code at hand",
    links=(Link(kind=LinkKind.CODE, url="https://example.org/code"),),
    votes=12,
)
GRAPHS = a_paper(
    arxiv="2604.10002",
    title="Graph neural networks that forget",
    abstract="A graph-based memory loses what it does not need. We show on nine benchmarks that forgetting on purpose helps.",
    authors=("Zhang Wei", "José Álvarez"),
    categories=("cs.LG",),
    submitted=date(2026, 3, 1),
    votes=40,
)
UNDATED = a_paper(
    arxiv="2604.10003",
    title="Wang tiles and the modern kitchen",
    abstract="Tiling problems are undecidable; kitchens are tiled nevertheless. We model how tilers decide what no machine can.",
    authors=("Robin Jia",),
    categories=("math.CO",),
    submitted=None,
)
SHELF = (PLANETS, GRAPHS, UNDATED)


async def fill(store: Store, papers: Sequence[Paper] = SHELF) -> None:
    await store.ingest(papers, at=NOON, match=lambda paper, of: ())


async def titles(store: Store, query: str | Query, **options: object) -> list[str]:
    parsed = parse_query(query) if isinstance(query, str) else query
    page = await store.search(parsed, today=TODAY, **options)  # type: ignore[arg-type]
    return [stored.paper.title for stored, _ in page.hits]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("diffusion model", {PLANETS}),
        ("models", {PLANETS, UNDATED}),
        ('"state space models"', {PLANETS}),
        ('"space state"', set()),
        ("graph-based", {GRAPHS}),
        ("undecid*", {UNDATED}),
        ("planetar*", {PLANETS}),
        ("lovelac*", {PLANETS}),
        ("wei zhang", {PLANETS, GRAPHS}),
        ('"wei zhang"', {PLANETS}),
        ('"lovelace wei"', set()),
        ("alvarez", {GRAPHS}),
        ("title:kitchen", {UNDATED}),
        ("abs:kitchen", {UNDATED}),
        ("title:tilers", set()),
        ("comment:pages", {PLANETS}),
        ("planets -graph", {PLANETS}),
        ("moons OR forgetting", {PLANETS, GRAPHS}),
        ("(moons OR forgetting) -observation", {GRAPHS}),
        ("by:Lovelace", {PLANETS}),
        ('by:"J. Alvarez"', {GRAPHS}),
        ("in:cs.LG", {PLANETS, GRAPHS}),
        ("primary:cs.LG", {GRAPHS}),
        ("in:cs.*", {PLANETS, GRAPHS}),
        ("id:2604.10002", {GRAPHS}),
        ("has:code", {PLANETS}),
        ("source:arxiv tiles", {UNDATED}),
        ("since:2026-04-01", {PLANETS}),
        ("until:2026-04-01", {GRAPHS}),
        ("since:7d", {PLANETS}),
        ("since:2d", {PLANETS}),
        ("since:1d", set()),
        ("year:2026", {PLANETS, GRAPHS}),
        ("votes:>12", {GRAPHS}),
        ("votes:>=12", {PLANETS, GRAPHS}),
        ("model since:2026-04-01", {PLANETS}),
        ("(votes:>30 OR kitchen) -moons", {GRAPHS, UNDATED}),
        ("(in:cs.LG votes:<20) OR tiles", {PLANETS, UNDATED}),
        ("words that nobody wrote", set()),
    ],
)
async def test_a_query_finds_the_papers_it_means(store: Store, query: str, found: set[Paper]) -> None:
    await fill(store)
    for sort in ("best", "new", "votes"):
        assert sorted(await titles(store, query, sort=sort)) == sorted(paper.title for paper in found)


@pytest.mark.parametrize(
    "tree",
    [
        And((Submitted(since=date(2026, 1, 1)), Not(Text(stems=("graph",), surfaces=("graph",))))),
        And((Not(Submitted(since=date(2026, 4, 1))), Not(Votes(op=">", count=30)))),
        Or((And((Votes(op="=", count=40), Text(stems=("memori",), surfaces=("memory",)))), Submitted(until=date(2026, 1, 1)))),
        And((Text(stems=("model",), surfaces=("model",)), Not(Submitted(days=30)))),
        Not(Text(stems=("model",), surfaces=("model",))),
    ],
)
async def test_trees_of_dates_votes_and_exclusions_mean_what_the_matcher_says(store: Store, tree: And | Or | Not) -> None:
    await fill(store)
    query = Query(tree=tree, canonical="")
    expected = {paper.title for paper in SHELF if matches(query, paper, terms(paper, ("arxiv",)), TODAY)}
    assert set(await titles(store, query)) == expected
    assert 0 < len(expected) < 3


@pytest.mark.parametrize(
    "typed", ['"', "a'b", 'x" OR "y', "NEAR(a b)", "title : x", "*", "^a", "{a}", "-", "a AND", "'; DROP TABLE papers; --", "\x00"]
)
async def test_whatever_a_word_holds_it_is_text_and_no_syntax(store: Store, typed: str) -> None:
    await fill(store)
    for prefix in (False, True):
        page = await store.search(Query(tree=Text(stems=(typed,), surfaces=(typed,), prefix=prefix), canonical=""), today=TODAY)
        assert page.total <= len(SHELF)
    assert await store.count_papers() == len(SHELF)


async def test_a_changed_paper_is_found_by_its_new_words_only(store: Store) -> None:
    await fill(store)
    changed = with_derived_keys(replace(PLANETS, title="Comets in a teapot", abstract="A short note.", version=2))
    await fill(store, [changed])
    assert await titles(store, "comets teapot") == ["Comets in a teapot"]
    assert await titles(store, "dust drifts") == []


async def test_a_paper_is_found_by_every_source_that_gave_it(store: Store) -> None:
    await fill(store)
    await fill(store, [replace(GRAPHS, source="huggingface")])
    assert await titles(store, "source:huggingface") == [GRAPHS.title]
    assert GRAPHS.title in await titles(store, "source:arxiv")


async def test_a_joined_paper_is_found_once(store: Store) -> None:
    titled = a_paper(keys=(), title="Reading Orders Reconsidered", abstract="", source="seeds")
    listed = with_derived_keys(Paper(keys=("arxiv:2604.66666",), abstract=PLANETS.abstract, source="listing"))
    await fill(store, [titled])
    await fill(store, [listed])
    await fill(store, [a_paper(keys=(), title=titled.title, abstract=PLANETS.abstract, source="page")])
    assert await titles(store, "dust moons") == [titled.title]
    assert await titles(store, "reconsidered") == [titled.title]


async def test_the_best_have_the_word_in_title_before_abstract(store: Store) -> None:
    in_abstract = a_paper(title="Something else altogether", abstract=f"{PLANETS.abstract} It has a teapot.")
    in_title = a_paper(title="The teapot problem of today", abstract=GRAPHS.abstract)
    await fill(store, [in_title, in_abstract, *distinct_papers(8)])
    page = await store.search(parse_query("teapot"), today=TODAY)
    assert [stored.paper.title for stored, _ in page.hits] == [in_title.title, in_abstract.title]
    assert page.hits[0][1] > page.hits[1][1] > 0


async def test_of_equally_good_ones_the_newer_comes_first(store: Store) -> None:
    days = [date(2026, 4, 1), date(2026, 4, 20), date(2019, 1, 1)]
    papers = [replace(paper, submitted=day) for paper, day in zip(distinct_papers(3), days, strict=True)]
    await fill(store, [papers[1]])
    await fill(store, [papers[0], papers[2]])
    assert await titles(store, "reading groups") == [papers[1].title, papers[0].title, papers[2].title]


@pytest.mark.parametrize(("sort", "order"), [("new", [PLANETS, GRAPHS, UNDATED]), ("votes", [GRAPHS, PLANETS, UNDATED])])
async def test_newest_and_most_voted_first(store: Store, sort: Sort, order: list[Paper]) -> None:
    await fill(store)
    assert await titles(store, "in:cs.LG OR tiles", sort=sort) == [paper.title for paper in order]
    page = await store.search(parse_query("in:cs.LG OR tiles"), sort=sort, today=TODAY)
    assert [score for _, score in page.hits] == sorted((score for _, score in page.hits), reverse=True)


async def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    await fill(
        store, [replace(paper, submitted=date(2026, 1, 1) + timedelta(days=index % 9)) for index, paper in enumerate(distinct_papers(25))]
    )
    for sort in ("best", "new", "votes"):
        whole = await titles(store, "reading", sort=sort, limit=100)
        paged = [title for offset in range(0, 30, 10) for title in await titles(store, "reading", sort=sort, limit=10, offset=offset)]
        assert paged == whole
        assert len(set(whole)) == 25


async def test_totals_are_exact_up_to_a_thousand(store: Store) -> None:
    papers = [
        with_derived_keys(
            Paper(keys=(f"arxiv:2604.{index:05d}",), title="Many", submitted=TODAY - timedelta(days=index % 40), source="arxiv")
        )
        for index in range(1003)
    ]
    await fill(store, papers[:1000])
    for query in ("many", "many since:2020-01-01", "since:2020-01-01"):
        page = await store.search(parse_query(query), today=TODAY)
        assert (page.total, page.more, len(page.hits)) == (1000, False, 10)
    await fill(store, papers)
    for query in ("many", "many since:2020-01-01", "since:2020-01-01", "source:arxiv"):
        for sort in ("best", "new", "votes"):
            page = await store.search(parse_query(query), sort=sort, today=TODAY)
            assert (page.total, page.more, len(page.hits)) == (1000, True, 10)
    newest = await store.search(parse_query("many"), sort="new", today=TODAY, limit=30)
    assert {stored.paper.submitted for stored, _ in newest.hits} == {TODAY, TODAY - timedelta(days=1)}


async def test_papers_that_come_late_stand_at_their_day(store: Store) -> None:
    days = [date(2026, 4, 20), date(2024, 1, 1), date(2026, 4, 21), None, date(2025, 6, 1)]
    papers = [replace(paper, submitted=day) for paper, day in zip(distinct_papers(5), days, strict=True)]
    for paper in papers:
        await fill(store, [paper])
    newest_first = [papers[index].title for index in (2, 0, 4, 1, 3)]
    assert await titles(store, "reading", sort="new") == newest_first
    assert await titles(store, "reading since:2025-06-01 until:2026-04-20", sort="new") == newest_first[1:3]
    assert await titles(store, "reading until:2026-04-20", sort="new") == newest_first[1:4]
    await fill(store, [replace(papers[0], submitted=date(2020, 1, 1), version=2)])
    await fill(store, [replace(papers[3], submitted=date(2026, 4, 22), version=2)])
    assert await titles(store, "reading", sort="new") == [papers[index].title for index in (3, 2, 4, 1, 0)]
    assert await titles(store, "reading since:2026-04-20") == [papers[index].title for index in (3, 2)]
    per_day = await store.histogram(parse_query("reading"), since=date(2019, 1, 1), today=date(2026, 4, 21))
    assert per_day == {date(2020, 1, 1): 1, date(2024, 1, 1): 1, date(2025, 6, 1): 1, date(2026, 4, 21): 1}


async def test_very_many_matches_are_ordered_by_title_and_use_of_the_words_and_say_so(store: Store) -> None:
    def numbered(index: int) -> Paper:
        title = "A teapot and its history" if index % 100 == 7 else "Some notes on crockery"
        abstract = f"The teapot number {index} is described in this note." + " The teapot is blue." * (index == 955)
        day = date(2020, 1, 1) + timedelta(days=index)
        return with_derived_keys(Paper(keys=(f"arxiv:2604.{index:05d}",), title=title, abstract=abstract, submitted=day, source="arxiv"))

    await fill(store, [numbered(index) for index in range(1002)])
    page = await store.search(parse_query("teapot"), limit=12, today=TODAY)
    assert (page.total, page.more, page.order) == (1000, True, "recent")
    assert {stored.paper.title for stored, _ in page.hits[:10]} == {"A teapot and its history"}
    assert [stored.paper.abstract for stored, _ in page.hits][10].startswith("The teapot number 955 ")
    exact = await store.search(parse_query("teapot since:2020-01-03"), limit=1, today=TODAY)
    assert (exact.total, exact.more, exact.order) == (1000, False, "asked")
    paged = [
        stored.row
        for offset in range(0, 1100, 100)
        for stored, _ in (await store.search(parse_query("teapot"), limit=100, offset=offset, today=TODAY)).hits
    ]
    assert len(paged) == len(set(paged)) == 1002


async def test_the_histogram_counts_matching_papers_by_day(store: Store) -> None:
    days = (TODAY, TODAY, TODAY - timedelta(days=3), TODAY - timedelta(days=30), None)
    papers = [replace(paper, submitted=day) for paper, day in zip(distinct_papers(5), days, strict=True)]
    await fill(store, [*papers, GRAPHS])
    since = TODAY - timedelta(days=7)
    assert await store.histogram(parse_query("reading groups"), since=since, today=TODAY) == {TODAY: 2, TODAY - timedelta(days=3): 1}
    assert await store.histogram(parse_query("votes:>1"), since=date(2020, 1, 1), today=TODAY) == {date(2026, 3, 1): 1}
    assert await store.histogram(parse_query("teapot"), since=since, today=TODAY) == {}


async def test_similar_papers_share_telling_words_and_leave_the_paper_itself_out(store: Store) -> None:
    rings = a_paper(
        title="Dust in planetary rings",
        abstract="Moons herd the dust of planetary rings. A giant planet and its moons are simulated for a thousand years.",
    )
    await fill(store, [*SHELF, rings, *distinct_papers(12)])
    row = (await store.search(parse_query("id:2604.10001"), today=TODAY)).hits[0][0].row
    found = await store.similar(row, limit=3)
    assert found[0].paper.title == rings.title
    assert row not in [stored.row for stored in found]
    assert await store.similar(999, limit=3) == []


async def test_names_are_found_by_the_beginnings_of_their_words(store: Store) -> None:
    extra = a_paper(authors=("Wei Zhang", "Wei Zhao"), organisations=("Stanford University", "ETH Zürich"))
    await fill(store, [*SHELF, extra])
    assert await store.authors("we zha", limit=5) == [("Wei Zhang", 2), ("Wei Zhao", 1), ("Zhang Wei", 1)]
    assert await store.authors("ALVA", limit=5) == [("José Álvarez", 1)]
    assert await store.authors("hang", limit=5) == []
    assert await store.authors("!", limit=5) == []
    assert await store.categories("cs", limit=5) == [("cs.LG", 2), ("cs.CL", 1)]
    assert await store.categories("cs.l", limit=5) == [("cs.LG", 2)]
    assert await store.categories("", limit=1) == [("cs.LG", 2)]
    assert await store.organisations("zurich", limit=5) == [("ETH Zürich", 1)]


async def test_names_are_counted_by_the_papers_that_have_them_now(store: Store) -> None:
    await fill(store)
    await fill(store, [replace(GRAPHS, authors=(Author(name="Zhang Wei"), Author(name="Grace Hopper")), version=2)])
    assert await store.authors("alvarez", limit=5) == []
    assert await store.authors("hopper", limit=5) == [("Grace Hopper", 1)]
    assert await store.authors("zhang", limit=5) == [("Wei Zhang", 1), ("Zhang Wei", 1)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("difusion", "diffusion"),
        ("nueral", "neural"),
        ("Lovelase", "lovelace"),
        ("benchmerk", "benchmarks"),
        ("observtaion", "observation"),
        ("machne", "machine"),
        ("diffusion", None),
        ("models", None),
        ("qqqqqqqq", None),
        ("a", None),
        ("", None),
        ("two words", None),
    ],
)
async def test_the_closest_word_is_one_that_people_write(store: Store, typed: str, meant: str | None) -> None:
    await fill(store)
    assert await store.closest_word(typed) == meant


async def test_search_agrees_with_the_matcher_after_any_history(store: Store) -> None:
    """Random papers change, gain sources and are joined; afterwards every query finds what the matcher finds."""
    chance = random.Random(20260422)
    for hour in range(30):
        await store.ingest([random_record(chance) for _ in range(4)], at=later(hours=hour), match=lambda paper, of: ())
    everything = await store.latest(limit=500)
    assert len(everything) == await store.count_papers() > 12
    queries = [
        *WORDS,
        *('"dust rings"', "dust moons", "dust OR tiles", "dust -rings", "mod*", "drif*", "lovelac*", "by:lovelace", 'by:"A. Lovelace"'),
        *("in:cs.CL -dust", "primary:math.CO", "since:30d", "votes:>3 OR moons", "graphs since:2026-03-20 -votes:3", "source:seeds"),
    ]
    for text in queries:
        query = parse_query(text)
        expected = {stored.row for stored in everything if matches(query, stored.paper, terms(stored.paper, stored.sources), TODAY)}
        page = await store.search(query, limit=500, today=TODAY)
        assert ({stored.row for stored, _ in page.hits}, page.total) == (expected, len(expected)), text
