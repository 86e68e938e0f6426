"""Schedule, pause, settings, preview and status, and who may change them, through the real store."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.domain.coverage import Coverage, DayState
from bot.domain.deliveries import Occurrence
from bot.domain.messages import Tone
from bot.domain.subscriptions import Channel, Destination
from bot.ports import SourceRun
from bot.services.permissions import may_manage
from tests.builders import NOON, a_destination, a_message, an_actor, later
from tests.interactions.chat import HERE, Chat, button, text_of, topics

ME = an_actor().personal


async def channel_of(chat: Chat, place: Destination = HERE) -> Channel:
    found = await chat.store.channel(place.key, tenant=place.tenant)
    assert found is not None
    return found


def at(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# --- schedule --------------------------------------------------------------------------------------------------------


async def test_a_schedule_is_stored_with_its_zone_and_says_when_the_next_digest_comes(chat: Chat) -> None:
    reply = await chat.type("schedule mon-fri 8:30 Europe/Berlin")
    assert reply.message.heading == "Digests for #nlp: mon-fri 08:30 Europe/Berlin"
    assert reply.message.intro == "Next digest: Thu 23 Apr 08:30 (Europe/Berlin)."
    assert (await channel_of(chat)).next_at == at(23, 6, 30)
    assert (await chat.type("schedule")).message.heading == reply.message.heading


async def test_only_the_zone_can_be_changed(chat: Chat) -> None:
    await chat.type("schedule daily 10:00")
    await chat.type("schedule tz:america/new_york")
    assert (await channel_of(chat)).next_at == at(22, 14)
    assert (await channel_of(chat)).settings.schedule.zone == "America/New_York"


async def test_a_new_time_later_today_still_counts_today(chat: Chat) -> None:
    await chat.type("schedule daily 09:00")
    await chat.type("schedule daily 17:00")
    assert (await channel_of(chat)).next_at == at(22, 17)


async def test_a_day_that_had_its_digest_gets_no_second_one(chat: Chat) -> None:
    rows = await chat.know(*topics(1))
    await chat.type("schedule daily 09:00")
    posted = Occurrence(
        destination=HERE,
        slot="2026-04-22",
        shown=((rows[0], "matched"),),
        rest=(),
        messages=(a_message(),),
        next_at=at(23, 9),
        local_date=date(2026, 4, 22),
    )
    assert await chat.store.enqueue(posted, at=at(22, 9))
    reply = await chat.type("schedule daily 17:00")
    assert "Thu 23 Apr 17:00" in reply.message.intro
    assert (await channel_of(chat)).next_at == at(23, 17)


async def test_a_schedule_is_undone(chat: Chat) -> None:
    await chat.type("schedule daily 09:00")
    reply = await chat.type("schedule mon 17:00 Europe/Berlin")
    undone = await chat.press(button(reply.message, "Undo"))
    assert undone.message.heading == "As before: settings for #nlp"
    channel = await channel_of(chat)
    assert (str(channel.settings.schedule), channel.settings.schedule.zone, channel.next_at) == ("daily 09:00", "UTC", at(23, 9))


@pytest.mark.parametrize("line", ["schedule whenever", "schedule mon 25:00", "schedule daily 9:00 Mars/Olympus", "schedule tz:Nowhere"])
async def test_a_schedule_that_is_not_one_changes_nothing(chat: Chat, line: str) -> None:
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert reply.message.intro
    assert await chat.store.channels() == []


# --- pause -----------------------------------------------------------------------------------------------------------


async def test_a_pause_says_by_whom_and_resume_begins_with_the_next_digest(chat: Chat) -> None:
    await chat.type("schedule daily 09:00")
    paused = await chat.type("pause")
    assert paused.message.heading == "Paused for #nlp"
    assert (await channel_of(chat)).paused == "paused by Ana"
    assert (await channel_of(chat)).next_at is None
    assert "paused by Ana" in text_of((await chat.type("status")).message)
    resumed = await chat.press(button(paused.message, "Resume"))
    assert resumed.message.heading == "Posting again for #nlp"
    assert (await channel_of(chat)).next_at == at(23, 9)
    assert (await channel_of(chat)).paused == ""
    assert (await chat.type("resume")).message.heading == "Not paused for #nlp"


async def test_a_pause_until_a_day_puts_the_next_digest_off(chat: Chat) -> None:
    await chat.type("schedule mon-fri 09:00 Europe/Berlin")
    reply = await chat.type("pause until 2026-05-02")
    assert "Next digest: Mon 4 May 09:00 (Europe/Berlin)" in reply.message.intro
    assert (await channel_of(chat)).next_at == at(4, 7, month=5)
    await chat.type("schedule mon-fri 10:00 Europe/Berlin")
    assert (await channel_of(chat)).next_at == at(4, 8, month=5), "a new time does not end the pause"
    await chat.type("resume")
    assert (await channel_of(chat)).next_at == at(23, 8)


async def test_a_schedule_changed_in_a_pause_leaves_it_paused(chat: Chat) -> None:
    await chat.type("schedule daily 09:00")
    await chat.type("pause")
    await chat.type("schedule daily 10:00")
    assert (await channel_of(chat)).next_at is None
    await chat.type("resume")
    assert (await channel_of(chat)).next_at == at(23, 10)


@pytest.mark.parametrize("line", ["pause yesterday", "pause 2020-01-01", "pause until never"])
async def test_a_pause_until_no_day_is_refused(chat: Chat, line: str) -> None:
    await chat.type("schedule daily 09:00")
    assert (await chat.type(line)).message.tone is Tone.WARNING
    assert (await channel_of(chat)).next_at == at(23, 9)


async def test_instant_posts_are_paused_without_a_day_only(chat: Chat) -> None:
    await chat.type("settings deliver:instant")
    assert (await chat.type("pause 7d")).message.tone is Tone.WARNING
    assert (await chat.type("pause")).message.heading == "Paused for #nlp"


@pytest.mark.parametrize("line", ["pause", "resume", "pause 3d"])
async def test_where_nothing_is_posted_there_is_nothing_to_pause(chat: Chat, line: str) -> None:
    assert "nothing is posted here" in (await chat.type(line)).message.heading.casefold()


# --- settings --------------------------------------------------------------------------------------------------------


async def test_settings_are_changed_shown_and_undone(chat: Chat) -> None:
    reply = await chat.type("settings max:5 style:cards fill:unread types:update,new deliver:instant")
    now = (await channel_of(chat)).settings
    assert (now.maximum, now.style, now.fill, now.types, now.deliver) == (5, "cards", "unread", ("new", "update"), "instant")
    shown = await chat.type("settings")
    assert ("max", "5") in [(item.label, item.text) for item in shown.message.items]
    assert shown.message.buttons == ()
    await chat.press(button(reply.message, "Undo"))
    before = (await channel_of(chat)).settings
    assert (before.maximum, before.style, before.fill, before.types, before.deliver) == (10, "digest", "none", ("new", "cross"), "digest")


async def test_where_there_are_no_forums_a_thread_is_announced_instead(chat: Chat) -> None:
    reply = await chat.type("settings as:forum")
    assert (await channel_of(chat)).settings.style == "forum"
    assert "no forum posts here" in reply.message.notice and reply.message.buttons


async def test_settings_of_a_place_without_any_change_nothing_by_looking(chat: Chat) -> None:
    assert "Nothing is set up" in (await chat.type("settings")).message.heading
    assert "Nothing is set up" in (await chat.type("schedule")).message.heading
    assert await chat.store.channels() == []


async def test_settings_that_are_none_are_refused(chat: Chat) -> None:
    assert (await chat.type("settings types:old")).message.tone is Tone.WARNING
    assert await chat.store.channels() == []


async def test_ones_own_settings_are_apart_from_the_channels(chat: Chat) -> None:
    await chat.type("settings max:5 to:me")
    await chat.type("settings max:7")
    assert (await channel_of(chat, ME)).settings.maximum == 5
    assert (await channel_of(chat)).settings.maximum == 7


async def test_an_undo_does_not_reach_another_place(chat: Chat) -> None:
    await chat.type("settings max:5")
    undo = button((await chat.type("settings max:7")).message, "Undo")
    reply = await chat.press(undo, at=a_destination("slack:C9OTHER"))
    assert reply.message.tone is Tone.WARNING
    assert (await channel_of(chat)).settings.maximum == 7


# --- preview and status ----------------------------------------------------------------------------------------------


async def test_a_preview_is_private_and_its_rest_button_is_left_out(chat: Chat) -> None:
    await chat.type("subscribe committees")
    chat.previewed = a_message()
    reply = await chat.type("preview")
    assert reply.private
    assert reply.message.heading.startswith("Preview: 2 new papers")
    assert reply.message.buttons == ()
    assert len(reply.message.cards) == 2


async def test_an_empty_preview_says_when_the_next_digest_comes(chat: Chat) -> None:
    assert "Nothing is set up" in (await chat.type("preview")).message.heading
    await chat.type("subscribe committees")
    assert "Next digest: Thu 23 Apr" in (await chat.type("preview")).message.intro


async def test_status_shows_sources_and_this_place_but_no_other(chat: Chat) -> None:
    await chat.know(*topics(3))
    await chat.type("subscribe committees")
    await chat.type("subscribe graphs", at=a_destination("slack:C9OTHER", name="#secret"))
    await chat.type("subscribe graphs", by=an_actor(id="U9"), at=an_actor(id="U9").personal)
    run = SourceRun(source="arxiv", started_at=NOON, finished_at=NOON, read=3, new=3)
    await chat.store.record_run(run)
    day = Coverage(source="arxiv", category="cs.CL", day=NOON.date(), state=DayState.STALLED, looked_at=NOON, note="an old batch")
    await chat.store.cover([day])
    said = text_of((await chat.type("status")).message)
    assert "3 papers · 1 subscription" in said and "looks again in 60 min" in said
    assert "arXiv cs.CL" in said and "Wed 22 Apr stalled · an old batch" in said
    assert "#nlp" in said
    assert "#secret" not in said
    assert "U9" not in said


# --- who may ---------------------------------------------------------------------------------------------------------

CHANGES = ["subscribe graphs", "unsubscribe 1", "schedule daily 8:00", "pause", "pause 7d", "resume", "settings max:3"]
LOOKS = [
    "search graphs",
    "latest",
    "today",
    "unread",
    "list",
    "schedule",
    "settings",
    "preview",
    "saved",
    "status",
    "help",
    "rehearse graphs",
]
PRESSES = ["unsub:1", "undo:sub:1", "undo:unsub:1", "pause", "resume", "pause:here", "follow:1:0:here", "undo:hide:1:here"]


@pytest.mark.parametrize("line", CHANGES)
async def test_only_a_manager_changes_what_a_channel_is_posted(chat: Chat, line: str) -> None:
    await chat.type("subscribe committees")
    before = (await channel_of(chat), await chat.store.subscriptions(HERE))
    guest = an_actor(id="U8", manager=False)
    reply = await chat.type(line, by=guest)
    assert reply.message.heading == "Only people who manage #nlp can change what is posted there"
    assert "to:me" in reply.message.intro
    assert (await channel_of(chat), await chat.store.subscriptions(HERE)) == before
    assert (await chat.type(line)).message.tone is not Tone.WARNING


@pytest.mark.parametrize("action", PRESSES)
async def test_buttons_are_checked_as_commands_are(chat: Chat, action: str) -> None:
    await chat.know(*topics(1))
    await chat.type("subscribe committees")
    before = (await channel_of(chat), await chat.store.subscriptions(HERE))
    reply = await chat.press(action, by=an_actor(id="U8", manager=False))
    assert reply.message.heading == "Only people who manage #nlp can change what is posted there"
    assert (await channel_of(chat), await chat.store.subscriptions(HERE)) == before


async def test_an_undo_of_settings_is_checked_too(chat: Chat) -> None:
    undo = button((await chat.type("settings max:3")).message, "Undo")
    reply = await chat.press(undo, by=an_actor(id="U8", manager=False))
    assert "manage" in reply.message.heading
    assert (await channel_of(chat)).settings.maximum == 3


@pytest.mark.parametrize("line", LOOKS)
async def test_anyone_may_look(chat: Chat, line: str) -> None:
    await chat.know(*topics(1))
    await chat.type("subscribe committees")
    assert (await chat.type(line, by=an_actor(id="U8", manager=False))).message.tone is not Tone.WARNING


@pytest.mark.parametrize("line", ["subscribe graphs", "schedule daily 8:00", "settings max:3", "pause", "resume", "unsubscribe 1"])
async def test_anyone_may_change_their_own(chat: Chat, line: str) -> None:
    guest = an_actor(id="U8", manager=False)
    await chat.type("subscribe committees to:me", by=guest)
    assert (await chat.type(f"{line} to:me", by=guest)).message.tone is not Tone.WARNING
    assert await chat.store.channel(HERE.key, tenant=HERE.tenant) is None


async def test_a_search_followed_by_someone_who_manages_nothing_is_for_themselves(chat: Chat) -> None:
    await chat.know(*topics(1))
    guest = an_actor(id="U8", manager=False)
    reply = await chat.press(button((await chat.type("search committees", by=guest)).message, "Subscribe to this"), by=guest)
    assert reply.message.heading == "Subscribed: #1 for you"
    assert "managed by others" in reply.message.intro
    assert await chat.store.subscriptions(HERE) == []


def test_nobody_manages_another_persons_messages_or_another_platform() -> None:
    ana, ben = an_actor(id="U7"), an_actor(id="U8")
    assert may_manage(ana, ana.personal)
    assert not may_manage(ana, ben.personal)
    assert may_manage(ana, HERE)
    assert not may_manage(an_actor(id="U7", manager=False), HERE)
    assert not may_manage(ana, a_destination("discord:123", tenant="discord:9"))


async def test_time_goes_on_between_a_preview_and_a_change(chat: Chat) -> None:
    await chat.type("schedule daily 13:00")
    assert (await channel_of(chat)).next_at == at(22, 13)
    chat.clock.advance(7200)
    assert (await chat.type("resume")).message.heading == "Not paused for #nlp"
    await chat.type("pause")
    await chat.type("resume")
    assert (await channel_of(chat)).next_at == later(at(23, 13))


async def test_what_ended_a_pause_is_undone_with_its_day(chat: Chat) -> None:
    await chat.type("schedule daily 09:00")
    first = await chat.type("pause 7d")
    assert [one.label for one in first.message.buttons] == ["Resume"]
    for_good = await chat.type("pause")
    assert (await channel_of(chat)).next_at is None
    await chat.press(button(for_good.message, "Undo"))
    assert (await channel_of(chat)).next_at == at(29, 9)
    resumed = await chat.type("resume")
    assert (await channel_of(chat)).next_at == at(23, 9)
    again = button(resumed.message, "Pause again")
    await chat.press(again)
    assert (await channel_of(chat)).next_at == at(29, 9)
    assert (await chat.press(again, by=an_actor(id="U8", manager=False))).message.tone is Tone.WARNING
    assert (await chat.press(again, at=a_destination("slack:C9OTHER"))).message.tone is Tone.WARNING
    chat.clock.advance(10 * 86400)
    assert "over by now" in (await chat.press(again)).message.heading


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("schedule whenever", "schedule mon-fri 09:00"),
        ("schedule mon 25:00", "schedule mon 09:00"),
        ("schedule fridey 8:00 tz:Berlin", "schedule fridey 8:00 tz:Europe/Berlin"),
        ("schedule daily 9:00 Europe/Berln", "schedule daily 9:00 tz:Europe/Berlin"),
        ("pause yesterday", "pause tomorrow"),
        ("pause until never", "pause 7d"),
        ("settings types:updats,new", "settings types:update,new"),
        ("settings types:old", "settings types:new,cross"),
        ("preview #7", "preview #1"),
        ("unsubscribe commitees", "unsubscribe #1"),
        ("unsubscribe 9", "unsubscribe #1"),
        ("help subscibe", "help subscribe"),
        ("show 2604.77777", "why arxiv:2604.77777"),
        ("show something never written", "search something never written"),
        ('search "open', 'search "open"'),
        ("search (open", "search (open)"),
        ("search autor:hopper", "search by:hopper"),
        ("rehearse looms since:7d", "rehearse looms"),
    ],
)
async def test_what_is_asked_wrongly_is_offered_rightly_as_a_button_that_works(chat: Chat, line: str, offered: str) -> None:
    await chat.type("subscribe committees")
    before = (await channel_of(chat), await chat.store.subscriptions(HERE))
    reply = await chat.type(line)
    assert reply.message.tone is Tone.WARNING
    assert offered in [one.label for one in reply.message.buttons], [one.label for one in reply.message.buttons]
    assert (await channel_of(chat), await chat.store.subscriptions(HERE)) == before
    pressed = await chat.press(button(reply.message, offered))
    assert pressed.message.tone is not Tone.WARNING or offered.startswith(("schedule fridey", "search"))


async def test_what_is_muted_here_is_not_among_todays_papers(chat: Chat) -> None:
    await chat.type("subscribe committees")
    await chat.know(*topics(3))
    assert "3 papers" in (await chat.type("today")).message.heading
    await chat.type('mute word "case 1"')
    assert "2 papers" in (await chat.type("today")).message.heading


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("schedule mon-fri 09:00 berlin", "schedule mon-fri 09:00 tz:Europe/Berlin"),
        ('settings when:"daily 8:30 berlin" to:me', 'settings me when:"daily 8:30" tz:Europe/Berlin'),
        ("schedule mon-fri 09:00 xyzzy", "schedule mon-fri 09:00"),
    ],
)
async def test_a_time_zone_at_the_end_of_a_schedule_is_offered_as_one(chat: Chat, line: str, offered: str) -> None:
    reply = await chat.type(line)
    assert [one.label for one in reply.message.buttons] == [offered]
    assert (await chat.press(reply.message.buttons[0])).message.tone is Tone.GOOD


async def test_what_is_offered_instead_of_a_pause_is_for_whom_it_was_asked(chat: Chat) -> None:
    await chat.type("subscribe graphs to:me")
    await chat.type("settings deliver:instant to:me")
    reply = await chat.type("pause 7d to:me")
    assert (await chat.press(reply.message.buttons[0])).message.heading == "Paused for you"
