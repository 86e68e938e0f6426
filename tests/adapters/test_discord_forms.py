"""Forms on Discord: what opens, what is sent back, and what may go wrong between."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import inbound, limits
from adapters.discord.checks import check_modal
from adapters.discord.forms import filled, modal
from adapters.kit import utf16
from bot.domain.forms import Field, Form
from bot.domain.messages import Button, Message, Tone
from bot.domain.requests import Action, Choice, Command, Reply, Submission
from tests.adapters.discord_rig import NotingHandler, listening, papers
from tests.adapters.hostile import messages, texts
from tests.builders import a_message
from tests.contracts.adapter_contract import key_for
from tests.servers.discord import DiscordServer
from tests.servers.discord_commands import form_data
from tests.servers.discord_interactions import DEFERRED_MESSAGE, MODAL

KINDS = (Choice(name="Author", value="author"), Choice(name="Query", value="query"))
TYPES = (Choice(name="New", value="new"), Choice(name="Cross-listed", value="cross"))
FORM = Form(
    name="subscribe",
    title="Follow papers",
    state="7:here",
    fields=(
        Field(name="kind", label="What to follow", kind="choice", values=("query",), choices=KINDS),
        Field(name="value", label="Name or query", required=True, hint="Robin Jia · cs.CL", longest=512),
        Field(name="types", label="Which", kind="choices", values=("new",), choices=TYPES),
        Field(name="note", label="Why", kind="lines", values=("one", "two")),
    ),
    estimate=Message(heading="", intro="About 12 papers a month."),
)


async def test_a_command_without_its_value_opens_a_form_and_what_is_sent_is_answered_in_private() -> None:
    handler = NotingHandler(opened=FORM)
    async with DiscordServer() as server, listening(server, handler):
        ana = server.world.add_user("Ana")
        opened = await server.slash("subscribe", kind="author", user=ana)
        assert opened.first == MODAL and opened.form is not None
        assert handler.requests[0].what == Command(verb="subscribe", options={"kind": "author"}), "what was typed already is known"
        assert opened.form["components"][-1] == {"type": 10, "content": "About 12 papers a month."}
        answer = await server.submit(opened, user=ana, kind=("author",), value="Robin Jia", types=())
        what = handler.requests[1].what
        values = {"kind": ("author",), "value": ("Robin Jia",), "types": (), "note": ("one\ntwo",)}
        assert what == Submission(verb="subscribe", values=values, state="7:here")
        assert handler.requests[1].place.address == server.channel and handler.requests[1].actor.id == str(ana)
        assert answer.first == DEFERRED_MESSAGE and answer.private and "Paper 1" in answer.text


async def test_a_press_opens_a_form_and_an_open_form_outlives_a_restart() -> None:
    async with DiscordServer() as server:
        handler = NotingHandler(opened=FORM)
        async with listening(server, handler) as adapter:
            message = replace(a_message(1), cards=(), heading="Rules", buttons=(Button(label="Edit", action="form:edit:2"),))
            posted = await adapter.publish(papers(server), message, key=key_for(papers(server)))
            opened = await server.choose(posted.remote_id, "form:edit:2")
            assert opened.form is not None and handler.requests[0].what == Action(verb="form", args=("edit", "2"))
        handler = NotingHandler()
        async with listening(server, handler):
            answer = await server.submit(opened, value="cs.CL")
            assert isinstance(handler.requests[0].what, Submission) and answer.private
            assert len(server.messages(server.channel)) == 1, "the message stands as it was"


async def test_what_cannot_be_asked_is_said_instead_of_a_form() -> None:
    handler = NotingHandler(reply=Reply(message=Message(heading="Only people who manage this channel", tone=Tone.WARNING)))
    async with DiscordServer() as server, listening(server, handler):
        answer = await server.slash("subscribe")
        assert answer.form is None and answer.private and "Only people who manage" in answer.text


async def test_a_form_that_takes_too_long_is_told_before_discord_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "FORM_TIME", 0.05)

    class Slow(NotingHandler):
        async def form(self, request: object) -> Form | Reply:
            await asyncio.Event().wait()
            raise AssertionError

    async with DiscordServer() as server, listening(server, Slow()):
        answer = await server.slash("subscribe")
        assert answer.private and "did not open in time" in answer.text
        (button,) = answer.message["components"][0]["components"]
        assert button["custom_id"] == "p:form:subscribe"


async def test_a_form_that_comes_after_three_seconds_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with DiscordServer() as server:
        asked = asyncio.Event()

        class Late(NotingHandler):
            async def form(self, request: object) -> Form | Reply:
                server.advance(4)
                asked.set()
                return FORM

        async with listening(server, Late()):
            asking = asyncio.create_task(server.slash("subscribe"))
            await asked.wait()
            await server.slash("latest")
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_a_failing_form_is_told_too() -> None:
    class Failing(NotingHandler):
        async def form(self, request: object) -> Form | Reply:
            raise RuntimeError("a fault of ours")

    async with DiscordServer() as server, listening(server, Failing()):
        answer = await server.slash("subscribe")
        assert answer.private and "not your fault" in answer.text


async def test_a_form_of_somebody_else_is_ignored() -> None:
    handler = NotingHandler(opened=FORM)
    async with DiscordServer() as server, listening(server, handler):
        opened = await server.slash("subscribe")
        assert opened.form is not None
        data = form_data({**opened.form, "custom_id": "another-bot"}, {"value": "x"})
        await server._begin(5, data, server.channel, 0, None)
        await server.slash("latest")
        assert not any(isinstance(request.what, Submission) for request in handler.requests)


async def test_a_form_sent_by_an_older_client_in_rows_is_read_alike() -> None:
    old = {"custom_id": "f:edit:", "components": [{"type": 1, "components": [{"type": 4, "custom_id": "query", "value": " cs.CL"}]}]}
    assert filled(old) == Submission(verb="edit", values={"query": (" cs.CL",)}, state="")
    assert filled({"custom_id": "p:save:1"}) is None and filled({}) is None


# --- limits ----------------------------------------------------------------------------------------------------------

names = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
choices = st.lists(st.builds(Choice, name=texts, value=texts), max_size=40).map(tuple)
fields = st.builds(
    Field,
    name=names,
    label=texts,
    kind=st.sampled_from(("text", "lines", "choice", "choices", "lookup")),
    values=st.lists(texts, max_size=3).map(tuple),
    choices=choices,
    required=st.booleans(),
    hint=texts,
    longest=st.integers(1, 5000),
)
forms = st.builds(
    Form,
    name=names,
    title=texts,
    state=st.from_regex(r"[a-z0-9:]{0,60}", fullmatch=True),
    fields=st.lists(fields, min_size=1, max_size=5, unique_by=lambda field: field.name).map(tuple),
    estimate=st.none() | messages,
)


@settings(max_examples=60, deadline=None)
@given(forms)
def test_any_form_is_one_that_discord_takes_and_comes_back_with_its_name_and_state(form: Form) -> None:
    sent = modal(form).to_dict()
    assert check_modal(sent) == []
    for part in sent["components"]:
        for text in (part.get("label"), part.get("description"), part.get("content"), (part.get("component") or {}).get("value")):
            (text or "").encode()  # every encoder takes it
            assert utf16(text or "") <= limits.MODAL_ANSWER
    back = filled({"custom_id": sent["custom_id"], "components": []})
    assert back is not None and (back.verb, back.state) == (form.name, form.state)


def test_the_choice_of_nothing_is_offered_and_comes_back_as_no_answer() -> None:
    until = (Choice(name="For ever", value=""), Choice(name="For a week", value="7d"))
    field = Field(name="until", label="Until", kind="choice", values=("",), choices=until)
    sent = modal(Form(name="mute", title="Mute", fields=(field,))).to_dict()
    assert [(o["label"], o["default"]) for o in sent["components"][0]["component"]["options"]] == [
        ("For ever", True),
        ("For a week", False),
    ]
    for chosen, told in ((None, ()), ("7d", ("7d",))):
        back = filled(form_data(dict(sent), {} if chosen is None else {"until": chosen}))
        assert back is not None and back.values == {"until": told}


def test_choices_that_are_chosen_keep_their_room_among_many() -> None:
    many = tuple(Choice(name=f"Zone {n}", value=f"z{n}") for n in range(60))
    form = Form(name="x", title="x", fields=(Field(name="z", label="z", kind="choice", values=("z59",), choices=many),))
    (part,) = modal(form).to_dict()["components"]
    options = part["component"]["options"]
    assert len(options) == 25 and [option["value"] for option in options if option["default"]] == ["z59"]


def test_a_question_is_asked_in_the_way_of_its_kind() -> None:
    kind, value, types, note = [part["component"] for part in modal(FORM).to_dict()["components"][:4]]
    assert (kind["type"], kind["required"], kind["min_values"], kind["max_values"]) == (3, False, 0, 1)
    assert (value["type"], value["style"], value["placeholder"], value["max_length"]) == (4, 1, "Robin Jia · cs.CL", 512)
    assert (types["max_values"], [option["default"] for option in types["options"]]) == (2, [True, False])
    assert (note["style"], note["value"]) == (2, "one\ntwo")
