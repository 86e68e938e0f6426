"""What every store owes to those who bring papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, abstract_fingerprint, with_derived_keys
from bot.domain.queries import Terms
from bot.ports import Hit, Intake, Store
from tests.builders import ABSTRACT, NOON, a_destination, a_paper, distinct_papers, later, some_settings

OTHER_ABSTRACT = "Nothing in this abstract is like the other one: it is about the orbits of small moons around cold and distant planets."


def nothing(paper: Paper, terms: Terms) -> Sequence[Hit]:
    return ()


async def ingest(store: Store, *papers: Paper, at: datetime = NOON) -> Intake:
    return await store.ingest(papers, at=at, match=nothing)


async def only(store: Store, row: int) -> Paper:
    (stored,) = await store.papers([row])
    return stored.paper


async def test_a_paper_comes_back_as_it_was_given(store: Store) -> None:
    paper = a_paper(
        authors=(),
        summary="In short.",
        author_count=3,
        more_authors=True,
        categories=("cs.CL", "cs.AI"),
        organisations=("Stanford University",),
        links=(Link(kind=LinkKind.CODE, url="https://github.com/x/y"), Link(kind=LinkKind.PAGE, url="https://example.org")),
        updated=date(2026, 4, 22),
        announced=date(2026, 4, 22),
        announce_type=AnnounceType.CROSS,
        version=2,
        comment="12 pages, “typographic” quotes, ∇-symbols and an emoji 🪐",
        journal_ref="J. Tests 1, 2",
        votes=7,
        discussion=0,
        withdrawn=True,
    )
    author = Author(name="José Álvarez", affiliations=("Uni A", "Lab B"), ids=("orcid:0000-0002-1825-0097", "s2:1741101"))
    paper = with_derived_keys(replace(paper, authors=(author, Author(name="Wei Zhang"))))
    intake = await ingest(store, paper)
    (stored,) = await store.papers(intake.rows)
    assert (stored.paper, stored.first_seen, stored.sources) == (paper, NOON, ("arxiv",))
    for key in paper.keys:
        assert await store.paper(key) == stored


async def test_a_paper_is_found_by_a_link_to_it_and_an_unknown_one_is_not(store: Store) -> None:
    intake = await ingest(store, a_paper(arxiv="2604.12345"))
    found = await store.paper("https://arxiv.org/pdf/2604.12345v3")
    assert found is not None
    assert found.row == intake.rows[0]
    assert await store.paper("arxiv:2604.99999") is None
    assert await store.paper("") is None


async def test_what_arrived_is_told_oldest_first_between_two_moments(store: Store) -> None:
    papers = distinct_papers(6)
    for hours, some in ((0, papers[:1]), (2, papers[1:4]), (3, papers[4:])):
        await ingest(store, *some, at=later(hours=hours))
    told = [(paper.key, later(hours=2)) for paper in papers[1:4]] + [(paper.key, later(hours=3)) for paper in papers[4:]]
    assert await store.arrivals(since=NOON, until=later(hours=3), limit=9) == told, "not what came at the first moment, but at the last"
    assert await store.arrivals(since=NOON, until=later(hours=3), limit=2) == told[:3], "one moment is never torn apart"
    assert await store.arrivals(since=later(hours=2), until=later(hours=9), limit=2) == told[3:]
    assert await store.arrivals(since=later(hours=3), until=later(hours=9), limit=2) == []
    assert await store.arrivals(since=NOON, until=later(hours=2, seconds=-1), limit=2) == []


async def test_a_batch_stored_twice_changes_nothing(store: Store) -> None:
    papers = [*distinct_papers(5), a_paper(arxiv="2604.20000", source="huggingface", votes=3)]
    first = await ingest(store, *papers)
    before = await store.papers(first.rows)
    again = await ingest(store, *papers, at=later(hours=1))
    assert (first.new, again.same, again.new, again.merged, again.changed) == (6, 6, 0, 0, 0)
    assert again.rows == first.rows
    assert await store.papers(first.rows) == before
    assert await store.count_papers() == 6


async def test_rows_answer_the_papers_in_the_order_given_and_grow_with_the_date(store: Store) -> None:
    young, old = a_paper(submitted=date(2026, 4, 20)), a_paper(submitted=date(2024, 1, 1), title="An older paper", abstract=OTHER_ABSTRACT)
    intake = await ingest(store, young, old)
    assert [stored.paper for stored in await store.papers(intake.rows)] == [young, old]
    assert intake.rows[0] > intake.rows[1]


async def test_papers_are_loaded_in_the_order_asked_for_without_the_unknown_ones(store: Store) -> None:
    rows = (await ingest(store, *distinct_papers(3))).rows
    loaded = await store.papers([rows[2], 999, rows[0], rows[2]])
    assert [stored.row for stored in loaded] == [rows[2], rows[0], rows[2]]


async def test_a_second_source_fills_the_gaps_and_adds_itself(store: Store) -> None:
    bare = a_paper(arxiv="2604.11111", categories=(), submitted=None)
    rich = replace(bare, source="huggingface", votes=12, organisations=("Mila",), links=(Link(kind=LinkKind.CODE, url="https://x.org/c"),))
    first = await ingest(store, bare)
    second = await ingest(store, rich, at=later(days=1))
    assert (second.merged, second.rows) == (1, first.rows)
    (stored,) = await store.papers(first.rows)
    assert (stored.sources, stored.first_seen) == (("arxiv", "huggingface"), NOON)
    assert (stored.paper.votes, stored.paper.organisations, stored.paper.links) == (12, ("Mila",), rich.links)


async def test_the_source_of_higher_authority_has_the_say_whoever_comes_first(store: Store) -> None:
    good = a_paper(arxiv="2604.22222", title="The Proper Title", authors=("Ada Lovelace", "Grace Hopper"), categories=("cs.CL", "cs.AI"))
    poor = a_paper(
        arxiv="2604.22222", title="the propper titel", authors=("A. Lovelace",), categories=("cs.IR",), source="listing", votes=4
    )
    for order in ((good, poor), (poor, good)):
        papers = [replace(paper, keys=(f"arxiv:2604.3333{order.index(good)}",)) for paper in order]
        row = (await ingest(store, *papers)).rows[0]
        merged = await only(store, row)
        assert (merged.title, merged.authors, merged.source) == (good.title, good.authors, "arxiv")
        assert (merged.categories, merged.votes) == (("cs.CL", "cs.AI", "cs.IR"), 4)


async def test_the_abstract_joins_a_summary_that_was_written_for_it(store: Store) -> None:
    fingerprint = abstract_fingerprint(ABSTRACT)
    assert fingerprint is not None
    seed = a_paper(abstract="", summary="A committee of models reads papers.", keys=("arxiv:2604.44444", fingerprint), source="seeds")
    row = (await ingest(store, seed)).rows[0]
    intake = await ingest(store, a_paper(arxiv="2604.44444", abstract=ABSTRACT))
    merged = await only(store, row)
    assert (intake.merged, merged.abstract, merged.summary) == (1, ABSTRACT, seed.summary)


async def test_a_record_without_an_id_is_recognised_by_its_abstract(store: Store) -> None:
    row = (await ingest(store, a_paper(arxiv="2604.55555"))).rows[0]
    page = with_derived_keys(Paper(abstract=ABSTRACT.upper().replace(" ", "  "), source="listing"))
    intake = await ingest(store, page)
    assert (intake.merged, intake.rows) == (1, (row,))


async def test_a_record_that_proves_two_papers_to_be_one_joins_them_into_the_older(store: Store) -> None:
    titled = a_paper(keys=(), title="Reading Orders Reconsidered", abstract="", source="seeds", summary="Two lines.")
    listed = with_derived_keys(Paper(keys=("arxiv:2604.66666",), abstract=ABSTRACT, source="listing", votes=3))
    older, younger = (*(await ingest(store, titled)).rows, *(await ingest(store, listed, at=later(hours=1))).rows)
    assert older != younger
    bridge = a_paper(keys=(), title=titled.title, abstract=ABSTRACT, source="page")
    intake = await ingest(store, bridge, at=later(hours=2))
    assert (intake.rows, intake.merged, await store.count_papers()) == ((older,), 1, 1)
    (stored,) = await store.papers([older])
    assert stored.first_seen == NOON
    assert set(stored.sources) == {"seeds", "listing", "page"}
    assert (stored.paper.key, stored.paper.summary, stored.paper.votes) == ("arxiv:2604.66666", "Two lines.", 3)
    assert set(stored.paper.keys) >= {*titled.keys, *listed.keys, *bridge.keys}
    assert await store.paper("arxiv:2604.66666") == stored
    # Buttons posted with the number of the younger one still lead to the paper.
    assert [paper.row for paper in await store.papers([younger])] == [older]
    assert await store.authors("lovelace", limit=5) == [("Ada Lovelace", 1)]


async def test_records_of_one_batch_join_as_they_would_one_by_one(store: Store) -> None:
    titled = a_paper(keys=(), title="Reading Orders Reconsidered", abstract="", source="seeds")
    listed = with_derived_keys(Paper(keys=("arxiv:2604.66666",), abstract=ABSTRACT, source="listing"))
    bridge = a_paper(keys=(), title=titled.title, abstract=ABSTRACT, source="page")
    intake = await ingest(store, titled, listed, bridge)
    assert len(set(intake.rows)) == 1
    assert (intake.new, intake.merged, await store.count_papers()) == (2, 1, 1)
    assert (await ingest(store, titled, listed, bridge)).same == 3


async def test_two_arxiv_ids_are_two_papers_even_with_the_same_text_and_doi(store: Store) -> None:
    first = a_paper(keys=("arxiv:2604.00011", "doi:10.1/x"))
    second = a_paper(keys=("arxiv:2604.00012", "doi:10.1/x"))
    intake = await ingest(store, first, second)
    assert (intake.new, await store.count_papers()) == (2, 2)
    assert (await ingest(store, second, first)).same == 2
    for paper in (first, second):
        found = await store.paper(paper.key)
        assert found is not None
        assert found.paper == paper


async def test_the_same_text_under_two_dois_is_two_papers(store: Store) -> None:
    assert (await ingest(store, a_paper(keys=("doi:10.1/a",)), a_paper(keys=("doi:10.1/b",)))).new == 2


async def test_papers_with_nothing_in_common_stay_apart(store: Store) -> None:
    assert (await ingest(store, *distinct_papers(20))).new == 20


async def test_a_new_version_replaces_what_the_same_source_said(store: Store) -> None:
    old = a_paper(arxiv="2604.77777", version=1, comment="8 pages")
    new = with_derived_keys(replace(old, title="A Better Title Altogether", version=2, updated=date(2026, 5, 1), comment=""))
    row = (await ingest(store, old)).rows[0]
    intake = await ingest(store, new, at=later(days=9))
    assert (intake.changed, intake.rows) == (1, (row,))
    merged = await only(store, row)
    assert (merged.title, merged.version, merged.comment) == (new.title, 2, "8 pages")
    late = await ingest(store, old)
    assert (late.same, await only(store, row)) == (1, merged)


async def test_two_pages_of_one_source_that_differ_do_not_take_turns(store: Store) -> None:
    one = a_paper(arxiv="2604.88888", title="Title With Glued Names Ada Lovelace", source="listing", categories=("cs.CL",))
    other = a_paper(arxiv="2604.88888", title="Title With Glued Names", source="listing", categories=("cs.AI",))
    row = (await ingest(store, one, other)).rows[0]
    before = await only(store, row)
    assert (await ingest(store, one, other)).same == 2
    assert await only(store, row) == before


async def test_votes_and_versions_only_grow(store: Store) -> None:
    paper = a_paper(arxiv="2604.99991", votes=5, version=2)
    row = (await ingest(store, paper)).rows[0]
    assert (await ingest(store, replace(paper, votes=9))).changed == 1
    assert (await ingest(store, replace(paper, votes=2, version=1))).same == 1
    merged = await only(store, row)
    assert (merged.votes, merged.version) == (9, 2)


async def test_being_new_outlives_a_later_replacement_notice(store: Store) -> None:
    paper = a_paper(arxiv="2604.99992", announce_type=AnnounceType.NEW, announced=date(2026, 4, 22))
    row = (await ingest(store, paper)).rows[0]
    await ingest(store, replace(paper, announce_type=AnnounceType.REPLACE, announced=date(2026, 5, 2), version=2))
    merged = await only(store, row)
    assert (merged.announce_type, merged.announced) == (AnnounceType.NEW, date(2026, 4, 22))


async def test_a_replacement_of_a_paper_never_seen_is_a_new_paper(store: Store) -> None:
    intake = await ingest(store, a_paper(announce_type=AnnounceType.REPLACE))
    assert intake.new == 1
    assert (await only(store, intake.rows[0])).announce_type is AnnounceType.REPLACE


async def test_a_cut_author_list_gives_way_to_the_whole_one(store: Store) -> None:
    cut = a_paper(arxiv="2604.99993", authors=("Ada Lovelace",), author_count=3, source="seeds")
    whole = a_paper(arxiv="2604.99993", authors=("Ada Lovelace", "Grace Hopper", "Mary Somerville"), source="arxiv")
    row = (await ingest(store, cut, whole)).rows[0]
    merged = await only(store, row)
    assert (merged.authors, merged.author_count) == (whole.authors, None)


async def test_a_list_that_ends_in_et_al_gives_way_to_the_whole_one_and_never_comes_back(store: Store) -> None:
    cut = a_paper(arxiv="2604.99995", authors=("Ada Lovelace",), more_authors=True, source="listing")
    whole = a_paper(arxiv="2604.99995", authors=("Ada Lovelace", "Grace Hopper"), source="arxiv")
    row = (await ingest(store, cut)).rows[0]
    assert (await only(store, row)).more_authors
    await ingest(store, whole)
    assert (await only(store, row)).authors == whole.authors
    await ingest(store, replace(cut, votes=9))
    merged = await only(store, row)
    assert (merged.authors, merged.more_authors, merged.votes) == (whole.authors, False, 9)


async def test_a_short_record_without_any_id_is_kept_and_recognised(store: Store) -> None:
    paper = Paper(title="Tiny", source="listing")
    first = await ingest(store, paper)
    assert (first.new, (await only(store, first.rows[0])).title) == (1, "Tiny")
    assert (await ingest(store, paper)).same == 1


async def test_a_record_with_nothing_in_it_is_refused_and_nothing_of_its_batch_is_kept(store: Store) -> None:
    with pytest.raises(ValueError, match="neither identity nor text"):
        await ingest(store, a_paper(), Paper(source="listing"))
    assert await store.count_papers() == 0


async def test_the_matcher_sees_what_is_new_and_what_reads_otherwise_than_before(store: Store) -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []

    def watch(paper: Paper, terms: Terms) -> Sequence[Hit]:
        seen.append((paper.title, terms.title))
        return ()

    paper = a_paper(arxiv="2604.99994", title="Planets", votes=1)
    await store.ingest([paper], at=NOON, match=watch)
    await store.ingest([paper], at=NOON, match=watch)
    assert seen == [("Planets", ("planet", "w_planets"))]
    await store.ingest([replace(paper, discussion=4)], at=NOON, match=watch)
    assert len(seen) == 1
    await store.ingest([replace(paper, title="Moons")], at=NOON, match=watch)
    assert seen[1:] == [("Moons", ("moon", "w_moons"))]
    await store.ingest([replace(paper, title="Moons", votes=20)], at=NOON, match=watch)
    assert len(seen) == 3


async def test_a_match_waits_where_its_rule_is_followed_and_survives_a_joining(store: Store) -> None:
    destination = a_destination()
    await store.add_channel(destination, some_settings(), next_at=NOON, origin="chat")
    _, rule, _ = await store.subscribe(destination, "lovelace", "query", by="slack:U7", at=NOON, origin="chat")
    hit = [Hit(rule=rule, clause="lovelace")]
    titled = a_paper(keys=(), title="Reading Orders Reconsidered", abstract="", source="seeds")
    listed = with_derived_keys(Paper(keys=("arxiv:2604.66666",), abstract=ABSTRACT, source="listing"))
    await store.ingest([titled], at=later(hours=1), match=nothing)
    await store.ingest([listed], at=later(hours=1), match=lambda paper, terms: hit)
    assert [candidate.reasons for candidate in await store.fresh(destination, limit=5)] == [("lovelace",)]
    bridge = a_paper(keys=(), title=titled.title, abstract=ABSTRACT, source="page")
    await store.ingest([bridge], at=later(hours=2), match=nothing)
    (candidate,) = await store.fresh(destination, limit=5)
    assert (candidate.stored.paper.title, candidate.reasons) == (titled.title, ("lovelace",))


async def test_a_matcher_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail(paper: Paper, terms: Terms) -> Sequence[Hit]:
        raise RuntimeError("no match today")

    papers = distinct_papers(3)
    with pytest.raises(RuntimeError, match="no match today"):
        await store.ingest(papers, at=NOON, match=fail)
    assert await store.count_papers() == 0
    assert (await ingest(store, *papers)).new == 3


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        await ingest(store, a_paper(), at=datetime(2026, 4, 22))  # noqa: DTZ001 - what is refused


async def test_the_latest_are_newest_by_date_and_then_by_arrival(store: Store) -> None:
    days = (date(2026, 4, 1), None, date(2026, 4, 3), date(2026, 4, 3), date(2026, 4, 2))
    papers = [replace(paper, submitted=day) for paper, day in zip(distinct_papers(5), days, strict=True)]
    await ingest(store, *papers[:3])
    await ingest(store, *papers[3:], at=later(hours=1))
    titles = [stored.paper.title for stored in await store.latest(limit=10)]
    assert titles == [papers[index].title for index in (3, 2, 4, 0, 1)]
    since = await store.latest(limit=10, since=later(minutes=1))
    assert [stored.paper.title for stored in since] == [papers[3].title, papers[4].title]
    assert len(await store.latest(limit=2)) == 2
