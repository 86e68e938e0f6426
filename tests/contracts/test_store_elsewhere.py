"""Papers that were found in a channel and that this store did not post, as far as it knows."""

from __future__ import annotations

import pytest

from bot.domain.deliveries import State
from bot.errors import BadInput
from bot.ports import Store
from tests.builders import NOON, a_destination, a_paper, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, an_occurrence, enqueue, follow, hits, ingest, settle


async def fresh_rows(store: Store, destination=HERE) -> list[int]:
    return [one.stored.row for one in await store.fresh(destination, limit=9)]


async def test_a_known_paper_found_in_the_channel_is_never_offered_there_again(store: Store) -> None:
    rule = await follow(store, destination=HERE)
    await follow(store, destination=THERE)
    papers = distinct_papers(2)
    rows = await ingest(store, papers, rule)
    assert await store.posted_elsewhere(HERE, [papers[0].keys[0]], NOON) == 1
    assert (await fresh_rows(store), await store.shown(HERE, rows)) == ([rows[1]], {rows[0]})
    assert len(await fresh_rows(store, THERE)) == 2
    assert not await store.enqueue(an_occurrence(shown=((rows[0], ""),)), at=later(hours=1))


async def test_what_was_held_back_and_is_found_in_the_channel_counts_as_shown(store: Store) -> None:
    papers = distinct_papers(2)
    rows = await ingest(store, papers, await follow(store))
    occurrence = an_occurrence(shown=((rows[0], ""),), rest=((rows[1], "why"),))
    await store.enqueue(occurrence, at=NOON)
    assert await store.posted_elsewhere(HERE, [papers[1].keys[0], papers[0].keys[0]], later(hours=1)) == 2
    assert await store.posted_elsewhere(HERE, [papers[1].keys[0], papers[0].keys[0]], later(hours=2)) == 0
    assert await store.shown(HERE, rows) == set(rows)
    assert await store.rest(occurrence.id) == []
    assert {one.stored.row for one in await store.unread(HERE, "slack:U7", limit=9)} == set(rows)


async def test_a_paper_that_comes_in_later_is_known_by_its_keys(store: Store) -> None:
    rule = await follow(store)
    await follow(store, destination=THERE)
    assert await store.posted_elsewhere(HERE, ["arxiv:2604.77777", "doi:10.1000/x", "arxiv:2604.77777"], NOON) == 2
    [row] = await ingest(store, [a_paper(arxiv="2604.77777")], rule)
    assert (await fresh_rows(store), await fresh_rows(store, THERE)) == ([], [row])
    assert await store.shown(HERE, [row]) == {row}
    assert [one.stored.row for one in await store.unread(HERE, "slack:U7", limit=9)] == [row]


async def test_a_waiting_paper_that_gets_such_a_key_from_another_source_is_taken_off(store: Store) -> None:
    rule = await follow(store)
    [row] = await ingest(store, [a_paper(keys=("openreview:abcDEF",), title="A Record by Forum", source="y")], rule)
    await enqueue(store, HERE, rest=((row, ""),))
    await store.posted_elsewhere(HERE, ["doi:10.1000/a"], NOON)
    assert await store.shown(HERE, [row]) == set()
    joined = a_paper(keys=("openreview:abcDEF", "doi:10.1000/a"), title="A Record by Forum", source="x")
    assert (await store.ingest([joined], at=later(hours=3), match=hits(rule))).rows == (row,)
    assert await store.shown(HERE, [row]) == {row}


async def test_found_papers_outlive_that_two_records_become_one(store: Store) -> None:
    rule = await follow(store)
    one = a_paper(keys=("doi:10.1000/a",), title="A Record by Number", abstract="", source="x")
    two = a_paper(keys=("openreview:abcDEF",), title="A Record by Forum", abstract="", source="y")
    rows = await ingest(store, [one, two], rule)
    await store.posted_elsewhere(HERE, ["openreview:abcDEF"], NOON)
    joined = a_paper(keys=("doi:10.1000/a", "openreview:abcDEF"), title="A Record by Number", abstract="", source="x")
    await store.ingest([joined], at=later(hours=4), match=hits(rule))
    assert await store.count_papers() == 1
    assert (await fresh_rows(store), await store.shown(HERE, rows)) == ([], set(rows))


async def test_a_failed_delivery_does_not_let_go_of_what_stands_in_the_channel(store: Store) -> None:
    papers = distinct_papers(2)
    rows = await ingest(store, papers, await follow(store))
    await store.posted_elsewhere(HERE, [papers[0].keys[0]], NOON)
    [id_] = await enqueue(store, shown=((rows[1], ""),))
    await settle(store, id_, State.FAILED)
    assert await store.shown(HERE, rows) == {rows[0]}


async def test_nothing_is_noted_for_a_channel_of_another_tenant(store: Store) -> None:
    await follow(store)
    with pytest.raises(BadInput, match="another workspace"):
        await store.posted_elsewhere(a_destination(HERE.key, tenant="slack:T2"), ["arxiv:2604.1"], NOON)


async def test_papers_of_a_removed_channel_that_were_never_posted_can_be_shown_when_it_comes_back(store: Store) -> None:
    rows = await ingest(store, distinct_papers(2), await follow(store))
    await enqueue(store, shown=((rows[0], ""),), rest=((rows[1], ""),))
    await store.remove_channel(HERE.key)
    await follow(store)
    assert await store.shown(HERE, rows) == set()
    assert {one.stored.row for one in await store.unread(HERE, "slack:U7", limit=9)} == set(rows)
