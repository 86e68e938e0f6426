"""The matcher in memory against the rules in the store, however both change."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from bot.domain.papers import Paper
from bot.domain.queries import Query, Terms
from bot.errors import BadInput
from bot.matching.matcher import Matcher
from bot.ports import Hit, Store
from bot.query.evaluation import evaluate
from bot.query.language import parse_query, standing
from bot.services import ingest
from bot.services.ingest import RULES_SLICE, Ingest, Rules
from bot.store.sqlite.store import SqliteStore, open_sqlite
from bot.text.analysis import terms
from bot.text.normalise import normalise
from tests.builders import NOON, a_destination, a_paper, some_settings
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource
from tests.queries import random_paper
from tests.torture.questions import Questions

CHANNELS = [a_destination(f"slack:C000{number}") for number in range(3)]


class Life:
    """Channels that follow and give up random queries, papers that come in, restarts in between."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path, self.random, self.clock = path, Random(seed), FakeClock()
        self.papers = [normalise(random_paper(self.random, number)) for number in range(60)]
        self.questions = Questions(self.random, self.papers)
        self.live: list[tuple[int, int]] = []
        self.ended: list[tuple[int, int]] = []
        self.next_paper = 0

    async def start(self) -> None:
        self.store = await open_sqlite(str(self.path), readers=1)
        self.rules = Rules(self.store, self.clock)
        self.ingest = Ingest(self.store, self.clock, self.rules)

    async def restart(self) -> None:
        await self.store.close()
        await self.start()

    async def open(self, channel: int) -> None:
        await self.store.add_channel(CHANNELS[channel], some_settings(), next_at=NOON, origin="chat")

    def query(self) -> str:
        while True:
            try:
                query = parse_query(self.questions.draw())
                standing(query)
            except BadInput:
                continue
            return query.canonical

    async def subscribe(self) -> None:
        channel = self.random.randrange(len(CHANNELS))
        await self.open(channel)
        made, _, new = await self.store.subscribe(
            CHANNELS[channel], self.query(), "query", by="slack:U1", at=self.clock.now(), origin="chat"
        )
        if new:
            self.live.append((channel, made.number))

    async def unsubscribe(self) -> None:
        if self.live:
            one = self.live.pop(self.random.randrange(len(self.live)))
            await self.store.unsubscribe(CHANNELS[one[0]], one[1])
            self.ended.append(one)

    async def restore(self) -> None:
        if self.ended:
            one = self.ended.pop(self.random.randrange(len(self.ended)))
            if await self.store.restore(CHANNELS[one[0]], one[1]):
                self.live.append(one)

    async def edit(self) -> None:
        await self.unsubscribe()
        await self.subscribe()

    async def remove_channel(self) -> None:
        channel = self.random.randrange(len(CHANNELS))
        await self.store.remove_channel(CHANNELS[channel].key)
        self.live = [one for one in self.live if one[0] != channel]
        self.ended = [one for one in self.ended if one[0] != channel]

    async def read(self) -> None:
        batch = self.papers[self.next_paper : self.next_paper + 3]
        self.next_paper = (self.next_paper + 3) % len(self.papers)
        await self.ingest.run(FakeSource(batch))

    async def step(self) -> None:
        deeds = [self.subscribe] * 12 + [self.unsubscribe] * 4 + [self.edit] * 3 + [self.restore] * 2 + [self.read] * 4
        await self.random.choice([*deeds, self.restart, self.remove_channel])()

    async def compare(self) -> int:
        """The hits of a few papers as the matcher has them, as one built anew from the store has them, and as the trees have them."""
        await self.rules.refresh()
        anew, queries = Matcher(), {rule: parse_query(text) for rule, text in await self.store.rules()}
        for rule, query in queries.items():
            anew.add(rule, query)
        today, hits = self.clock.now().date(), 0
        for paper in self.random.sample(self.papers, 8):
            of = terms(paper)
            by_tree = [hit for rule in sorted(queries) if (hit := evaluate(rule, queries[rule], paper, of, today))]
            assert self.rules.match(paper, of) == anew.match(paper, of, today) == by_tree
            hits += len(by_tree)
        return hits


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_changes_the_matcher_stays_what_the_store_says(tmp_path: Path, seed: int) -> None:
    life = Life(tmp_path / "papers.db", seed)
    await life.start()
    hits = 0
    for turn in range(150):
        await life.step()
        if turn % 3 == 0:
            hits += await life.compare()
    assert hits > 100
    await life.store.close()


async def followed(store: Store, number: int) -> None:
    await store.add_channel(CHANNELS[0], some_settings(), next_at=NOON, origin="chat")
    for index in range(number):
        await store.subscribe(CHANNELS[0], f"{'graph' if index % 2 else 'network'} -w{index}", "query", by="x", at=NOON, origin="chat")


class Watched(Matcher):
    """Notes when somebody matches while rules come or go, and how often each rule came."""

    busy = 0
    clashes = 0
    came: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.came = []

    def add(self, rule: int, query: Query) -> None:
        self.came.append(rule)
        self._alone_at_it(lambda: Matcher.add(self, rule, query))

    def match(self, paper: Paper, terms: Terms, today: date) -> list[Hit]:
        found: list[Hit] = []
        self._alone_at_it(lambda: found.extend(Matcher.match(self, paper, terms, today)))
        return found

    def _alone_at_it(self, work: object) -> None:
        self.busy += 1
        self.clashes += self.busy > 1
        work()  # type: ignore[operator]
        self.busy -= 1


@pytest.fixture
def quick_switches() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    made: list[Watched] = []

    def make() -> Watched:
        made.append(Watched())
        return made[-1]

    monkeypatch.setattr(ingest, "Matcher", make)
    return made


@pytest.mark.usefixtures("quick_switches")
async def test_no_paper_is_matched_while_rules_come_in(store: SqliteStore, watched: list[Watched]) -> None:
    await followed(store, 8 * RULES_SLICE)
    rules = Rules(store, FakeClock())
    paper = a_paper(title="A graph network")
    of = terms(paper)
    matching = True

    def match() -> list[int]:
        seen = [0]
        while matching:
            seen.append(len(rules.match(paper, of)))
        return seen

    thread = asyncio.create_task(asyncio.to_thread(match))
    await rules.refresh()
    matching = False
    seen = await thread
    assert watched[0].clashes == 0
    assert seen == sorted(seen)
    assert len(rules.match(paper, of)) == 8 * RULES_SLICE


async def test_others_have_their_turn_while_many_rules_come_in_and_nobody_takes_them_twice(
    store: SqliteStore, watched: list[Watched]
) -> None:
    await followed(store, 5 * RULES_SLICE + 1)
    rules = Rules(store, FakeClock())
    sizes: list[int] = []

    async def look_on() -> None:
        while len(watched[0]) < 5 * RULES_SLICE + 1:
            sizes.append(len(watched[0]))
            await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(rules.refresh(), rules.refresh(), look_on()), 20)
    assert sorted(watched[0].came) == sorted(rule for rule, _ in await store.rules())
    assert {RULES_SLICE * number for number in range(6)} <= set(sizes)
