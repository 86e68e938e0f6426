"""A query tree as SQL: one full-text expression for all that the index can say, conditions over ``papers`` for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from os.path import commonprefix

from bot.domain.queries import And, Facet, Node, Not, Or, Submitted, Text, Votes
from bot.store.sqlite.places import FIRST_DATED, LAST, PLACE, ROW, first_of, last_of

#: The columns whose words are stemmed.
_STEMMED = ("title", "abstract", "comment")
#: All columns but that of the facets.
_WORDED = {*_STEMMED, "authors"}
_IN_INDEX = f"p.id IN (SELECT {ROW} FROM search WHERE search MATCH ?)"
#: A match whose paper has votes of which ``where`` holds: few have any. The + keeps the list from being looked up in the index one by one.
VOTED = f"+search.rowid IN (SELECT {PLACE} FROM papers AS p INDEXED BY papers_votes WHERE p.votes IS NOT NULL AND {{where}})"
_OPERATORS = {">": ">", ">=": ">=", "<": "<", "<=": "<=", "=": "="}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """``match`` goes to the index (empty: nothing to ask it). ``filters`` are conditions over ``search``, ``where`` over ``papers AS p``;
    all of them hold, and their parameters follow in that order. ``first`` and ``last`` are the places between which matches stand."""

    match: str
    where: tuple[str, ...]
    parameters: tuple[str | int, ...]
    #: Whether a word says which papers are better than others: facets and dates do not.
    ranks: bool
    filters: tuple[str, ...] = ()
    first: int = 0
    last: int = LAST
    #: ``match`` for those alone that have the words in the title; empty where no word may stand there.
    titled: str = ""
    #: Beginnings of the words that are looked for, as they stand in folded text, each with the full-text expression it is from.
    words: tuple[tuple[str, str], ...] = ()
    #: Whether papers that have one of several words match: then some words tell more than others.
    either: bool = False
    #: Where papers with any one of several words match: each word with its expression. ``holding`` narrows one to what else is asked.
    any_of: tuple[tuple[str, str], ...] = ()
    beside: str = ""
    excluded: str = ""

    def holding(self, expression: str) -> str:
        """Those matches for which ``expression`` holds."""
        both = f"{expression} AND {self.beside}" if self.beside else expression
        return f"({both}) NOT ({self.excluded})" if self.excluded else both


@dataclass(frozen=True, slots=True)
class _Condition:
    sql: str
    parameters: tuple[str | int, ...] = ()


def compile_query(tree: Node, today: date) -> Plan:
    """``today`` is what relative dates count back from."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    wanted = [found for part in parts if (found := _expression(part))]
    excluded: list[str] = []
    filters: list[_Condition] = []
    rest: list[_Condition] = []
    first, last = 0, LAST
    for part in parts:
        if isinstance(part, Not) and wanted and (found := _expression(part.part)):
            excluded.append(found)
        elif isinstance(part, Submitted) and wanted:
            since, until = _days(part, today)
            first = max(first, first_of(since) if since else FIRST_DATED)
            last = min(last, last_of(until) if until else LAST)
        elif isinstance(part, Votes) and wanted:
            voted = _condition(part, today)
            filters.append(_Condition(VOTED.format(where=voted.sql), voted.parameters))
        elif not _expression(part):
            rest.append(_condition(part, today))
    words = [leaf for part in parts for leaf in _texts(part)]
    # A beginning of words is put together from all of them each time it is asked for: once has to do.
    titled = any("title" in leaf.fields for leaf in words) and not any(leaf.prefix for leaf in words)
    match = _joined(wanted, excluded)
    choices = [part for part in parts if isinstance(part, Or) and all(isinstance(one, Text) and len(one.stems) == 1 for one in part.parts)]
    any_of = tuple((one.stems[0], _text(one)) for one in choices[0].parts if isinstance(one, Text)) if len(choices) == 1 else ()
    return Plan(
        match=match,
        where=tuple(condition.sql for condition in rest),
        parameters=tuple(parameter for condition in (*filters, *rest) for parameter in condition.parameters),
        ranks=bool(words),
        filters=tuple(condition.sql for condition in filters),
        first=first,
        last=last,
        titled=_joined([_expression(_in_title(part)) for part in parts if _expression(part)], excluded) if titled else "",
        words=tuple(dict(_beginnings(tree)).items()),
        either=_holds_either(tree),
        any_of=any_of,
        beside=" AND ".join(found for part in parts if part not in choices and (found := _expression(part))),
        excluded=" OR ".join(excluded),
    )


def _holds_either(node: Node) -> bool:
    return (isinstance(node, Or) and any(True for _ in _texts(node))) or (isinstance(node, And) and any(map(_holds_either, node.parts)))


