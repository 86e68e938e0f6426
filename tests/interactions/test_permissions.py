"""Who may: the ten ways to reach for what is somebody else's, or for too much. Adapters say who asks; everything is decided here."""

from __future__ import annotations

import pytest

from bot.domain.messages import Tone
from bot.domain.quotas import Quotas
from bot.domain.requests import Action, Command, Request, Submission
from bot.domain.subscriptions import Actor, Destination
from bot.errors import BadInput
from bot.services.interactions.handler import Interactions
from bot.services.permissions import managed
from bot.services.quotas import Turnstile
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_destination, a_paper, an_actor
from tests.fakes.clock import FakeClock
from tests.interactions.chat import HERE, Chat, button, text_of, topics

GUILD_A = a_destination("discord:111", tenant="discord:1", name="#nlp")
GUILD_B = a_destination("discord:222", tenant="discord:2", name="#vision")
#: Every press that would change something of the place it is pressed in.
CHANGES = [
    *("unsub:1:here", "undo:sub:1:here", "undo:unsub:1:here", "pause:here", "resume:here", "unmute:1:here", "undo:mute:1:here"),
    *("undo:unmute:1:here:0", "follow:1:0:here", "undo:hide:1:here", "run:edit #1 max:3", "run:mute survey", "run:settings max:3"),
]


def member(id: str = "42", *, manager: bool = False) -> Actor:
    return an_actor("discord", id, manager=manager, tenant=f"discord:@{id}")


async def state(chat: Chat, place: Destination) -> object:
    live = await chat.store.subscriptions(place)
    return live, await chat.store.mutes(place, at=chat.clock.now()), await chat.store.channel(place.key, tenant=place.tenant)


async def set_up(chat: Chat, place: Destination = HERE, by: Actor | None = None) -> object:
    await chat.know(*topics(1))
    await chat.type("subscribe committees", by=by, at=place)
    await chat.type("mute survey", by=by, at=place)
    return await state(chat, place)


async def test_1_a_member_without_the_right_subscribes_no_channel(chat: Chat) -> None:
    reply = await chat.type("subscribe graphs", by=member(), at=GUILD_A)
    assert reply.message.heading == "Only people who manage #nlp can change what is posted there"
    assert await chat.store.channels() == []
    await chat.press(button(reply.message, "subscribe graphs to:me"), by=member(), at=GUILD_A)
    assert [one.query for one in await chat.store.subscriptions(member().personal)] == ["graphs"]


@pytest.mark.parametrize("action", CHANGES)
async def test_2_a_guest_of_a_shared_channel_changes_nothing_by_any_button(chat: Chat, action: str) -> None:
    before = await set_up(chat)
    reply = await chat.press(action, by=an_actor(id="U8", manager=False, tenant="slack:T1"))
    assert "Only people who manage #nlp" in reply.message.heading, reply.message
    assert await state(chat, HERE) == before


async def test_3_another_bot_is_nobody_who_could_ask(chat: Chat) -> None:
    """Adapters hear no bots; and nobody manages a place of a platform that they do not ask from."""
    robot = an_actor("discord", "99", manager=True, tenant="discord:@99")
    reply = await chat.type("subscribe graphs", by=robot, at=HERE)
    assert "Only people who manage" in reply.message.heading
    assert await chat.store.channels() == []


async def test_4_from_a_direct_message_only_ones_own_is_edited(chat: Chat) -> None:
    owner = member("7", manager=True)
    before = await set_up(chat, GUILD_A, owner)
    for line in ("edit #1 max:3", "unsubscribe 1", "unmute 1", "pause", "settings max:3"):
        await chat.type(line, by=owner, at=owner.personal)
    for action in CHANGES:
        await chat.press(action, by=owner, at=owner.personal)
    sent = Submission(verb="edit", values={"query": ("robots",)}, state="1:here")
    await chat.handler.handle(Request(actor=owner, place=owner.personal, what=sent))
    assert await state(chat, GUILD_A) == before


async def test_5_no_request_reaches_a_place_other_than_where_it_comes_from_and_ones_own() -> None:
    asked = Request(actor=member(manager=True), place=GUILD_A, what=Command(verb="pause"))
    for other in (GUILD_B, member("43").personal, a_destination("discord:333", tenant="discord:1")):
        with pytest.raises(BadInput, match="only people who manage"):
            managed(asked, other)
    assert managed(asked, GUILD_A) is GUILD_A


async def test_5_the_same_channel_id_in_another_server_is_another_place(chat: Chat) -> None:
    before = await set_up(chat, GUILD_A, member("7", manager=True))
    twin = a_destination(GUILD_A.key, tenant="discord:2", name="#twin")
    stranger = member("43", manager=True)
    for line in ("list", "mutes", "edit 1", "unsubscribe 1", "settings", "status", "why committees", "unread", "preview #1"):
        reply = await chat.type(line, by=stranger, at=twin)
        assert "#1 committees" not in text_of(reply.message) and "survey" not in text_of(reply.message).replace("mute word survey", ""), (
            line
        )
    for action in CHANGES:
        await chat.press(action, by=stranger, at=twin)
    assert await state(chat, GUILD_A) == before


async def test_6_a_right_that_was_lost_is_lost_at_once_also_for_buttons_and_forms_that_stand_there(chat: Chat) -> None:
    admin, nobody = an_actor(id="U5", manager=True), an_actor(id="U5", manager=False)
    await chat.type("subscribe committees", by=admin)
    undo = button((await chat.type("edit 1 max:3", by=admin)).message, "Undo")
    form = await chat.handler.form(Request(actor=admin, place=HERE, what=Action(verb="form", args=("edit", "1", "here"))))
    before = await state(chat, HERE)
    assert "Only people who manage" in (await chat.press(undo, by=nobody)).message.heading
    sent = Submission(verb="edit", values={"query": ("robots",)}, state=form.state)  # type: ignore[union-attr]
    reply = await chat.handler.handle(Request(actor=nobody, place=HERE, what=sent))
    assert "Only people who manage" in reply.message.heading
    assert await state(chat, HERE) == before


