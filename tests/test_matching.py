"""The matcher: what it finds, why, and that it is the same as asking every query by itself."""

from __future__ import annotations

from datetime import date
from itertools import chain
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.papers import Paper
from bot.domain.queries import Query
from bot.matching.matcher import Matcher
from bot.ports import Hit
from bot.query.evaluation import evaluate, matches
from bot.query.language import parse_query
from bot.text.analysis import terms
from tests.builders import a_paper
from tests.queries import TODAY, queries, random_paper

PAPERS = [random_paper(Random(11), number) for number in range(40)]


def hits(paper: Paper, *texts: str, today: date = TODAY) -> list[Hit]:
    matcher = Matcher()
    for number, text in enumerate(texts, 1):
        matcher.add(number, parse_query(text))
    return matcher.match(paper, terms(paper), today)


def holds(text: str, **fields: Any) -> bool:
    paper = a_paper(**fields)
    found = matches(parse_query(text), paper, terms(paper), TODAY)
    assert bool(hits(paper, text)) == found
    return found


@settings(max_examples=60, deadline=None)
@given(rules=st.lists(queries(), min_size=1, max_size=12), gone=st.sets(st.integers(0, 11)), back=st.sets(st.integers(0, 11)))
def test_the_matcher_finds_what_each_query_finds_by_itself_while_rules_come_and_go(
    rules: list[Query], gone: set[int], back: set[int]
) -> None:
    matcher = Matcher()
    standing: dict[int, Query] = {}

    def compare() -> None:
        assert len(matcher) == len(standing)
        for paper in PAPERS:
            found = terms(paper)
            expected = [evaluate(number, query, paper, found, TODAY) for number, query in sorted(standing.items())]
            assert matcher.match(paper, found, TODAY) == [hit for hit in expected if hit]

    for number, query in enumerate(rules):
        standing[number] = query
        matcher.add(number, query)
    compare()
    for number in gone:
        standing.pop(number, None)
        matcher.remove(number)
    compare()
    for number in back:
        standing[number] = rules[number % len(rules)]
        matcher.add(number, rules[number % len(rules)])
    compare()


@settings(max_examples=30, deadline=None)
@given(rules=st.lists(queries(), max_size=8))
def test_a_matcher_whose_rules_all_left_remembers_nothing(rules: list[Query]) -> None:
    matcher = Matcher()
    for number, query in enumerate(rules):
        matcher.add(number, query)
    for number in range(len(rules)):
        matcher.remove(number)
    assert len(matcher) == 0
    assert len(matcher._atoms) == 0
    assert not any(chain(matcher._alone, matcher._hung, matcher._below))
    assert not matcher._prefixes
    room = len(matcher._hung)
    for _ in range(3):
        # The numbers of those who left are given out again.
        for number, query in enumerate(rules):
            matcher.add(number, query)
        for number in range(len(rules)):
            matcher.remove(number)
    assert len(matcher._hung) == room
    assert not matcher._always
    assert all(not index for by_size in matcher._atoms._windows.values() for index in by_size.values())


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("diffusion model", "Diffusion Models Beat GANs", True),
        ('"diffusion model"', "Diffusion Models Beat GANs", True),
        ('"model diffusion"', "Diffusion Models Beat GANs", False),
        ("diffus*", "Diffusion Models", True),
        ("happi*", "A Happy Model", True),
        ("graph-based", "Graph Based Models", True),
        ("graph-based", "Based Graphs", False),
        ("models -survey", "A Survey of Models", False),
        ("models -survey", "Models", True),
        ('"one two three four five six"', "One two three four five six", True),
        ('"one two three four five six"', "One two three four five seven", False),
        ("abs:models", "Models", False),
        ("title:(mamba OR models)", "Models", True),
        ("c++", "Templates in C++17", True),
    ],
)
def test_words_match_by_stem_and_order(text: str, title: str, expected: bool) -> None:
    assert holds(text, title=title, abstract="Nothing else.", authors=()) is expected


