"""Every verb and button is answered, whatever goes wrong."""

from __future__ import annotations

import pytest

from bot.domain.messages import Message, Tone
from bot.domain.requests import Action, Command, Request
from bot.domain.subscriptions import Destination
from bot.errors import StoreError
from bot.grammar.reading import COMMANDS, opens_form, parse_command
from bot.services.interactions.handler import BUTTONS, VERBS, Interactions
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_paper, an_actor
from tests.fakes.clock import FakeClock
from tests.interactions.chat import HERE, Chat, button, text_of, topics


def test_every_verb_of_the_grammar_is_answered_and_no_other() -> None:
    assert set(VERBS) == {spec.verb for spec in COMMANDS}


def forms_button(action: str) -> bool:
    return opens_form(Action.decode(action))


async def test_every_button_that_is_offered_is_known(chat: Chat) -> None:
    await chat.know(*topics(12), a_paper(title="Attention for readers"))
    seen: set[str] = set()
    replies = [
        await chat.type("search committees"),
        await chat.type("search atention"),
        await chat.type("subscribe committees"),
        await chat.type("list"),
        await chat.type("rehearse committees"),
        await chat.type("settings max:3"),
        await chat.type("schedule daily 8:00"),
        await chat.type("pause"),
        await chat.type("resume"),
        await chat.type("unsubscribe 1"),
        await chat.type("today"),
        await chat.type("show committees"),
        await chat.type("mute survey"),
        await chat.type("mutes"),
        await chat.type("unmute 1"),
        await chat.type("subscribe readers"),
        await chat.type("edit 2 max:3"),
        await chat.type("edit 2"),
    ]
    for reply in replies:
        message = reply.message
        cards = [one for card in message.cards for one in (*card.buttons, *card.menu)]
        items = [one for item in message.items for one in item.buttons]
        for one in (*message.buttons, *cards, *items):
            if one.action:
                verb = Action.decode(one.action).verb
                assert verb in (*BUTTONS, "run", "say") or forms_button(one.action)
                seen.add(verb)
    assert {"page", "share", "sub", "open", "unsub", "recent", "undo", "resume", "save", "like", "follow", "hide", "show"} <= seen


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        "nonsense",
        "page",
        "page:unknowntoken:1",
        "page:x:y",
        "show",
        "show:abc",
        "show:999999",
        "undo",
        "undo:what:1",
        "follow:1:99",
        "rest:",
    ],
)
async def test_a_button_out_of_date_says_so(chat: Chat, action: str) -> None:
    await chat.know(a_paper())
    reply = await chat.press(action)
    assert reply.private
    assert reply.message.tone is Tone.WARNING


async def test_a_token_of_one_kind_does_not_serve_another(chat: Chat) -> None:
    await chat.know(*topics(2))
    token = button((await chat.type("search committees")).message, "Share").action.split(":")[1]
    assert (await chat.press(f"undo:settings:{token}")).message.tone is Tone.WARNING


async def test_a_fault_of_our_own_becomes_a_reply_with_a_number(
    store: SqliteStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(destination: Destination, number: int) -> Message | None:
        raise RuntimeError("boom")

    chat = Chat(store, clock)
    await chat.type("subscribe committees")
    handler = Interactions(store, clock, preview=broken)
    reply = await handler.handle(Request(actor=an_actor(), place=HERE, what=Command(verb="preview")))
    assert reply.message.tone is Tone.ERROR
    assert "boom" not in text_of(reply.message)
    incident = reply.message.intro.rsplit(" ", 1)[-1]
    assert [getattr(record, "incident", "") for record in caplog.records] == [incident]


async def test_a_store_in_trouble_is_named(store: SqliteStore, clock: FakeClock) -> None:
    async def full(destination: Destination, number: int) -> Message | None:
        raise StoreError("the disk is full", "make room and ask again")

    await Chat(store, clock).type("subscribe committees")
    reply = await Interactions(store, clock, preview=full).handle(Request(actor=an_actor(), place=HERE, what=Command(verb="preview")))
    assert (reply.message.heading, reply.message.intro) == ("The disk is full", "Make room and ask again")


async def test_another_root_command_is_named_in_every_answer(store: SqliteStore, clock: FakeClock) -> None:
    handler = Interactions(store, clock, preview=Chat(store, clock)._preview, command="crier")
    for line in ("help", "help search", "latest", "today", "saved", "list", "show 2699.99999", "preview"):
        reply = await handler.handle(Request(actor=an_actor(), place=HERE, what=parse_command(line)))
        assert "/papers " not in text_of(reply.message), line


async def test_help_explains_one_verb_by_any_of_its_names(chat: Chat) -> None:
    assert "/papers subscribe" in (await chat.type("help follow")).message.heading
    assert len((await chat.type("")).message.items) == len(COMMANDS)
    assert (await chat.type("help dance")).message.tone is Tone.WARNING
