"""Fewer papers from a rule: what could be asked for besides, read off the papers that it brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.papers import Paper
from bot.domain.queries import TEXT_FIELDS, And, Node, Not, Or, Query, Text
from bot.errors import BadInput
from bot.query.language import parse_query, positive_leaves
from bot.query.printing import print_node
from bot.text.analysis import stem, words

#: A word tells something of a rule's papers when at least and at most this share of them have it.
_RARE, _COMMON = 0.15, 0.75
#: A word that this share of all papers have tells nothing.
_EVERYWHERE = 0.25
#: Words of fewer letters are seldom what a paper is about.
_SHORTEST = 4
#: So many words of each kind are tried out, and so much of the papers is to be left, about.
TRIED, _LEFT = 2, 0.4
#: How many papers of a rule a digest may be allowed, largest first.
_MAXIMA = (10, 5, 3, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tightening:
    """A narrower rule. ``name`` says what is different: "title only", "with retrieval", "without survey", "at most 3"."""

    name: str
    query: Query
    #: At most so many of its papers in one digest; 0: as before.
    maximum: int = 0


def narrower(query: Query, sample: Sequence[Paper], background: Iterable[Paper]) -> list[Tightening]:
    """Rules that find a part of what ``query`` finds, to be tried out. ``sample`` are papers that it found, ``background`` any others."""
    found = [Tightening(name="title only", query=titles)] if (titles := title_only(query)) else []
    told = telling_words(query, sample, background)
    for name, sign in (("with", ""), ("without", "-")):
        tried = ((word, _parsed(f"({query.shown}) {sign}{word}")) for word in told[:TRIED])
        found += [Tightening(name=f"{name} {word}", query=one) for word, one in tried if one]
    primaries = Counter(paper.categories[0] for paper in sample if paper.categories)
    for category, count in primaries.most_common(1):
        if count < len(sample) and (inside := _parsed(f"({query.shown}) primary:{category}")):
            found.append(Tightening(name=f"only {category}", query=inside))
    return [one for one in found if one.query.canonical != query.canonical]


def capped(query: Query, days: Mapping[date, int], maximum: int = 0) -> Tightening | None:
    """The largest maximum that would leave something out on some day, smaller than ``maximum``."""
    busiest = max(days.values(), default=0)
    fits = [one for one in _MAXIMA if one < busiest and (not maximum or one < maximum)]
    return Tightening(name=f"at most {fits[0]} in a digest", query=query, maximum=fits[0]) if fits else None


def shown_with(days: Mapping[date, int], maximum: int) -> int:
    """Papers that a digest a day would show of a rule with ``maximum``; 0 stands for none."""
    return sum(min(count, maximum) if maximum else count for count in days.values())


def title_only(query: Query) -> Query | None:
    """``query`` with every word looked for in titles only; ``None`` where it looks for none elsewhere."""
    if not any(isinstance(leaf, Text) and leaf.fields == TEXT_FIELDS for leaf in positive_leaves(query.tree)):
        return None
    return _parsed(print_node(_in_titles(query.tree)))


def telling_words(query: Query, sample: Sequence[Paper], background: Iterable[Paper]) -> list[str]:
    """Words that part the papers of a rule in two, as they are mostly written, the most telling first."""
    asked = {one for leaf in positive_leaves(query.tree) if isinstance(leaf, Text) for one in leaf.stems}
    holders, spelt = _holders(sample)
    others, _ = _holders(background := list(background))
    size, all_others = max(1, len(sample)), max(1, len(background))
    worth: dict[str, float] = {}
    for root, count in holders.items():
        share, usual = count / size, others[root] / all_others
        if root in asked or not _RARE <= share <= _COMMON or usual > _EVERYWHERE or len(root) < _SHORTEST:
            continue
        worth[root] = (share / (usual + 0.02)) * (1 - abs(share - _LEFT))
    best = sorted(worth, key=lambda root: (-worth[root], root))
    return [spelt[root].most_common(1)[0][0] for root in best]


def _holders(papers: Iterable[Paper]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """How many papers have each stem, and how it is written."""
    holders: Counter[str] = Counter()
    spelt: dict[str, Counter[str]] = {}
    for paper in papers:
        found = {word for word in words(f"{paper.title} {paper.text}") if word.isalpha()}
        holders.update({stem(word) for word in found})
        for word in found:
            spelt.setdefault(stem(word), Counter())[word] += 1
    return holders, spelt


def _in_titles(node: Node) -> Node:
    match node:
        case And(parts=parts):
            return And(tuple(map(_in_titles, parts)))
        case Or(parts=parts):
            return Or(tuple(map(_in_titles, parts)))
        case Text(fields=fields) if fields == TEXT_FIELDS:
            return replace(node, fields=("title",))
        case Not():
            return node
    return node


def _parsed(text: str) -> Query | None:
    """``None`` where the rule would become too long."""
    try:
        return parse_query(text)
    except BadInput:
        return None
