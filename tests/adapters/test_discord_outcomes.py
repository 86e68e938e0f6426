"""What each answer of Discord means: one line of the outcome table, one test."""

from __future__ import annotations

import pytest

from adapters.discord import DiscordAdapter, DiscordSettings
from bot.clock import SystemClock
from bot.domain.deliveries import Outcome
from bot.errors import AuthFailed, PlatformError
from bot.secret import Secret
from tests.adapters import discord_rig
from tests.adapters.discord_rig import NotingHandler, adapter_for, papers, started
from tests.builders import a_message
from tests.contracts.adapter_contract import just_now, key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_rest import Kind

LINES = [
    ("error", {"status": 400, "code": 50035}, Outcome.BAD_CONTENT, "400/50035"),
    ("error", {"status": 400, "code": 50006}, Outcome.BAD_CONTENT, "400/50006"),
    ("error", {"status": 413, "code": 40005}, Outcome.BAD_CONTENT, "413/40005"),
    ("error", {"status": 400, "code": 50008}, Outcome.NO_ACCESS, "400/50008"),
    ("error", {"status": 400, "code": 160005}, Outcome.NO_ACCESS, "400/160005"),
    ("error", {"status": 401, "code": 0}, Outcome.BAD_TOKEN, "http 401"),
    ("error", {"status": 403, "code": 50001}, Outcome.NO_ACCESS, "403/50001"),
    ("error", {"status": 403, "code": 50013}, Outcome.NO_ACCESS, "403/50013"),
    ("error", {"status": 403, "code": 50007}, Outcome.NO_ACCESS, "403/50007"),
    ("error", {"status": 403, "code": 50278}, Outcome.NO_ACCESS, "403/50278"),
    ("error", {"status": 403, "code": 40003}, Outcome.RATE_LIMITED, "403/40003"),
    ("error", {"status": 404, "code": 10003}, Outcome.GONE, "404/10003"),
    ("error", {"status": 404, "code": 10008}, Outcome.SENT, "404/10008"),
    ("status", {"status": 403}, Outcome.NOT_SENT, "http 403"),
    ("status", {"status": 404}, Outcome.NOT_SENT, "http 404"),
    ("status", {"status": 503}, Outcome.UNCERTAIN, "http 503"),
    ("limit", {"retry_after": 45.0}, Outcome.RATE_LIMITED, "rate limited"),
    ("limit", {"retry_after": 45.0, "everywhere": True}, Outcome.RATE_LIMITED, "rate limited"),
    ("ban", {}, Outcome.RATE_LIMITED, "http 429"),
    ("cut", {}, Outcome.UNCERTAIN, "connection lost (ServerDisconnectedError)"),
]


@pytest.mark.parametrize(("kind", "details", "outcome", "error"), LINES, ids=lambda value: str(value))
async def test_an_answer_has_one_meaning(kind: str, details: dict[str, object], outcome: Outcome, error: str) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault(kind, **details)  # type: ignore[arg-type]
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert (receipt.outcome, receipt.error) == (outcome, error)
        waits = {"limit": 45.0, "ban": 120.0}.get(kind, 60.0) if outcome is Outcome.RATE_LIMITED else 0.0
        assert receipt.retry_after == waits


async def test_a_short_rate_limit_is_told_at_once_and_not_slept_on() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault("limit", retry_after=0.5)
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert (receipt.outcome, receipt.retry_after, receipt.bucket) == (Outcome.RATE_LIMITED, 0.5, "destination")
        assert server.messages(server.channel) == []


@pytest.mark.parametrize(
    ("kind", "everywhere", "bucket"), [("limit", False, "destination"), ("limit", True, "platform"), ("ban", False, "platform")]
)
async def test_a_rate_limit_names_its_bucket(kind: Kind, everywhere: bool, bucket: str) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault(kind, everywhere=everywhere, retry_after=20.0)
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert (receipt.outcome, receipt.bucket) == (Outcome.RATE_LIMITED, bucket)


@pytest.mark.usefixtures("hasty")
async def test_a_limit_of_the_whole_token_does_not_close_the_way_for_ever() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault("limit", everywhere=True, retry_after=0.3)
        assert (await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))).bucket == "platform"
        assert (await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))).outcome is Outcome.SENT


async def test_without_a_connection_nothing_was_sent() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        await server.stop()
        await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))  # finds its old connection closed
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert receipt.outcome is Outcome.NOT_SENT and receipt.error == "cannot connect"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts are given up after a moment, and the library's own pauses between tries are short."""
    monkeypatch.setattr(discord_rig, "TIMEOUT", 0.15)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("after", [False, True])
