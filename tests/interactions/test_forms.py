"""Forms: opened by a verb alone, filled in, and answered like the command they stand for."""

from __future__ import annotations

import pytest

from bot.domain.forms import Form
from bot.domain.requests import Action, Command, Lookup, Reaction, Reply, Request, Submission, What
from bot.grammar import form_command, opens_form
from tests.builders import an_actor
from tests.interactions.chat import HERE, Chat, text_of, topics


def asked(what: What) -> Request:
    return Request(actor=an_actor(), place=HERE, what=what)


@pytest.mark.parametrize("text", ["subscribe", " follow ", "/papers sub"])
def test_a_verb_alone_opens_its_form(text: str) -> None:
    command = form_command(text)
    assert command == Command(verb="subscribe")
    assert opens_form(command)


@pytest.mark.parametrize("text", ["", "search", "subscribe graphs", "nonsense"])
def test_other_texts_open_none(text: str) -> None:
    assert form_command(text) is None


def test_a_command_with_its_value_is_answered_at_once() -> None:
    assert not opens_form(Command(verb="subscribe", options={"value": "graphs"}))
    assert opens_form(Action(verb="form", args=("subscribe",)))
    assert not opens_form(Lookup(text="2510.19811"))


async def test_what_is_sent_becomes_a_subscription(chat: Chat) -> None:
    form = await chat.handler.form(asked(Command(verb="subscribe")))
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["kind", "value", "to"]
    values = {"kind": ("author",), "value": ("jia, robin",), "to": ("here",)}
    reply = await chat.handler.handle(asked(Submission(verb=form.name, values=values, state=form.state)))
    assert reply.message.heading == "Subscribed: #1 for #nlp"
    assert [one.query for one in await chat.store.subscriptions(HERE)] == ['by:"Robin Jia"']


async def test_a_half_filled_form_says_what_it_would_bring_and_stores_nothing(chat: Chat) -> None:
    await chat.know(*topics(3))
    message = await chat.handler.estimate(asked(Submission(verb="subscribe", values={"kind": ("query",), "value": ("committees",)})))
    assert "3 papers" in text_of(message)
    empty = await chat.handler.estimate(asked(Submission(verb="subscribe")))
    assert "Say what to follow" in text_of(empty)
    assert await chat.store.subscriptions(HERE) == []


async def test_a_form_that_is_not_there_any_more_is_explained(chat: Chat) -> None:
    found = await chat.handler.form(asked(Action(verb="form", args=("gone",))))
    assert isinstance(found, Reply)
    assert "out of date" in text_of(found.message)


async def test_a_reaction_is_no_reason_for_an_error_in_the_log(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    reply = await chat.handler.handle(asked(Reaction(remote_id="1.2", emoji="👍")))
    assert isinstance(reply, Reply)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
