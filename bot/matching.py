"""Which standing queries match a paper: all of them at once, at a cost that grows with the hits.

Each query is cut into branches (the sides of an ``OR``). A branch hangs on one atom (see ``bot.atoms``) that it cannot do without,
and where it needs another one, on that as a second step. Only branches hanging on atoms that the paper has are looked at.
``bot.evaluation`` says the same for one query by walking its tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter

from bot.atoms import Atoms
from bot.domain.papers import Paper
from bot.domain.queries import And, Facet, Leaf, Node, Not, Or, Query, Terms, Text
from bot.evaluation import NO, POSSIBLE, SURE, branches_of, hit_of, leaf_level, matches
from bot.ports import Hit

__all__ = ["Matcher", "matches"]

_by_rule = attrgetter("rule")


@dataclass(slots=True, eq=False)
class _Branch:
    rule: int
    node: Node
    #: Atoms that must all be there, and those that must not.
    required: frozenset[int]
    banned: frozenset[int]
    #: What atoms cannot say.
    rest: tuple[Node, ...]
    #: The sure hit of a rule that has this branch only.
    hit: Hit | None
    #: Where it hangs: an atom with a second one (or itself), or the beginning of a prefix.
    hooks: tuple[tuple[int, int] | str, ...] = ()


@dataclass(slots=True)
class _Paper:
    """A paper while it is matched: the atoms it has, for sure or possibly, and what was worked out about other leaves."""

    paper: Paper
    terms: Terms
    today: date
    sure: set[int]
    found: set[int]
    worked_out: dict[Leaf, int] = field(default_factory=dict)


class Matcher:
    """Every standing rule by its number. Not for several threads at once."""

    def __init__(self) -> None:
        self._rules: dict[int, tuple[Query, tuple[_Branch, ...]]] = {}
        self._atoms = Atoms()
        self._hung: dict[int, dict[int, dict[_Branch, None]]] = {}
        self._prefixes: dict[str, dict[_Branch, None]] = {}
        self._always: dict[_Branch, None] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule: int) -> bool:
        return rule in self._rules

    def add(self, rule: int, query: Query) -> None:
        """Take ``rule`` in; one of the same number is replaced."""
        self.remove(rule)
        nodes = branches_of(query)
        whole = Hit(rule=rule, clause=query.canonical) if len(nodes) == 1 else None
        branches = tuple(self._branch(rule, node, whole) for node in nodes)
        for branch in branches:
            self._hang(branch)
        self._rules[rule] = (query, branches)

    def remove(self, rule: int) -> None:
        """Forget ``rule``; nothing happens when it is not there."""
        _, branches = self._rules.pop(rule, (None, ()))
        for branch in branches:
            self._unhang(branch)
            for leaf in _indexed(branch.node):
                self._atoms.release(leaf)

    def match(self, paper: Paper, terms: Terms, today: date) -> list[Hit]:
        """A hit for every rule that matches, by rule number."""
        seen = _Paper(paper, terms, today, *self._atoms.look(paper, terms, today))
        hits: list[Hit] = []
        # Of rules with several branches, and of branches that hang in several places.
        levels: dict[_Branch, int] = {}
        for branch in self._candidates(seen):
            if branch.required <= seen.found and branch.banned.isdisjoint(seen.found):
                level = SURE if not branch.rest and branch.required <= seen.sure else self._branch_level(branch, seen)
                if branch.hit is None or len(branch.hooks) > 1:
                    levels[branch] = level
                elif level > NO:
                    hits.append(branch.hit if level == SURE else replace(branch.hit, possible=True))
        for rule in {branch.rule for branch in levels}:
            query, branches = self._rules[rule]
            hit = hit_of(rule, query, [(levels.get(branch, NO), branch.node) for branch in branches])
            if hit is not None:
                hits.append(hit)
        hits.sort(key=_by_rule)
        return hits

    def _branch(self, rule: int, node: Node, hit: Hit | None) -> _Branch:
        for leaf in _indexed(node):
            self._atoms.hold(leaf)
        required: set[int] = set()
        banned: set[int] = set()
        rest: list[Node] = []
        for part in node.parts if isinstance(node, And) else (node,):
            match part:
                case Text(prefix=False) | Facet():
                    required.add(self._number(part))
                case Not(part=Text(prefix=False) | Facet() as leaf):
                    banned.add(self._number(leaf))
                case _:
                    rest.append(part)
        return _Branch(rule, node, frozenset(required), frozenset(banned), tuple(rest), hit)

    def _number(self, leaf: Text | Facet) -> int:
        number = self._atoms.number(leaf)
        assert number is not None  # noqa: S101 - every leaf of a branch is held before it is asked for
        return number

    def _hang(self, branch: _Branch) -> None:
        chosen = self._anchor(branch.node)
        if chosen is None:
            self._always[branch] = None
            return
        hooks: list[tuple[int, int] | str] = []
        for anchor in dict.fromkeys(chosen[1]):
            if isinstance(anchor, str):
                self._prefixes.setdefault(anchor, {})[branch] = None
                hooks.append(anchor)
            else:
                second = min((atom for atom in branch.required if atom != anchor), default=anchor)
                self._hung.setdefault(anchor, {}).setdefault(second, {})[branch] = None
                hooks.append((anchor, second))
        branch.hooks = tuple(hooks)

    def _unhang(self, branch: _Branch) -> None:
        self._always.pop(branch, None)
        for hook in branch.hooks:
            if isinstance(hook, str):
                del self._prefixes[hook][branch]
                if not self._prefixes[hook]:
                    del self._prefixes[hook]
                continue
            anchor, second = hook
            del self._hung[anchor][second][branch]
            if not self._hung[anchor][second]:
                del self._hung[anchor][second]
            if not self._hung[anchor]:
                del self._hung[anchor]

    def _anchor(self, node: Node) -> tuple[float, list[int | str]] | None:
        """What a node cannot do without, with how common it is likely to be; ``None`` when there is no such thing."""
        match node:
            case And(parts=parts):
                return min((found for part in parts if (found := self._anchor(part))), key=lambda found: found[0], default=None)
            case Or(parts=parts):
                sides = [self._anchor(part) for part in parts]
                known = [side for side in sides if side is not None]
                if len(known) < len(sides):
                    return None
                return max(side[0] for side in known) + 1, [anchor for side in known for anchor in side[1]]
            case Text(prefix=True):
                return 15.0, [node.stems[0][:3]]
            case Text() | Facet():
                return _commonness(node), [self._number(node)]
        return None

    def _candidates(self, seen: _Paper) -> Iterator[_Branch]:
        for anchor in self._hung.keys() & seen.found:
            below = self._hung[anchor]
            for second in below.keys() & seen.found:
                yield from below[second]
        if self._prefixes:
            terms = seen.terms
            texts = (terms.title, terms.authors, terms.abstract, terms.comment)
            heads = {term[2:5] if term.startswith("w_") else term[:3] for text in texts for term in text}
            for head in self._prefixes.keys() & heads:
                yield from self._prefixes[head]
        yield from self._always

    def _branch_level(self, branch: _Branch, seen: _Paper) -> int:
        """How surely a branch holds whose atoms are as they should be."""
        level = SURE if branch.required <= seen.sure else POSSIBLE
        for part in branch.rest:
            level = min(level, self._known_level(part, seen))
            if level == NO:
                break
        return level

    def _known_level(self, node: Node, seen: _Paper) -> int:
        """``_level`` by the atoms found, other leaves worked out once for each paper."""
        match node:
            case And(parts=parts):
                return min(self._known_level(part, seen) for part in parts)
            case Or(parts=parts):
                return max(self._known_level(part, seen) for part in parts)
            case Not(part=part):
                return NO if self._known_level(part, seen) > NO else SURE
        number = self._atoms.number(node)
        if number is not None:
            return SURE if number in seen.sure else POSSIBLE if number in seen.found else NO
        if node not in seen.worked_out:
            seen.worked_out[node] = leaf_level(node, seen.paper, seen.terms, seen.today)
        return seen.worked_out[node]


def _indexed(node: Node) -> Iterator[Text | Facet]:
    """The leaves of a branch that are atoms."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _indexed(part)
        case Not(part=part):
            yield from _indexed(part)
        case Text(prefix=False) | Facet():
            yield node


_FACETS = {"id": 0.0, "author": 1.0, "org": 4.0, "category": 12.0, "primary": 11.0, "has": 13.0, "source": 14.0, "type": 14.0, "year": 13.0}


def _commonness(leaf: Text | Facet) -> float:
    """A guess, lower for what fewer papers have: long phrases, names, long words."""
    if isinstance(leaf, Facet):
        return _FACETS[leaf.kind]
    if len(leaf.stems) > 1:
        return 3.0 - min(len(leaf.stems), 4) / 2
    return 10.0 - min(len(leaf.stems[0]), 14) / 2
