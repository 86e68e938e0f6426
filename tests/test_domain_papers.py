"""What two spellings of a text share."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.papers import fold

ASCII = st.text(st.characters(max_codepoint=127))


def by_definition(text: str) -> str:
    """The rule itself, without any shortcut."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(sign for sign in decomposed if not unicodedata.combining(sign))))


def test_every_ascii_sign_folds_by_the_rule() -> None:
    for code in range(128):
        for text in (chr(code), f"a{chr(code)}b", f"A{chr(code)}9"):
            assert fold(text) == by_definition(text)


@given(ASCII)
def test_the_shortcut_for_ascii_gives_what_the_rule_gives(text: str) -> None:
    assert fold(text) == by_definition(text)


@given(st.text())
def test_any_text_folds_by_the_rule(text: str) -> None:
    assert fold(text) == by_definition(text)


@given(ASCII, st.sampled_from(["\u0301", "é", "ß", "—", "ﬁ"]))
def test_one_sign_beyond_ascii_changes_only_what_stands_around_it(text: str, sign: str) -> None:
    assert fold(f"{text} {sign}") == " ".join(filter(None, (fold(text), fold(sign))))


def test_case_accents_and_signs_are_folded_away() -> None:
    assert fold("  Don't_STOP: État-of-the-Art, 3.5! ") == "don t stop etat of the art 3 5"
