"""Forms in Slack: opened in time, estimated while they are filled in, sent, answered; also after a restart and when it all goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.slack import SlackAdapter, forms
from bot.domain.forms import Field, Form
from bot.domain.messages import Button, Message, Tone
from bot.domain.requests import Action, Choice, Command, Reply, Submission
from tests.adapters.slack_rig import Recorder, listening
from tests.builders import a_destination, a_message
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import refuse, status

KINDS = tuple(Choice(name=name.capitalize(), value=name) for name in ("author", "keyword", "query"))
FORM = Form(
    name="subscribe",
    title="Follow papers",
    submit="Subscribe",
    state="s1",
    estimate=Message(intro="Say what to follow"),
    fields=(
        Field(name="kind", label="What to follow", kind="choice", values=("query",), choices=KINDS, live=True),
        Field(name="value", label="Name or query", required=True, hint="Robin Jia", longest=40, live=True),
        Field(name="by", label="Only by", kind="lookup", complete="author", live=True),
        Field(name="types", label="Which", kind="choices", values=("new",), choices=(Choice(name="New", value="new"), KINDS[0])),
        Field(name="note", label="Note", kind="lines", longest=200),
    ),
)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
def handler() -> Recorder:
    recorder = Recorder()
    recorder.opened = FORM
    return recorder


@pytest.fixture
async def adapter(server: SlackServer, handler: Recorder) -> AsyncIterator[SlackAdapter]:
    async with listening(server, handler) as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a slow answer."""
    monkeypatch.setattr(forms, "_PATIENCE", 0.02)
    monkeypatch.setattr(forms, "_PROPOSALS", 0.02)


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.usefixtures("adapter")
class TestOpening:
    async def test_a_verb_alone_opens_its_form(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        (request,) = handler.requests
        assert request.what == Command(verb="subscribe") and request.place == a_destination("slack:C0123ABCD", "slack:T1", "#nlp")
        assert view.title == "Follow papers" and view.fields == ["kind", "value", "by", "types", "note"]
        assert view.filled == {"kind": ("query",), "value": (), "by": (), "types": ("new",), "note": ()}
        assert view.estimate == "Say what to follow"

    async def test_it_is_acknowledged_before_the_form_is_made(self, server: SlackServer, handler: Recorder) -> None:
        handler.open.clear()
        opening = asyncio.create_task(server.asks_form("subscribe"))
        while not server.acks:
            await asyncio.sleep(0)
        assert server.acks[0].seconds < 0.5 and server.modal() is None
        handler.open.set()
        await opening

    async def test_the_bare_command_opens_the_launcher_and_helps_where_there_is_none(self, server: SlackServer, handler: Recorder) -> None:
        await server.asks_form("")
        assert handler.requests[0].what == Action(verb="form", args=("launcher",))
        handler.opened = None
        handler.reply = lambda request: Reply(
            message=Message(heading="No such form", tone=Tone.WARNING) if isinstance(request.what, Action) else Message(heading="Help")
        )
        assert (await server.slash("  ")).shown == "Help"

    async def test_a_button_opens_the_form_it_names(self, server: SlackServer, handler: Recorder) -> None:
        handler.reply = lambda _: Reply(message=Message(buttons=(Button(label="Edit", action="form:edit:3"),)))
        view = await server.press_for_form(await server.slash("help"), "Edit")
        assert handler.requests[-1].what == Action(verb="form", args=("edit", "3"))
        assert view.title == "Follow papers"

    async def test_a_slow_form_opens_empty_in_time_and_is_filled_later(self, quick: None, server: SlackServer, handler: Recorder) -> None:
        handler.open.clear()
        view = await server.asks_form("subscribe")
        assert view.fields == [] and "One moment" in view.shown
        handler.open.set()
        await server.until(lambda: bool(view.fields))
        await server.fill(view, "value", "graphs")
        assert (await server.submit(view)).answer

    async def test_a_trigger_that_ran_out_is_answered_with_a_button(
        self, server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        handler.open.clear()
        asking = asyncio.create_task(server.slash("subscribe"))
        while not handler.requests:
            await asyncio.sleep(0)
        server.advance(4)
        handler.open.set()
        answer = await asking
        assert answer.ephemeral and answer.actions == {"Open the form": "form:subscribe:here"}
        assert quiet(caplog)
        assert (await server.press_for_form(answer, "Open the form")).fields

    async def test_a_form_that_cannot_be_had_is_explained(self, server: SlackServer, handler: Recorder) -> None:
        handler.opened = None
        handler.reply = lambda _: Reply(message=Message(heading="Only managers may", tone=Tone.WARNING))
        assert (await server.slash("subscribe")).shown == "⚠️ Only managers may"

    async def test_a_mention_opens_no_form_but_offers_it(self, server: SlackServer) -> None:
        answer = await server.mention("subscribe", thread_ts="1700000000.000001")
        assert answer.ephemeral and answer.thread_ts == "1700000000.000001"
        assert (await server.press_for_form(answer, "Open the form")).fields


@pytest.mark.usefixtures("adapter")
class TestFillingIn:
    async def test_a_live_question_asks_for_an_estimate_and_keeps_what_was_filled_in(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "note", "first\nsecond")
        await server.fill(view, "value", "graphs")
        assert view.estimate == "graphs would bring 3 papers"
        await server.fill(view, "kind", "keyword")
        assert handler.estimates[-1] == Submission(
            verb="subscribe",
            values={"kind": ("keyword",), "value": ("graphs",), "by": (), "types": ("new",), "note": ("first\nsecond",)},
            state="s1",
        )
        assert view.filled["note"] == ("first\nsecond",)

    async def test_only_the_newest_change_counts(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        handler.open.clear()
        for text in ("g", "gr", "gra", "grap", "graph"):
            await server.fill(view, "value", text, wait=False)
        handler.open.set()
        await server.until(lambda: "graph would" in view.estimate)
        assert [what.text("value") for what in handler.estimates] == ["g", "graph"]
        assert len(server.called("views.update")) == 1

    async def test_an_estimate_for_a_view_that_changed_or_is_gone_is_dropped_kindly(
        self, server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
    ) -> None:
        view = await server.asks_form("subscribe")
        server.script("views.update", refuse("hash_conflict"))
        await server.fill(view, "value", "one", wait=False)
        await server.until(lambda: len(server.called("views.update")) == 1)
        await server.fill(view, "value", "two")
        assert view.estimate.startswith("two")
        handler.open.clear()
        await server.fill(view, "value", "three", wait=False)
        server.close_view(view)
        handler.open.set()
        await server.slash("help")
        assert quiet(caplog)

    async def test_a_lookup_proposes_what_is_known_and_takes_what_was_typed(self, server: SlackServer, handler: Recorder) -> None:
        handler.choices = [Choice(name="Robin Jia — USC — 9 papers", value="Robin Jia")]
        view = await server.asks_form("subscribe")
        assert await server.suggest(view, "by", "Rob") == {"Robin Jia — USC — 9 papers": "Robin Jia", "Rob": "Rob"}
        (asked,) = handler.completions
        assert (asked.kind, asked.typed, asked.verb, asked.options) == ("author", "Rob", "subscribe", {"kind": "query", "types": "new"})
        await server.look_up(view, "by", "robin jia", "Robin Jia")
        assert handler.estimates[-1].values["by"] == ("Robin Jia",)

    async def test_slow_proposals_are_none(self, quick: None, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        handler.open.clear()
        assert await server.suggest(view, "by", "") == {}
        handler.open.set()

    async def test_a_press_in_a_form_answers_below_it_and_keeps_it(self, server: SlackServer, handler: Recorder) -> None:
        handler.estimated = lambda _: Message(intro="Much", buttons=(Button(label="Title only", action="tighten:1"),))
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")
        handler.reply = lambda _: Reply(message=Message(intro="Half of it"))
        assert (await server.press_in(view, "Title only")) is view
        assert view.estimate == "Half of it" and view.filled["value"] == ("graphs",)

    async def test_a_press_may_put_another_form_in_its_place(self, server: SlackServer, handler: Recorder) -> None:
        handler.estimated = lambda _: Message(buttons=(Button(label="Other", action="form:other"),))
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")
        handler.opened = Form(name="other", title="Other", fields=(Field(name="value", label="Value"),))
        await server.press_in(view, "Other")
        assert view.title == "Other" and view.filled == {"value": ()}


@pytest.mark.usefixtures("adapter")
class TestSending:
    async def test_what_is_sent_is_handled_and_answered_where_the_form_was_opened(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        handler.requests.clear()
        await server.fill(view, "value", "graphs & <trees>")
        handler.reply = lambda _: Reply(message=Message(heading="Subscribed: #1"))
        sent = await server.submit(view)
        (request,) = handler.requests
        assert request.what == Submission(
            verb="subscribe",
            values={"kind": ("query",), "value": ("graphs & <trees>",), "by": (), "types": ("new",), "note": ()},
            state="s1",
        )
        assert request.place == a_destination("slack:C0123ABCD", "slack:T1", "#nlp") and request.actor.manager
        assert sent.answer and sent.answer.ephemeral and sent.answer.shown == "Subscribed: #1"
        assert (sent.answer.channel, sent.answer.user) == ("C0123ABCD", "U7") and not view.open

    async def test_what_is_wrong_stands_beside_its_question_and_the_form_stays(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "by:")
        wrong = Message(heading="by: stands without a name", intro='Write by:"Robin Jia"', tone=Tone.WARNING)
        handler.reply = lambda _: Reply(message=wrong)
        assert (await server.submit(view)).errors == {"value": 'by: stands without a name. Write by:"Robin Jia".'}
        handler.reply = lambda _: Reply(message=wrong, field="note")
        assert set((await server.submit(view)).errors) == {"note"}
        assert view.open and server.answers == []
        handler.reply = lambda _: Reply(message=Message(heading="Done"))
        assert (await server.submit(view)).answer

    async def test_the_same_form_twice_is_done_once(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")
        handler.requests.clear()
        await server.submit(view, times=3)
        assert len(handler.requests) == 1 and len(server.answers) == 1

    async def test_a_slow_answer_is_shown_when_it_comes(self, quick: None, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")
        handler.open.clear()
        handler.reply = lambda _: Reply(message=Message(heading="Subscribed: #1"))
        sent = await server.submit(view)
        assert "One moment" in sent.view.shown
        handler.open.set()
        await server.until(lambda: "Subscribed" in sent.view.shown)

    async def test_a_fault_of_ours_stands_in_the_form_with_a_number(self, server: SlackServer, handler: Recorder) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")

        def broken(_: object) -> Reply:
            raise RuntimeError("broken")

        handler.reply = broken
        assert "not your fault" in (await server.submit(view)).errors["value"]

    async def test_an_address_that_ran_out_is_no_end(self, server: SlackServer) -> None:
        view = await server.asks_form("subscribe")
        await server.fill(view, "value", "graphs")
        server.script("response_url", status(404))
        sent = await server.submit(view)
        assert sent.answer and sent.answer.ephemeral and len(server.called("chat.postEphemeral")) == 1

    async def test_from_a_thread_it_is_answered_in_the_thread(self, server: SlackServer, handler: Recorder, adapter: SlackAdapter) -> None:
        here = a_destination("slack:C0123ABCD")
        parent = await adapter.publish(here, a_message(1), key="k1")
        message = Message(intro="More?", buttons=(Button(label="Follow", action="form:subscribe"),))
        await adapter.publish(here, message, key="k2", thread=parent.remote_id)
        view = await server.press_for_form(server.messages("C0123ABCD")[1], "Follow")
        await server.fill(view, "value", "graphs")
        sent = await server.submit(view)
        assert sent.answer and sent.answer.thread_ts == parent.remote_id and not sent.answer.replaced


async def test_a_form_that_was_opened_before_a_restart_is_sent_like_any_other(server: SlackServer, handler: Recorder) -> None:
    server.add_channel("C0SECRET", "secret", private=True)
    async with listening(server, handler):
        view = await server.asks_form("subscribe", channel="C0SECRET")
    reborn = Recorder()
    async with listening(server, reborn):
        await server.fill(view, "value", "graphs")
        sent = await server.submit(view)
    (request,) = reborn.requests
    assert isinstance(request.what, Submission) and request.what.state == "s1"
    assert request.place == a_destination("slack:C0SECRET", "slack:T1", "#secret")
    assert sent.answer and sent.answer.channel == "C0SECRET"


async def test_what_a_view_carries_is_small_and_holds_no_token(server: SlackServer, handler: Recorder) -> None:
    async with listening(server, handler):
        view = await server.asks_form("subscribe")
    carried = view.content["private_metadata"]
    assert len(carried) < 500 and "xox" not in carried
    assert json.loads(carried)["channel"] == "C0123ABCD"


async def test_where_slack_cannot_open_a_view_the_asker_is_told(
    server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(server, handler):
        server.script("views.open", status(503))
        assert (await server.slash("subscribe")).actions == {"Open the form": "form:subscribe:here"}
    assert quiet(caplog)


async def test_a_form_that_stands_open_already_is_not_offered_again(server: SlackServer, handler: Recorder) -> None:
    """What arrives once more after a restart has a trigger that was used."""
    async with listening(server, handler):
        server.script("views.open", refuse("exchanged_trigger_id"))
        await server.acked(await server.send("slash_commands", server.slash_payload("subscribe", "C0123ABCD", "U7")))
        await server.until(lambda: len(server.called("views.open")) == 1)
        assert (await server.slash("latest")).shown.startswith("latest")
    assert len(server.answers) == 1
