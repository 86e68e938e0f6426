"""What is new, shown, held back and unread at a destination, as every store has to tell."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from bot.domain.deliveries import State
from bot.domain.papers import AnnounceType
from bot.errors import BadInput
from bot.ports import Hit, Store
from tests.builders import NOON, a_paper, distinct_papers, later
from tests.contracts.digest_steps import HERE, NEXT, THERE, add_channel, an_occurrence, enqueue, follow, get, hits, ingest, no_match

STRANGER = replace(HERE, tenant="slack:T2")


async def fresh_rows(store: Store, destination=HERE, limit: int = 100) -> list[int]:
    return [one.stored.row for one in await store.fresh(destination, limit=limit)]


async def unread_rows(store: Store, destination=HERE, limit: int = 100) -> list[int]:
    return [one.stored.row for one in await store.unread(destination, "slack:U7", limit=limit)]


async def test_fresh_gives_matched_papers_newest_first_up_to_the_limit(store: Store) -> None:
    rule = await follow(store)
    papers = distinct_papers(4)
    first = await ingest(store, papers[:2], rule, at=later(hours=1))
    second = await ingest(store, papers[2:], rule, at=later(hours=2))
    assert await fresh_rows(store) == [*reversed(second), *reversed(first)]
    assert await fresh_rows(store, limit=3) == [*reversed(second), first[1]]
    found = await store.fresh(HERE, limit=1)
    assert found[0].stored.paper.title == papers[3].title


async def test_fresh_gives_each_paper_once_with_all_its_reasons_certain_ones_first(store: Store) -> None:
    possible, certain, same = [await follow(store, query) for query in ("a", "b", "c")]
    paper = a_paper()
    found = [Hit(rule=possible, clause="jia, r", possible=True), Hit(rule=certain, clause="vision"), Hit(rule=same, clause="vision")]
    await store.ingest([paper], at=later(hours=1), match=lambda paper, terms: found)
    assert [one.reasons for one in await store.fresh(HERE, limit=5)] == [("vision", "jia, r")]


async def test_what_was_matched_before_the_subscription_began_is_not_fresh(store: Store) -> None:
    rule = await follow(store, destination=THERE)
    old = await ingest(store, [a_paper(title="An Old One")], rule, at=later(hours=1))
    await follow(store, destination=HERE, at=later(hours=2))
    new = await ingest(store, distinct_papers(1), rule, at=later(hours=2))
    assert await fresh_rows(store, HERE) == new
    assert await fresh_rows(store, THERE) == [*new, *old]


async def test_papers_no_rule_matches_are_not_fresh(store: Store) -> None:
    await follow(store)
    await store.ingest(distinct_papers(2), at=later(hours=1), match=no_match)
    assert await fresh_rows(store) == []


async def test_papers_of_an_ended_subscription_are_fresh_again_when_it_is_restored(store: Store) -> None:
    rule = await follow(store, destination=HERE)
    await follow(store, destination=THERE)
    papers = distinct_papers(2)
    before = await ingest(store, papers[:1], rule, at=later(hours=1))
    await store.unsubscribe(HERE, 1)
    assert await fresh_rows(store) == []
    meanwhile = await ingest(store, papers[1:], rule, at=later(hours=2))
    await store.restore(HERE, 1)
    assert await fresh_rows(store) == [*meanwhile, *before]


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        (("new", "cross"), {"none", "new", "cross"}),
        (("update",), {"replace", "replace-cross"}),
        (("new", "cross", "update"), {"none", "new", "cross", "replace", "replace-cross"}),
        ((), set()),
    ],
)
async def test_fresh_keeps_to_the_kinds_of_announcement_the_channel_wants(store: Store, types: tuple[str, ...], wanted: set[str]) -> None:
    await add_channel(store, types=types)
    rule = await follow(store)
    kinds = [None, *AnnounceType]
    await ingest(store, [replace(paper, announce_type=kind) for paper, kind in zip(distinct_papers(6), kinds, strict=True)], rule)
    found = await store.fresh(HERE, limit=10)
    assert {str(one.stored.paper.announce_type or "none") for one in found} == wanted


async def test_fresh_keeps_to_the_kinds_that_a_subscription_wants_for_itself(store: Store) -> None:
    updates, others = await follow(store, "a"), await follow(store, "b")
    await store.change_subscription(HERE, 1, types=("update",))
    kinds = (AnnounceType.NEW, AnnounceType.REPLACE)
    papers = [replace(paper, announce_type=kind) for paper, kind in zip(distinct_papers(2), kinds, strict=True)]
    both = [Hit(rule=updates, clause="a"), Hit(rule=others, clause="b")]
    new, update = (await store.ingest(papers, at=later(hours=1), match=lambda paper, terms: both)).rows
    found = {one.stored.row: (one.reasons, one.numbers) for one in await store.fresh(HERE, limit=9)}
    assert found == {new: (("b",), (2,)), update: (("a",), (1,))}
    await store.change_subscription(HERE, 1, types=())
    found = {one.stored.row: (one.reasons, one.numbers) for one in await store.fresh(HERE, limit=9)}
    assert found == {new: (("a", "b"), (1, 2))}


async def test_a_paper_replaced_before_the_digest_is_still_new_there(store: Store) -> None:
    rule = await follow(store)
    paper = a_paper(announce_type=None)
    rows = await ingest(store, [paper], rule)
    await store.ingest([replace(paper, announce_type=AnnounceType.REPLACE, version=2)], at=later(hours=2), match=hits(rule))
    assert await fresh_rows(store) == rows


async def test_an_update_that_turns_out_to_be_new_is_fresh(store: Store) -> None:
    rule = await follow(store)
    paper = a_paper(announce_type=AnnounceType.REPLACE)
    rows = await ingest(store, [paper], rule)
    assert await fresh_rows(store) == []
    await store.ingest([replace(paper, announce_type=AnnounceType.NEW)], at=later(hours=2), match=hits(rule))
    assert await fresh_rows(store) == rows


async def test_what_an_occurrence_covers_is_never_fresh_here_again_but_elsewhere(store: Store) -> None:
    rule = await follow(store, "a", HERE)
    await follow(store, "a", THERE)
    shown, held, left = await ingest(store, distinct_papers(3), rule)
    await enqueue(store, HERE, shown=((shown, "a"),), rest=((held, "a"),))
    assert await fresh_rows(store, HERE) == [left]
    assert await fresh_rows(store, THERE) == [left, held, shown]
    another = await follow(store, "b", HERE)
    await store.ingest([a_paper(title="Rewritten", arxiv="2604.77777")], at=later(hours=3), match=hits(another))
    assert len(await fresh_rows(store, HERE)) == 2


async def test_a_covered_paper_that_another_rule_matches_later_is_not_fresh(store: Store) -> None:
    rule = await follow(store, "a")
    paper = a_paper()
    [row] = await ingest(store, [paper], rule)
    await enqueue(store, shown=((row, "a"),))
    another = await follow(store, "b")
    changed = await store.ingest([replace(paper, title="Reading Orders, Revised", version=2)], at=later(hours=5), match=hits(another))
    assert changed.rows == (row,)
    assert await fresh_rows(store) == []


async def test_hidden_papers_are_not_fresh_until_they_are_shown_again(store: Store) -> None:
    rule = await follow(store)
    one, other = await ingest(store, distinct_papers(2), rule)
    assert await store.hide(HERE, "slack:U7", one, at=NOON)
    assert await fresh_rows(store) == [other]
    assert await store.shown(HERE, [one, other]) == {one}
    assert await store.unhide(HERE, one)
    assert await fresh_rows(store) == [other, one]
    assert await store.shown(HERE, [one, other]) == set()


async def test_another_tenant_is_told_nothing_about_a_destination(store: Store) -> None:
    rule = await follow(store)
    shown, left = await ingest(store, distinct_papers(2), rule)
    await enqueue(store, shown=((shown, "a"),))
    assert (await fresh_rows(store, HERE), await unread_rows(store, HERE)) == ([left], [shown])
    assert (await fresh_rows(store, STRANGER), await unread_rows(store, STRANGER)) == ([], [])
    assert await store.shown(STRANGER, [shown]) == set()
    operator = replace(HERE, tenant="")
    assert (await fresh_rows(store, operator), await unread_rows(store, operator)) == ([left], [shown])


async def test_shown_tells_what_was_posted_from_what_was_held_back(store: Store) -> None:
    rows = await ingest(store, distinct_papers(3), await follow(store))
    await enqueue(store, shown=((rows[0], ""),), rest=((rows[1], ""),))
    assert await store.shown(HERE, [*rows, 999]) == {rows[0]}
    assert await store.shown(THERE, rows) == set()


async def test_rest_gives_what_an_occurrence_held_back_in_its_order_without_what_was_hidden(store: Store) -> None:
    rows = await ingest(store, distinct_papers(4), await follow(store))
    occurrence = an_occurrence(shown=((rows[0], "a"),), rest=((rows[3], "best"), (rows[1], "good"), (rows[2], "fair")))
    await store.enqueue(occurrence, at=NOON)
    assert [(one.stored.row, one.reasons) for one in await store.rest(occurrence.id)] == [
        (rows[3], ("best",)),
        (rows[1], ("good",)),
        (rows[2], ("fair",)),
    ]
    await store.hide(HERE, "slack:U7", rows[1], at=NOON)
    assert [one.stored.row for one in await store.rest(occurrence.id)] == [rows[3], rows[2]]
    assert await store.rest("unknown") == []


async def test_an_occurrence_becomes_deliveries_in_order_and_moves_the_channel_on(store: Store) -> None:
    await follow(store)
    first, second, third = await enqueue(store, parts=3, next_at=later(days=3), local_date=date(2026, 4, 22))
    assert first == an_occurrence().id
    found = [await get(store, one) for one in (first, second, third)]
    assert [one.message for one in found] == list(an_occurrence(parts=3).messages)
    assert [one.parent for one in found] == ["", first, first]
    assert [one.seq for one in found] == sorted({one.seq for one in found})
    assert {(one.state, one.destination, one.created_at, one.attempts) for one in found} == {(State.PENDING, HERE, NOON, 0)}
    [channel] = await store.channels()
    assert channel.next_at == later(days=3)


async def test_messages_that_are_no_thread_have_no_parent(store: Store) -> None:
    ids = await enqueue(store, parts=3, threaded=False)
    assert [(await get(store, one)).parent for one in ids] == ["", "", ""]


async def test_order_goes_on_from_one_occurrence_to_the_next_even_when_the_channel_was_removed(store: Store) -> None:
    await follow(store)
    ids = await enqueue(store, slot="1", parts=2)
    await store.remove_channel(HERE.key)
    await follow(store)
    ids += await enqueue(store, slot="2", parts=2)
    numbers = [(await get(store, one)).seq for one in ids]
    assert numbers == sorted(set(numbers))


async def test_an_occurrence_is_written_once(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    await enqueue(store, shown=((rows[0], ""),), next_at=NEXT)
    again = an_occurrence(parts=2, shown=((rows[1], ""),), next_at=later(days=9))
    assert not await store.enqueue(again, at=later(hours=1))
    assert await store.counts() == {State.PENDING: 1}
    assert await fresh_rows(store) == [rows[1]]
    assert (await store.channels())[0].next_at == later(days=9), "else it would be due for ever"


async def test_a_paper_that_another_occurrence_covers_turns_the_whole_occurrence_down(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    await enqueue(store, slot="1", shown=((rows[0], ""),))
    for fields in ({"shown": ((rows[1], ""), (rows[0], ""))}, {"rest": ((rows[0], ""),)}):
        assert not await store.enqueue(an_occurrence(slot="2", next_at=later(days=9), **fields), at=NOON)
    assert await store.counts() == {State.PENDING: 1}
    assert (await store.channels())[0].next_at == NEXT
    assert await store.enqueue(an_occurrence(slot="2", shown=((rows[1], ""),)), at=NOON)


async def test_without_messages_only_the_next_time_moves(store: Store) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    silent = an_occurrence(messages=(), rest=((rows[0], ""),), next_at=later(days=2))
    assert await store.enqueue(silent, at=NOON)
    assert (await store.channels())[0].next_at == later(days=2)
    assert (await store.counts(), await fresh_rows(store)) == ({}, rows)
    assert await store.enqueue(an_occurrence(), at=NOON)


async def test_an_occurrence_out_of_turn_and_one_of_a_paused_channel_leave_the_next_time_alone(store: Store) -> None:
    await follow(store)
    await enqueue(store, slot="now", next_at=None)
    [channel] = await store.channels()
    assert channel.next_at == NEXT
    await store.change_channel(replace(channel, paused="asked for", next_at=None))
    await enqueue(store, slot="2", next_at=later(days=2))
    assert (await store.channels())[0].next_at is None


async def test_an_occurrence_for_another_tenant_is_refused(store: Store) -> None:
    await follow(store)
    with pytest.raises(BadInput, match="another workspace"):
        await store.enqueue(an_occurrence(STRANGER), at=NOON)
    assert await store.counts() == {}


async def test_two_planners_at_once_write_one_of_two_equal_occurrences(store: Store, second_store: Store) -> None:
    await follow(store)
    written = await asyncio.gather(*(one.enqueue(an_occurrence(parts=2), at=NOON) for one in (store, second_store, store, second_store)))
    assert sorted(written) == [False, False, False, True]
    assert await second_store.counts() == {State.PENDING: 2}


async def test_two_planners_at_once_show_a_paper_once(store: Store, second_store: Store) -> None:
    rows = await ingest(store, distinct_papers(1), await follow(store))
    plans = [an_occurrence(slot=slot, shown=((rows[0], ""),)) for slot in ("1", "now")]
    written = await asyncio.gather(store.enqueue(plans[0], at=NOON), second_store.enqueue(plans[1], at=NOON))
    assert sorted(written) == [False, True]


async def test_what_was_covered_as_one_of_two_records_is_covered_as_the_paper_they_become(store: Store) -> None:
    rule = await follow(store)
    one = a_paper(keys=("doi:10.1000/a",), title="A Record by Number", abstract="", authors=("Ada Lovelace",), source="x")
    two = a_paper(keys=("openreview:abcDEF",), title="A Record by Forum", abstract="", authors=("Ada Lovelace",), source="y")
    rows = await ingest(store, [one, two], rule)
    assert len(set(rows)) == 2
    await enqueue(store, shown=((rows[1], "a"),))
    await store.read("slack:U7", [rows[0]], at=NOON)
    joined = replace(one, keys=("doi:10.1000/a", "openreview:abcDEF"))
    await store.ingest([joined], at=later(hours=4), match=no_match)
    assert await store.count_papers() == 1
    assert await fresh_rows(store) == []
    assert await store.shown(HERE, rows) == set(rows)
    assert await unread_rows(store) == []


async def test_what_was_held_back_may_be_shown_later_but_only_once(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    await enqueue(store, shown=((rows[0], ""),), rest=((rows[1], ""),))
    assert not await store.enqueue(an_occurrence(slot="again", shown=(), rest=((rows[1], ""),)), at=later(hours=1))
    assert await store.enqueue(an_occurrence(slot="fill", shown=((rows[1], "now"),)), at=later(hours=2))
    assert await store.shown(HERE, rows) == set(rows)
    assert not await store.enqueue(an_occurrence(slot="fill again", shown=((rows[1], ""),)), at=later(hours=3))