def _in_title(node: Node) -> Node:
    """The node with its words in the title, those that may stand there."""
    match node:
        case Text(fields=fields):
            return replace(node, fields=("title",)) if "title" in fields else node
        case And(parts):
            return And(tuple(map(_in_title, parts)))
        case Or(parts):
            return Or(tuple(map(_in_title, parts)))
    return node


def _texts(node: Node) -> Iterator[Text]:
    """The words that are looked for."""
    match node:
        case Text():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _texts(part)


def _beginnings(tree: Node) -> Iterator[tuple[str, str]]:
    for leaf in _texts(tree):
        # What stem and word have in common stands in every form of the word: "memor" in memory and memories.
        for pair in zip(leaf.stems, leaf.surfaces, strict=False):
            if begun := commonprefix(pair):  # noqa: RUF071
                yield begun, _text(leaf)


def _joined(wanted: Sequence[str], excluded: Sequence[str]) -> str:
    both = " AND ".join(wanted)
    return f"({both}) NOT ({' OR '.join(excluded)})" if excluded else both


def _expression(node: Node) -> str:
    """The node as a full-text expression in brackets; empty when the index alone cannot answer it."""
    match node:
        case Text():
            return _text(node)
        case Facet():
            return _any_of("{facets}", [quote(term) for term in (*node.any_of, *node.possible)])
        case Or(parts):
            found = [_expression(part) for part in parts]
            return f"({' OR '.join(found)})" if all(found) else ""
        case And(parts):
            wanted = [_expression(part) for part in parts if not isinstance(part, Not)]
            excluded = [_expression(part.part) for part in parts if isinstance(part, Not)]
            return f"({_joined(wanted, excluded)})" if wanted and all(wanted) and all(excluded) else ""
    return ""


def _text(text: Text) -> str:
    columns = " ".join(column for column in _STEMMED if column in text.fields)
    if text.stems == text.surfaces and set(text.fields) == _WORDED:
        # No column need be named: no facet term is a word. The index answers a good deal quicker.
        beginnings = _phrase((f"w_{text.surfaces[0]}",), True) if text.prefix else ()
        return f"({' OR '.join((*_phrase(text.stems, text.prefix), *beginnings))})"
    found = []
    if columns and text.stems:
        # A word that differs from its stem is in the index as w_<word> too, so that its beginning can be asked for.
        phrases = [*_phrase(text.stems, text.prefix), *(_phrase((f"w_{text.surfaces[0]}",), True) if text.prefix else ())]
        found.append(_any_of(f"{{{columns}}}", phrases))
    if "authors" in text.fields and text.surfaces:
        found.append(_any_of("{authors}", _phrase(text.surfaces, text.prefix)))
    return f"({' OR '.join(found)})" if found else ""


def _phrase(terms: Sequence[str], prefix: bool) -> tuple[str]:
    return (quote(" ".join(terms)) + (" *" if prefix else ""),)


def _any_of(columns: str, phrases: Iterable[str]) -> str:
    found = " OR ".join(phrases)
    return f"({columns} : ({found}))" if found else ""


def in_text(word: str) -> str:
    """A stem in the title or the abstract, as a full-text expression."""
    return quote(word)


def quote(term: str) -> str:
    """``term`` as a full-text string: whatever it holds, it is text and no syntax."""
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'


def _condition(node: Node, today: date) -> _Condition:
    """The node as a condition that is true or false for every paper, never unknown: so that ``NOT`` means the others."""
    if found := _expression(node):
        return _Condition(_IN_INDEX, (found,))
    match node:
        case Not(part):
            inner = _condition(part, today)
            return _Condition(f"NOT {inner.sql}", inner.parameters)
        case And(parts):
            return _all([_condition(part, today) for part in parts], " AND ")
        case Or(parts):
            return _all([_condition(part, today) for part in parts], " OR ")
        case Submitted():
            return _submitted(node, today)
        case Votes(op=op, count=count):
            return _Condition(f"(p.votes IS NOT NULL AND p.votes {_OPERATORS[op]} ?)", (count,))
    return _Condition("0")  # a word or a facet of which nothing is left to look for


def _all(conditions: list[_Condition], word: str) -> _Condition:
    return _Condition(
        f"({word.join(condition.sql for condition in conditions)})",
        tuple(parameter for condition in conditions for parameter in condition.parameters),
    )


def _submitted(node: Submitted, today: date) -> _Condition:
    since, until = _days(node, today)
    sql, parameters = ["p.filed IS NOT NULL"], []
    if since:
        sql.append("p.filed >= ?")
        parameters.append(since.isoformat())
    if until:
        sql.append("p.filed <= ?")
        parameters.append(until.isoformat())
    return _Condition(f"({' AND '.join(sql)})", tuple(parameters))


def _days(node: Submitted, today: date) -> tuple[date | None, date | None]:
    since = [day for day in (node.since, today - timedelta(days=node.days) if node.days is not None else None) if day]
    return max(since, default=None), node.until
