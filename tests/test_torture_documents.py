"""A few of the documents that ``make torture`` reads a thousand of."""

from __future__ import annotations

from random import Random

import pytest

from tests.torture.cases.papers import row_of
from tests.torture.documents import documents


@pytest.mark.slow
async def test_hostile_documents_end_in_time_and_the_next_one_is_read() -> None:
    row = await row_of(52, seed=3, cpu=0.6)
    assert row.problems == () and row.checks == 52


def test_the_same_seed_makes_the_same_documents() -> None:
    def first() -> list[tuple[str, int]]:
        made = documents(Random(7))
        return [(one.kind, hash(one.document)) for one in (next(made) for _ in range(26))]

    assert first() == first() and len({kind for kind, _ in first()}) == 26
