"""A person's own page: what is on it, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.messages import Message, Tone
from bot.domain.requests import Action
from bot.grammar.reading import opens_form
from bot.ports import SourceRun
from bot.services.interactions.handler import BUTTONS
from tests.builders import NOON, a_destination, a_paper, an_actor
from tests.interactions.chat import HERE, Chat, button, text_of, topics

ANA = an_actor()


async def home(chat: Chat, **who: object) -> tuple[Message, ...]:
    actor = an_actor(**who)  # type: ignore[arg-type]
    return await chat.handler.home(actor, actor.personal)


def said(pages: tuple[Message, ...]) -> str:
    return " ".join(f"{text_of(page)} {page.intro}" for page in pages)


async def test_an_empty_page_says_how_to_begin_and_changes_nothing(chat: Chat) -> None:
    pages = await home(chat)
    assert [page.heading for page in pages] == [
        "Your papers",
        "You follow nothing yet",
        "You mute nothing",
        "Channels you set up: none yet",
        "Nothing saved yet",
        "Everything runs",
        "Privacy",
    ]
    assert await chat.store.channels() == []


async def test_the_page_has_what_one_follows_mutes_and_keeps_with_buttons_that_work(chat: Chat) -> None:
    await chat.type("subscribe author Robin Jia to:me")
    await chat.type("mute survey to:me until:7d")
    rows = await chat.know(*topics(6), a_paper(title="Kept by nobody"))
    for row in rows[:6]:
        await chat.press(f"save:{row}")
    pages = await home(chat)
    assert 'by:"Robin Jia"' in said(pages) and 'the word "survey", until 29 Apr 2026' in said(pages).replace("  ", " ").replace(
        " for you", ""
    )
    assert "Kept by nobody" not in said(pages)
    assert "Next digest: Thu 23 Apr 09:00 (UTC)." in pages[0].intro
    assert len(pages[4].items) == 5 and button(pages[4], "All saved papers")
    for label in ("Remove", "Unmute", "Pause"):
        page = next(page for page in pages if any(one.label == label for item in page.items for one in item.buttons) or label == "Pause")
        await chat.press(button(pages[0] if label == "Pause" else page, label), at=ANA.personal)
    after = await home(chat)
    assert [page.heading for page in after[1:3]] == ["You follow nothing yet", "You mute nothing"]
    assert button(after[0], "Resume")


async def test_every_button_of_the_page_leads_somewhere(chat: Chat) -> None:
    await chat.type("subscribe author Robin Jia to:me")
    await chat.type("mute survey to:me")
    rows = await chat.know(*topics(1))
    await chat.press(f"save:{rows[0]}")
    for page in await home(chat):
        for one in (*page.buttons, *(one for item in page.items for one in item.buttons)):
            action = Action.decode(one.action)
            assert action.verb in BUTTONS or action.verb == "run" or opens_form(action), one
            if not opens_form(action):
                assert (await chat.press(one, at=ANA.personal)).message.tone is not Tone.WARNING, one


async def test_channels_that_one_set_up_are_named_without_what_they_follow(chat: Chat) -> None:
    await chat.type("subscribe committees")
    await chat.type("subscribe readers", by=an_actor(id="U9"), at=a_destination("slack:C9OTHER", name="#secret"))
    pages = await home(chat)
    assert [(item.label, item.text) for item in pages[3].items] == [("#nlp", "1 subscription")]
    assert "committees" not in said(pages) and "#secret" not in said(pages)


async def test_a_page_is_of_one_person_and_one_workspace(chat: Chat) -> None:
    await chat.type("subscribe author Robin Jia to:me")
    await chat.type("subscribe committees")
    await chat.type("mute survey to:me")
    for who in ({"id": "U8"}, {"id": "U7", "tenant": "slack:T2"}):
        assert not {"Robin", "survey", "#nlp"} & set(said(await home(chat, **who)).replace(".", " ").split()), who


async def test_a_source_that_failed_is_named(chat: Chat) -> None:
    run = SourceRun(source="arxiv", started_at=NOON, finished_at=NOON - timedelta(hours=2), error="no answer: try later")
    await chat.store.record_run(run)
    page = (await home(chat))[5]
    assert (page.heading, page.tone) == ("1 source could not be read", Tone.WARNING)
    assert "2 h ago" in text_of(page)


@pytest.mark.parametrize("root", ["crier"])
async def test_the_page_names_the_root_command_as_it_is(chat: Chat, root: str) -> None:
    from bot.services.interactions.handler import Interactions

    handler = Interactions(chat.store, chat.clock, preview=chat._preview, command=root)
    assert "/papers" not in said(await handler.home(ANA, ANA.personal))
    assert HERE.name not in said(await handler.home(ANA, ANA.personal))
