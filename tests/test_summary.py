"""The two sentences that stand for an abstract."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.query.language import parse_query
from bot.text.highlight import sought
from bot.text.summary import LIMIT, cut, sentences, summarise, telling_sentences
from tests.builders import a_paper

LONG = (
    "Reading groups are busy. Papers arrive every day, in numbers nobody can follow. "
    "We propose a crier that calls out the papers a group should not miss. "
    "It keeps one list for each channel, e.g. one for graphs. "
    "Our experiments show that groups find 40% more of what matters. Code is public."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("We use e.g. BERT and i.e. models. Next", ["We use e.g. BERT and i.e. models.", "Next"]),
        ("Smith et al. Proved it, cf. Fig. 3 vs. Eq. 4. Done", ["Smith et al. Proved it, cf. Fig. 3 vs. Eq. 4.", "Done"]),
        ("It gains 0.5 points. J. R. Smith knew.", ["It gains 0.5 points.", "J. R. Smith knew."]),
        ("All are of type B. We show it.", ["All are of type B.", "We show it."]),
        ('He said "no." Then left (see Sec. 2). 3D works.', ['He said "no."', "Then left (see Sec. 2).", "3D works."]),
        ("on example.org. Lower case follows. not here", ["on example.org.", "Lower case follows. not here"]),
        ("  spread \n over  lines.  ", ["spread over lines."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_the_extract_says_what_is_done_and_what_came_out() -> None:
    assert summarise(a_paper(abstract=LONG)) == (
        "We propose a crier that calls out the papers a group should not miss. "
        "Our experiments show that groups find 40% more of what matters."
    )


def test_without_telling_words_the_first_two_sentences_stand() -> None:
    assert summarise(a_paper(abstract="Trees grow. Birds sing. Rivers flow.")) == "Trees grow. Birds sing."


def test_a_summary_of_the_source_goes_first_and_whole_sentences_of_it_are_kept() -> None:
    assert (
        summarise(a_paper(abstract=LONG, summary="It calls. It also waits for the morning.")) == "It calls. It also waits for the morning."
    )
    assert summarise(a_paper(summary="It calls. It also waits for the morning."), limit=30) == "It calls."
    assert summarise(a_paper(summary="It also waits for the morning."), limit=20) == "It also waits for…"


def test_a_result_too_long_to_fit_is_begun() -> None:
    abstract = "We propose a crier. " + "Our results show that " + "very " * 100 + "many papers are found."
    found = summarise(a_paper(abstract=abstract))
    assert found.startswith("We propose a crier. Our results show that very")
    assert found.endswith("very…")
    assert len(found) <= LIMIT


def test_a_paper_without_any_text_has_no_summary() -> None:
    assert summarise(a_paper(abstract="")) == ""


@settings(max_examples=150, deadline=None)
@given(abstract=st.text(st.sampled_from("ab We.show 3%é\n"), max_size=600), limit=st.integers(20, 400))
def test_a_summary_keeps_its_limit_and_never_cuts_a_word(abstract: str, limit: int) -> None:
    for found in (summarise(a_paper(abstract=abstract), limit), telling_sentences(abstract, sought(parse_query("show")), limit=limit)):
        assert len(found) <= limit
        known = abstract.split()
        longest = max(map(len, known), default=0)
        if longest < limit - 1:
            pieces = [word.strip("…") for word in found.split() if word != "…"]
            assert all(any(word.startswith(piece) and len(word.rstrip(".")) - len(piece) <= 1 for word in known) for piece in pieces)


def test_a_search_hit_shows_the_sentences_that_hold_what_was_asked() -> None:
    assert telling_sentences(LONG, sought(parse_query("graphs matters"))) == (
        "It keeps one list for each channel, e.g. one for graphs. Our experiments show that groups find 40% more of what matters."
    )
    assert telling_sentences(LONG, sought(parse_query("busy list")), count=2) == (
        "Reading groups are busy. … It keeps one list for each channel, e.g. one for graphs."
    )
    assert telling_sentences(LONG, sought(parse_query("busy list")), count=1) in LONG


def test_without_a_match_in_the_text_a_search_hit_shows_the_extract() -> None:
    paper = a_paper(abstract=LONG)
    assert telling_sentences(LONG, sought(parse_query("in:cs.CL"))) == summarise(paper)
    assert telling_sentences("", sought(parse_query("graphs"))) == ""


def test_a_long_sentence_is_shown_around_its_match() -> None:
    text = "word " * 100 + "needle " + "word " * 100 + "end."
    found = telling_sentences(text, sought(parse_query("needle")))
    assert found.startswith("…word")
    assert " needle " in found
    assert found.endswith("word…")
    assert len(found) <= LIMIT


def test_cutting_ends_between_two_words() -> None:
    assert cut("one two three", 13) == "one two three"
    assert cut("one two, three", 10) == "one two…"
    assert cut("one two three", 8) == "one two…"
    assert cut("incomprehensible", 6) == "incom…"


def test_real_abstracts_give_two_readable_sentences(test_data: Path) -> None:
    with gzip.open(test_data / "corpus" / "papers-sample.jsonl.gz", "rt") as lines:
        abstracts = [json.loads(line)["abstract"] for line in islice(lines, 0, 3000, 10)]
    found = [summarise(a_paper(abstract=abstract)) for abstract in abstracts]
    assert all(0 < len(summary) <= LIMIT for summary in found)
    assert sum(len(sentences(summary)) >= 2 for summary in found) > 0.6 * len(found)
