"""Which parts of a rule a paper has, and which it lacks: for those who ask why something was not posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Paper
from bot.domain.queries import And, Node, Not, Query, Terms
from bot.query.evaluation import NO, POSSIBLE, branches_of, level_of
from bot.query.printing import print_node


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One thing that a rule asks for, in canonical form, and whether the paper agrees."""

    text: str
    holds: bool
    #: It holds only if initials mean the same person.
    possible: bool = False
    #: It leaves papers out.
    excludes: bool = False


def parts_of(query: Query, paper: Paper, terms: Terms, today: date) -> tuple[Part, ...]:
    """The parts of the side of the query that the paper comes nearest to, as they are printed."""
    sides = [_parts(side, paper, terms, today) for side in branches_of(query)]
    return min(sides, key=lambda parts: (sum(not part.holds for part in parts), len(parts)))


def _parts(side: Node, paper: Paper, terms: Terms, today: date) -> tuple[Part, ...]:
    return tuple(_part(node, paper, terms, today) for node in (side.parts if isinstance(side, And) else (side,)))


def _part(node: Node, paper: Paper, terms: Terms, today: date) -> Part:
    level = level_of(node, paper, terms, today)
    excludes = isinstance(node, Not)
    return Part(
        text=print_node(node.part if isinstance(node, Not) else node), holds=level > NO, possible=level == POSSIBLE, excludes=excludes
    )
