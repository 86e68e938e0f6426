"""Papers as JSON lines."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.sources.files.jsonl import read_jsonl

FULL = {
    "keys": ["arxiv:2604.00001", "demo:1"],
    "title": "A Title",
    "abstract": "Words.",
    "summary": "One sentence.",
    "authors": ["Ana Lee", {"name": "Bo Li", "affiliations": ["Some Institute"], "orcid": "https://orcid.org/0000-0002-1825-0097"}],
    "author_count": 12,
    "more_authors": True,
    "categories": ["cs.CL"],
    "organisations": ["Some Institute"],
    "keywords": ["reading", 7, "lists"],
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
            authors=(Author(name="Ana Lee"), Author(name="Bo Li", affiliations=("Some Institute",), ids=("orcid:0000-0002-1825-0097",))),
            author_count=12,
            more_authors=True,
            categories=("cs.CL",),
            organisations=("Some Institute",),
            keywords=("reading", "lists"),
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


@pytest.mark.parametrize(("given", "kept"), [("a, b", ("a", "b")), (None, ()), ({"x": 1}, ()), (7, ())])
def test_keywords_of_any_shape_cost_no_paper(given: object, kept: tuple[str, ...]) -> None:
    batch = read_jsonl(json.dumps({"title": "A Title", "keywords": given}), name="x.jsonl")
    assert batch.problems == () and batch.papers[0].keywords == kept


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
        ("{", "x.jsonl:2: is not JSON"),
        ("[1]", "x.jsonl:2: is not a JSON object"),
        ("[" * 100_000, "x.jsonl:2: is not JSON"),
        ('{"title": "T", "more_authors": "yes"}', 'x.jsonl:2: "more_authors" is neither true nor false'),
        ("{}", 'x.jsonl:2: has neither "title"'),
        ('{"title": 5}', 'x.jsonl:2: "title" is not text'),
        ('{"title": "T", "authors": "Ana"}', 'x.jsonl:2: "authors" is not a list'),
        ('{"title": "T", "authors": [5]}', 'x.jsonl:2: "authors" is not an object'),
        ('{"title": "T", "submitted": "yesterday"}', 'x.jsonl:2: "submitted" is not a date like 2026-04-21: "yesterday"'),
        ('{"title": "T", "votes": -1}', 'x.jsonl:2: "votes" is not a whole number'),
        (
            '{"title": "T", "announce_type": "old"}',
            'x.jsonl:2: "announce_type" is one of new, cross, replace, replace-cross, archive, not "old"',
        ),
        ('{"title": "T", "links": ["ftp://x"]}', 'x.jsonl:2: link "ftp://x" is no web address'),
        ('{"title": "T", "links": [{"kind": "x", "url": "https://x"}]}', 'x.jsonl:2: the "kind" of a link is one of'),
        ('{"title": "T", "id": "what"}', 'x.jsonl:2: "what" is no identity key'),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, problem: str) -> None:
    batch = read_jsonl(f'{{"title": "first"}}\n{line}\n{{"title": "last"}}', name="x.jsonl")
    assert [paper.title for paper in batch.papers] == ["first", "last"]
    assert len(batch.problems) == 1 and batch.problems[0].startswith(problem)


def test_a_problem_ends_in_the_line_it_is_about() -> None:
    bad = '{"title": "T", "votes": -1}'
    long = f'{{"title": 5, "abstract": "{"word " * 100}"}}'
    first, second = read_jsonl(f"{bad}\n{long}\n", name="x.jsonl").problems
    assert first == f'x.jsonl:1: "votes" is not a whole number: "{bad}"'
    assert second.startswith('x.jsonl:2: "title" is not text: "{"title": 5,') and second.endswith('…"') and len(second) < 130


def test_a_line_that_does_not_speak_of_more_authors_has_none() -> None:
    (said, unsaid) = read_jsonl('{"title": "T", "more_authors": null}\n{"title": "T"}', name="x").papers
    assert not said.more_authors and not unsaid.more_authors
