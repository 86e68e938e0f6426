"""Notes: what somebody follows for themselves and reads in a channel anyway is told in one line."""

from __future__ import annotations

from bot.domain.messages import Message, plain
from bot.domain.subscriptions import Destination
from bot.services.digests import Digests
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_paper, an_actor, distinct_papers
from tests.fakes.clock import FakeClock
from tests.interactions.chat import HERE, Chat, button
from tests.test_digests import EARLY, Group, limits

ANA = Destination(platform="slack", address="@U7", tenant="slack:T1", name="Ana")


class Both(Group):
    """A channel follows a topic, and so does Ana for herself, and more."""

    async def begin(self, *, notes: bool = True) -> None:
        self.digests = Digests(self.store, self.clock, limits, link=lambda to, message, thread: f"https://chat.test/{message}")
        shared = await self.follow("topic", maximum=50)
        assert shared.next_at
        await self.store.add_channel(ANA, shared.settings, next_at=shared.next_at, origin="chat")
        await self.store.subscribe(ANA, "topic OR cells", "query", by="slack:U7", at=self.clock.now(), origin="chat")
        if notes:
            assert await self.store.note(ANA, shared.destination, on=True, at=self.clock.now())

    def to_ana(self) -> list[Message]:
        return [message for to, _, message, _ in self.platform.posted if to == ANA.key]


async def test_what_a_channel_was_posted_comes_as_a_note_and_the_rest_in_full(store: SqliteStore) -> None:
    group = Both(store)
    await group.begin()
    shared, own = distinct_papers(1)[0], a_paper(title="Of cells alone", abstract="Cells are counted one by one in this study. " * 3)
    await group.announce(shared, own)
    group.clock.advance(3600)
    await group.post()
    [message] = group.to_ana()
    assert [plain(card.title) for card in message.cards] == [own.title]
    assert [item.text for item in message.items] == [shared.title]
    assert message.items[0].detail.startswith("posted in")


async def test_a_note_leads_to_the_post_once_that_stands(store: SqliteStore) -> None:
    group = Both(store)
    await group.begin()
    await group.announce(*distinct_papers(2))
    group.clock.advance(1700)
    channel = next(one for one in await store.channels() if not one.destination.personal)
    await group.digests.plan_now(channel)
    await group.post()
    group.clock.advance(1800)
    await group.post()
    [message] = group.to_ana()
    assert {one.url for item in message.items for one in item.buttons if one.url} == {"https://chat.test/r1"}


async def test_without_notes_everything_comes_in_full(store: SqliteStore) -> None:
    group = Both(store)
    await group.begin(notes=False)
    await group.announce(*distinct_papers(2))
    group.clock.advance(3600)
    await group.post()
    [message] = group.to_ana()
    assert len(message.cards) == 2 and message.items == ()
    assert all(plain(card.title) for card in message.cards)
    assert group.clock.now() > EARLY


async def test_notes_are_switched_where_the_posts_are(store: SqliteStore) -> None:
    chat = Chat(store, FakeClock(EARLY))
    reply = await chat.type("notes on")
    assert reply.message.heading == "Notes of #nlp: on" and reply.private
    assert await store.noted(an_actor().personal) == [HERE.key]
    assert button((await chat.type("notes")).message, "Switch off")
    await chat.press(button(reply.message, "Undo"))
    assert await store.noted(an_actor().personal) == []
    alone = await chat.type("notes on", at=an_actor().personal)
    assert alone.message.heading == "There are no shared posts here"
