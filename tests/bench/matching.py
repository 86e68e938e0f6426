"""Matching: all standing rules against one paper, beside reading its words, beside loops over the rules and beside an automaton."""

from __future__ import annotations

import gc
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from types import FunctionType, ModuleType

from bot.domain.papers import Paper
from bot.domain.queries import Query, Terms, Text
from bot.errors import BadInput
from bot.matching.matcher import Matcher
from bot.query.evaluation import evaluate
from bot.query.language import parse_query
from bot.query.stored import parse_stored
from bot.text.analysis import terms
from tests.bench.automaton import AVAILABLE, Automaton, is_plain
from tests.bench.figures import Row, Times, times, tokenise

GROUP = "matching"
_MICRO = 1e6
#: Rules that are asked one by one where each costs much, subscriptions that a loop looks at in one round, rules that come and go.
_ONE_BY_ONE, _LOOKS, _CHURN = 2_000, 1_000_000, 1_000
_CHUNK = 5_000
_NEW = 1_000_000_000
_WALKED = 100_000


@dataclass(slots=True)
class _Standing:
    """Subscriptions taken in, those that ask for the same as one rule."""

    matcher: Matcher = field(default_factory=Matcher)
    #: How many subscriptions follow each rule.
    followers: list[int] = field(default_factory=list)
    first: list[Query] = field(default_factory=list)
    typed: Times = field(default_factory=Times)
    reading: Times = field(default_factory=Times)
    adding: Times = field(default_factory=Times)
    #: Bytes by which the process grew.
    grown: int = 0

    def take(self, texts: Sequence[str]) -> None:
        """As the store keeps them and ``services.ingest.Rules`` takes them in."""
        rules = self._stored(Counter(texts))
        gc.collect()
        gc.freeze()
        before = resident()
        for start in range(0, len(rules), _CHUNK):
            with self.reading.one():
                queries = list(map(parse_stored, rules[start : start + _CHUNK]))
            with self.adding.one():
                for number, query in enumerate(queries, start):
                    self.matcher.add(number, query)
                gc.freeze()
            self.first += queries[: _ONE_BY_ONE - len(self.first)]
            del queries
        self.grown = resident() - before

    def _stored(self, typed: Counter[str]) -> list[str]:
        """Every rule once, in canonical form."""
        known: dict[str, int] = {}
        queue = list(typed)
        for start in range(0, len(queue), _CHUNK):
            with self.typed.one():
                parsed = [(text, _parsed(text)) for text in queue[start : start + _CHUNK]]
            for text, query in parsed:
                if query is not None:
                    number = known.setdefault(query.canonical, len(known))
                    self.followers += [0] * (len(known) - len(self.followers))
                    self.followers[number] += typed[text]
        return list(known)


