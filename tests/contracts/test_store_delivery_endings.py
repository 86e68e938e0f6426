"""What becomes of papers when a delivery ends badly, and what the operator may decide by hand."""

from __future__ import annotations

import pytest

from bot.domain.deliveries import OPERATOR_TRANSITIONS, State
from bot.ports import DeliveryChange, Store
from tests.builders import NOON, a_destination, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, an_occurrence, claim, enqueue, follow, get, ingest, move, settle, uncertain

BAD = [State.FAILED, State.DEAD]


async def rest_rows(store: Store, slot: str = "2026-04-22") -> list[int]:
    return [one.stored.row for one in await store.rest(an_occurrence(HERE, slot).id)]


async def test_a_busy_destination_gets_nothing_more_while_the_others_go_on(store: Store) -> None:
    here, there = [(await enqueue(store, destination))[0] for destination in (HERE, THERE)]
    found = await store.claim(["slack"], owner="me", now=NOON, lease=60, limit=9, busy=[HERE.key, "slack:unknown"])
    assert [one.id for one in found] == [there]
    assert [one.id for one in await claim(store)] == [here]


async def test_busy_destinations_do_not_use_up_the_limit(store: Store) -> None:
    busy = [a_destination(f"slack:C{number:03d}") for number in range(5)]
    for destination in busy:
        await enqueue(store, destination)
    [last] = await enqueue(store, THERE, at=later(minutes=1))
    found = await store.claim(["slack"], owner="me", now=later(minutes=2), lease=60, limit=1, busy=[one.key for one in busy])
    assert [one.id for one in found] == [last]


@pytest.mark.parametrize("ending", BAD)
async def test_papers_of_a_delivery_that_never_got_through_are_held_back_for_a_later_one(store: Store, ending: State) -> None:
    rows = await ingest(store, distinct_papers(3), await follow(store))
    [id_] = await enqueue(store, shown=((rows[2], "best"), (rows[0], "good")), rest=((rows[1], "fair"),))
    await settle(store, id_, ending)
    assert await store.shown(HERE, rows) == set()
    assert [(one.stored.row, one.reasons) for one in await store.rest(an_occurrence().id)] == [
        (rows[2], ("best",)),
        (rows[0], ("good",)),
        (rows[1], ("fair",)),
    ]
    assert [one.stored.row for one in await store.unread(HERE, "slack:U7", limit=9)] == [rows[2], rows[0], rows[1]]
    assert await store.fresh(HERE, limit=9) == []
    assert await store.enqueue(an_occurrence(slot="fill", shown=((rows[2], ""),)), at=later(hours=1))
    assert await store.shown(HERE, rows) == {rows[2]}


async def test_a_pending_delivery_that_is_given_up_lets_go_of_its_papers_too(store: Store) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    [id_] = await enqueue(store, shown=((rows[0], ""),))
    assert await move(store, id_, State.DEAD, owner="anyone")
    assert await rest_rows(store) == rows


