"""arXiv's past from a server on the loopback: all of it once, politely, and on from where it was stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.papers import AnnounceType
from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.arxiv.backfill import ArxivBackfill
from bot.sources.arxiv.client import ArxivClient, ArxivSettings
from bot.sources.fetch.fetcher import Fetcher
from tests.fakes.clock import FakeClock
from tests.servers.arxiv import Announced, ArxivServer, Fault

NOW = datetime(2026, 4, 22, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 2, 1), date(2026, 3, 31)


@dataclass
class Lab:
    server: ArxivServer
    clock: FakeClock
    fetcher: Fetcher

    def add(self, changed: date, number: int, *, submitted: date | None = None, category: str = "cs.CL") -> str:
        paper = Announced(
            id=f"2602.{number:05d}", title=f"Paper {number}", categories=(category,), published=f"{submitted or changed}T10:00:00Z"
        )
        self.server.archive.add(category, changed, [paper])
        return f"arxiv:{paper.id}"

    def source(self, *categories: str) -> ArxivBackfill:
        client = ArxivClient(ArxivSettings(categories=(), **self.server.urls), self.fetcher)
        return ArxivBackfill(client, self.clock, first=FIRST, last=LAST, categories=categories)

    def questions(self) -> list[str]:
        return [query.get("resumptionToken") or f"{query['from']}..{query['until']}" for _, query, _ in self.server.asked]


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    clock = FakeClock(NOW)
    async with ArxivServer() as server:
        fetcher = Fetcher(clock, trusted=[server.url])
        yield Lab(server, clock, fetcher)
        await fetcher.close()


async def read(source: ArxivBackfill, memory: dict[str, str], *, pages: int = 1000) -> list[Batch]:
    """Batches as they come, at most ``pages`` of them: then it is stopped."""
    batches = []
    async for batch in source.fetch(memory):
        batches.append(batch)
        if len(batches) == pages:
            break
    return batches


def keys(batches: list[Batch]) -> list[str]:
    return [paper.key for batch in batches for paper in batch.papers]


async def test_what_was_submitted_in_the_time_comes_whenever_it_was_changed_and_is_no_news(lab: Lab) -> None:
    mine = [lab.add(date(2026, 2, 10), 1), lab.add(date(2026, 4, 20), 2, submitted=date(2026, 3, 31))]
    lab.add(date(2026, 2, 10), 3, submitted=date(2026, 1, 31))
    lab.add(date(2026, 4, 2), 4)
    lab.add(date(2026, 2, 10), 5, category="math.AP")
    batches = await read(lab.source("cs.CL"), {})
    assert keys(batches) == mine
    assert {paper.announce_type for batch in batches for paper in batch.papers} == {AnnounceType.ARCHIVE}
    assert lab.questions() == ["2026-02-01..2026-03-03", "2026-03-04..2026-04-03", "2026-04-04..2026-04-22"]
    assert {query["set"] for _, query, _ in lab.server.asked} == {"cs:cs:CL"}


async def test_requests_keep_their_distance(lab: Lab) -> None:
    await read(lab.source("cs.CL"), {})
    assert lab.clock.slept == [3, 3]


async def test_a_stopped_run_goes_on_with_the_next_page(lab: Lab) -> None:
    lab.server.archive.page = 4
    papers = [lab.add(date(2026, 2, 10), number) for number in range(10)]
    memory: dict[str, str] = {}
    first = await read(lab.source("cs.CL"), memory, pages=1)
    lab.server.asked.clear()
    rest = await read(lab.source("cs.CL"), memory)
    assert lab.questions()[0] == "2026-02-01|2026-03-03|cs:cs:CL|4"
    assert keys(first) + keys(rest) == papers
    assert all(batch.checkpoint for batch in first + rest) and memory == {}


async def test_a_token_that_has_run_out_begins_its_window_again(lab: Lab) -> None:
    lab.server.archive.page = 4
    papers = [lab.add(date(2026, 3, 10), number) for number in range(10)]
    memory: dict[str, str] = {}
    await read(lab.source("cs.CL"), memory, pages=2)
    lab.server.archive.expired = True
    lab.server.asked.clear()
    batches = []
    async for batch in lab.source("cs.CL").fetch(memory):
        batches.append(batch)
        lab.server.archive.expired = False
    assert lab.questions()[:2] == ["2026-03-04|2026-04-03|cs:cs:CL|4", "2026-03-04..2026-04-03"], "the first window is not read again"
    assert keys(batches) == papers


async def test_an_old_token_is_not_even_tried(lab: Lab) -> None:
    lab.server.archive.page = 4
    papers = [lab.add(date(2026, 2, 10), number) for number in range(10)]
    memory: dict[str, str] = {}
    await read(lab.source("cs.CL"), memory, pages=1)
    lab.clock.advance(timedelta(days=2).total_seconds())
    lab.server.asked.clear()
    assert keys(await read(lab.source("cs.CL"), memory)) == papers
    assert lab.questions()[0] == "2026-02-01..2026-03-03"


async def test_a_server_that_fails_leaves_a_place_to_go_on_from(lab: Lab) -> None:
    lab.server.archive.page = 4
    papers = [lab.add(date(2026, 2, 10), number) for number in range(10)]
    memory: dict[str, str] = {}
    source = lab.source("cs.CL").fetch(memory)
    first = await anext(source)
    lab.server.down["/oai"] = Fault(status=404)
    with pytest.raises(SourceError, match="OAI-PMH answered"):
        await anext(source)
    lab.server.down.clear()
    assert keys([first]) + keys(await read(lab.source("cs.CL"), memory)) == papers


async def test_days_before_any_record_was_changed_are_not_asked_for(lab: Lab) -> None:
    papers = [lab.add(date(2005, 9, 16), 1, submitted=date(1992, 8, 1))]
    lab.clock.advance((datetime(2005, 10, 1, tzinfo=UTC) - NOW).total_seconds())
    client = ArxivClient(ArxivSettings(categories=(), **lab.server.urls), lab.fetcher)
    source = ArxivBackfill(client, lab.clock, first=date(1991, 8, 1), last=date(1992, 12, 31), categories=("cs.CL",))
    assert keys(await read(source, {})) == papers and lab.questions() == ["2005-09-16..2005-10-01"]


async def test_several_categories_follow_each_other_and_all_of_arxiv_is_one(lab: Lab) -> None:
    one, two = lab.add(date(2026, 2, 10), 1), lab.add(date(2026, 2, 10), 2, category="math.AP")
    assert keys(await read(lab.source("math.AP", "cs.CL"), {})) == [two, one]
    lab.server.asked.clear()
    assert keys(await read(lab.source(), {})) == [one, two]
    assert all("set" not in query for _, query, _ in lab.server.asked)


async def test_memory_of_an_older_program_is_no_trouble(lab: Lab) -> None:
    paper = lab.add(date(2026, 2, 10), 1)
    assert keys(await read(lab.source("cs.CL"), {f"{FIRST}..{LAST} cs.CL": "not json"})) == [paper]


async def test_the_command_reads_the_past_and_names_what_is_wrong_with_a_question(lab: Lab, tmp_path: Path) -> None:
    from tests.scenario.rig import papercrier

    lab.add(date(2026, 2, 10), 1)
    config = tmp_path / "papercrier.toml"
    config.write_text(f'[bot]\nseeds = false\n[store]\nurl = "sqlite:{tmp_path / "p.db"}"\n[sources.arxiv]\n{lab.server.config}\n')

    async def backfill(*words: str) -> tuple[int, str]:
        ended = await papercrier("backfill", *words, "--config", config, cwd=tmp_path)
        return ended.code, ended.out + ended.err

    for words, trouble in (
        (("arxiv", "--from", "2026-02-01"), "no category is named"),
        (("arxiv", "--from", "soon", "--category", "cs.CL"), '--from "soon" is no day'),
        (("arxiv", "--from", "2026-02-01", "--category", "cs_CL"), "no category of arXiv"),
        (("arxiv", "--from", "2099-02-01", "--category", "cs.CL"), "there is nothing from"),
        (("journals", "--from", "2026-02-01"), "no past that can be asked for"),
    ):
        code, said = await backfill(*words)
        assert code == 2 and trouble in said, said
    code, said = await backfill("arxiv", "--from", "2026-11-01", "--category", "cs.CL")
    assert code == 0 and "arxiv-backfill: 0 read" in said, said
