"""Commands, buttons, selects and proposals, from the gateway to what the person sees."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import discord
import pytest
from discord import Permissions

from adapters.discord import inbound
from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.requests import Action, Choice, Command, Reply
from tests.adapters.discord_rig import NotingHandler, listening, papers
from tests.builders import a_card, a_message
from tests.contracts.adapter_contract import key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_interactions import CHOICES, COMPONENT, DEFERRED_MESSAGE, DEFERRED_UPDATE

DONE = Reply(message=Message(heading="Saved", tone=Tone.GOOD))


async def test_a_command_reaches_the_handler_with_who_where_and_what() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        ana = server.world.add_user("Ana")
        answer = await server.slash("search", query='by:"Robin Jia" -survey', sort="new", user=ana)
        (request,) = handler.requests
        assert request.what == Command(verb="search", options={"query": 'by:"Robin Jia" -survey', "sort": "new"})
        assert request.place.key == f"discord:{server.channel}"
        assert (request.place.tenant, request.place.name) == (f"discord:{server.world.guild}", "#papers")
        assert (request.actor.id, request.actor.name, request.actor.manager) == (str(ana), "Ana", True)
        assert (request.actor.personal.address, request.actor.personal.tenant) == (f"@{ana}", f"discord:@{ana}")
        assert answer.first == DEFERRED_MESSAGE and answer.private and "Paper 1" in answer.text
        assert server.messages(server.channel) == [], "a private answer is in no history"


@pytest.mark.parametrize(
    ("rights", "manager"),
    [
        (Permissions(send_messages=True, manage_messages=True), False),
        (Permissions(manage_channels=True), True),
        (Permissions(administrator=True), True),
    ],
)
async def test_who_may_manage_channels_is_a_manager(rights: Permissions, manager: bool) -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        await server.slash("latest", permissions=rights)
        assert handler.requests[0].actor.manager is manager


async def test_in_direct_messages_everybody_manages_their_own() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        ana = server.world.add_user("Ana")
        await server.slash("latest", count=3, channel=f"@{ana}")
        (request,) = handler.requests
        assert request.place == request.actor.personal and request.actor.manager
        assert (request.place.address, request.place.tenant) == (f"@{ana}", f"discord:@{ana}")


async def test_the_interaction_is_acknowledged_before_any_work() -> None:
    async with DiscordServer() as server:
        begun, go = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            begun.set()
            await go.wait()

        handler = NotingHandler(before=wait)
        async with listening(server, handler):
            asking = asyncio.create_task(server.slash("latest"))
            await begun.wait()
            (answer,) = server.interactions.answers.values()
            assert answer.first == DEFERRED_MESSAGE and answer.loading
            server.advance(600)  # ten minutes are fine once it is acknowledged
            go.set()
            assert "Paper 1" in (await asking).text


async def test_commands_in_an_answer_are_named_as_they_are_found_on_discord() -> None:
    said = Message(
        heading="Paused", intro="/papers resume ends it, /papers search goes on", items=(Item(label="x", text="/papers scheduled"),)
    )
    handler = NotingHandler(reply=Reply(message=said))
    async with DiscordServer() as server, listening(server, handler):
        answer = await server.slash("pause", until="7d")
        assert handler.requests[0].what == Command(verb="pause", options={"until": "7d"})
        assert "/papers digest resume ends it, /papers search goes on" in answer.text and "/papers scheduled" in answer.text


async def test_a_bad_command_is_answered_without_asking_the_handler() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        answer = await server.slash("read", paper="   ")
        assert handler.requests == [] and answer.private and "needs a paper" in answer.text


async def test_a_public_answer_is_seen_by_all() -> None:
    handler = NotingHandler(reply=Reply(message=a_message(1), private=False))
    async with DiscordServer() as server, listening(server, handler):
        answer = await (await server.slash("latest")).until(lambda answer: bool(answer.followups))
        assert not answer.private and "Paper 1" in answer.text
        assert [message["id"] for message in server.messages(server.channel)] == [answer.followups[0]["id"]]


async def test_a_long_answer_goes_on_in_a_second_message() -> None:
    handler = NotingHandler(reply=Reply(message=a_message(15)))
    async with DiscordServer() as server, listening(server, handler):
        answer = await (await server.slash("latest", count=15)).until(lambda answer: bool(answer.followups))
        assert [len(message["embeds"]) for message in answer.messages] == [10, 5]
        assert all(message["flags"] & 64 for message in answer.messages)


async def test_a_select_and_a_button_reach_the_handler_as_the_same_action() -> None:
    handler = NotingHandler(reply=DONE)
    async with DiscordServer() as server, listening(server, handler) as adapter:
        many = await adapter.publish(papers(server), a_message(3), key=key_for(papers(server), 1))
        one = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 2))
        ana = server.world.add_user("Ana")
        by_select = await server.choose(many.remote_id, "save:2", user=ana)
        by_button = await server.choose(one.remote_id, "save:1")
        assert [request.what for request in handler.requests] == [Action(verb="save", args=("2",)), Action(verb="save", args=("1",))]
        assert handler.requests[0].actor.id == str(ana)
        assert by_select.first == by_button.first == DEFERRED_UPDATE
        assert by_select.private and "Saved" in by_select.text and "Saved" in by_button.text
        assert len(server.messages(server.channel)) == 2, "the digest stands as it was"


async def test_buttons_outlive_a_restart() -> None:
    async with DiscordServer() as server:
        async with listening(server, NotingHandler()) as adapter:
            posted = await adapter.publish(papers(server), a_message(2), key=key_for(papers(server)))
        handler = NotingHandler(reply=DONE)
        async with listening(server, handler):
            answer = await server.choose(posted.remote_id, "rest:abcdefabcdefabcdefabcdef")
            assert handler.requests[0].what == Action(verb="rest", args=("abcdefabcdefabcdefabcdef",)) and "Saved" in answer.text


async def test_an_update_replaces_the_message_whose_button_was_pressed() -> None:
    page = Message(heading="Page 1", items=(Item(label="a", text="b"),), buttons=(Button(label="Next", action="page:2"),))
    handler = NotingHandler(reply=Reply(message=page))
    async with DiscordServer() as server, listening(server, handler):
        answer = await server.slash("search", query="x")
        handler.reply = Reply(message=Message(heading="Page 2"), update=True)
        turned = await server.choose(answer.message["id"], "page:2")
        assert turned.updated and not turned.messages
        assert answer.message["content"] == "**Page 2**" and answer.message["components"] == answer.message["embeds"] == []


async def test_a_public_reply_to_a_button_is_seen_by_all() -> None:
    handler = NotingHandler(reply=Reply(message=Message(heading="Shared"), private=False))
    async with DiscordServer() as server, listening(server, handler) as adapter:
        posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        answer = await server.choose(posted.remote_id, "save:1")
        assert not answer.private and len(server.messages(server.channel)) == 2


async def test_proposals_are_cut_to_what_discord_takes() -> None:
    choices = [Choice(name=f"Author {n} " + "x" * 200, value=f"author {n}") for n in range(40)] + [Choice(name="long", value="y" * 101)]
    handler = NotingHandler(choices=[choices[-1], *choices])
    async with DiscordServer() as server, listening(server, handler):
        proposed = await server.autocomplete("subscribe", "value", "rob", kind="author", to="me")
        assert len(proposed) == 25 and proposed[0]["value"] == "author 0"
        (asked,) = handler.completions
        assert (asked.kind, asked.typed, asked.verb) == ("value", "rob", "subscribe")
        assert asked.options == {"kind": "author", "to": "me"}


async def test_slow_or_failing_proposals_become_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "COMPLETION_TIME", 0.05)

    async def for_ever() -> None:
        await asyncio.Event().wait()

    handler = NotingHandler(before=for_ever)
    async with DiscordServer() as server, listening(server, handler):
        assert await server.autocomplete("schedule", "tz", "ber") == []


async def test_an_interaction_that_came_too_late_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        await server.slash("latest")
        handler.requests.clear()
        data = await server._command("latest", {})
        answer, event = server.interactions.begin(2, data, server._place(server.channel), server.world.owner, None, None)
        server.advance(4)
        await server.gateway.dispatch("INTERACTION_CREATE", event)
        await server.slash("status")  # the next one is answered as ever
        assert [request.what for request in handler.requests] == [Command(verb="status", options={})]
        assert answer.first is None
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_an_answer_after_fifteen_minutes_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async with DiscordServer() as server:
        ended = asyncio.Event()

        async def dawdle() -> None:
            server.advance(16 * 60)
            ended.set()

        async with listening(server, NotingHandler(before=dawdle)) as adapter:
            asking = asyncio.create_task(server.slash("latest"))
            await ended.wait()
            await adapter.close()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_an_acknowledgement_whose_answer_got_lost_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None:
        """The library's pause before it repeats a request."""

    monkeypatch.setattr(discord.webhook.async_.asyncio, "sleep", at_once)
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        server.fault("status", on="POST /interactions/", status=502, after=True)
        answer = await server.slash("latest")
        assert "Paper 1" in answer.text and len(handler.requests) == 1


