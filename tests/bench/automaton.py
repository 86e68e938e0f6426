"""The same words and phrases in an Aho-Corasick automaton: what one would take from a library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from bot.domain.queries import TEXT_FIELDS, Query, Terms, Text

try:
    import ahocorasick
except ImportError:  # pragma: no cover - an extra: see pyproject.toml
    ahocorasick = None

AVAILABLE = ahocorasick is not None


def is_plain(query: Query) -> bool:
    """A word or phrase in any field: all that an automaton can ask."""
    return isinstance(query.tree, Text) and not query.tree.prefix and query.tree.fields == TEXT_FIELDS


class Automaton:
    """Finds which of ``rules`` (a number and its word or phrase) a paper's terms hold. Any change means to build it anew."""

    def __init__(self, rules: Iterable[tuple[int, Text]]) -> None:
        texts: defaultdict[str, list[int]] = defaultdict(list)
        people: defaultdict[str, list[int]] = defaultdict(list)
        for number, leaf in rules:
            texts[_framed(leaf.stems)].append(number)
            people[_framed(leaf.surfaces)].append(number)
        self._texts, self._people = _built(texts), _built(people)

    def match(self, terms: Terms) -> set[int]:
        found: set[int] = set()
        text = _framed((*terms.title, "|", *terms.abstract, "|", *terms.comment))
        for automaton, of in ((self._texts, text), (self._people, _framed(terms.authors))):
            for _, numbers in automaton.iter(of):
                found.update(numbers)
        return found


def _framed(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _built(patterns: dict[str, list[int]]) -> Any:
    automaton = ahocorasick.Automaton()
    for pattern, numbers in patterns.items():
        automaton.add_word(pattern, tuple(numbers))
    automaton.make_automaton()
    return automaton