async def test_an_answer_that_never_comes_is_uncertain(after: bool) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault("stall", after=after)
        since = just_now()
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert (receipt.outcome, receipt.error) == (Outcome.UNCERTAIN, "timeout")
        found = await adapter.find(papers(server), key=key_for(papers(server)), since=since)
        assert found.readable and bool(found.remote_id) == after


@pytest.mark.usefixtures("hasty")
async def test_a_lost_answer_is_not_hidden_by_what_the_library_tries_next() -> None:
    """The work was done behind a 500; the library's repeat runs into a limit. That must not read as "not sent"."""
    async with DiscordServer() as server, started(server) as adapter:
        server.fault("status", status=500, after=True)
        server.fault("limit", retry_after=50.0)
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert receipt.outcome is Outcome.UNCERTAIN and len(server.messages(server.channel)) == 1


@pytest.mark.usefixtures("hasty")
async def test_waiting_for_its_turn_all_the_time_is_a_rate_limit() -> None:
    """The library knows from an earlier answer that the channel takes nothing for a while, and waits before it asks."""
    async with DiscordServer() as server, started(server) as adapter:
        server.limits = {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset-After": "9", "X-RateLimit-Bucket": "b"}
        keys = [key_for(papers(server), part) for part in (1, 2, 3)]
        assert (await adapter.publish(papers(server), a_message(1), key=keys[0])).outcome is Outcome.SENT, "one of two is used"
        server.limits["X-RateLimit-Remaining"] = "0"
        await adapter.publish(papers(server), a_message(1), key=keys[1])
        posts = len(server.calls)
        receipt = await adapter.publish(papers(server), a_message(1), key=keys[2])
        assert receipt.outcome is Outcome.RATE_LIMITED and receipt.bucket == "destination" and len(server.calls) == posts


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["cut", "stall"])
async def test_trouble_on_the_way_to_the_place_means_nothing_was_posted(kind: str) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        ana = server.world.add_user("Ana")
        server.fault(kind, on="POST /users/@me/channels", after=True)  # type: ignore[arg-type]
        person = await adapter.locate(papers(server))
        person = type(person)(platform="discord", address=f"@{ana}")
        receipt = await adapter.publish(person, a_message(1), key=key_for(person))
        assert receipt.outcome is Outcome.NOT_SENT


async def test_the_same_key_posts_once_within_the_window() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        key = key_for(papers(server))
        first = await adapter.publish(papers(server), a_message(2), key=key)
        again = await adapter.publish(papers(server), a_message(2), key=key)
        assert first == again and len(server.messages(server.channel)) == 1
        server.advance(600)
        await adapter.publish(papers(server), a_message(2), key=key)
        assert len(server.messages(server.channel)) == 2, "after the window only a look into the channel helps"


async def test_what_a_moderator_deleted_in_the_meantime_is_not_posted_again() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        key = key_for(papers(server))
        server.fault("cut", after=True)
        assert (await adapter.publish(papers(server), a_message(1), key=key)).outcome is Outcome.UNCERTAIN
        server.delete(server.messages(server.channel)[0]["id"])
        assert (await adapter.publish(papers(server), a_message(1), key=key)).outcome is Outcome.SENT
        assert server.messages(server.channel) == []


async def test_a_revoked_token_is_asked_once_and_never_again() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.token_valid = False
        calls = len(server.calls)
        for _ in range(3):
            receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
            assert receipt.outcome is Outcome.BAD_TOKEN
        assert len(server.calls) == calls + 1


async def test_a_person_who_closed_their_messages_is_no_access() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        ana = server.world.add_user("Ana")
        server.world.closed_dms.add(ana)
        person = type(papers(server))(platform="discord", address=f"@{ana}")
        receipt = await adapter.publish(person, a_message(1), key=key_for(person))
        assert (receipt.outcome, receipt.error) == (Outcome.NO_ACCESS, "403/50007")


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "täken"])
async def test_a_token_that_cannot_be_one_is_refused_without_asking(token: str) -> None:
    async with DiscordServer() as server:
        settings = DiscordSettings(token=Secret(token), api_url=server.api_url)
        adapter = DiscordAdapter(settings, NotingHandler(), SystemClock())
        with pytest.raises(AuthFailed):
            await adapter.start()
        assert server.calls == []


async def test_a_server_that_is_not_there_is_said_so() -> None:
    async with DiscordServer() as server:
        adapter = adapter_for(server)
    with pytest.raises(PlatformError) as caught:
        await adapter.start()
    assert not isinstance(caught.value, AuthFailed) and "cannot be reached" in caught.value.message
    await adapter.close()
