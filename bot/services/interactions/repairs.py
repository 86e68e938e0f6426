"""When a query finds nothing: how it was probably meant, and what finds more."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from bot.domain.queries import And, Facet, Node, Not, Or, Query, Text
from bot.errors import BadInput
from bot.ports import Store
from bot.query.language import parse_query, positive_leaves
from bot.query.printing import print_node
from bot.text.analysis import words
from bot.text.names import query_terms

#: Parts of a query that are looked at: a search without answer stays quick.
_LOOKED_AT = 6
#: How alike two names must be for one to be a misspelling of the other.
_ALIKE = 0.75
#: More than any source has.
_CATEGORIES = 2_000


async def respelled(store: Store, query: Query) -> Query | None:
    """``query`` with its unknown words, authors and categories replaced by the closest known ones, and with a name in quotes that was
    typed without them; ``None`` when there is nothing to replace."""
    if (named := await _whole_name(store, query.tree)) is not None:
        return _parsed(named)
    repairs: dict[Node, Node] = {}
    for leaf in list(positive_leaves(query.tree))[:_LOOKED_AT]:
        other: Node | None = None
        if isinstance(leaf, Text) and not leaf.prefix:
            other = await _closest_text(store, leaf)
        elif isinstance(leaf, Facet) and leaf.kind == "author":
            other = await _closest_author(store, leaf)
        elif isinstance(leaf, Facet) and leaf.kind in ("category", "primary"):
            other = await _closest_category(store, leaf)
        if other is not None:
            repairs[leaf] = other
    return _parsed(_replaced(query.tree, repairs)) if repairs else None


def broader_queries(query: Query) -> list[list[Query]]:
    """Queries that find all that ``query`` finds and more, nearest first: with one part left out or a phrase as single words, then
    each part alone."""
    tree = query.tree
    near: list[Node] = []
    alone: list[Node] = []
    if isinstance(tree, And):
        parts = tree.parts[:_LOOKED_AT]
        for index in range(len(parts)):
            rest = tree.parts[:index] + tree.parts[index + 1 :]
            near.append(And(rest) if len(rest) > 1 else rest[0])
        alone += parts
    for leaf in list(positive_leaves(tree))[:_LOOKED_AT]:
        if isinstance(leaf, Text) and len(leaf.surfaces) > 1:
            words = And(tuple(_word(leaf, word) for word in dict.fromkeys(leaf.surfaces)))
            near.append(_replaced(tree, {leaf: words}))
    return [[found for node in nodes if (found := _parsed(node))] for nodes in (near, alone)]


async def _closest_text(store: Store, leaf: Text) -> Text | None:
    words = [await store.closest_word(word) or word for word in leaf.surfaces]
    return replace(leaf, surfaces=tuple(words), stems=tuple(words)) if tuple(words) != leaf.surfaces else None


async def _closest_author(store: Store, leaf: Facet) -> Facet | None:
    """The known author whose whole name is most alike, among those that share a word's beginning with it."""
    wanted = leaf.value.casefold()
    likeness: dict[str, float] = {}
    for word in wanted.split():
        for name, _ in await store.authors(word[:3], limit=100):
            likeness[name] = SequenceMatcher(None, wanted, name.casefold()).ratio()
    best = max(likeness, key=lambda name: (likeness[name], name), default="")
    strict = not leaf.possible and bool(query_terms(leaf.value)[1])
    return _author(best, strict=strict) if best and _ALIKE <= likeness[best] < 1 else None


def _author(name: str, *, strict: bool = False) -> Facet:
    sure, possible = query_terms(name, strict)
    return Facet(kind="author", value=name, any_of=sure, possible=possible)


async def _closest_category(store: Store, leaf: Facet) -> Facet | None:
    """Of the known categories that are most alike the one with most papers."""
    wanted = leaf.value.removesuffix(".*").casefold()
    likeness: dict[str, float] = {}
    for name, _ in await store.categories("", limit=_CATEGORIES):
        folded = name.casefold()
        if wanted in (folded, folded.partition(".")[0]):
            return None
        likeness[name] = SequenceMatcher(None, wanted, folded).ratio()
    best = max(likeness, key=lambda name: likeness[name], default="")
    return replace(leaf, value=best, any_of=()) if best and likeness[best] >= _ALIKE else None


async def _whole_name(store: Store, tree: Node) -> Node | None:
    """``by:Robin Jia`` is a name and a word: the tree with them as one name, when somebody is called so."""
    if not isinstance(tree, And):
        return None
    beside = [part for part in tree.parts if isinstance(part, Text) and not part.prefix and len(part.surfaces) == 1]
    likely: list[tuple[int, str, list[Node]]] = []
    for author in tree.parts:
        if not isinstance(author, Facet) or author.kind != "author" or " " in author.value:
            continue
        typed: dict[str, Node] = {author.value.casefold(): author, **{one.surfaces[0]: one for one in beside}}
        for word in [one.surfaces[0] for one in beside[:_LOOKED_AT]]:
            for name, _ in await store.authors(f"{author.value} {word}", limit=100):
                said = words(name)
                if typed.keys() >= set(said):
                    likely.append((len(said), name, [typed[one] for one in said]))
    if not likely:
        return None
    _, name, parts = max(likely, key=lambda one: one[0])
    rest = tuple(part for part in tree.parts if part not in parts)
    return And((_author(name), *rest)) if rest else _author(name)


def _word(leaf: Text, word: str) -> Text:
    return replace(leaf, surfaces=(word,), stems=(word,))


def _replaced(node: Node, repairs: dict[Node, Node]) -> Node:
    if node in repairs:
        return repairs[node]
    match node:
        case And(parts=parts):
            return And(tuple(_replaced(part, repairs) for part in parts))
        case Or(parts=parts):
            return Or(tuple(_replaced(part, repairs) for part in parts))
        case Not(part=part):
            return Not(_replaced(part, repairs))
    return node


def _parsed(tree: Node) -> Query | None:
    """A tree put together here, read again as if it had been typed; ``None`` when that is no query."""
    try:
        return parse_query(print_node(tree, shown=True))
    except BadInput:
        return None
