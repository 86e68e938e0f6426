"""Whether two papers of one name are by one person, and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.papers import Author, Paper
from bot.persons import Mention, evidence, judge, mention, mentions_of, people, shared_organisation
from tests.builders import a_paper


def wei(*coauthors: str, at: str = "", ids: tuple[str, ...] = (), name: str = "Wei Zhang", categories: tuple[str, ...] = ()) -> Mention:
    places = (at,) if at else ()
    return Mention(author=Author(name=name, ids=ids), coauthors=coauthors, organisations=places, categories=categories)


@pytest.mark.parametrize(
    ("one", "other", "verdict", "because"),
    [
        (wei("Ana Lee"), wei("Bo Li", "Ana  LEE"), "same", "both with Ana Lee"),
        (wei(at="Allen Institute for AI"), wei(at="Allen Institute for Artificial Intelligence, Seattle, WA"), "same", "Allen Institute"),
        (wei("Ana Lee", ids=("s2:1000",)), wei("Ana Lee", ids=("s2:2000",)), "other", "ids of two people"),
        (wei(ids=("orcid:0000-0002-1825-0097",)), wei("Bo Li", ids=("orcid:0000-0002-1825-0097",)), "same", "the same id"),
        (wei("Ana Lee", ids=("s2:1000",)), wei("Ana Lee", ids=("openalex:A5000",)), "same", "both with Ana Lee"),
        (wei("Ana Lee"), wei("Ana Lee", name="Wen Zhang"), "other", "Wei Zhang is not Wen Zhang"),
        (wei("Ana Lee"), wei("Ana Lee", name="W. Zhang"), "same", "both with Ana Lee"),
        (wei("Ana Lee"), wei("Bo Li"), "open", "nothing shared but the name"),
        (wei(categories=("cs.CL",)), wei(categories=("math.AG",)), "open", "cs.CL is far from math.AG"),
    ],
)
def test_what_is_shared_tells_one_person_and_ids_tell_two(one: Mention, other: Mention, verdict: str, because: str) -> None:
    for found in (evidence(one, other), evidence(other, one)):
        assert found.verdict == verdict
    assert because in evidence(one, other).because


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Stanford University", "Stanford University", True),
        ("Stanford University, CA, USA", "Dept. of Computer Science, Stanford University", True),
        ("Yale University + Allen Institute for AI", "Allen Institute for AI", True),
        ("University of Washington", "University of Mannheim", False),
        ("National University of Singapore", "National University of Ireland", False),
        ("University of Science and Technology", "Institute of Science and Technology", False),
        ("Google", "Google Research", True),
        ("", "Google", False),
    ],
)
def test_an_organisation_is_known_by_the_words_that_tell_it(one: str, other: str, same: bool) -> None:
    assert bool(shared_organisation((one,), (other,))) == bool(shared_organisation((other,), (one,))) == same


def test_a_chain_shows_one_person_who_moved() -> None:
    first, moved, last = wei("Ana Lee", at="Yale University"), wei("Bo Li", at="Yale University"), wei("Bo Li", at="Mila")
    somebody = wei("Cem Kaya", at="Koç Üniversitesi")
    for order in permutations((first, moved, last, somebody)):
        groups = people(order)
        assert sorted(map(len, groups)) == [1, 3]
        [alone] = next(places for places in groups if len(places) == 1)
        assert order[alone] is somebody


def test_a_chain_never_joins_two_ids_of_one_scheme() -> None:
    one, other = wei("Ana Lee", ids=("s2:1000",)), wei("Bo Li", ids=("s2:2000",))
    between = wei("Ana Lee", "Bo Li")
    assert len(people([one, between, other])) == len(people([one, other, between])) == 2


@given(st.lists(st.builds(wei, st.sampled_from(["Ana Lee", "Bo Li", "Cem Kaya"]), at=st.sampled_from(["", "Mila", "Yale"])), max_size=8))
@settings(max_examples=60, deadline=None)
def test_everybody_is_in_one_group(mentions: list[Mention]) -> None:
    assert sorted(place for places in people(mentions) for place in places) == list(range(len(mentions)))


def test_not_them_is_decided_by_what_leads_where() -> None:
    theirs = wei("Ana Lee", at="Yale University", categories=("cs.CL",))
    marked = wei("Cem Kaya", at="Koç Üniversitesi", categories=("math.AG",))
    assert judge(wei("Ana Lee"), [theirs], [marked]).verdict == "same"
    known = judge(wei("Cem Kaya", categories=("cs.CL",)), [theirs], [marked])
    assert known.verdict == "other" and "Cem Kaya" in known.because
    assert judge(wei("Di Wu", categories=("math.AG",)), [theirs], [marked]).verdict == "other"
    assert judge(wei("Di Wu", categories=("cs.LG",)), [theirs], [marked]).verdict == "open"
    assert judge(wei("Di Wu"), [], [marked]).verdict == "open"
    assert judge(wei("Ana Lee"), [theirs, wei("Di Wu")], [replace(marked, coauthors=("Ana Lee",))]).verdict == "same", "theirs comes first"


def test_mentions_are_taken_from_papers() -> None:
    authors = (Author(name="Wei Zhang", affiliations=("Mila",)), Author(name="W. Zhang"), Author(name="Ana Lee"))
    paper = replace(a_paper(organisations=("Yale University",)), authors=authors)
    first, second = mentions_of(paper, "Wei Zhang")
    assert (first.organisations, first.coauthors) == (("Mila",), ("W. Zhang", "Ana Lee"))
    assert second.organisations == ("Yale University",) and second.categories == ("cs.CL",)
    assert mentions_of(Paper(title="Nobody"), "Wei Zhang") == []
    assert mention(replace(paper, organisations=("One", "Two")), 2).organisations == ()
