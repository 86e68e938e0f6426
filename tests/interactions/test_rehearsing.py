"""Trying a rule out, and making it narrower one press at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.messages import Message, Tone
from bot.domain.papers import Paper
from bot.query.language import parse_query
from bot.query.tightening import capped, narrower, shown_with, telling_words, title_only
from tests.builders import NOON, a_paper, an_actor
from tests.interactions.chat import HERE, Chat, button, text_of

TODAY = NOON.date()


def library() -> list[Paper]:
    """Thirty papers about looms, ten of them about weaving too, six of these surveys; and sixty about whales."""
    found = []
    for number in range(30):
        topic = "weaving silk" if number % 3 == 0 else "mending ropes"
        kind = "A survey of" if number % 5 == 0 else "On"
        title = f"{kind} {topic if number % 2 else 'machines'} number {number}"
        found.append(
            a_paper(
                title=title if number % 2 else f"Looms: {title}",
                abstract=f"We study looms and {topic} in case {number}, with {'survey' if number % 5 == 0 else 'plain'} methods {number}.",
                submitted=TODAY - timedelta(days=number % 6),
                categories=("cs.CL",) if number % 4 else ("cs.RO",),
            )
        )
    whales = [
        a_paper(title=f"Whales {number}", abstract=f"Whales with plain methods study case {number} of the sea {number}.", submitted=TODAY)
        for number in range(60)
    ]
    return [*found, *whales]


def fewer(message: Message) -> dict[str, str]:
    return {item.text.partition(",")[0]: item.text for item in message.items if item.label == "Fewer:"}


# --- what is proposed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "narrow"),
    [
        ("looms", "title:looms"),
        ("looms -survey", "title:looms -survey"),
        ('by:"Ada Lovelace" looms | ropes', None),
        ("title:looms", None),
        ('by:"Ada Lovelace"', None),
    ],
)
def test_titles_only_keeps_everything_else(query: str, narrow: str | None) -> None:
    found = title_only(parse_query(query))
    if narrow:
        assert found and found.canonical == parse_query(narrow).canonical
    elif "|" in query:
        assert found and "title:looms" in found.canonical and 'by:"Ada Lovelace"' in found.canonical
    else:
        assert found is None


def test_telling_words_are_not_what_is_asked_for_nor_what_every_paper_says() -> None:
    papers = library()
    told = telling_words(parse_query("looms"), papers[:30], papers)
    assert {"weaving", "ropes"} & set(told)
    assert not {"looms", "study", "methods", "with", "plain"} & set(told)


def test_a_word_of_half_the_papers_tells_nothing_if_all_others_say_it_too() -> None:
    sample = [a_paper(title=f"Looms {number}", abstract="wooden frames" if number % 2 else "with methods") for number in range(10)]
    others = [a_paper(title=f"Whales {number}", abstract="with methods") for number in range(10)]
    assert set(telling_words(parse_query("looms"), sample, others)) == {"wooden", "frames"}


def test_nothing_is_proposed_that_is_the_rule_itself_or_too_long_to_ask() -> None:
    long = " OR ".join(f"word{number}" for number in range(30))
    found = narrower(parse_query(f"({long}) title:looms"), library()[:30], library())
    assert all(len(one.query.canonical) <= 512 for one in found)
    assert narrower(parse_query("title:looms"), [], []) == []


def test_a_maximum_is_offered_only_where_some_day_has_more() -> None:
    query = parse_query("looms")
    days = {TODAY: 7, TODAY - timedelta(days=1): 2}
    found = capped(query, days)
    assert found and (found.maximum, shown_with(days, 5)) == (5, 7)
    assert (tighter := capped(query, days, 5)) and tighter.maximum == 3
    assert capped(query, {TODAY: 1}) is None


# --- in chat ---------------------------------------------------------------------------------------------------------


async def test_each_narrower_rule_says_what_it_would_have_brought_and_shows_it_in_place(chat: Chat) -> None:
    await chat.know(*library())
    first = await chat.type("rehearse looms")
    assert first.message.heading == "30 papers in the last 30 days"
    offered = fewer(first.message)
    assert offered["title only"] == "title only, 15 papers instead of 30"
    assert any(name.startswith("with ") for name in offered) and any(name.startswith("without ") for name in offered)
    assert offered["at most 3 in a digest"] == "at most 3 in a digest, 18 papers instead of 30"
    press = next(item.buttons[0] for item in first.message.items if item.text.startswith("title only"))
    second = await chat.press(press)
    assert second.update and second.message.heading == "15 papers in the last 30 days"
    assert second.message.intro == "title:looms"
    back = await chat.press(button(second.message, "Back"))
    assert back.message.heading == "30 papers in the last 30 days"
    assert await chat.store.channels() == [], "looking changes nothing"


async def test_what_is_subscribed_is_what_was_looked_at_with_its_maximum(chat: Chat) -> None:
    await chat.know(*library())
    first = await chat.type("rehearse looms")
    capped_one = await chat.press(next(item.buttons[0] for item in first.message.items if "at most 3" in item.text))
    assert "With max:3 a digest a day would have shown 18 of them." in capped_one.message.notice
    titled = await chat.press(next(item.buttons[0] for item in capped_one.message.items if item.text.startswith("title only")))
    await chat.press(button(titled.message, "Subscribe to this"))
    assert [(one.query, one.maximum) for one in await chat.store.subscriptions(HERE)] == [("title:looms", 3)]


async def test_a_subscription_that_brings_much_is_narrowed_in_place_and_undone(chat: Chat) -> None:
    await chat.know(*library())
    made = await chat.type("subscribe looms")
    choices = await chat.press(button(made.message, "Fewer papers"))
    assert "Change #1" not in " ".join(one.label for one in choices.message.buttons)
    looked = await chat.press(next(item.buttons[0] for item in choices.message.items if item.text.startswith("title only")))
    changed = await chat.press(button(looked.message, "Change #1 to this"))
    assert changed.message.heading == "Changed: #1 for #nlp"
    assert [one.query for one in await chat.store.subscriptions(HERE)] == ["title:looms"]
    await chat.press(button(changed.message, "Undo"))
    assert [one.query for one in await chat.store.subscriptions(HERE)] == ["looms"]


async def test_looking_is_free_and_changing_is_not(chat: Chat) -> None:
    await chat.know(*library())
    guest = an_actor(id="U8", manager=False)
    await chat.type("subscribe looms")
    choices = await chat.press("tighten:1:here", by=guest)
    looked = await chat.press(next(item.buttons[0] for item in choices.message.items if item.text.startswith("title only")), by=guest)
    refused = await chat.press(button(looked.message, "Change #1 to this"), by=guest)
    assert "Only people who manage #nlp" in refused.message.heading
    assert [one.query for one in await chat.store.subscriptions(HERE)] == ["looms"]


async def test_a_rule_that_brings_little_is_not_made_narrower(chat: Chat) -> None:
    await chat.know(*library()[:4])
    assert fewer((await chat.type("rehearse looms")).message) == {}
    assert "Fewer" not in " ".join(one.label for one in (await chat.type("subscribe looms")).message.buttons)


async def test_a_narrower_rule_after_its_subscription_ended_is_a_kind_line(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.know(*library())
    await chat.type("subscribe looms")
    choices = await chat.press("tighten:1:here")
    looked = await chat.press(next(item.buttons[0] for item in choices.message.items if item.text.startswith("title only")))
    await chat.type("unsubscribe 1")
    for press in (button(looked.message, "Change #1 to this"), "tighten:1:here"):
        reply = await chat.press(press)
        assert "#1 has ended already" in reply.message.heading
    search = button((await chat.type("search looms")).message, "Share").action.split(":")[1]
    assert (await chat.press(f"use:{search}")).message.tone is Tone.WARNING
    assert not caplog.records


async def test_a_shared_rehearsal_is_of_the_rule_and_has_nothing_to_press(chat: Chat) -> None:
    await chat.know(*library())
    shared = await chat.press(button((await chat.type("rehearse looms")).message, "Share"))
    assert shared.message.heading == "Ana shared: 30 papers in the last 30 days"
    assert "Fewer" not in text_of(shared.message) and not shared.message.buttons
