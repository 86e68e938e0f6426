"""What arXiv sends, read: our own small files for each case, and the recorded answers where they are at hand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.domain.papers import AnnounceType
from bot.sources.arxiv.api import parse_answer
from bot.sources.arxiv.names import is_cut, split_authors
from bot.sources.arxiv.rss import parse_feed, parse_item
from bot.sources.xml_tree import Node, read_tree
from bot.text.normalise import normalise

OURS = Path(__file__).parent / "data" / "arxiv"


def names(text: str) -> list[str]:
    return [author.name for author in split_authors(text)[0]]


# --- feeds -----------------------------------------------------------------------------------------------------------


def test_the_old_feed_keeps_its_facts_in_title_and_markup() -> None:
    feed = parse_feed((OURS / "old.rdf").read_bytes())
    first, second, third = feed.papers
    assert (first.keys, first.version, first.title) == (("arxiv:2107.00001",), 1, r"An invented measurement of $\alpha_s$")
    assert "p < 0.05" in first.abstract and "https://github.com/a/b" in first.abstract and "<" not in first.abstract.replace("p < 0", "")
    assert [author.name for author in first.authors] == ["QED collaboration", "A. Baker"] and first.author_count == 14
    assert (second.key, second.version, second.authors[0].name) == ("arxiv:hep-th/0107002", 3, "Chéri Doe")
    assert [paper.announce_type for paper in feed.papers] == [AnnounceType.NEW, AnnounceType.REPLACE, AnnounceType.CROSS]
    assert third.categories == ("math.GR",) and third.announced == date(2021, 7, 8)


def test_the_atom_feed_is_read_and_an_item_without_id_is_reported() -> None:
    feed = parse_feed((OURS / "announced.atom").read_bytes())
    (paper,) = map(normalise, feed.papers)
    assert feed.items == 2 and feed.problems == ('item 2 has no arXiv id: "No id at all"',)
    assert paper.keys[:2] == ("arxiv:2604.00001", "doi:10.1000/invented") and paper.version == 1
    assert paper.title == "An Invented Paper on Two Lines"
    assert paper.abstract == "If a <b and c> d, then Abstract: stays."
    assert paper.announced == date(2026, 4, 22) and paper.announce_type is AnnounceType.REPLACE_CROSS
    assert [author.name for author in paper.authors] == ["Ana Lee", "Bo Li", "Cy Doe Jr."]
    assert paper.authors[0].affiliations == ("Some Institute", "Some City") and paper.journal_ref == "J. Inv. 1 (2026)"
    assert paper.url == "https://arxiv.org/abs/2604.00001"


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"not xml", b"<html><p>down</html>", b"\xff\xfe\x00", b'{"a": 1}', b"<rss/>"],
)
def test_what_is_no_feed_says_so(body: bytes) -> None:
    feed = parse_feed(body)
    assert feed.papers == () and not feed.whole and feed.problems[0].startswith("not a feed")


def test_an_item_that_is_cut_keeps_what_was_complete() -> None:
    feed = parse_feed(
        b"<rss><channel><pubDate>Wed, 22 Apr 2026 00:00:00 -0400</pubDate><item><title>T</title>"
        b"<link>https://arxiv.org/abs/2604.00001</link><description>half an abst"
    )
    assert [(paper.title, paper.abstract, paper.announced) for paper in feed.papers] == [("T", "", date(2026, 4, 22))]
    assert not feed.whole and "breaks off" in feed.problems[0]


def test_the_managing_editor_is_nobodys_author() -> None:
    feed = parse_feed(
        b"<rss><channel><managingEditor>editor@example.org</managingEditor><item><guid>oai:arXiv.org:2604.00001v1</guid>"
        b"<title>T</title></item></channel></rss>"
    )
    assert feed.papers[0].authors == ()


def test_a_long_author_list_is_read_quickly() -> None:
    people = ", ".join(f"Author Number{number}" for number in range(3000))
    feed = parse_feed(f"<rss><channel><item><guid>2604.00001v1</guid><creator>{people}</creator></item></channel></rss>".encode())
    assert len(feed.papers[0].authors) == 3000


# --- xml -------------------------------------------------------------------------------------------------------------


def test_entity_declarations_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'
    root, problem = read_tree(bomb, frozenset(("rss", "channel")))
    assert problem == "it declares entities" and root.children == []


@pytest.mark.parametrize("charset", ["zlib", "rot13", "klingon", "utf-7"])
def test_a_character_set_that_is_none_is_a_problem_of_the_document(charset: str) -> None:
    root, problem = read_tree(f'<?xml version="1.0" encoding="{charset}"?><rss>ü</rss>'.encode(), frozenset())
    assert problem and root.children == []


def test_deep_nesting_is_refused() -> None:
    assert "nested deeper" in read_tree(b"<a>" * 100_000, frozenset())[1]


# --- api -------------------------------------------------------------------------------------------------------------


def test_an_answer_of_the_api_is_read() -> None:
    answer = parse_answer((OURS / "query.atom").read_bytes())
    (paper,) = map(normalise, answer.papers)
    assert answer.total == 7 and answer.problems == ('an entry has no arXiv id: "http://arxiv.org/elsewhere"',)
    assert paper.keys[:2] == ("arxiv:math/0309136", "doi:10.1000/knot") and paper.version == 2
    assert paper.title == "Knots of Invention" and paper.abstract == "Words about knots."
    assert paper.categories == ("math.GT", "math.QA")
    assert (paper.submitted, paper.updated) == (date(2003, 9, 8), date(2004, 1, 2))
    assert paper.authors[0].affiliations == ("Some Institute", "Another") and paper.authors[1].affiliations == ()
    assert paper.withdrawn


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"<feed><entry>"])
def test_a_damaged_answer_is_an_error(body: bytes) -> None:
    answer = parse_answer(body)
    assert answer.damaged and answer.error and answer.papers == ()


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana Lee", ["Ana Lee"]),
        ("Ana Lee, Bo Li", ["Ana Lee", "Bo Li"]),
        ("Ana Lee, Bo Li and Cy Doe", ["Ana Lee", "Bo Li", "Cy Doe"]),
        ("Ana Lee, and Bo Li", ["Ana Lee", "Bo Li"]),
        ("Cy Doe, Jr., Ana Lee", ["Cy Doe Jr.", "Ana Lee"]),
        ("Cy Doe, III", ["Cy Doe III"]),
        ("Ana Lee (X, Y), Bo Li (Z and W)", ["Ana Lee", "Bo Li"]),
        ("QED Collaboration: A. Baker, B. Cook", ["QED Collaboration", "A. Baker", "B. Cook"]),
        ("Mark Anderson, Andy Andrews", ["Mark Anderson", "Andy Andrews"]),
        ("Ana Lee, et al.", ["Ana Lee"]),
        ("", []),
        (" , ,", []),
        ("Ana Lee (unclosed, Bo Li", ["Ana Lee"]),
    ],
)
def test_author_strings_are_split(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_authors_not_shown_are_counted() -> None:
    assert split_authors("A. Baker, et al. (1,909 additional authors not shown)")[1] == 1910
    assert split_authors("A. Baker, B. Cook")[1] is None


def test_an_et_al_counts_as_cut_only_where_no_number_stands_behind_it() -> None:
    assert is_cut("A. Baker, B. Cook, et al.") and is_cut("A. Baker et al")
    assert not is_cut("A. Baker, et al. (909 additional authors not shown)")
    assert not is_cut("A. Baker, B. Metal") and not is_cut("")


@pytest.mark.parametrize(
    ("creator", "count", "more"),
    [("A. Baker, et al. (909 additional authors not shown)", 910, False), ("A. Baker, et al.", None, True), ("A. Baker", None, False)],
)
def test_a_feed_says_how_many_authors_it_leaves_out_or_only_that_it_does(creator: str, count: int | None, more: bool) -> None:
    body = f"<rss><channel><item><guid>2604.00001v1</guid><title>T</title><creator>{creator}</creator></item></channel></rss>"
    (paper,) = parse_feed(body.encode()).papers
    assert ([author.name for author in paper.authors], paper.author_count, paper.more_authors) == (["A. Baker"], count, more)


def test_numbers_in_parentheses_lead_to_the_affiliations_at_the_end() -> None:
    authors, _ = split_authors("A. Baker (1 and 2), B. Cook (2), C. Doe ((1) Some Institute, (2) Another Place, Far Away)")
    assert [author.affiliations for author in authors] == [("Some Institute", "Another Place, Far Away"), ("Another Place, Far Away",), ()]
    assert [author.affiliations for author in split_authors("A. Baker (1), B. Cook (2)")[0]] == [(), ()]


# --- recorded answers ------------------------------------------------------------------------------------------------


def test_recorded_feeds_are_read_whole(test_data: Path) -> None:
    folder = test_data / "sources" / "arxiv_rss"
    feeds = {path.name: parse_feed(path.read_bytes()) for path in sorted(folder.glob("*.xml"))}
    assert feeds
    for name, feed in feeds.items():
        assert feed.whole != name.startswith("truncated"), name
        assert len(feed.papers) == feed.items, name
        assert all(paper.announced and paper.title for paper in feed.papers), name
        if feed.whole:
            assert all(paper.authors and paper.abstract and paper.announce_type and paper.version for paper in feed.papers), name
    empty = [feed for name, feed in feeds.items() if "_empty_" in name]
    assert empty and all(feed.items == 0 and feed.whole for feed in empty)


def test_a_recorded_day_agrees_with_what_another_reader_saw(test_data: Path) -> None:
    folder = test_data / "sources" / "arxiv_rss"
    feed = parse_feed((folder / "reconstructed_rss2_2026-04-23.xml").read_bytes())
    seen = json.loads((folder / "wanzhouliu__feed__2026-04-23.json").read_text())["papers"]
    assert feed.items == len(seen)
    assert Counter(paper.announce_type for paper in feed.papers) == Counter(AnnounceType(paper["announce_type"]) for paper in seen)
    assert {paper.announced for paper in feed.papers} == {date(2026, 4, 23)}


def test_every_recorded_item_of_either_era_has_its_id_and_type(test_data: Path) -> None:
    lines = (test_data / "sources" / "arxiv_rss" / "rss_item_strings_shared.jsonl").read_text().splitlines()
    unread = []
    for line in lines:
        record = json.loads(line)
        item = Node(tag="item", attributes={}, children=[Node(tag=tag, attributes={}, text=text) for tag, text in record.items()])
        paper = parse_item(item, None)
        identifier = record["link"].rpartition("/abs/")[2]
        marked = "Announce Type" in record["description"] or "(arXiv:" in record["title"]
        if paper is None or paper.key != f"arxiv:{identifier}" or (marked and not (paper.version and paper.announce_type)):
            unread.append(line[:120])
        elif "Announce Type" in paper.abstract[:80] or "(arXiv:" in paper.title:
            unread.append(paper.title)
    assert len(lines) > 2000 and unread == []


def test_recorded_answers_of_the_api_are_read(test_data: Path) -> None:
    read = 0
    for path in sorted((test_data / "sources" / "arxiv_atom").iterdir()):
        if path.suffix == ".md" or "test_arxiv_1" in path.name:
            continue
        body = json.loads(path.read_text())["body"].encode() if path.suffix == ".json" else path.read_bytes()
        answer = parse_answer(body)
        if "id_abc" in path.name:
            assert (answer.error, answer.papers) == ("incorrect id format for abc", ())
            continue
        assert not answer.error and not answer.problems, path.name
        assert len(answer.papers) == body.count(b"<entry"), path.name
        read += len(answer.papers)
        assert all(paper.key.startswith("arxiv:") and paper.submitted for paper in answer.papers), path.name
    assert read > 100


def test_a_recorded_answer_cut_short_is_an_error(test_data: Path) -> None:
    assert parse_answer((test_data / "sources" / "arxiv_atom" / "PhysBiblio__test_arxiv_1.atom.xml").read_bytes()).damaged
