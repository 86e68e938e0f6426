"""Searching: pages, sharing and what was probably meant, through the real store."""

from __future__ import annotations

import pytest

from bot.domain.messages import Tone
from tests.builders import a_paper
from tests.interactions.chat import Chat, button, titles, topics


async def test_a_search_is_private_and_prints_the_query_as_it_was_understood(chat: Chat) -> None:
    await chat.know(a_paper(title="State Space Models for Committees"), a_paper(title="Something else entirely"))
    reply = await chat.type('search "State-Space Models"')
    assert reply.private
    assert reply.message.heading == "1 paper"
    assert reply.message.intro == '"state space models"'
    assert titles(reply.message) == ["State Space Models for Committees"]
    assert any(span.strong and "State" in span.text for span in reply.message.cards[0].title)


async def test_pages_turn_forth_and_back_in_place(chat: Chat) -> None:
    await chat.know(*topics(23))
    first = await chat.type("search committees sort:new")
    assert first.message.heading == "23 papers"
    assert "1–10 of 23" in first.message.notice
    second = await chat.press(button(first.message, "Next"))
    assert second.update
    third = await chat.press(button(second.message, "Next"))
    assert "21–23 of 23" in third.message.notice
    assert "Next" not in [one.label for one in third.message.buttons]
    shown = titles(first.message) + titles(second.message) + titles(third.message)
    assert len(shown) == len(set(shown)) == 23
    back = await chat.press(button(third.message, "Previous"))
    assert titles(back.message) == titles(second.message)


async def test_a_page_beyond_the_end_is_said_to_be_one(chat: Chat) -> None:
    await chat.know(*topics(12))
    token = button((await chat.type("search committees")).message, "Next").action.split(":")[1]
    reply = await chat.press(f"page:{token}:7")
    assert "last page" in reply.message.heading
    assert not reply.update


async def test_buttons_of_a_private_answer_are_forgotten_in_time_and_those_of_a_shared_one_work_on(chat: Chat) -> None:
    await chat.know(*topics(12))
    private, page = await chat.type("search committees"), await chat.type("search volume")
    shared = await chat.press(button(page.message, "Share"))
    turn, others = button(private.message, "Next"), button(shared.message, "All of them, only for me")
    chat.clock.advance(100 * 86_400)
    await chat.type("search something else")
    await chat.store.write_all_down()
    late = await chat.press(turn)
    assert late.private and late.message.tone is Tone.WARNING and late.message.heading.casefold().startswith("this button is out of date")
    assert (await chat.press(others)).message.heading == page.message.heading


async def test_share_shows_the_page_to_everybody_and_names_who_shared_it(chat: Chat) -> None:
    await chat.know(*topics(2))
    shared = await chat.press(button((await chat.type("search committees")).message, "Share"))
    assert not shared.private
    assert shared.message.heading == "Ana shared a search: 2 papers"
    again = await chat.press(button(shared.message, "All of them, only for me"))
    assert again.private
    assert not again.update


