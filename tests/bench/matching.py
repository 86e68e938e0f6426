"""Matching: all standing rules against one paper, beside reading its words and beside a loop over the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from statistics import median

from bot.analysis import terms
from bot.domain.papers import Paper
from bot.domain.queries import Query
from bot.matching import Matcher
from tests.bench.figures import Row, Times, times, tokenise

GROUP = "matching"
_MICRO = 1e6


def measure(
    papers: Sequence[Paper],
    rules: Sequence[Query],
    sizes: Sequence[int],
    *,
    rounds: int,
    today: date,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """``papers`` are normalised. A size is how many of ``rules`` are standing."""
    of = [terms(paper) for paper in papers]
    floor = Times()
    rows: list[Row] = []
    for size in dict.fromkeys(min(size, len(rules)) for size in sizes):
        tell(f"matching: {size:,} rules against {len(papers):,} papers")
        building, matching, loop = Times(), Times(), Times()
        matcher, hits = Matcher(), 0
        for _ in range(rounds):
            matcher = Matcher()
            with building.one():
                for number, rule in enumerate(rules[:size]):
                    matcher.add(number, rule)
        needles = [rule.canonical.strip('"').lower() for rule in rules[:size]]
        few = papers[: max(1, 200_000 // size)]
        for _ in range(rounds):
            with floor.one():
                for paper in papers:
                    tokenise(paper)
            with matching.one():
                hits = sum(len(matcher.match(paper, found, today)) for paper, found in zip(papers, of, strict=True))
            with loop.one():
                for paper in few:
                    text = f"{paper.title} {paper.abstract}".lower()
                    sum(needle in text for needle in needles)
        cost, base, naive = (median(one.cpu) / many for one, many in ((matching, len(papers)), (floor, len(papers)), (loop, len(few))))
        rows += [
            matching.row(
                GROUP,
                f"{size:,} rules",
                unit="µs/paper",
                scale=_MICRO / len(papers),
                beside=f"{times(cost / base)} × floor CPU · {hits / len(papers):.0f} matches/paper",
            ),
            loop.row(
                GROUP,
                f"  small bot: `rule in text` for each of {size:,}",
                unit="µs/paper",
                scale=_MICRO / len(few),
                beside=f"{times(naive / cost)} × ours · one substring for each rule, its fields and operators not understood",
            ),
            building.row(GROUP, f"  taking in {size:,} parsed rules", unit="µs/rule", scale=_MICRO / size),
        ]
    return [floor.row(GROUP, "floor: tokenise title and abstract", unit="µs/paper", scale=_MICRO / len(papers)), *rows]
