"""Forms: opened by a verb alone, filled in, and answered like the command they stand for."""

from __future__ import annotations

import pytest

from bot.domain.forms import Form
from bot.domain.requests import Action, Command, Lookup, Reaction, Reply, Request, Submission, What
from bot.grammar.reading import form_action, form_command, opens_form
from tests.builders import an_actor
from tests.interactions.chat import HERE, Chat, text_of, topics


def asked(what: What) -> Request:
    return Request(actor=an_actor(), place=HERE, what=what)


@pytest.mark.parametrize("text", ["subscribe", " follow ", "/papers sub"])
def test_a_verb_alone_opens_its_form(text: str) -> None:
    command = form_command(text)
    assert command == Command(verb="subscribe")
    assert opens_form(command)


@pytest.mark.parametrize("text", ["", "/papers", "search", "subscribe graphs", "nonsense", "edit", "edit 2 max:5", "help"])
def test_other_texts_open_none(text: str) -> None:
    assert form_command(text) is None


def test_a_command_with_its_value_is_answered_at_once() -> None:
    assert not opens_form(Command(verb="subscribe", options={"value": "graphs"}))
    assert opens_form(Action(verb="form", args=("subscribe",)))
    assert not opens_form(Lookup(text="2510.19811"))


async def test_what_is_sent_becomes_a_subscription(chat: Chat) -> None:
    form = await chat.handler.form(asked(Command(verb="subscribe")))
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["kind", "value", "to", "max", "when"]
    values = {"kind": ("author",), "value": ("jia, robin",), "to": ("here",)}
    reply = await chat.handler.handle(asked(Submission(verb=form.name, values=values, state=form.state)))
    assert reply.message.heading == "Subscribed: #1 for #nlp"
    assert [one.query for one in await chat.store.subscriptions(HERE)] == ['by:"Robin Jia"']


async def test_a_half_filled_form_says_what_it_would_bring_and_stores_nothing(chat: Chat) -> None:
    await chat.know(*topics(3))
    message = await chat.handler.estimate(asked(Submission(verb="subscribe", values={"kind": ("query",), "value": ("committees",)})))
    assert "3 papers" in text_of(message)
    empty = await chat.handler.estimate(asked(Submission(verb="subscribe")))
    assert "Say what" in text_of(empty)
    assert await chat.store.subscriptions(HERE) == []


async def test_a_form_that_is_not_there_any_more_is_explained(chat: Chat) -> None:
    found = await chat.handler.form(asked(Action(verb="form", args=("gone",))))
    assert isinstance(found, Reply)
    assert "out of date" in text_of(found.message)


async def test_a_reaction_is_no_reason_for_an_error_in_the_log(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    reply = await chat.handler.handle(asked(Reaction(remote_id="1.2", emoji="👍")))
    assert isinstance(reply, Reply)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# --- every form ------------------------------------------------------------------------------------------------------


async def form(chat: Chat, what: Command | Action, **who: object) -> Form:
    found = await chat.handler.form(Request(actor=an_actor(**who), place=HERE, what=what))  # type: ignore[arg-type]
    assert isinstance(found, Form), found
    return found


async def fill(chat: Chat, form: Form, **values: str | tuple[str, ...]) -> Reply:
    """Send a form with what stood there, but for ``values``."""
    given = {field.name: field.values for field in form.fields}
    given |= {name: (value,) if isinstance(value, str) else value for name, value in values.items()}
    return await chat.handler.handle(asked(Submission(verb=form.name, values=given, state=form.state)))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("mute", Command(verb="mute")),
        ("subscribe author", Command(verb="subscribe", options={"kind": "author"})),
        ("edit #3", Command(verb="edit", options={"rule": "#3"})),
        ("edit 3 to:me", Command(verb="edit", options={"rule": "3", "to": "me"})),
    ],
)
def test_what_lacks_its_value_opens_a_form(text: str, what: Command | Action) -> None:
    assert form_command(text) == what
    assert opens_form(what)


def test_where_a_form_has_to_be_pressed_for_the_press_says_what_it_is_for() -> None:
    assert form_action(Command(verb="edit", options={"rule": "#3", "to": "me"})).encode() == "form:edit:3:me"
    assert form_action(Command(verb="subscribe")).encode() == "form:subscribe:here"


