"""What became of one paper at one destination, as every store has to tell it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.deliveries import State
from bot.ports import DeliveryChange, PaperRecord, Store
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, an_occurrence, follow, ingest

STRANGER = replace(HERE, tenant="slack:T2")


async def test_nothing_is_on_record_of_a_paper_that_nobody_followed(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1))
    assert await store.record(HERE, row) == await store.record(HERE, 999) == PaperRecord()


async def test_a_waiting_paper_has_its_kind_and_its_match(store: Store) -> None:
    rule = await follow(store)
    [row] = await ingest(store, distinct_papers(1), rule, clause="committee", possible=True)
    record = await store.record(HERE, row)
    assert (record.waiting, record.covered) == ("new", None)
    [match] = record.matched
    assert (match.number, match.clause, match.possible, match.since, match.at, match.live) == (
        1,
        "committee",
        True,
        NOON,
        later(hours=1),
        True,
    )
    await store.unsubscribe(HERE, 1)
    assert not (await store.record(HERE, row)).matched[0].live
    assert (await store.record(THERE, row)).matched == ()


async def test_a_covered_paper_has_its_rank_its_digest_and_its_messages(store: Store) -> None:
    rows = await ingest(store, distinct_papers(4), await follow(store))
    occurrence = an_occurrence(
        shown=((rows[1], "matched a"), (rows[0], "matched b")),
        rest=((rows[2], "matched c"),),
        held=((rows[3], "r", "mute #1: word x"),),
        parts=2,
    )
    await store.enqueue(occurrence, at=later(hours=2))
    shown, over, held = [(await store.record(HERE, rows[index])).covered for index in (0, 2, 3)]
    assert shown and over and held
    assert (shown.rank, shown.shown, shown.reason, shown.slot, shown.at) == (2, True, "matched b", "2026-04-22", later(hours=2))
    assert (shown.shown_in_all, shown.covered_in_all) == (2, 3)
    assert (over.rank, over.shown, over.held, held.held) == (3, False, "", "mute #1: word x")
    assert [one.seq for one in shown.deliveries] == [1, 2] and shown.deliveries[0].id == occurrence.id
    assert (await store.record(HERE, rows[0])).waiting == ""


async def test_papers_of_a_digest_that_was_refused_are_released(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1), await follow(store))
    await store.enqueue(an_occurrence(shown=((row, "r"),)), at=later(hours=2))
    [claimed] = await store.claim(["slack"], owner="me", now=later(hours=2), lease=60, limit=1)
    await store.move(claimed, State.FAILED, owner="me", now=later(hours=2), change=DeliveryChange(error="refused"))
    covered = (await store.record(HERE, row)).covered
    assert covered and (covered.shown, covered.released, covered.deliveries[0].error) == (False, True, "refused")


async def test_a_hidden_paper_says_who_hid_it_and_when(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1), await follow(store))
    await store.hide(HERE, "slack:U7", row, at=later(hours=3))
    record = await store.record(HERE, row)
    assert (record.hidden_by, record.hidden_at) == ("slack:U7", later(hours=3))


async def test_another_tenant_is_told_nothing(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1), await follow(store))
    await store.enqueue(an_occurrence(shown=((row, "r"),)), at=later(hours=2))
    assert await store.record(STRANGER, row) == PaperRecord()


async def test_subscriptions_are_counted_by_tenant_up_to_a_limit_and_listed_by_person(store: Store) -> None:
    await follow(store, "a")
    await follow(store, "b")
    await follow(store, "c", THERE)
    assert [await store.count_subscriptions("slack:T1", limit=limit) for limit in (1, 2, 9)] == [1, 2, 3]
    assert await store.count_subscriptions("slack:T2", limit=9) == 0
    await store.unsubscribe(HERE, 1)
    assert await store.count_subscriptions("slack:T1", limit=9) == 2
    assert [one.query for one in await store.subscriptions_by("slack:U7", tenant="slack:T1")] == ["b", "c"]
    assert await store.subscriptions_by("slack:U8", tenant="slack:T1") == await store.subscriptions_by("slack:U7", tenant="slack:T2") == []
