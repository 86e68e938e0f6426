"""Canonical text read back. Stored rules are many and stand as they were printed: they need no forgiveness."""

from __future__ import annotations

import re

from bot.domain.queries import TEXT_FIELDS, And, Facet, Leaf, Node, Not, Or, Query, Text, TextField
from bot.query.fields import FIELDS, make
from bot.query.language import parse_query
from bot.query.printing import print_leaf
from bot.text.analysis import SPECIAL, stem
from bot.text.names import query_terms

_TOKEN = re.compile(r'(?P<leaf>(-?)(?:([a-z]+):)?(=?)(?:"([^"]+)"|([^\s()"]+)))|(?P<or> OR )|(?P<and> )|(?P<open>\()|(?P<close>\))')
_FIELDS: dict[str | None, tuple[TextField, ...]] = {
    None: TEXT_FIELDS,
    "title": ("title",),
    "abs": ("abstract",),
    "comment": ("comment",),
}


def parse_stored(text: str) -> Query:
    """The query that ``text``, a canonical form, stands for: the same as ``parse_query(text)``, in a third of the time. Text that was not
    printed so is read as if it had been typed; only its order may be kept. Raises ``BadInput``."""
    tree = _tree(text)
    return parse_query(text) if tree is None else Query(tree=tree, canonical=text)


def _tree(text: str) -> Node | None:
    """``None`` for text that was not printed by ``bot.query.printing``."""
    branches: list[Node] = []
    parts: list[Node] = []
    outer: list[tuple[list[Node], list[Node]]] = []
    at, expected = 0, True
    while found := _TOKEN.match(text, at):
        at, kind = found.end(), found.lastgroup
        if expected is not (kind in ("leaf", "open")):
            return None
        expected = kind not in ("leaf", "close")
        match kind:
            case "leaf":
                leaf = _leaf(*found.group(3, 4, 5, 6))
                if leaf is None or (parts and not found[2] and isinstance(parts[-1], Not)):
                    return None  # what is left out is printed last
                parts.append(Not(leaf) if found[2] else leaf)
            case "or":
                branches.append(_all(parts))
                parts = []
            case "open":
                outer.append((branches, parts))
                branches, parts = [], []
            case "close":
                if not outer or not branches:
                    return None
                group = Or((*branches, _all(parts)))
                branches, parts = outer.pop()
                parts.append(group)
    if at < len(text) or outer or expected:
        return None
    tree = Or((*branches, _all(parts))) if branches else _all(parts)
    sides = tree.parts if isinstance(tree, Or) else (tree,)
    return None if any(isinstance(_first(side), Not) for side in sides) else tree


def _all(parts: list[Node]) -> Node:
    return And(tuple(parts)) if len(parts) > 1 else parts[0]


def _first(node: Node) -> Node:
    """A part that begins with what is left out says nothing else."""
    return node.parts[0] if isinstance(node, And) else node


def _leaf(field: str | None, strict: str, quoted: str | None, bare: str | None) -> Leaf | None:
    if field in _FIELDS:
        return None if strict else _text(_FIELDS[field], quoted, bare)
    value = quoted or bare or ""
    if field == "by" and ":" not in value:
        sure, possible = query_terms(value, bool(strict))
        return Facet(kind="author", value=value, any_of=sure, possible=possible) if sure else None
    if field not in FIELDS:
        return None
    made = make(field, strict + value, quoted=quoted is not None, position=0)
    if made is None or isinstance(made, And | Or | Not):
        return None
    return made if print_leaf(made).partition(":")[2] == strict + (bare or f'"{quoted}"') else None


def _text(fields: tuple[TextField, ...], quoted: str | None, bare: str | None) -> Text | None:
    if bare is not None and bare != bare.lower():
        return None
    if bare is None:
        surfaces = tuple((quoted or "").split(" "))
    elif bare[-1] == "*":
        beginning = (bare[:-1],)
        return Text(stems=beginning, surfaces=beginning, fields=fields, prefix=True) if beginning[0].isalnum() else None
    else:
        surfaces = (bare,)
    if not all(map(str.isalnum, surfaces)):
        surfaces = tuple(SPECIAL.get(word, "") or (word if word.isalnum() else "") for word in surfaces)
        if "" in surfaces:
            return None
    return Text(stems=tuple(map(stem, surfaces)), surfaces=surfaces, fields=fields)
