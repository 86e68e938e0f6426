"""Registering commands, connecting, losing the connection, and coming back."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import replace
from typing import Any, Literal

import pytest
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket

from adapters.discord import DiscordAdapter, DiscordSettings
from adapters.discord.commands import registration, same_commands
from bot.clock import SystemClock
from bot.domain.deliveries import Outcome
from bot.errors import AuthFailed, PlatformError
from bot.grammar.reading import COMMANDS
from bot.secret import Secret
from tests.adapters.discord_rig import NotingHandler, adapter_for, listening, papers, started
from tests.builders import a_message
from tests.contracts.adapter_contract import key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_commands import characters


def verbs_of(command: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every subcommand by its name, whether it stands in a group or not."""
    found = {}
    for option in command["options"]:
        found |= verbs_of(option) if option["type"] == 2 else {option["name"]: option}
    return found


async def test_every_verb_is_registered_with_its_options_for_servers_and_for_people() -> None:
    async with DiscordServer() as server, listening(server, NotingHandler()):
        command, menu = await server.commands()
        assert (command["name"], menu["name"], menu["type"]) == ("papers", "Look up papers", 3)
        for one in (command, menu):
            assert (one["contexts"], one["integration_types"]) == ([0, 1, 2], [0, 1])
            assert one["default_member_permissions"] == str(1 << 31), "whoever may use commands"
        registered = verbs_of(command)
        assert set(registered) == {spec.verb for spec in COMMANDS}
        for spec in COMMANDS:
            assert {option["name"] for option in registered[spec.verb].get("options", ())} == {option.name for option in spec.options}
        assert characters(command) <= 8000 and len(command["options"]) <= 25


async def test_what_a_form_asks_for_may_be_left_out() -> None:
    (subscribe,) = [verb for name, verb in verbs_of(registration("papers")[0]).items() if name == "subscribe"]
    assert not any(option["required"] for option in subscribe["options"])
    assert next(option for option in verbs_of(registration("papers")[0])["search"]["options"] if option["name"] == "query")["required"]


def test_thirty_verbs_find_room() -> None:
    table = [
        *COMMANDS,
        *(replace(COMMANDS[1], verb=verb) for verb in ("mute", "unmute", "mutes", "top", "trend", "export", "privacy", "why")),
    ]
    unique = list({spec.verb: spec for spec in table}.values())
    assert set(verbs_of(registration("papers", unique)[0])) == {spec.verb for spec in unique}
    assert len(registration("papers", unique)[0]["options"]) <= 25


async def test_the_commands_are_registered_only_when_they_changed() -> None:
    def puts(server: DiscordServer) -> int:
        return sum(call.startswith("PUT") for call in server.calls)

    async with DiscordServer() as server:
        for _ in range(2):
            async with listening(server, NotingHandler()):
                await server.slash("latest")
        assert puts(server) == 1
        server.interactions.commands[0]["options"][0]["description"] = "changed by hand"
        async with listening(server, NotingHandler()):
            while puts(server) == 1:
                await asyncio.sleep(0)
        assert server.interactions.commands[0]["options"][0]["description"] == COMMANDS[0].summary


def test_what_discord_adds_to_a_registration_makes_no_difference() -> None:
    wanted = registration("papers")
    stored = copy.deepcopy(wanted)
    stored[0] |= {"id": "1", "version": "2", "application_id": "3", "nsfw": False, "name_localizations": None, "contexts": [2, 1, 0]}
    for option in stored[0]["options"][0]["options"]:
        if not option["required"]:
            del option["required"]
    assert same_commands(wanted, stored)
    stored[0]["options"][0]["options"][0]["max_length"] = 9
    assert not same_commands(wanted, stored)
    assert not same_commands(wanted, [])


async def test_registering_is_tried_again_and_holds_nothing_up() -> None:
    async with DiscordServer() as server:
        server.fault("status", on="GET /applications/.*/commands", status=503)
        async with listening(server, NotingHandler()) as adapter:
            receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
            assert receipt.outcome is Outcome.SENT and server.interactions.commands == []


async def test_no_privileged_intent_is_asked_for() -> None:
    async with DiscordServer() as server, listening(server, NotingHandler()):
        assert server.gateway.intents == [1 | 1 << 10 | 1 << 13], "servers, and reactions in them and in direct messages"


@pytest.mark.parametrize("how", ["reconnect", "close", "invalid"])
async def test_a_lost_connection_comes_back_and_what_was_asked_meanwhile_is_answered(how: str) -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        await server.slash("latest")
        if how == "reconnect":
            await server.gateway.reconnect()
        elif how == "close":
            await server.gateway.close(4000)
        else:
            await server.gateway.invalidate(resumable=True)
        answer = await server.slash("status")
        assert "Paper" in answer.text and server.gateway.resumed == 1 and server.gateway.identified == 1
        assert len(handler.requests) == 2, "nothing is answered twice"


async def test_posting_goes_on_while_the_gateway_is_lost() -> None:
    async with DiscordServer() as server, listening(server, NotingHandler()) as adapter:
        server.gateway.down = True
        await server.gateway.close(4000)
        receipt = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        assert receipt.outcome is Outcome.SENT


async def test_a_gateway_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        pauses: list[float] = []

        def pause(_: ExponentialBackoff[Literal[False]]) -> float:
            pauses.append(0.01)
            if len(pauses) == 2:  # after the second failure the gateway is there
                monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
            return pauses[-1]

        monkeypatch.setattr(ExponentialBackoff, "delay", pause)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://127.0.0.1:9/gateway"))
        running = asyncio.create_task(adapter.run())
        await server.gateway.connected()
        assert len(pauses) == 2 and not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_rest_side_is_asked_for_the_gateway_when_only_it_is_known() -> None:
    async with DiscordServer() as server:
        base = server.api_url.removesuffix("/api/v10") + "/"
        adapter = DiscordAdapter(DiscordSettings(token=Secret(server.token), api_url=base), NotingHandler(), SystemClock())
        await adapter.start()
        running = asyncio.create_task(adapter.run())
        await server.slash("latest")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await adapter.close()


async def test_a_token_refused_by_the_gateway_ends_everything() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        server.token_valid = False
        with pytest.raises(AuthFailed):
            await adapter.run()
        assert (await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))).outcome is Outcome.BAD_TOKEN


async def test_a_gateway_that_refuses_for_good_is_an_error_with_its_code() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        running = asyncio.create_task(adapter.run())
        await server.gateway.connected()
        await server.gateway.close(4013)
        with pytest.raises(PlatformError, match="4013") as caught:
            await running
        assert not isinstance(caught.value, AuthFailed)
        again = asyncio.create_task(adapter.run())  # whoever tries again gets a new connection
        await server.slash("latest")
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_another_root_command_is_registered_under_its_name() -> None:
    async with DiscordServer() as server:
        adapter = adapter_for(server, command="lit")
        await adapter.start()
        running = asyncio.create_task(adapter.run())
        assert (await server.commands())[0]["name"] == "lit"
        answer = await server.slash("read", paper=" ")
        assert "/lit read" in answer.text
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await adapter.close()
