"""The words, phrases and facets that standing queries ask about, indexed so that a paper finds those it has.

Each distinct one is an *atom* with a number of its own, kept as long as some query holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.domain.papers import Paper
from bot.domain.queries import Facet, Leaf, Terms, Text
from bot.evaluation import NO, leaf_level

#: Longer phrases are looked up by their first words, then compared.
_WINDOW = 4
_TEXT = frozenset({"title", "abstract", "comment"})

_Key = str | tuple[str, ...]
_Index = dict[_Key, tuple[int, ...]]


class Atoms:
    """Numbers for leaves, and the way from a paper's terms to them."""

    def __init__(self) -> None:
        self._last = 0
        #: Each leaf that is an atom: its number and how many branches hold it.
        self._numbers: dict[Leaf, tuple[int, int]] = {}
        #: Field (or "text" for title, abstract and comment) -> number of words -> word or words -> atoms.
        self._windows: dict[str, dict[int, _Index]] = {}
        self._long: dict[int, Text] = {}
        self._sure_facets: _Index = {}
        self._possible_facets: _Index = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, leaf: Leaf) -> int | None:
        known = self._numbers.get(leaf)
        return known and known[0]

    def hold(self, leaf: Text | Facet) -> None:
        """Make ``leaf`` an atom, or count one more use of it."""
        if leaf in self._numbers:
            number, uses = self._numbers[leaf]
            self._numbers[leaf] = number, uses + 1
            return
        self._last += 1
        self._numbers[leaf] = self._last, 1
        if isinstance(leaf, Text) and len(leaf.stems) > _WINDOW:
            self._long[self._last] = leaf
        for index, key in self._keys(leaf):
            index[key] = (*index.get(key, ()), self._last)

    def release(self, leaf: Text | Facet) -> None:
        """Take one use back; the last one takes the atom with it."""
        number, uses = self._numbers[leaf]
        if uses > 1:
            self._numbers[leaf] = number, uses - 1
            return
        del self._numbers[leaf]
        self._long.pop(number, None)
        for index, key in self._keys(leaf):
            left = tuple(atom for atom in index[key] if atom != number)
            if left:
                index[key] = left
            else:
                del index[key]

    def _keys(self, leaf: Text | Facet) -> Iterator[tuple[_Index, _Key]]:
        """Where an atom is looked up: the index and the key in it."""
        if isinstance(leaf, Facet):
            yield from ((self._sure_facets, term) for term in dict.fromkeys(leaf.any_of))
            yield from ((self._possible_facets, term) for term in dict.fromkeys(leaf.possible))
            return
        fields = set(leaf.fields)
        names = [*(["text"] if fields >= _TEXT else sorted(fields & _TEXT)), *(["authors"] if "authors" in fields else [])]
        size = min(len(leaf.stems), _WINDOW)
        for name in names:
            wanted = (leaf.surfaces if name == "authors" else leaf.stems)[:size]
            yield self._windows.setdefault(name, {}).setdefault(size, {}), wanted if size > 1 else wanted[0]

    def look(self, paper: Paper, terms: Terms, today: date) -> tuple[set[int], set[int]]:
        """The atoms that ``paper`` has for sure, and all it has, possible authors included."""
        sure: set[int] = set()
        for name, by_size in self._windows.items():
            texts = (terms.title, terms.abstract, terms.comment) if name == "text" else (getattr(terms, name),)
            for size, index in by_size.items():
                if index:
                    for text in texts:
                        windows = text if size == 1 else zip(*(text[start:] for start in range(size)), strict=False)
                        for key in index.keys() & windows:
                            sure.update(index[key])
        if self._long:
            sure -= {atom for atom in sure if (leaf := self._long.get(atom)) and leaf_level(leaf, paper, terms, today) == NO}
        for key in self._sure_facets.keys() & terms.facets:
            sure.update(self._sure_facets[key])
        found = set(sure)
        for key in self._possible_facets.keys() & terms.facets:
            found.update(self._possible_facets[key])
        return sure, found