async def test_a_misspelt_word_is_repaired_and_the_repair_is_one_press_away(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("search comittees")
    assert reply.message.heading == "No paper matches"
    item = next(item for item in reply.message.items if item.label == "Did you mean")
    assert (item.text, item.detail) == ("committees", "3 papers")
    assert (await chat.press(item.buttons[0])).message.heading == "3 papers"


async def test_a_misspelt_author_is_repaired(chat: Chat) -> None:
    await chat.know(a_paper(authors=("Robin Jia",)))
    reply = await chat.type('search by:"Robbin Jia"')
    assert [item.text for item in reply.message.items if item.label == "Did you mean"] == ['by:"Robin Jia"']


async def test_an_author_found_by_a_word_is_marked_and_not_folded_away(chat: Chat) -> None:
    await chat.know(a_paper(title="Mamba", authors=(*(f"Ann Other{letter}" for letter in "abcdefgh"), "Kah Chan Teh")))
    [card] = (await chat.type("search teh mamba")).message.cards
    assert [span.text for span in card.byline if span.strong] == ["Kah Chan Teh"]
    [card] = (await chat.type('search "chan teh"')).message.cards
    assert [span.text for span in card.byline if span.strong] == ["Kah Chan Teh"]
    [card] = (await chat.type("search mamba")).message.cards
    assert not any(span.strong for span in card.byline)


async def test_a_name_without_quotes_is_understood_as_one(chat: Chat) -> None:
    await chat.know(a_paper(title="Mamba", authors=("Robin Bo Jia",)), a_paper(title="Other", authors=("Robin Hood",)))
    for typed, meant in {"by:Robin Bo Jia": 'by:"Robin Bo Jia"', "mamba by:robin bo jia": 'mamba by:"Robin Bo Jia"'}.items():
        reply = await chat.type(f"search {typed}")
        assert [(item.text, item.detail) for item in reply.message.items if item.label == "Did you mean"] == [(meant, "1 paper")]


async def test_a_category_that_nobody_files_under_is_repaired(chat: Chat) -> None:
    await chat.know(*topics(3), a_paper(title="Another one", categories=("cs.CL",)))
    reply = await chat.type("search committees in:cs.CK")
    assert [item.text for item in reply.message.items if item.label == "Did you mean"] == ["committees in:cs.CL"]
    reply = await chat.type("search glaciers in:cs.CL")
    assert "Did you mean" not in [item.label for item in reply.message.items]


async def test_a_name_is_printed_as_it_was_typed_on_every_page(chat: Chat) -> None:
    await chat.know(*(a_paper(title=f"Paper {number}", authors=("Yann LeCun",)) for number in range(11)))
    first = await chat.type("search by:LeCun")
    assert first.message.intro == "by:LeCun"
    assert (await chat.press(button(first.message, "Next"))).message.intro == "by:LeCun"


async def test_nothing_found_offers_the_broader_query_that_finds_most(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("search committees in:cs.RO")
    item = next(item for item in reply.message.items if item.label == "Broader")
    assert (item.text, item.detail) == ("committees", "3 papers")


async def test_where_two_parts_find_nothing_together_each_is_tried_alone(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("search committees in:cs.RO org:nowhere")
    assert [item.text for item in reply.message.items if item.label == "Broader"] == ["committees"]


async def test_a_phrase_that_nobody_wrote_is_offered_as_words(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type('search "volume committees"')
    assert [item.text for item in reply.message.items if item.label == "Broader"] == ["committees volume"]


async def test_where_no_paper_has_all_the_words_those_that_have_some_are_shown_and_said_to_be_that(chat: Chat) -> None:
    await chat.know(*topics(12), a_paper(title="Reading rooms", abstract="Where people sit and read what committees wrote about glaciers."))
    message = (await chat.type("search committees glaciers teapots")).message
    assert message.heading == "No paper has all the words; these have some"
    assert titles(message)[0] == "Reading rooms"
    assert message.notice.startswith("1–10 of 13 with any of the words")
    assert "Broader" in [item.label for item in message.items]
    second = await chat.press(button(message, "Next"))
    assert len(titles(second.message)) == 3
    assert not set(titles(second.message)) & set(titles(message))


@pytest.mark.parametrize("line", ['search "unclosed', "search -only", "search a*", "search by:"])
async def test_a_query_that_cannot_be_read_is_explained(chat: Chat, line: str) -> None:
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert reply.message.intro, "there is a next step"


async def test_a_hostile_title_passes_as_plain_text(chat: Chat) -> None:
    title = "Committees <!channel> *bold* `code` @everyone ]](javascript:alert(1)) \u202e<script>"
    await chat.know(a_paper(title=title))
    reply = await chat.type("search committees")
    assert titles(reply.message) == [title]
    assert titles((await chat.type("latest")).message) == [title]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("search reading srot:new", "search reading sort:new"),
        ('search reading srot:"nw"', "search reading sort:new"),
        ("subscribe reading mx:ten to:me", "subscribe reading to:me max:10"),
        ("subscribe reading typs:new", "subscribe reading types:new"),
        ("rehearse reading dyas:3", "rehearse reading days:3"),
    ],
)
async def test_a_misspelt_option_inside_a_query_is_offered_as_it_should_be(chat: Chat, line: str, offered: str) -> None:
    reply = await chat.type(line)
    assert "has no option" in reply.message.heading and [one.label for one in reply.message.buttons] == [offered]
    assert (await chat.press(reply.message.buttons[0])).message.tone is not Tone.WARNING


async def test_a_word_that_is_hardly_like_an_option_is_none(chat: Chat) -> None:
    assert (await chat.type("export csv from:2020")).message.heading == 'There is no field "from"'


async def test_an_open_bracket_is_closed_once(chat: Chat) -> None:
    reply = await chat.type("search (reading")
    assert [one.label for one in reply.message.buttons] == ["search (reading)", "search reading"]


async def test_the_code_of_a_category_is_one_without_its_field(chat: Chat) -> None:
    await chat.know(*topics(2))
    assert (await chat.type("search cs.CL")).message.heading == "2 papers"
    assert (await chat.type("search cs.cl committees")).message.intro == "committees in:cs.CL"
    assert (await chat.type("subscribe cs.LG")).message.intro == "in:cs.LG"
    assert (await chat.type("mute cs.CL")).message.intro.startswith("category cs.CL")
    assert (await chat.type('subscribe "cs.LG"')).message.intro == '"cs lg"', "quoted words stay words"
