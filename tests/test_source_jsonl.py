"""Papers as JSON lines."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.sources.jsonl import read_jsonl

FULL = {
    "keys": ["arxiv:2604.00001", "demo:1"],
    "title": "A Title",
    "abstract": "Words.",
    "summary": "One sentence.",
    "authors": ["Ana Lee", {"name": "Bo Li", "affiliations": ["Some Institute"], "orcid": "0000-0001"}],
    "author_count": 12,
    "categories": ["cs.CL"],
    "organisations": ["Some Institute"],
    "links": ["https://example.org/p", {"kind": "code", "url": "https://github.com/a/b"}],
    "submitted": "2026-04-21",
    "updated": "2026-04-22T10:00:00Z",
    "announced": "2026-04-22",
    "announce_type": "replace",
    "version": 2,
    "comment": "5 pages",
    "journal_ref": "J. Inv. 1",
    "votes": 3,
    "discussion": 0,
    "withdrawn": True,
    "pages": ["000"],
}


def test_a_line_with_every_field_is_a_paper() -> None:
    batch = read_jsonl("\ufeff" + json.dumps(FULL) + "\r\n\n", name="x.jsonl")
    assert batch.problems == ()
    assert batch.papers == (
        Paper(
            keys=("arxiv:2604.00001", "demo:1"),
            title="A Title",
            abstract="Words.",
            summary="One sentence.",
            authors=(Author(name="Ana Lee"), Author(name="Bo Li", affiliations=("Some Institute",), orcid="0000-0001")),
            author_count=12,
            categories=("cs.CL",),
            organisations=("Some Institute",),
            links=(Link(kind=LinkKind.PAGE, url="https://example.org/p"), Link(kind=LinkKind.CODE, url="https://github.com/a/b")),
            submitted=date(2026, 4, 21),
            updated=date(2026, 4, 22),
            announced=date(2026, 4, 22),
            announce_type=AnnounceType.REPLACE,
            version=2,
            comment="5 pages",
            journal_ref="J. Inv. 1",
            votes=3,
            discussion=0,
            withdrawn=True,
            source="import",
        ),
    )


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"id": "1304.1030"}, ("arxiv:1304.1030",)),
        ({"id": "https://arxiv.org/abs/hep-th/9901001v2", "doi": "10.1000/X"}, ("arxiv:hep-th/9901001", "doi:10.1000/x")),
        ({"id": None}, ()),
    ],
)
def test_ids_in_any_form_become_keys(fields: dict[str, str], keys: tuple[str, ...]) -> None:
    assert read_jsonl(json.dumps({"title": "T", **fields}), name="x").papers[0].keys == keys


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 2: is not JSON"),
        ("[1]", "line 2: is not a JSON object"),
        ("[" * 100_000, "line 2: is not JSON"),
        ("{}", 'line 2: has neither "title"'),
        ('{"title": 5}', 'line 2: "title" is not text'),
        ('{"title": "T", "authors": "Ana"}', 'line 2: "authors" is not a list'),
        ('{"title": "T", "authors": [5]}', 'line 2: "authors" is not an object'),
        ('{"title": "T", "submitted": "yesterday"}', 'line 2: "submitted" is not a date like 2026-04-21: "yesterday"'),
        ('{"title": "T", "votes": -1}', 'line 2: "votes" is not a whole number'),
        ('{"title": "T", "announce_type": "old"}', 'line 2: "announce_type" is one of new, cross, replace, replace-cross, not "old"'),
        ('{"title": "T", "links": ["ftp://x"]}', 'line 2: link "ftp://x" is no web address'),
        ('{"title": "T", "links": [{"kind": "x", "url": "https://x"}]}', 'line 2: the "kind" of a link is one of'),
        ('{"title": "T", "id": "what"}', 'line 2: "what" is no identity key'),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, problem: str) -> None:
    batch = read_jsonl(f'{{"title": "first"}}\n{line}\n{{"title": "last"}}', name="x.jsonl")
    assert [paper.title for paper in batch.papers] == ["first", "last"]
    assert len(batch.problems) == 1 and problem in batch.problems[0]
    assert batch.problems[0].startswith("x.jsonl, line 2")