async def test_every_form_fits_both_platforms_and_comes_back_as_it_went(chat: Chat) -> None:
    await chat.type("subscribe committees max:7 types:new")
    for what in (
        *(
            Action(verb="form", args=args)
            for args in (("launcher",), ("subscribe",), ("mute",), ("edit", "1", "here"), ("settings", "here"))
        ),
        *(Command(verb=verb, options=options) for verb, options in (("subscribe", {}), ("mute", {}), ("edit", {"rule": "#1"}))),
    ):
        found = await form(chat, what)
        assert len(found.title) <= 24 and len(found.name) + len(found.state) <= 90
        for field in found.fields:
            assert len(field.label) <= 45 and len(field.hint) <= 100, field
            assert all(len(choice.name) <= 75 and choice.value for choice in field.choices), field
            assert not field.choices or set(field.values) <= {choice.value for choice in field.choices}, field


async def test_a_subscription_is_edited_where_it_stands(chat: Chat) -> None:
    await chat.type("subscribe committees max:7 types:new")
    found = await form(chat, Action(verb="form", args=("edit", "1", "here")))
    assert {field.name: field.values for field in found.fields} == {"query": ("committees",), "max": ("7",), "types": ("new",)}
    assert "like that already" in (await fill(chat, found)).message.heading
    reply = await fill(chat, found, query="committees -robots", max="all", types=())
    assert reply.message.intro == "committees -robots"
    assert [(one.query, one.maximum, one.types) for one in await chat.store.subscriptions(HERE)] == [("committees -robots", None, ())]


async def test_a_mute_form_becomes_a_mute_and_says_what_it_would_keep_away(chat: Chat) -> None:
    await chat.know(*topics(3))
    await chat.type("subscribe committees")
    found = await form(chat, Command(verb="mute"))
    said = await chat.handler.estimate(asked(Submission(verb="mute", values={"kind": ("word",), "value": ("reading",)})))
    assert "kept away 3 papers" in text_of(said)
    reply = await fill(chat, found, value="reading", until="7d")
    assert reply.message.heading == "Muted: #1 for #nlp"
    assert [one.value for one in await chat.store.mutes(HERE, at=chat.clock.now())] == ["reading"]


async def test_settings_are_changed_by_a_form(chat: Chat) -> None:
    await chat.type("subscribe committees")
    found = await form(chat, Action(verb="form", args=("settings", "here")))
    await fill(chat, found, when="weekdays 8am", tz="Europe/Berlin", max="5")
    channel = await chat.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel and (str(channel.settings.schedule), channel.settings.schedule.zone) == ("mon-fri 08:00", "Europe/Berlin")
    assert channel.settings.maximum == 5


@pytest.mark.parametrize(
    ("do", "text", "heading"),
    [
        ("search", "committees", "3 papers"),
        ("subscribe me", "committees", "Subscribed: #1 for you"),
        ("subscribe here", "committees", "Subscribed: #1 for #nlp"),
        ("mute", "survey", "Muted: #1 for you"),
        ("subscriptions", "", "No subscriptions for #nlp yet"),
        ("help", "", "What you can ask"),
    ],
)
async def test_the_form_of_the_bare_command_leads_everywhere(chat: Chat, do: str, text: str, heading: str) -> None:
    await chat.know(*topics(3))
    found = await form(chat, Action(verb="form", args=("launcher",)))
    assert (await fill(chat, found, do=do, text=text)).message.heading == heading


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("subscribe", {"value": '"open'}, "value"),
        ("subscribe", {"value": "graphs", "when": "whenever"}, "when"),
        ("subscribe", {"value": ""}, "value"),
        ("mute", {"value": "survey", "until": "yesterday"}, "until"),
        ("launcher", {"do": "search", "text": "(open"}, "text"),
        ("settings", {"when": "mon 25:00"}, "when"),
    ],
)
async def test_trouble_with_an_answer_is_told_at_its_question(chat: Chat, name: str, values: dict[str, str], field: str) -> None:
    found = await form(chat, Action(verb="form", args=(name,)))
    reply = await fill(chat, found, **values)
    assert (reply.field, reply.message.tone.value) == (field, "warning")
    assert await chat.store.channels() == []


