"""Keywords of papers: what counts as one, what finds them, and that they are kept, merged and given out whole."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from datetime import date
from hashlib import blake2b

import pytest
import rispy

from bot.domain.papers import Paper
from bot.exports import bibtex, ris, table
from bot.matching.matcher import Matcher
from bot.query.evaluation import matches
from bot.query.language import parse_query
from bot.render.paper import paper_card, paper_message
from bot.sources.files.source import read_document
from bot.store import open_store
from bot.store.sqlite.rows import PAPER_COLUMNS, paper_values, record_digest
from bot.store.sqlite.store import SqliteStore
from bot.text.analysis import terms
from bot.text.keywords import LONGEST, MOST, cleaned, taken_apart, united
from bot.text.normalise import normalise, readable
from tests.builders import NOON, a_paper, later, stored

TODAY = date(2026, 4, 22)
TAGGED = a_paper(arxiv="2604.00001", keywords=("State Space Models", "C++", "Schrödinger bridges"))


def nothing(paper: Paper, of: object) -> tuple[()]:
    return ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("Deep Learning", "deep  learning", "DEEP-LEARNING"), ("Deep Learning",)),
        (("C", "C++", "C#", "c"), ("C", "C++", "C#")),
        ((" sorting. ", "a; b", ""), ("sorting", "a", "b")),
        ((r"Schr\"odinger equation", "$k$-means"), ("Schrödinger equation", "k-means")),
        (("http://schemas.example.org/kind#post", "–", "x" * (LONGEST + 1)), ()),
        (("Models, Theoretical", "機械学習"), ("Models, Theoretical", "機械学習")),
    ],
)
def test_a_keyword_is_kept_once_as_readable_text(given: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert cleaned(given, readable) == kept == normalise(a_paper(keywords=given)).keywords


def test_a_paper_has_no_more_keywords_than_anybody_reads() -> None:
    many = tuple(f"word {number}" for number in range(3 * MOST))
    assert len(normalise(a_paper(keywords=many)).keywords) == MOST
    assert united(many[:MOST], many[MOST:]) == many[:MOST]


def test_a_text_of_several_is_taken_apart_at_its_own_signs() -> None:
    assert taken_apart("Diabetes, Type 2; insulin;") == ("Diabetes, Type 2", "insulin")
    assert taken_apart("a, b,, c") == ("a", "b", "c") and taken_apart(" ") == ()


# --- found -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("space", True),
        ("models", True),
        ('"state space model"', True),
        ("abs:schrodinger", True),
        ("schrod*", True),
        ("bridg*", True),
        ("C++", True),
        ('"models C++"', False),
        ('"C++ schrödinger"', False),
        ('"useful paper state"', False),
        ("title:space", False),
        ("comment:space", False),
        ("by:space", False),
        ("busy -bridges", False),
    ],
)
async def test_words_find_keywords_where_they_find_the_abstract_and_rules_agree(store: SqliteStore, text: str, found: bool) -> None:
    await store.ingest([TAGGED, a_paper(title="Another", abstract="Beside it.")], at=NOON, match=nothing)
    query = parse_query(text)
    matcher = Matcher()
    matcher.add(1, query)
    of = terms(TAGGED)
    page = await store.search(query, sort="new", limit=9, today=TODAY)
    assert [hit.paper.key for hit, _ in page.hits] == ([TAGGED.key] if found else [])
    assert matches(query, TAGGED, of, TODAY) is found is bool(matcher.match(TAGGED, of, today=TODAY))


def test_a_paper_without_keywords_is_indexed_as_it_always_was() -> None:
    assert terms(replace(TAGGED, keywords=())).abstract == terms(a_paper()).abstract
    assert terms(TAGGED).abstract[: len(terms(a_paper()).abstract)] == terms(a_paper()).abstract


# --- kept ------------------------------------------------------------------------------------------------------------


async def test_keywords_of_several_sources_add_up_and_each_stands_with_its_source(store: SqliteStore) -> None:
    bare = a_paper(arxiv="2604.00001")
    daily = replace(bare, source="huggingface", keywords=("Attention", "sorting"))
    await store.ingest([bare], at=NOON, match=nothing)
    assert (await store.ingest([daily], at=later(hours=1), match=nothing)).merged == 1
    await store.ingest([replace(bare, source="crossref", keywords=("attention", "Trees"))], at=later(hours=2), match=nothing)
    history = await store.history(bare.key)
    assert history is not None and history.changes == ()
    assert history.stored.paper.keywords == ("attention", "Trees", "sorting")
    assert dict(history.provenance)["keywords"] == ("crossref", "huggingface")
    page = await store.search(parse_query("sorting trees"), sort="new", limit=9, today=TODAY)
    assert page.total == 1


async def test_reading_keywords_again_changes_nothing_in_whatever_order_they_come(store: SqliteStore) -> None:
    daily = a_paper(arxiv="2604.00001", source="huggingface", keywords=("one", "two"))
    turned = replace(daily, keywords=("two", "one"))
    await store.ingest([daily], at=NOON, match=nothing)
    await store.ingest([turned], at=later(hours=1), match=nothing)
    for hour, record in enumerate((daily, turned, daily), 2):
        intake = await store.ingest([record], at=later(hours=hour), match=nothing)
        assert (intake.same, intake.changed, intake.merged) == (1, 0, 0)
    more = await store.ingest([replace(daily, keywords=("three",))], at=later(hours=9), match=nothing)
    assert more.changed == 0, "a further keyword is no change of the paper"


async def test_what_was_stored_before_there_were_keywords_is_known_still(tmp_path: object) -> None:
    """Records written then end before the keywords, and digests were worked out without them."""
    url = f"sqlite:{tmp_path}/papers.db"
    first, second = a_paper(arxiv="2604.00001"), a_paper(arxiv="2604.00001", source="listing", comment="3 pages")
    values = paper_values(first)
    assert PAPER_COLUMNS[-1] == "keywords"
    old = blake2b("\x1f".join(map(str, values[:-1])).encode(), digest_size=8).digest()
    assert record_digest(values) == old != record_digest(paper_values(replace(first, keywords=("one",))))
    before = await open_store(url)
    await before.ingest([first, second], at=NOON, match=nothing)
    await before.close()
    with sqlite3.connect(f"{tmp_path}/papers.db") as connection:
        for row, body in connection.execute("SELECT id, body FROM paper_records").fetchall():
            connection.execute("UPDATE paper_records SET body = ? WHERE id = ?", (json.dumps(json.loads(body)[:-1]), row))
    connection.close()
    kept = await open_store(url)
    assert (await kept.ingest([first, second], at=later(days=1), match=nothing)).same == 2
    tagged = replace(second, keywords=("sorting",))
    assert (await kept.ingest([tagged], at=later(days=2), match=nothing)).merged == 1
    found = await kept.paper(first.key)
    assert found is not None and (found.paper.keywords, found.paper.comment) == (("sorting",), "3 pages")
    await kept.close()


# --- given out -------------------------------------------------------------------------------------------------------


def test_the_paper_in_full_names_its_keywords_and_a_digest_card_does_not() -> None:
    paper = a_paper(keywords=tuple(f"word {number}" for number in range(15)))
    (card,) = paper_message(stored(paper)).cards
    (fact,) = [fact for fact in card.facts if fact.label == "Keywords"]
    assert fact.value.startswith("word 0, word 1, ") and fact.value.endswith("word 11 +3")
    assert not any(fact.label == "Keywords" for fact in paper_card(stored(paper)).facts)
    assert not any(fact.label == "Keywords" for fact in paper_message(stored(a_paper())).cards[0].facts)


@pytest.mark.parametrize("keywords", [("Models, Theoretical",), ("Models, Theoretical", "C++", "50 % of {x}"), ("one", "=two"), ()])
@pytest.mark.parametrize("write", [bibtex, ris, table])
def test_keywords_come_back_from_every_format(keywords: tuple[str, ...], write: object) -> None:
    paper = normalise(a_paper(keywords=keywords, categories=("cs.CL", "cs.AI")))
    document = write([paper])  # type: ignore[operator]
    (back,) = map(normalise, read_document(document.encode(), name="export", today=TODAY).papers)
    assert (back.keywords, back.categories[0]) == (paper.keywords, "cs.CL")


def test_each_format_has_them_where_its_readers_look() -> None:
    paper = a_paper(keywords=("sorting", "reading lists"))
    assert "keywords = {sorting; reading lists}" in bibtex([paper])
    assert rispy.loads(ris([paper]))[0]["keywords"] == ["cs.CL", "sorting", "reading lists"]
    assert next(csv.DictReader(io.StringIO(table([paper]))))["keywords"] == "sorting; reading lists"
