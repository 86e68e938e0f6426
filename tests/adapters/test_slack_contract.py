"""Slack keeps the contract of all adapters."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from subprocess import run

import pytest

from adapters.slack import inbound
from bot.domain.subscriptions import Destination
from tests.adapters.slack_rig import slack_adapter
from tests.contracts.adapter_contract import AdapterContract, Rig, Told
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import cut, rate_limit, refuse


def _at(address: str) -> Destination:
    return Destination(platform="slack", address=address)


class TestSlackKeepsTheContract(AdapterContract):
    @pytest.fixture
    async def rig(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
        for name, seconds in (("_PING", 0.2), ("_WATCH", 0.1)):
            monkeypatch.setattr(inbound, name, seconds)
        clock = Told()
        async with SlackServer() as server:
            adapter = slack_adapter(server, clock=clock)
            await adapter.start()

            async def disconnect() -> None:
                server.down = True
                await server.drop_sockets()
                await server.turned_away()

            def limit_looking() -> None:
                for method in ("conversations.history", "conversations.replies"):
                    server.script(method, rate_limit(1))

            yield Rig(
                adapter=adapter,
                clock=clock,
                server=server,
                channel=_at("C0123ABCD"),
                person=_at("@U7"),
                unknown=_at("C0NOWHERE"),
                count=lambda destination: len(server.messages(destination.address)),
                lose_next_answer=lambda: server.script("chat.postMessage", cut()),
                limit_next=lambda: server.script("chat.postMessage", rate_limit(60)),
                limit_everything=lambda: server.script("chat.postMessage", refuse("message_limit_exceeded")),
                lose_next_deletion=lambda: server.script("chat.delete", cut()),
                lose_next_edit=lambda: server.script("chat.update", cut()),
                limit_looking=limit_looking,
                remove=lambda ts: server.delete("C0123ABCD", ts),
                somebody_says=lambda text: server.say("C0123ABCD", text).ts,
                disconnect=disconnect,
                reconnect=lambda: setattr(server, "down", False),
                command=lambda: server.slash("help"),
                close_history=lambda: server.scopes.discard("channels:history"),
                stranger=lambda: slack_adapter(server, bot_token="xoxb-canary-4242"),
            )
            await adapter.close()


def test_the_limits_are_read_without_loading_the_library() -> None:
    code = "import sys, adapters.slack.limits; sys.exit(any(name.startswith('slack_') for name in sys.modules))"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
