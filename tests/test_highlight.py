"""What is marked in a shown text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.messages import plain
from bot.domain.queries import Query, Text
from bot.query.evaluation import matches
from bot.query.language import parse_query
from bot.text.analysis import terms
from bot.text.highlight import highlight, sought
from tests.builders import a_paper
from tests.queries import TODAY, WORDS, queries


def marked(text: str, query: str) -> list[str]:
    return [span.text for span in highlight(text, sought(parse_query(query))) if span.strong]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Diffusion models and a model", "model", ["models", "model"]),
        ("Latent Diffusion-Models", '"diffusion model"', ["Diffusion-Models"]),
        ("Models of diffusion", '"diffusion model"', []),
        ("Diffuse diffusion", "diffus*", ["Diffuse", "diffusion"]),
        ("A naïve Schrödinger's cat", "naive schrodinger", ["naïve", "Schrödinger"]),
        ("Re\u0301sume\u0301 parsing", "resume", ["Re\u0301sume\u0301"]),
        ("Templates in C++17", "c++", ["C++"]),
        ("Graphs, not surveys", "graph -survey", ["Graphs"]),
        ("state space model", '"state space" OR "space model"', ["state space model"]),
        ("Ada Lovelace, R. Jia and José García", 'by:"Robin Jia" OR by:"Jose Garcia"', ["R. Jia", "José García"]),
        ("Ada Lovelace, R. Jia", 'by:="Robin Jia"', []),
        ("Wei Zhang · Wen Zhang", 'by:"Wen Zhang"', ["Wen Zhang"]),
        ("Anything", "in:cs.CL since:2025-01-01", []),
        ("", "graph", []),
    ],
)
def test_what_was_asked_for_is_marked(text: str, query: str, expected: list[str]) -> None:
    assert marked(text, query) == expected


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), query=queries())
def test_marking_never_changes_the_text(text: str, query: Query) -> None:
    spans = highlight(text, sought(query))
    assert plain(spans) == text
    assert all(span.text for span in spans)


@settings(max_examples=100, deadline=None)
@given(title=st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_a_title_that_matches_words_has_them_marked(title: str, words: list[str]) -> None:
    query = parse_query('"' + " ".join(words) + '"')
    assert isinstance(query.tree, Text)
    paper = a_paper(title=title, abstract="", authors=())
    assert matches(query, paper, terms(paper), TODAY) == any(span.strong for span in highlight(title, sought(query)))
