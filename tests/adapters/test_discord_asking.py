"""Who asks, where and what: threads, forum posts, people on their own, messages to look into, reactions."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.messages import Message
from bot.domain.requests import Action, Attachment, Command, Lookup, Reaction, Reply
from bot.domain.subscriptions import parse_destination
from tests.adapters.discord_rig import NotingHandler, listening, papers
from tests.builders import a_message
from tests.contracts.adapter_contract import key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_kinds import THREAD, Channel


async def test_a_thread_of_a_digest_stands_for_its_channel_and_one_of_people_for_itself() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler) as adapter:
        first = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 1))
        second = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 2), thread=first.remote_id)
        await server.slash("latest", channel=first.remote_id)
        await server.choose(second.remote_id, "save:1")
        talk = Channel(id=server.world.snowflake(), name="talk", type=THREAD, guild=server.world.guild, parent=int(server.channel))
        talk.owner = server.world.owner
        server.world.channels[talk.id] = talk
        await server.slash("latest", channel=talk.id)
        places = [(request.place.address, request.place.name) for request in handler.requests]
        assert places == [(server.channel, "#papers"), (server.channel, "#papers"), (str(talk.id), "#talk")]


async def test_every_post_of_a_forum_stands_for_the_forum() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server:
        forum = server.world.add_forum("reading")
        begun = {"name": "Hi", "message": {"content": "x"}}
        post, _ = server.world.open_post(server.world.channels[forum], begun, owner=server.world.owner)
        async with listening(server, handler):
            await server.slash("latest", channel=post.id)
            assert (handler.requests[0].place.address, handler.requests[0].place.name) == (str(forum), "#reading")


async def test_where_only_the_person_has_the_bot_everything_is_about_them() -> None:
    handler = NotingHandler(reply=Reply(message=a_message(100)))
    async with DiscordServer() as server, listening(server, handler):
        ana = server.world.add_user("Ana")
        answer = await server.slash("latest", count=20, user=ana, alone=True)
        (request,) = handler.requests
        assert request.place == request.actor.personal and request.place.address == f"@{ana}" and request.actor.manager
        await answer.until(lambda answer: len(answer.messages) == 5)
        assert "5 more parts" in answer.messages[-1]["embeds"][-1]["footer"]["text"], "Discord allows only so many there, and it is said"


async def test_a_message_is_looked_into_with_what_its_links_show() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        embed = {"url": "https://doi.org/10.1000/1", "title": "On Looms", "color": 77, "fields": [{"name": "By", "value": "Ada"}]}
        asked = server.says("see https://arxiv.org/abs/2604.00001", embeds=[embed])
        answer = await server.menu(asked)
        (request,) = handler.requests
        assert isinstance(request.what, Lookup) and request.place.address == server.channel and answer.private
        assert request.what.text.split("\n") == [
            "see https://arxiv.org/abs/2604.00001",
            "https://doi.org/10.1000/1",
            "On Looms",
            "By",
            "Ada",
        ]


async def test_an_endless_message_is_looked_into_up_to_an_end() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler):
        await server.menu(server.says("x" * 4000, embeds=[{"description": "y" * 4000}] * 10))
        assert isinstance(handler.requests[0].what, Lookup) and len(handler.requests[0].what.text) == 20_000


@pytest.mark.parametrize(("emoji", "named"), [("👍", "👍"), ("👍🏽", "👍"), ("party:4711", ":party:")])
async def test_a_reaction_to_our_own_message_is_told_and_one_to_others_is_not(emoji: str, named: str) -> None:
    handler = NotingHandler()
    async with DiscordServer() as server, listening(server, handler) as adapter:
        ana = server.world.add_user("Ana")
        posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        await server.react(server.says("hello"), emoji, user=ana)
        await server.react(posted.remote_id, emoji, user=server.world.bot)
        await server.react(posted.remote_id, emoji, user=ana)
        await server.react(posted.remote_id, emoji, user=ana, added=False)
        await server.slash("latest")
        *reactions, last = handler.requests
        told = [Reaction(remote_id=posted.remote_id, emoji=named, added=added) for added in (True, False)]
        assert [one.what for one in reactions] == told
        assert {(one.actor.id, one.place.address, one.place.tenant) for one in reactions} == {
            (str(ana), server.channel, f"discord:{server.world.guild}")
        }
        assert isinstance(last.what, Command)


async def test_a_reaction_in_a_forum_post_and_one_in_direct_messages_come_from_there() -> None:
    handler = NotingHandler()
    async with DiscordServer() as server:
        forum = parse_destination(f"discord:{server.world.add_forum('reading')}")
        async with listening(server, handler) as adapter:
            ana = server.world.add_user("Ana")
            person = parse_destination(f"discord:@{ana}")
            for place in (forum, person):
                posted = await adapter.publish(place, a_message(1), key=key_for(place))
                await server.react(posted.remote_id, "⭐", user=ana)
            await server.slash("latest")
            assert [one.place.address for one in handler.requests[:2]] == [forum.address, person.address]


async def test_a_failing_reaction_hurts_no_other() -> None:
    async def fail() -> None:
        handler.before = None
        raise RuntimeError("a fault of ours")

    handler = NotingHandler(before=fail)
    async with DiscordServer() as server, listening(server, handler) as adapter:
        posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
        for _ in range(2):
            await server.react(posted.remote_id, "👍")
        await server.slash("latest")
        assert len(handler.requests) == 3


# --- files -----------------------------------------------------------------------------------------------------------

PICTURE = Attachment(name="a trend/2026.png", content=b"\x89PNG" + bytes(1000), media_type="image/png", alt="Papers per month: @everyone")


@pytest.mark.parametrize("private", [True, False])
async def test_a_picture_is_uploaded_with_what_it_shows_in_words(private: bool) -> None:
    handler = NotingHandler(reply=Reply(message=Message(heading="Trend"), private=private, files=(PICTURE,)))
    async with DiscordServer() as server, listening(server, handler):
        answer = await (await server.slash("latest")).until(lambda answer: bool(answer.message.get("attachments")))
        (file,) = answer.message["attachments"]
        assert (file["filename"], file["description"]) == ("a_trend_2026.png", "Papers per month: @everyone")
        assert server.world.files[file["id"]] == PICTURE.content and answer.private is private


async def test_a_picture_comes_with_the_answer_to_a_press_and_takes_the_message_place() -> None:
    handler = NotingHandler(reply=Reply(message=Message(heading="Trend"), update=True, files=(PICTURE,)))
    async with DiscordServer() as server, listening(server, handler):
        handler.reply = Reply(message=a_message(1))
        first = await server.slash("latest")
        handler.reply = Reply(message=Message(heading="Trend"), update=True, files=(PICTURE,))
        await server.choose(first.message["id"], "save:1")
        assert [file["filename"] for file in first.message["attachments"]] == ["a_trend_2026.png"]
        assert handler.requests[-1].what == Action(verb="save", args=("1",))


async def test_a_file_that_is_too_large_is_named_instead() -> None:
    large = Attachment(name="everything.csv", content=bytes((10 << 20) + 1), media_type="text/csv")
    handler = NotingHandler(reply=Reply(message=Message(heading="Export"), files=(large, PICTURE)))
    async with DiscordServer() as server, listening(server, handler):
        answer = await server.slash("latest")
        assert [file["filename"] for file in answer.message["attachments"]] == ["a_trend_2026.png"]
        assert "everything.csv: larger than 10 MB" in answer.text


# --- what is gone meanwhile ------------------------------------------------------------------------------------------


async def test_an_update_of_a_message_that_was_deleted_meanwhile_is_said_below(caplog: pytest.LogCaptureFixture) -> None:
    async with DiscordServer() as server:

        async def delete() -> None:
            server.delete(posted.remote_id)

        handler = NotingHandler(reply=Reply(message=Message(heading="Page 2"), update=True))
        async with listening(server, handler) as adapter:
            posted = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server)))
            handler.before = delete
            answer = await server.choose(posted.remote_id, "save:1")
            assert answer.private and "Page 2" in answer.text
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_an_answer_into_a_channel_that_was_deleted_meanwhile_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async with DiscordServer() as server:
        done = asyncio.Event()

        async def delete() -> None:
            handler.before = None
            del server.world.channels[room]
            done.set()

        handler = NotingHandler(before=delete)
        async with listening(server, handler) as adapter:
            room = server.world.add_channel("room")
            asking = asyncio.create_task(server.slash("latest", channel=room))
            await done.wait()
            await server.slash("latest")
            await adapter.close()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
