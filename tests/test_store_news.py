"""What is new at a destination, against a model that knows every match and looks at all of them each time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.papers import AnnounceType, Paper
from bot.domain.subscriptions import Channel, Destination
from bot.errors import BadInput
from bot.ports import Hit
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import NOON, a_paper, later
from tests.contracts.digest_steps import HERE, THERE, add_channel, an_occurrence

T = TypeVar("T")

PLACES = (HERE, THERE)
#: Standing queries; rules take their numbers as somebody first asks for one.
QUERIES = ("a", "b")
KINDS = (None, AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.ARCHIVE)
_BEST_FIRST = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.ARCHIVE, None)
_NAMES = dict(zip(KINDS, ("new", "new", "cross", "update", "archive"), strict=True))
_ORDER = ("new", "cross", "update", "archive")

places = st.sampled_from([HERE, HERE, THERE])
queries = st.sampled_from(QUERIES)
types = st.sampled_from([(), ("new",), ("update",), ("new", "cross", "update")])
matched = st.sampled_from([{"a", "b"}, {"a"}, {"b"}, {"a", "b"}, set()])
numbers = st.integers(0, 50)


@dataclass
class Follower:
    place: Destination
    number: int
    query: str
    since: int
    live: bool = True
    types: tuple[str, ...] = ()


@dataclass
class Known:
    paper: Paper
    matched: set[str] = field(default_factory=set)


class News(RuleBasedStateMachine):
    """Papers come, change and join; people follow, leave, return and edit; digests cover some, hide some, leave some."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.store: SqliteStore = self.do(open_sqlite(str(Path(self.folder.name) / "test.db"), readers=1))
        self.rules: dict[str, int] = {}
        self.moment = 0
        #: Moment, query, row, kind.
        self.matches: list[tuple[int, str, int, str]] = []
        self.papers: dict[int, Known] = {}
        self.followers: list[Follower] = []
        self.wanted: dict[str, tuple[str, ...]] = {}
        self.covered: dict[str, set[int]] = {place.key: set() for place in PLACES}
        self.hidden: dict[str, set[int]] = {place.key: set() for place in PLACES}
        self.slots = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.do(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    # --- papers ------------------------------------------------------------------------------------------------------

    def _ingest(self, papers: Sequence[Paper], queries: set[str]) -> tuple[int, ...]:
        self.moment += 1
        found = [Hit(rule=self.rules[query], clause=query, whole=True) for query in sorted(queries) if query in self.rules]
        at = later(minutes=self.moment)
        return self.do(self.store.ingest(papers, at=at, match=lambda paper, terms: found)).rows

    def _note(self, row: int, queries: set[str], before: str | None) -> None:
        known, kind = self.papers[row], _NAMES[self.papers[row].paper.announce_type]
        hits = {query for query in queries if query in self.rules}
        improved = before is not None and _ORDER.index(kind) < _ORDER.index(before)
        for query in hits | known.matched if improved else hits - known.matched:
            self.matches.append((self.moment, query, row, kind))
        known.matched |= hits

    @rule(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3), queries=matched)
    def papers_come(self, kinds: list[AnnounceType | None], queries: set[str]) -> None:
        base = len(self.papers) + self.moment * 10
        papers = [self._paper(base + place, kind) for place, kind in enumerate(kinds)]
        for row, paper in zip(self._ingest(papers, queries), papers, strict=True):
            self.papers[row] = Known(paper)
            self._note(row, queries, None)

    @staticmethod
    def _paper(number: int, kind: AnnounceType | None) -> Paper:
        title, abstract = f"Paper {number} of {number * 7919}", f"About {number} only."
        return a_paper(title=title, abstract=abstract, announce_type=kind, keys=(f"doi:10.1000/{number}",))

    @precondition(lambda self: self.papers)
    @rule(which=numbers, kind=st.sampled_from(KINDS), queries=matched)
    def a_paper_changes(self, which: int, kind: AnnounceType | None, queries: set[str]) -> None:
        row = sorted(self.papers)[which % len(self.papers)]
        self._change(row, kind, queries, ())

    @precondition(lambda self: len(self.papers) > 1)
    @rule(which=numbers, other=numbers, kind=st.sampled_from(KINDS), queries=matched)
    def two_papers_turn_out_to_be_one(self, which: int, other: int, kind: AnnounceType | None, queries: set[str]) -> None:
        rows = sorted(self.papers)
        older, younger = sorted((rows[which % len(rows)], rows[other % len(rows)]))
        if older == younger:
            return
        taken = self.papers.pop(younger)
        known = self.papers[older]
        known.matched |= taken.matched
        self.matches = [(at, query, older if row == younger else row, kind) for at, query, row, kind in self.matches]
        for rows_of in (*self.covered.values(), *self.hidden.values()):
            if younger in rows_of:
                rows_of.remove(younger)
                rows_of.add(older)
        announced = min(known.paper.announce_type, taken.paper.announce_type, key=_BEST_FIRST.index)
        self._change(older, min(announced, kind, key=_BEST_FIRST.index), queries, taken.paper.keys)

    def _change(self, row: int, kind: AnnounceType | None, queries: set[str], keys: tuple[str, ...]) -> None:
        known = self.papers[row]
        before = known.paper.announce_type
        after = min(before, kind, key=_BEST_FIRST.index)
        known.paper = replace(
            known.paper,
            keys=tuple(key for key in dict.fromkeys((*known.paper.keys, *keys)) if key.startswith("doi:")),
            title=f"{known.paper.title} again {self.moment}",
            announce_type=after,
            version=self.moment + 2,
        )
        rows = self._ingest([known.paper], queries)
        assert rows == (row,)
        self._note(row, queries, _NAMES[before])

    # --- people ------------------------------------------------------------------------------------------------------

    @initialize(query=queries)
    def somebody_follows(self, query: str) -> None:
        for place in PLACES:
            self.do(add_channel(self.store, place))
            self.wanted[place.key] = ("new", "cross")
        self.subscribe(HERE, query)

    @rule(place=places, query=queries)
    def subscribe(self, place: Destination, query: str) -> None:
        made, number, new = self.do(self.store.subscribe(place, query, "query", by="x", at=later(minutes=self.moment), origin="chat"))
        self.rules[query] = number
        if new:
            self.followers.append(Follower(place, made.number, query, self.moment))

    def _one(self, which: int, *, live: bool) -> Follower | None:
        found = [one for one in self.followers if one.live is live]
        return found[which % len(found)] if found else None

    @rule(which=numbers)
    def unsubscribe(self, which: int) -> None:
        if one := self._one(which, live=True):
            self.do(self.store.unsubscribe(one.place, one.number))
            one.live = False

    @rule(which=numbers)
    def restore(self, which: int) -> None:
        if one := self._one(which, live=False):
            restored = self.do(self.store.restore(one.place, one.number))
            assert restored is not None
            one.live = restored.number == one.number

    @rule(which=numbers, query=queries)
    def edit_the_query(self, which: int, query: str) -> None:
        one = self._one(which, live=True)
        if one is None or one.query == query:
            return
        if any(other.live and other.place == one.place and other.query == query for other in self.followers):
            try:
                self.do(self.store.change_subscription(one.place, one.number, query=query))
            except BadInput:
                return
            raise AssertionError("two subscriptions of one query")
        self.do(self.store.change_subscription(one.place, one.number, query=query))
        self.rules |= {text: number for number, text in self.do(self.store.rules())}
        one.query, one.since = query, self.moment

    @rule(which=numbers, types=types)
    def edit_the_types(self, which: int, types: tuple[str, ...]) -> None:
        if one := self._one(which, live=True):
            self.do(self.store.change_subscription(one.place, one.number, types=types))
            one.types = types

    @rule(place=places, types=types)
    def the_channel_wants_other_types(self, place: Destination, types: tuple[str, ...]) -> None:
        channel = self._channel(place)
        self.do(self.store.change_channel(replace(channel, settings=replace(channel.settings, types=types))))
        self.wanted[place.key] = types

    def _channel(self, place: Destination) -> Channel:
        channel = self.do(self.store.channel(place.key, tenant=None))
        assert channel is not None
        return channel

    @precondition(lambda self: self.papers)
    @rule(place=places, which=numbers)
    def hide_or_show(self, place: Destination, which: int) -> None:
        hidden = self.hidden[place.key]
        offered = sorted(hidden | self._new_at(place).keys()) or sorted(self.papers)
        row = offered[which % len(offered)]
        if row in hidden:
            self.do(self.store.unhide(place, row))
        else:
            self.do(self.store.hide(place, "slack:U7", row, at=NOON))
        hidden ^= {row}

    # --- digests -----------------------------------------------------------------------------------------------------

    @rule(place=places, limit=st.sampled_from([1, 3, 50, 50]), skip=st.sampled_from([0, 0, 1]), show=st.integers(0, 3))
    def a_digest_is_planned(self, place: Destination, limit: int, skip: int, show: int) -> None:
        rows = [one.stored.row for one in self.do(self.store.fresh(place, limit=limit))][skip:]
        shown, rest = (tuple((row, "") for row in part) for part in (rows[:show], rows[show:]))
        self.slots += 1
        self.do(self.store.enqueue(an_occurrence(place, str(self.slots), shown=shown, rest=rest), at=NOON))
        self.covered[place.key] |= set(rows)

    @rule(place=st.sampled_from([HERE, HERE, HERE, THERE]))
    def a_digest_has_nothing_to_say(self, place: Destination) -> None:
        self.slots += 1
        self.do(self.store.enqueue(an_occurrence(place, str(self.slots), messages=()), at=NOON))

    # --- what has to hold --------------------------------------------------------------------------------------------

    def _new_at(self, place: Destination) -> dict[int, set[int]]:
        """Rows, newest match first, with the numbers of the subscriptions that bring them."""
        first: dict[int, int] = {}
        bring: dict[int, set[int]] = {}
        for one in self.followers:
            wanted = one.types or self.wanted[place.key]
            for at, query, row, kind in self.matches:
                if one.live and one.place == place and query == one.query and at > one.since and kind in wanted:
                    first[row] = min(at, first.get(row, at))
                    bring.setdefault(row, set()).add(one.number)
        gone = self.covered[place.key] | self.hidden[place.key]
        rows = sorted(bring.keys() - gone, key=lambda row: (first[row], row), reverse=True)
        return {row: bring[row] for row in rows}

    @invariant()
    def what_is_new_is_what_the_model_says(self) -> None:
        if not self.wanted:
            return
        for place in PLACES:
            wanted = self._new_at(place)
            found = self.do(self.store.fresh(place, limit=100))
            assert [one.stored.row for one in found] == list(wanted)
            assert {one.stored.row: set(one.numbers) for one in found} == wanted
            assert [one.stored.row for one in self.do(self.store.fresh(place, limit=2))] == list(wanted)[:2]


TestNews = News.TestCase
TestNews.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
