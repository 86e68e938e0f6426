"""The measures of ``make eval``, and the question that it asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.papers import Author
from bot.persons import Mention
from bot.query import any_words, parse_query
from tests.eval.data import ndcg, recall
from tests.eval.people import _by_chain, _by_pair, _measured, _same_name


def test_the_best_order_is_one_and_none_found_is_nothing() -> None:
    grades = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b", "c"], grades) == 1.0
    assert 0 < ndcg(["b", "a"], grades) < 1
    assert ndcg(["x"], grades) == ndcg(["a"], {}) == 0.0


def test_recall_counts_what_was_wanted_within_the_depth() -> None:
    grades = {"a": 1, "b": 2, "c": 0}
    assert recall(["a", "c", "b"], grades, depth=2) == 0.5
    assert recall(["a", "c", "b"], grades) == 1.0


def test_a_way_is_measured_over_pairs_of_mentions() -> None:
    people = [("Wei Wang", "1"), ("Wei Wang", "2"), ("W. Wang", "1"), ("Ada Byron", "3")]
    group = [(Mention(author=Author(name=name)), person) for name, person in people]
    assert _measured([group], _same_name) == (0.0, 0.0)
    assert _measured([group], lambda mentions: [(0, 2), (0, 1), (1, 2)]) == (pytest.approx(1 / 3), 1.0)
    with_ana = [(replace(mention, coauthors=("Ana Lee",)), person) for mention, person in group if person == "1"]
    assert _measured([with_ana], _by_pair) == _measured([with_ana], _by_chain) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("asked", "any_of"),
    [
        ("heat slab since:2020-01-01 -survey", "(heat OR slab) since:2020-01-01 -survey"),
        ('"heat conduction" slab', "conduction OR heat OR slab"),
        ("heat", None),
        ("by:Lovelace in:cs.LG", None),
        ("a OR b", None),
    ],
)
def test_any_of_the_words_are_asked_for_and_all_else_stays(asked: str, any_of: str | None) -> None:
    found = any_words(parse_query(asked))
    assert (found and found.canonical) == (any_of and parse_query(any_of).canonical)