def test_a_phrase_does_not_reach_over_two_people_or_two_fields() -> None:
    assert not holds('"wei wang"', authors=["Li Wei", "Wang Xu"])
    assert holds('"wei wang"', authors=["Xu Li", "Wei Wang"])
    assert not holds('"deep learning"', title="Deep", abstract="Learning", authors=())


def test_a_name_with_initials_only_is_a_possible_match_and_a_strict_rule_has_none() -> None:
    paper = a_paper(authors=["R. Jia"])
    assert hits(paper, 'by:"Robin Jia"', 'by:="Robin Jia"') == [Hit(rule=1, clause='by:"Robin Jia"', possible=True)]
    assert hits(a_paper(authors=["Robin Jia"]), 'by:"Robin Jia"') == [Hit(rule=1, clause='by:"Robin Jia"')]


def test_a_word_that_matches_beside_a_possible_author_makes_the_match_sure() -> None:
    paper = a_paper(title="Graphs", authors=["R. Jia"])
    assert hits(paper, 'graphs OR by:"Robin Jia"') == [Hit(rule=1, clause="graphs")]
    assert hits(paper, 'graphs by:"Robin Jia"') == [Hit(rule=1, clause='graphs by:"Robin Jia"', possible=True)]


def test_the_clause_is_the_side_of_the_or_that_holds() -> None:
    paper = a_paper(title="State space models and mamba", abstract="", authors=())
    assert hits(paper, 'mamba OR transformers OR "state space"') == [Hit(rule=1, clause='"state space" OR mamba')]
    assert hits(paper, "(mamba OR transformers) models") == [Hit(rule=1, clause="models (mamba OR transformers)")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in:cs.CL", True),
        ("in:cs.*", True),
        ("in:cs.LG", True),
        ("primary:cs.LG", False),
        ("primary:cs.*", True),
        ("in:math.*", False),
        ("org:stanford", True),
        ('org:"stanford university"', True),
        ('org:"university stanford"', False),
        ("has:code", True),
        ("has:doi", True),
        ("has:data", False),
        ("source:arxiv", True),
        ("type:cross", True),
        ("year:2026", True),
        ("since:2026-04-21", True),
        ("since:2026-04-22", False),
        ("until:2026-04-21", True),
        ("since:1d", True),
        ("since:today", False),
        ("votes:>10", True),
        ("votes:>11", False),
        ("id:2604.09999", True),
        ("https://arxiv.org/pdf/2604.09999v3", True),
    ],
)
def test_facets_dates_and_votes(text: str, expected: bool) -> None:
    from bot.domain.papers import AnnounceType, Link, LinkKind

    assert (
        holds(
            text,
            keys=("arxiv:2604.09999", "doi:10.1000/x"),
            categories=("cs.CL", "cs.LG"),
            organisations=("Stanford University",),
            links=(Link(kind=LinkKind.CODE, url="https://example.org"),),
            announce_type=AnnounceType.CROSS,
            votes=11,
        )
        is expected
    )


def test_what_a_paper_does_not_say_matches_no_bound_but_may_be_excluded() -> None:
    paper = a_paper(title="Graphs", submitted=None)
    assert hits(paper, "since:2020-01-01", "until:2030-01-01", "votes:<5", "graphs -votes:<5 -since:2020-01-01") == [
        Hit(rule=4, clause="graphs -since:2020-01-01 -votes:<5")
    ]


def test_adding_a_number_again_replaces_its_rule() -> None:
    matcher = Matcher()
    matcher.add(1, parse_query("graphs"))
    matcher.add(1, parse_query("trees"))
    paper = a_paper(title="Trees")
    assert len(matcher) == 1
    assert [hit.clause for hit in matcher.match(paper, terms(paper), TODAY)] == ["trees"]
    assert 1 in matcher
    matcher.remove(7)
    matcher.remove(1)
    assert 1 not in matcher
