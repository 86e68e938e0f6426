"""The Discord adapter keeps the contract of every adapter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from adapters.discord import limits as numbers
from bot.domain.subscriptions import Destination, parse_destination
from bot.ports import Adapter
from tests.adapters.discord_rig import adapter_for, papers, started
from tests.contracts.adapter_contract import AdapterContract, Rig
from tests.servers.discord import DiscordServer


class TestDiscordKeepsTheContract(AdapterContract):
    @pytest.fixture
    async def rig(self) -> AsyncIterator[Rig]:
        async with DiscordServer() as server, started(server) as adapter:
            ana = server.world.add_user("Ana")

            def count(destination: Destination) -> int:
                place = destination.address if destination.personal else int(destination.address)
                threads = [channel.id for channel in server.world.channels.values() if channel.parent == place]
                return len(server.messages(place)) + sum(len(server.messages(thread)) for thread in threads)

            def stranger() -> Adapter:
                return adapter_for(server, token="canary-token-of-nobody")

            yield Rig(
                adapter=adapter,
                channel=papers(server),
                person=parse_destination(f"discord:@{ana}"),
                unknown=parse_destination("discord:1234567890"),
                count=count,
                lose_next_answer=lambda: void(server.fault("cut", after=True)),
                limit_next=lambda: void(server.fault("limit", retry_after=60.0)),
                close_history=lambda: server.world.deny(server.channel, read_message_history=True),
                stranger=stranger,
            )


def void(_: object) -> None:
    """A fault is set; nobody needs it in hand."""


def test_the_limits_are_read_without_loading_the_library() -> None:
    line = "import sys, adapters.discord.limits as l; sys.exit('discord' in sys.modules or not l.LIMITS.cards)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
    assert numbers.LIMITS.cards <= numbers.EMBEDS
