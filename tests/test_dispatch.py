"""The dispatcher over the real store: nothing lost, nothing repeated, whatever the platform answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.deliveries import Delivery, Occurrence, Outcome, State
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.ports import DeliveryChange, Pace
from bot.services.dispatch import LEASE, Dispatcher
from bot.services.settling import MAX_ATTEMPTS, MAX_FAULTS, QUARANTINE
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_destination, a_message, distinct_papers, some_settings
from tests.fakes.adapter import FakeAdapter
from tests.fakes.clock import FakeClock


class Desk:
    """One store, one fake platform, one dispatcher; ``restarted`` is a new process on the same store."""

    def __init__(self, store: SqliteStore, *, readable: bool = True) -> None:
        self.store, self.clock = store, FakeClock()
        self.platform = FakeAdapter(readable=readable)
        self.dispatcher = self._new("one")
        self.restarts = 0

    def _new(self, owner: str, policy: str = "held") -> Dispatcher:
        return Dispatcher(self.store, self.clock, {"slack": self.platform}, owner=owner, policy=policy)  # type: ignore[arg-type]

    def restarted(self, policy: str = "held") -> Dispatcher:
        self.restarts += 1
        return self._new(f"again {self.restarts}", policy)

    async def channel(self, key: str = "slack:C0123ABCD") -> Destination:
        destination = a_destination(key)
        await self.store.add_channel(destination, some_settings(), next_at=self.clock.now(), origin="chat")
        return destination

    async def put(self, destination: Destination, slot: str, messages: tuple[Message, ...] = (), *, threaded: bool = True) -> None:
        papers = distinct_papers(1)
        intake = await self.store.ingest(papers, at=self.clock.now(), match=lambda paper, terms: [])
        occurrence = Occurrence(
            destination=destination,
            slot=slot,
            shown=((intake.rows[0], "reason"),),
            rest=(),
            messages=messages or (replace(a_message(), heading=slot),),
            next_at=None,
            threaded=threaded,
        )
        assert await self.store.enqueue(occurrence, at=self.clock.now())

    async def states(self) -> list[State]:
        return [delivery.state for delivery in reversed(await self.store.deliveries())]


@pytest.fixture
def desk(store: SqliteStore) -> Desk:
    return Desk(store)


async def test_what_is_planned_is_posted_once_and_in_order(desk: Desk) -> None:
    there, here = await desk.channel("slack:C0000AAAA"), await desk.channel()
    for slot in ("one", "two", "three"):
        await desk.put(here, slot)
    await desk.put(there, "other")
    assert await desk.dispatcher.drain() == 4
    assert [heading for heading in desk.platform.headings() if heading != "other"] == ["one", "two", "three"]
    assert await desk.dispatcher.drain() == 0
    assert await desk.states() == [State.SENT] * 4


async def test_a_restart_posts_nothing_again(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    await desk.dispatcher.drain()
    assert await desk.restarted().drain() == 0
    assert desk.platform.headings() == ["one"]


async def test_a_long_digest_goes_on_in_the_thread_of_its_first_message(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one", (a_message(), a_message()))
    await desk.dispatcher.drain()
    assert [thread for _, _, _, thread in desk.platform.posted] == ["", "r1"]


async def test_messages_that_stand_for_themselves_open_no_thread(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one", (a_message(), a_message()), threaded=False)
    await desk.dispatcher.drain()
    assert [thread for _, _, _, thread in desk.platform.posted] == ["", ""]


async def test_the_intent_is_durable_before_the_request(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")

    def die(message: Message) -> None:
        raise asyncio.CancelledError

    desk.platform.before_post = die
    with pytest.raises(asyncio.CancelledError):
        await desk.dispatcher.drain()
    assert await desk.states() == [State.SENDING]


async def test_a_lost_answer_is_looked_up_and_not_repeated(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = ["lost"]
    assert await desk.dispatcher.drain() == 0
    assert await desk.states() == [State.SENDING]
    desk.clock.advance(QUARANTINE + 1)
    assert await desk.restarted().drain() == 1
    assert desk.platform.headings() == ["one"]
    assert await desk.states() == [State.SENT]


async def test_an_uncertain_post_that_is_not_there_is_posted(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.UNCERTAIN]
    await desk.dispatcher.drain()
    desk.clock.advance(QUARANTINE + 1)
    await desk.dispatcher.drain()
    assert desk.platform.headings() == ["one"]
    assert await desk.states() == [State.SENT]


async def test_doubt_is_not_resolved_before_the_quarantine_is_over(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.UNCERTAIN]
    await desk.dispatcher.drain()
    desk.clock.advance(QUARANTINE - 1)
    await desk.restarted().drain()
    assert desk.platform.attempts == 1


@pytest.mark.parametrize(("policy", "state", "posts"), [("held", State.HELD, 1), ("resend", State.SENT, 2), ("drop", State.FAILED, 1)])
async def test_where_the_channel_cannot_be_read_the_policy_decides(store: SqliteStore, policy: str, state: State, posts: int) -> None:
    desk = Desk(store, readable=False)
    await desk.put(await desk.channel(), "one")
    desk.platform.script = ["lost"]
    await desk.dispatcher.drain()
    desk.clock.advance(QUARANTINE + 1)
    await desk.restarted(policy).drain()
    assert await desk.states() == [state]
    assert len(desk.platform.posted) == posts


async def test_a_rate_limit_waits_as_told_and_never_counts(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    for _ in range(MAX_ATTEMPTS + 3):
        desk.platform.script = [Outcome.RATE_LIMITED]
        await desk.dispatcher.drain()
        assert await desk.states() == [State.PENDING]
        attempts = desk.platform.attempts
        desk.clock.advance(29)
        await desk.dispatcher.drain()
        assert desk.platform.attempts == attempts, "30 seconds were asked for"
        desk.clock.advance(2)
    assert await desk.dispatcher.drain() == 1


async def test_a_rate_limit_after_doubt_does_not_make_it_certain(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.UNCERTAIN, Outcome.RATE_LIMITED]
    await desk.dispatcher.drain()
    desk.clock.advance(QUARANTINE + 1)
    await desk.dispatcher.drain()
    assert await desk.states() == [State.SENDING]


async def test_a_platform_that_cannot_be_reached_is_tried_again_and_given_up_in_the_end(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.NOT_SENT] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        await desk.dispatcher.drain()
        desk.clock.advance(301)
    assert await desk.states() == [State.DEAD]
    assert desk.platform.attempts == MAX_ATTEMPTS


async def test_a_refused_message_is_sent_once_more_as_plain_text(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.BAD_CONTENT]
    await desk.dispatcher.drain()
    (_, _, message, _) = desk.platform.posted[0]
    assert not message.cards and not message.buttons and "Paper 1" in [item.text for item in message.items]


async def test_a_message_refused_as_plain_text_too_fails_alone(desk: Desk) -> None:
    here = await desk.channel()
    await desk.put(here, "one")
    await desk.put(here, "two")
    desk.platform.script = [Outcome.BAD_CONTENT, Outcome.BAD_CONTENT]
    await desk.dispatcher.drain()
    assert await desk.states() == [State.FAILED, State.SENT]
    assert desk.platform.headings() == ["two"]


@pytest.mark.parametrize(("outcome", "first"), [(Outcome.NO_ACCESS, State.PENDING), (Outcome.GONE, State.FAILED)])
async def test_a_place_we_may_not_post_in_is_paused_and_its_owners_hear_of_it_once(desk: Desk, outcome: Outcome, first: State) -> None:
    here = await desk.channel()
    for person in ("slack:U7", "slack:U8", "slack:U7"):
        await desk.store.subscribe(here, f"topic {person[-1]}", "keyword", by=person, at=desk.clock.now(), origin="chat")
    await desk.put(here, "one")
    await desk.put(here, "two")
    desk.platform.script = [outcome]
    await desk.dispatcher.drain()
    channel = await desk.store.channel(here.key, tenant=here.tenant)
    assert channel and outcome.value in channel.paused and channel.next_at is None
    kept = {one.message.heading: one.state for one in await desk.store.deliveries(key=here.key)}
    assert kept == {"one": first, "two": State.PENDING}
    assert sorted(to for to, _, _, _ in desk.platform.posted) == ["slack:@U7", "slack:@U8"]
    assert all("#nlp" in message.heading and message.intro for _, _, message, _ in desk.platform.posted)


async def test_after_access_is_given_again_nothing_is_missing(desk: Desk) -> None:
    here = await desk.channel()
    for slot in ("one", "two"):
        await desk.put(here, slot)
    desk.platform.script = [Outcome.NO_ACCESS]
    await desk.dispatcher.drain()
    channel = await desk.store.channel(here.key, tenant=here.tenant)
    assert channel
    await desk.store.change_channel(replace(channel, paused="", next_at=desk.clock.now()))
    await desk.dispatcher.drain()
    assert desk.platform.headings() == ["one", "two"]


async def test_a_refused_token_stops_the_platform_and_loses_nothing(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = [Outcome.BAD_TOKEN]
    await desk.dispatcher.drain()
    assert desk.dispatcher.refused == {"slack": "bad_token"}
    assert desk.platform.attempts == 1
    assert await desk.restarted().drain() == 1


async def test_trouble_with_one_delivery_leaves_the_others_alone(desk: Desk) -> None:
    first, second = await desk.channel("slack:C0000AAAA"), await desk.channel()
    await desk.put(first, "one")
    await desk.put(second, "two")

    def break_on_one(message: Message) -> None:
        if message.heading == "one":
            raise RuntimeError("formatter")

    desk.platform.before_post = break_on_one
    await desk.dispatcher.drain()
    assert sorted(await desk.states()) == [State.SENDING, State.SENT]


async def test_after_stop_nothing_more_is_claimed(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.dispatcher.stop()
    assert await desk.dispatcher.drain() == 0
    assert await desk.states() == [State.PENDING]


async def test_a_limit_on_the_whole_token_stops_every_destination(desk: Desk) -> None:
    for number in range(4):
        await desk.put(await desk.channel(f"slack:C000{number}AAA"), f"to {number}")
    desk.platform.limited_everywhere = True
    desk.platform.script = [Outcome.RATE_LIMITED]
    desk.dispatcher._adapters["slack"].pace = Pace(each=0.0, overall=1.0)  # one after the other
    await desk.dispatcher.drain()
    before = desk.platform.attempts
    await desk.dispatcher.drain()
    assert desk.platform.attempts == before, "30 seconds were asked for, for everything"
    desk.clock.advance(31)
    await desk.dispatcher.drain()
    assert len(desk.platform.posted) == 4


async def test_a_platform_that_does_not_answer_is_left_alone_for_longer_and_longer(desk: Desk) -> None:
    for number in range(8):
        await desk.put(await desk.channel(f"slack:C000{number}AAA"), f"to {number}")
    desk.platform.script = [Outcome.NOT_SENT] * 400
    for _ in range(60):
        await desk.dispatcher.drain()
        desk.clock.advance(10)
    asked = desk.platform.attempts
    assert asked < 45, "ten minutes of a dead platform"
    desk.platform.script = []
    desk.clock.advance(301)
    await desk.dispatcher.drain()
    assert len(desk.platform.posted) == 8


async def test_where_the_platform_takes_care_of_repeats_doubt_is_over_within_seconds(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.repeatable = 60.0
    desk.platform.script = ["lost"]
    await desk.dispatcher.drain()
    desk.clock.advance(3)
    await desk.dispatcher.drain()
    assert await desk.states() == [State.SENT]
    assert desk.platform.headings() == ["one"] and desk.platform.attempts == 2


async def test_a_channel_that_cannot_be_looked_at_now_is_looked_at_later(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    desk.platform.script = ["lost"]
    await desk.dispatcher.drain()
    desk.clock.advance(QUARANTINE + 1)
    desk.platform.silent = True
    await desk.dispatcher.drain()
    assert await desk.states() == [State.SENDING]
    desk.platform.silent = False
    desk.clock.advance(61)
    assert await desk.dispatcher.drain() == 1
    assert desk.platform.headings() == ["one"]


async def test_a_message_that_breaks_our_own_code_is_sent_as_plain_text_in_the_end(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")

    def break_on_cards(message: Message) -> None:
        if message.cards:
            raise RuntimeError("formatter")

    desk.platform.before_post = break_on_cards
    for _ in range(MAX_FAULTS):
        await desk.dispatcher.drain()
        assert await desk.states() == [State.SENDING]
        desk.clock.advance(QUARANTINE + 1)
    await desk.dispatcher.drain()
    ((_, _, message, _),) = desk.platform.posted
    assert not message.cards and message.items


async def test_a_message_whose_row_was_taken_by_another_worker_is_taken_back(desk: Desk) -> None:
    """This process stood still inside the request; another one verified, found nothing, and posted."""
    await desk.put(await desk.channel(), "one")

    async def other_worker() -> None:
        desk.clock.advance(LEASE + 1)
        (row,) = await desk.store.uncertain(["slack"], owner="two", now=desk.clock.now(), lease=LEASE, limit=1)
        assert await desk.store.move(
            row, State.SENT, owner="two", now=desk.clock.now(), change=DeliveryChange(remote_id="theirs", error="")
        )

    desk.platform.during_post = other_worker
    await desk.dispatcher.drain()
    assert desk.platform.retracted == ["r1"]
    (row,) = await desk.store.deliveries()
    assert (row.state, row.remote_id) == (State.SENT, "theirs")


async def test_a_process_that_stood_still_before_the_request_sends_nothing(desk: Desk) -> None:
    await desk.put(await desk.channel(), "one")
    move = desk.store.move

    async def slow_move(delivery: Delivery, to: State, **more: Any) -> bool:
        moved = await move(delivery, to, **more)
        if to is State.SENDING:
            desk.clock.advance(LEASE / 2 + 1)
            desk.dispatcher.stop()
        return moved

    desk.store.move = slow_move  # type: ignore[method-assign]
    await desk.dispatcher.drain()
    assert desk.platform.attempts == 0
    assert await desk.states() == [State.PENDING]


async def test_one_channel_is_paced_and_the_others_do_not_wait_for_it(desk: Desk) -> None:
    here, there = await desk.channel(), await desk.channel("slack:C0000AAAA")
    for slot in ("one", "two", "three"):
        await desk.put(here, slot)
    await desk.put(there, "other")
    desk.platform.pace = Pace(each=1.0, overall=0.1)
    began = desk.clock.monotonic()
    assert await desk.dispatcher.drain() == 4
    assert desk.platform.headings().index("other") < 2
    assert 2.0 <= desk.clock.monotonic() - began <= 4.0
