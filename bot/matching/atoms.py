"""The words, phrases and facets that standing queries ask about, indexed so that a paper finds those it has.

Each distinct one is an *atom* with a number of its own, kept as long as some query holds it. A paper's runs of words are looked up
in one dictionary for each length, at the speed of ``map``: the cost is that of the paper, however many atoms there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from sys import intern

from bot.domain.papers import Paper
from bot.domain.queries import Facet, Leaf, Terms, Text
from bot.query.evaluation import NO, leaf_level

#: Longer phrases are looked up by their first words, then compared.
_WINDOW = 4
_TEXT = frozenset({"title", "abstract", "comment"})
#: Between two texts that are looked up as one: no run of words that anybody asks for reaches over it.
_BREAK = ("",)

_Key = str | tuple[str, ...]
#: Positive: the atom. Negative: a group of atoms that are looked up by the same key.
_Index = dict[_Key, int]


class Atoms:
    """Numbers for leaves, and the way from a paper's terms to them."""

    def __init__(self) -> None:
        self._numbers: dict[Leaf, int] = {}
        #: By number: the leaf, and how many more times it is held than once. There is no atom 0.
        self._leaves: list[Text | Facet | None] = [None]
        self._more_uses: list[int] = [0]
        #: Numbers that are nobody's any more.
        self._free: list[int] = []
        #: Field (or "text" for title, abstract and comment) -> number of words -> word or words.
        self._windows: dict[str, dict[int, _Index]] = {}
        self._long: set[int] = set()
        self._sure_facets: _Index = {}
        self._possible_facets: _Index = {}
        self._groups: dict[int, set[int]] = {}
        self._last_group = 0

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def room(self) -> int:
        """More than any atom's number."""
        return len(self._leaves)

    def number(self, leaf: Leaf) -> int | None:
        return self._numbers.get(leaf)

    def uses(self, number: int) -> int:
        """How often an atom is held beside the first time."""
        return self._more_uses[number]

    def hold(self, leaf: Text | Facet) -> int:
        """The number of ``leaf``, made an atom or counted as used once more."""
        number = self._numbers.get(leaf)
        if number is not None:
            self._more_uses[number] += 1
            return number
        leaf = _compact(leaf)
        if self._free:
            number = self._free.pop()
            self._leaves[number] = leaf
        else:
            number = len(self._leaves)
            self._leaves.append(leaf)
            self._more_uses.append(0)
        self._numbers[leaf] = number
        if isinstance(leaf, Text) and len(leaf.stems) > _WINDOW:
            self._long.add(number)
        for index, key in self._keys(leaf):
            self._enter(index, key, number)
        return number

    def release(self, number: int) -> None:
        """Take one use back; the last one takes the atom with it."""
        if self._more_uses[number]:
            self._more_uses[number] -= 1
            return
        leaf = self._leaves[number]
        assert leaf is not None  # noqa: S101 - nobody releases what is not held
        self._leaves[number] = None
        self._free.append(number)
        del self._numbers[leaf]
        self._long.discard(number)
        for index, key in self._keys(leaf):
            self._strike(index, key, number)

    def _enter(self, index: _Index, key: _Key, number: int) -> None:
        known = index.setdefault(key, number)
        if known == number:
            return
        if known > 0:
            self._last_group -= 1
            known, first = self._last_group, known
            index[key] = known
            self._groups[known] = {first}
        self._groups[known].add(number)

    def _strike(self, index: _Index, key: _Key, number: int) -> None:
        known = index[key]
        if known == number:
            del index[key]
            return
        group = self._groups[known]
        group.discard(number)
        if len(group) == 1:
            index[key] = group.pop()
            del self._groups[known]

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
        """The atoms that ``paper`` has for sure, and all it has, possible authors included. They are one set where they are the same."""
        sure: set[int] = set()
        for name, by_size in self._windows.items():
            text = (*terms.title, *_BREAK, *terms.abstract, *_BREAK, *terms.comment) if name == "text" else getattr(terms, name)
            for size, index in by_size.items():
                if index:
                    windows = text if size == 1 else zip(*(text[start:] for start in range(size)), strict=False)
                    sure.update(map(index.__getitem__, index.keys() & windows))
        if self._long:
            long = ((atom, self._leaves[atom]) for atom in self._ungrouped(sure) & self._long)
            sure -= {atom for atom, leaf in long if leaf is None or leaf_level(leaf, paper, terms, today) == NO}
        sure.update(map(self._sure_facets.__getitem__, self._sure_facets.keys() & terms.facets))
        sure = self._ungrouped(sure)
        possible = set(map(self._possible_facets.__getitem__, self._possible_facets.keys() & terms.facets))
        found = sure | self._ungrouped(possible)
        return (sure, found) if len(found) > len(sure) else (sure, sure)

    def _ungrouped(self, numbers: set[int]) -> set[int]:
        """Each group replaced by its atoms."""
        groups = self._groups.keys() & numbers
        if groups:
            numbers -= groups
            numbers.update(*map(self._groups.__getitem__, groups))
        return numbers


def _compact(leaf: Text | Facet) -> Text | Facet:
    """An equal leaf that shares its words with all others."""
    if isinstance(leaf, Facet):
        return leaf
    stems = _interned(leaf.stems)
    return Text(stems=stems, surfaces=stems if leaf.surfaces == stems else _interned(leaf.surfaces), fields=leaf.fields, prefix=leaf.prefix)


def _interned(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(intern, words))
