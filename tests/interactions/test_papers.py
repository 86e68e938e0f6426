"""Lists of papers, one paper, and what people do with them, through the real store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.domain.deliveries import Occurrence
from bot.domain.messages import Tone
from bot.domain.subscriptions import Destination
from tests.builders import a_destination, a_message, a_paper, an_actor, later
from tests.interactions.chat import HERE, Chat, button, titles, topics

# --- lists -----------------------------------------------------------------------------------------------------------


async def test_latest_shows_as_many_as_asked_and_counts_the_library(chat: Chat) -> None:
    await chat.know(*topics(5))
    reply = await chat.type("latest 3")
    assert len(reply.message.cards) == 3
    assert reply.message.notice == "5 papers in the library"


async def test_an_empty_library_says_how_papers_come(chat: Chat) -> None:
    assert "empty" in (await chat.type("latest")).message.heading


async def test_today_shows_arrivals_that_match_here_and_why(chat: Chat) -> None:
    await chat.know(a_paper(title="Committees of yesterday", abstract="Committees. " * 20))
    chat.clock.advance(2 * 86_400)
    await chat.know(
        a_paper(title="Committees of today", abstract="Committees again. " * 20), a_paper(title="Robots", abstract="Arms. " * 20)
    )
    everything = await chat.type("today")
    assert sorted(titles(everything.message)) == ["Committees of today", "Robots"]
    assert "nothing is subscribed" in everything.message.heading
    await chat.type("subscribe keyword committees")
    mine = await chat.type("today")
    assert titles(mine.message) == ["Committees of today"]
    assert mine.message.heading == "1 paper in the last 24 hours for #nlp"
    assert mine.message.cards[0].reason == "matched committees"


async def test_today_without_arrivals_points_to_the_latest(chat: Chat) -> None:
    assert "/papers latest" in (await chat.type("today")).message.intro


async def post(chat: Chat, shown: Sequence[int], rest: Sequence[int] = (), *, to: Destination = HERE) -> str:
    """Post a digest as the planner would write it; gives the occurrence."""
    occurrence = Occurrence(
        destination=to,
        slot="2026-04-22",
        shown=tuple((row, "matched committees") for row in shown),
        rest=tuple((row, "matched committees") for row in rest),
        messages=(a_message(),),
        next_at=later(days=1),
        local_date=date(2026, 4, 22),
    )
    assert await chat.store.enqueue(occurrence, at=chat.clock.now())
    return occurrence.id


async def test_unread_counts_what_was_posted_until_the_asker_has_read_it(chat: Chat) -> None:
    rows = await chat.know(*topics(3))
    await chat.type("subscribe committees")
    await post(chat, rows)
    reply = await chat.type("unread")
    assert reply.message.heading == "3 unread for #nlp"
    assert reply.message.cards[0].reason == "matched committees"
    ticked = await chat.press(button(reply.message, "Mark as read"))
    assert ticked.message.heading == "Marked as read"
    assert (await chat.type("unread")).message.heading == "2 unread for #nlp"
    assert (await chat.press(button(reply.message, "Mark all as read"))).message.heading == "2 papers marked as read for #nlp"
    assert (await chat.type("unread")).message.heading == "All read"
    assert (await chat.type("read all")).message.heading == "You have read everything for #nlp already"
    assert (await chat.type("unread", by=an_actor(id="U8"))).message.heading == "3 unread for #nlp", "others have lists of their own"


async def test_read_by_id_marks_one(chat: Chat) -> None:
    rows = await chat.know(a_paper(arxiv="2604.10001"), a_paper(title="Another story", abstract="x" * 100))
    await chat.type("subscribe reading")
    await post(chat, rows)
    assert (await chat.type("read 2604.10001")).message.heading == "Marked as read"
    assert (await chat.type("unread")).message.heading == "1 unread for #nlp"


async def test_the_rest_of_a_digest_is_shown_to_those_who_ask(chat: Chat) -> None:
    rows = await chat.know(*topics(15))
    await chat.type("subscribe committees")
    occurrence = await post(chat, rows[:2], rows[2:])
    reply = await chat.press(f"rest:{occurrence}")
    assert reply.message.heading == "The rest of this digest: 13 papers"
    assert not reply.update
    more = await chat.press(button(reply.message, "Next"))
    assert more.update
    assert len(more.message.cards) == 3


async def test_the_rest_of_another_channels_digest_is_not_shown(chat: Chat) -> None:
    rows = await chat.know(*topics(2))
    await chat.type("subscribe committees")
    occurrence = await post(chat, rows[:1], rows[1:])
    for place in (a_destination("slack:C9OTHER"), replace(HERE, tenant="slack:T2")):
        reply = await chat.press(f"rest:{occurrence}", at=place, by=an_actor(id="U8"))
        assert reply.message.tone is Tone.WARNING
        assert not reply.message.cards


# --- one paper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named", ["2604.10001", "arxiv:2604.10001", "https://arxiv.org/pdf/2604.10001v3", '"robust reading"', "Robust Reading"]
)
async def test_a_paper_is_shown_by_id_link_or_title(chat: Chat, named: str) -> None:
    await chat.know(a_paper(title="Robust Reading", arxiv="2604.10001"), a_paper(title="Robust Reading Again", abstract="y" * 100))
    reply = await chat.type(f"show {named}")
    assert titles(reply.message) == ["Robust Reading"]
    assert ("Id", "arxiv:2604.10001") in [(fact.label, fact.value) for fact in reply.message.cards[0].facts]


async def test_words_of_several_titles_ask_back(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("show committees reading")
    assert reply.message.heading == "Which one?"
    chosen = await chat.press(reply.message.items[0].buttons[0])
    assert titles(chosen.message) == [reply.message.items[0].text]


@pytest.mark.parametrize(
    "line", ["show 2699.99999", "show no such title", "show ???", "similar 2699.99999", "save nothing like it", "read 1"]
)
async def test_a_paper_nobody_knows_gets_a_next_step(chat: Chat, line: str) -> None:
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert "/papers" in reply.message.intro or "library" in reply.message.heading


async def test_similar_papers_come_from_a_name_or_a_button(chat: Chat) -> None:
    rows = await chat.know(*topics(4), a_paper(title="Robots in the kitchen", abstract="Cutting vegetables with robot arms. " * 5))
    reply = await chat.type("similar volume 1")
    assert reply.message.heading == "More like this"
    assert "Robots in the kitchen" not in titles(reply.message)[:2]
    assert titles((await chat.press(f"like:{rows[1]}")).message) == titles(reply.message)


# --- saving and hiding -----------------------------------------------------------------------------------------------


async def test_saving_can_be_taken_back_and_done_twice(chat: Chat) -> None:
    await chat.know(a_paper(title="Robust Reading", arxiv="2604.10001"))
    saved = await chat.type("save 2604.10001")
    assert saved.message.heading == "Saved"
    assert (await chat.type("save 2604.10001")).message.heading == "Saved already"
    assert titles((await chat.type("saved")).message) == ["Robust Reading"]
    assert (await chat.type("saved", by=an_actor(id="U8"))).message.heading == "Nothing saved yet"
    gone = await chat.press(button(saved.message, "Unsave"))
    assert (await chat.type("saved")).message.heading == "Nothing saved yet"
    await chat.press(button(gone.message, "Undo"))
    assert len((await chat.type("saved")).message.cards) == 1


async def test_a_saved_paper_offers_unsave_wherever_it_is_listed(chat: Chat) -> None:
    await chat.know(a_paper(title="Robust Reading", arxiv="2604.10001"))
    await chat.type("save 2604.10001")
    for line in ("search reading", "latest", "show 2604.10001", "saved"):
        assert button((await chat.type(line)).message, "Unsave")


async def test_saved_papers_come_in_pages(chat: Chat) -> None:
    for row in await chat.know(*topics(12)):
        await chat.press(f"save:{row}")
    first = await chat.type("saved")
    assert len(first.message.cards) == 10
    second = await chat.press(button(first.message, "Next"))
    assert len(second.message.cards) == 2


async def test_not_interested_hides_here_and_is_taken_back(chat: Chat) -> None:
    rows = await chat.know(*topics(2))
    await chat.type("subscribe committees")
    await post(chat, rows)
    reply = await chat.press(f"hide:{rows[0]}")
    assert reply.message.heading == "Not shown again for #nlp"
    assert (await chat.type("unread")).message.heading == "1 unread for #nlp"
    await chat.press(button(reply.message, "Undo"))
    assert (await chat.type("unread")).message.heading == "2 unread for #nlp"


async def test_not_interested_of_someone_who_manages_nothing_is_for_themselves(chat: Chat) -> None:
    rows = await chat.know(*topics(2))
    await chat.type("subscribe committees")
    await post(chat, rows)
    guest = an_actor(id="U8", manager=False)
    reply = await chat.press(f"hide:{rows[0]}", by=guest)
    assert reply.message.heading == "Not shown again for you"
    assert (await chat.type("unread")).message.heading == "2 unread for #nlp"
    assert (await chat.type("unread", by=guest)).message.heading == "1 unread for #nlp", "it is not shown to them again"
    assert (await chat.press(button(reply.message, "Undo"), by=guest)).message.heading == "May be shown again for you"
    assert (await chat.type("unread", by=guest)).message.heading == "2 unread for #nlp"


async def test_marks_of_reading_are_taken_back_by_who_made_them(chat: Chat) -> None:
    rows = await chat.know(*topics(3))
    await chat.type("subscribe committees")
    await post(chat, rows)
    ben = an_actor(id="U8")
    one = await chat.type("read committees volume 1")
    assert (await chat.type("unread")).message.heading == "2 unread for #nlp"
    every = await chat.type("read all")
    elsewhere = replace(HERE, address="C9", name="#other")
    assert (await chat.press(button(every.message, "Undo"), by=ben)).message.heading == "Nothing to undo"
    assert (await chat.press(button(every.message, "Undo"), at=elsewhere)).message.tone is Tone.WARNING
    assert (await chat.press(button(every.message, "Undo"))).message.heading == "2 papers unread again"
    assert (await chat.press(button(every.message, "Undo"))).message.heading == "Nothing to undo"
    assert (await chat.press(button(one.message, "Undo"), by=ben)).message.heading == "Nothing to undo"
    assert (await chat.press(button(one.message, "Undo"), at=elsewhere)).message.heading == "1 paper unread again", "it is read nowhere now"
    assert (await chat.type("unread")).message.heading == "3 unread for #nlp"


async def test_what_was_not_saved_is_not_saved_by_an_undo(chat: Chat) -> None:
    await chat.know(*topics(1))
    assert [one.label for one in (await chat.type("unsave committees volume 0")).message.buttons] == ["Save"]


async def test_the_line_below_a_list_is_about_whom_it_lists(chat: Chat) -> None:
    for line in ("subscribe graphs to:me", "mute word survey to:me"):
        await chat.type(line)
    assert (await chat.type("list all")).message.notice.endswith("unsubscribe #1 to:me")
    assert (await chat.type("mutes all")).message.notice.endswith("unmute #1 to:me")
    for line, told in (("settings to:me", "max:10 to:me"), ("schedule to:me", "UTC to:me"), ("edit #1 to:me", "types:new to:me")):
        assert told in (await chat.type(line)).message.notice
    assert "fill:unread to:me" in (await chat.type("preview to:me")).message.notice
    await chat.type("settings fill:unread to:me")
    assert (await chat.type("preview to:me")).message.notice == ""
    await chat.type("subscribe trees")
    assert (await chat.type("list all")).message.notice.endswith("unsubscribe #1")
