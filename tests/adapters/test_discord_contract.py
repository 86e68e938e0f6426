"""The Discord adapter keeps the contract of every adapter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import pytest
from discord.backoff import ExponentialBackoff

from adapters.discord import limits as numbers
from bot.domain.deliveries import Outcome
from bot.domain.subscriptions import Destination, parse_destination
from bot.ports import Adapter
from tests.adapters.discord_rig import adapter_for, started
from tests.builders import a_message
from tests.contracts.adapter_contract import AdapterContract, Rig, Told, just_now, key_for
from tests.servers.discord import DiscordServer
from tests.servers.faults import FaultPlan


class TestDiscordKeepsTheContract(AdapterContract):
    @pytest.fixture
    async def rig(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
        async with a_rig(monkeypatch) as rig:
            yield rig


class TestAForumKeepsTheContract(AdapterContract):
    """Every message of its own is a post, for which Discord keeps no nonce."""

    @pytest.fixture
    async def rig(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
        async with a_rig(monkeypatch, forum=True) as rig:
            yield rig

    async def test_a_post_is_never_promised_to_be_posted_once_but_what_continues_it_is(self, rig: Rig) -> None:
        assert await rig.adapter.repeats(rig.channel) == 0
        first = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 1))
        assert await rig.adapter.repeats(rig.channel, thread=first.remote_id) == rig.adapter.repeatable
        for _ in range(2):
            await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 2), thread=first.remote_id)
        assert rig.server.delivered() == {rig.channel.address: [key_for(rig.channel, 1), key_for(rig.channel, 2)]}

    async def test_the_library_does_not_repeat_what_may_have_been_posted(self, rig: Rig) -> None:
        rig.server.faults = FaultPlan(1, 1.0, ("500:after",))
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        assert receipt.outcome is Outcome.UNCERTAIN
        assert rig.server.delivered() == {rig.channel.address: [key_for(rig.channel)]}

    async def test_an_archived_post_is_found_and_told(self, rig: Rig) -> None:
        since = just_now()
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        server = rig.server
        assert isinstance(server, DiscordServer)
        server.world.channels[int(receipt.remote_id)].archived = True
        assert (await rig.adapter.find(rig.channel, key=key_for(rig.channel), since=since)).remote_id == receipt.remote_id
        assert [key for key, _ in await rig.adapter.own_links(rig.channel, since=since) or ()] == [key_for(rig.channel)]

    async def test_what_stands_in_an_archived_post_is_edited(self, rig: Rig) -> None:
        receipt = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel))
        server = rig.server
        assert isinstance(server, DiscordServer)
        server.world.channels[int(receipt.remote_id)].archived = True
        again = await rig.adapter.edit(rig.channel, a_message(2), key=key_for(rig.channel), remote_id=receipt.remote_id)
        assert again.outcome is Outcome.SENT

    async def test_a_post_that_is_gone_or_locked_is_not_continued_and_its_forum_goes_on(self, rig: Rig) -> None:
        server = rig.server
        assert isinstance(server, DiscordServer)
        first = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 1))
        server.world.channels[int(first.remote_id)].locked = True
        locked = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 2), thread=first.remote_id)
        del server.world.channels[int(first.remote_id)]
        gone = await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 3), thread=first.remote_id)
        assert locked.outcome is gone.outcome is Outcome.BAD_CONTENT and "10003" in gone.error
        assert (await rig.adapter.publish(rig.channel, a_message(1), key=key_for(rig.channel, 4))).outcome is Outcome.SENT


@asynccontextmanager
async def a_rig(monkeypatch: pytest.MonkeyPatch, *, forum: bool = False) -> AsyncIterator[Rig]:
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.02)
    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    clock = Told()
    async with DiscordServer() as server, started(server, clock=clock) as adapter:
        ana = server.world.add_user("Ana")
        number = server.world.add_forum("reading", "cs.CL") if forum else server.world.papers
        here = server.world.channels[number]
        channel = parse_destination(f"discord:{number}")
        if forum:
            await adapter.locate(channel)  # as at every start: what it is is known before anything is posted

        def count(destination: Destination) -> int:
            place = server.world.dm(int(destination.address[1:])).id if destination.personal else int(destination.address)
            threads = [channel.id for channel in server.world.channels.values() if channel.parent == place]
            return len(server.messages(place)) + sum(len(server.messages(thread)) for thread in threads)

        def stranger() -> Adapter:
            return adapter_for(server, token="canary-token-of-nobody")

        def somebody_says(text: str) -> str:
            if forum:
                _, message = server.world.open_post(here, {"name": "Hello", "message": {"content": text}}, owner=ana)
            else:
                message = server.world.post(here, {"content": text})
            message["author"] = server.world.user(ana)
            return str(message["id"])

        async def disconnect() -> None:
            server.gateway.down = True
            await server.gateway.forget()

        yield Rig(
            adapter=adapter,
            clock=clock,
            server=server,
            channel=channel,
            person=parse_destination(f"discord:@{ana}"),
            unknown=parse_destination("discord:1234567890"),
            count=count,
            lose_next_answer=lambda: void(server.fault("cut", after=True)),
            limit_next=lambda: void(server.fault("limit", retry_after=60.0)),
            limit_everything=lambda: void(server.fault("limit", retry_after=60.0, everywhere=True)),
            lose_next_deletion=lambda: void(server.fault("status", on="DELETE /channels/", status=503, after=True)),
            lose_next_edit=lambda: void(server.fault("status", on="PATCH /channels/", status=503, after=True)),
            limit_looking=lambda: void(server.fault("limit", on=r"GET /channels/\d+/messages", times=3, retry_after=0.5)),
            remove=server.delete,
            somebody_says=somebody_says,
            disconnect=disconnect,
            reconnect=lambda: setattr(server.gateway, "down", False),
            command=lambda: server.slash("latest"),
            close_history=lambda: server.world.deny(number, read_message_history=True),
            stranger=stranger,
        )


async def at_once(client: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
    """Identify without the pause that Discord itself wants."""


def void(_: object) -> None:
    """A fault is set; nobody needs it in hand."""


def test_the_limits_are_read_without_loading_the_library() -> None:
    line = "import sys, adapters.discord.limits as l; sys.exit('discord' in sys.modules or not l.LIMITS.cards)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
    assert numbers.LIMITS.cards <= numbers.EMBEDS