async def test_the_same_interaction_delivered_twice_is_handled_once() -> None:
    handler = NotingHandler(reply=DONE)
    async with DiscordServer() as server, listening(server, handler) as adapter:
        posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        message = server.messages(server.channel)[0]
        custom_id = message["components"][0]["components"][0]["custom_id"]
        data = {"custom_id": custom_id, "component_type": 2}
        place = server._place(server.channel)
        answer, event = server.interactions.begin(COMPONENT, data, place, server.world.owner, None, message)
        for _ in range(2):
            await server.gateway.dispatch("INTERACTION_CREATE", event)
        await answer.until(lambda answer: answer.settled)
        await server.choose(posted.remote_id, "hide:1")
        assert len(handler.requests) == 2 and len(answer.followups) == 1


async def test_a_button_of_somebody_else_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "another-bot:1"}]}
        other = server.world.post(server._place(server.channel), {"content": "x", "components": [row]})
        await server.press(other["id"], "another-bot:1", wait=False)
        await server.slash("latest")
        assert [type(request.what) for request in handler.requests] == [Command]


async def test_closing_waits_for_an_answer_under_way() -> None:
    async with DiscordServer() as server:
        begun, go = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            begun.set()
            await go.wait()

        async with listening(server, NotingHandler(before=wait)) as adapter:
            asking = asyncio.create_task(server.slash("latest"))
            await begun.wait()
            closing = asyncio.create_task(adapter.close())
            go.set()
            assert "Paper 1" in (await asking).text
            await closing


