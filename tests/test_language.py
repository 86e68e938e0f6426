"""The language under strain, in short. At length: ``make torture``."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bot.domain.queries import Query
from bot.errors import BadInput
from bot.matching.matcher import Matcher
from tests.queries import TODAY
from tests.torture.cases import language
from tests.torture.questions import Questions, Strings

PAPERS = language.made_papers(5, 60)


async def test_search_and_matcher_agree_on_random_pairs(tmp_path: Path) -> None:
    row = await language.compare(tmp_path, 5, 10_000, PAPERS)
    assert row.good, row.problems
    assert row.checks >= 10_000


async def test_strings_that_nobody_should_type_are_read_or_refused(tmp_path: Path) -> None:
    row = await language.strain(tmp_path, 5, 3_000, PAPERS)
    assert row.good, row.problems


async def test_a_matcher_that_forgets_a_paper_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Matcher.match
    monkeypatch.setattr(Matcher, "match", lambda self, paper, of, today: whole(self, paper, of, today)[1:])
    row = await language.compare(tmp_path, 5, 5_000, PAPERS)
    assert row.problems


@pytest.mark.parametrize(
    ("said", "noticed"), [(RuntimeError("oh"), "RuntimeError: oh"), (BadInput("oh", ""), "without a place and a repair")]
)
async def test_what_is_no_clear_refusal_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Exception, noticed: str) -> None:
    def fragile(text: str) -> Query:
        raise said

    monkeypatch.setattr(language, "parse_query", fragile)
    row = await language.strain(tmp_path, 5, 3, PAPERS)
    assert len(row.problems) == 3
    assert all(noticed in problem for problem in row.problems)


def test_the_questions_are_of_every_kind() -> None:
    drawn = [Questions(Random(1), PAPERS).draw(), *(Questions(Random(number), PAPERS).draw() for number in range(2, 400))]
    for form in ("title:", "abs:", "by:=", "in:", "primary:", "id:", "has:", "since:", "until:", "year:", "votes:", "*", '"', " OR ", "-("):
        assert any(form in text for text in drawn), form
    strings = [Strings(Random(number), PAPERS).draw() for number in range(2_000)]
    assert {0, 1} <= set(map(len, strings)) and max(map(len, strings)) >= 10_000
    assert max(text.count("(") for text in strings) >= 5_000
    assert any(language.read(text, TODAY) for text in strings if len(text) < 50 and text.isascii() and text.isalpha())
