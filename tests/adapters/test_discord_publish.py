"""How a post looks when it stands in Discord, where it goes, and how it is found again."""

from __future__ import annotations

import asyncio
import logging
import secrets

import discord
import pytest

from adapters.discord import look
from bot.domain.deliveries import Outcome
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError
from tests.adapters.discord_rig import adapter_for, papers, started
from tests.builders import a_message
from tests.contracts.adapter_contract import just_now, key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_kinds import CATEGORY


async def test_a_digest_is_one_message_that_pings_nobody() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        receipt = await adapter.publish(papers(server), a_message(10), key=key_for(papers(server)))
        (message,) = server.messages(server.channel)
        assert receipt.remote_id == message["id"] and len(message["embeds"]) == 10 and len(message["components"]) == 3
        hostile = Message(heading="@everyone <@1234567890> @here", intro="@everyone")
        await adapter.publish(papers(server), hostile, key=key_for(papers(server), 1))
        assert server.world.pings == []


async def test_posting_needs_no_gateway() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        assert (await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))).outcome is Outcome.SENT
        assert server.gateway.identified == 0


async def test_without_the_right_to_show_embeds_the_papers_are_told_in_text(caplog: pytest.LogCaptureFixture) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.world.deny(server.channel, embed_links=True)
        receipt = await adapter.publish(papers(server), a_message(3), key=key_for(papers(server)))
        (message,) = server.messages(server.channel)
        assert receipt.outcome is Outcome.SENT and message["embeds"] == []
        assert all(f"Paper {number}" in message["content"] for number in (1, 2, 3)) and "12 matched" in message["content"]
        assert "Embed Links" in caplog.text


async def test_a_continuation_opens_one_thread_named_after_the_digest() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        first = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 1))
        for part in (2, 3):
            await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), part), thread=first.remote_id)
        thread = server.world.channels[int(first.remote_id)]
        assert thread.name == a_message().heading and len(thread.messages) == 2
        assert len(server.messages(server.channel)) == 1


#: What somebody between us and Discord may answer with: content and type.
NO_ANSWERS = pytest.mark.parametrize("page", [('{"id": "12', "application/json"), ("<h1>Welcome</h1>", "text/html"), ("", "text/html")])


@NO_ANSWERS
async def test_a_thread_that_nobody_says_was_opened_is_asked_for_again(page: tuple[str, str]) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        first = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 1))
        server.fault("garbage", on="/threads$", text=page[0], type=page[1])
        part = key_for(papers(server), 2)
        assert (await adapter.publish(papers(server), a_message(2), key=part, thread=first.remote_id)).outcome is Outcome.NOT_SENT
        assert len(server.messages(server.channel)) == 1
        assert (await adapter.publish(papers(server), a_message(2), key=part, thread=first.remote_id)).outcome is Outcome.SENT
        assert len(server.messages(server.channel)) == 1 and len(server.world.channels[int(first.remote_id)].messages) == 1


@NO_ANSWERS
async def test_a_page_of_somebody_else_is_no_empty_channel(page: tuple[str, str]) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        since, key = just_now(), key_for(papers(server))
        await adapter.publish(papers(server), a_message(), key=key)
        server.fault("garbage", on="GET /channels/.*/messages", text=page[0], type=page[1])
        with pytest.raises(PlatformError):
            await adapter.find(papers(server), key=key, since=since)
        server.fault("garbage", on="GET /channels/.*/messages", text=page[0], type=page[1])
        with pytest.raises(PlatformError):
            await adapter.own_links(papers(server), since=since)
        assert (await adapter.find(papers(server), key=key, since=since)).remote_id


@pytest.mark.parametrize("right", ["create_public_threads", "send_messages_in_threads"])
async def test_where_threads_are_closed_the_channel_takes_the_continuation(right: str) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.world.deny(server.channel, **{right: True})
        since = just_now()
        first = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 1))
        second = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 2), thread=first.remote_id)
        assert second.outcome is Outcome.SENT and len(server.messages(server.channel)) == 2
        found = await adapter.find(papers(server), key=key_for(papers(server), 2), since=since, thread=first.remote_id)
        assert found.remote_id == second.remote_id


async def test_a_continuation_of_a_deleted_digest_goes_to_the_channel() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        first = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 1))
        server.delete(first.remote_id)
        second = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server), 2), thread=first.remote_id)
        assert second.outcome is Outcome.SENT and len(server.messages(server.channel)) == 1