async def test_a_failing_answer_hurts_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        handler.before = None
        raise RuntimeError("a fault of ours")

    handler = NotingHandler(before=fail)
    async with DiscordServer() as server, listening(server, handler):
        failed, fine = await asyncio.gather(server.slash("latest"), server.slash("status"))
        texts = sorted((failed.text, fine.text), key=lambda text: "Paper 1" in text)
        assert "not your fault" in texts[0] and "Paper 1" in texts[1]
        incident = next(record.incident for record in caplog.records if hasattr(record, "incident"))
        assert incident in texts[0]


async def test_a_failing_button_is_told_too() -> None:
    async def fail() -> None:
        raise RuntimeError("a fault of ours")

    async with DiscordServer() as server, listening(server, NotingHandler(before=fail)) as adapter:
        posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        answer = await server.choose(posted.remote_id, "save:1")
        assert answer.private and "not your fault" in answer.text


async def test_an_answer_pings_nobody() -> None:
    hostile = replace(a_card("@everyone"), reason="<@1234567890>")
    handler = NotingHandler(reply=Reply(message=Message(heading="@here <@1234567890>", cards=(hostile,)), private=False))
    async with DiscordServer() as server, listening(server, handler):
        await (await server.slash("latest")).until(lambda answer: bool(answer.followups))
        assert server.world.pings == []


async def test_the_answer_to_an_autocompletion_is_of_its_kind() -> None:
    handler = NotingHandler(choices=[Choice(name="Europe/Berlin", value="Europe/Berlin")])
    async with DiscordServer() as server, listening(server, handler):
        await server.autocomplete("schedule", "tz", "")
        (answer,) = server.interactions.answers.values()
        assert answer.first == CHOICES and handler.completions[0].kind == "zone"
