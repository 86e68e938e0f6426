"""Digests in forum channels: a post of its own, tags by category, what continues it inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.deliveries import Outcome
from bot.domain.messages import Card, Message, rich
from bot.domain.subscriptions import Destination, parse_destination
from tests.adapters.discord_rig import papers, started
from tests.builders import a_card, a_message
from tests.contracts.adapter_contract import key_for
from tests.servers.discord import DiscordServer


def tagged(*categories: str) -> Message:
    return Message(cards=(replace(a_card("Sparse Attention at Dawn"), tags=categories),))


def forum_of(server: DiscordServer, *tags: str, required: bool = False, moderated: tuple[str, ...] = ()) -> Destination:
    return parse_destination(f"discord:{server.world.add_forum('reading', *tags, required=required, moderated=moderated)}")


@pytest.mark.parametrize(
    ("tags", "categories", "expected"),
    [
        (("cs.CL", "cs.LG", "math"), ("cs.CL", "math.ST", "q-bio.NC"), ["cs.CL", "math"]),
        (("NLP", "CS.cl "), ("cs.CL",), ["CS.cl "]),
        (("other",), ("cs.CL",), []),
        (tuple(f"cs.A{n}" for n in range(9)), tuple(f"cs.A{n}" for n in range(9)), [f"cs.A{n}" for n in range(5)]),
    ],
)
async def test_a_paper_is_filed_under_the_tags_named_like_its_categories(
    tags: tuple[str, ...], categories: tuple[str, ...], expected: list[str]
) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        forum = forum_of(server, *tags)
        receipt = await adapter.publish(forum, tagged(*categories), key=key_for(forum))
        (post,) = server.world.posts(forum.address)
        assert (receipt.outcome, receipt.remote_id) == (Outcome.SENT, str(post.id))
        assert server.world.tag_names(post) == expected and post.name == "Sparse Attention at Dawn"


async def test_a_digest_gets_the_tags_of_most_of_its_papers_and_is_continued_inside() -> None:
    cards = tuple(Card(title=rich(f"Paper {n}"), tags=("cs.CL", "cs.AI") if n < 3 else ("cs.AI",)) for n in range(5))
    async with DiscordServer() as server, started(server) as adapter:
        forum = forum_of(server, "cs.CL", "cs.AI")
        first = await adapter.publish(forum, Message(heading="5 new papers", cards=cards), key=key_for(forum, 0))
        await adapter.publish(forum, a_message(2), key=key_for(forum, 1), thread=first.remote_id)
        (post,) = server.world.posts(forum.address)
        assert server.world.tag_names(post) == ["cs.AI", "cs.CL"] and post.name == "5 new papers"
        assert len(post.messages) == 2


@pytest.mark.parametrize(
    ("tags", "moderated", "expected"),
    [(("news", "Papers"), (), ["Papers"]), (("news", "talk"), (), ["news"]), (("talk",), ("cs.CL",), ["talk"])],
)
async def test_where_a_tag_must_be_given_there_is_always_one(
    tags: tuple[str, ...], moderated: tuple[str, ...], expected: list[str]
) -> None:
    async with DiscordServer() as server, started(server) as adapter:
        forum = forum_of(server, *tags, required=True, moderated=moderated)
        assert (await adapter.publish(forum, tagged("cs.CL"), key=key_for(forum))).outcome is Outcome.SENT
        assert server.world.tag_names(server.world.posts(forum.address)[0]) == expected


async def test_a_tag_that_was_removed_or_asked_for_meanwhile_is_looked_up_again() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        forum = forum_of(server, "cs.CL")
        await adapter.publish(forum, tagged("cs.CL"), key=key_for(forum, 0))
        channel = server.world.channels[int(forum.address)]
        channel.tags, channel.tag_required = [{"id": "77", "name": "misc", "moderated": False}], True
        assert (await adapter.publish(forum, tagged("cs.CL"), key=key_for(forum, 1))).outcome is Outcome.SENT
        assert server.world.tag_names(server.world.posts(forum.address)[1]) == ["misc"]


async def test_a_forum_that_wants_a_tag_and_has_none_is_told_as_closed() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        forum = forum_of(server, required=True)
        receipt = await adapter.publish(forum, tagged("cs.CL"), key=key_for(forum))
        assert (receipt.outcome, receipt.error) == (Outcome.NO_ACCESS, "400/40067")


async def test_a_forum_is_located_by_its_name_and_posts_are_taken_back_whole() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        forum = await adapter.locate(forum_of(server, "cs.CL"))
        assert (forum.name, forum.tenant) == ("#reading", f"discord:{server.world.guild}")
        archived, removed = [await adapter.publish(forum, a_message(1), key=key_for(forum, part)) for part in range(2)]
        assert await adapter.retract(forum, remote_id=archived.remote_id)
        assert server.world.channels[int(archived.remote_id)].archived and not server.messages(archived.remote_id)
        server.world.rights[server.world.guild] |= 1 << 34  # Manage Threads
        assert await adapter.retract(forum, remote_id=removed.remote_id)
        assert int(removed.remote_id) not in server.world.channels


async def test_a_thread_is_called_like_its_digest_whichever_part_opens_it() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        first = await adapter.publish(papers(server), Message(heading="3 new papers"), key=key_for(papers(server), 0))
        for part in (1, 2):
            message = replace(tagged("cs.CL"), topic="3 new papers")
            assert (await adapter.publish(papers(server), message, key=key_for(papers(server), part), thread=first.remote_id)).remote_id
        assert server.world.channels[int(first.remote_id)].name == "3 new papers" and len(server.messages(first.remote_id)) == 2
        assert sum(call.endswith("/threads") for call in server.calls) == 1, "it is opened once"


async def test_where_a_thread_was_deleted_its_channel_takes_the_rest() -> None:
    async with DiscordServer() as server, started(server) as adapter:
        first = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 0))
        await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 1), thread=first.remote_id)
        del server.world.channels[int(first.remote_id)]
        last = await adapter.publish(papers(server), a_message(1), key=key_for(papers(server), 2), thread=first.remote_id)
        assert last.outcome is Outcome.SENT and len(server.messages(server.channel)) == 2
