"""The rules that are broken on purpose stand where they are broken: a rule that moved would be broken nowhere, and nothing noticed."""

from __future__ import annotations

import pytest

from tests.torture.mutations import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_what_is_broken_stands_there_once(mutation: Mutation) -> None:
    for file, text, _ in mutation.edits:
        assert (ROOT / file).read_text(encoding="utf-8").count(text) == 1, (file, text)
