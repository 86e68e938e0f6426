"""The tortures that take seconds, one rule of the machine each. All of them, at length: ``make torture``."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.servers.slack_parts import stall
from tests.torture.bench import Bench
from tests.torture.cases import answers, closed, kills, lines, restored, storm
from tests.torture.cases.calendar import plan, walk
from tests.torture.ledger import Expected, Standing, Verdict, judge, select
from tests.torture.nursery import Life, Nursery
from tests.torture.report import Row
from tests.torture.tempo import SLOW, Tempo
from tests.torture.world import World

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
PLATFORMS = pytest.mark.parametrize("platform", ["slack", "discord"])
#: What must never be seen.
GOOD = Verdict()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nursery() -> AsyncIterator[Nursery]:
    async with Nursery() as nursery:
        yield nursery


@pytest.fixture
def bench(nursery: Nursery, tmp_path: Path) -> Bench:
    return Bench(nursery=nursery, folder=tmp_path, seed=11, kills=8, deliveries=160)


def held(row: Row) -> None:
    assert row.good, row


async def settled(world: World, **more: Any) -> None:
    """One more life, until everything is settled."""
    assert await world.finish(seconds=40, **more), dict(world.states())
    assert world.verdict() == GOOD


async def stopped_at(world: World, pattern: str, **more: Any) -> Life:
    """A worker that stands still at the first line of the dispatch path that holds ``pattern``."""
    trace = {"deed": "stop", "at": 1, "pattern": pattern, "report": str(world.folder / "lines.txt")}
    life = await world.bear(second=True, trace=trace, **more)
    assert await life.until(seconds=15, still=True), f"no line with {pattern!r} was executed"
    return life


def posts(world: World) -> int:
    """Requests to post a message."""
    slack = sum(method == "chat.postMessage" for method, _ in world.slack.calls)
    return slack + sum(call.startswith("POST /channels/") and call.endswith("/messages") for call in world.discord.calls)


def edits(world: World) -> int:
    """Requests to change a message."""
    slack = sum(method == "chat.update" for method, _ in world.slack.calls)
    return slack + sum(call.startswith("PATCH /channels/") for call in world.discord.calls)


async def test_deaths_at_random_moments_lose_and_repeat_nothing(bench: Bench) -> None:
    held((await kills.random_kills(bench))[0])


@PLATFORMS
async def test_what_was_stored_before_a_death_is_found_two_hours_later(bench: Bench, platform: str) -> None:
    async with bench.world("stored", platforms=[platform]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        world.fault("stall", after=True)
        life = await world.bear()
        assert await world.until(lambda: len(world.standing()) == 1, seconds=15)
        await life.kill()
        await world.pass_time(7200)
        await settled(world)
        assert posts(world) == 1


@PLATFORMS
async def test_an_intent_without_a_request_is_sent_after_all(bench: Bench, platform: str) -> None:
    trial = lines.Trial(platform=platform, fault="none", deed="kill", pause="later", at=1, pattern=r"await self\._publish\(")
    result = await lines.attempt(bench, trial)
    assert result.where and result.verdict == GOOD and not result.problems


@pytest.mark.parametrize(("platform", "kind"), [("slack", "cut:after"), ("slack", "500:after"), ("discord", "cut:after")])
async def test_a_lost_answer_means_neither_a_lost_nor_a_second_message(bench: Bench, platform: str, kind: str) -> None:
    async with bench.world("lost", platforms=[platform]) as world:
        await world.add_channels(8)
        await world.enqueue(8)
        world.spoil(0.5, kinds=[kind])
        await settled(world)


@PLATFORMS
async def test_a_death_between_an_edit_and_its_receipt_edits_again_and_replies_once(bench: Bench, platform: str) -> None:
    async with bench.world("edit", platforms=[platform]) as world:
        await world.add_channels(1)
        await world.publish_papers(1, due_in=None)
        life = await world.bear()
        assert await world.until(lambda: world.states() == {"sent": 1}, seconds=15)
        await world.stop(life)
        await world.accept_papers()
        world.slack.script("chat.update", stall(after=True))
        world.discord.fault("stall", on="PATCH /channels/", after=True)
        life = await world.bear()
        assert await world.until(lambda: "accepted at ACL 2026" in world.standing()[0].text, seconds=15)
        await life.kill()
        world.adopt()
        assert len(world.expected) == 2 and world.states() == {"sent": 1, "sending": 1, "pending": 1}
        await world.pass_time(7200)
        await settled(world)
        assert posts(world) == 2 and edits(world) == 2


async def test_a_request_that_lands_late_is_waited_for(bench: Bench) -> None:
    async with bench.world("late", platforms=["slack"]) as world:
        await world.add_channels(3)
        await world.enqueue(6)
        world.spoil(0.6, kinds=["late"])
        await settled(world)


async def test_a_host_clock_that_is_a_day_ahead_ends_no_quarantine(bench: Bench) -> None:
    async with bench.world("clock", platforms=["slack"], tempo=SLOW) as world:
        await world.add_channels(3)
        await world.enqueue(3, parts=1)
        spoilt = world.spoil(1.0, kinds=["late"])
        life = await world.bear()
        assert await world.until(lambda: spoilt.injected == 3, seconds=15)
        await life.kill()
        spoilt.quiet()
        await settled(world, ahead=86_400.0)


async def test_a_rate_limit_after_doubt_does_not_make_it_certain(bench: Bench) -> None:
    """Stored, the answer lost; the repeat is refused with 429; then the nonce is forgotten."""
    async with bench.world("doubt", platforms=["discord"]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        world.fault("cut", after=True)
        world.discord.fault("limit", retry_after=2.0)
        life = await world.bear()
        assert await world.until(lambda: posts(world) == 2, seconds=15)
        assert await world.until(lambda: bool(select(world.path, "SELECT 1 FROM deliveries WHERE error LIKE '%limit%'")), seconds=5)
        await life.kill()
        await world.pass_time(7200)
        await settled(world)


async def test_a_rate_limit_is_waited_for_and_is_no_attempt(bench: Bench) -> None:
    async with bench.world("limit", platforms=["slack"]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        spoilt = world.spoil(1.0, kinds=["429"], retry_after=2.0)
        began = time.monotonic()
        life = await world.bear()
        assert await world.until(lambda: spoilt.injected == 1, seconds=15)
        spoilt.quiet()
        assert await world.until(world.settled, seconds=15)
        assert time.monotonic() - began >= 2.0
        await world.stop(life)
        assert world.verdict() == GOOD and posts(world) == 2
        assert select(world.path, "SELECT attempts FROM deliveries") == [(1,)]


@PLATFORMS
async def test_where_nothing_goes_wrong_every_message_is_one_request(bench: Bench, platform: str) -> None:
    async with bench.world("plain", platforms=[platform]) as world:
        await world.add_channels(8)
        await world.enqueue(40)
        await settled(world)
        assert posts(world) == len(world.expected)


@PLATFORMS
async def test_a_channel_waits_for_its_first_message_and_a_thread_for_its_parent(bench: Bench, platform: str) -> None:
    async with bench.world("order", platforms=[platform]) as world:
        await world.add_channels(2)
        await world.enqueue(6, parts=3)
        await world.enqueue(4, parts=1)
        world.fault("cut", after=False)
        await settled(world)


async def test_a_worker_that_stood_still_before_the_request_sends_nothing(bench: Bench) -> None:
    async with bench.world("fence", platforms=["slack"]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        frozen = await stopped_at(world, r"> LEASE / 2")
        other = await world.bear(second=True)
        assert await world.until(world.settled, seconds=20)
        frozen.signal(signal.SIGCONT)
        await world.stop(frozen)
        await world.stop(other)
        assert world.verdict() == GOOD
        assert world.taken_back() == 0


async def test_a_worker_that_stood_still_after_its_last_look_takes_its_message_back(bench: Bench) -> None:
    async with bench.world("take-back", platforms=["slack"]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        frozen = await stopped_at(world, r"= await self\._publish\(")
        other = await world.bear(second=True)
        assert await world.until(world.settled, seconds=20)
        frozen.signal(signal.SIGCONT)
        await world.until(lambda: world.taken_back() == 1, seconds=10)
        await world.stop(frozen)
        await world.stop(other)
        assert world.verdict() == GOOD
        assert world.taken_back() == 1


async def test_a_row_that_another_worker_has_is_left_to_it(bench: Bench) -> None:
    """The one stood still, the other posted and died: the first may not put the row back into the queue."""
    async with bench.world("owner", platforms=["slack"]) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        frozen = await stopped_at(world, r"> LEASE / 2")
        other = await world.bear(second=True)
        world.fault("stall", after=True)
        assert await world.until(lambda: len(world.standing()) == 1, seconds=20)
        await other.kill()
        frozen.signal(signal.SIGCONT)
        assert await world.until(world.settled, seconds=20)
        await world.stop(frozen)
        assert world.verdict() == GOOD


async def test_a_request_under_way_is_left_alone_while_its_lease_runs(bench: Bench) -> None:
    async with bench.world("lease", platforms=["discord"], tempo=Tempo(timeout=3.0, quarantine=3.5, lease=6.0)) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        slow = world.discord.fault("stall", after=True)
        first = await world.bear(second=True)
        assert await world.until(lambda: len(world.standing()) == 1, seconds=15)
        other = await world.bear(second=True)
        await other.until_ready()
        await asyncio.sleep(0.6)
        slow.release.set()
        assert await world.until(world.settled, seconds=15)
        await world.stop(first)
        await world.stop(other)
        assert world.verdict() == GOOD
        assert posts(world) == 1


async def test_an_answer_that_follows_a_lost_one_hides_nothing(bench: Bench) -> None:
    """Discord's library repeats after a 500 by itself; that repeat is refused, and says nothing about the first one."""
    async with bench.world("hidden", platforms=["discord"], tempo=Tempo(timeout=3.0, quarantine=3.5, lease=6.0)) as world:
        await world.add_channels(1)
        await world.enqueue(1, parts=1)
        world.fault("500", after=True)
        world.discord.fault("limit", retry_after=2.0)
        life = await world.bear()
        assert await world.until(lambda: posts(world) == 2, seconds=15)
        assert await world.until(lambda: bool(select(world.path, "SELECT 1 FROM deliveries WHERE error <> ''")), seconds=5)
        await life.kill()
        await world.pass_time(7200)
        await settled(world)


