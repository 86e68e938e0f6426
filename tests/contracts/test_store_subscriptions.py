"""Channels, subscriptions and rules, as every store has to keep them."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import Schedule, parse_schedule
from bot.domain.subscriptions import Channel, Subscription
from bot.errors import BadInput
from bot.ports import Store
from tests.builders import NOON, a_destination, later, some_settings
from tests.contracts.digest_steps import HERE, NEXT, THERE, add_channel, enqueue, follow, get

UNCONFIRMED = replace(HERE, tenant="", name="")
STRANGER = replace(HERE, tenant="slack:T2")


async def subscribe(store: Store, query: str, destination=HERE) -> tuple[Subscription, int, bool]:
    return await store.subscribe(destination, query, "keyword", by="slack:U7", at=NOON, origin="chat")


async def test_a_channel_comes_back_as_it_was_added(store: Store) -> None:
    schedule = Schedule(days=frozenset({0, 3, 4}), at=time(7, 45), zone="Asia/Kolkata")
    settings = some_settings(
        schedule=schedule, maximum=3, style="cards", fill="unread", deliver="instant", types=("new", "cross", "update")
    )
    added = await store.add_channel(HERE, settings, next_at=NEXT, origin="config")
    assert added == Channel(destination=HERE, settings=settings, next_at=NEXT, origin="config")
    assert await store.channel(HERE.key, tenant="slack:T1") == added
    assert await store.channels() == [added]


async def test_adding_a_channel_again_leaves_its_settings_alone(store: Store) -> None:
    await add_channel(store, maximum=3)
    again = await store.add_channel(HERE, some_settings(maximum=20), next_at=later(days=9), origin="config")
    assert (again.settings.maximum, again.next_at, again.origin) == (3, NEXT, "chat")


async def test_a_channel_without_tenant_is_taken_over_by_the_first_that_names_one(store: Store) -> None:
    await add_channel(store, UNCONFIRMED)
    assert await store.channel(HERE.key, tenant="slack:T1") is None
    await add_channel(store, HERE)
    found = await store.channel(HERE.key, tenant="slack:T1")
    assert found and found.destination == HERE


async def test_the_operator_reaches_a_channel_of_any_tenant_and_does_not_take_it_away(store: Store) -> None:
    await add_channel(store, HERE)
    await add_channel(store, UNCONFIRMED)
    for tenant in (None, ""):
        found = await store.channel(HERE.key, tenant=tenant)
        assert found and found.destination == HERE


async def test_a_channel_of_another_tenant_is_neither_shown_nor_added_nor_changed(store: Store) -> None:
    await add_channel(store, HERE)
    channel = await store.channel(HERE.key, tenant="slack:T1")
    assert channel
    assert await store.channel(HERE.key, tenant="slack:T2") is None
    with pytest.raises(BadInput, match="another workspace"):
        await add_channel(store, STRANGER)
    with pytest.raises(BadInput, match="another workspace"):
        await store.change_channel(replace(channel, destination=STRANGER))
    assert await store.channels() == [channel]


async def test_changing_a_channel_stores_everything_but_an_empty_name_or_tenant(store: Store) -> None:
    await add_channel(store)
    changed = Channel(
        destination=replace(HERE, name="#nlp-papers"),
        settings=some_settings(maximum=5, types=("new",)),
        next_at=None,
        paused="asked for by Ana",
        origin="config",
    )
    await store.change_channel(replace(changed, destination=replace(changed.destination, tenant="")))
    assert await store.channels() == [changed]
    await store.change_channel(replace(changed, destination=UNCONFIRMED))
    assert await store.channels() == [changed]


async def test_changing_a_channel_that_is_gone_does_not_bring_it_back(store: Store) -> None:
    await add_channel(store)
    [channel] = await store.channels()
    await store.remove_channel(HERE.key)
    await store.change_channel(channel)
    assert await store.channels() == []


async def test_due_gives_channels_whose_time_has_come_longest_overdue_first(store: Store) -> None:
    minutes = {"slack:C1AAA": 10, "slack:C2AAA": -5, "slack:C3AAA": 0, "slack:C4AAA": -30, "slack:C5AAA": -90}
    for key, offset in minutes.items():
        await add_channel(store, a_destination(key), next_at=later(minutes=offset))
    paused = await store.channel("slack:C5AAA", tenant=None)
    assert paused
    await store.change_channel(replace(paused, paused="broken", next_at=later(minutes=-90)))
    assert [channel.destination.key for channel in await store.due(NOON)] == ["slack:C4AAA", "slack:C2AAA", "slack:C3AAA"]


async def test_a_subscription_comes_back_as_it_was_made(store: Store) -> None:
    await add_channel(store)
    made, _, new = await store.subscribe(HERE, 'by:"Robin Jia"', "author", by="slack:U7", at=NOON, origin="chat")
    assert new
    assert made == Subscription(
        number=1, destination=HERE, query='by:"Robin Jia"', kind="author", created_at=NOON, created_by="slack:U7", origin="chat"
    )
    assert await store.subscriptions(HERE) == [made]


async def test_subscribing_twice_to_equal_queries_gives_the_first_one(store: Store) -> None:
    await add_channel(store)
    first, rule, _ = await subscribe(store, "vision")
    again, same_rule, new = await store.subscribe(HERE, "vision", "query", by="slack:U8", at=later(days=1), origin="chat")
    assert (again, same_rule, new) == (first, rule, False)


async def test_equal_queries_of_two_channels_share_a_rule(store: Store) -> None:
    ours = await follow(store, "vision", HERE)
    theirs = await follow(store, "vision", THERE)
    other = await follow(store, "audio", THERE)
    assert ours == theirs != other
    assert await store.rules() == [(ours, "vision"), (other, "audio")]


async def test_numbers_count_within_the_channel_and_are_never_given_twice(store: Store) -> None:
    await add_channel(store, HERE)
    await add_channel(store, THERE)
    numbers = [(await subscribe(store, query))[0].number for query in ("a", "b")]
    assert await store.unsubscribe(HERE, 2)
    numbers.append((await subscribe(store, "c"))[0].number)
    assert numbers == [1, 2, 3]
    assert (await subscribe(store, "a", THERE))[0].number == 1
    await store.remove_channel(HERE.key)
    await add_channel(store, HERE)
    assert (await subscribe(store, "a"))[0].number == 4


async def test_an_ended_subscription_is_gone_until_it_is_restored(store: Store) -> None:
    rule = await follow(store, "vision")
    [made] = await store.subscriptions(HERE)
    assert await store.unsubscribe(HERE, 1) == made
    assert await store.subscriptions(HERE) == []
    assert await store.rules() == []
    assert await store.unsubscribe(HERE, 1) is None
    assert await store.restore(HERE, 1) == made
    assert await store.restore(HERE, 1) == made
    assert await store.subscriptions(HERE) == [made]
    assert await store.rules() == [(rule, "vision")]


async def test_restoring_what_was_subscribed_anew_gives_the_new_one(store: Store) -> None:
    await follow(store, "vision")
    await store.unsubscribe(HERE, 1)
    anew, _, new = await subscribe(store, "vision")
    assert (new, anew.number) == (True, 2)
    assert await store.restore(HERE, 1) == anew
    assert await store.subscriptions(HERE) == [anew]


async def test_changing_a_subscription_keeps_its_number_and_what_was_not_asked_for(store: Store) -> None:
    await follow(store, "vision")
    [made] = await store.subscriptions(HERE)
    changed = await store.change_subscription(HERE, 1, types=("update", "new"), maximum=3)
    assert changed == replace(made, types=("update", "new"), maximum=3)
    changed = await store.change_subscription(HERE, 1, query="by:hopper", kind="author")
    assert changed == replace(made, query="by:hopper", kind="author", types=("update", "new"), maximum=3)
    assert await store.subscriptions(HERE) == [changed]
    assert await store.change_subscription(HERE, 1, types=(), maximum=0) == replace(changed, types=(), maximum=None)
    await store.unsubscribe(HERE, 1)
    assert await store.restore(HERE, 1) == replace(changed, types=(), maximum=None)


async def test_a_subscription_remembers_how_its_query_was_typed_and_shares_the_rule(store: Store) -> None:
    await add_channel(store)
    await store.add_channel(THERE, some_settings(), next_at=NEXT, origin="chat")
    made, rule, _ = await store.subscribe(HERE, "by:Lecun", "author", by="slack:U7", at=NOON, origin="chat", typed="by:LeCun")
    other, same, _ = await store.subscribe(THERE, "by:Lecun", "author", by="slack:U7", at=NOON, origin="chat")
    assert (made.query, made.shown, other.shown, same) == ("by:Lecun", "by:LeCun", "by:Lecun", rule)
    assert [one.shown for one in await store.subscriptions(HERE)] == ["by:LeCun"]
    assert await store.rules() == [(rule, "by:Lecun")]
    changed = await store.change_subscription(HERE, 1, maximum=3)
    assert changed and changed.shown == "by:LeCun"
    changed = await store.change_subscription(HERE, 1, query="vision")
    assert changed and changed.shown == "vision"


async def test_another_query_is_another_rule_and_the_same_query_changes_nothing(store: Store) -> None:
    await follow(store, "vision")
    version = await store.rules_version()
    await store.change_subscription(HERE, 1, query="vision", maximum=2)
    assert await store.rules_version() == version
    await store.change_subscription(HERE, 1, query="audio")
    assert [query for _, query in await store.rules()] == ["audio"]
    assert await store.rules_version() > version


async def test_a_query_that_is_followed_already_cannot_be_taken_by_another_subscription(store: Store) -> None:
    await follow(store, "vision")
    await subscribe(store, "audio")
    before = await store.subscriptions(HERE)
    with pytest.raises(BadInput, match="#1 follows vision already"):
        await store.change_subscription(HERE, 2, query="vision", maximum=5)
    assert await store.subscriptions(HERE) == before


async def test_only_a_live_subscription_of_the_same_tenant_can_be_changed(store: Store) -> None:
    await follow(store, "vision")
    before = await store.subscriptions(HERE)
    assert await store.change_subscription(STRANGER, 1, maximum=5) is None
    assert await store.change_subscription(HERE, 7, maximum=5) is None
    assert await store.change_subscription(THERE, 1, maximum=5) is None
    assert await store.subscriptions(HERE) == before
    assert await store.change_subscription(UNCONFIRMED, 1, maximum=5) == replace(before[0], maximum=5), "the operator reaches every one"
    await store.unsubscribe(HERE, 1)
    assert await store.change_subscription(HERE, 1, maximum=9) is None
    restored = await store.restore(HERE, 1)
    assert restored and restored.maximum == 5


async def test_another_tenant_can_neither_see_nor_make_nor_end_nor_restore_subscriptions(store: Store) -> None:
    await follow(store, "vision")
    assert await store.subscriptions(STRANGER) == []
    assert await store.unsubscribe(STRANGER, 1) is None
    with pytest.raises(BadInput):
        await subscribe(store, "audio", STRANGER)
    await store.unsubscribe(HERE, 1)
    assert await store.restore(STRANGER, 1) is None
    assert await store.subscriptions() == []


async def test_the_operator_sees_and_ends_subscriptions_of_every_tenant(store: Store) -> None:
    await follow(store, "vision", HERE)
    await follow(store, "audio", replace(THERE, tenant="slack:T2"))
    assert [(one.destination.tenant, one.query) for one in await store.subscriptions()] == [("slack:T1", "vision"), ("slack:T2", "audio")]
    assert [one.query for one in await store.subscriptions(UNCONFIRMED)] == ["vision"]
    ended = await store.unsubscribe(UNCONFIRMED, 1)
    assert ended and ended.query == "vision"


async def test_subscribing_a_channel_that_was_not_added_is_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="not set up"):
        await subscribe(store, "vision")
    assert await store.rules() == []


async def test_unknown_numbers_are_neither_ended_nor_restored(store: Store) -> None:
    await follow(store)
    assert await store.unsubscribe(HERE, 7) is None
    assert await store.restore(HERE, 7) is None


async def test_removing_a_channel_takes_its_subscriptions_and_fails_what_was_not_sent(store: Store) -> None:
    await follow(store, "vision")
    [waiting] = await enqueue(store)
    await store.remove_channel(HERE.key)
    assert (await store.channels(), await store.subscriptions(), await store.rules()) == ([], [], [])
    delivery = await get(store, waiting)
    assert (delivery.state.value, delivery.error) == ("failed", "channel removed")


async def test_the_version_of_the_rules_grows_with_every_change_of_them(store: Store) -> None:
    versions = [await store.rules_version()]
    await follow(store, "vision")
    versions.append(await store.rules_version())
    await store.unsubscribe(HERE, 1)
    versions.append(await store.rules_version())
    await store.restore(HERE, 1)
    versions.append(await store.rules_version())
    await store.remove_channel(HERE.key)
    versions.append(await store.rules_version())
    assert versions == sorted(set(versions))


async def test_the_version_of_the_rules_stays_when_nothing_changes(store: Store) -> None:
    await follow(store, "vision")
    before = await store.rules_version()
    await subscribe(store, "vision")
    await store.unsubscribe(HERE, 9)
    await store.restore(HERE, 1)
    await store.remove_channel("slack:CNONE")
    assert await store.rules_version() == before


async def test_another_process_sees_rules_and_their_version(store: Store, second_store: Store) -> None:
    before = await second_store.rules_version()
    rule = await follow(store, "vision")
    assert await second_store.rules() == [(rule, "vision")]
    assert await second_store.rules_version() > before


@given(days=st.frozensets(st.integers(0, 6), min_size=1), at=st.times(), zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]))
def test_every_schedule_survives_being_written_as_text(days: frozenset[int], at: time, zone: str) -> None:
    schedule = Schedule(days=days, at=at.replace(second=0, microsecond=0), zone=zone)
    assert parse_schedule(str(schedule), zone) == schedule
