"""The one form of papers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.papers import Author, Link, LinkKind, Paper
from bot.text.normalise import is_withdrawn, normalise, readable
from tests.builders import ABSTRACT

_WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                r"$x_1$",
                r"\'e",
                "{B}",
                "``a''",
                "--",
                "~",
                "\n",
                "\u202e",
                "\u200b",
                "https://github.com/a/b",
                "withdrawn",
                "e\u0301",
                r"\$",
                "Ω",
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=8,
).map(" ".join)
_PAPERS = st.builds(
    Paper,
    keys=st.just(("arxiv:2604.00001",)),
    title=_WORDS,
    abstract=_WORDS,
    summary=_WORDS,
    comment=_WORDS,
    journal_ref=_WORDS,
    authors=st.lists(st.builds(Author, name=_WORDS, affiliations=st.tuples(_WORDS)), max_size=3).map(tuple),
    organisations=st.tuples(_WORDS),
    keywords=st.lists(_WORDS, max_size=3).map(tuple),
    links=st.lists(st.builds(Link, kind=st.sampled_from(LinkKind), url=_WORDS), max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(_PAPERS)
def test_doing_it_twice_changes_nothing_more(paper: Paper) -> None:
    once = normalise(paper)
    assert normalise(once) == once


def test_text_becomes_one_readable_line_everywhere() -> None:
    paper = normalise(
        Paper(
            keys=("arxiv:2604.00001", "", "arxiv:2604.00001"),
            title="  The $\\alpha$\n  of\tThings ",
            abstract=f"{ABSTRACT}\n  New paragraph with \\emph{{stress}}.",
            summary="``Short''",
            comment="12 pages,\u00a0 3 figures",
            journal_ref="J.~Inv. 1",
            authors=(
                Author(name=r" Bal\'azs  K{\"o}nig ", affiliations=(r"\'Ecole  X", "", r"\'Ecole X")),
                Author(name=" "),
                Author(name="(1)"),
            ),
            organisations=("Some  Institute", "Some Institute"),
        )
    )
    assert paper.title == "The α of Things"
    assert paper.abstract == f"{ABSTRACT} New paragraph with stress."
    assert paper.summary == "“Short”"
    assert (paper.comment, paper.journal_ref) == ("12 pages, 3 figures", "J. Inv. 1")
    assert paper.authors == (Author(name="Balázs König", affiliations=("École X",)),)
    assert paper.organisations == ("Some Institute",)
    assert paper.key == "arxiv:2604.00001" and [key.partition(":")[0] for key in paper.keys] == ["arxiv", "abs", "title"]


def test_entities_that_a_source_left_over_are_resolved() -> None:
    assert readable("18&deg; away, A&amp;B, p &lt; 0.05, &#8364;5, AT&T; R&D") == "18° away, A&B, p < 0.05, €5, AT&T; R&D"


def test_signs_that_deceive_the_eye_go_and_those_that_scripts_need_stay() -> None:
    assert readable("pay\u202elaod \u2066x\u2069 zero\u200bwidth\ufeff \x00nul\x1b[31m soft\u00adhyphen \ud800half") == (
        "paylaod x zerowidth nul[31m softhyphen half"
    )
    assert readable("می\u200cخواهم 👩\u200d🔬") == "می\u200cخواهم 👩\u200d🔬"


@pytest.mark.parametrize(
    "doubled", ["{0}{0}", "{0}/{0}", "[{0}]({0})", "{0}({0})", "{0} [{0}]".replace(" ", ""), "{0}{{{0}}}", "\\href{{{0}}}{{{0}}}"]
)
def test_an_address_written_twice_in_a_row_is_shown_once(doubled: str) -> None:
    assert readable(f"See {doubled.format('https://a.example/x')}.") == "See https://a.example/x."
    assert readable("https://a.example/x https://a.example/y") == "https://a.example/x https://a.example/y"


def test_links_of_abstract_and_comment_join_those_given() -> None:
    paper = normalise(
        Paper(
            abstract=r"Code: \url{https://github.com/a/b\_c}. Data: {https://zenodo.org/records/1}",
            comment="Project page https://a.github.io/b",
            links=(
                Link(kind=LinkKind.PAGE, url=" https://example.org/paper "),
                Link(kind=LinkKind.CODE, url="http://github.com/a/b_c/"),
                Link(kind=LinkKind.PAGE, url="javascript:alert(1)"),
                Link(kind=LinkKind.PAGE, url="https://a b"),
            ),
        )
    )
    assert [(link.kind.value, link.url) for link in paper.links] == [
        ("page", "https://example.org/paper"),
        ("code", "http://github.com/a/b_c/"),
        ("data", "https://zenodo.org/records/1"),
        ("project", "https://a.github.io/b"),
    ]


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("This paper has been withdrawn by the author due to an error in Lemma 2", ABSTRACT),
        ("Withdrawn", ABSTRACT),
        ("arXiv admin note: submission has been withdrawn by arXiv administrators", ABSTRACT),
        ("", "This paper has been withdrawn by the author."),
        ("", "The manuscript was temporarily withdrawn due to a crucial error."),
        ("", "Withdrawn."),
    ],
)
def test_a_withdrawal_is_noticed(comment: str, abstract: str) -> None:
    assert normalise(Paper(comment=comment, abstract=abstract)).withdrawn


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("12 pages", "Cash is withdrawn from machines. We study when users have withdrawn."),
        ("This version is not withdrawn", ABSTRACT),
        ("", "The drug was withdrawn from the market; this paper models its retracted claims."),
        ("", "Withdrawn apnea patients are common in our cohort."),
    ],
)
def test_a_paper_about_withdrawals_is_not_withdrawn(comment: str, abstract: str) -> None:
    assert not is_withdrawn(comment, abstract)


def test_what_a_source_says_about_withdrawal_stays() -> None:
    assert normalise(Paper(title="x", withdrawn=True)).withdrawn
