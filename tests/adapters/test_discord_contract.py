"""The Discord adapter keeps the contract of every adapter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import discord
import pytest
from discord.backoff import ExponentialBackoff

from adapters.discord import limits as numbers
from bot.domain.subscriptions import Destination, parse_destination
from bot.ports import Adapter
from tests.adapters.discord_rig import adapter_for, papers, started
from tests.contracts.adapter_contract import AdapterContract, Rig, Told
from tests.servers.discord import DiscordServer


class TestDiscordKeepsTheContract(AdapterContract):
    @pytest.fixture
    async def rig(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
        monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.02)
        monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
        clock = Told()
        async with DiscordServer() as server, started(server, clock=clock) as adapter:
            ana = server.world.add_user("Ana")
            here = server.world.channels[server.world.papers]

            def count(destination: Destination) -> int:
                place = destination.address if destination.personal else int(destination.address)
                threads = [channel.id for channel in server.world.channels.values() if channel.parent == place]
                return len(server.messages(place)) + sum(len(server.messages(thread)) for thread in threads)

            def stranger() -> Adapter:
                return adapter_for(server, token="canary-token-of-nobody")

            def somebody_says(text: str) -> str:
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
                channel=papers(server),
                person=parse_destination(f"discord:@{ana}"),
                unknown=parse_destination("discord:1234567890"),
                count=count,
                lose_next_answer=lambda: void(server.fault("cut", after=True)),
                limit_next=lambda: void(server.fault("limit", retry_after=60.0)),
                limit_everything=lambda: void(server.fault("limit", retry_after=60.0, everywhere=True)),
                lose_next_deletion=lambda: void(server.fault("status", on="DELETE /channels/", status=503, after=True)),
                limit_looking=lambda: void(server.fault("limit", on=r"GET /channels/\d+/messages", times=3, retry_after=0.5)),
                remove=server.delete,
                somebody_says=somebody_says,
                disconnect=disconnect,
                reconnect=lambda: setattr(server.gateway, "down", False),
                command=lambda: server.slash("latest"),
                close_history=lambda: server.world.deny(server.channel, read_message_history=True),
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
