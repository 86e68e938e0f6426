"""Queries as text: the one form in which equal queries are equal."""

from __future__ import annotations

import re

from bot.domain.authors import author_id
from bot.domain.queries import TEXT_FIELDS, And, Facet, Leaf, Node, Not, Or, Submitted, Text, TextField, Votes
from bot.text.analysis import SPECIAL
from bot.text.names import query_terms

#: Words that would be read as operators.
OPERATORS = frozenset({"and", "or", "not"})

FIELD_NAMES: dict[tuple[TextField, ...], str] = {
    TEXT_FIELDS: "",
    ("title",): "title:",
    ("abstract",): "abs:",
    ("comment",): "comment:",
}
_FACET_NAMES = {
    "author": "by",
    "category": "in",
    "primary": "primary",
    "org": "org",
    "id": "id",
    "has": "has",
    "source": "source",
    "type": "type",
    "year": "year",
}
_SPELLED = {term: spelling for spelling, term in SPECIAL.items()}
_PLAIN_VALUE = re.compile(r"[\w.:/*+-]+")


def print_node(node: Node, *, shown: bool = False) -> str:
    """The canonical text of a tree or of a part of one, as it may stand alone; ``shown``: names as they were typed."""
    match node:
        case Or(parts=parts):
            return " OR ".join(print_node(part, shown=shown) for part in parts)
        case And(parts=parts):
            return " ".join(
                f"({print_node(part, shown=shown)})" if isinstance(part, Or) else print_node(part, shown=shown) for part in parts
            )
        case Not(part=part):
            inside = print_node(part, shown=shown)
            return f"-({inside})" if isinstance(part, And | Or) else f"-{inside}"
        case _:
            return print_leaf(node, shown=shown)


def print_leaf(leaf: Leaf, *, shown: bool = False) -> str:
    match leaf:
        case Text():
            return FIELD_NAMES[leaf.fields] + _printed_words(leaf)
        case Facet(kind="author"):
            strict = not leaf.possible and author_id(leaf.value) is None and query_terms(leaf.value)[1]
            return f"by:{'=' if strict else ''}{_quoted((shown and leaf.shown) or leaf.value)}"
        case Facet():
            return f"{_FACET_NAMES[leaf.kind]}:{_quoted(leaf.value)}"
        case Votes():
            return f"votes:{leaf.op}{leaf.count}"
        case Submitted():
            since = f"since:{leaf.days}d" if leaf.days is not None else f"since:{leaf.since}" if leaf.since else ""
            return " ".join(part for part in (since, f"until:{leaf.until}" if leaf.until else "") if part)


def _printed_words(leaf: Text) -> str:
    if leaf.prefix:
        return f"{leaf.surfaces[0]}*"
    words = [_SPELLED.get(word, word) for word in leaf.surfaces]
    return f'"{" ".join(words)}"' if len(words) > 1 or words[0] in OPERATORS else words[0]


def _quoted(value: str) -> str:
    return value if _PLAIN_VALUE.fullmatch(value) else f'"{value}"'
