"""Which standing queries match a paper: all of them at once, at a cost that grows with the hits.

Each query is cut into branches (the sides of an ``OR``), a branch into clauses: atoms (see ``bot.matching.atoms``) of which the paper needs
one. A branch of a single atom is a hit as soon as the paper has it. Any other hangs on the atoms of its rarest clause and below
these on those of its second one, so that only branches are looked at of which the paper has both. ``bot.query.evaluation`` says the same
for one query by walking its tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, compress
from operator import attrgetter
from typing import TypeGuard

from bot.domain.papers import Paper
from bot.domain.queries import And, Facet, Leaf, Node, Not, Or, Query, Terms, Text
from bot.matching.atoms import Atoms
from bot.ports import Hit
from bot.query.evaluation import NO, POSSIBLE, SURE, branches_of, hit_of, leaf_level, matches

__all__ = ["Matcher", "matches"]

_by_rule = attrgetter("rule")
#: A branch hangs in at most so many places; with more its second clause is looked at later.
_HOOKS = 64

_Atoms = tuple[int, ...]
_Hook = tuple[int, int] | str


@dataclass(slots=True, eq=False)
class _Branch:
    rule: int
    #: Of each clause the paper must have an atom, and of ``banned`` none.
    clauses: tuple[_Atoms, ...]
    banned: _Atoms
    #: What atoms alone cannot say.
    rest: tuple[Node, ...]
    #: The sure hit of a rule that has this branch only.
    hit: Hit | None
    #: Holds for sure where both its atoms are that it hangs on, for sure, and nothing banned.
    plain: bool = False


@dataclass(slots=True)
class _Hung:
    """What hangs on an atom: branches by the second atom below it."""

    branches: dict[int, tuple[_Branch, ...]] = field(default_factory=dict)
    #: The same second atoms once more: sets meet each other without a look at what is in them.
    seconds: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Several:
    """A rule with several branches."""

    query: Query
    nodes: tuple[Node, ...]
    branches: tuple[_Branch, ...]


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
        #: Each rule: its only atom, its only branch, or its branches.
        self._rules: dict[int, int | _Branch | _Several] = {}
        self._atoms = Atoms()
        #: By atom: the hits of rules that ask for nothing else; what hangs on it; below how many others something hangs on it, too.
        self._alone: list[tuple[Hit, ...]] = []
        self._hung: list[_Hung | None] = []
        self._below: list[int] = []
        self._prefixes: dict[str, dict[_Branch, None]] = {}
        self._always: dict[_Branch, None] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule: int) -> bool:
        return rule in self._rules

    def add(self, rule: int, query: Query) -> None:
        """Take ``rule`` in; one of the same number is replaced."""
        self.remove(rule)
        tree = query.tree
        if isinstance(tree, Or):
            branches = tuple(self._branch(rule, node, None) for node in tree.parts)
            self._rules[rule] = _Several(query, branches_of(query), branches)
            return
        hit = Hit(rule=rule, clause=query.canonical, whole=True)
        if isinstance(tree, Facet) or (isinstance(tree, Text) and not tree.prefix):
            self._rules[rule] = atom = self._atoms.hold(tree)
            self._make_room()
            self._alone[atom] += (hit,)
        else:
            self._rules[rule] = self._branch(rule, tree, hit)

    def remove(self, rule: int) -> None:
        """Forget ``rule``; nothing happens when it is not there."""
        match self._rules.pop(rule, None):
            case int(atom):
                self._alone[atom] = tuple(hit for hit in self._alone[atom] if hit.rule != rule)
                self._atoms.release(atom)
            case _Branch() as branch:
                self._forget(branch)
            case _Several(branches=branches):
                for branch in branches:
                    self._forget(branch)

    def match(self, paper: Paper, terms: Terms, today: date) -> list[Hit]:
        """A hit for every rule that matches, by rule number."""
        sure, found = self._atoms.look(paper, terms, today)
        hits = list(chain.from_iterable(map(self._alone.__getitem__, sure)))
        unsure: set[int] = set() if found is sure else found - sure
        if unsure:
            hits += map(_possibly, chain.from_iterable(map(self._alone.__getitem__, unsure)))
        seen = _Paper(paper, terms, today, sure, found)
        # Of rules with several branches.
        levels: dict[int, dict[_Branch, int]] = {}
        for branch in self._candidates(seen):
            if found.isdisjoint(branch.banned):
                sure_ones = branch.plain and (not unsure or all(map(unsure.isdisjoint, branch.clauses)))
                level = SURE if sure_ones else self._level(branch, seen)
                if branch.hit is None:
                    levels.setdefault(branch.rule, {})[branch] = level
                elif level > NO:
                    hits.append(branch.hit if level == SURE else _possibly(branch.hit))
        for rule, known in levels.items():
            several = self._rules[rule]
            assert isinstance(several, _Several)  # noqa: S101 - a branch without a hit of its own is one of several
            held = zip((known.get(branch, NO) for branch in several.branches), several.nodes, strict=True)
            hit = hit_of(rule, several.query, held)
            if hit is not None:
                hits.append(hit)
        hits.sort(key=_by_rule)
        return hits

    # --- coming and going --------------------------------------------------------------------------------------------

    def _branch(self, rule: int, node: Node, hit: Hit | None) -> _Branch:
        """``node`` as a branch that hangs where it will be found."""
        clauses: list[tuple[float, _Atoms]] = []
        banned: list[int] = []
        rest: list[Node] = []
        for part in node.parts if isinstance(node, And) else (node,):
            sides = part.parts if isinstance(part, Or) else (part,)
            if isinstance(part, Not) and _is_atom(part.part):
                banned.append(self._atoms.hold(part.part))
            elif len(atoms := [side for side in sides if _is_atom(side)]) == len(sides):
                clauses.append(self._clause(atoms))
            else:
                rest.append(part)
                for leaf in _indexed(part):
                    self._atoms.hold(leaf)
        clauses.sort()
        branch = _Branch(rule, tuple(clause for _, clause in clauses), tuple(banned), tuple(rest), hit)
        self._hang(branch)
        return branch

    def _make_room(self) -> None:
        """A place for every atom."""
        more = self._atoms.room - len(self._alone)
        if more > 0:
            self._alone += [()] * more
            self._hung += [None] * more
            self._below += [0] * more

    def _hang(self, branch: _Branch) -> None:
        self._make_room()
        hooks, plain = self._hooks_of(branch)
        branch.plain = plain
        if hooks is None:
            self._always[branch] = None
            return
        for hook in dict.fromkeys(hooks):
            if isinstance(hook, str):
                self._prefixes.setdefault(hook, {})[branch] = None
            else:
                anchor, below = hook
                hung = self._hung[anchor]
                if hung is None:
                    hung = self._hung[anchor] = _Hung()
                if below not in hung.seconds:
                    hung.seconds.add(below)
                    self._below[below] += 1
                hung.branches[below] = (*hung.branches.get(below, ()), branch)

    def _hooks_of(self, branch: _Branch) -> tuple[list[_Hook] | None, bool]:
        """Where a branch hangs: atoms with a second one (or themselves), beginnings of prefixes; ``None`` for what is always looked at.
        And whether that is all it needs."""
        if not branch.clauses:
            return self._anchors(branch.rest), False
        first, second = (*branch.clauses, ())[:2]
        two = 0 < len(first) * len(second) <= _HOOKS
        hooks: list[_Hook] = [(a, b) for a in first for b in second] if two else [(a, a) for a in first]
        return hooks, len(branch.clauses) == 1 + two and not branch.rest

    def _forget(self, branch: _Branch) -> None:
        self._always.pop(branch, None)
        for hook in dict.fromkeys(self._hooks_of(branch)[0] or ()):
            if isinstance(hook, str):
                del self._prefixes[hook][branch]
                if not self._prefixes[hook]:
                    del self._prefixes[hook]
                continue
            anchor, below = hook
            hung = self._hung[anchor]
            assert hung is not None  # noqa: S101 - the branch hangs there
            left = tuple(other for other in hung.branches.pop(below) if other is not branch)
            if left:
                hung.branches[below] = left
                continue
            hung.seconds.remove(below)
            self._below[below] -= 1
            if not hung.seconds:
                self._hung[anchor] = None
        further = (self._atoms.number(leaf) for part in branch.rest for leaf in _indexed(part))
        for atom in [*chain.from_iterable(branch.clauses), *branch.banned, *filter(None, further)]:
            self._atoms.release(atom)

    def _anchors(self, rest: Iterable[Node]) -> list[_Hook] | None:
        """Where a branch hangs that has no clause of atoms: what it cannot do without. ``None`` when there is no such thing."""
        return min(filter(None, map(self._hooks, rest)), key=len, default=None)

    def _hooks(self, node: Node) -> list[_Hook] | None:
        match node:
            case And(parts=parts):
                return self._anchors(parts)
            case Or(parts=parts):
                sides = [self._hooks(part) for part in parts]
                known = [side for side in sides if side is not None]
                return [hook for side in known for hook in side] if len(known) == len(sides) else None
            case Text(prefix=True):
                return [node.stems[0][:3]]
            case Text() | Facet():
                number = self._atoms.number(node)
                return None if number is None else [(number, number)]
        return None

    def _clause(self, sides: Sequence[Text | Facet]) -> tuple[float, _Atoms]:
        """Its atoms, and a guess that is lower for what fewer papers have; of several it is the commonest and more."""
        atoms = tuple(map(self._atoms.hold, sides))
        guess = max(map(self._commonness, sides, atoms))
        return guess + (len(atoms) > 1), atoms

    def _commonness(self, leaf: Text | Facet, atom: int) -> float:
        """Lower for long phrases, names, long words and those that fewer rules ask for."""
        if isinstance(leaf, Facet):
            return _FACETS[leaf.kind]
        if len(leaf.stems) > 1:
            return 3.0 - min(len(leaf.stems), 4) / 2
        return 10.0 - min(len(leaf.stems[0]), 14) / 2 + 1.5 * self._atoms.uses(atom).bit_length()

    # --- one paper ---------------------------------------------------------------------------------------------------

    def _candidates(self, seen: _Paper) -> Iterable[_Branch]:
        """Branches that may hold, each once."""
        found = seen.found
        chosen: list[_Branch] = []
        seconds = set(compress(found, map(self._below.__getitem__, found)))
        for hung in filter(None, map(self._hung.__getitem__, found)):
            for second in hung.seconds & seconds:
                chosen += hung.branches[second]
        if self._prefixes:
            terms = seen.terms
            texts = (terms.title, terms.authors, terms.abstract, terms.comment)
            heads = {term[2:5] if term.startswith("w_") else term[:3] for text in texts for term in text}
            for head in self._prefixes.keys() & heads:
                chosen += self._prefixes[head]
        chosen += self._always
        return dict.fromkeys(chosen)

    def _level(self, branch: _Branch, seen: _Paper) -> int:
        """How surely a branch holds of which nothing is there that is banned."""
        level = SURE
        for clause in branch.clauses:
            if seen.sure.isdisjoint(clause):
                if seen.found.isdisjoint(clause):
                    return NO
                level = POSSIBLE
        for part in branch.rest:
            level = min(level, self._known_level(part, seen))
            if level == NO:
                break
        return level

    def _known_level(self, node: Node, seen: _Paper) -> int:
        """``level_of`` by the atoms found, other leaves worked out once for each paper."""
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


def _possibly(hit: Hit) -> Hit:
    return Hit(rule=hit.rule, clause=hit.clause, possible=True, whole=hit.whole)


def _is_atom(node: Node) -> TypeGuard[Text | Facet]:
    return isinstance(node, Facet) or (isinstance(node, Text) and not node.prefix)


def _indexed(node: Node) -> Iterator[Text | Facet]:
    """The leaves of a part that are atoms."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _indexed(part)
        case Not(part=part):
            yield from _indexed(part)
        case Text(prefix=False) | Facet():
            yield node


_FACETS = {"id": 0.0, "author": 1.0, "org": 4.0, "category": 12.0, "primary": 11.0, "has": 13.0, "source": 14.0, "type": 14.0, "year": 13.0}
