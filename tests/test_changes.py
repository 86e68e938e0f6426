"""What is told of a paper that is otherwise than it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.changes import changes, venue
from bot.domain.history import Change, ChangeKind
from bot.domain.papers import Link, LinkKind, Paper
from tests.builders import NOON, a_paper

KNOWN = a_paper(arxiv="2604.1", version=1, comment="12 pages", updated=date(2026, 4, 21))


def told(after: Paper, before: Paper = KNOWN, *, corrected: bool = True) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.before, one.after) for one in changes(before, after, source="arxiv", at=NOON, corrected=corrected)]


@pytest.mark.parametrize(
    ("comment", "where"),
    [
        ("Accepted at ACL 2026 (main), 12 pages", "ACL 2026"),
        ("12 pages, 2 figures. Accepted to NeurIPS 2025 as a poster; code available", "NeurIPS 2025 as a poster"),
        ("accepted for publication in Phys. Rev. Lett.", "Phys. Rev. Lett"),
        ("To appear in the Journal of Fluid Mechanics. 20 pages", "Journal of Fluid Mechanics"),
        ("Published in at http://dx.doi.org/10.3150/10-BEJ297 the Bernoulli (http://isi.cbs.nl/bernoulli/)", "Bernoulli"),
        ("Camera-ready version for ICML 2026", "ICML 2026"),
        ("Accepted paper for IEEE ICSC 2019 (4 pages)", "IEEE ICSC 2019"),
        ("accepted for publication", "a venue it does not name"),
        ("Accepted", "a venue it does not name"),
        ("not accepted anywhere yet", ""),
        ("submitted to ACL 2026", ""),
        ("12 pages", ""),
        ("", ""),
    ],
)
def test_a_comment_says_where_a_paper_was_accepted(comment: str, where: str) -> None:
    assert venue(Paper(comment=comment)) == where


def test_a_journal_reference_says_it_better_than_the_comment() -> None:
    assert venue(Paper(comment="accepted", journal_ref="J. Inv. 1 (2026) 1-12")) == "J. Inv. 1 (2026) 1-12"


def test_a_second_version_tells_of_all_that_reads_otherwise() -> None:
    second = replace(
        KNOWN,
        version=2,
        title="Reading Orders, Revisited",
        abstract="Another abstract altogether.",
        comment="Accepted at ACL 2026",
        updated=date(2026, 5, 2),
        links=(Link(kind=LinkKind.CODE, url="https://github.com/x/y"),),
    )
    assert told(second) == [
        ("version", "1", "2"),
        ("title", KNOWN.title, "Reading Orders, Revisited"),
        ("abstract", KNOWN.abstract, "Another abstract altogether."),
        ("accepted", "", "ACL 2026"),
        ("code", "", "https://github.com/x/y"),
    ]
    (first, *_) = changes(KNOWN, second, source="arxiv", at=NOON, corrected=True)
    assert first == Change(kind=ChangeKind.VERSION, at=NOON, source="arxiv", before="1", after="2", day=date(2026, 5, 2))


def test_a_withdrawal_and_its_end_are_told() -> None:
    gone = replace(KNOWN, withdrawn=True, comment="withdrawn by the authors")
    assert told(gone) == [("withdrawn", "", "withdrawn by the authors")]
    assert told(replace(gone, withdrawn=False, version=2), gone) == [("version", "1", "2"), ("restored", "", "withdrawn by the authors")]


def test_another_source_with_other_words_changes_nothing() -> None:
    assert told(replace(KNOWN, title="Reading orders for busy groups in 2026", abstract="Other words."), corrected=False) == []


def test_what_only_looks_otherwise_or_fills_a_gap_is_no_change() -> None:
    assert told(replace(KNOWN, title="reading orders for  BUSY groups", votes=3, categories=("cs.CL", "cs.AI"))) == []
    bare = replace(KNOWN, title="", abstract="", version=None)
    assert told(KNOWN, bare) == []
    assert told(replace(KNOWN, version=1), replace(KNOWN, version=2)) == []
