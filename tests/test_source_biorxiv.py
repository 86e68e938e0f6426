"""bioRxiv and medRxiv: recorded answers, pages of whatever length, and what a record may hold that it should not."""

from __future__ import annotations

import json
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.papers import AnnounceType, LinkKind
from bot.errors import SourceError
from bot.sources.biorxiv import BiorxivSettings, BiorxivSource, Details, given_first, read_details
from bot.sources.fetch.fetcher import Fetcher
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser
from tests.servers.web import WebServer


def posted(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A record as the API sends it: numbers are texts."""
    return {
        "title": f"Cells of kind {number}",
        "authors": "Lovelace, A.; Hopper, G. B.",
        "doi": f"10.1101/2026.04.20.{number:06}",
        "date": "2026-04-21",
        "version": "1",
        "type": "new results",
        "category": "Neuroscience",
        "abstract": f"We looked at cells of kind {number}.",
        "published": "NA",
        "server": "bioRxiv",
        **fields,
    }


def page(*records: Any, total: int | str | None = None, status: str = "ok") -> bytes:
    message = {"status": status, "count": len(records), "total": str(len(records) if total is None else total), "cursor": 0}
    return json.dumps({"messages": [message], "collection": list(records)}).encode()


def read(*records: Any, **more: Any) -> Details:
    return read_details(page(*records, **more), server="biorxiv")


def test_a_record_becomes_a_paper() -> None:
    (paper,) = read(posted(7)).papers
    assert paper.keys == ("doi:10.1101/2026.04.20.000007",)
    assert [author.name for author in paper.authors] == ["A. Lovelace", "G. B. Hopper"]
    assert (paper.categories, paper.submitted, paper.announce_type, paper.version) == (
        ("neuroscience",),
        date(2026, 4, 21),
        AnnounceType.NEW,
        1,
    )
    assert {link.kind: link.url for link in paper.links} == {
        LinkKind.PAGE: "https://www.biorxiv.org/content/10.1101/2026.04.20.000007v1",
        LinkKind.PDF: "https://www.biorxiv.org/content/10.1101/2026.04.20.000007v1.full.pdf",
    }


def test_a_revision_is_an_update_and_a_printed_paper_names_its_journals_doi() -> None:
    (paper,) = read(posted(1, version="3", published="10.1016/J.CELL.2026.01")).papers
    assert (paper.version, paper.announce_type, paper.submitted, paper.updated) == (3, AnnounceType.REPLACE, None, date(2026, 4, 21))
    assert paper.keys[1] == "doi:10.1016/j.cell.2026.01" and paper.journal_ref == "doi:10.1016/J.CELL.2026.01"


def test_the_last_version_of_a_page_counts() -> None:
    found = read(posted(1, version="2", title="Later"), posted(1, title="Earlier"))
    assert [paper.title for paper in found.papers] == ["Later"] and found.count == 2


@pytest.mark.parametrize("record", [{}, "text", None, posted(2, doi="none"), posted(2, title=" "), posted(2, doi=7)])
def test_a_record_that_says_too_little_is_reported_and_the_others_are_kept(record: Any) -> None:
    found = read(posted(1), record, posted(3))
    assert len(found.papers) == 2 and found.count == 3
    assert found.problems == ("biorxiv, record 2: has no DOI or no title",)


def test_odd_fields_count_as_not_given() -> None:
    (paper,) = read(posted(1, date="soon", version="x", authors="; ,", category="NA", abstract="N/A", server="elsewhere")).papers
    assert (paper.submitted, paper.version, paper.authors, paper.categories, paper.abstract) == (None, None, (), (), "")
    assert paper.url == "https://doi.org/10.1101/2026.04.20.000001"


def test_nothing_posted_is_no_error() -> None:
    assert read_details(json.dumps({"messages": [{"status": "no posts found"}], "collection": []}).encode(), server="medrxiv") == Details()


@pytest.mark.parametrize("document", [b"", b"<html>", b"[]", b"{}", page(status="server is on holiday")])
def test_what_is_no_page_is_an_error(document: bytes) -> None:
    with pytest.raises(SourceError):
        read_details(document, server="biorxiv")


@pytest.mark.parametrize(
    ("printed", "name"), [("Rossi, A. R.", "A. R. Rossi"), (" van der Maaten, L.", "L. van der Maaten"), ("Plato", "Plato"), ("", "")]
)
def test_names_are_turned_round(printed: str, name: str) -> None:
    assert given_first(printed) == name


class Posts:
    """A server that sends pages of whatever length it likes."""

    def __init__(self, sizes: dict[str, list[int]]) -> None:
        self.sizes, self.asked = sizes, list[str]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        _, server, since, until, cursor = request.path.strip("/").split("/")
        self.asked.append(f"{server} {since} {until} {cursor}")
        sizes = self.sizes[server]
        starts = [sum(sizes[:index]) for index in range(len(sizes))]
        size = sizes[starts.index(int(cursor))]
        records = [posted(int(cursor) + number, category="ecology" if number % 2 else "neuroscience") for number in range(size)]
        return web.Response(body=page(*records, total=sum(sizes)), content_type="application/json")


async def fetch(posts: Posts, memory: dict[str, str], **settings: Any) -> list[int]:
    async with WebServer() as server:
        for name, day, cursor in product(posts.sizes, range(1, 23), (0, 30, 60)):
            server.pages[f"/details/{name}/2026-04-{day:02}/2026-04-22/{cursor}"] = posts.answer
        fetcher = Fetcher(FakeClock(), trusted=[server.url()])
        source = BiorxivSource(
            BiorxivSettings(url=server.url("/details"), servers=tuple(posts.sizes), **settings), FakeClock(NOON), fetcher, InlineParser()
        )
        batches = [batch async for batch in source.fetch(memory)]
        await fetcher.close()
    return [len(batch.papers) for batch in batches]


async def test_pages_are_stepped_through_by_what_came() -> None:
    posts = Posts({"biorxiv": [30, 30, 1], "medrxiv": [2]})
    memory: dict[str, str] = {}
    assert await fetch(posts, memory) == [30, 30, 1, 2]
    assert [line.split()[-1] for line in posts.asked] == ["0", "30", "60", "0"]
    assert memory == {"biorxiv": "2026-04-22", "medrxiv": "2026-04-22"}
    posts.asked.clear()
    await fetch(posts, {"biorxiv": "2026-04-10", "medrxiv": "2026-04-21"})
    assert [line.split()[1] for line in posts.asked] == ["2026-04-07", "2026-04-07", "2026-04-07", "2026-04-18"]


async def test_only_the_categories_asked_for_are_kept() -> None:
    assert await fetch(Posts({"biorxiv": [30]}), {}, categories=("Ecology",)) == [15]


def test_every_recorded_file_is_read(test_data: Path) -> None:
    """Against a second reading of the same bytes."""
    for path in sorted((test_data / "sources" / "biorxiv").glob("*.json")):
        recorded = json.loads(path.read_bytes())["collection"]
        found = read_details(path.read_bytes(), server="biorxiv")
        assert (found.count, found.total, found.problems) == (len(recorded), 57, ())
        for paper, one in zip(found.papers, recorded, strict=True):
            assert (paper.key, paper.title, paper.abstract) == (f"doi:{one['doi']}", one["title"], one["abstract"])
            assert [author.name.rpartition(" ")[2] for author in paper.authors] == [
                name.split(",")[0].split()[-1] for name in one["authors"].split(";")
            ]
            assert (str(paper.submitted), str(paper.version)) == (one["date"], one["version"])
            assert paper.categories == (one["category"],)
            assert (f"doi:{one['published']}" in paper.keys) is (one["published"] != "NA")
