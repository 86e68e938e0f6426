"""What every adapter keeps, whichever platform it speaks. A platform's tests subclass ``AdapterContract`` and provide ``rig``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from bot.clock import SystemClock
from bot.domain.deliveries import Outcome, delivery_id
from bot.domain.messages import Button, Card, Message, rich
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, PlatformError
from bot.ports import Adapter
from tests.builders import a_message
from tests.servers.faults import FaultPlan


class Told(SystemClock):
    """Remembers every time it was told, and does not sleep."""

    def __init__(self) -> None:
        self.times: list[datetime] = []

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def observe(self, date: datetime) -> None:
        assert date.utcoffset() == timedelta(0)
        self.times.append(date)


class Platform(Protocol):
    """What both loopback servers have in common."""

    faults: FaultPlan | None

    def now(self) -> datetime: ...
    def advance(self, seconds: float) -> None: ...
    def delivered(self) -> dict[str, list[str]]: ...
    def add_channels(self, count: int) -> list[str]: ...
    @property
    def pending(self) -> int: ...


@dataclass
class Rig:
    """A started adapter against a loopback platform, and hands to move that platform with."""

    adapter: Adapter
    clock: Told
    server: Platform
    #: A channel where the bot may do all it needs, as the operator writes it down: without tenant and name.
    channel: Destination
    #: A person's direct messages.
    person: Destination
    #: A channel the platform does not know.
    unknown: Destination
    #: How many messages stand in a destination, continuations included.
    count: Callable[[Destination], int]
    #: The next post is taken, and its answer is lost on the way.
    lose_next_answer: Callable[[], None]
    #: The next post is answered with "too many requests, come back in a minute".
    limit_next: Callable[[], None]
    #: The same, for everything that the token may post.
    limit_everything: Callable[[], None]
    #: The next deletion is done, and its answer is lost on the way.
    lose_next_deletion: Callable[[], None]
    #: The next edit is done, and its answer is lost on the way.
    lose_next_edit: Callable[[], None]
    #: The next look into a thread, and the next into a channel, are answered with "too many requests, come back in a moment".
    limit_looking: Callable[[], None]
    #: Somebody with the right to do so deletes a message of ``channel``.
    remove: Callable[[str], None]
    #: Somebody else says something in ``channel``; the id of that message.
    somebody_says: Callable[[str], str]
    #: The connection for commands is lost and cannot be made again, until ``reconnect``.
    disconnect: Callable[[], Awaitable[None]]
    reconnect: Callable[[], None]
    #: A person gives a command, and waits for the answer.
    command: Callable[[], Awaitable[object]]
    #: From now on the history of ``channel`` is closed to the bot.
    close_history: Callable[[], None]
    #: An adapter with a token that the platform does not accept, not started.
    stranger: Callable[[], Adapter]


def key_for(destination: Destination, part: int = 0) -> str:
    return delivery_id(destination, "2026-11-20", part)


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def linking(*urls: str) -> Message:
    """A message with a card for each address, and one more address on a button."""
    cards = tuple(Card(title=rich(f"Paper {url[-1]}"), url=url, buttons=(Button(label="PDF", url=f"{url}.pdf"),)) for url in urls)
    return Message(heading="New papers", cards=cards, buttons=(Button(label="Site", url="https://example.org/all?a=1&b=2"),))


class AdapterContract:
    @pytest.fixture
    async def rig(self) -> Rig:
        raise NotImplementedError

    async def test_a_post_stands_in_its_channel_and_is_found_by_its_key(self, rig: Rig) -> None:
        since = just_now()
        receipt = await rig.adapter.publish(rig.channel, a_message(3), key=key_for(rig.channel))
        assert receipt.outcome is Outcome.SENT and receipt.remote_id
        assert rig.count(rig.channel) == 1
        found = await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=since)
        assert found.readable and found.remote_id == receipt.remote_id

    async def test_a_post_can_be_opened_and_so_can_its_channel(self, rig: Rig) -> None:
        channel = await rig.adapter.locate(rig.channel)
        receipt = await rig.adapter.publish(channel, a_message(1), key=key_for(channel))
        link, place = rig.adapter.link(channel, remote_id=receipt.remote_id), rig.adapter.link(channel)
        assert link.startswith("https://") and receipt.remote_id.replace(".", "") in link
        assert place.startswith("https://") and channel.address in place
        below = rig.adapter.link(channel, remote_id=f"{receipt.remote_id}1", thread=receipt.remote_id)
        assert receipt.remote_id in below and below not in (link, place)
        assert rig.adapter.link(await rig.adapter.locate(rig.person), remote_id=receipt.remote_id) == ""

    async def test_what_was_never_posted_is_provably_absent(self, rig: Rig) -> None:
        since = just_now()
        await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 1))
        found = await rig.adapter.find(rig.channel, key=key_for(rig.channel, 2), since=since)
        assert found.readable and not found.remote_id

    async def test_a_post_whose_answer_was_lost_is_uncertain_and_then_found(self, rig: Rig) -> None:
        since = just_now()
        rig.lose_next_answer()
        receipt = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel))
        assert receipt.outcome is Outcome.UNCERTAIN
        found = await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=since)
        assert found.remote_id and rig.count(rig.channel) == 1

    async def test_a_rate_limit_posts_nothing_and_says_how_long_to_wait(self, rig: Rig) -> None:
        rig.limit_next()
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        assert receipt.outcome is Outcome.RATE_LIMITED and receipt.retry_after >= 30
        assert rig.count(rig.channel) == 0

    async def test_a_closed_history_is_never_taken_for_absence(self, rig: Rig) -> None:
        rig.close_history()
        found = await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=just_now())
        assert not found.readable and not found.remote_id

    async def test_a_continuation_is_posted_under_its_parent_and_found_there(self, rig: Rig) -> None:
        since = just_now()
        first = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 1))
        second = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 2), thread=first.remote_id)
        third = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 3), thread=first.remote_id)
        assert second.outcome is third.outcome is Outcome.SENT
        found = await rig.adapter.find(rig.channel, key=key_for(rig.channel, 3), since=since, thread=first.remote_id)
        assert found.readable and found.remote_id == third.remote_id
        absent = await rig.adapter.find(rig.channel, key=key_for(rig.channel, 4), since=since, thread=first.remote_id)
        assert absent.readable and not absent.remote_id

    async def test_a_person_is_reached_in_direct_messages(self, rig: Rig) -> None:
        since = just_now()
        receipt = await rig.adapter.publish(rig.person, a_message(2), key=key_for(rig.person))
        assert receipt.outcome is Outcome.SENT and rig.count(rig.person) == 1
        found = await rig.adapter.find(rig.person, key=key_for(rig.person), since=since)
        assert found.readable and found.remote_id == receipt.remote_id

    async def test_an_unknown_channel_is_a_receipt_and_no_exception(self, rig: Rig) -> None:
        receipt = await rig.adapter.publish(rig.unknown, a_message(1), key=key_for(rig.unknown))
        assert receipt.outcome in (Outcome.GONE, Outcome.NO_ACCESS) and receipt.error

    async def test_locating_adds_tenant_and_name_and_keeps_the_key(self, rig: Rig) -> None:
        channel = await rig.adapter.locate(rig.channel)
        assert channel.key == rig.channel.key and channel.tenant.startswith(f"{rig.adapter.name}:") and channel.name.startswith("#")
        person = await rig.adapter.locate(rig.person)
        assert person.key == rig.person.key and person.tenant.startswith(f"{rig.adapter.name}:") and person.name

    async def test_locating_an_unknown_channel_says_what_to_do(self, rig: Rig) -> None:
        with pytest.raises(PlatformError) as caught:
            await rig.adapter.locate(rig.unknown)
        assert caught.value.next_step

    async def test_a_refused_token_stops_the_start_at_once_and_is_not_printed(self, rig: Rig) -> None:
        stranger = rig.stranger()
        with pytest.raises(AuthFailed) as caught:
            await stranger.start()
        await stranger.close()
        assert caught.value.next_step and "canary" not in f"{caught.value!r} {caught.value}"

    async def test_its_pace_is_stated(self, rig: Rig) -> None:
        assert (
            0 < rig.adapter.pace.overall < rig.adapter.pace.each <= 5
            and 0 <= await rig.adapter.repeats(rig.channel) <= rig.adapter.repeatable
        )

    async def test_the_same_key_posts_once_as_long_as_the_adapter_says_and_not_longer_than_the_platform_does(self, rig: Rig) -> None:
        key = key_for(rig.channel)
        first = await rig.adapter.publish(rig.channel, a_message(1), key=key)
        if repeatable := await rig.adapter.repeats(rig.channel):
            rig.server.advance(repeatable)
            assert (await rig.adapter.publish(rig.channel, a_message(1), key=key)).remote_id == first.remote_id
            rig.server.advance(3600)
        await rig.adapter.publish(rig.channel, a_message(1), key=key)
        assert rig.server.delivered() == {rig.channel.address: [key, key]}

    async def test_every_answer_tells_the_clock_the_platforms_time(self, rig: Rig) -> None:
        assert rig.clock.times, "starting was answered"
        for ahead, ask in (
            (7200.0, lambda: rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))),
            (-86400.0, lambda: rig.adapter.find(rig.channel, key=key_for(rig.channel), since=just_now())),
            (30.0, lambda: rig.adapter.locate(rig.channel)),
            (30.0, lambda: rig.adapter.publish(rig.unknown, a_message(1), key=key_for(rig.unknown))),
        ):
            rig.server.advance(ahead)
            rig.clock.times.clear()
            await ask()
            assert rig.clock.times and abs(rig.clock.times[-1] - rig.server.now()) < timedelta(seconds=3)

    async def test_a_rate_limit_names_what_it_is_about(self, rig: Rig) -> None:
        rig.limit_next()
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        assert (receipt.outcome, receipt.bucket) == (Outcome.RATE_LIMITED, "destination")
        rig.limit_everything()
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        assert (receipt.outcome, receipt.bucket) == (Outcome.RATE_LIMITED, "platform") and receipt.retry_after >= 30
        assert rig.count(rig.channel) == 0

    async def test_what_would_open_a_closed_history_is_named(self, rig: Rig) -> None:
        open_to_us = await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=just_now())
        assert open_to_us.readable and not open_to_us.missing
        rig.close_history()
        assert "history" in (await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=just_now())).missing.casefold()

    async def test_a_message_is_taken_back_and_taking_back_what_is_gone_is_no_trouble(self, rig: Rig) -> None:
        for place in (rig.channel, rig.person):
            receipt = await rig.adapter.publish(place, a_message(2), key=key_for(place))
            assert await rig.adapter.retract(place, remote_id=receipt.remote_id)
            assert rig.count(place) == 0
            assert await rig.adapter.retract(place, remote_id=receipt.remote_id)
        receipt = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 1))
        rig.remove(receipt.remote_id)
        assert await rig.adapter.retract(rig.channel, remote_id=receipt.remote_id)

    async def test_a_continuation_is_taken_back_and_its_parent_stays(self, rig: Rig) -> None:
        first = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 1))
        second = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel, 2), thread=first.remote_id)
        assert await rig.adapter.retract(rig.channel, remote_id=second.remote_id, thread=first.remote_id)
        assert rig.server.delivered() == {rig.channel.address: [key_for(rig.channel, 1)]}
        assert await rig.adapter.retract(rig.channel, remote_id=second.remote_id, thread=first.remote_id)

    async def test_taking_back_survives_a_lost_answer(self, rig: Rig) -> None:
        receipt = await rig.adapter.publish(rig.channel, a_message(2), key=key_for(rig.channel))
        rig.lose_next_deletion()
        assert await rig.adapter.retract(rig.channel, remote_id=receipt.remote_id)
        assert rig.count(rig.channel) == 0

    async def test_a_message_of_somebody_else_is_never_taken_back(self, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
        other = rig.somebody_says("hello")
        assert not await rig.adapter.retract(rig.channel, remote_id=other)
        assert rig.count(rig.channel) == 1 and "taken back" in caplog.text

    async def test_our_own_messages_are_told_with_their_keys_and_links(self, rig: Rig) -> None:
        since, site = just_now(), "https://example.org/all?a=1&b=2"
        assert await rig.adapter.own_links(rig.channel, since=since) == []
        first = await rig.adapter.publish(
            rig.channel, linking("https://example.org/1", "https://example.org/2"), key=key_for(rig.channel, 1)
        )
        rig.somebody_says("have you seen https://example.org/9 yet?")
        await rig.adapter.publish(rig.channel, linking("https://example.org/3"), key=key_for(rig.channel, 2), thread=first.remote_id)
        told = await rig.adapter.own_links(rig.channel, since=since)
        assert told is not None and [key for key, _ in told] == [key_for(rig.channel, 2), key_for(rig.channel, 1)], "newest first"
        assert dict(told)[key_for(rig.channel, 1)] == {site} | {f"https://example.org/{n}{end}" for n in (1, 2) for end in ("", ".pdf")}
        assert dict(told)[key_for(rig.channel, 2)] == {site, "https://example.org/3", "https://example.org/3.pdf"}
        await rig.adapter.publish(rig.person, linking("https://example.org/4"), key=key_for(rig.person))
        assert [key for key, _ in await rig.adapter.own_links(rig.person, since=since) or ()] == [key_for(rig.person)]

    async def test_an_edit_takes_the_place_of_what_stands_there_under_the_same_key(self, rig: Rig) -> None:
        since = just_now()
        for place in (rig.channel, rig.person):
            posted = await rig.adapter.publish(place, linking("https://example.org/1"), key=key_for(place))
            for _ in range(2):
                receipt = await rig.adapter.edit(place, linking("https://example.org/2"), key=key_for(place), remote_id=posted.remote_id)
                assert (receipt.outcome, receipt.remote_id) == (Outcome.SENT, posted.remote_id)
            assert rig.count(place) == 1
            [(key, links)] = await rig.adapter.own_links(place, since=since) or []
            assert key == key_for(place) and "https://example.org/2" in links and "https://example.org/1" not in links
            assert (await rig.adapter.find(place, key=key_for(place), since=since)).remote_id == posted.remote_id

    async def test_a_message_in_a_thread_is_edited_where_it_stands(self, rig: Rig) -> None:
        since = just_now()
        first = await rig.adapter.publish(rig.channel, linking("https://example.org/1"), key=key_for(rig.channel, 1))
        second = await rig.adapter.publish(
            rig.channel, linking("https://example.org/2"), key=key_for(rig.channel, 2), thread=first.remote_id
        )
        receipt = await rig.adapter.edit(
            rig.channel,
            linking("https://example.org/3"),
            key=key_for(rig.channel, 2),
            remote_id=second.remote_id,
            thread=first.remote_id,
        )
        assert receipt.outcome is Outcome.SENT
        told = dict(await rig.adapter.own_links(rig.channel, since=since) or ())
        assert "https://example.org/3" in told[key_for(rig.channel, 2)] and "https://example.org/1" in told[key_for(rig.channel, 1)]

    async def test_what_people_deleted_is_not_made_anew_by_an_edit(self, rig: Rig) -> None:
        posted = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        rig.remove(posted.remote_id)
        receipt = await rig.adapter.edit(rig.channel, a_message(2), key=key_for(rig.channel), remote_id=posted.remote_id)
        assert receipt.outcome is Outcome.DELETED and receipt.error
        assert rig.count(rig.channel) == 0

    async def test_a_message_of_somebody_else_is_never_edited(self, rig: Rig) -> None:
        other = rig.somebody_says("hello")
        receipt = await rig.adapter.edit(rig.channel, a_message(1), key=key_for(rig.channel), remote_id=other)
        assert receipt.outcome is Outcome.BAD_CONTENT

    async def test_an_edit_whose_answer_was_lost_is_uncertain_and_can_be_repeated(self, rig: Rig) -> None:
        posted = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        rig.lose_next_edit()
        for outcome in (Outcome.UNCERTAIN, Outcome.SENT):
            receipt = await rig.adapter.edit(rig.channel, a_message(2), key=key_for(rig.channel), remote_id=posted.remote_id)
            assert receipt.outcome is outcome
        assert rig.count(rig.channel) == 1

    async def test_an_edit_in_an_unknown_channel_is_a_receipt_and_no_exception(self, rig: Rig) -> None:
        posted = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        receipt = await rig.adapter.edit(rig.unknown, a_message(1), key=key_for(rig.unknown), remote_id=posted.remote_id)
        assert receipt.outcome in (Outcome.GONE, Outcome.NO_ACCESS, Outcome.DELETED) and receipt.error

    async def test_a_long_look_waits_for_its_turn(self, rig: Rig) -> None:
        since = just_now()
        first = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 1))
        await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 2), thread=first.remote_id)
        rig.limit_looking()
        told = await rig.adapter.own_links(rig.channel, since=since)
        assert [key for key, _ in told or ()] == [key_for(rig.channel, 2), key_for(rig.channel, 1)]

    async def test_only_what_was_posted_since_then_is_told_even_below_an_older_message(self, rig: Rig) -> None:
        first = await rig.adapter.publish(rig.channel, linking("https://example.org/1"), key=key_for(rig.channel, 1))
        rig.server.advance(3600)
        since = rig.server.now()
        rig.server.advance(5)
        await rig.adapter.publish(rig.channel, linking("https://example.org/2"), key=key_for(rig.channel, 2), thread=first.remote_id)
        told = await rig.adapter.own_links(rig.channel, since=since)
        assert [key for key, _ in told or ()] == [key_for(rig.channel, 2)]

    async def test_hundreds_of_our_own_messages_are_told(self, rig: Rig) -> None:
        since, keys = just_now(), [key_for(rig.channel, part) for part in range(230)]
        for key in keys:
            await rig.adapter.publish(rig.channel, Message(intro="Hello"), key=key)
        told = await rig.adapter.own_links(rig.channel, since=since)
        assert [key for key, _ in told or ()] == keys[::-1]

    async def test_a_closed_history_tells_nothing_and_not_that_there_is_nothing(self, rig: Rig) -> None:
        await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        rig.close_history()
        assert await rig.adapter.own_links(rig.channel, since=just_now()) is None

    @pytest.mark.parametrize("kind", ["503", "cut", "stall", "garbage", "429", "late"])
    async def test_whatever_goes_wrong_the_receipt_never_claims_what_is_not_so(self, rig: Rig, kind: str) -> None:
        """Every other request goes wrong, looking included; then the trouble ends, and what was uncertain is settled by looking."""
        since = just_now()
        rig.server.faults = FaultPlan(5, 0.5, (kind,), on="all", patience=0.05, late=20.0, retry_after=1.0)
        keys = [key_for(rig.channel, part) for part in range(8)]
        receipts = {key: await rig.adapter.publish(rig.channel, a_message(1), key=key) for key in keys}
        for key in keys:
            try:
                found = await rig.adapter.find(rig.channel, key=key, since=since)
            except PlatformError:
                continue
            assert bool(found.remote_id) == (key in rig.server.delivered().get(rig.channel.address, []))
        assert rig.server.faults.drawn.total()
        rig.server.faults = None
        standing = rig.server.delivered().get(rig.channel.address, [])
        assert standing == sorted(set(standing), key=keys.index), "once each, and in order"
        for key, receipt in receipts.items():
            assert receipt.outcome in (Outcome.SENT, Outcome.UNCERTAIN, Outcome.RATE_LIMITED)
            assert (key in standing) == (receipt.outcome is Outcome.SENT) or receipt.outcome is Outcome.UNCERTAIN
        late = rig.server.pending
        rig.server.advance(20)
        assert len(rig.server.delivered().get(rig.channel.address, [])) == len(standing) + late and not rig.server.pending

    async def test_an_hour_without_a_connection_for_commands_does_not_hold_up_posting_and_commands_come_back(self, rig: Rig) -> None:
        listening = asyncio.create_task(rig.adapter.run())
        try:
            await rig.command()
            await rig.disconnect()
            rig.server.advance(3600)
            receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
            assert receipt.outcome is Outcome.SENT and not listening.done()
            rig.reconnect()
            await rig.command()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def test_closing_twice_is_fine(self, rig: Rig) -> None:
        await rig.adapter.close()
        await rig.adapter.close()
