"""The outbox: leases, order and moves, as every store has to keep them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.deliveries import TRANSITIONS, State
from bot.ports import DeliveryChange, Store
from tests.builders import NOON, a_destination, a_message, later
from tests.contracts.digest_steps import HERE, THERE, add_channel, claim, enqueue, follow, get, move, settle, uncertain

ENDINGS = (State.SENT, State.FAILED, State.DEAD, State.HELD)


async def claimed_ids(store: Store, **how) -> list[str]:
    return [one.id for one in await claim(store, **how)]


async def test_claim_gives_the_first_delivery_of_each_destination_oldest_first(store: Store) -> None:
    younger = await enqueue(store, HERE, at=later(minutes=2), parts=2)
    older = await enqueue(store, THERE, at=later(minutes=1), parts=2)
    found = await claim(store, now=later(minutes=3))
    assert [one.id for one in found] == [older[0], younger[0]]
    assert {one.state for one in found} == {State.CLAIMED}
    assert await claim(store, now=later(minutes=3)) == []


async def test_claim_gives_no_more_than_the_limit_and_only_its_platforms(store: Store) -> None:
    for number in range(4):
        await enqueue(store, a_destination(f"slack:C{number}AAA"))
    await enqueue(store, a_destination("discord:123", tenant="discord:9"))
    assert len(await claim(store, limit=3)) == 3
    assert [one.destination.key for one in await store.claim(["discord"], owner="me", now=NOON, lease=60, limit=9)] == ["discord:123"]
    assert await store.claim([], owner="me", now=NOON, lease=60, limit=9) == []


@pytest.mark.parametrize("state", [State.PENDING, State.CLAIMED, State.SENDING])
async def test_what_is_unfinished_blocks_what_comes_after_it(store: Store, state: State) -> None:
    first, _ = await enqueue(store, parts=2, threaded=False)
    assert await claimed_ids(store) == [first]
    if state is State.SENDING:
        assert await move(store, first, State.SENDING, attempted=True)
    if state is State.PENDING:
        assert await move(store, first, State.PENDING, not_before=later(minutes=5))
    assert await claim(store) == []


@pytest.mark.parametrize("ending", ENDINGS)
async def test_what_is_finished_or_held_lets_the_next_one_go(store: Store, ending: State) -> None:
    first, second = await enqueue(store, parts=2, threaded=False)
    await settle(store, first, ending)
    assert await claimed_ids(store) == [second]


async def test_a_delivery_waits_for_the_message_it_continues(store: Store) -> None:
    first, second, third = await enqueue(store, parts=3)
    await settle(store, first, State.SENT, remote_id="171.5")
    assert await claimed_ids(store) == [second]
    assert (await get(store, second)).parent == first
    await move(store, second, State.PENDING)
    await settle(store, second, State.FAILED)
    assert await claimed_ids(store) == [third]
    assert (await get(store, third)).parent == first


async def test_while_a_message_is_held_its_thread_waits_and_the_next_occurrence_goes_on(store: Store) -> None:
    held, child = await enqueue(store, slot="1", parts=2)
    [other] = await enqueue(store, slot="2")
    await settle(store, held, State.HELD)
    await settle(store, other, State.SENT)
    assert await claim(store) == []
    assert await move(store, held, State.SENT)
    assert await claimed_ids(store) == [child]


@pytest.mark.parametrize("ending", [State.FAILED, State.DEAD])
async def test_when_the_first_message_is_given_up_the_others_stand_for_themselves(store: Store, ending: State) -> None:
    first, second = await enqueue(store, parts=2)
    await settle(store, first, ending)
    [found] = await claim(store)
    assert (found.id, found.parent) == (second, "")


async def test_nothing_is_claimed_for_a_paused_channel(store: Store) -> None:
    await add_channel(store)
    [id_] = await enqueue(store)
    [channel] = await store.channels()
    await store.change_channel(replace(channel, paused="asked for"))
    assert await claim(store) == []
    await store.change_channel(channel)
    assert await claimed_ids(store) == [id_]


async def test_a_delivery_goes_to_the_tenant_and_name_its_channel_has_now(store: Store) -> None:
    unconfirmed = replace(HERE, tenant="", name="")
    await add_channel(store, unconfirmed)
    await enqueue(store, unconfirmed)
    await add_channel(store, HERE)
    [found] = await claim(store)
    assert found.destination == HERE


async def test_a_claim_whose_lease_ran_out_is_given_to_the_next_and_lost_to_the_first(store: Store) -> None:
    [id_] = await enqueue(store)
    [mine] = await claim(store, owner="first", lease=60)
    assert await claim(store, owner="second", now=later(seconds=59)) == []
    assert await claimed_ids(store, owner="second", now=later(seconds=60)) == [id_]
    assert not await store.move(mine, State.SENDING, owner="first", now=later(seconds=61), change=DeliveryChange(attempted=True))
    assert await move(store, id_, State.SENDING, owner="second", now=later(seconds=61), attempted=True)


async def test_a_lease_written_under_a_wrong_clock_counts_as_over(store: Store) -> None:
    first, second = [(await enqueue(store, destination))[0] for destination in (HERE, THERE)]
    assert len(await claim(store, now=later(days=1))) == 2
    assert await move(store, second, State.SENDING, now=later(days=1), attempted=True)
    assert await claimed_ids(store, owner="other") == [first]
    assert [one.id for one in await uncertain(store, owner="other")] == [second]


async def test_nothing_is_sent_once_the_lease_ran_out_even_if_nobody_took_over(store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store, lease=60)
    assert not await move(store, id_, State.SENDING, now=later(seconds=60), attempted=True)
    assert await move(store, id_, State.SENDING, now=later(seconds=59), attempted=True)
    assert not await move(store, id_, State.SENDING, now=later(seconds=60), attempted=True)
    assert await move(store, id_, State.SENT, now=later(seconds=600), remote_id="171.5")


@pytest.mark.parametrize("lease", [0, -1, 3601])
async def test_a_lease_has_a_sensible_length(store: Store, lease: float) -> None:
    with pytest.raises(ValueError, match="lease"):
        await claim(store, lease=lease)


async def test_a_claim_can_be_given_back(store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store, owner="first")
    assert await move(store, id_, State.PENDING, owner="first")
    assert await claimed_ids(store, owner="second") == [id_]


async def test_what_may_not_go_yet_is_claimed_when_its_time_has_come(store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store)
    await move(store, id_, State.PENDING, not_before=later(seconds=30))
    assert await claim(store, now=later(seconds=29)) == []
    assert await claimed_ids(store, now=later(seconds=30)) == [id_]


async def test_a_delivery_in_doubt_is_offered_when_its_lease_is_over_and_to_one_owner_only(store: Store, second_store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store, owner="dead", lease=60)
    await move(store, id_, State.SENDING, owner="dead", attempted=True)
    assert await uncertain(second_store, owner="new", now=later(seconds=59)) == []
    taken = await asyncio.gather(*(uncertain(one, owner=str(one), now=later(seconds=60)) for one in (store, second_store)))
    assert sorted(len(one) for one in taken) == [0, 1]
    [found] = [delivery for one in taken for delivery in one]
    assert (found.id, found.state, found.first_attempt_at) == (id_, State.SENDING, NOON)
    assert not await move(store, id_, State.SENT, owner="dead", now=later(seconds=61))


async def test_a_delivery_put_down_is_offered_from_then_on(store: Store) -> None:
    [id_] = await enqueue(store)
    await settle(store, id_, State.SENDING, attempted=True)
    assert await move(store, id_, State.SENDING, error="timeout", not_before=later(seconds=90))
    assert await uncertain(store, now=later(seconds=89)) == []
    [found] = await uncertain(store, now=later(seconds=90))
    assert (found.id, found.error) == (id_, "timeout")
    assert await uncertain(store, now=later(seconds=91)) == []


async def test_a_delivery_in_doubt_is_offered_while_its_channel_is_paused(store: Store) -> None:
    await add_channel(store)
    [id_] = await enqueue(store)
    await settle(store, id_, State.SENDING)
    [channel] = await store.channels()
    await store.change_channel(replace(channel, paused="asked for"))
    assert [one.id for one in await uncertain(store, now=later(hours=1))] == [id_]
    assert await store.uncertain(["discord"], owner="me", now=later(hours=3), lease=60, limit=9) == []


async def test_a_held_delivery_is_nobodys_and_is_looked_at_again_when_somebody_says_so(store: Store) -> None:
    [id_] = await enqueue(store)
    await settle(store, id_, State.HELD, error="history is closed")
    assert await uncertain(store, now=later(hours=1)) == []
    assert await move(store, id_, State.SENDING, owner="operator", now=later(hours=2))
    assert [one.id for one in await uncertain(store, owner="me", now=later(hours=2))] == [id_]


async def test_a_sent_delivery_remembers_where_and_when_and_is_never_given_again(store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store, now=later(seconds=5))
    await move(store, id_, State.SENDING, now=later(seconds=6), attempted=True)
    assert await move(store, id_, State.SENT, now=later(seconds=7), remote_id="171.5", error="")
    found = await get(store, id_)
    assert (found.state, found.remote_id, found.attempts) == (State.SENT, "171.5", 1)
    assert (found.first_attempt_at, found.attempt_at) == (later(seconds=6), later(seconds=6))
    assert (await claim(store, now=later(days=9)), await uncertain(store, now=later(days=9))) == ([], [])


async def test_attempts_are_counted_and_stamped_and_can_be_taken_back(store: Store) -> None:
    [id_] = await enqueue(store)
    for minute in range(2):
        await claim(store, now=later(minutes=minute))
        await move(store, id_, State.SENDING, now=later(minutes=minute), attempted=True)
        await move(store, id_, State.PENDING, now=later(minutes=minute), error=f"error {minute}", uncounted=minute == 1)
    found = await get(store, id_)
    assert (found.attempts, found.first_attempt_at, found.attempt_at, found.error) == (1, NOON, later(minutes=1), "error 1")
    await claim(store, now=later(minutes=5))
    await move(store, id_, State.PENDING, uncounted=True)
    await claim(store, now=later(minutes=5))
    await move(store, id_, State.PENDING, uncounted=True)
    assert (await get(store, id_)).attempts == 0


async def test_a_move_can_put_another_message_in_place(store: Store) -> None:
    [id_] = await enqueue(store)
    await claim(store)
    await move(store, id_, State.PENDING, message=a_message(cards=0))
    [found] = await claim(store)
    assert found.message == a_message(cards=0)


@pytest.mark.parametrize("to", sorted(State))
@pytest.mark.parametrize("state", sorted(State))
async def test_only_the_moves_of_the_table_are_taken(store: Store, state: State, to: State) -> None:
    [id_] = await enqueue(store)
    await bring(store, id_, state)
    if to in TRANSITIONS[state] and to is not State.CLAIMED:
        assert await move(store, id_, to)
        assert (await get(store, id_)).state is to
    else:
        with pytest.raises(ValueError, match=f"from {state} to {to}"):
            await move(store, id_, to)
        assert (await get(store, id_)).state is state


async def bring(store: Store, id_: str, state: State) -> None:
    if state is State.CLAIMED:
        await claim(store)
    elif state is not State.PENDING:
        await settle(store, id_, state)


@pytest.mark.parametrize("state", [State.CLAIMED, State.SENDING])
async def test_a_move_from_a_state_or_an_owner_that_is_not_so_changes_nothing(store: Store, state: State) -> None:
    [id_] = await enqueue(store)
    await bring(store, id_, state)
    now = await get(store, id_)
    stale = replace(now, state=State.SENDING if state is State.CLAIMED else State.CLAIMED)
    assert not await store.move(now, State.PENDING, owner="other", now=NOON, change=DeliveryChange(error="x"))
    assert not await store.move(stale, State.PENDING, owner="me", now=NOON, change=DeliveryChange(error="x"))
    assert not await store.move(replace(now, id="unknown"), State.PENDING, owner="me", now=NOON, change=DeliveryChange())
    assert await get(store, id_) == now


async def test_a_pending_delivery_can_be_given_up_by_anyone(store: Store) -> None:
    one, other = [(await enqueue(store, destination))[0] for destination in (HERE, THERE)]
    assert await move(store, one, State.DEAD, owner="anyone", error="too old")
    assert await move(store, other, State.FAILED, owner="anyone")
    assert await store.counts() == {State.DEAD: 1, State.FAILED: 1}


async def test_deliveries_are_listed_newest_first_by_destination_and_state(store: Store) -> None:
    await follow(store)
    first = await enqueue(store, HERE, "1", parts=2, threaded=False)
    second = await enqueue(store, THERE, "1")
    third = await enqueue(store, HERE, "2")
    await settle_first(store, first[0])
    ids = [*first, *second, *third]

    async def listed(**which) -> list[int]:
        return [ids.index(one.id) for one in await store.deliveries(**which)]

    assert await listed() == [3, 2, 1, 0]
    assert await listed(limit=2) == [3, 2]
    assert await listed(key=HERE.key) == [3, 1, 0]
    assert await listed(state=State.PENDING) == [3, 2, 1]
    assert await listed(key=HERE.key, state=State.SENT) == [0]
    assert await store.counts() == {State.PENDING: 3, State.SENT: 1}
    assert await store.delivery("unknown") is None


async def settle_first(store: Store, id_: str) -> None:
    await claim(store)
    assert await move(store, id_, State.SENDING, attempted=True)
    assert await move(store, id_, State.SENT)
    for left in await store.deliveries(state=State.CLAIMED):
        await move(store, left.id, State.PENDING)


async def test_two_processes_never_claim_the_same_delivery(store: Store, second_store: Store) -> None:
    for number in range(12):
        await enqueue(store, a_destination(f"slack:C{number:03d}"))
    owners = {"first": store, "second": second_store}
    taken = await asyncio.gather(*(claim(one, owner=owner, limit=3) for _ in range(4) for owner, one in owners.items()))
    ids = [delivery.id for batch in taken for delivery in batch]
    assert len(ids) == len(set(ids)) == 12


async def test_a_delivery_is_known_by_the_message_it_became_in_its_own_tenant(store: Store) -> None:
    await add_channel(store)
    [id_] = await enqueue(store)
    assert await store.delivery_at(HERE, "") is None
    await claim(store)
    await move(store, id_, State.SENDING, attempted=True)
    await move(store, id_, State.SENT, remote_id="1700.1")
    found = await store.delivery_at(HERE, "1700.1")
    assert found is not None and found.id == id_
    assert await store.delivery_at(THERE, "1700.1") is None
    assert await store.delivery_at(replace(HERE, tenant="slack:T2"), "1700.1") is None
    assert await store.delivery_at(HERE, "1700.2") is None