async def test_7_one_subscription_more_than_there_may_be_is_refused_and_the_same_one_is_not(store: SqliteStore, clock: FakeClock) -> None:
    chat = Chat(store, clock)
    chat.handler = Interactions(store, clock, preview=chat._preview, quotas=Quotas(subscriptions=3, tenant_subscriptions=5, mutes=2))
    for word in ("graphs", "robots", "looms"):
        await chat.type(f"subscribe {word}")
    refused = await chat.type("subscribe whales")
    assert refused.message.heading == "There are 3 subscriptions for #nlp, as many as there may be"
    assert (await chat.type("subscribe looms")).message.heading == "Subscribed already: #3 for #nlp"
    await chat.type("unsubscribe 1")
    assert (await chat.type("subscribe whales")).message.tone is Tone.GOOD
    other = a_destination("slack:C2", name="#b")
    for word in ("graphs", "robots"):
        assert (await chat.type(f"subscribe {word}", at=other)).message.tone is Tone.GOOD
    assert "all channels here together" in (await chat.type("subscribe looms", at=other)).message.heading.casefold()
    elsewhere, stranger = a_destination("slack:C2B", tenant="slack:T2"), an_actor(id="U1", tenant="slack:T2")
    assert (await chat.type("subscribe looms", at=elsewhere, by=stranger)).message.tone is Tone.GOOD


async def test_7_one_mute_more_than_there_may_be_is_refused(store: SqliteStore, clock: FakeClock) -> None:
    chat = Chat(store, clock)
    chat.handler = Interactions(store, clock, preview=chat._preview, quotas=Quotas(mutes=1))
    await chat.type("mute survey")
    assert "1 mutes for #nlp" in (await chat.type("mute review")).message.heading
    assert (await chat.type("mute survey until:7d")).message.tone is Tone.GOOD


async def test_8_the_61st_request_within_a_minute_is_asked_to_wait_and_nobody_else_is(
    chat: Chat, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(60):
        assert (await chat.type("help")).message.tone is Tone.PLAIN
    for again in (await chat.type("help"), await chat.press("pause:here")):
        assert again.message.heading == "That was 60 requests within a minute"
        assert again.message.intro == "Wait 60 seconds and ask again"
    assert (await chat.type("help", by=an_actor(id="U8"))).message.tone is Tone.PLAIN
    clock.advance(61)
    assert (await chat.type("help")).message.tone is Tone.PLAIN
    assert not caplog.records


def test_8_a_turnstile_counts_the_last_minute_only_and_forgets_who_came_long_ago() -> None:
    turnstile = Turnstile(2)
    ana = an_actor()
    for now in (0.0, 59.0, 60.0, 119.0):
        turnstile.enter(ana, now)
    with pytest.raises(BadInput, match="wait 1 seconds"):
        turnstile.enter(ana, 119.0)
    for number in range(10_000):
        turnstile.enter(an_actor(id=f"U{number}X"), 119.0)
    turnstile.enter(ana, 119.0)


async def test_9_nothing_of_another_tenant_is_read_out(chat: Chat) -> None:
    await set_up(chat)
    foreign = a_destination(tenant="slack:T2")
    assert await chat.store.subscriptions(foreign) == []
    assert await chat.store.mutes(foreign, at=NOON) == []
    assert (await chat.store.record(foreign, 1)).matched == ()
    assert await chat.store.count_subscriptions("slack:T2", limit=10) == 0
    assert await chat.store.count_subscriptions("slack:T1", limit=10) == 1
    assert await chat.store.subscriptions_by("slack:U7", tenant="slack:T2") == []
    assert len(await chat.store.subscriptions_by("slack:U7", tenant="slack:T1")) == 1


async def test_10_a_button_of_an_old_message_after_the_end_is_a_kind_private_line(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.know(a_paper())
    made = await chat.type("subscribe committees")
    listed = await chat.type("list")
    await chat.type("unsubscribe 1")
    presses = [*made.message.buttons, *(one for item in listed.message.items for one in item.buttons)]
    assert {one.label for one in presses} >= {"Undo", "Edit", "Remove"}
    for one in presses:
        for _ in range(2):
            reply = await chat.press(one)
            assert reply.private and reply.message.tone is Tone.WARNING, one
            assert "#1 has ended already" in reply.message.heading or "no subscription" in reply.message.heading.casefold()
            assert reply.message.buttons, "and where to go from there"
    assert not caplog.records


@pytest.mark.parametrize(
    "action",
    [
        *("run:", "run:~unknowntoken", "run:nonsense here", "say:", "say:pause", "say:~x", "use:x", "use", "undo:edit:x"),
        *(
            "notthem:x",
            "notthem:1:9",
            "why:x",
            "why:999999",
            "form:edit:x:here",
            "form:nothing",
            "unmute:x",
            "undo:unmute:1:here:99999999999",
        ),
    ],
)
async def test_a_button_that_nobody_ever_sent_harms_nothing(chat: Chat, action: str, caplog: pytest.LogCaptureFixture) -> None:
    before = await set_up(chat)
    reply = await chat.press(action)
    assert reply.private
    assert await state(chat, HERE) == before
    assert not caplog.records
