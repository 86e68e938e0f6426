"""What a store tells of where a paper comes from. The same paper comes of the same records in any order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from bot.domain.history import ChangeKind
from bot.domain.papers import Author, Link, LinkKind, Paper
from bot.ports import Store
from bot.store import open_store
from tests.builders import NOON, a_paper, later
from tests.random_papers import random_record


def nothing(paper: Paper, of: object) -> tuple[()]:
    return ()


async def test_a_paper_of_one_source_has_that_one_and_no_changes(store: Store) -> None:
    await store.ingest([a_paper(arxiv="2604.1")], at=NOON, match=nothing)
    history = await store.history("https://arxiv.org/abs/2604.1v3") or await store.history("arxiv:2604.1")
    assert history is not None
    assert history.sources == (("arxiv", NOON),)
    assert [(record.source, record.key, record.row) for record in history.records] == [("arxiv", "arxiv:2604.1", history.stored.row)]
    assert (history.changes, history.joined, history.apart) == ((), (), ())
    assert await store.history("arxiv:2604.2") is None


async def test_each_source_stands_with_its_first_day_and_each_field_with_its_source(store: Store) -> None:
    first = a_paper(
        arxiv="2604.1", source="listing", title="Reading orders", authors=("Ada Lovelace",), organisations=("Lab",), submitted=None
    )
    second = a_paper(arxiv="2604.1", authors=("Ada Lovelace", "Grace Hopper"))
    third = replace(a_paper(arxiv="2604.1", source="huggingface", votes=12), categories=())
    for day, record in enumerate((first, second, third)):
        await store.ingest([record], at=later(days=day), match=nothing)
    history = await store.history("arxiv:2604.1")
    assert history is not None
    assert history.sources == (("listing", NOON), ("arxiv", later(days=1)), ("huggingface", later(days=2)))
    assert [record.source for record in history.records] == ["arxiv", "huggingface", "listing"]
    given = dict(history.provenance)
    assert given["title"] == ("arxiv", "huggingface")
    assert given["votes"] == ("huggingface",)
    assert given["organisations"] == ("listing",)
    assert given["submitted"] == ("arxiv", "huggingface")
    assert "journal_ref" not in given


async def test_a_new_version_is_the_same_paper_with_a_record_of_what_changed(store: Store) -> None:
    await store.ingest([a_paper(arxiv="2604.1", version=1)], at=NOON, match=nothing)
    second = a_paper(arxiv="2604.1", version=2, title="Reading Orders, Revisited", comment="Accepted at ACL 2026", updated=date(2026, 5, 2))
    intake = await store.ingest([second], at=later(days=9), match=nothing)
    assert intake.changed == 1
    assert await store.count_papers() == 1
    history = await store.history("arxiv:2604.1")
    assert history is not None
    assert [(one.kind, one.before, one.after) for one in history.changes] == [
        (ChangeKind.VERSION, "1", "2"),
        (ChangeKind.TITLE, "Reading Orders for Busy Groups", "Reading Orders, Revisited"),
        (ChangeKind.ACCEPTED, "", "ACL 2026"),
    ]
    assert {(one.source, one.at, one.day) for one in history.changes} == {("arxiv", later(days=9), date(2026, 5, 2))}
    numbers = [one.number for one in history.changes]
    assert numbers == sorted(set(numbers))


async def test_an_older_version_that_is_read_again_takes_nothing_back(store: Store) -> None:
    first, second = a_paper(arxiv="2604.1", version=1), a_paper(arxiv="2604.1", version=2, title="Reading Orders, Revisited")
    await store.ingest([second], at=NOON, match=nothing)
    await store.ingest([first], at=later(days=1), match=nothing)
    history = await store.history("arxiv:2604.1")
    assert history is not None
    assert (history.stored.paper.title, history.stored.paper.version) == ("Reading Orders, Revisited", 2)
    assert history.changes == ()


async def test_code_that_another_source_finds_is_a_change_and_its_wording_is_none(store: Store) -> None:
    await store.ingest([a_paper(arxiv="2604.1")], at=NOON, match=nothing)
    code = Link(kind=LinkKind.CODE, url="https://github.com/x/y")
    other = a_paper(arxiv="2604.1", source="huggingface", title="READING orders for very busy groups", links=(code,))
    await store.ingest([other], at=later(days=1), match=nothing)
    history = await store.history("arxiv:2604.1")
    assert history is not None
    assert [(one.kind, one.after, one.source) for one in history.changes] == [(ChangeKind.CODE, "https://github.com/x/y", "huggingface")]


async def test_a_number_that_was_another_papers_is_told_with_the_day_it_was_joined(store: Store) -> None:
    older = await store.ingest([a_paper(arxiv="2604.1", abstract="", authors=())], at=NOON, match=nothing)
    younger = await store.ingest([a_paper(source="listing", keys=(), title="Something Else", authors=("Bo Li",))], at=NOON, match=nothing)
    await store.ingest([replace(a_paper(arxiv="2604.1"), source="huggingface")], at=later(days=1), match=nothing)
    history = await store.history("arxiv:2604.1")
    assert history is not None
    assert history.stored.row == older.rows[0]
    assert [(one.row, one.at) for one in history.joined] == [(younger.rows[0], later(days=1))]
    assert {record.row for record in history.records} == {older.rows[0], younger.rows[0]}


RECORDS = (
    a_paper(arxiv="2604.1", version=1, title="Reading Orders", authors=("Ada Lovelace",), comment="12 pages"),
    a_paper(arxiv="2604.1", version=2, title="Reading Orders, Revisited", updated=date(2026, 5, 2)),
    replace(a_paper(arxiv="2604.1", source="openreview", authors=("A. Lovelace", "Grace Hopper"), summary="One."), categories=("cs.LG",)),
    a_paper(arxiv="2604.1", source="huggingface", votes=3, summary="Another.", title="Reading ORDERS"),
    a_paper(source="listing", keys=("arxiv:2604.1", "doi:10.1/x"), organisations=("Lab",), author_count=7),
)


async def test_any_order_of_the_same_records_gives_the_same_paper(tmp_path_factory: pytest.TempPathFactory) -> None:
    papers = set()
    for place, order in enumerate(random.Random(1).sample(list(permutations(RECORDS)), 40)):
        store = await open_store(f"sqlite:{tmp_path_factory.mktemp('order') / f'{place}.db'}")
        try:
            for day, record in enumerate(order):
                await store.ingest([record], at=later(days=day), match=nothing)
            assert await store.count_papers() == 1
            found = await store.paper("doi:10.1/x")
            assert found is not None
            papers.add(found.paper)
        finally:
            await store.close()
    assert len(papers) == 1


@pytest.mark.parametrize("seed", range(12))
async def test_random_records_in_two_orders_give_the_same_paper_and_nothing_is_lost(
    store: Store, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Records of one arXiv id from different sources, arXiv's own in two versions."""
    chance = random.Random(seed)
    records: dict[tuple[str, int | None], Paper] = {}
    for number in range(10):
        record = replace(random_record(chance, ids=1), keys=("arxiv:2604.1",))
        version = None if record.source != "arxiv" else number % 2 + 1
        updated = date(2026, 4, 1) + timedelta(days=version) if version else None
        records.setdefault((record.source, version), replace(record, version=version, updated=updated))
    given = list(records.values())
    papers: list[Paper] = []
    other = await open_store(f"sqlite:{tmp_path_factory.mktemp('order') / 'other.db'}")
    try:
        for place in (store, other):
            chance.shuffle(given)
            for day, record in enumerate(given):
                await place.ingest([record], at=later(days=day), match=nothing)
            papers += [one.paper for one in await place.latest(limit=5)]
    finally:
        await other.close()
    paper, same = papers
    assert paper == same
    for record in given:
        assert set(record.categories) <= set(paper.categories)
        assert set(record.links) <= set(paper.links)
        assert {name.casefold() for name in record.organisations} <= {name.casefold() for name in paper.organisations}
    for field in ("title", "abstract", "summary", "comment", "journal_ref", "votes", "announced", "submitted"):
        assert getattr(paper, field) or not any(getattr(record, field) for record in given), field
    known = {author.name for record in given for author in record.authors}
    assert {author.name for author in paper.authors} <= known


async def test_a_key_that_only_the_joined_records_have_joins_a_paper_that_came_before(store: Store) -> None:
    """A title from here and authors from there give a fingerprint; a record that has it came first."""
    for place in range(6):
        title = f"{place} Reading Orders of Another Kind"
        alone = a_paper(title=title, source="listing", keys=(), abstract="", authors=("Ada Lovelace",))
        titled = Paper(keys=(f"doi:10.1/{place}",), title=title, source="crossref")
        named = Paper(keys=(f"doi:10.1/{place}",), authors=(Author(name="Ada Lovelace"),), source="openalex")
        for record in list(permutations((alone, titled, named)))[place]:
            await store.ingest([record], at=NOON, match=nothing)
        assert await store.count_papers() == place + 1
