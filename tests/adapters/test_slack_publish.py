"""Posting to Slack: every answer has its meaning, nothing is ever posted twice by one call."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from adapters.slack import SlackAdapter
from adapters.slack.answers import OUTCOMES
from bot.clock import SystemClock
from bot.domain.deliveries import Outcome
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, PlatformError
from tests.adapters.slack_rig import Recorder, slack_adapter
from tests.builders import a_destination, a_message
from tests.fakes.clock import FakeClock
from tests.servers.slack import APP_TOKEN, SlackServer
from tests.servers.slack_parts import Fault, cut, garbage, rate_limit, refuse, stall, status

HERE = a_destination("slack:C0123ABCD")


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
async def adapter(server: SlackServer) -> AsyncIterator[SlackAdapter]:
    made = slack_adapter(server, timeout=1.5)
    await made.start()
    yield made
    await made.close()


@pytest.mark.parametrize(("code", "outcome"), sorted(OUTCOMES.items()))
async def test_every_documented_error_word_has_its_meaning(server: SlackServer, adapter: SlackAdapter, code: str, outcome: Outcome) -> None:
    server.script("chat.postMessage", refuse(code))
    receipt = await adapter.publish(HERE, a_message(1), key="k")
    assert receipt.outcome is outcome
    assert receipt.error.startswith(code)
    assert server.messages("C0123ABCD") == []


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("ratelimited", Outcome.RATE_LIMITED),
        ("rate_limited", Outcome.RATE_LIMITED),
        ("internal_error", Outcome.UNCERTAIN),
        ("fatal_error", Outcome.UNCERTAIN),
        ("service_unavailable", Outcome.UNCERTAIN),
        ("invalid_blocks", Outcome.BAD_CONTENT),
        ("msg_too_long", Outcome.BAD_CONTENT),
        ("no_text", Outcome.BAD_CONTENT),
        ("not_in_channel", Outcome.NO_ACCESS),
        ("restricted_action", Outcome.NO_ACCESS),
        ("is_archived", Outcome.NO_ACCESS),
        ("channel_not_found", Outcome.GONE),
        ("invalid_auth", Outcome.BAD_TOKEN),
        ("token_revoked", Outcome.BAD_TOKEN),
        ("account_inactive", Outcome.BAD_TOKEN),
        ("a_word_nobody_documented", Outcome.UNCERTAIN),
    ],
)
async def test_the_words_of_the_outcome_table(server: SlackServer, adapter: SlackAdapter, word: str, outcome: Outcome) -> None:
    server.script("chat.postMessage", refuse(word))
    assert (await adapter.publish(HERE, a_message(1), key="k")).outcome is outcome


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        (status(500), 0),
        (status(500, after=True), 1),
        (status(503, after=True), 1),
        (status(200), 0),
        (cut(after=False), 0),
        (cut(after=True), 1),
        (garbage(after=True), 1),
        (stall(), 0),
        (stall(after=True), 1),
    ],
    ids=lambda value: f"{value.kind}-{value.number}-{'after' if value.after else 'before'}" if isinstance(value, Fault) else None,
)
async def test_an_unclear_answer_is_uncertain_and_is_posted_at_most_once(
    server: SlackServer, adapter: SlackAdapter, fault: Fault, stored: int
) -> None:
    server.script("chat.postMessage", fault)
    receipt = await adapter.publish(HERE, a_message(1), key="k")
    assert receipt.outcome is Outcome.UNCERTAIN
    assert len(server.called("chat.postMessage")) == 1
    assert len(server.messages("C0123ABCD")) == stored
    found = await adapter.find(HERE, key="k", since=SystemClock().now())
    assert found.readable
    assert bool(found.remote_id) == bool(stored)


async def test_a_rate_limit_passes_on_how_long_to_wait(server: SlackServer, adapter: SlackAdapter) -> None:
    server.script("chat.postMessage", rate_limit(17))
    receipt = await adapter.publish(HERE, a_message(1), key="k")
    assert (receipt.outcome, receipt.retry_after) == (Outcome.RATE_LIMITED, 17.0)


async def test_two_posts_within_a_second_meet_the_channels_limit(server: SlackServer, adapter: SlackAdapter) -> None:
    server.limit_rate = True
    outcomes = [(await adapter.publish(HERE, a_message(1), key=key)).outcome for key in "ab"]
    assert outcomes == [Outcome.SENT, Outcome.RATE_LIMITED]


async def test_nobody_listening_means_not_sent(server: SlackServer, adapter: SlackAdapter) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        adapter._started()[0].base_url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert (await adapter.publish(HERE, a_message(1), key="k")).outcome is Outcome.NOT_SENT


async def test_an_unknown_host_means_not_sent(server: SlackServer, adapter: SlackAdapter) -> None:
    adapter._started()[0].base_url = "http://slack.invalid/api/"
    assert (await adapter.publish(HERE, a_message(1), key="k")).outcome is Outcome.NOT_SENT


async def test_broken_encryption_means_not_sent(server: SlackServer, adapter: SlackAdapter) -> None:
    adapter._started()[0].base_url = server.api_url.replace("http:", "https:")
    assert (await adapter.publish(HERE, a_message(1), key="k")).outcome is Outcome.NOT_SENT


async def test_access_is_refused_as_slack_refuses_it(server: SlackServer, adapter: SlackAdapter) -> None:
    server.add_channel("C0OUT", "out", member=False)
    server.add_channel("C0SECRET", "secret", member=False, private=True)
    server.add_channel("C0OLD", "old", archived=True)
    for address, outcome in (("C0OUT", Outcome.NO_ACCESS), ("C0SECRET", Outcome.GONE), ("C0OLD", Outcome.NO_ACCESS)):
        assert (await adapter.publish(a_destination(f"slack:{address}"), a_message(1), key="k")).outcome is outcome


async def test_a_missing_scope_is_named(server: SlackServer, adapter: SlackAdapter) -> None:
    server.scopes.discard("chat:write")
    receipt = await adapter.publish(HERE, a_message(1), key="k")
    assert (receipt.outcome, receipt.error) == (Outcome.BAD_TOKEN, "missing_scope (needed: chat:write)")


async def test_a_post_has_text_for_notifications_no_previews_and_only_the_key_as_metadata(
    server: SlackServer, adapter: SlackAdapter
) -> None:
    await adapter.publish(HERE, a_message(1), key="abc")
    (call,) = server.called("chat.postMessage")
    assert call["text"].startswith("2 new papers for #nlp")
    assert (call["unfurl_links"], call["unfurl_media"]) == (False, False)
    assert call["metadata"] == {"event_type": "paper_delivery", "event_payload": {"delivery_id": "abc"}}
    assert not {"link_names", "parse", "thread_ts"} & set(call)


async def test_a_message_of_somebody_else_is_never_taken_for_ours(server: SlackServer, adapter: SlackAdapter) -> None:
    await adapter.publish(HERE, a_message(1), key="abc")
    server.rooms["C0123ABCD"].messages[0].bot_id = "B0OTHER"
    found = await adapter.find(HERE, key="abc", since=SystemClock().now())
    assert (found.readable, found.remote_id) == (True, "")


async def test_a_message_far_down_is_found_page_by_page(server: SlackServer, adapter: SlackAdapter) -> None:
    await adapter.publish(HERE, a_message(1), key="first")
    for number in range(450):
        server._store(server.rooms["C0123ABCD"], {"text": str(number)})
    found = await adapter.find(HERE, key="first", since=SystemClock().now())
    assert found.remote_id == server.messages("C0123ABCD")[0].ts
    assert len(server.called("conversations.history")) == 3


async def test_a_channel_too_busy_to_read_to_the_end_proves_nothing(server: SlackServer, adapter: SlackAdapter) -> None:
    for number in range(2_001):
        server._store(server.rooms["C0123ABCD"], {"text": str(number)})
    assert not (await adapter.find(HERE, key="absent", since=SystemClock().now())).readable


async def test_what_stands_since_long_before_the_attempt_is_not_read(server: SlackServer, adapter: SlackAdapter) -> None:
    await adapter.publish(HERE, a_message(1), key="old")
    found = await adapter.find(HERE, key="old", since=SystemClock().now() + timedelta(hours=1))
    assert (found.readable, found.remote_id) == (True, "")


async def test_history_is_closed_outside_a_channel(server: SlackServer, adapter: SlackAdapter) -> None:
    server.add_channel("C0OUT", "out", member=False)
    for address in ("C0OUT", "C0NOWHERE"):
        assert not (await adapter.find(a_destination(f"slack:{address}"), key="k", since=SystemClock().now())).readable


async def test_what_would_open_a_closed_history_is_named(server: SlackServer, adapter: SlackAdapter) -> None:
    server.scopes.discard("channels:history")
    assert (await adapter.find(HERE, key="k", since=SystemClock().now())).missing == "the scope channels:history"
    server.scopes.add("channels:history")
    server.rooms["C0123ABCD"].member = False
    assert (await adapter.find(HERE, key="k", since=SystemClock().now())).missing == "an invitation to #nlp"


async def test_a_message_of_our_own_is_taken_back_once_and_one_of_others_never(server: SlackServer, adapter: SlackAdapter) -> None:
    for place in (HERE, a_destination("slack:@U7")):
        receipt = await adapter.publish(place, a_message(1), key="k")
        assert await adapter.retract(place, remote_id=receipt.remote_id)
        assert server.messages(place.address) == []
        assert await adapter.retract(place, remote_id=receipt.remote_id), "gone already"
    other = server._store(server.rooms["C0123ABCD"], {"text": "hello"})
    other.bot_id = "B0OTHER"
    assert not await adapter.retract(HERE, remote_id=other.ts)
    assert server.messages("C0123ABCD") == [other]


async def test_limits_of_the_whole_workspace_are_told_from_those_of_a_channel(server: SlackServer, adapter: SlackAdapter) -> None:
    server.script("chat.postMessage", rate_limit(2), refuse("message_limit_exceeded"))
    buckets = [(await adapter.publish(HERE, a_message(1), key="k")).bucket for _ in range(2)]
    assert buckets == ["destination", "platform"]


async def test_the_clock_is_shown_what_time_slack_says_it_is(server: SlackServer) -> None:
    clock = Watched()
    adapter = SlackAdapter(slack_adapter(server)._settings, Recorder(), clock)
    await adapter.start()
    shown = len(clock.seen)
    await adapter.publish(HERE, a_message(1), key="k")
    await adapter.close()
    assert len(clock.seen) == shown + 1
    assert abs(clock.seen[-1] - SystemClock().now()) < timedelta(minutes=1)


class Watched(FakeClock):
    """Remembers every time it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[datetime] = []

    def observe(self, date: datetime) -> None:
        self.seen.append(date)


