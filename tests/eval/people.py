"""Which mentions of a name are one person: our name rules beside "the same letters"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.domain.papers import fold
from bot.names import same_person
from tests.eval.data import lines

#: Ids that people keep: those of the third kind split one person often and cannot show that two are different.
_RELIABLE = ("openreview", "acl_anthology")

Rule = Callable[[str, str], bool]


def disambiguation(data: Path) -> dict[str, tuple[float, float]]:
    """Measure to "the same name" and ours. Pairs of mentions that share the last word of the name and the kind of id; a pair is right where
    the ids agree."""
    mentions = [one for one in lines(data / "author_disambiguation" / "mentions.jsonl.gz") if one["id_type"] in _RELIABLE]
    pairs = Counter(_pairs(mentions))
    same = _measured(pairs, lambda one, other: one == other)
    ours = _measured(pairs, lambda one, other: one == other or same_person(one, other) == "yes")
    wide = _measured(pairs, lambda one, other: one == other or same_person(one, other) != "no")
    return {
        "precision": (same[0], ours[0]),
        "recall": (same[1], ours[1]),
        "precision, possible ones too": (same[0], wide[0]),
        "recall, possible ones too": (same[1], wide[1]),
    }


def _pairs(mentions: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, bool]]:
    """Both names, and whether it is one person."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in mentions:
        family = fold(one["name"]).split()[-1:]
        if family:
            groups.setdefault((one["id_type"], family[0]), []).append((one["name"], one["author_id"]))
    for group in groups.values():
        for (name, person), (other, other_person) in combinations(sorted(group), 2):
            yield name, other, person == other_person


def _measured(pairs: Mapping[tuple[str, str, bool], int], rule: Rule) -> tuple[float, float]:
    """Precision and recall of ``rule``, asked once for each pair of names."""
    names = {(one, other): rule(one, other) for one, other, _ in pairs}
    taken = sum(count for (one, other, _), count in pairs.items() if names[one, other])
    right = sum(count for (one, other, same), count in pairs.items() if same and names[one, other])
    wanted = sum(count for (_, _, same), count in pairs.items() if same)
    return right / taken if taken else 0.0, right / wanted if wanted else 0.0