def measure(
    papers: Sequence[Paper],
    subscriptions: Sequence[str],
    sizes: Sequence[int],
    *,
    rounds: int,
    today: date,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """``papers`` are normalised. A size is how many of ``subscriptions`` there are; the next thousand come and go."""
    of = [terms(paper) for paper in papers]
    floor = Times()
    rows: list[Row] = []
    for size in dict.fromkeys(min(size, len(subscriptions)) for size in sizes):
        tell(f"matching: {size:,} subscriptions against {len(papers):,} papers")
        rows += _at(size, papers, of, subscriptions, rounds, today, floor)
    return [floor.row(GROUP, "floor: tokenise title and abstract", unit="µs/paper", scale=_MICRO / len(papers)), *rows]


def _at(
    size: int, papers: Sequence[Paper], of: Sequence[Terms], subscriptions: Sequence[str], rounds: int, today: date, floor: Times
) -> list[Row]:
    standing = _Standing()
    standing.take(subscriptions[:size])
    # Larger ones would take minutes to walk; smaller ones grow into what was free already.
    memory, how = (held(standing.matcher), "every object reached") if size <= _WALKED else (standing.grown, "growth of the process")
    matcher, rules = standing.matcher, len(standing.followers)
    needles = [text.strip('"').lower() for text in subscriptions[:size]]
    patterns = [re.compile(rf"\b{re.escape(needle)}\b", re.IGNORECASE) for needle in needles[:_ONE_BY_ONE]]
    few, fewer = papers[: max(1, _LOOKS // size)], papers[:: max(1, len(papers) // 20)][:20]
    matching, plain_loop, pattern_loop, trees = Times(), Times(), Times(), Times()
    hits = followed = 0
    for _ in range(rounds):
        with floor.one():
            for paper in papers:
                tokenise(paper)
        with matching.one():
            found = [matcher.match(paper, one, today) for paper, one in zip(papers, of, strict=True)]
        hits = sum(map(len, found))
        followed = sum(standing.followers[hit.rule] for one in found for hit in one)
        with plain_loop.one():
            for paper in few:
                text = f"{paper.title} {paper.abstract}".lower()
                sum(needle in text for needle in needles)
        with pattern_loop.one():
            for paper in fewer:
                text = f"{paper.title} {paper.abstract}"
                sum(pattern.search(text) is not None for pattern in patterns)
    with trees.one():
        for paper in fewer:
            one = terms(paper)
            expected = [hit for number, query in enumerate(standing.first) if (hit := evaluate(number, query, paper, one, today))]
            if expected != [hit for hit in matcher.match(paper, one, today) if hit.rule < len(standing.first)]:
                raise RuntimeError(f"the matcher and the trees disagree about {paper.key}")
    cost = median(matching.cpu) / len(papers)
    substring = median(plain_loop.cpu) / len(few)
    scaled = {
        "a compiled pattern": (median(pattern_loop.cpu) / len(fewer) * size / len(patterns), f"from {len(patterns):,}"),
        "its own tree": (trees.cpu[0] / len(fewer) * rules / len(standing.first), f"from {len(standing.first):,} rules, the same hits"),
    }
    a_match = f"{hits / len(papers):,.0f} rules, {followed / len(papers):,.0f} subscriptions a paper"
    return [
        matching.row(
            GROUP,
            f"{size:,} subscriptions, {rules:,} rules",
            unit="µs/paper",
            scale=_MICRO / len(papers),
            beside=f"{times(cost / (median(floor.cpu) / len(papers)))} × floor CPU · {a_match}",
        ),
        plain_loop.row(
            GROUP,
            "  each in turn: text in text",
            unit="µs/paper",
            scale=_MICRO / len(few),
            beside=f"{times(substring / cost)} × ours · fields, operators and word ends not understood",
        ),
        *(_cpu(f"  each in turn: {name}", own, "µs/paper", f"{times(own / cost)} × ours · {how}") for name, (own, how) in scaled.items()),
        *_beside_automaton(subscriptions[:size], papers, of, today),
        _cpu("  parse what was typed", sum(standing.typed.cpu) / rules, "µs/rule", "when somebody subscribes"),
        _cpu("  build: read from the store", sum(standing.reading.cpu) / rules, "µs/rule", f"{sum(standing.reading.cpu):.1f} s in all"),
        _cpu("  build: take in", sum(standing.adding.cpu) / rules, "µs/rule", f"{sum(standing.adding.cpu):.1f} s in all"),
        *_coming_and_going(matcher, subscriptions[size : size + _CHURN] or subscriptions[:_CHURN]),
        Row(
            group=GROUP,
            name="  memory of the matcher",
            unit="bytes/subscription",
            labels=("size",),
            wall=(memory / size,),
            beside=f"{memory / 2**20:,.1f} MiB · {memory / rules:,.0f} bytes a rule · {how}",
        ),
    ]


def _beside_automaton(texts: Sequence[str], papers: Sequence[Paper], of: Sequence[Terms], today: date) -> list[Row]:
    """Ours and an automaton with the words and phrases only."""
    plain: dict[str, Text] = {}
    ours = Matcher()
    for text in dict.fromkeys(texts):
        query = _parsed(text)
        if query and is_plain(query) and query.canonical not in plain:
            ours.add(len(plain), query)
            assert isinstance(query.tree, Text)
            plain[query.canonical] = query.tree
    if not AVAILABLE or not plain:
        return []
    building, matching, finding = Times(), Times(), Times()
    with building.one():
        automaton = Automaton(enumerate(plain.values()))
    with matching.one():
        expected = [{hit.rule for hit in ours.match(*pair, today)} for pair in zip(papers, of, strict=True)]
    with finding.one():
        found = [automaton.match(one) for one in of]
    if found != expected:
        raise RuntimeError("the matcher and the automaton disagree")
    a_paper = 1 / len(papers)
    many = f"{len(plain):,} words and phrases"
    return [
        _cpu(f"  {many} alone: ours", matching.cpu[0] * a_paper, "µs/paper"),
        _cpu(
            f"  {many} alone: Aho-Corasick",
            finding.cpu[0] * a_paper,
            "µs/paper",
            f"{times(finding.cpu[0] / matching.cpu[0])} × ours · the same hits · {building.cpu[0] * 1e3:,.0f} ms to build for any change",
        ),
    ]


def _coming_and_going(matcher: Matcher, texts: Sequence[str]) -> list[Row]:
    queries = [query for query in map(_parsed, texts) if query]
    adding, removing = Times(), Times()
    with adding.one():
        for number, query in enumerate(queries, start=_NEW):
            matcher.add(number, query)
    with removing.one():
        for number in range(_NEW, _NEW + len(queries)):
            matcher.remove(number)
    return [
        _cpu("  one more", adding.cpu[0] / len(queries), "µs/rule", f"{len(queries):,} parsed rules come"),
        _cpu("  one less", removing.cpu[0] / len(queries), "µs/rule", "and go"),
    ]


def _cpu(name: str, seconds: float, unit: str, beside: str = "") -> Row:
    return Row(group=GROUP, name=name, unit=unit, cpu=(seconds * _MICRO,), beside=beside)


def _parsed(text: str) -> Query | None:
    try:
        return parse_query(text)
    except BadInput:
        return None


def resident() -> int:
    """Bytes of memory that this process has; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def held(root: object) -> int:
    """Bytes of every object that can be reached from ``root``, each counted once; classes and functions are nobody's."""
    total, seen, queue = 0, set[int](), [root]
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, type | FunctionType | ModuleType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        queue += gc.get_referents(one)
    return total
