"""Changing a subscription, and options along with a new one."""

from __future__ import annotations

import pytest

from bot.domain.messages import Tone
from bot.errors import BadInput
from bot.grammar.reading import parse_command
from tests.builders import NOON, a_paper, an_actor, some_settings
from tests.interactions.chat import HERE, Chat, button, text_of, topics

ME = an_actor().personal


async def rules(chat: Chat) -> list[tuple[int, str, int | None, tuple[str, ...]]]:
    return [(one.number, one.query, one.maximum, one.types) for one in await chat.store.subscriptions(HERE)]


async def test_an_edit_keeps_the_number_says_what_is_stored_and_is_undone(chat: Chat) -> None:
    await chat.know(*topics(3))
    await chat.type("subscribe committees")
    reply = await chat.type("edit #1 committees -robots max:5 types:new,update")
    assert reply.message.heading == "Changed: #1 for #nlp"
    assert reply.message.intro == "committees -robots max:5 types:new,update"
    assert "3 papers" in reply.message.notice
    assert await rules(chat) == [(1, "committees -robots", 5, ("new", "update"))]
    back = await chat.press(button(reply.message, "Undo"))
    assert await rules(chat) == [(1, "committees", None, ())]
    await chat.press(button(back.message, "Undo"))
    assert await rules(chat) == [(1, "committees -robots", 5, ("new", "update"))]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("edit 1 max:5", (1, "committees", 5, ("new",))),
        ("edit 1 max:all", (1, "committees", None, ("new",))),
        ("edit 1 types:all", (1, "committees", 3, ())),
        ("change 1 by:hopper", (1, "by:Hopper", 3, ("new",))),
    ],
)
async def test_what_is_not_named_stays(chat: Chat, line: str, after: tuple[object, ...]) -> None:
    await chat.type("subscribe committees max:3 types:new")
    await chat.type(line)
    assert await rules(chat) == [after]


async def test_an_edit_without_a_change_shows_the_rule_with_ways_to_change_it(chat: Chat) -> None:
    await chat.type("subscribe committees max:3")
    reply = await chat.type("edit 1")
    assert reply.message.intro == "committees max:3"
    assert [one.action for one in reply.message.buttons] == ["form:edit:1:here", "unsub:1:here"]
    again = await chat.type("edit 1 max:3")
    assert "like that already" in again.message.heading


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("edit 7 max:3", "edit #1 max:3"),
        ("edit 1 max:0", "edit 1 max:1"),
        ("edit 1 max:900", "edit 1 max:50"),
        ("edit 1 max:some", "edit 1 max:all"),
        ("edit 1 types:neww", "edit 1 types:new"),
        ('edit 1 "open quote', 'edit 1 "open quote"'),
        ("edit 1 autor:hopper", "edit 1 by:hopper"),
    ],
)
async def test_an_edit_that_is_written_wrong_is_offered_right_and_changes_nothing(chat: Chat, line: str, offered: str) -> None:
    await chat.type("subscribe committees")
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert offered in [one.label for one in reply.message.buttons], [one.label for one in reply.message.buttons]
    assert await rules(chat) == [(1, "committees", None, ())]


async def test_a_query_that_is_followed_already_is_refused(chat: Chat) -> None:
    await chat.type("subscribe committees")
    await chat.type("subscribe readers")
    assert "#1 follows committees already" in (await chat.type("edit 2 committees")).message.heading


async def test_what_the_configuration_declares_is_not_changed_from_chat(chat: Chat) -> None:
    await chat.store.add_channel(HERE, some_settings(), next_at=NOON, origin="config")
    await chat.store.subscribe(HERE, "committees", "query", by="config", at=NOON, origin="config")
    assert "configuration" in (await chat.type("edit 1 max:3")).message.heading
    assert await rules(chat) == [(1, "committees", None, ())]


async def test_a_button_to_undo_after_the_rule_has_ended_is_a_kind_line(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.type("subscribe committees")
    undo = button((await chat.type("edit 1 max:3")).message, "Undo")
    await chat.type("unsubscribe 1")
    reply = await chat.press(undo)
    assert reply.private and "ended already" in reply.message.heading
    assert not caplog.records


# --- along with a new subscription -----------------------------------------------------------------------------------


async def test_options_of_a_rule_are_stored_with_it_and_echoed(chat: Chat) -> None:
    reply = await chat.type("subscribe author Grace Hopper max:5 types:new")
    assert reply.message.intro == 'by:"Grace Hopper" max:5 types:new'
    assert await rules(chat) == [(1, 'by:"Grace Hopper"', 5, ("new",))]
    again = await chat.type("subscribe author Grace Hopper max:7")
    assert again.message.heading == "Subscribed already: #1 for #nlp"
    assert 'It was by:"Grace Hopper" max:5 types:new.' in again.message.notice
    await chat.press(button(again.message, "Undo"))
    assert await rules(chat) == [(1, 'by:"Grace Hopper"', 5, ("new",))]


async def test_options_of_the_place_are_changed_named_and_undone_with_the_rule(chat: Chat) -> None:
    await chat.type("subscribe readers")
    reply = await chat.type('subscribe committees when:"daily 8:30" as:cards fill:unread')
    assert "For all of #nlp: digests come daily 08:30 UTC (before: mon-fri 09:00 UTC)" in reply.message.notice
    channel = await chat.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel and (str(channel.settings.schedule), channel.settings.style, channel.settings.fill) == ("daily 08:30", "cards", "unread")
    assert str(channel.next_at) == "2026-04-23 08:30:00+00:00"
    undone = await chat.press(button(reply.message, "Undo"))
    assert undone.message.heading == "Ended: #2 for #nlp"
    assert "Settings are as before: mon-fri 09:00" in undone.message.notice
    channel = await chat.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel and (str(channel.settings.schedule), channel.settings.style) == ("mon-fri 09:00", "digest")


@pytest.mark.parametrize(
    "line", ["subscribe committees types:old", 'subscribe committees when:"whenever"', "subscribe committees since:7d"]
)
async def test_nothing_is_set_up_when_an_option_means_nothing(chat: Chat, line: str) -> None:
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert await chat.store.channels() == []


async def test_a_misspelt_author_is_subscribed_with_the_right_one_on_offer(chat: Chat) -> None:
    await chat.know(a_paper(authors=("Grace Hopper",)))
    reply = await chat.type("subscribe author Grace Hoper")
    await chat.press(button(reply.message, 'Follow by:"Grace Hopper" instead'))
    assert await rules(chat) == [(1, 'by:"Grace Hopper"', None, ())]


def test_options_out_of_range_are_offered_within() -> None:
    with pytest.raises(BadInput) as caught:
        parse_command("subscribe committees max:ten to:nobody")
    assert caught.value.repairs == ("subscribe committees to:here max:10", "subscribe committees to:me max:10")


async def test_only_managers_edit_and_anyone_edits_their_own(chat: Chat) -> None:
    await chat.type("subscribe committees")
    guest = an_actor(id="U8", manager=False)
    refused = await chat.type("edit 1 max:3", by=guest)
    assert refused.message.heading == "Only people who manage #nlp can change what is posted there"
    assert (await chat.type("edit 1", by=guest)).message.intro == "committees", "anyone may look"
    await chat.type("subscribe readers to:me", by=guest)
    assert (await chat.type("edit 1 max:3 to:me", by=guest)).message.heading == "Changed: #1 for you"
    assert "committees" not in text_of((await chat.type("edit 1 to:me", by=guest)).message)