async def test_a_message_that_cannot_be_drawn_fails_alone(bench: Bench) -> None:
    held((await answers.poison(bench))[0])


async def test_what_cannot_be_looked_up_is_held_and_settled_later(bench: Bench) -> None:
    held((await closed.closed_history(bench))[0])


async def test_an_older_backup_repeats_nothing(bench: Bench) -> None:
    held(await restored.backup(bench, hours=2))


async def test_an_older_backup_repeats_nothing_on_a_platform_that_comes_late(bench: Bench) -> None:
    held(await restored.late_platform(bench))


@pytest.mark.parametrize("kind", ["channels", "platform"])
async def test_ten_minutes_of_429_are_made_up_for_as_quickly_as_the_platform_allows(bench: Bench, kind: storm.Storm) -> None:
    bench.folder.mkdir(exist_ok=True)
    held(await asyncio.to_thread(storm.weather, bench.folder, "slack", kind, channels=60, each=1, minutes=10))


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca"])
async def test_every_local_day_has_one_digest(zone: str) -> None:
    for at in ("00:30", "01:30", "02:30"):
        tally = walk(zone, at, 3)
        assert tally.days > 1090 and (tally.missed, tally.twice, tally.early) == (0, 0, 0)
    tally = await plan(zone, "02:30", 1, 5)
    assert tally.days > 300 and (tally.missed, tally.twice) == (0, 0)


async def test_the_judge_sees_what_is_wrong() -> None:
    one, two = Expected("a", "slack:C1", 1), Expected("b", "slack:C1", 2, parent="a")
    rows = {"a": ("sent", "1"), "b": ("sent", "2")}
    first, second = Standing("a", "slack:C1", "1"), Standing("b", "slack:C1", "2", thread="1")
    assert judge([one, two], [first, second], rows) == GOOD
    assert judge([one, two], [first], rows).lost == 1
    assert judge([one, two], [first, second, Standing("a", "slack:C1", "3")], rows).repeated == 1
    assert judge([one, two], [second, first], rows).out_of_order == 1
    assert judge([one, two], [first, Standing("b", "slack:C1", "2")], rows).astray == 1
    assert judge([one, two], [first, second], {**rows, "b": ("sending", "")}).open == 1
    assert Tempo().quarantine > 2 * Tempo().timeout
