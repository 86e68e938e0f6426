"""Muting, unmuting and "that is somebody else", through the real store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.messages import Tone
from bot.muting import mute_query
from tests.builders import NOON, a_destination, a_paper, an_actor
from tests.interactions.chat import HERE, Chat, button, text_of

ME = an_actor().personal


async def muted(chat: Chat, place: object = HERE) -> list[str]:
    return [f"{one.kind} {one.value}" for one in await chat.store.mutes(place, at=chat.clock.now())]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("mute survey", "word survey"),
        ("mute word survey", "word survey"),
        ('mute word "position paper"', "word position paper"),
        ("mute topic benchmarks", "word benchmarks"),
        ("ignore author Robin Jia", "author Robin Jia"),
        ("mute category cs.CV", "category cs.CV"),
        ("mute organisation Stanford", "org Stanford"),
        ("mute kind:org MIT", "org MIT"),
    ],
)
async def test_everything_that_can_be_named_can_be_muted(chat: Chat, line: str, kept: str) -> None:
    reply = await chat.type(line)
    assert reply.private and reply.message.heading == "Muted: #1 for #nlp"
    assert await muted(chat) == [kept]


async def test_a_mute_says_how_long_and_how_much_it_would_have_kept_away_and_is_undone(chat: Chat) -> None:
    recent = NOON.date() - timedelta(days=2)
    await chat.know(
        a_paper(title="A survey of committees", submitted=recent, abstract="Of many. " * 20), a_paper(title="Committees", submitted=recent)
    )
    await chat.type("subscribe title:committees")
    reply = await chat.type("mute word survey until:7d")
    assert reply.message.intro == 'the word "survey", until 29 Apr 2026'
    assert "In the last 30 days it would have kept away 1 paper of what is followed here." in reply.message.notice
    await chat.press(button(reply.message, "Undo"))
    assert await muted(chat) == []


async def test_a_mute_ends_at_midnight_where_the_channel_is(chat: Chat) -> None:
    await chat.type("schedule daily 9:00 Asia/Tokyo")
    await chat.type("mute survey until:tomorrow")
    (mute,) = await chat.store.mutes(HERE, at=chat.clock.now())
    assert str(mute.until) == "2026-04-22 15:00:00+00:00"


async def test_muting_again_changes_the_end_and_undo_brings_the_old_one_back(chat: Chat) -> None:
    await chat.type("mute survey until:2d")
    assert (await chat.type("mute survey until:2d")).message.heading == "Muted already: #1 for #nlp"
    changed = await chat.type("mute survey")
    assert changed.message.heading == "Muted until another day: #1 for #nlp"
    back = await chat.press(button(changed.message, "Undo"))
    assert back.message.intro == 'the word "survey", until 24 Apr 2026'


@pytest.mark.parametrize("named", ["1", "#1", "survey", "word survey", "SURVEY"])
async def test_a_mute_is_ended_by_number_or_by_what_it_says_and_comes_back(chat: Chat, named: str) -> None:
    await chat.type("mute survey")
    ended = await chat.type(f"unmute {named}")
    assert ended.message.heading == "Not muted any more: #1 for #nlp"
    assert await muted(chat) == []
    await chat.press(button(ended.message, "Undo"))
    assert await muted(chat) == ["word survey"]


async def test_an_unknown_mute_offers_the_one_that_was_meant(chat: Chat) -> None:
    await chat.type("mute survey")
    reply = await chat.type("unmute surveys")
    assert reply.message.tone is Tone.WARNING
    assert [one.label for one in reply.message.buttons] == ["unmute #1", "mutes here"]
    await chat.press(reply.message.buttons[0])
    assert await muted(chat) == []
    assert "ended already" in (await chat.press("unmute:1:here")).message.heading


async def test_lists_are_of_here_of_oneself_or_of_both_and_each_line_can_be_ended(chat: Chat) -> None:
    assert (await chat.type("mutes")).message.heading == "Nothing is muted for #nlp"
    await chat.type("mute survey")
    await chat.type("mute author Robin Jia to:me")
    both = await chat.type("mutes all")
    assert [(item.label, item.text) for item in both.message.items] == [("#1", 'the word "survey"'), ("#1", "papers by Robin Jia")]
    await chat.press(both.message.items[1].buttons[0])
    assert (await muted(chat), await muted(chat, ME)) == (["word survey"], [])


async def test_not_the_one_i_follow_is_remembered_and_undone(chat: Chat) -> None:
    (row,) = await chat.know(a_paper(authors=("Wei Zhang", "Grace Hopper")))
    reply = await chat.press(f"notthem:{row}:0")
    assert reply.message.intro == "another Wei Zhang, for ever"
    assert await muted(chat) == ["person Wei Zhang"]
    await chat.press(button(reply.message, "Undo"))
    assert await muted(chat) == []
    assert (await chat.press(f"notthem:{row}:9")).message.tone is Tone.WARNING


async def test_somebody_who_manages_nothing_mutes_for_themselves(chat: Chat) -> None:
    (row,) = await chat.know(a_paper(authors=("Wei Zhang", "Grace Hopper")))
    guest = an_actor(id="U8", manager=False)
    refused = await chat.type("mute survey", by=guest)
    assert refused.message.heading == "Only people who manage #nlp can change what is posted there"
    await chat.press(refused.message.buttons[0], by=guest)
    await chat.press(f"notthem:{row}:0", by=guest)
    assert await muted(chat) == []
    assert await muted(chat, guest.personal) == ["word survey", "person Wei Zhang"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mute survey until:yesterday", "mute survey until:tomorrow"),
        ("mute survey until:neverland", "mute survey until:7d"),
        ("mute survey until:2020-01-01", "mute survey until:tomorrow"),
        ("mute kind:wrod survey", "mute word survey"),
        ("mutee word survey", "mute word survey"),
        ("mute survey to:you", "mute survey to:me"),
    ],
)
async def test_a_mute_that_is_written_wrong_is_offered_right(chat: Chat, line: str, offered: str) -> None:
    try:
        reply = await chat.type(line)
        labels = [one.label for one in reply.message.buttons]
    except Exception as error:  # what the grammar refuses before anybody is asked
        labels = list(getattr(error, "repairs", ()))
    assert offered in labels
    assert await muted(chat) == []


async def test_a_channel_of_another_workspace_is_out_of_reach(chat: Chat) -> None:
    await chat.type("subscribe committees")
    await chat.type("mute secret")
    foreign, stranger = a_destination(tenant="slack:T2"), an_actor(id="U8", tenant="slack:T2")
    for line in ("mutes", "unmute 1", "mute graphs"):
        assert "secret" not in text_of((await chat.type(line, by=stranger, at=foreign)).message), line
    for action in ("unmute:1:here", "undo:mute:1:here", "undo:unmute:1:here:0"):
        assert "secret" not in text_of((await chat.press(action, by=stranger, at=foreign)).message)
    assert await muted(chat) == ["word secret"]


async def test_what_is_not_interesting_may_be_muted_as_a_whole(chat: Chat) -> None:
    (row,) = await chat.know(a_paper(authors=("Wei Zhang", "Grace Hopper"), categories=("cs.CV",)))
    reply = await chat.press(f"hide:{row}")
    assert [one.label for one in reply.message.buttons] == ["Undo", "Mute Wei Zhang", "Mute cs.CV"]
    await chat.press(button(reply.message, "Mute Wei Zhang"))
    await chat.press(button(reply.message, "Mute cs.CV"))
    assert await muted(chat) == ["author Wei Zhang", "category cs.CV"]
    guest = an_actor(id="U8", manager=False)
    mine = await chat.press(f"hide:{row}", by=guest)
    await chat.press(button(mine.message, "Mute cs.CV"), by=guest)
    assert await muted(chat, guest.personal) == ["category cs.CV"]


async def test_what_the_configuration_mutes_is_not_ended_or_changed_from_chat(chat: Chat) -> None:
    await chat.type("subscribe graphs")
    await chat.store.mute(HERE, "word", "survey", mute_query("word", "survey"), by="config", at=NOON, origin="config")
    for line in ("unmute #1", "unmute survey", "mute word survey until:7d"):
        reply = await chat.type(line)
        assert reply.message.tone is Tone.WARNING and "configuration" in reply.message.heading, line
    assert "configuration" in (await chat.press("unmute:1:here")).message.heading
    listed = (await chat.type("mutes")).message.items[0]
    assert listed.detail.endswith("from the configuration") and not listed.buttons
    assert await muted(chat) == ["word survey"]
