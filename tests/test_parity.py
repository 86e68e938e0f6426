"""Search and matcher mean the same: a paper is found by a query exactly when the query, standing, would have matched it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain.papers import StoredPaper
from bot.domain.queries import Query, Terms
from bot.matching.matcher import Matcher
from bot.query.evaluation import matches
from bot.query.language import parse_query
from bot.store.sqlite.store import SqliteStore
from bot.text.analysis import terms
from tests.builders import NOON
from tests.queries import BEGINNINGS, CATEGORIES, DATES, FACETS, NAMES, SINGLE_NAMES, TODAY, WORDS, queries, random_paper


class Library(list[tuple[StoredPaper, Terms]]):
    """The papers of the store as it gives them back; how many is all that a failing test need print."""

    def __repr__(self) -> str:
        return f"<{len(self)} papers>"

    def matching(self, query: Query) -> set[int]:
        return {stored.row for stored, found in self if matches(query, stored.paper, found, TODAY)}


@pytest.fixture
async def library(store: SqliteStore) -> Library:
    papers = [random_paper(Random(number), number) for number in range(150)]
    intake = await store.ingest(papers, at=NOON, match=lambda paper, found: ())
    kept = await store.papers(sorted(set(intake.rows)))
    return Library((stored, terms(stored.paper, stored.sources)) for stored in kept)


async def found(store: SqliteStore, query: Query) -> set[int]:
    page = await store.search(query, sort="new", limit=1000, today=TODAY)
    assert page.total == len(page.hits)
    return {stored.row for stored, _ in page.hits}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries())
async def test_a_paper_is_found_exactly_when_the_query_matches_it(store: SqliteStore, library: Library, query: Query) -> None:
    assert await found(store, query) == library.matching(query)


async def test_every_kind_of_leaf_finds_what_it_matches_and_leaves_out_the_others(store: SqliteStore, library: Library) -> None:
    leaves = [
        *(f"{field}{text}" for field in ("", "title:", "abs:", "comment:") for text in [*WORDS[:-1], *(f"{word}*" for word in BEGINNINGS)]),
        *(f'by:{sign}"{name}"' for sign in ("", "=") for name in [*NAMES, *SINGLE_NAMES]),
        *(f"{field}:{name}" for field in ("in", "primary") for name in [*CATEGORIES, "cs.*"]),
        *(f"{field}:{day}" for field in ("since", "until") for day in [*DATES, "2026"]),
        *(f"votes:{sign}{count}" for sign in (">", ">=", "<", "<=", "=") for count in range(4)),
        *FACETS,
    ]
    for leaf in leaves:
        query, others = parse_query(leaf), parse_query(f"(source:arxiv OR source:seeds) -({leaf})")
        assert await found(store, query) == library.matching(query), leaf
        assert await found(store, others) == library.matching(others) == {stored.row for stored, _ in library} - library.matching(query), (
            leaf
        )


async def test_a_standing_rule_hits_exactly_what_its_search_finds(store: SqliteStore, library: Library) -> None:
    texts = [
        'by:"Robin Jia"',
        "graph* -title:network",
        "happiness OR in:cs.*",
        '"graph based" -by:="Wei Zhang"',
        "org:oslo since:2026-01-01",
    ]
    matcher = Matcher()
    for number, text in enumerate(texts):
        matcher.add(number, parse_query(text))
    matched: dict[int, set[int]] = {number: set() for number in range(len(texts))}
    for stored, of_paper in library:
        for hit in matcher.match(stored.paper, of_paper, TODAY):
            matched[hit.rule].add(stored.row)
    for number, text in enumerate(texts):
        page = await store.search(parse_query(text), sort="best", limit=1000, today=TODAY)
        assert {stored.row for stored, _ in page.hits} == matched[number] != set()
