"""Commands, buttons and mentions over Socket Mode: acknowledged at once, answered once, to the right people."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.slack import SlackAdapter
from bot.domain.messages import Button, Card, Item, Message, rich
from bot.domain.requests import Action, Command, Reply
from tests.adapters.slack_rig import Recorder, listening, slack_adapter
from tests.builders import a_destination, a_message
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import pressable, refuse, status


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
def handler() -> Recorder:
    return Recorder()


@pytest.fixture
async def adapter(server: SlackServer, handler: Recorder) -> AsyncIterator[SlackAdapter]:
    async with listening(server, handler) as running:
        yield running


@pytest.mark.usefixtures("adapter")
class TestCommands:
    async def test_a_command_is_read_by_the_grammar_and_answered_privately(self, server: SlackServer, handler: Recorder) -> None:
        answer = await server.slash('search by:"Robin Jia" sort:new')
        (request,) = handler.requests
        assert request.what == Command(verb="search", options={"query": 'by:"Robin Jia"', "sort": "new"})
        assert answer.ephemeral
        assert answer.shown.startswith("search")

    async def test_it_says_who_asks_and_from_where(self, server: SlackServer, handler: Recorder) -> None:
        await server.slash("help")
        (request,) = handler.requests
        assert request.place == a_destination("slack:C0123ABCD", "slack:T1", "#nlp")
        assert (request.actor.id, request.actor.name, request.actor.manager) == ("U7", "ana", True)
        assert (request.actor.personal.key, request.actor.personal.tenant) == ("slack:@U7", "slack:T1")

    async def test_direct_messages_are_the_persons_own_place(self, server: SlackServer, handler: Recorder) -> None:
        await server.slash("help", channel="DU7")
        assert handler.requests[0].place == handler.requests[0].actor.personal

    async def test_a_private_channel_is_called_by_its_name(self, server: SlackServer, handler: Recorder) -> None:
        server.add_channel("C0SECRET", "secret", private=True)
        for _ in range(2):
            await server.slash("help", channel="C0SECRET")
        assert [request.place.name for request in handler.requests] == ["#secret", "#secret"]
        assert len(server.called("conversations.info")) == 1

    async def test_a_typo_is_answered_with_a_next_step_and_never_reaches_the_handler(self, server: SlackServer, handler: Recorder) -> None:
        answer = await server.slash("serach transformers")
        assert answer.ephemeral
        assert "/papers search transformers" in answer.shown
        assert handler.requests == []

    async def test_it_is_acknowledged_before_the_work_is_done(self, server: SlackServer, handler: Recorder) -> None:
        handler.open.clear()
        asking = asyncio.create_task(server.slash("help"))
        while not server.acks:
            await asyncio.sleep(0)
        assert not asking.done()
        assert server.acks[0].payload is None
        handler.open.set()
        await asking
        assert server.acks[0].seconds < 1

    async def test_nothing_is_asked_of_slack_before_the_answer(self, server: SlackServer) -> None:
        before = len(server.calls)
        await server.slash("help")
        assert server.calls[before:] == []

    async def test_the_same_envelope_twice_is_handled_once_and_acknowledged_twice(self, server: SlackServer, handler: Recorder) -> None:
        await server.slash("help", times=2)
        await server.slash("help")
        assert len(handler.requests) == 2
        assert len(server.answers) == 2
        assert len(server.acks) == 3

    async def test_an_answer_for_all_stands_in_the_channel(self, server: SlackServer, handler: Recorder) -> None:
        handler.reply = lambda _: Reply(message=a_message(1), private=False)
        answer = await server.slash("help")
        assert not answer.ephemeral
        assert server.messages("C0123ABCD") == [answer]

    async def test_words_as_slack_writes_them_become_words_as_typed(self, server: SlackServer, handler: Recorder) -> None:
        await server.slash("search R&amp;D &lt;3 <https://arxiv.org/abs/2604.00001|arxiv.org>")
        assert handler.requests[0].what == Command(verb="search", options={"query": "R&D <3 https://arxiv.org/abs/2604.00001"})

    async def test_fifty_at_once_are_all_answered(self, server: SlackServer, handler: Recorder) -> None:
        await asyncio.gather(*(server.slash(f"search word{number}") for number in range(50)))
        async with asyncio.timeout(5):
            while len(server.answers) < 50:
                await asyncio.sleep(0.01)
        assert len(handler.requests) == 50
        assert max(ack.seconds for ack in server.acks) < 3

    async def test_a_handler_that_breaks_its_word_is_answered_with_a_number_to_report(
        self, server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(_: object) -> Reply:
            raise RuntimeError("broken")

        handler.reply = broken
        answer = await server.slash("help")
        assert answer.ephemeral
        assert "not your fault" in answer.shown
        assert any(record.message == "request failed" for record in caplog.records)

    async def test_a_lost_answer_is_sent_again_and_an_expired_address_is_no_end(self, server: SlackServer) -> None:
        server.script("response_url", status(502))
        assert (await server.slash("help")).ephemeral
        server.script("response_url", status(404))
        answer = await server.slash("help")
        assert answer.user == "U7"
        assert len(server.called("chat.postEphemeral")) == 1

    async def test_a_refused_answer_is_sent_as_plain_text(
        self, server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        handler.reply = lambda _: Reply(message=a_message(1))
        server.script("response_url", status(400))
        answer = await server.slash("help")
        assert answer.blocks == []
        assert answer.text.startswith("2 new papers")
        assert "sent as plain text" in caplog.text


@pytest.mark.usefixtures("adapter")
class TestButtons:
    async def test_a_press_carries_its_action_from_buttons_menus_and_lists(self, server: SlackServer, handler: Recorder) -> None:
        menu = tuple(Button(label=f"Entry {number}", action=f"entry:{number}") for number in range(7))
        message = Message(
            cards=(
                Card(title=rich("A"), buttons=(Button(label="Save", action="save:1"),), menu=menu[:2]),
                Card(title=rich("B"), menu=menu[2:] + menu[:1]),
            ),
            items=(Item(label="#1", text="x", buttons=(Button(label="Undo", action="restore:1"),)),),
        )
        handler.reply = lambda _: Reply(message=message)
        answer = await server.slash("help")
        handler.requests.clear()
        for action in ("save:1", "entry:1", "entry:5", "restore:1"):
            await server.press(answer, action)
        expected = [Action(verb="save", args=("1",)), Action(verb="entry", args=("1",)), Action(verb="entry", args=("5",))]
        assert [request.what for request in handler.requests] == [*expected, Action(verb="restore", args=("1",))]
        assert {request.place.key for request in handler.requests} == {"slack:C0123ABCD"}

    async def test_an_update_replaces_the_answer_it_was_pressed_in(self, server: SlackServer) -> None:
        first = await server.slash("help")
        second = await server.press(first, "again:1:two")
        assert second.replaced
        assert first.shown.startswith("again:1:two")

    async def test_without_update_the_post_stays_and_the_answer_is_private(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter
    ) -> None:
        await adapter.publish(a_destination("slack:C0123ABCD"), a_message(2), key="k")
        (post,) = server.messages("C0123ABCD")
        shown = post.shown
        handler.reply = lambda _: Reply(message=Message(intro="Saved"))
        answer = await server.press(post, "save:1")
        assert (answer.ephemeral, answer.replaced) == (True, False)
        assert post.shown == shown

    async def test_a_press_in_a_thread_is_answered_in_the_thread(
        self, server: SlackServer, handler: Recorder, adapter: SlackAdapter
    ) -> None:
        here = a_destination("slack:C0123ABCD")
        parent = await adapter.publish(here, a_message(1), key="k1")
        await adapter.publish(here, a_message(1), key="k2", thread=parent.remote_id)
        handler.reply = lambda _: Reply(message=Message(intro="Saved"))
        answer = await server.press(server.messages("C0123ABCD")[1], "save:1")
        assert answer.thread_ts == parent.remote_id

    async def test_a_button_that_opens_a_page_is_only_acknowledged(self, server: SlackServer, handler: Recorder) -> None:
        handler.reply = lambda _: Reply(message=a_message(1))
        answer = await server.slash("help")
        element = next(element for _, element in pressable(answer.blocks) if "url" in element)
        envelope = await server.send("interactive", server.press_payload(answer, element))
        await server.acked(envelope)
        assert len(handler.requests) == 1

    async def test_a_double_press_of_one_envelope_counts_once(self, server: SlackServer, handler: Recorder) -> None:
        first = await server.slash("help")
        await server.press(first, "again:1:two", times=2)
        await server.slash("help")
        assert len(handler.requests) == 3


@pytest.mark.usefixtures("adapter")
class TestMentions:
    async def test_a_mention_takes_the_same_verbs_and_is_answered_privately_in_its_thread(
        self, server: SlackServer, handler: Recorder
    ) -> None:
        answer = await server.mention("search graph networks", thread_ts="1700000000.000001")
        (request,) = handler.requests
        assert request.what == Command(verb="search", options={"query": "graph networks"})
        assert request.place == a_destination("slack:C0123ABCD", "slack:T1", "#nlp")
        assert (answer.ephemeral, answer.user, answer.thread_ts) == (True, "U7", "1700000000.000001")

    async def test_an_answer_to_a_mention_is_for_the_asker_even_if_it_might_be_for_all(
        self, server: SlackServer, handler: Recorder
    ) -> None:
        handler.reply = lambda _: Reply(message=a_message(1), private=False)
        answer = await server.mention("help")
        assert answer.ephemeral and answer.user == "U7"

    async def test_a_repeated_event_is_handled_once(self, server: SlackServer, handler: Recorder) -> None:
        await server.mention("help", times=3)
        await server.mention("help")
        assert len(handler.requests) == 2

    async def test_a_mention_without_words_gets_help(self, server: SlackServer, handler: Recorder) -> None:
        await server.mention("")
        assert handler.requests[0].what == Command(verb="help")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("events_api", {"type": "event_callback", "event_id": "E1", "team_id": "T1", "event": {"type": "reaction_added", "user": "U7"}}),
        (
            "events_api",
            {"type": "event_callback", "event_id": "E2", "team_id": "T1", "event": {"type": "message", "subtype": "x", "user": "U7"}},
        ),
        ("interactive", {"type": "shortcut", "callback_id": "x", "team": {"id": "T1"}, "user": {"id": "U7"}, "trigger_id": "1"}),
        (
            "interactive",
            {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U7"}, "view": {"type": "modal", "callback_id": "x"}},
        ),
        (
            "interactive",
            {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U7"}, "actions": [{"type": "button", "action_id": "zz"}]},
        ),
    ],
)
async def test_what_nobody_asked_for_is_acknowledged_all_the_same(
    server: SlackServer, handler: Recorder, kind: str, payload: dict[str, object]
) -> None:
    async with listening(server, handler):
        await server.acked(await server.send(kind, payload))
    assert handler.requests == []


async def test_the_connection_comes_back_when_slack_asks_for_it(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        await server.disconnect()
        await server.connected(times=2)
        assert (await server.slash("help")).ephemeral


async def test_a_lost_connection_comes_back_by_itself(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        await server.drop_sockets()
        await server.connected(times=2)
        assert (await server.slash("help")).ephemeral


@pytest.mark.parametrize(("user", "manager"), [("U7", False), ("U1", True)])
async def test_where_only_admins_manage_slack_is_asked_once_who_is_one(
    server: SlackServer, handler: Recorder, user: str, manager: bool
) -> None:
    server.add_person("U1", "Root", admin=True)
    async with listening(server, handler, manage="admins"):
        await server.slash("help", user=user)
        await server.slash("help", user=user)
        await server.slash("help", user=user, channel=f"D{user}")
    assert [request.actor.manager for request in handler.requests] == [manager, manager, True]
    assert len(server.called("users.info")) == 1


async def test_an_admin_who_cannot_be_confirmed_is_none(server: SlackServer, handler: Recorder) -> None:
    server.script("users.info", refuse("missing_scope"))
    async with listening(server, handler, manage="admins"):
        await server.slash("help")
    assert not handler.requests[0].actor.manager


async def test_guests_of_a_shared_channel_manage_nothing(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        answer = await server.slash("help")
        payload = server.press_payload(answer, {"type": "button", "action_id": "do:0", "block_id": "b", "value": "save:1"})
        payload["user"]["team_id"] = "T0ELSE"
        envelope = await server.send("interactive", payload)
        await server.acked(envelope)
        while len(handler.requests) < 2:
            await asyncio.sleep(0)
    assert [request.actor.manager for request in handler.requests] == [True, False]


async def test_another_root_command_is_named_in_help_for_typos(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler, command="/lit"):
        answer = await server.slash("serach x", command="/lit")
    assert "/lit search x" in answer.shown


async def test_closing_waits_for_answers_under_way(server: SlackServer, handler: Recorder) -> None:
    handler.open.clear()
    async with listening(server, handler):
        asking = asyncio.create_task(server.slash("help"))
        while not handler.requests:
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(handler.open.set)
    assert (await asking).ephemeral


async def test_without_an_app_token_it_only_posts(server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    adapter = slack_adapter(server, handler, app_token="")
    await adapter.start()
    running = asyncio.create_task(adapter.run())
    while "SLACK_APP_TOKEN" not in caplog.text:
        await asyncio.sleep(0)
    assert (await adapter.publish(a_destination(), a_message(1), key="k")).remote_id
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await adapter.close()
    assert server.connections == 0


async def test_no_token_is_logged_while_listening(server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with listening(server, handler):
        await server.press(await server.slash("help"), "again:1:two")
        await server.mention("help")
    assert len(caplog.records) > 20
    for secret in ("xoxb-loopback", "xapp-loopback"):
        assert secret not in caplog.text


async def test_a_press_on_a_message_that_was_deleted_meanwhile_is_answered_all_the_same(
    server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(server, handler) as adapter:
        await adapter.publish(a_destination("slack:C0123ABCD"), a_message(1), key="k")
        (post,) = server.messages("C0123ABCD")
        server.delete("C0123ABCD", post.ts)
        server.script("response_url", status(404))
        handler.reply = lambda _: Reply(message=Message(intro="Saved"), update=True)
        answer = await server.press(post, "save:1")
    assert (answer.ephemeral, answer.user, answer.shown) == (True, "U7", "Saved")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_answer_in_direct_messages_whose_address_ran_out_is_written_there(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        server.script("response_url", status(404))
        payload = server.slash_payload("help", "DU7", "U7")
        await server.acked(await server.send("slash_commands", payload))
        await server.until(lambda: bool(server.messages("@U7")))
    assert server.messages("@U7")[0].shown.startswith("help")


async def test_the_same_question_over_two_connections_is_answered_once(
    server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack hands an envelope to any connection, and again to another one where the first acknowledgement was lost."""
    async with listening(server, handler):
        command = server.slash_payload("help", "C0123ABCD", "U7")
        event = server.event_payload({"type": "app_mention", "user": "U7", "text": "<@U0BOT> help", "ts": "1.1", "channel": "C0123ABCD"})
        await server.send("slash_commands", command)
        await server.send("events_api", event)
        await server.drop_sockets()
        await server.connected(times=2)
        await server.acked(await server.send("slash_commands", command))
        await server.acked(await server.send("events_api", event, retry_attempt=1, retry_reason="timeout"))
        await server.slash("latest")
        await server.until(lambda: len(server.answers) >= 3)
    assert len(handler.requests) == 3 and len(server.answers) == 3
    assert not [
        record for record in caplog.records if record.name.startswith("adapters.slack.inbound") and record.levelno >= logging.WARNING
    ]
