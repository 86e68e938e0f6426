"""Taking apart what was merged, and joining it again, as every store has to."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.domain.papers import Author, Paper
from bot.errors import BadInput
from bot.ports import Store
from bot.query.language import parse_query
from tests.builders import NOON, a_paper, later
from tests.contracts.digest_steps import HERE, add_channel, enqueue, follow, hits, ingest, no_match
from tests.random_papers import random_record

#: A page lists a paper under the title of another one.
PAGE = a_paper(source="listing", keys=(), abstract="", authors=("Ada Lovelace",), organisations=("Lab",), votes=4, submitted=None)
ARXIV = a_paper(arxiv="2604.1", abstract="Quite another text than that of the page. " * 4, authors=("Ada Lovelace", "Grace Hopper"))
BRIDGE = replace(ARXIV, source="huggingface", votes=9, abstract="")


async def take(store: Store, records: list[Paper], *, day: int = 0) -> list[int]:
    rows = []
    for record in records:
        rows += (await store.ingest([record], at=later(days=day), match=no_match)).rows
    return rows


async def unmerged(store: Store, key: str, source: str) -> tuple[int, int]:
    """Rows of what is left and of what was taken out: the records of ``source``."""
    history = await store.history(key)
    assert history is not None
    records = [record for record in history.records if record.source == source]
    split = await store.unmerge(history.stored.row, records, at=later(days=9), match=no_match)
    return split.left.row, split.taken.row


async def contents(store: Store, *rows: int) -> list[Paper]:
    return [one.paper for one in await store.papers(rows)]


async def test_a_record_that_joined_a_paper_is_taken_out_again_and_both_are_as_they_would_have_been(store: Store) -> None:
    first, second = await take(store, [ARXIV, PAGE])
    assert first == second, "one title, one first author"
    left, taken = await unmerged(store, "arxiv:2604.1", "listing")
    assert left == first != taken
    assert await contents(store, left, taken) == [ARXIV, PAGE]
    assert [one.sources for one in await store.papers([left, taken])] == [("arxiv",), ("listing",)]
    assert await store.count_papers() == 2


async def test_they_stay_apart_whatever_is_read_later(store: Store) -> None:
    await take(store, [ARXIV, PAGE])
    left, taken = await unmerged(store, "arxiv:2604.1", "listing")
    later_records = [PAGE, ARXIV, replace(ARXIV, version=2), replace(PAGE, votes=5), replace(BRIDGE, votes=10)]
    for record in later_records:
        [row] = await take(store, [record], day=10)
        assert row == (taken if record.source == "listing" else left), record.source
    assert await store.count_papers() == 2
    assert [one.votes for one in await contents(store, left, taken)] == [10, 5]


async def test_two_papers_that_a_third_record_joined_get_their_numbers_back(store: Store) -> None:
    """Old buttons carry the numbers: each leads to its own paper again."""
    one = a_paper(arxiv="2604.1", title="One of Two", abstract="", authors=())
    other = a_paper(source="listing", keys=(), title="The Other of Two", abstract="", authors=("Bo Li",))
    older, younger = await take(store, [one, other])
    bridge = replace(one, source="huggingface", keys=(*one.keys, *other.keys), votes=3)
    await take(store, [bridge], day=1)
    assert [stored.row for stored in await store.papers([older, younger])] == [older, older]
    left, taken = await unmerged(store, "arxiv:2604.1", "listing")
    assert (left, taken) == (older, younger)
    assert [stored.row for stored in await store.papers([older, younger])] == [older, younger]
    assert (await contents(store, younger))[0] == other
    assert (await store.history("arxiv:2604.1")).apart == (younger,)  # type: ignore[union-attr]
    await take(store, [bridge, replace(bridge, votes=8)], day=2)
    assert [stored.row for stored in await store.papers([older, younger])] == [older, younger]


async def test_whoever_had_the_number_first_keeps_it_even_if_it_is_named_to_be_taken_out(store: Store) -> None:
    one = a_paper(arxiv="2604.1", title="One of Two", abstract="", authors=())
    other = a_paper(source="listing", keys=(), title="The Other of Two", abstract="", authors=("Bo Li",))
    older, younger = await take(store, [one, other])
    await store.join(older, younger, at=NOON, match=no_match)
    left, taken = await unmerged(store, "arxiv:2604.1", "arxiv")
    assert (left, taken) == (younger, older)
    assert await contents(store, older, younger) == [one, other]


async def test_joining_undoes_it_and_taking_apart_undoes_that(store: Store) -> None:
    await take(store, [ARXIV, PAGE])
    [merged] = await contents(store, 1)
    left, taken = await unmerged(store, "arxiv:2604.1", "listing")
    joined = await store.join(taken, left, at=later(days=10), match=no_match)
    assert (joined.row, joined.paper) == (left, merged)
    assert [one.row for one in await store.papers([taken])] == [left]
    assert await unmerged(store, "arxiv:2604.1", "listing") == (left, taken)
    assert await contents(store, left, taken) == [ARXIV, PAGE]


async def test_search_finds_each_by_its_own_words_only(store: Store) -> None:
    await take(store, [ARXIV, PAGE])
    left, taken = await unmerged(store, "arxiv:2604.1", "listing")

    async def found(typed: str) -> list[int]:
        page = await store.search(parse_query(typed), today=NOON.date())
        return sorted(stored.row for stored, _ in page.hits)

    assert await found("busy groups") == sorted([left, taken])
    assert await found("org:lab") == [taken]
    assert await found("by:hopper") == [left]
    assert await found("by:lovelace") == sorted([left, taken])
    assert await found("source:listing") == [taken]
    assert await store.authors("grace", limit=5) == [("Grace Hopper", 1)]
    assert await store.authors("ada", limit=5) == [("Ada Lovelace", 2)]


async def test_what_people_did_with_the_one_holds_for_both_and_nothing_is_new_again(store: Store) -> None:
    rule = await follow(store)
    [row] = await ingest(store, [ARXIV], rule)
    await store.ingest([PAGE], at=later(hours=1), match=hits(rule))
    await enqueue(store, shown=((row, "reason"),), at=later(hours=2))
    await store.save("slack:U7", row, at=later(hours=2))
    await store.read("slack:U7", [row], at=later(hours=2))
    history = await store.history("arxiv:2604.1")
    assert history is not None
    split = await store.unmerge(row, history.records[1:], at=later(days=9), match=hits(rule))
    assert {one.row for one in await store.saved("slack:U7", limit=9)} == {split.left.row, split.taken.row}
    assert await store.shown(HERE, [split.left.row, split.taken.row]) == {split.left.row, split.taken.row}
    assert await store.fresh(HERE, limit=9) == []
    assert await store.unread(HERE, "slack:U7", limit=9) == []


async def test_a_rule_that_only_the_other_half_met_matches_no_more(store: Store) -> None:
    rule = await follow(store)

    def by_lab(paper: Paper, of: object):
        return hits(rule)(paper, of) if paper.organisations else ()  # type: ignore[arg-type]

    await store.ingest([ARXIV], at=later(hours=1), match=by_lab)
    await store.ingest([PAGE], at=later(hours=1), match=by_lab)
    assert [one.stored.row for one in await store.fresh(HERE, limit=9)] == [1]
    history = await store.history("arxiv:2604.1")
    assert history is not None
    split = await store.unmerge(1, history.records[1:], at=later(days=9), match=by_lab)
    assert [one.stored.row for one in await store.fresh(HERE, limit=9)] == [split.taken.row]
    channel = await store.channel(HERE.key, tenant=None)
    assert channel is not None


async def test_what_cannot_be_taken_apart_or_joined_is_refused_and_nothing_changes(store: Store) -> None:
    await add_channel(store)
    first, _ = await take(store, [ARXIV, PAGE])
    [alone] = await take(store, [a_paper(arxiv="2604.7", title="Alone", abstract="")])
    history = await store.history("arxiv:2604.1")
    assert history is not None
    for row, records in ((first, ()), (first, history.records), (alone, history.records), (99, history.records)):
        with pytest.raises(BadInput) as caught:
            await store.unmerge(row, records, at=NOON, match=no_match)
        assert caught.value.next_step
    for pair in ((first, first), (first, 99)):
        with pytest.raises(BadInput):
            await store.join(*pair, at=NOON, match=no_match)
    assert await store.count_papers() == 2


@pytest.mark.parametrize("seed", range(25))
async def test_undo_restores_both_and_loses_nothing_whatever_was_merged(store: Store, seed: int) -> None:
    """Random records of two papers, joined, taken apart by source and key, and joined again."""
    chance = random.Random(seed)

    def records_of(number: int) -> list[Paper]:
        sources = chance.sample(["arxiv", "seeds", "listing", "huggingface"], chance.randint(1, 3))
        made = [replace(random_record(chance), source=source) for source in sources]
        own = f"{number} is the number of this text and of no other, so that it is long enough to be told from any other text. " * 2
        return [
            replace(
                one,
                keys=(f"arxiv:2604.{number}",),
                title=f"{one.title} number {number}",
                abstract=own,
                authors=(Author(name=f"A. B{number}"),),
            )
            for one in made
        ]

    mine, others = records_of(1), records_of(2)
    rows = await take(store, mine), await take(store, others)
    before = await contents(store, rows[0][0], rows[1][0])
    joined = await store.join(rows[1][0], rows[0][0], at=later(days=1), match=no_match)
    assert await store.count_papers() == 1
    for paper in before:
        assert set(paper.keys) <= set(joined.paper.keys)
        assert set(paper.links) <= set(joined.paper.links)
        assert set(paper.categories) <= set(joined.paper.categories)
    history = await store.history("arxiv:2604.2")
    assert history is not None
    taking = [record for record in history.records if record.key == "arxiv:2604.2"]
    split = await store.unmerge(joined.row, taking, at=later(days=2), match=no_match)
    assert (split.left.row, split.taken.row) == (rows[0][0], rows[1][0])
    assert await contents(store, split.left.row, split.taken.row) == before
    again = [*mine, *others]
    chance.shuffle(again)
    await take(store, again, day=3)
    assert await contents(store, split.left.row, split.taken.row) == before
    assert (await store.join(1, 2, at=later(days=4), match=no_match)).paper == joined.paper
    assert await store.check_search()
