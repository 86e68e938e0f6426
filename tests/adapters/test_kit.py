"""Plain text made harmless and short."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit import addresses, clean, clean_lines, clean_rich, folded, http_date, shorten, shorten_rich, utf16, web_url
from bot.domain.messages import Span, plain

TEXT = st.text(st.sampled_from("ab ,e\u0301\u200d\u202e😀🏽🇩🇪中\n\x00\ud800"), max_size=80)


@given(TEXT)
def test_clean_text_is_one_line_without_anything_invisible(text: str) -> None:
    cleaned = clean(text)
    assert "  " not in cleaned
    assert cleaned == cleaned.strip() == clean(cleaned)
    assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") and c != "\u200d"]
    cleaned.encode()


def test_direction_overrides_go_and_letters_keep_their_accents() -> None:
    assert clean("a\u202eb e\u0301 \u0e01\u0e39\u0e49") == "ab e\u0301 \u0e01\u0e39\u0e49"


def test_a_pile_of_marks_is_cut_to_a_few() -> None:
    assert len(clean("Z" + "\u0336" * 4000 + "x")) == 6


def test_lines_keep_their_columns() -> None:
    assert clean_lines("a  b\r\n\tc\x00 \u202ed") == ["a  b", "    c  d"]


@given(TEXT, st.integers(0, 40))
def test_short_text_is_within_its_limit_and_begins_like_the_long_one(text: str, limit: int) -> None:
    for size in (len, utf16):
        short = shorten(text, limit, size)
        assert size(short) <= limit
        assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("attention is all you need", 15, "attention is…"),
        ("attention is all you need", 25, "attention is all you need"),
        ("supercalifragilistic", 10, "supercali…"),
        ("one, two three", 6, "one…"),
        ("👨‍👩‍👧x👨‍👩‍👧", 9, "👨‍👩‍👧x…"),
        ("🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"),
        ("ne\u0301e\u0301", 3, "n…"),
        ("anything", 0, ""),
        ("anything", 1, "…"),
    ],
)
def test_text_is_cut_between_words_and_never_inside_a_character(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


def test_what_is_strong_stays_strong_when_shortened() -> None:
    text = (Span("Ada Lovelace", True), Span(", Grace Hopper, Alan Turing"))
    assert shorten_rich(text, 100) is text
    assert shorten_rich(text, 28) == (Span("Ada Lovelace", True), Span(", Grace Hopper…"))
    assert shorten_rich(text, 8) == (Span("Ada Lov", True), Span("…"))


@given(st.lists(st.builds(Span, TEXT, st.booleans()), max_size=5).map(tuple), st.integers(0, 40))
def test_rich_text_is_cleaned_and_cut_like_plain_text(text: tuple[Span, ...], limit: int) -> None:
    cleaned = clean_rich(text)
    assert plain(cleaned) == clean(plain(cleaned))
    assert all(span.text for span in cleaned)
    assert plain(shorten_rich(cleaned, limit)) == shorten(plain(cleaned), limit)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (" https://arxiv.org/abs/1 ", "https://arxiv.org/abs/1"),
        ("http://x.org/a b|c>d?q=é", "http://x.org/a%20b%7Cc%3Ed?q=%C3%A9"),
        ("https://x.org/%20?a=1&b=2#c", "https://x.org/%20?a=1&b=2#c"),
        ("javascript:alert(1)", ""),
        ("ftp://x.org", ""),
        ("https://user@x.org/", ""),
        ("https://x.org:port/", ""),
        ("https://[broken", ""),
        ("https://x.org/" + "y" * 3000, ""),
        ("", ""),
    ],
)
def test_only_web_addresses_are_links(url: str, safe: str) -> None:
    assert web_url(url) == safe


def test_what_is_left_out_is_counted() -> None:
    assert folded(3) == "… +3 more"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see [here](https://a.org/x_(1)) and <https://b.org/y>.", {"https://a.org/x_(1)", "https://b.org/y"}),
        ("<https://a.org/?p=1&q=2|label>, https://b.org/z!", {"https://a.org/?p=1&q=2", "https://b.org/z"}),
        ("(https://a.org/1), ftp://b.org http:// nothing", {"https://a.org/1"}),
    ],
)
def test_addresses_are_found_in_text(text: str, links: set[str]) -> None:
    assert addresses([{"a": [text]}, None, 3]) == links


def test_addresses_are_read_as_the_platform_writes_them() -> None:
    assert addresses({"url": "https://a.org/?p=1&amp;q=2"}, lambda text: text.replace("&amp;", "&")) == {"https://a.org/?p=1&q=2"}


def test_a_date_header_is_read_or_ignored() -> None:
    assert http_date("Fri, 20 Nov 2026 12:00:00 GMT") == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert http_date("Fri, 20 Nov 2026 14:00:00 +0200") == datetime(2026, 11, 20, 12, tzinfo=UTC)
    impossible = ("Fri, 99 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2300", "Mon, 1 Jan 2026 00:00:00 +99999999")
    for text in (None, "", "soon", "Fri, 20 Nov 2026 12:00:00 -0000", *impossible):
        assert http_date(text) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_a_date_or_to_be_searched_for_addresses(text: str) -> None:
    http_date(text)
    assert all(address.startswith("http") and " " not in address for address in addresses(text))
