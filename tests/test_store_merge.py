"""Two records of one paper become one: the richest of both."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import pytest

from bot.domain.papers import Author, Paper
from bot.store.sqlite.merge import identified, merge, same_paper
from tests.builders import a_paper
from tests.random_papers import random_record

SEEDS = range(300)


@pytest.mark.parametrize("part", range(3))
def test_merging_loses_nothing_and_settles(part: int) -> None:
    for seed in SEEDS[part::3]:
        chance = random.Random(seed)
        known, record = (identified(random_record(chance, ids=1)) for _ in range(2))
        merged = merge(known, record)
        assert set(merged.keys) >= {*known.keys, *record.keys}
        assert set(merged.links) == {*known.links, *record.links}
        assert set(merged.categories) == {*known.categories, *record.categories}
        for field in fields(Paper):
            if field.name not in ("author_count", "authors", "more_authors"):
                given = [getattr(known, field.name), getattr(record, field.name)]
                assert getattr(merged, field.name) or not any(given), field.name
        assert len(merged.authors) >= min(len(known.authors), len(record.authors))
        assert merge(merged, record) == merged
        assert merge(known, known) == known


def test_keys_stand_best_first() -> None:
    paper = replace(a_paper(), keys=("title:aa", "pmid:1", "doi:10.1/x", "abs:bb", "arxiv:2604.1"))
    assert identified(paper).keys[:3] == ("arxiv:2604.1", "doi:10.1/x", "pmid:1")
    assert paper.keys[0] == "title:aa"


def test_a_title_from_here_and_authors_from_there_give_a_key_that_neither_had() -> None:
    titled = Paper(keys=("arxiv:2604.1",), title="Reading Orders Reconsidered", source="listing")
    named = Paper(keys=("arxiv:2604.1",), authors=(Author(name="Ada Lovelace"),), source="feed")
    expected = a_paper(title=titled.title, authors=("Ada Lovelace",), abstract="").keys[-1]
    assert expected.startswith("title:")
    assert expected in merge(titled, named).keys


def test_affiliations_are_carried_over_to_the_list_that_wins() -> None:
    known = replace(
        a_paper(arxiv="2604.1"), authors=(Author(name="José Álvarez", affiliations=("Lab",), ids=("s2:7771",)),), source="seeds"
    )
    record = replace(a_paper(arxiv="2604.1"), authors=(Author(name="Jose Alvarez"), Author(name="Wei Zhang")))
    assert merge(known, record).authors == (Author(name="Jose Alvarez", affiliations=("Lab",), ids=("s2:7771",)), Author(name="Wei Zhang"))


SHORT, LONG = ("Ada Lovelace", "Grace Hopper"), ("Ada Lovelace", "Grace Hopper", "Mary Somerville")


def listed(authors: tuple[str, ...], source: str, *, more: bool = False, count: int | None = None) -> Paper:
    return a_paper(arxiv="2604.1", authors=authors, source=source, more_authors=more, author_count=count)


def both_ways(one: Paper, other: Paper) -> tuple[int, int | None, bool]:
    """Names, count and "et al." of the merged paper, which do not depend on who came first."""
    first, second = merge(one, other), merge(other, one)
    facts = [(len(paper.authors), paper.author_count, paper.more_authors) for paper in (first, second)]
    assert facts[0] == facts[1]
    return facts[0]


@pytest.mark.parametrize("source", ["arxiv", "openreview", "listing"])
def test_a_whole_author_list_takes_the_place_of_a_cut_one(source: str) -> None:
    assert both_ways(listed(SHORT, "listing", more=True), listed(LONG, source)) == (3, None, False)
    assert both_ways(listed(SHORT, "listing", more=True), listed(SHORT, source)) == (2, None, False)


def test_a_list_that_arxiv_gives_as_whole_clears_a_longer_cut_one() -> None:
    assert both_ways(listed(LONG, "listing", more=True), listed(SHORT, "arxiv")) == (2, None, False)


@pytest.mark.parametrize("source", ["arxiv", "openreview", "listing"])
def test_a_cut_list_never_takes_the_place_of_a_whole_one(source: str) -> None:
    assert both_ways(listed(LONG, "listing"), listed(SHORT, source, more=True)) == (3, None, False)
    assert both_ways(listed(LONG, "listing"), listed((), source, more=True)) == (3, None, False)


def test_a_list_shorter_than_a_cut_one_is_not_taken_for_whole() -> None:
    assert both_ways(listed(LONG, "arxiv", more=True), listed(SHORT, "listing")) == (3, None, True)
    assert both_ways(listed(LONG, "listing", more=True), listed(SHORT, "openreview")) == (3, None, True)


def test_of_two_cut_lists_the_longer_one_stays_cut() -> None:
    assert both_ways(listed(SHORT, "listing", more=True), listed(LONG, "seeds", more=True)) == (3, None, True)


def test_a_record_without_authors_leaves_the_cut_list_as_it_is() -> None:
    assert both_ways(listed(LONG, "seeds", more=True), listed((), "listing")) == (3, None, True)


def test_a_count_says_more_than_et_al() -> None:
    assert both_ways(listed(LONG, "seeds", more=True), listed((), "listing", count=13)) == (3, 13, False)
    assert both_ways(listed(SHORT, "arxiv", more=True), listed((), "listing", count=13)) == (2, 13, False)


def test_organisations_that_differ_only_in_case_are_one() -> None:
    known, record = a_paper(organisations=("Tencent",)), a_paper(organisations=("tencent", "Mila"), source="listing")
    assert merge(known, record).organisations == ("Tencent", "Mila")


def test_a_withdrawal_stands_until_a_newer_version_takes_it_back() -> None:
    withdrawn = a_paper(arxiv="2604.1", version=2, withdrawn=True)
    assert merge(withdrawn, a_paper(arxiv="2604.1", version=2)).withdrawn
    assert not merge(withdrawn, a_paper(arxiv="2604.1", version=3)).withdrawn


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("arxiv:1",), ("arxiv:1",), True),
        (("arxiv:1", "abs:a"), ("arxiv:2", "abs:a"), False),
        (("arxiv:1", "doi:x"), ("arxiv:2", "doi:x"), False),
        (("arxiv:1", "doi:x"), ("doi:x",), True),
        (("arxiv:1", "doi:x"), ("arxiv:1", "doi:y"), True),
        (("doi:x", "abs:a"), ("doi:y", "abs:a"), False),
        (("doi:x", "abs:a"), ("arxiv:1", "abs:a"), True),
        (("openreview:x", "title:a"), ("openreview:y", "title:a"), False),
        (("abs:a", "title:x"), ("abs:a", "title:y"), True),
    ],
)
def test_registered_ids_decide_over_fingerprints(one: tuple[str, ...], other: tuple[str, ...], same: bool) -> None:
    assert same_paper(Paper(keys=one), Paper(keys=other)) is same
    assert same_paper(Paper(keys=other), Paper(keys=one)) is same
