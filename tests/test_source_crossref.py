"""Crossref: every recorded answer, and what a work may hold that it should not."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.papers import parse_key
from bot.errors import SourceError
from bot.sources.crossref import read_works


def work(**fields: Any) -> dict[str, Any]:
    return {
        "DOI": "10.1000/X.1",
        "title": ["On <i>Lists</i> &amp; Tables"],
        "author": [{"given": "Ada", "family": "Lovelace", "ORCID": "http://orcid.org/0000-0001-2345-6789"}, {"name": "The Group"}],
        "container-title": ["Journal of Lists"],
        "volume": "12",
        "page": "34-56",
        "issued": {"date-parts": [[2026, 4]]},
        "abstract": "<jats:title>Abstract</jats:title><jats:p>We read <jats:italic>lists</jats:italic>.</jats:p>",
        **fields,
    }


def answer(*works: Any, kind: str = "work-list") -> bytes:
    return json.dumps({"message-type": kind, "message": works[0] if kind == "work" else {"items": list(works)}}).encode()


def test_a_work_becomes_a_paper() -> None:
    (paper,) = read_works(answer(work(), kind="work")).papers
    assert (paper.keys, paper.title, paper.abstract) == (("doi:10.1000/x.1",), "On Lists & Tables", "We read lists.")
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "The Group"]
    assert paper.authors[0].ids == ("orcid:0000-0001-2345-6789",)
    assert (str(paper.submitted), paper.journal_ref) == ("2026-04-01", "Journal of Lists 12, 34-56")


def test_a_preprint_is_known_by_its_arxiv_id_first() -> None:
    relation = {"has-preprint": [{"id-type": "doi", "id": "10.48550/arXiv.2604.00001"}]}
    (paper,) = read_works(answer(work(relation=relation))).papers
    assert paper.keys == ("arxiv:2604.00001", "doi:10.1000/x.1")


@pytest.mark.parametrize(
    ("parts", "day"),
    [([[None]], None), ([[2026]], "2026-01-01"), ([[2026, 2, 31]], None), ([["2026", "3"]], "2026-03-01"), ("x", None), ([], None)],
)
def test_dates_are_as_whole_as_they_are(parts: Any, day: str | None) -> None:
    (paper,) = read_works(answer(work(issued={"date-parts": parts}))).papers
    assert (str(paper.submitted) if paper.submitted else None) == day


@pytest.mark.parametrize("bad", [{}, None, "text", work(DOI="none"), work(title=[]), work(title="no list")])
def test_a_work_that_says_too_little_is_reported(bad: Any) -> None:
    found = read_works(answer(work(), bad))
    assert len(found.papers) == 1 and found.problems == ("Crossref, work 2: has no DOI or no title",)


def test_every_recorded_answer_is_read_or_refused(test_data: Path) -> None:
    """Works are compared with a second reading; everything else Crossref can say is refused, never taken for a paper."""
    seen = {"works": 0, "refused": 0, "subjects": 0}
    for path in sorted((test_data / "sources" / "crossref").glob("*.json")):
        document = _body(path)
        try:
            told = json.loads(document)
        except ValueError:
            told = None
        if not isinstance(told, dict) or told.get("message-type") not in ("work", "work-list"):
            with pytest.raises(SourceError):
                read_works(document)
            seen["refused"] += 1
            continue
        message = told["message"]
        recorded = [message] if told["message-type"] == "work" else message["items"]
        whole = [one for one in recorded if any(title.strip() for title in one.get("title") or [])]
        found = read_works(document)
        assert len(found.papers) == len(whole) and len(found.problems) == len(recorded) - len(whole), path.name
        for paper, one in zip(found.papers, whole, strict=True):
            assert parse_key(one["DOI"]) in paper.keys
            assert [author.name for author in paper.authors] == [_name(author) for author in one.get("author", []) if _name(author)]
            dates = [one[name]["date-parts"][0] for name in ("posted", "published-online", "published-print", "published") if name in one]
            if dates and dates[0][0]:
                assert paper.submitted and paper.submitted.year == dates[0][0], path.name
            assert bool(paper.journal_ref) == bool([name for name in one.get("container-title") or [] if name.strip()])
            assert paper.keywords == tuple(one.get("subject") or ())
            seen["subjects"] += len(paper.keywords)
            assert "<jats" not in paper.abstract and bool(paper.abstract) == bool(one.get("abstract"))
            seen["works"] += 1
    assert seen["works"] > 100 and seen["refused"] > 30 and seen["subjects"] > 15


def _name(author: dict[str, str]) -> str:
    return f"{author.get('given', '').strip()} {author.get('family', '').strip()}".strip() or author.get("name", "").strip()


def _body(path: Path) -> bytes:
    """A recorded exchange holds the body as text, some of them in base64; other files are the body."""
    told = json.loads(path.read_bytes())
    if not (isinstance(told, dict) and "response" in told):
        return path.read_bytes()
    body = told["response"]["body"]
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return str(body).encode()
