"""Mutes, and papers that they keep away, as every store has to keep them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.ports import Store
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, add_channel, an_occurrence, follow, ingest

ANA = "slack:U7"
STRANGER = replace(HERE, tenant="slack:T2")
OPERATOR = replace(HERE, tenant="")


async def mute(store: Store, value: str = "survey", to: Destination = HERE, **fields: object) -> int:
    made, _ = await store.mute(to, "word", value, f"title:{value}", by=ANA, at=NOON, **fields)  # type: ignore[arg-type]
    return made.number


async def values(store: Store, to: Destination = HERE, at: object = NOON) -> list[str]:
    return [one.value for one in await store.mutes(to, at=at)]  # type: ignore[arg-type]


async def test_mutes_are_numbered_within_their_destination_and_a_number_is_given_once(store: Store) -> None:
    assert [await mute(store, "a"), await mute(store, "b"), await mute(store, "c", THERE)] == [1, 2, 1]
    assert await store.unmute(HERE, 2, at=NOON) is not None
    assert await mute(store, "d") == 3
    assert await values(store) == ["a", "d"]


async def test_the_same_query_is_muted_once_and_only_its_end_changes(store: Store) -> None:
    first, before = await store.mute(HERE, "word", "a", "title:a", by=ANA, at=NOON)
    assert before is None
    again, before = await store.mute(HERE, "word", "A", "title:a", by="slack:U8", at=later(hours=1), until=later(days=7))
    assert before == first
    assert again == replace(first, until=later(days=7))
    assert await store.mutes(HERE, at=NOON) == [again]


async def test_the_operator_sees_every_mute_that_counts_and_where_it_comes_from(store: Store) -> None:
    await mute(store, "a", THERE)
    await mute(store, "b", origin="config")
    await mute(store, "c", until=later(days=1))
    everything = await store.mutes(at=NOON)
    assert [(one.destination.key, one.number, one.value, one.origin) for one in everything] == [
        (HERE.key, 1, "b", "config"),
        (HERE.key, 2, "c", "chat"),
        (THERE.key, 1, "a", "chat"),
    ]
    assert [one.value for one in await store.mutes(at=later(days=1))] == ["b", "a"]


async def test_a_mute_counts_until_its_end_and_no_longer(store: Store) -> None:
    await mute(store, "a", until=later(days=7))
    assert await values(store, at=later(days=6)) == ["a"]
    assert await values(store, at=later(days=7)) == []
    assert await store.unmute(HERE, 1, at=later(days=8)) is None
    anew, before = await store.mute(HERE, "word", "a", "title:a", by=ANA, at=later(days=8))
    assert (anew.number, before) == (2, None)


async def test_an_ended_mute_comes_back_with_its_number(store: Store) -> None:
    await mute(store, "a", until=later(days=7))
    ended = await store.unmute(HERE, 1, at=NOON)
    assert ended and await values(store) == []
    assert await store.unmute(HERE, 1, at=NOON) is None
    assert await store.mute_again(HERE, 1, until=ended.until) == ended
    assert await values(store) == ["a"]
    assert await store.mute_again(HERE, 9, until=None) is None


async def test_another_tenant_neither_sees_nor_makes_nor_ends_mutes(store: Store) -> None:
    await add_channel(store, HERE)
    await mute(store, "a")
    assert await values(store, STRANGER) == []
    assert await store.unmute(STRANGER, 1, at=NOON) is None
    assert await store.mute_again(STRANGER, 1, until=later(days=1)) is None
    with pytest.raises(BadInput, match="another workspace"):
        await mute(store, "b", STRANGER)
    assert await values(store, OPERATOR) == ["a"], "the operator sees every one"


async def test_mutes_need_no_channel_and_stay_apart_by_tenant(store: Store) -> None:
    await mute(store, "a")
    assert await values(store) == ["a"]
    assert await values(store, STRANGER) == []


# --- what is held back -----------------------------------------------------------------------------------------------


async def test_a_held_paper_is_covered_without_being_offered_or_unread(store: Store) -> None:
    shown, muted, over = await ingest(store, distinct_papers(3), await follow(store))
    occurrence = an_occurrence(shown=((shown, "r"),), rest=((over, "r"),), held=((muted, "r", "mute #1: word survey"),))
    assert await store.enqueue(occurrence, at=later(hours=2))
    assert await store.fresh(HERE, limit=9) == []
    assert [one.stored.row for one in await store.rest(occurrence.id)] == [over]
    assert [one.stored.row for one in await store.unread(HERE, "slack:U7", limit=9)] == [shown, over]
    record = (await store.record(HERE, muted)).covered
    assert record and (record.held, record.shown, record.rank) == ("mute #1: word survey", False, 3)


async def test_an_occurrence_that_only_holds_papers_back_is_kept_and_sends_nothing(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1), await follow(store))
    occurrence = an_occurrence(slot="held:1", parts=0, held=((row, "r", "mute #1: word survey"),))
    assert await store.enqueue(occurrence, at=later(hours=2))
    assert (await store.fresh(HERE, limit=9), await store.deliveries()) == ([], [])
    assert not await store.enqueue(occurrence, at=later(hours=3))
