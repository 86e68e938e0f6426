"""Everybody's own page in Slack: drawn when it is opened, answered and drawn anew when something is pressed on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.slack import SlackAdapter
from bot.domain.forms import Field, Form
from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.requests import Action, Attachment, Reply, Submission
from tests.adapters.slack_rig import Recorder, listening
from tests.servers.slack import SlackServer
from tests.servers.slack_parts import refuse, status

REMOVE = Button(label="Remove", action="unsub:1")
EDIT = Button(label="Edit", action="form:edit:1")
PAGE = (
    Message(heading="My subscriptions", items=(Item(label="#1", text="by:Jia", buttons=(REMOVE, EDIT)),)),
    Message(heading="Saved papers", intro="None yet"),
)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
def handler() -> Recorder:
    recorder = Recorder()
    recorder.page = PAGE
    recorder.reply = lambda _: Reply(message=Message(intro="Removed", buttons=(Button(label="Undo", action="undo:1"),)), update=True)
    return recorder


@pytest.fixture
async def adapter(server: SlackServer, handler: Recorder) -> AsyncIterator[SlackAdapter]:
    async with listening(server, handler) as running:
        yield running


pytestmark = pytest.mark.usefixtures("adapter")


async def test_opening_the_page_draws_its_parts_in_order(server: SlackServer) -> None:
    page = await server.open_home()
    assert page.shown.splitlines() == ["My subscriptions", "#1   by:Jia", "Remove Edit", "Saved papers", "None yet"]
    assert page.content["type"] == "home"


async def test_an_answer_that_replaces_stands_on_top_and_the_page_is_drawn_anew(server: SlackServer, handler: Recorder) -> None:
    page = await server.open_home()
    handler.page = PAGE[1:]
    await server.press_in(page, "Remove")
    (request,) = handler.requests
    assert request.what == Action(verb="unsub", args=("1",))
    assert request.place == request.actor.personal and request.place.key == "slack:@U7"
    assert page.shown.splitlines() == ["Removed", "Undo", "Saved papers", "None yet"]
    handler.reply = lambda _: Reply(message=Message(intro="Back again"), update=True)
    handler.page = PAGE
    await server.press_in(page, "Undo")
    assert page.shown.startswith("Back again\nMy subscriptions")


async def test_another_answer_opens_above_the_page(server: SlackServer, handler: Recorder) -> None:
    page = await server.open_home()
    handler.reply = lambda _: Reply(message=Message(heading="Why", buttons=(Button(label="More", action="more:1"),)))
    modal = await server.press_in(page, "Remove")
    assert modal.content["type"] == "modal" and modal.shown.startswith("Why")
    handler.reply = lambda _: Reply(message=Message(heading="Because"))
    assert (await server.press_in(modal, "More")).shown == "Because"


async def test_an_answer_that_comes_too_late_for_that_stands_on_top(
    server: SlackServer, handler: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    page = await server.open_home()
    handler.reply = lambda _: Reply(message=Message(heading="Why"))
    handler.open.clear()
    pressing = asyncio.create_task(server.press_in(page, "Remove"))
    while not handler.requests:
        await asyncio.sleep(0)
    server.advance(4)
    handler.open.set()
    assert (await pressing).shown.startswith("Why\nMy subscriptions")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_page_that_changed_meanwhile_is_looked_up_again(server: SlackServer, handler: Recorder) -> None:
    page = await server.open_home()
    server.script("views.publish", refuse("hash_conflict"))
    handler.page = PAGE[1:]
    await server.open_home()
    assert page.shown.startswith("Saved papers")
    with_hash, without = server.called("views.publish")[1:]
    assert with_hash["hash"] and "hash" not in without


async def test_the_same_event_again_draws_it_once(server: SlackServer) -> None:
    await server.open_home(times=3)
    await server.open_home(user="U7")
    assert len(server.called("views.publish")) == 2


async def test_a_page_slack_does_not_take_now_stops_nothing(server: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    page = await server.open_home()
    server.script("views.publish", status(503), refuse("view_too_large"))
    for _ in range(2):
        await server.send("interactive", server.view_payload("block_actions", page, actions=[server_press(page)]))
    await server.until(lambda: len(server.called("views.publish")) == 3)
    assert (await server.open_home()).changes == 1
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def server_press(page: object) -> dict[str, str]:
    return {"type": "button", "action_id": "do:0", "block_id": "b", "value": "unsub:1"}


async def test_a_form_from_the_page_shows_its_answer_in_its_place_and_the_page_is_drawn_anew(
    server: SlackServer, handler: Recorder
) -> None:
    page = await server.open_home()
    handler.opened = Form(name="edit", title="Edit #1", state="1", fields=(Field(name="value", label="Value", required=True),))
    form = await server.press_for_form(page, "Edit")
    assert form.title == "Edit #1"
    await server.fill(form, "value", "graphs")
    handler.reply = lambda _: Reply(message=Message(heading="That is no query", tone=Tone.WARNING))
    assert (await server.submit(form)).errors == {"value": "That is no query."}
    handler.reply = lambda _: Reply(message=Message(heading="Stored: #1"))
    handler.page = PAGE[1:]
    sent = await server.submit(form)
    assert sent.answer is None and sent.view.shown == "Stored: #1" and sent.view.open
    await server.until(lambda: page.shown.startswith("Saved papers"))
    assert isinstance(handler.requests[-1].what, Submission) and handler.requests[-1].place.personal


async def test_files_asked_for_on_the_page_come_in_direct_messages(server: SlackServer, handler: Recorder) -> None:
    page = await server.open_home()
    file = Attachment(name="saved.bib", content=b"@article{}", media_type="application/x-bibtex")
    handler.reply = lambda _: Reply(message=Message(intro="Your papers"), files=(file,))
    modal = await server.press_in(page, "Remove")
    assert "saved.bib comes to your direct messages" in modal.shown
    await server.until(lambda: bool(server.messages("@U7")))
    assert server.messages("@U7")[0].files[0].content == b"@article{}"
