"""The measures of ``make eval``, and the question that it asks."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from bot.domain.papers import Author
from bot.persons import Mention
from bot.query.language import any_words, parse_query
from bot.text.normalise import readable
from tests.eval.data import ndcg, recall
from tests.eval.latex import classes, corpus, eaten, remainder, report
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
    ("text", "kinds"),
    [
        ("between $1.8MM and US$ 5, or 10^7 flops/$.", ["an amount of money"] * 3),
        ("a function on {0,1}^n", ["a set"]),
        (r'delimiters like "\n\n"', ["a control character that is quoted"] * 2),
        (r"the \foo of it", ["a command"]),
        (r"a \ b", ["a backslash"]),
        ("exponents p$ satisfy", ["a dollar sign"]),
        ("a {b", ["an unpaired brace"]),
        ("{Moreover, since these estimates hold, they are useful}", ["braces around running text"]),
        ("plain", []),
    ],
)
def test_what_is_left_of_latex_is_told_by_class(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in classes(text)] == kinds


def test_a_word_that_is_missing_from_the_readable_text_is_noticed() -> None:
    source = r"A \textbf{bold} word, \'Etale, $\mathrm{rank}$ and \cite{somebody}"
    assert eaten(source, readable(source)) == ""
    assert eaten(source, "A word, Etale, rank and [somebody]") == "bold"
    assert eaten("No LaTeX here", "") == ""


def test_the_titles_and_abstracts_of_the_corpus_are_readable(test_data: Path) -> None:
    """A part of the corpus at every run: all of it by ``python -m tests.eval latex``."""
    result = remainder(islice(corpus(test_data), 0, None, 43))
    assert result.texts > 2000
    assert result.share >= 0.999, report(result)
    assert not result.eaten, report(result)


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