async def test_a_message_without_buttons_is_found_by_its_footer() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        since, key = just_now(), key_for(papers(server))
        receipt = await adapter.publish(papers(server), Message(heading="Paused", intro="until Monday"), key=key)
        assert (await adapter.find(papers(server), key=key, since=since)).remote_id == receipt.remote_id


async def test_somebody_elses_message_with_the_same_mark_is_not_ours() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        since, key = just_now(), key_for(papers(server))
        await adapter.publish(papers(server), a_message(2), key=key)
        server.messages(server.channel)[0]["author"] = server.world.user(server.world.owner)
        found = await adapter.find(papers(server), key=key, since=since)
        assert found.readable and not found.remote_id


async def test_a_post_is_found_behind_hundreds_of_others() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        since, key = just_now(), key_for(papers(server))
        place = server.world.channels[server.world.papers]
        for number in range(250):
            server.world.post(place, {"content": f"message {number}"})
        receipt = await adapter.publish(papers(server), a_message(1), key=key)
        found = await adapter.find(papers(server), key=key, since=since)
        assert found.remote_id == receipt.remote_id


async def test_a_search_that_gives_up_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "DEPTH", 20)
    async with DiscordServer() as server, started(server) as adapter:
        since = just_now()
        for number in range(30):
            server.world.post(server.world.channels[server.world.papers], {"content": f"message {number}"})
        assert not (await adapter.find(papers(server), key=key_for(papers(server)), since=since)).readable


async def test_a_channel_that_is_gone_holds_nothing() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        gone = Destination(platform="discord", address="1234567890")
        assert (await adapter.find(gone, key=key_for(gone), since=just_now())).readable


async def test_a_channel_that_went_out_of_sight_cannot_be_looked_at() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.world.deny(server.channel, view_channel=True)
        assert not (await adapter.find(papers(server), key=key_for(papers(server)), since=just_now())).readable


async def test_a_look_that_gets_no_answer_is_an_error_to_try_again() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.fault("status", on="GET /channels/.*/messages", status=503)
        with pytest.raises(PlatformError):
            await adapter.find(papers(server), key=key_for(papers(server)), since=just_now())


async def test_locating_tells_what_kind_of_place_it_is() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        world = server.world
        found = await adapter.locate(papers(server))
        assert (found.tenant, found.name) == (f"discord:{world.guild}", "#papers")
        ana = world.add_user("Ana")
        by_channel = await adapter.locate(Destination(platform="discord", address=str(world.dm(ana).id)))
        assert (by_channel.address, by_channel.tenant, by_channel.name) == (f"@{ana}", f"discord:@{ana}", "Ana")
        category = Destination(platform="discord", address=str(world.add_channel("talk", type=CATEGORY)))
        with pytest.raises(PlatformError, match="category channel and takes no messages"):
            await adapter.locate(category)
        world.deny(server.channel, view_channel=True)
        with pytest.raises(PlatformError, match="cannot see"):
            await adapter.locate(papers(server))
        with pytest.raises(PlatformError, match="no person"):
            await adapter.locate(Destination(platform="discord", address="@1234567890"))


async def test_many_posts_at_once_are_all_sent() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        places = [Destination(platform="discord", address=str(server.world.add_channel(f"room-{n}"))) for n in range(40)]
        receipts = await asyncio.gather(*(adapter.publish(place, a_message(1), key=key_for(place)) for place in places))
        assert {receipt.outcome for receipt in receipts} == {Outcome.SENT}
        assert all(len(server.messages(place.address)) == 1 for place in places)


async def test_the_token_is_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = secrets.token_hex(16)
    async with DiscordServer(token=canary) as server:
        async with started(server) as adapter:
            for kind in ("cut", "status", "ban", "limit"):
                server.fault(kind, status=503, retry_after=60.0)  # type: ignore[arg-type]
                receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
                assert canary not in repr(receipt)
            running = asyncio.create_task(adapter.run())
            await server.gateway.connected()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert canary not in repr(adapter) + repr(vars(adapter))
        await server.stop()
        with pytest.raises(PlatformError) as caught:
            await adapter_for(server).start()
    assert canary not in caplog.text + repr(caught.value) + str(caught.getrepr(style="long"))


def test_the_library_is_the_one_whose_habits_were_read() -> None:
    """A new minor version may retry, store or count differently: read its changes, then raise this."""
    assert discord.version_info[:2] == (2, 7)
