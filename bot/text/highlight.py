"""Marks what a query asked for in a text that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.messages import Rich, Span
from bot.domain.queries import Facet, Query, Text
from bot.query.language import positive_leaves
from bot.text.analysis import spans, stems
from bot.text.names import name_terms

#: What separates people in a line of authors.
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;·…]|\band\b)\s*")
#: No name printed on a card has more words.
_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class Sought:
    """What of a query can be marked in a text: its words, and the terms of each author's name. Made once for many texts."""

    words: tuple[Text, ...]
    names: tuple[frozenset[str], ...]
    #: The first stem of everything in ``words``, unless a beginning is among them: then any text may hold some of it.
    first: frozenset[str] | None


def sought(query: Query) -> Sought:
    leaves = tuple(positive_leaves(query.tree))
    texts = tuple(leaf for leaf in leaves if isinstance(leaf, Text))
    names = tuple(frozenset((*leaf.any_of, *leaf.possible)) for leaf in leaves if isinstance(leaf, Facet) and leaf.kind == "author")
    return Sought(texts, names, None if any(leaf.prefix for leaf in texts) else frozenset(leaf.stems[0] for leaf in texts))


def highlight(text: str, wanted: Sought) -> Rich:
    """``text`` with the words, phrases, beginnings and names that are ``wanted`` marked strong."""
    marked: list[tuple[int, int]] = []
    for start, end in sorted(places(text, stems(text), wanted)):
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


def places(text: str, roots: Sequence[str], wanted: Sought) -> Iterator[tuple[int, int]]:
    """Where in ``text``, whose stems are ``roots``, each thing asked for begins and ends, in no order; places may overlap."""
    # Most sentences hold nothing that is asked for. Their stems say so in a fraction of the time that it takes to place every word.
    if wanted.words and (wanted.first is None or not wanted.first.isdisjoint(roots)):
        found = spans(text)
        for leaf in wanted.words:
            yield from _words(leaf, roots, found)
    for terms in wanted.names:
        yield from _names(terms, text)


def _words(leaf: Text, roots: Sequence[str], found: Sequence[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
    begin, size = leaf.stems[0], len(leaf.stems)
    for at, root in enumerate(roots):
        if leaf.prefix:
            word, start, end = found[at]
            if word.startswith(begin) or root.startswith(begin):
                yield start, end
        elif root == begin and (size == 1 or tuple(roots[at : at + size]) == leaf.stems):
            yield found[at][1], found[at + size - 1][2]


def _names(wanted: frozenset[str], text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for separator in (*_BETWEEN_NAMES.finditer(text), None):
        end = len(text) if separator is None else separator.start()
        name = text[at:end]
        if name.strip() and len(name.split()) <= _NAME_WORDS and not wanted.isdisjoint(name_terms(name.strip())):
            yield at + len(name) - len(name.lstrip()), at + len(name.rstrip())
        at = end if separator is None else separator.end()