async def test_papers_stay_shown_while_another_part_was_sent_or_still_may_be(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    first, second = await enqueue(store, parts=2, threaded=False, shown=((rows[0], ""), (rows[1], "")))
    await settle(store, first, State.FAILED)
    assert await store.shown(HERE, rows) == set(rows)
    await settle(store, second, State.SENT)
    assert await store.shown(HERE, rows) == set(rows)


async def test_papers_are_let_go_when_the_last_part_failed(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    first, second = await enqueue(store, parts=2, threaded=False, shown=((rows[0], ""), (rows[1], "")))
    await settle(store, first, State.HELD)
    await settle(store, second, State.FAILED)
    assert await store.shown(HERE, rows) == set(rows)
    assert await move(store, first, State.FAILED, owner="operator")
    assert await store.shown(HERE, rows) == set()


@pytest.mark.parametrize("ending", BAD)
async def test_papers_of_a_delivery_that_may_be_in_the_channel_stay_shown(store: Store, ending: State) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    [id_] = await enqueue(store, shown=((rows[0], ""),))
    await settle(store, id_, ending, doubtful=True)
    assert await store.shown(HERE, rows) == set(rows)


async def test_one_destination_keeps_its_papers_when_another_lets_go(store: Store) -> None:
    rule = await follow(store, destination=HERE)
    await follow(store, destination=THERE)
    rows = await ingest(store, distinct_papers(1), rule)
    here, _ = [(await enqueue(store, one, shown=((rows[0], ""),)))[0] for one in (HERE, THERE)]
    await claim(store)
    assert await move(store, here, State.FAILED)
    assert (await store.shown(HERE, rows), await store.shown(THERE, rows)) == (set(), set(rows))


# --- in order, when several are in doubt -----------------------------------------------------------------------------


async def in_doubt(store: Store, *ids: str) -> None:
    """All of ``ids`` in ``sending`` at once, as after a restore: each held, then taken up again."""
    for id_ in ids:
        await settle(store, id_, State.HELD)
    assert await store.reopen("operator", NOON) == len(ids)


async def test_of_several_in_doubt_at_one_destination_the_first_is_looked_for_first(store: Store) -> None:
    ids = await enqueue(store, parts=3, threaded=False)
    await in_doubt(store, *ids)
    for id_ in ids:
        [found] = await uncertain(store)
        assert found.id == id_
        assert await uncertain(store) == []
        assert await move(store, id_, State.SENT)
    assert await uncertain(store) == []


async def test_of_several_destinations_each_has_one_looked_for(store: Store) -> None:
    here, there = await enqueue(store, HERE, parts=2, threaded=False), await enqueue(store, THERE, parts=2, threaded=False)
    for first, second in ((here[0], there[0]), (here[1], there[1])):
        await claim(store)
        for id_ in (first, second):
            assert await move(store, id_, State.SENDING)
            assert await move(store, id_, State.HELD)
    assert await store.reopen("operator", NOON) == 4
    assert {one.id for one in await uncertain(store)} == {here[0], there[0]}


# --- by hand ---------------------------------------------------------------------------------------------------------


async def test_everything_held_is_looked_for_again_when_it_is_reopened(store: Store) -> None:
    held, sent = [(await enqueue(store, destination))[0] for destination in (HERE, THERE)]
    await claim(store)
    assert await move(store, held, State.SENDING, attempted=True)
    assert await move(store, held, State.HELD, not_before=later(days=2))
    assert await move(store, sent, State.SENDING, attempted=True)
    assert await move(store, sent, State.SENT)
    assert await store.reopen("run", later(hours=1)) == 1
    assert await store.reopen("run", later(hours=1)) == 0
    [found] = await uncertain(store, now=later(hours=1))
    assert (found.id, found.attempts, found.first_attempt_at) == (held, 1, NOON)


async def bring(store: Store, id_: str, state: State) -> None:
    if state is State.CLAIMED:
        await claim(store, lease=60)
    elif state is State.SENDING:
        await claim(store, lease=60)
        assert await move(store, id_, State.SENDING, attempted=True)
    elif state is not State.PENDING:
        await settle(store, id_, state, error="because")


WORDS = {"sent": State.SENT, "resend": State.PENDING, "drop": State.FAILED}


@pytest.mark.parametrize("to", sorted(WORDS))
@pytest.mark.parametrize("state", sorted(State))
async def test_the_operator_makes_the_moves_of_the_second_table_and_no_others(store: Store, state: State, to: str) -> None:
    [id_] = await enqueue(store)
    await bring(store, id_, state)
    allowed = WORDS[to] in OPERATOR_TRANSITIONS[state]
    assert await store.settle_by_hand(id_, to, later(hours=1)) is allowed
    assert (await get(store, id_)).state is (WORDS[to] if allowed else state)


async def test_nothing_is_settled_by_hand_while_somebody_works_on_it(store: Store) -> None:
    [id_] = await enqueue(store)
    await bring(store, id_, State.SENDING)
    assert not await store.settle_by_hand(id_, "resend", later(seconds=59))
    assert await store.settle_by_hand(id_, "resend", later(seconds=60))
    assert not await store.settle_by_hand("unknown", "sent", NOON)


async def test_a_lost_worker_cannot_undo_what_was_settled_by_hand(store: Store) -> None:
    [id_] = await enqueue(store)
    await bring(store, id_, State.SENDING)
    stale = await get(store, id_)
    assert await store.settle_by_hand(id_, "drop", later(hours=1))
    assert not await store.move(stale, State.SENT, owner="me", now=later(hours=1), change=DeliveryChange())


async def test_what_is_to_be_sent_again_begins_anew_in_its_old_place_and_its_papers_count_as_shown(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    [id_] = await enqueue(store, slot="1", shown=((rows[0], ""),), rest=((rows[1], ""),))
    [next_] = await enqueue(store, slot="2", at=later(minutes=1))
    await settle(store, id_, State.DEAD, error="too old", now=later(minutes=2))
    assert await store.shown(HERE, rows) == set()
    assert await store.settle_by_hand(id_, "resend", later(days=8))
    assert await store.shown(HERE, rows) == {rows[0]}
    [found] = await claim(store, now=later(days=8))
    assert (found.id, found.attempts, found.first_attempt_at, found.error, found.created_at) == (id_, 0, None, "", later(days=8))
    assert (await get(store, next_)).state is State.PENDING


async def test_what_another_occurrence_has_shown_meanwhile_stays_with_that(store: Store) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    [id_] = await enqueue(store, slot="1", shown=((rows[0], ""),))
    await settle(store, id_, State.FAILED)
    [later_one] = await enqueue(store, slot="2", shown=((rows[0], ""),))
    await settle(store, later_one, State.FAILED)
    assert await store.settle_by_hand(id_, "sent", NOON)
    assert await store.shown(HERE, rows) == set()
    assert await rest_rows(store, "2") == rows


async def test_dropping_by_hand_leaves_papers_as_they_are_and_frees_what_continues_it(store: Store) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    first, second = await enqueue(store, parts=2, shown=((rows[0], ""),))
    await settle(store, first, State.HELD, error="history is closed")
    assert await store.settle_by_hand(first, "drop", NOON)
    assert (await get(store, first)).error == "history is closed"
    assert await store.shown(HERE, rows) == set(rows)
    [found] = await claim(store)
    assert (found.id, found.parent) == (second, "")
