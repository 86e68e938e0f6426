"""Loopback Slack and Discord, a database with deliveries in it, and the lives that are to send them."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.domain.deliveries import Occurrence, delivery_id
from bot.domain.messages import Button, Card, Message, rich
from bot.domain.papers import Paper
from bot.domain.subscriptions import DEFAULT_SETTINGS, Destination
from bot.ports import Hit
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import distinct_papers
from tests.servers.discord import DiscordServer
from tests.servers.faults import FaultPlan
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_parts import cut, stall, status
from tests.torture.ledger import Expected, Standing, Verdict, in_discord, in_slack, judge, outbox, select
from tests.torture.nursery import Life, Nursery
from tests.torture.tempo import Tempo

#: So far away that no schedule interferes.
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
_FINAL = ("sent", "failed", "dead", "held")


class World:
    """``async with World(nursery, folder, seed=1) as world``. Servers and database outlive the lives."""

    def __init__(
        self, nursery: Nursery, folder: Path, *, seed: int, tempo: Tempo | None = None, platforms: Sequence[str] = ("slack", "discord")
    ) -> None:
        self.nursery, self.folder, self.tempo = nursery, folder, tempo or Tempo()
        self.random = random.Random(seed)
        self.platforms = tuple(platforms)
        self.slack, self.discord = SlackServer(), DiscordServer()
        self.path = folder / "papers.db"
        self.log = folder / "log.jsonl"
        self.channels: list[Destination] = []
        self.expected: dict[str, Expected] = {}
        self.lives: list[Life] = []
        #: Seconds that the world's clocks are ahead of the machine's.
        self.ahead = 0.0
        self.papers: list[Paper] = []
        self._planned: list[str] = []
        self._seqs: Counter[str] = Counter()
        self._slots = count(1)

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if "slack" in self.platforms:
            await self.slack.__aenter__()
        if "discord" in self.platforms:
            await self.discord.__aenter__()
        await self.open()
        return self

    def move(self, path: Path) -> None:
        """The database lies elsewhere; ``open`` it there."""
        self.path = path

    async def open(self) -> None:
        """Write the configuration, and make the database."""
        self.config = self.folder / "papercrier.toml"
        self.configure()
        await (await self.store()).close()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for life in self.lives:
            await life.kill()
        if "slack" in self.platforms:
            await self.slack.__aexit__(kind, error, trace)
        if "discord" in self.platforms:
            await self.discord.__aexit__(kind, error, trace)

    def configure(self, **delivery: str) -> None:
        """Write the configuration file; ``delivery`` are keys of its table of that name."""
        lines = ["[bot]", "seeds = false", 'log = "info"', "[store]", f'url = "sqlite:{self.path}"']
        if "slack" in self.platforms:
            tokens = [f'bot_token = "{BOT_TOKEN}"', f'app_token = "{APP_TOKEN}"']
            lines += ["[adapters.slack]", *tokens, f'api_url = "{self.slack.api_url}"']
        if "discord" in self.platforms:
            urls = [f'api_url = "{self.discord.api_url}"', f'gateway_url = "{self.discord.gateway_url}"']
            lines += ["[adapters.discord]", f'token = "{self.discord.token}"', *urls]
        lines += ["[delivery]", *(f'{key} = "{value}"' for key, value in delivery.items())]
        self.config.write_text("\n".join(lines) + "\n")

    # --- what is to be posted ----------------------------------------------------------------------------------------

    async def add_channels(self, number: int) -> None:
        """``number`` channels, on the platforms in turn."""
        added = []
        for index in range(number):
            platform = self.platforms[index % len(self.platforms)]
            name = f"channel{len(self.channels) + index}"
            if platform == "slack":
                room = self.slack.add_channel(f"C{len(self.channels) + index:05d}TT", name)
                added.append(Destination(platform="slack", address=room.id, tenant="slack:T1", name=f"#{name}"))
            else:
                address = str(self.discord.world.add_channel(name))
                tenant = f"discord:{self.discord.world.guild}"
                added.append(Destination(platform="discord", address=address, tenant=tenant, name=f"#{name}"))
        store = await self.store()
        try:
            for destination in added:
                await store.add_channel(destination, DEFAULT_SETTINGS, next_at=NEVER, origin="chat")
        finally:
            await store.close()
        self.channels += added

    async def enqueue(self, number: int, *, parts: int = 0) -> None:
        """At least ``number`` deliveries over all channels: messages of one to three parts, some as threads. ``parts``: always so many,
        as a thread."""
        store = await self.store()
        try:
            target = len(self.expected) + number
            while len(self.expected) < target:
                for destination in self.random.sample(self.channels, len(self.channels)):
                    await self._decide(store, destination, parts)
                    if len(self.expected) >= target:
                        break
        finally:
            await store.close()

    async def enqueue_poison(self, number: int) -> list[str]:
        """Messages that no adapter can draw while the life is told ``poison``; their ids. They are not among the expected ones."""
        store = await self.store()
        try:
            before = set(self.expected)
            for destination in self.channels[:number]:  # on each platform
                await self._decide(store, destination, 1, heading="poison")
            return [key for key in list(self.expected) if key not in before and self.expected.pop(key)]
        finally:
            await store.close()

    async def publish_papers(self, number: int, *, due_in: float | None) -> None:
        """So many papers that every channel follows, in digests that come due so many seconds from now; ``None``: each at once."""
        store = await self.store()
        try:
            rules = set()
            for destination in self.channels:
                _, rule, _ = await store.subscribe(destination, "topic", "keyword", by="slack:U7", at=self.now(), origin="chat")
                rules.add(rule)
                channel = await store.channel(destination.key, tenant=None)
                assert channel
                if due_in is None:
                    changed = replace(channel, settings=replace(channel.settings, deliver="instant"))
                else:
                    changed = replace(channel, next_at=self.now() + timedelta(seconds=due_in))
                await store.change_channel(changed)
            papers = distinct_papers(len(self.papers) + number)[len(self.papers) :]
            self.papers += papers
            await store.ingest(papers, at=self.now(), match=lambda paper, terms: [Hit(rule=rule, clause="topic") for rule in rules])
        finally:
            await store.close()

    async def accept_papers(self) -> None:
        """Every paper is accepted somewhere, and every channel wants to hear of such things."""
        store = await self.store()
        try:
            for channel in await store.channels():
                await store.change_channel(replace(channel, settings=replace(channel.settings, types=("new", "cross", "update"))))
            accepted = [replace(paper, comment="Accepted at ACL 2026") for paper in self.papers]
            await store.ingest(accepted, at=self.now(), match=lambda paper, terms: [])
        finally:
            await store.close()

    def adopt(self) -> list[str]:
        """Messages that the product planned by itself are expected, too; the ids of their deliveries. Edits stand in other messages."""
        planned = []
        for key, destination, seq, parent in select(self.path, "SELECT id, destination, seq, parent FROM deliveries WHERE kind = 'post'"):
            if key not in self.expected:
                self.expected[key] = Expected(key, destination, seq, parent or "")
                planned.append(key)
        self._planned += planned
        return self._planned

    def papers_repeated(self) -> int:
        """How often a paper stands in a channel once more than it should."""
        seen = Counter((one.destination, paper.key) for one in self.standing() for paper in self.papers if paper.url in one.text)
        return sum(times - 1 for times in seen.values())

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    async def store(self) -> SqliteStore:
        return await open_sqlite(str(self.path), readers=1)

    async def _decide(self, store: SqliteStore, destination: Destination, parts: int, heading: str = "") -> None:
        size = parts or self.random.choice((1, 1, 1, 2, 3))
        threaded = bool(parts) or self.random.random() < 0.5
        slot = f"torture:{next(self._slots)}"
        occurrence = Occurrence(
            destination=destination,
            slot=slot,
            shown=(),
            rest=(),
            messages=tuple(a_message(f"{heading}{slot} part {part}", buttons=self.random.random() < 0.7) for part in range(size)),
            next_at=None,
            threaded=threaded,
        )
        assert await store.enqueue(occurrence, at=self.now())
        for part in range(size):
            self._seqs[destination.key] += 1
            key = delivery_id(destination, slot, part)
            parent = occurrence.id if part and threaded else ""
            self.expected[key] = Expected(key, destination.key, self._seqs[destination.key], parent)

    def fault(self, kind: str, *, after: bool) -> None:
        """The next post goes wrong: "cut", "500" or "stall", before or after the message is stored."""
        if "slack" in self.platforms:
            fault = {"cut": cut(after=after), "500": status(500, after=after), "stall": stall(after=after)}[kind]
            self.slack.script("chat.postMessage", fault)
        if "discord" in self.platforms:
            self.discord.fault("status" if kind == "500" else kind, after=after)  # type: ignore[arg-type]

    def spoil(self, probability: float, **more: Any) -> Spoilt:
        """From now on requests go wrong at random, and what lands late lands within the quarantine."""
        late = 0.7 * self.tempo.quarantine
        plans = [FaultPlan(self.random.randrange(1 << 30), probability, **{"late": late, **more}) for _ in range(2)]
        self.slack.faults, self.discord.faults = plans
        return Spoilt(self, plans)

    @property
    def pending(self) -> int:
        """Messages that were accepted and are still to be stored."""
        return self.slack.pending + self.discord.pending

    # --- lives -------------------------------------------------------------------------------------------------------

    async def bear(self, *, ahead: float = 0.0, **more: Any) -> Life:
        """A new life on the database; ``ahead`` is how wrong its host's clock is in this world."""
        spec = {"config": str(self.config), "tempo": self.tempo.document(), "log": str(self.log), "ahead": self.ahead + ahead, **more}
        life = await self.nursery.bear(spec)
        self.lives.append(life)
        return life

    async def pass_time(self, seconds: float) -> None:
        """So much time passes for servers and for lives yet to come. What a life wrote before it died arrives before that, and what was
        to land late lands within the quarantine, not hours later."""
        await asyncio.sleep(0.05)
        self.ahead += seconds
        soon = min(seconds, self.tempo.quarantine)
        for part in (soon, seconds - soon):
            self.slack.advance(part)
            self.discord.advance(part)

    async def stop(self, life: Life, *, seconds: float = 12.0) -> float:
        """Ask it to end; the seconds that took. ``AssertionError`` when it does not end well."""
        await life.until_ready()
        began = time.monotonic()
        life.signal(signal.SIGTERM)
        if not await life.until(seconds=seconds) or life.code != 0:
            raise AssertionError(f"the process did not end well ({life.code}); see {self.log}")
        return time.monotonic() - began

    # --- how it stands -----------------------------------------------------------------------------------------------

    def states(self) -> Counter[str]:
        return Counter(dict(select(self.path, "SELECT state, count(*) FROM deliveries GROUP BY state")))

    def settled(self) -> bool:
        return not select(self.path, f"SELECT 1 FROM deliveries WHERE state NOT IN {_FINAL} LIMIT 1")

    async def until(self, true: Callable[[], bool], *, seconds: float = 60.0) -> bool:
        """Wait for ``true()``; ``False`` when it does not come in time, or every life has ended."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if true():
                    return True
            except sqlite3.OperationalError:
                pass  # the file is being put back
            if time.monotonic() > deadline or not any(life.alive for life in self.lives):
                return False
            await asyncio.sleep(0.03)

    async def finish(self, *, seconds: float = 90.0, **more: Any) -> bool:
        """A life that may live until everything is settled, and is stopped then. ``False``: not everything was."""
        life = await self.bear(**more)
        settled = await self.until(lambda: self.settled() and not self.pending, seconds=seconds)
        await self.stop(life)
        return settled

    def states_of(self, ids: Sequence[str]) -> list[str]:
        rows = outbox(self.path)
        return [rows[key][0] for key in ids]

    def taken_back(self) -> int:
        """Messages that were posted and stand no more."""
        posted = sum(bool(entry.key) for entry in (*self.slack.log, *self.discord.log))
        return posted - len(self.standing())

    async def ask_slack(self) -> bool:
        """Whether somebody who types a command gets an answer."""
        return bool((await self.slack.slash("help")).shown)

    async def ask_discord(self) -> bool:
        return bool((await self.discord.slash("help")).settled)

    def standing(self) -> list[Standing]:
        return [*in_slack(self.slack), *in_discord(self.discord)]

    def verdict(self) -> Verdict:
        return judge(self.expected.values(), self.standing(), outbox(self.path))


class Spoilt:
    """Random trouble on both platforms: what happened so far, and the way to end it."""

    def __init__(self, world: World, plans: Sequence[FaultPlan]) -> None:
        self._world, self._plans = world, plans

    @property
    def injected(self) -> int:
        return sum(sum(plan.drawn.values()) for plan in self._plans)

    def quiet(self) -> None:
        self._world.slack.faults = self._world.discord.faults = None


def a_message(heading: str, *, buttons: bool) -> Message:
    """Small, and once in a while without anything that carries a key but the footer."""
    own = (Button(label="Save", action="save:1"),) if buttons else ()
    return Message(heading=heading, cards=(Card(title=rich("A Paper"), body=rich("What it says."), buttons=own),))
