"""Ids of people: how they are written, and what they say about two mentions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.authors import Author, author_id, joined_ids, same_identity
from bot.query.language import parse_query
from bot.store import open_store
from tests.builders import NOON, a_paper


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1694-233x", "orcid:0000-0002-1694-233X"),
        ("ORCID: 0000-0002-1694-233x", "orcid:0000-0002-1694-233X"),
        ("https://openalex.org/A5023888391", "openalex:A5023888391"),
        ("openalex:a5023888391", "openalex:A5023888391"),
        ("s2:1741101", "s2:1741101"),
        ("https://www.semanticscholar.org/author/Oren-Etzioni/1741101", "s2:1741101"),
        ("openreview:Robin_Jia1", "openreview:~Robin_Jia1"),
        ("https://openreview.net/profile?id=~Robin_Jia1", "openreview:~Robin_Jia1"),
        ("https://dblp.org/pid/182/2556.html", "dblp:182/2556"),
        ("https://aclanthology.org/people/r/robin-jia/", "acl:robin-jia"),
        ("0000-0001", None),
        ("Robin Jia", None),
        ("s2:jia", None),
        ("mailto:x", None),
        ("", None),
    ],
)
def test_an_id_of_a_person_has_one_spelling(text: str, id: str | None) -> None:
    assert author_id(text) == id
    if id:
        assert author_id(id) == id


def test_ids_of_one_scheme_decide_and_others_say_nothing() -> None:
    one = Author(name="Wei Zhang", ids=("s2:1000", "orcid:0000-0002-1825-0097"))
    assert same_identity(one, Author(name="W. Zhang", ids=("s2:1000",))) is True
    assert same_identity(one, Author(name="Wei Zhang", ids=("s2:2000",))) is False
    assert same_identity(one, Author(name="Wei Zhang", ids=("s2:2000", "orcid:0000-0002-1825-0097"))) is True
    assert same_identity(one, Author(name="Wei Zhang", ids=("openalex:A50001",))) is None
    assert same_identity(one, Author(name="Wei Zhang")) is None


def test_joined_ids_keep_one_of_each_scheme() -> None:
    assert joined_ids(("s2:1000",), ("s2:2000", "openalex:A50001")) == ("s2:1000", "openalex:A50001")


@pytest.mark.parametrize("typed", ["by:orcid:0000-0002-1825-0097", "au:0000-0002-1825-0097", 'by:"https://orcid.org/0000-0002-1825-0097"'])
async def test_an_author_is_found_by_id_whatever_the_name(tmp_path: Path, typed: str) -> None:
    query = parse_query(typed)
    assert query.canonical == "by:orcid:0000-0002-1825-0097"
    assert parse_query(query.canonical) == query
    store = await open_store(f"sqlite:{tmp_path / 'ids.db'}")
    try:
        mine = replace(a_paper(arxiv="2604.1"), authors=(Author(name="J. Carberry", ids=("orcid:0000-0002-1825-0097",)),))
        other = a_paper(arxiv="2604.2", title="Something Else Altogether", abstract="", authors=("J. Carberry",))
        await store.ingest([mine, other], at=NOON, match=lambda paper, of: ())
        page = await store.search(query, today=NOON.date())
        assert [stored.paper.key for stored, _ in page.hits] == ["arxiv:2604.1"]
    finally:
        await store.close()


async def test_an_author_of_an_older_database_keeps_the_orcid(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = await open_store(f"sqlite:{path}")
    paper = replace(a_paper(arxiv="2604.1"), authors=(Author(name="J. Carberry", affiliations=("Brown",), ids=("s2:1000",)),))
    await store.ingest([paper], at=NOON, match=lambda paper, of: ())
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE papers SET authors = ?", ('[["J. Carberry",["Brown"],"0000-0002-1825-0097"],["Ana Lee",["Brown"],""]]',))
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'analyzer'")
    store = await open_store(f"sqlite:{path}")
    try:
        page = await store.search(parse_query("by:orcid:0000-0002-1825-0097"), today=NOON.date())
        assert [stored.paper.authors for stored, _ in page.hits] == [
            (
                Author(name="J. Carberry", affiliations=("Brown",), ids=("orcid:0000-0002-1825-0097",)),
                Author(name="Ana Lee", affiliations=("Brown",)),
            )
        ]
    finally:
        await store.close()
