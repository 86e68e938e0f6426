"""Which mentions of a name are one person: what papers say besides the name, beside "the same letters"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.domain.papers import Author, fold
from bot.persons import Mention, evidence, people
from bot.text.names import same_person
from tests.eval.data import lines

#: Ids that people keep: those of the third kind split one person often and cannot show that two are different.
RELIABLE = ("openreview", "acl_anthology")

#: A mention with the id that says who it is. The id is what is asked for, so nobody but the measure sees it.
Labelled = tuple[Mention, str]
Pair = tuple[int, int]
Way = Callable[[Sequence[Mention]], Iterable[Pair]]


def disambiguation(data: Path) -> dict[str, tuple[float, float]]:
    """Measure to "the same name" and ours. Pairs of mentions that share the last word of the name and the kind of id; a pair is right
    where the ids agree."""
    groups = _groups(data)
    name, ours, direct = (_measured(groups, way) for way in (_same_name, _by_chain, _by_pair))
    return {
        "precision": (name[0], ours[0]),
        "recall": (name[1], ours[1]),
        "F1": (_f1(*name), _f1(*ours)),
        "precision, pair by pair": (name[0], direct[0]),
        "recall, pair by pair": (name[1], direct[1]),
    }


def _groups(data: Path) -> list[list[Labelled]]:
    groups: defaultdict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for one in lines(data / "author_disambiguation" / "mentions.jsonl.gz"):
        family = fold(one["name"]).split()[-1:]
        if one["id_type"] in RELIABLE and family:
            groups[one["id_type"], family[0]].append((_mention(one), one["author_id"]))
    return list(groups.values())


def _mention(one: dict[str, Any]) -> Mention:
    places = (one["affiliation"],) if one["affiliation"] else ()
    return Mention(author=Author(name=one["name"]), coauthors=tuple(one["coauthors"]), organisations=places)


def _same_name(mentions: Sequence[Mention]) -> Iterable[Pair]:
    return [pair for pair in combinations(range(len(mentions)), 2) if len({mentions[place].author.name for place in pair}) == 1]


def _by_pair(mentions: Sequence[Mention]) -> Iterable[Pair]:
    found = combinations(enumerate(mentions), 2)
    return [(one, other) for (one, mine), (other, theirs) in found if evidence(mine, theirs).verdict == "same"]


def _by_chain(mentions: Sequence[Mention]) -> Iterable[Pair]:
    """As the product asks: names that agree, then chains among them."""
    return [pair for places in people(mentions) for pair in combinations(places, 2) if _agree(mentions, pair)]


def _agree(mentions: Sequence[Mention], pair: Pair) -> bool:
    return same_person(*(mentions[place].author.name for place in pair)) != "no"


def _measured(groups: Sequence[Sequence[Labelled]], way: Way) -> tuple[float, float]:
    """Precision and recall over all pairs."""
    taken = right = wanted = 0
    for group in groups:
        ids = [label for _, label in group]
        wanted += sum(ids[one] == ids[other] for one, other in combinations(range(len(ids)), 2))
        for one, other in way([mention for mention, _ in group]):
            taken += 1
            right += ids[one] == ids[other]
    return right / taken if taken else 0.0, right / wanted if wanted else 0.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
