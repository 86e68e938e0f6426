"""What every adapter keeps, whichever platform it speaks. A platform's tests subclass ``AdapterContract`` and provide ``rig``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.deliveries import Outcome, delivery_id
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, PlatformError
from bot.ports import Adapter
from tests.builders import a_message


@dataclass
class Rig:
    """A started adapter against a loopback platform, and hands to move that platform with."""

    adapter: Adapter
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
    #: From now on the history of ``channel`` is closed to the bot.
    close_history: Callable[[], None]
    #: An adapter with a token that the platform does not accept, not started.
    stranger: Callable[[], Adapter]


def key_for(destination: Destination, part: int = 0) -> str:
    return delivery_id(destination, "2026-11-20", part)


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


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

    async def test_closing_twice_is_fine(self, rig: Rig) -> None:
        await rig.adapter.close()
        await rig.adapter.close()