async def test_a_form_for_what_has_ended_meanwhile_is_a_kind_line(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.type("subscribe committees")
    found = await form(chat, Action(verb="form", args=("edit", "1", "here")))
    await chat.type("unsubscribe 1")
    assert "no subscription of #nlp" in text_of((await fill(chat, found, query="graphs")).message).casefold()
    gone = await chat.handler.form(asked(Action(verb="form", args=("edit", "1", "here"))))
    assert isinstance(gone, Reply) and "ended already" in text_of(gone.message)
    for state in ("", "x:here", "1", "99:me", ":" * 40):
        reply = await chat.handler.handle(asked(Submission(verb="edit", values={"query": ("a",)}, state=state)))
        assert reply.message.tone.value == "warning"
    assert not caplog.records


async def test_a_form_sent_after_a_restart_is_a_form_like_any_other(chat: Chat) -> None:
    found = await form(chat, Command(verb="subscribe"))
    anew = Chat(chat.store, chat.clock)
    assert (await fill(anew, found, value="graphs")).message.heading == "Subscribed: #1 for #nlp"


async def test_who_manages_nothing_is_offered_only_what_they_may(chat: Chat) -> None:
    await chat.type("subscribe committees")
    subscribe = await form(chat, Command(verb="subscribe"), id="U8", manager=False)
    where_to = next(field for field in subscribe.fields if field.name == "to")
    assert [choice.value for choice in where_to.choices] == ["me"]
    for args in (("edit", "1", "here"), ("settings", "here")):
        refused = await chat.handler.form(Request(actor=an_actor(id="U8", manager=False), place=HERE, what=Action(verb="form", args=args)))
        assert isinstance(refused, Reply) and "Only people who manage #nlp" in refused.message.heading
    sent = Submission(verb="edit", values={"query": ("robots",)}, state="1:here")
    reply = await chat.handler.handle(Request(actor=an_actor(id="U8", manager=False), place=HERE, what=sent))
    assert "Only people who manage #nlp" in reply.message.heading


async def test_where_no_form_can_be_opened_the_button_says_it_in_words(chat: Chat) -> None:
    await chat.type("subscribe committees")
    assert (await chat.press("form:edit:1:here")).message.heading == "#1 for #nlp"
    assert (await chat.press("form:mute:me")).message.heading.startswith("/papers mute")


@pytest.mark.parametrize(
    ("submission", "wrong"),
    [
        (Submission(verb="subscribe", values={"kind": ("category",), "value": ("cs.",), "to": ("me",), "when": ("daily 25:00",)}), "when"),
        (Submission(verb="settings", values={"when": ("mon-fri 99:00",), "max": ("5",)}, state="here"), "when"),
        (Submission(verb="mute", values={"kind": ("word",), "value": ("x" * 400,), "until": ("7d",)}), "value"),
    ],
)
async def test_what_was_filled_in_wrongly_is_offered_again_as_it_was(chat: Chat, submission: Submission, wrong: str) -> None:
    reply = await chat.handler.handle(asked(submission))
    again = reply.message.buttons[0]
    assert again.label == "Try again" and len(again.action) <= 90
    form = await chat.handler.form(asked(Action.decode(again.action)))
    assert isinstance(form, Form) and (form.name, form.state) == (submission.verb, submission.state)
    assert {field.name: field.values for field in form.fields if field.name in submission.values} == submission.values
    assert wrong in submission.values


async def test_an_edit_that_failed_opens_on_the_same_subscription(chat: Chat) -> None:
    await chat.type("subscribe graphs")
    reply = await chat.handler.handle(asked(Submission(verb="edit", values={"query": ('by:"',)}, state="1:here")))
    form = await chat.handler.form(asked(Action.decode(reply.message.buttons[0].action)))
    assert isinstance(form, Form) and form.state == "1:here" and form.fields[0].values == ('by:"',)
    await chat.type("unsubscribe #1")
    gone = await chat.handler.form(asked(Action.decode(reply.message.buttons[0].action)))
    assert isinstance(gone, Reply) and "ended already" in text_of(gone.message)
