"""Marks what a query asked for in a text that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.analysis import spans, stem
from bot.domain.messages import Rich, Span
from bot.domain.queries import Facet, Query, Text
from bot.names import name_terms
from bot.query import positive_leaves

#: What separates people in a line of authors.
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;·…]|\band\b)\s*")
#: No name printed on a card has more words.
_NAME_WORDS = 6


def highlight(text: str, query: Query) -> Rich:
    """``text`` with the words, phrases, beginnings and names that ``query`` asks for marked strong."""
    marked: list[tuple[int, int]] = []
    for start, end in sorted(places(text, query)):
        if marked and start <= marked[-1][1]:
            marked[-1] = marked[-1][0], max(end, marked[-1][1])
        else:
            marked.append((start, end))
    pieces: list[Span] = []
    at = 0
    for start, end in marked:
        if start > at:
            pieces.append(Span(text[at:start]))
        pieces.append(Span(text[start:end], strong=True))
        at = end
    if at < len(text):
        pieces.append(Span(text[at:]))
    return tuple(pieces)


def places(text: str, query: Query) -> Iterator[tuple[int, int]]:
    """Where in ``text`` each thing asked for begins and ends, in no order; places may overlap."""
    found = [(word, stem(word), start, end) for word, start, end in spans(text)]
    for leaf in positive_leaves(query.tree):
        if isinstance(leaf, Text):
            yield from _words(leaf, found)
        elif isinstance(leaf, Facet) and leaf.kind == "author":
            yield from _names(leaf, text)


def _words(leaf: Text, found: list[tuple[str, str, int, int]]) -> Iterator[tuple[int, int]]:
    if leaf.prefix:
        yield from ((start, end) for word, root, start, end in found if word.startswith(leaf.stems[0]) or root.startswith(leaf.stems[0]))
        return
    size = len(leaf.stems)
    for first in range(len(found) - size + 1):
        window = found[first : first + size]
        if tuple(root for _, root, _, _ in window) == leaf.stems:
            yield window[0][2], window[-1][3]


def _names(leaf: Facet, text: str) -> Iterator[tuple[int, int]]:
    wanted = {*leaf.any_of, *leaf.possible}
    at = 0
    for separator in (*_BETWEEN_NAMES.finditer(text), None):
        end = len(text) if separator is None else separator.start()
        name = text[at:end]
        if name.strip() and len(name.split()) <= _NAME_WORDS and not wanted.isdisjoint(name_terms(name.strip())):
            yield at + len(name) - len(name.lstrip()), at + len(name.rstrip())
        at = end if separator is None else separator.end()
