"""What parser and child say to each other: every value comes back equal, and nothing else gets in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper
from bot.ports import Batch
from bot.sources.parsing.wire import WireError, decode, encode

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NUMBER = st.none() | st.integers(0, 10**9)
_DAY = st.none() | st.dates()
_PAPERS = st.builds(
    Paper,
    keys=st.tuples(_TEXT),
    title=_TEXT,
    abstract=_TEXT,
    authors=st.lists(st.builds(Author, name=_TEXT, affiliations=st.tuples(_TEXT)), max_size=3).map(tuple),
    author_count=_NUMBER,
    more_authors=st.booleans(),
    links=st.lists(st.builds(Link, kind=st.sampled_from(LinkKind), url=_TEXT), max_size=3).map(tuple),
    submitted=_DAY,
    announced=_DAY,
    announce_type=st.none() | st.sampled_from(AnnounceType),
    votes=_NUMBER,
    source=_TEXT,
)


@given(st.builds(Batch, papers=st.lists(_PAPERS, max_size=4).map(tuple), problems=st.lists(_TEXT).map(tuple), announced=_NUMBER))
def test_a_batch_comes_back_equal(batch: Batch) -> None:
    assert decode(list(encode(batch, Batch)), Batch) == batch


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, str | None),
        ("a", Literal["a", "b"]),
        (("a", 1), tuple[str, int]),
        (frozenset({"a"}), frozenset[str]),
        ({"a": (1, 2)}, dict[str, tuple[int, ...]]),
        (1.5, float),
        (date(2026, 4, 22), date),
    ],
)
def test_other_values_come_back_equal(value: object, kind: Any) -> None:
    assert decode(list(encode(value, kind)), kind) == value


PAPER = {"title": "A"}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"not json"],
        [b"[]"],
        [b"{}", b"{}"],
        [b'{"papers": 2}', b'{"title": "A"}'],
        [b'{"papers": 1}', b'{"title": "A"}', b'{"title": "B"}'],
        [b'{"papers": -1}'],
        [b'{"papers": true}', b'{"title": "A"}'],
        [b'{"papers": [{"title": "A"}]}'],
        [b'{"papers": 1}', b'{"title": 7}'],
        [b'{"papers": 1}', b'{"title": "A", "__class__": "os"}'],
        [b'{"papers": 1}', b'{"authors": [{}]}'],
        [b'{"papers": 1}', b'{"authors": [{"name": ["A"]}]}'],
        [b'{"papers": 1}', b'{"announce_type": "invented"}'],
        [b'{"papers": 1}', b'{"submitted": "yesterday"}'],
        [b'{"papers": 1}', b'{"votes": 1e3}'],
        [b'{"papers": 1}', b'{"votes": 9223372036854775808}'],
        [b'{"papers": 1}', b'{"votes": true}'],
        [b'{"papers": 1}', b'{"votes": ' + b"9" * 5000 + b"}"],
        [b'{"papers": 1}', b'{"title": "\\ud800"}'],
        [b'{"papers": 1}', b'{"withdrawn": 1}'],
        [b'{"papers": 1}', b'{"links": [{"kind": "page"}]}'],
        [b'{"papers": 1}', b"[" * 100_000],
        [b'{"papers": 0, "announced": "many"}'],
        [b'{"papers": 1}', b"\xff"],
    ],
)
def test_what_is_no_batch_does_not_become_one(lines: list[bytes]) -> None:
    with pytest.raises(WireError):
        decode(lines, Batch)


def test_ten_thousand_papers_go_line_by_line() -> None:
    batch = Batch(papers=tuple(replace(Paper(title="A"), version=number) for number in range(10_000)))
    lines = list(encode(batch, Batch))
    assert json.loads(lines[0]) == {"papers": 10_000, "seen": 0} and len(lines) == 10_001
