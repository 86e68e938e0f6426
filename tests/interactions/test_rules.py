"""Subscriptions: made, ended, brought back and listed, through the real store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.messages import Tone
from tests.builders import NOON, a_destination, a_paper, an_actor, some_settings
from tests.interactions.chat import HERE, Chat, button, text_of, titles, topics

ME = an_actor().personal


async def queries(chat: Chat, place: object = HERE) -> list[str]:
    return [one.query for one in await chat.store.subscriptions(place)]  # type: ignore[arg-type]


async def test_a_change_echoes_the_rule_its_number_its_volume_and_an_undo(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("subscribe author jia,   robin")
    assert reply.private
    assert reply.message.heading == "Subscribed: #1 for #nlp"
    assert reply.message.intro == 'by:"Robin Jia"'
    assert "brought no paper, and none in the library matches" in reply.message.notice
    second = await chat.type("subscribe committees")
    assert second.message.heading == "Subscribed: #2 for #nlp"
    assert "would have brought 3 papers on Tue 21 Apr" in second.message.notice
    assert "Next digest: Thu 23 Apr 09:00 (UTC)" in second.message.notice
    assert "█" in second.message.chart
    await chat.press(button(second.message, "Undo"))
    assert await queries(chat) == ['by:"Robin Jia"']


@pytest.mark.parametrize(
    ("line", "query", "kind"),
    [
        ("subscribe author Robin Jia", 'by:"Robin Jia"', "author"),
        ('subscribe author "Robin Jia"', 'by:"Robin Jia"', "author"),
        ("subscribe keyword state space models", '"state space models"', "keyword"),
        ("subscribe category cs.CL", "in:cs.CL", "category"),
        ("subscribe org Stanford", "org:stanford", "org"),
        ("subscribe graph parsing -survey", "graph parsing -survey", "query"),
        ('follow by:"Robin Jia"', 'by:"Robin Jia"', "author"),
        ("subscribe in:cs.CL", "in:cs.CL", "category"),
    ],
)
async def test_every_kind_becomes_one_canonical_query(chat: Chat, line: str, query: str, kind: str) -> None:
    await chat.type(line)
    found = await chat.store.subscriptions(HERE)
    assert [(one.query.casefold(), one.kind) for one in found] == [(query.casefold(), kind)]
    assert found[0].created_by == "slack:U7"


async def test_a_first_subscription_sets_the_channel_up_and_posts_nothing_old(chat: Chat) -> None:
    await chat.know(*topics(3))
    reply = await chat.type("subscribe committees")
    channel = await chat.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel is not None
    assert channel.next_at is not None
    assert channel.next_at > NOON
    assert await chat.store.fresh(channel.destination, limit=10) == []
    assert "Nothing older is posted." in reply.message.notice


async def test_the_last_seven_days_are_shown_only_to_the_asker(chat: Chat) -> None:
    today = NOON.date()
    recent = a_paper(title="Committees now", submitted=today - timedelta(days=3))
    old = a_paper(title="Committees then", submitted=today - timedelta(days=20), abstract="old " * 40)
    await chat.know(recent, old)
    reply = await chat.press(button((await chat.type("subscribe title:committees")).message, "Show me the last 7 days"))
    assert reply.private
    assert titles(reply.message) == ["Committees now"]
    assert reply.message.heading == "1 paper in the last 7 days"


async def test_a_followed_name_is_shown_as_it_was_typed_and_found_however_it_is_typed(chat: Chat) -> None:
    assert 'by:"Yann LeCun"' in (await chat.type("subscribe author Yann LeCun")).message.intro
    assert "already" in (await chat.type('subscribe by:"yann lecun"')).message.heading
    [item] = (await chat.type("subscriptions")).message.items
    assert item.text == 'by:"Yann LeCun"'
    ended = await chat.type('unsubscribe by:"YANN LECUN"')
    assert 'by:"Yann LeCun"' in ended.message.intro


async def test_the_same_rule_twice_is_one_subscription(chat: Chat) -> None:
    await chat.type("subscribe committees readers")
    again = await chat.type("subscribe READERS  committees")
    assert again.message.heading == "Subscribed already: #1 for #nlp"
    assert "Undo" not in [one.label for one in again.message.buttons]


async def test_to_me_subscribes_the_asker_whatever_the_place(chat: Chat) -> None:
    reply = await chat.type("subscribe committees to:me")
    assert reply.message.heading == "Subscribed: #1 for you"
    assert await queries(chat) == []
    assert await queries(chat, ME) == ["committees"]
    await chat.press(button(reply.message, "Undo"))
    assert await queries(chat, ME) == []


async def test_here_in_a_direct_message_is_the_asker(chat: Chat) -> None:
    await chat.type("subscribe committees", at=ME)
    assert await queries(chat, ME) == ["committees"]


@pytest.mark.parametrize("line", ["subscribe since:7d", "subscribe graphs since:30d", "subscribe -only", 'subscribe "open', "subscribe a*"])
async def test_a_rule_that_cannot_stand_is_refused_and_nothing_is_set_up(chat: Chat, line: str) -> None:
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert reply.message.intro
    assert await chat.store.channels() == []


@pytest.mark.parametrize("named", ["2", "#2", 'by:"Robin Jia"', "Robin Jia", "author Robin Jia", "jia"])
async def test_a_subscription_is_ended_by_number_or_text(chat: Chat, named: str) -> None:
    await chat.type("subscribe committees")
    await chat.type("subscribe author Robin Jia")
    reply = await chat.type(f"unsubscribe {named.removeprefix('author ')}")
    assert reply.message.heading == "Ended: #2 for #nlp"
    assert await queries(chat) == ["committees"]


async def test_an_ended_subscription_comes_back_with_its_number(chat: Chat) -> None:
    for word in ("graphs", "committees", "readers"):
        await chat.type(f"subscribe {word}")
    ended = await chat.type("unsubscribe 2")
    assert await queries(chat) == ["graphs", "readers"]
    back = await chat.press(button(ended.message, "Undo"))
    assert back.message.heading == "Back again: #2 for #nlp"
    assert await queries(chat) == ["graphs", "committees", "readers"]


@pytest.mark.parametrize("line", ["unsubscribe 7", "unsubscribe nothing like it", "unsubscribe 1 to:me"])
async def test_an_unknown_subscription_points_to_the_list(chat: Chat, line: str) -> None:
    await chat.type("subscribe committees")
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert "/papers subscriptions" in reply.message.intro
    assert await queries(chat) == ["committees"]


async def test_pressing_remove_twice_says_it_has_ended(chat: Chat) -> None:
    await chat.type("subscribe committees")
    remove = button((await chat.type("list")).message, "Remove")
    assert (await chat.press(remove)).message.heading == "Ended: #1 for #nlp"
    assert "ended already" in (await chat.press(remove)).message.heading


async def test_what_the_configuration_declares_is_not_ended_from_chat(chat: Chat) -> None:
    await chat.store.add_channel(HERE, some_settings(), next_at=NOON, origin="config")
    await chat.store.subscribe(HERE, "committees", "query", by="config", at=NOON, origin="config")
    reply = await chat.type("unsubscribe 1")
    assert "configuration" in reply.message.heading
    assert await queries(chat) == ["committees"]
    assert (await chat.type("list")).message.items[0].buttons == ()


async def test_lists_are_of_here_of_oneself_or_of_both(chat: Chat) -> None:
    await chat.type("subscribe graphs")
    await chat.type("subscribe author Robin Jia to:me")
    here, mine, both = [await chat.type(line) for line in ("list", "list me", "list all")]
    assert [item.text for item in here.message.items] == ["graphs"]
    assert [item.text for item in mine.message.items] == ['by:"Robin Jia"']
    assert both.message.heading == "2 subscriptions for #nlp and you"
    assert [item.label for item in both.message.items] == ["#1", "#1"]
    assert [one.label for one in both.message.items[1].buttons] == ["Edit", "Remove"]
    await chat.press(both.message.items[1].buttons[1])
    assert (await queries(chat), await queries(chat, ME)) == (["graphs"], [])


async def test_an_empty_list_says_how_to_begin(chat: Chat) -> None:
    assert "/papers subscribe" in (await chat.type("subscriptions")).message.intro


async def test_a_rehearsal_counts_draws_and_shows_examples_and_changes_nothing(chat: Chat) -> None:
    today = NOON.date()
    await chat.know(*(a_paper(title=f"Committees {i}", abstract=f"{i} " * 60, submitted=today - timedelta(days=i % 4)) for i in range(9)))
    reply = await chat.type("rehearse committees days:10")
    assert reply.message.heading == "9 papers in the last 10 days"
    assert "most on Wed 22 Apr (3)" in reply.message.notice
    assert [item.label for item in reply.message.items].count("Wed 22 Apr") == 3
    assert sum(item.label != "Fewer:" for item in reply.message.items) == 5
    assert "█" in reply.message.chart
    assert await chat.store.channels() == []
    subscribed = await chat.press(button(reply.message, "Subscribe to this"))
    assert subscribed.message.heading == "Subscribed: #1 for #nlp"


async def test_a_rule_without_recent_papers_says_how_many_older_ones_there_are(chat: Chat) -> None:
    await chat.know(a_paper(title="Committees then", submitted=NOON.date() - timedelta(days=90)))
    reply = await chat.type("subscribe title:committees")
    assert "brought no paper, 1 older one is in the library." in reply.message.notice


async def test_a_rehearsal_of_silence_says_so(chat: Chat) -> None:
    reply = await chat.type("rehearse quaternions")
    assert reply.message.heading == "0 papers in the last 30 days"
    assert reply.message.chart == ""


async def test_a_search_becomes_a_subscription_in_one_press(chat: Chat) -> None:
    await chat.know(*topics(2))
    found = await chat.type("search committees -robots")
    await chat.press(button(found.message, "Subscribe #nlp to this"))
    await chat.press(button(found.message, "Subscribe me"))
    assert await queries(chat) == ["committees -robots"]
    assert await queries(chat, ME) == ["committees -robots"]


async def test_an_author_of_a_card_is_followed_by_the_asker_and_on_offer_by_the_channel(chat: Chat) -> None:
    await chat.know(a_paper(authors=("Ada Lovelace", "Robin Jia")))
    reply = await chat.press(button((await chat.type("latest")).message, "Subscribe me to Robin Jia"))
    assert reply.message.intro == 'by:"Robin Jia"'
    assert await queries(chat, ME) == ['by:"Robin Jia"']
    assert await queries(chat) == []
    await chat.press(button(reply.message, "Also for #nlp"))
    assert await queries(chat) == ['by:"Robin Jia"']


async def test_a_channel_of_another_workspace_is_out_of_reach(chat: Chat) -> None:
    await chat.type("subscribe committees")
    foreign = a_destination(tenant="slack:T2")
    stranger = an_actor(id="U8", tenant="slack:T2")
    for line in ("list", "unsubscribe 1", "settings", "settings max:3", "pause", "subscribe graphs", "unread", "status", "preview"):
        reply = await chat.type(line, by=stranger, at=foreign)
        assert "committees" not in text_of(reply.message), line
    for action in ("unsub:1", "undo:sub:1", "undo:unsub:1", "pause", "resume", "recent:1"):
        assert "committees" not in text_of((await chat.press(action, by=stranger, at=foreign)).message)
    channel = await chat.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel is not None
    assert (channel.settings.maximum, channel.paused) == (10, "")
    assert await queries(chat) == ["committees"]


async def test_every_change_that_is_pressed_twice_is_made_once(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.know(*topics(2))
    found = await chat.type("search committees")
    for label in ("Subscribe #nlp to this", "Subscribe me"):
        first, second = [await chat.press(button(found.message, label)) for _ in range(2)]
        assert first.message.heading.startswith("Subscribed: #1") and second.message.heading.startswith("Subscribed already: #1")
    undo = button((await chat.type("edit 1 max:3")).message, "Undo")
    assert (await chat.press(undo)).message.heading == "Changed: #1 for #nlp"
    assert "like that already" in (await chat.press(undo)).message.heading
    ended = button((await chat.type("unsubscribe 1")).message, "Undo")
    for _ in range(2):
        assert (await chat.press(ended)).message.heading == "Back again: #1 for #nlp"
    assert await queries(chat) == ["committees"]
    assert not caplog.records
