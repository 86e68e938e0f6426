"""What happens in conversations: the shortcut, mentions of papers, direct messages, reactions, links that are posted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from adapters.slack import SlackAdapter
from bot.domain.messages import Button, Card, Message, Tone, rich
from bot.domain.requests import Action, Command, Lookup, Reaction, Reply
from tests.adapters.slack_rig import Recorder, listening
from tests.builders import a_destination, a_message
from tests.servers.slack import MORE_SCOPES, SlackServer
from tests.servers.slack_parts import Posted, refuse

HERE = "C0123ABCD"
LINK = "https://arxiv.org/abs/2604.00001"


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        running.scopes |= set(MORE_SCOPES)
        yield running


@pytest.fixture
def handler() -> Recorder:
    return Recorder()


@pytest.fixture
async def adapter(server: SlackServer, handler: Recorder) -> AsyncIterator[SlackAdapter]:
    async with listening(server, handler, unfurl=True) as running:
        yield running


async def posted(server: SlackServer, adapter: SlackAdapter) -> Posted:
    await adapter.publish(a_destination(f"slack:{HERE}"), a_message(1), key="k")
    return server.messages(HERE)[-1]


@pytest.mark.usefixtures("adapter")
class TestLookingUp:
    async def test_the_shortcut_hands_over_the_message_as_it_was_written(self, server: SlackServer, handler: Recorder) -> None:
        message = server.say(HERE, f"R&amp;D: see <{LINK}|this> and <#C1|nlp> &lt;now&gt;")
        answer = await server.shortcut(message)
        (request,) = handler.requests
        assert request.what == Lookup(text=f"R&D: see {LINK} and #nlp <now>")
        assert request.place == a_destination(f"slack:{HERE}", "slack:T1", "#nlp")
        assert answer.ephemeral and answer.user == "U7"

    async def test_links_that_stand_only_in_blocks_count_too(self, server: SlackServer, handler: Recorder) -> None:
        message = server.say(HERE, "look")
        message.blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": LINK}]}]}]
        await server.shortcut(message)
        assert handler.requests[0].what == Lookup(text=f"look\n{LINK}")

    async def test_in_a_thread_the_answer_stands_in_the_thread(self, server: SlackServer) -> None:
        message = server.say(HERE, LINK)
        message.thread_ts = "1700000000.000001"
        assert (await server.shortcut(message)).thread_ts == "1700000000.000001"

    @pytest.mark.parametrize("text", [f"<{LINK}>", "what is 2604.00001?", "that one: 10.1145/3292500.3330701"])
    async def test_a_mention_that_names_a_paper_and_no_verb_looks_it_up(self, server: SlackServer, handler: Recorder, text: str) -> None:
        await server.mention(text, thread_ts="1700000000.000001")
        assert handler.requests[0].what == Lookup(text=text.strip("<>"))

    async def test_a_verb_in_front_of_a_link_stays_a_command(self, server: SlackServer, handler: Recorder) -> None:
        await server.mention(f"save <{LINK}>")
        assert handler.requests[0].what == Command(verb="save", options={"paper": LINK})

    async def test_a_typo_in_a_mention_is_still_explained(self, server: SlackServer, handler: Recorder) -> None:
        assert "search transformers" in (await server.mention("serach transformers")).shown
        assert handler.requests == []

    async def test_direct_messages_take_the_same_verbs(self, server: SlackServer, handler: Recorder) -> None:
        answer = await server.write("search graphs")
        assert handler.requests[0].what == Command(verb="search", options={"query": "graphs"})
        assert handler.requests[0].place.key == "slack:@U7"
        assert answer.shown.startswith("search") and not answer.ephemeral

    async def test_what_the_bot_says_itself_is_no_question(self, server: SlackServer, handler: Recorder) -> None:
        for more in ({"bot_id": "B0BOT"}, {"subtype": "message_changed"}, {"user": ""}):
            event = {"type": "message", "channel_type": "im", "user": "U7", "text": "help", "ts": "1.1", "channel": "DU7", **more}
            await server.acked(await server.send("events_api", server.event_payload(event)))
        await server.slash("help")
        assert len(handler.requests) == 1


class TestReactions:
    async def test_an_emoji_on_a_message_of_ours_is_told_with_its_id(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter
    ) -> None:
        message = await posted(server, adapter)
        await server.react(message, "+1::skin-tone-3")
        await server.react(message, "thumbsup", added=False)
        await server.react(message, "party_parrot")
        await server.slash("help")
        assert [request.what for request in handler.requests[:3]] == [
            Reaction(remote_id=message.ts, emoji="👍"),
            Reaction(remote_id=message.ts, emoji="👍", added=False),
            Reaction(remote_id=message.ts, emoji=":party_parrot:"),
        ]
        assert handler.requests[0].place == a_destination(f"slack:{HERE}", "slack:T1", "#nlp")
        assert handler.requests[0].actor.id == "U7"

    async def test_nobody_is_answered(self, server: SlackServer, handler: Recorder, adapter: SlackAdapter) -> None:
        await server.react(await posted(server, adapter), "+1")
        await server.slash("help")
        assert len(server.answers) == 1 and len(handler.requests) == 2

    async def test_the_same_event_on_another_connection_counts_once(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter
    ) -> None:
        message = await posted(server, adapter)
        payload = server.event_payload(
            {
                "type": "reaction_added",
                "user": "U7",
                "reaction": "+1",
                "item_user": "U0BOT",
                "item": {"type": "message", "channel": HERE, "ts": message.ts},
            }
        )
        await server.acked(await server.send("events_api", payload))
        await server.drop_sockets()
        await server.connected(times=2)
        await server.acked(await server.send("events_api", payload, retry_attempt=1, retry_reason="timeout"))
        await server.slash("help")
        assert len(handler.requests) == 2

    async def test_messages_of_others_are_none_of_our_business(self, server: SlackServer, handler: Recorder, adapter: SlackAdapter) -> None:
        await server.react(server.say(HERE, "hello"), "+1")
        await server.slash("help")
        assert len(handler.requests) == 1


class TestPreviews:
    @pytest.fixture(autouse=True)
    def found(self, handler: Recorder) -> None:
        card = Card(title=rich("Reading Orders"), url=LINK, buttons=(Button(label="Save", action="save:1"),))
        handler.reply = lambda _: Reply(message=Message(heading="Found", cards=(card,), notice="Posted here on 3 Oct"))

    @pytest.mark.parametrize("composing", [False, True])
    async def test_a_link_to_a_paper_gets_its_card(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter, composing: bool
    ) -> None:
        (preview,) = await server.share(LINK, composing=composing)
        assert handler.requests[0].what == Lookup(text=LINK)
        assert preview.url == LINK and "Reading Orders" in preview.posted.shown and "Posted here on 3 Oct" in preview.posted.shown
        assert preview.posted.actions == {"Save": "save:1"}

    async def test_a_press_on_a_preview_never_touches_somebody_elses_message(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter
    ) -> None:
        (preview,) = await server.share(LINK)
        handler.reply = lambda _: Reply(message=Message(intro="Saved"), update=True)
        answer = await server.press_preview(preview, "Save")
        assert (answer.ephemeral, answer.replaced, answer.shown) == (True, False, "Saved")
        assert handler.requests[-1].what == Action(verb="save", args=("1",))

    async def test_links_to_nothing_we_know_stay_as_they_are(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        known = handler.reply

        def some(request: object) -> Reply:
            return known(request) if LINK in str(request) else Reply(message=Message(heading="Not known", tone=Tone.WARNING))  # type: ignore[arg-type]

        handler.reply = some
        (preview,) = await server.share("https://arxiv.org/list/cs.CL/new", LINK)
        assert preview.url == LINK
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

    async def test_a_preview_slack_does_not_want_is_no_error(
        self, server: SlackServer, adapter: SlackAdapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.script("chat.unfurl", refuse("cannot_unfurl_url"))
        with pytest.raises(TimeoutError):
            await server.share(LINK, patience=0.2)
        assert server.called("chat.unfurl") and not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_previews_are_only_shown_where_the_operator_wants_them(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        with pytest.raises(TimeoutError):
            await server.share(LINK, patience=0.1)
    assert handler.requests == [] and not server.called("chat.unfurl")
