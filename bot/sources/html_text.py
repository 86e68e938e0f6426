"""HTML as the plain text a reader would see: for feeds and pages whose titles and abstracts come with markup."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

#: Elements whose content is not shown.
_SILENT = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "title"})
#: Elements that begin on a line of their own.
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
        "section table td th tr ul",
    )
)
_BEGINS_WITH_BLOCK = re.compile(r"<(?:p|div|h[1-6]|ul|ol|table|blockquote)\b[^<>]*>", re.IGNORECASE)
#: Something that only markup would look like. "a < b" and "<0.05" do not.
_MARKUP = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9:-]*(?:\s[^<>]*)?/?|!--.*?--|!\[CDATA\[.*?\]\])>", re.DOTALL)


def looks_like_html(text: str) -> bool:
    return _MARKUP.search(text) is not None


def plain_text(text: str) -> str:
    """``text`` without markup, blocks on lines of their own, entities resolved once. Never raises.

    >>> plain_text("<p>Cats &amp; <i>dogs</i></p><script>evil()</script>")
    'Cats & dogs'
    """
    text = _once(text)
    # Escaped twice over, which happens where one program feeds another. Elsewhere "<p>" in a text is meant to be read.
    return _once(text) if _BEGINS_WITH_BLOCK.match(text) else text


def _once(text: str) -> str:
    if not looks_like_html(text):
        return html.unescape(text).strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            # What was left open inside ends with it.
            del self._silent[self._silent.index(tag) :]
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data.replace("\n", " "))