@pytest.mark.parametrize("fault", [rate_limit(5), status(500), status(200), garbage(), stall(), refuse("internal_error")])
async def test_a_look_that_fails_for_now_is_neither_found_nor_absent(server: SlackServer, adapter: SlackAdapter, fault: Fault) -> None:
    server.script("conversations.history", fault)
    with pytest.raises(PlatformError):
        await adapter.find(HERE, key="k", since=SystemClock().now())


async def test_locate_names_a_private_channel_and_says_when_slack_is_silent(server: SlackServer, adapter: SlackAdapter) -> None:
    server.add_channel("C0SECRET", "secret", private=True)
    assert (await adapter.locate(Destination(platform="slack", address="C0SECRET"))).name == "#secret"
    server.script("conversations.info", status(500))
    with pytest.raises(PlatformError, match="http_500"):
        await adapter.locate(HERE)


@pytest.mark.parametrize("word", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_dead_bot_token_stops_the_start_with_what_to_do(server: SlackServer, word: str) -> None:
    server.script("auth.test", refuse(word))
    with pytest.raises(AuthFailed) as caught:
        await slack_adapter(server).start()
    assert f"SLACK_BOT_TOKEN is not accepted ({word})" in caught.value.message
    assert "OAuth & Permissions" in caught.value.next_step


async def test_a_dead_app_token_stops_the_start_at_once(server: SlackServer) -> None:
    async with asyncio.timeout(2):
        with pytest.raises(AuthFailed, match=r"SLACK_APP_TOKEN is not accepted \(invalid_auth\)"):
            await slack_adapter(server, app_token="xapp-wrong").start()


async def test_tokens_in_each_others_place_are_told_apart(server: SlackServer) -> None:
    with pytest.raises(AuthFailed, match="SLACK_BOT_TOKEN"):
        await slack_adapter(server, bot_token=APP_TOKEN).start()


async def test_a_silent_slack_at_the_start_is_not_blamed_on_the_token(server: SlackServer) -> None:
    server.script("auth.test", status(503))
    with pytest.raises(PlatformError) as caught:
        await slack_adapter(server).start()
    assert not isinstance(caught.value, AuthFailed)
    assert "network" in caught.value.next_step


async def test_no_token_is_ever_logged_or_raised(server: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    adapter = slack_adapter(server, timeout=0.3)
    await adapter.start()
    faults = [refuse("invalid_auth"), status(500), cut(), garbage(), stall(), rate_limit(1)]
    server.script("chat.postMessage", *faults)
    texts = [str(await adapter.publish(HERE, a_message(1), key="k")) for _ in faults]
    await adapter.close()
    texts += [str(adapter.__dict__)]
    for bot, app in (("xoxb-canary-77", APP_TOKEN), ("", "xapp-canary-77")):
        stranger = slack_adapter(server, **({"bot_token": bot} if bot else {"app_token": app}))
        with pytest.raises(AuthFailed) as caught:
            await stranger.start()
        texts += [str(caught.value), repr(stranger._settings)]
    everything = caplog.text + "".join(texts)
    assert len(caplog.records) > 10
    for secret in ("canary", "xoxb-loopback", "xapp-loopback"):
        assert secret not in everything


async def test_a_message_that_would_be_refused_is_not_sent_at_all(
    server: SlackServer, adapter: SlackAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.publish.to_payload", lambda _: {"text": "x", "blocks": [{"type": "header"}]})
    receipt = await adapter.publish(HERE, Message(), key="k")
    assert (receipt.outcome, receipt.error) == (Outcome.BAD_CONTENT, "invalid_blocks")
    assert server.called("chat.postMessage") == []


async def test_using_the_adapter_before_its_start_says_so() -> None:
    async with SlackServer() as server:
        with pytest.raises(PlatformError, match="not started"):
            await slack_adapter(server).locate(HERE)
