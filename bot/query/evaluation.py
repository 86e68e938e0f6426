"""Whether one query matches one paper, read off its tree. The matcher and search have to say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.domain.papers import Paper
from bot.domain.queries import And, Facet, Leaf, Node, Not, Or, Query, Submitted, Terms, Text, Votes
from bot.ports import Hit
from bot.query.printing import print_node

#: How surely a part of a query holds. ``And`` takes the least of its parts, ``Or`` the most.
NO, POSSIBLE, SURE = 0, 1, 2


def matches(query: Query, paper: Paper, terms: Terms, today: date) -> bool:
    """Whether ``paper`` is among what ``query`` asks for, possible author matches included."""
    return level_of(query.tree, paper, terms, today) > NO


def evaluate(rule: int, query: Query, paper: Paper, terms: Terms, today: date) -> Hit | None:
    """The hit of one query, by its tree alone."""
    branches = [(level_of(branch, paper, terms, today), branch) for branch in branches_of(query)]
    return hit_of(rule, query, branches)


def branches_of(query: Query) -> tuple[Node, ...]:
    """The sides of the query's ``OR``, or the whole of it."""
    return query.tree.parts if isinstance(query.tree, Or) else (query.tree,)


def hit_of(rule: int, query: Query, branches: Iterable[tuple[int, Node]]) -> Hit | None:
    """The hit of a query whose branches hold as given; those that hold best are its clause."""
    held = list(branches)
    best = max(level for level, _ in held)
    if best == NO:
        return None
    if not isinstance(query.tree, Or):
        return Hit(rule=rule, clause=query.canonical, possible=best == POSSIBLE, whole=True)
    best_ones = [node for level, node in held if level == best]
    whole = len(best_ones) == len(held)
    clause = query.canonical if whole else " OR ".join(map(print_node, best_ones))
    return Hit(rule=rule, clause=clause, possible=best == POSSIBLE, whole=whole)


def level_of(node: Node, paper: Paper, terms: Terms, today: date) -> int:
    """How surely ``node`` holds: ``NO``, ``POSSIBLE`` or ``SURE``."""
    match node:
        case And(parts=parts):
            return min(level_of(part, paper, terms, today) for part in parts)
        case Or(parts=parts):
            return max(level_of(part, paper, terms, today) for part in parts)
        case Not(part=part):
            return NO if level_of(part, paper, terms, today) > NO else SURE
        case _:
            return leaf_level(node, paper, terms, today)


def leaf_level(leaf: Leaf, paper: Paper, terms: Terms, today: date) -> int:
    match leaf:
        case Text():
            return SURE if any(_holds(leaf, name, getattr(terms, name)) for name in leaf.fields) else NO
        case Facet():
            if not set(leaf.any_of).isdisjoint(terms.facets):
                return SURE
            return NO if set(leaf.possible).isdisjoint(terms.facets) else POSSIBLE
        case Submitted():
            return SURE if paper.date is not None and _dated(leaf, paper.date, today) else NO
        case Votes():
            return SURE if paper.votes is not None and _compared(leaf, paper.votes) else NO


def _holds(leaf: Text, name: str, found: tuple[str, ...]) -> bool:
    wanted = leaf.surfaces if name == "authors" else leaf.stems
    if leaf.prefix:
        return any(term.startswith((wanted[0], f"w_{wanted[0]}")) for term in found)
    return any(found[start : start + len(wanted)] == wanted for start in range(len(found) - len(wanted) + 1))


def _dated(leaf: Submitted, day: date, today: date) -> bool:
    if leaf.days is not None and day < today - timedelta(days=leaf.days):
        return False
    return (leaf.since is None or day >= leaf.since) and (leaf.until is None or day <= leaf.until)


def _compared(leaf: Votes, votes: int) -> bool:
    match leaf.op:
        case ">":
            return votes > leaf.count
        case ">=":
            return votes >= leaf.count
        case "<":
            return votes < leaf.count
        case "<=":
            return votes <= leaf.count
        case "=":
            return votes == leaf.count
