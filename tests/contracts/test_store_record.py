"""What a store knows about one paper at one destination."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.papers import AnnounceType
from bot.ports import Hit, PaperRecord, Store
from tests.builders import NOON, a_paper, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, enqueue, follow, hits, ingest


async def test_a_record_names_every_subscription_whose_rule_matched_and_when(store: Store) -> None:
    one, other = await follow(store, "a"), await follow(store, "b")
    await follow(store, "c")
    found = [Hit(rule=one, clause="part of a", possible=True), Hit(rule=other, clause="b")]
    (row,) = (await store.ingest([a_paper()], at=later(hours=1), match=lambda paper, terms: found)).rows
    await ingest(store, distinct_papers(2), one, at=later(hours=2))
    await store.unsubscribe(HERE, 2)
    record = await store.record(HERE, row)
    assert [(of.number, of.clause, of.possible, of.live) for of in record.matched] == [(1, "part of a", True, True), (2, "b", False, False)]
    assert {(of.at, of.since) for of in record.matched} == {(later(hours=1), NOON)}
    assert await store.record(THERE, row) == PaperRecord()
    assert await store.record(replace(HERE, tenant="slack:T2"), row) == PaperRecord()


async def test_a_paper_waits_with_its_best_kind_until_it_is_covered(store: Store) -> None:
    rule = await follow(store)
    paper = a_paper(announce_type=AnnounceType.ARCHIVE)
    [row] = await ingest(store, [paper], rule)
    assert (await store.record(HERE, row)).waiting == ""
    for kind, waits in ((AnnounceType.REPLACE, "update"), (AnnounceType.CROSS, "cross"), (AnnounceType.NEW, "new")):
        await store.ingest([replace(paper, announce_type=kind)], at=later(hours=2), match=hits(rule))
        assert (await store.record(HERE, row)).waiting == waits
    await enqueue(store, shown=((row, "committee"),))
    record = await store.record(HERE, row)
    assert (record.waiting, record.covered is not None, len(record.matched)) == ("", True, 1)


async def test_a_paper_matched_before_the_subscription_began_does_not_wait(store: Store) -> None:
    rule = await follow(store, "a", THERE)
    [row] = await ingest(store, distinct_papers(1), rule)
    await follow(store, "a", HERE, at=later(hours=3))
    record = await store.record(HERE, row)
    assert (record.waiting, [of.at for of in record.matched]) == ("", [later(hours=1)])
    assert (await store.record(THERE, row)).waiting == "new"
