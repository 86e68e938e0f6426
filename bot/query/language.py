"""The query language: typed text to a ``Query``, one canonical form for equal queries.

graph neural -survey        all words, without another      by:"Robin Jia"      an author
"state space model"         a phrase                        in:cs.CL in:cs.*    a category
mamba OR "linear attention" either                          has:code            a link
diffus*                     a beginning                     since:2025-01-01    a date
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bot.domain.queries import And, Facet, Leaf, Node, Not, Or, Query, Submitted, Text, Votes
from bot.errors import BadInput
from bot.query.parser import read
from bot.query.printing import print_node
from bot.text.analysis import words

MAX_CHARACTERS = 512
MAX_TERMS = 32


@lru_cache(maxsize=4_096)
def parse_query(text: str) -> Query:
    """The query that ``text`` asks. Raises ``BadInput`` with a repair and, where there is one, the position of the trouble.

    >>> parse_query('Mamba | "State-Space Models" -survey').canonical
    'mamba OR "state space models" -survey'
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"the query has {len(text):,} characters", f"keep it within {MAX_CHARACTERS}", position=MAX_CHARACTERS)
    typed = read(text)
    if typed is None:
        raise BadInput("the query is empty", 'write words to look for, or for example by:"Robin Jia"')
    return _query(typed)


def print_query(query: Query) -> str:
    return query.canonical


def _query(typed: Node) -> Query:
    tree = _positive(_normal(typed))
    _require_positive(tree)
    terms = _count(tree)
    if terms > MAX_TERMS:
        raise _too_many(terms)
    canonical = print_node(tree)
    if len(canonical) > MAX_CHARACTERS:
        raise BadInput(f"written out, the query has {len(canonical)} characters", f"keep it within {MAX_CHARACTERS}")
    named = any(isinstance(leaf, Facet) and leaf.shown for leaf in _leaves(tree))
    return Query(tree=tree, canonical=canonical, typed=print_node(tree, shown=True) if named else "")


# --- the tree --------------------------------------------------------------------------------------------------------


def _normal(node: Node, negated: bool = False) -> Node:
    """``Not`` over leaves only, no ``And`` in an ``And``, no ``Or`` in an ``Or``, parts sorted and each there once."""
    match node:
        case Not(part=part):
            return _normal(part, not negated)
        case And(parts=parts) | Or(parts=parts):
            kind = And if isinstance(node, And) is not negated else Or
            return _joined(kind, [_normal(part, negated) for part in parts])
        case _:
            return Not(node) if negated else node


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    ordered = sorted(dict.fromkeys(flat), key=_order)
    return kind(tuple(ordered)) if len(ordered) > 1 else ordered[0]


def _order(node: Node) -> tuple[bool, bool, str]:
    """Words first, then fields, then what is left out."""
    return isinstance(node, Not), not isinstance(node, Text), print_node(node)


def _has_positive(node: Node) -> bool:
    match node:
        case Not():
            return False
        case And(parts=parts):
            return any(map(_has_positive, parts))
        case Or(parts=parts):
            return all(map(_has_positive, parts))
        case _:
            return True


def _positive(node: Node) -> Node:
    """The same query with the rest of an ``And`` drawn into each ``Or`` in it that has a branch of exclusions only."""
    if isinstance(node, Or):
        return _joined(Or, [_positive(part) for part in node.parts])
    if not isinstance(node, And):
        return node
    whole = _joined(And, [_positive(part) for part in node.parts])
    if not isinstance(whole, And):
        return whole
    loose = next((part for part in whole.parts if isinstance(part, Or) and not _has_positive(part)), None)
    if loose is None or not _has_positive(whole):
        return whole
    rest = [part for part in whole.parts if part is not loose]
    spread = _joined(Or, [_joined(And, [*rest, branch]) for branch in loose.parts])
    if (terms := _count(spread)) > 4 * MAX_TERMS:
        raise _too_many(terms)
    return _positive(spread)


def _require_positive(tree: Node) -> None:
    if _has_positive(tree):
        return
    if isinstance(tree, Or):
        branch = next(part for part in tree.parts if not _has_positive(part))
        raise BadInput(
            f"one side of OR only leaves papers out: {print_node(branch)}",
            "say beside it what to look for; without OR it leaves papers out of the rest",
        )
    raise BadInput(
        f"{print_node(tree)} only says what to leave out",
        "add what to look for: a word, an author, a category",
    )


def _count(node: Node) -> int:
    match node:
        case And(parts=parts) | Or(parts=parts):
            return sum(map(_count, parts))
        case Not(part=part):
            return _count(part)
    return 1


def _too_many(terms: int) -> BadInput:
    return BadInput(f"the query has {terms} terms", f"keep it within {MAX_TERMS}; two queries may serve as well")


def positive_leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf that is asked for, in printed order; those under a ``Not`` are left out."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from positive_leaves(part)
        case Not():
            return
        case Text() | Facet() | Submitted() | Votes():
            yield node


def any_words(query: Query) -> Query | None:
    """``query`` with any of the words that it wants all of, phrases taken apart; all else still holds. ``None`` where it does not
    want several words.

    >>> any_words(parse_query('"neural network" pruning in:cs.LG -survey')).canonical
    'in:cs.LG (network OR neural OR pruning) -survey'
    """
    parts = query.tree.parts if isinstance(query.tree, And) else (query.tree,)
    wanted = [part for part in parts if isinstance(part, Text)]
    choices = tuple(replace(text, surfaces=(word,), stems=(word,)) for text in wanted for word in text.surfaces)
    if len(choices) < 2:
        return None
    rest = tuple(part for part in parts if not isinstance(part, Text))
    try:
        return parse_query(print_node(And((Or(choices), *rest)) if rest else Or(choices), shown=True))
    except BadInput:
        return None


# --- what commands ask -----------------------------------------------------------------------------------------------


def author_query(name: str, *, typed: bool = False) -> str:
    """The canonical query for an author; ``=Robin Jia`` for the strict one. ``typed``: the name as it is written here."""
    strict = "=" if name.lstrip().startswith("=") else ""
    query = parse_query(f'by:{strict}"{_inside_quotes(name.lstrip(" ="))}"')
    return query.shown if typed else query.canonical


def keyword_query(text: str) -> str:
    """The canonical query for a keyword: several words are one phrase, a star at the end of one word is a beginning."""
    inside = _inside_quotes(text)
    if inside.endswith("*") and len(words(inside)) == 1:
        return parse_query(inside).canonical
    if not words(inside):
        raise BadInput("the keyword is empty", "write a word or a phrase, for example: state space model")
    return parse_query(f'"{inside}"').canonical


def category_query(name: str) -> str:
    return parse_query(f'in:"{_inside_quotes(name)}"').canonical


def org_query(name: str) -> str:
    return parse_query(f'org:"{_inside_quotes(name)}"').canonical


def _inside_quotes(text: str) -> str:
    return " ".join(text.translate(dict.fromkeys(map(ord, '"“”„‟«»″「」『』〝〞＂'), " ")).split())


def standing(query: Query) -> None:
    """Raises ``BadInput`` for what only a search may ask: a date that counts back from today."""
    for leaf in _leaves(query.tree):
        if isinstance(leaf, Submitted) and leaf.days is not None:
            raise BadInput(
                f"{print_node(leaf)} counts back from today, a subscription stays",
                "leave it out, or write a date: since:2025-01-31",
            )


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part=part):
            yield from _leaves(part)
        case Text() | Facet() | Submitted() | Votes():
            yield node
