"""The starter corpus, the demo's day and the example subscriptions: facts only, recognisable, and fit to be used."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest

from bot.domain.papers import AnnounceType, Paper, fold, parse_key
from bot.domain.subscriptions import SubscriptionKind
from bot.query.language import parse_query
from bot.sources.listing.reader import read_listing
from bot.sources.seeds import SeedSource, load_demo_day, load_seed_papers, read_example_subscriptions
from bot.text.normalise import normalise

FIELDS = {"keys", "title", "authors", "author_count", "categories", "organisations", "submitted", "updated", "links", "discussion"}
FIELDS |= {"more_authors", "comment", "summary", "pages"}


def records(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in resources.files("seeds").joinpath(name).read_text(encoding="utf-8").splitlines()]


def abstract_key(paper: Paper) -> str:
    (found,) = [key for key in paper.keys if key.startswith("abs:")]
    return found


@pytest.fixture
def pages(test_data: Path) -> dict[str, list[Paper]]:
    """The real pages the corpus was made from, as every source's papers look in the store."""
    folder = test_data.parent / "seed-pages"
    if not folder.is_dir():
        pytest.skip("the pages of the starter corpus do not lie beside the recorded answers")
    return {
        path.name[:3]: [
            normalise(paper) for paper in read_listing(path.read_text(encoding="utf-8"), name=path.name, today=date(2026, 7, 1)).papers
        ]
        for path in sorted(folder.glob("*.txt"))
    }


# --- the starter corpus ----------------------------------------------------------------------------------------------


async def test_the_source_gives_the_whole_corpus_in_one_batch_and_remembers_nothing() -> None:
    memory: dict[str, str] = {}
    (batch,) = [batch async for batch in SeedSource().fetch(memory)]
    assert batch.papers == load_seed_papers()
    assert (len(batch.papers), batch.problems, memory) == (135, (), {})
    assert {paper.source for paper in batch.papers} == {"seeds"}


def test_the_corpus_holds_facts_and_no_abstracts() -> None:
    for record in records("papers.jsonl"):
        assert set(record) <= FIELDS
        assert {"keys", "title", "summary", "pages"} <= set(record)
    assert not any(paper.abstract for paper in load_seed_papers())


def test_every_paper_of_the_corpus_has_its_own_keys_and_the_arxiv_id_stands_first() -> None:
    papers = load_seed_papers()
    counted = Counter(key for paper in papers for key in paper.keys)
    assert set(counted.values()) == {1}
    for paper in papers:
        assert abstract_key(paper)
        assert all(parse_key(key) == key for key in paper.keys)
    assert sum(paper.key.startswith("arxiv:") for paper in papers) == 10


def test_papers_whose_authors_the_page_cut_say_so() -> None:
    cut = [paper for paper in load_seed_papers() if paper.more_authors]
    assert len(cut) == 37
    assert all(len(paper.authors) == 3 and paper.author_count is None for paper in cut)
    marked = [record for record in records("papers.jsonl") if "more_authors" in record]
    assert len(marked) == len(cut) and all("001" in str(record["pages"]) for record in marked)


def test_one_paper_is_known_by_its_id_alone() -> None:
    (untitled,) = [paper for paper in load_seed_papers() if not paper.title]
    assert untitled.key == "arxiv:2507.16746"
    assert untitled.display_title.startswith("182,384 worked problems")


def test_every_summary_is_one_or_two_short_sentences() -> None:
    summaries = [paper.summary for paper in load_seed_papers()]
    assert len(set(summaries)) == len(summaries)
    for summary in summaries:
        assert 60 <= len(summary) <= 300
        assert summary.endswith(".")
        assert summary.count(". ") <= 1


def test_no_summary_shares_eight_words_in_a_row_with_an_abstract(pages: dict[str, list[Paper]]) -> None:
    def runs(text: str) -> set[str]:
        words = fold(text).split()
        return {" ".join(words[start : start + 8]) for start in range(len(words) - 7)}

    of_abstracts = set().union(*(runs(paper.abstract) for papers in pages.values() for paper in papers))
    assert [paper.title for paper in load_seed_papers() if runs(paper.summary) & of_abstracts] == []


def test_every_paper_of_the_pages_is_recognised_in_the_corpus_with_the_same_facts(pages: dict[str, list[Paper]]) -> None:
    known = {abstract_key(paper): paper for paper in load_seed_papers()}
    seen = set()
    for papers in pages.values():
        for paper in papers:
            seed = known[abstract_key(paper)]
            seen.add(seed.key)
            assert paper.title in ("", seed.title)
            assert paper.authors in ((), seed.authors)
            assert not paper.authors or paper.more_authors == seed.more_authors
            assert paper.categories in ((), seed.categories)
            assert paper.organisations in ((), seed.organisations)
            assert paper.discussion == seed.discussion
            assert {link.url for link in paper.links} <= {link.url for link in seed.links}
            assert paper.submitted is None or (seed.submitted and abs((seed.submitted - paper.submitted).days) <= 1)
    assert len(seen) == 135


def test_the_corpus_goes_through_cleaning_unchanged() -> None:
    for paper in load_seed_papers():
        assert normalise(paper) == paper


# --- the invented day ------------------------------------------------------------------------------------------------


def test_the_demo_day_is_full_of_invented_papers_of_one_day() -> None:
    papers = load_demo_day()
    assert 18 <= len(papers) <= 25
    assert Counter(paper.source for paper in papers) == {"demo": len(papers) - 1, "listing": 1}
    assert {paper.announced for paper in papers} == {date(2026, 6, 17)}
    assert all(len(paper.abstract) > 200 for paper in papers)
    assert {AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE} <= {paper.announce_type for paper in papers}
    assert sum(paper.votes is not None for paper in papers) >= 10
    assert all("example.org" in link.url for paper in papers for link in paper.links)


def test_nobody_of_the_corpus_is_an_author_of_an_invented_paper() -> None:
    real = {author.name for paper in load_seed_papers() for author in paper.authors}
    invented = {author.name for paper in load_demo_day() for author in paper.authors}
    assert not real & invented


def test_two_records_of_the_demo_day_are_one_paper() -> None:
    papers = [normalise(paper) for paper in load_demo_day()]
    doubled = [key for key, times in Counter(key for paper in papers for key in paper.keys).items() if times > 1]
    (key,) = doubled
    with_id, without_id = (paper for paper in papers if key in paper.keys)
    assert with_id.key == "demo:2026-06-17-20"
    assert without_id.key == key
    assert with_id.votes is not None and without_id.votes is not None and without_id.votes > with_id.votes


def test_two_titles_of_the_demo_day_show_that_latex_becomes_readable() -> None:
    changed = [normalise(paper).title for paper in load_demo_day() if normalise(paper).title != paper.title]
    assert changed == ["Learning O(log n) Reading Orders for Growing Literatures", "β-Annealed Posteriors and the Price of Étale Priors"]


# --- examples --------------------------------------------------------------------------------------------------------


def test_every_example_subscription_is_a_query_of_a_known_kind_with_its_reason() -> None:
    examples = read_example_subscriptions()
    assert examples[0].query == 'by:"Robin Jia"'
    assert len(examples) >= 4
    for example in examples:
        assert parse_query(example.query) is not None
        assert example.kind in get_args(SubscriptionKind)
        assert example.about.endswith(".")
