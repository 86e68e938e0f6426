"""The preview page: drawn from the very payloads, whole, and harmless whatever a paper says."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.messages import Card, Message, Span, rich
from bot.preview.page import preview_page
from tests.builders import a_card, a_destination, a_message
from tests.picture import take

VOID = {"meta", "hr", "br"}


class Reader(HTMLParser):
    """Reads a page, and minds that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


def test_everything_a_digest_says_is_on_both_halves() -> None:
    page = read(preview_page(a_message(3), a_destination()))
    text = " ".join(page.text)
    for said in (
        "2 new papers for #nlp",
        "Paper 3",
        "Ada Lovelace, Grace Hopper",
        'matched by:"Ada Lovelace"',
        "1,204 announced",
        "Show the rest (2)",
    ):
        assert text.count(said) >= 2, said
    assert "unknown" not in preview_page(a_message(3), a_destination()).split("</style>")[1]


def test_a_long_digest_goes_on_in_a_thread() -> None:
    message = Message(heading="many", cards=tuple(a_card(f"Paper {number}", number) for number in range(30)))
    page = preview_page(message, a_destination())
    assert "in the thread of this post" in page
    assert all(f"Paper {number}" in page for number in range(30))


hostile = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "@everyone <!channel> <@U1>",
        "**bold** `code` [x](javascript:alert(1))",
        "&amp;",
        "```",
    ]
)


@settings(max_examples=40)
@given(title=hostile, body=hostile, url=st.sampled_from(["https://example.org/a", "javascript:alert(1)", "", 'https://e.org/"onclick="x']))
def test_no_text_becomes_markup_and_no_link_leaves_the_web(title: str, body: str, url: str) -> None:
    card = Card(title=rich(title or "t"), url=url, body=(Span(body), Span("strong", True)), byline=rich(title))
    page = read(preview_page(Message(heading=title, cards=(card,), notice=body), a_destination(name=title)))
    assert not {"script", "img", "iframe", "object"} & set(page.tags)
    assert all(link.startswith(("https://", "http://")) for link in page.links)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_a_real_browser_draws_it_in_light_and_dark(tmp_path: Path, dark: bool) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no headless browser is installed")
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(preview_page(a_message(3), a_destination()), encoding="utf-8")
    take(browser, page, picture, dark=dark)
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20_000
