"""Hugging Face Daily Papers: recorded answers, and what a list may hold that it should not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from bot.domain.papers import LinkKind
from bot.errors import SourceError
from bot.sources.feeds.entry import FeedOptions
from bot.sources.feeds.reader import read_feed
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.huggingface import HuggingFaceSettings, HuggingFaceSource, read_daily_papers
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.servers.web import WebServer

DAY = date(2026, 4, 22)
#: Recorded pages in which others have put these papers together: no answers of the service, and no shape that people import.
OF_OTHERS = re.compile(r"gabrielchua__.*\.md|wyfbean__.*\.json")


def listed(number: int = 1, **paper: Any) -> dict[str, Any]:
    """A record of the list as the service sends it."""
    inner = {
        "id": f"2604.{number:05}",
        "title": f"Paper {number}",
        "summary": f"We read {number} lists.",
        "authors": [{"_id": "a", "name": "Ada Lovelace", "hidden": False}, {"_id": "b", "name": "Grace Hopper", "hidden": True}],
        "publishedAt": "2026-04-20T17:00:00.000Z",
        "submittedOnDailyAt": "2026-04-22T01:00:00.000Z",
        "upvotes": number,
        **paper,
    }
    return {"paper": inner, "title": inner["title"], "publishedAt": "2026-04-20T20:00:00.000Z", "numComments": 2}


def read(*records: Any) -> Any:
    return read_daily_papers(json.dumps(list(records)).encode(), of=DAY)


def test_a_record_becomes_a_paper_with_votes_links_and_an_organisation() -> None:
    found = read(
        listed(
            7,
            organization={"name": "lab", "fullname": "A Lab"},
            githubRepo="https://github.com/lab/code",
            projectPage="https://lab.example/seven",
            ai_summary="Lists are read.",
            ai_keywords=["reading lists", None, "sorting"],
        )
    )
    (paper,) = found.papers
    assert (paper.keys, paper.votes, paper.discussion, paper.organisations) == (("arxiv:2604.00007",), 7, 2, ("A Lab",))
    assert paper.keywords == ("reading lists", "sorting")
    assert [author.name for author in paper.authors] == ["Ada Lovelace"], "a hidden author is not told"
    assert (paper.submitted, paper.announced) == (date(2026, 4, 20), DAY)
    assert [(link.kind, link.url) for link in paper.links] == [
        (LinkKind.CODE, "https://github.com/lab/code"),
        (LinkKind.PROJECT, "https://lab.example/seven"),
    ]
    assert paper.summary == "Lists are read."


@pytest.mark.parametrize(
    ("record", "told"),
    [({}, "paper 2"), ({"paper": None}, "paper 2"), (listed(2, id="123"), "paper 2"), ("text", "paper 2"), (listed(2, title=None), "")],
)
def test_a_record_that_says_too_little_is_reported_and_the_others_are_kept(record: Any, told: str) -> None:
    if isinstance(record, dict) and record.get("paper", {}) and record["paper"].get("title") is None:
        record["title"] = None
        told = "paper 2"
    found = read(listed(1), record, listed(3))
    assert [paper.keys[0] for paper in found.papers] == ["arxiv:2604.00001", "arxiv:2604.00003"]
    assert found.records == 3 and len(found.problems) == 1 and told in found.problems[0]


def test_fields_of_the_wrong_kind_count_as_not_given() -> None:
    odd = listed(1, upvotes="many", authors={"name": "x"}, githubRepo="javascript:alert(1)", summary=7, publishedAt=0)
    odd["publishedAt"] = None
    (paper,) = read(odd).papers
    assert (paper.votes, paper.authors, paper.links, paper.abstract, paper.submitted) == (None, (), (), "", None)


def test_the_weekend_has_no_papers() -> None:
    assert read() == replace(read(), papers=(), problems=(), records=0)


@pytest.mark.parametrize("document", [b"", b"<html>busy</html>", b'{"error": "Rate limited"}', b"[" * 100_000])
def test_what_is_no_list_is_an_error(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_daily_papers(document, of=DAY)


async def test_the_last_four_days_are_read_page_by_page() -> None:
    asked: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        of, page = request.query["date"], int(request.query["p"])
        asked.append((of, request.query["p"]))
        sizes = {"2026-04-22": (100, 30), "2026-04-21": (3,)}.get(of, ())
        count = sizes[page] if page < len(sizes) else 0
        return web.json_response([listed(int(of[-2:]) * 1000 + page * 100 + number) for number in range(count)])

    async with WebServer() as server:
        server.pages["/api"] = answer
        fetcher = Fetcher(FakeClock(), trusted=[server.url()])
        source = HuggingFaceSource(HuggingFaceSettings(url=server.url("/api")), FakeClock(NOON), fetcher, InlineParser())
        batches = [batch async for batch in source.fetch({})]
        await fetcher.close()
    assert asked == [("2026-04-22", "0"), ("2026-04-22", "1"), ("2026-04-21", "0"), ("2026-04-20", "0"), ("2026-04-19", "0")]
    assert [(len(batch.papers), batch.announced) for batch in batches] == [(100, 100), (30, 30), (3, 3)]


# --- recorded --------------------------------------------------------------------------------------------------------


def test_every_recorded_file_is_read_or_has_a_reason_not_to_be(test_data: Path) -> None:
    folder = test_data / "sources" / "huggingface"
    for path in sorted(folder.iterdir()):
        if path.name == "README.md" or OF_OTHERS.fullmatch(path.name):
            continue
        if path.suffix == ".xml":
            _feed_of_others(path)
        else:
            _answer(path)


def _answer(path: Path) -> None:
    """A second reading of the same bytes, field by field."""
    recorded = json.loads(path.read_bytes())
    found = read_daily_papers(path.read_bytes(), of=DAY)
    assert found.records == len(recorded) == len(found.papers) and not found.problems
    for paper, one in zip(found.papers, recorded, strict=True):
        inner = one["paper"]
        assert paper.keys == (f"arxiv:{inner['id']}",) and paper.title == inner["title"].strip()
        assert paper.abstract == inner["summary"].strip() and paper.votes == inner["upvotes"]
        assert [author.name for author in paper.authors] == [author["name"] for author in inner["authors"] if not author["hidden"]]
        assert str(paper.submitted) == inner["publishedAt"][:10] and str(paper.announced) == inner["submittedOnDailyAt"][:10]
        given = {inner[name] for name in ("githubRepo", "projectPage") if name in inner}
        assert {link.url for link in paper.links} == given
        assert list(paper.keywords) == inner.get("ai_keywords", [])
        assert paper.organisations == ((inner["organization"]["fullname"],) if "organization" in inner else ())


def _feed_of_others(path: Path) -> None:
    """Somebody's feed of the same papers is read like any feed."""
    root = ElementTree.fromstring(path.read_bytes())  # noqa: S314 - recorded
    wanted = [f"arxiv:{(item.findtext('link') or '').rpartition('/')[2]}" for item in root.iter("item")]
    reading = read_feed(path.read_bytes(), options=FeedOptions(name="hf", today=date(2026, 11, 20)), base="", content_type="")
    assert [paper.keys[0] for paper in reading.papers] == wanted and wanted
