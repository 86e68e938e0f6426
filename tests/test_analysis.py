"""The analyzer: words, stems and the terms of a paper."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.text.analysis import org_terms, slug, spans, stem, stems, terms, words
from tests.builders import a_paper


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Diffusion Models", ["diffusion", "models"]),
        ("graph-based, state/space", ["graph", "based", "state", "space"]),
        ("GPT-4o in 3D", ["gpt", "4o", "in", "3d"]),
        ("C++ C++17 C# F# .NET", ["cplusplus", "cplusplus", "17", "csharp", "fsharp", "dotnet"]),
        ("ASP.NET A+ obj-c", ["asp", "net", "a", "obj", "c"]),
        ("Schrödinger's cats' naïve Ångström", ["schrodinger", "cats", "naive", "angstrom"]),
        ("d'Alembert", ["d", "alembert"]),
        ("Straße İstanbul ﬁne ½", ["strasse", "istanbul", "fine", "1", "2"]),
        ("re\u0301sume\u0301 soft\u00adhyphen", ["resume", "softhyphen"]),
        ("snake_case Brand™", ["snake", "case", "brand"]),
        ("深度学习 модель", ["深度学习", "модель"]),
        ("", []),
    ],
)
def test_words_are_folded_letters_and_digits(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_of_one_root_share_a_stem() -> None:
    assert stem("models") == stem("model") == "model"
    assert stems("Diffusion models") == stems("diffusion MODEL")
    assert stem("naive") != stem("native")


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80))
def test_folding_words_again_changes_nothing_and_no_word_breaks_the_index(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found
    assert all(re.fullmatch(r"[a-z0-9\u0080-\U0010ffff]+", word) for word in found)


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from("abC é\u0301ßﬁ'’s+#.½n™\u200dİ"), max_size=40))
def test_spans_are_the_words_with_their_places(text: str) -> None:
    found = list(spans(text))
    assert [word for word, _, _ in found] == words(text)
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert all(before[1] <= after[1] for before, after in pairwise(found))


def test_a_span_covers_accents_written_as_characters_of_their_own() -> None:
    text = "Jose\u0301 Garcia"
    assert [text[start:end] for _, start, end in spans(text)] == ["Jose\u0301", "Garcia"]


def test_fields_hold_stems_in_order_then_the_words_that_differ() -> None:
    found = terms(
        a_paper(title="Models and models of models", abstract="Happy networks", comment="10 pages", authors=["Wei Wang", "José Zhu"])
    )
    assert found.title == ("model", "and", "model", "of", "model", "w_models")
    assert found.abstract == ("happi", "network", "w_happy", "w_networks")
    assert found.comment == ("10", "page", "w_pages")
    assert found.authors == ("wei", "wang", "_", "jose", "zhu")


def test_a_summary_stands_in_for_a_missing_abstract() -> None:
    assert terms(a_paper(abstract="", summary="Short words")).abstract == ("short", "word", "w_words")


def test_facets_say_everything_else_about_a_paper() -> None:
    paper = Paper(
        keys=("arxiv:2510.19811", "doi:10.1000/A-b", "openreview:xYz", "abs:0123456789abcdef"),
        title="T",
        authors=(Author(name="Robin Jia", affiliations=("USC",)),),
        categories=("cs.CL", "cond-mat.str-el", "hep-th"),
        organisations=("Stanford University",),
        links=(Link(kind=LinkKind.CODE, url="https://example.org"), Link(kind=LinkKind.PDF, url="https://example.org/pdf")),
        announced=date(2025, 10, 23),
        announce_type=AnnounceType.REPLACE_CROSS,
        source="arxiv",
    )
    facets = terms(paper, ["seeds", "arxiv"]).facets
    assert facets == tuple(sorted(set(facets)))
    assert set(facets) == {
        *("n_jia", "a_jia__robin", "a_jia__robin__0", "i_jia__r1", "i_jia__r1__0"),
        *("c_cs_cl", "c_cs", "p_cs_cl", "p_cs", "c_cond_mat_str_el", "c_cond_mat", "c_hep_th"),
        *("o_stanford", "o_university", "o_stanford_university", "o_usc"),
        *("k_arxiv_2510_19811", "k_doi_10_1000_a_b", "k_openreview_xyz"),
        *("h_code", "h_doi", "s_arxiv", "s_seeds", "t_update", "y_2025"),
    }


def test_a_fingerprint_is_asked_for_only_where_the_paper_has_no_other_name() -> None:
    assert "k_abs_0123456789abcdef" in terms(Paper(keys=("abs:0123456789abcdef",), title="T")).facets


@settings(max_examples=100, deadline=None)
@given(name=st.text(max_size=30))
def test_every_facet_term_is_one_token_of_the_index(name: str) -> None:
    paper = Paper(
        keys=("arxiv:1",),
        title="T",
        authors=(Author(name=name, affiliations=(name,)),),
        categories=(name,),
        organisations=(name,),
        source="x",
    )
    for term in terms(paper).facets:
        assert re.fullmatch(r"[a-z0-9_\u0080-\U0010ffff]+", term), term


def test_organisations_are_found_by_any_run_of_their_words() -> None:
    assert list(org_terms("Univ. of Oslo")) == ["o_univ", "o_univ_of", "o_univ_of_oslo", "o_of", "o_of_oslo", "o_oslo"]
    assert slug("Hugging Face — Papers") == "hugging_face_papers"


@pytest.mark.parametrize(
    ("comment", "there"),
    [
        ("Code available", True),
        ("10 pages. Code is available.", True),
        ("Code available upon request", False),
        ("code available on request", False),
        ("No barcode availability", False),
        ("", False),
    ],
)
def test_code_that_is_said_to_be_there_counts_without_its_address(comment: str, there: bool) -> None:
    paper = Paper(keys=("arxiv:2604.00001",), title="A", comment=comment)
    assert ("h_code" in terms(paper).facets) is there
