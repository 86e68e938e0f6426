"""Hugging Face Daily Papers: what people there put on the list of a day, and how many voted for it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.papers import Author, Link, LinkKind, Paper
from bot.errors import SourceError
from bot.ports import Batch, Clock
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.json_records import Record, day, items, load_json, number, record, text
from bot.sources.parsing.parser import Parser

#: Days whose lists are read again, because their votes still change.
DAYS = 4
#: Papers on a page; more is an error there.
PAGE = 100
#: Pages of one day that are asked for at most. Some forty papers are listed on a day.
MOST_PAGES = 10
_ARXIV = re.compile(r"\d{4}\.\d{4,5}")


@dataclass(frozen=True, kw_only=True, slots=True)
class HuggingFaceSettings:
    url: str = "https://huggingface.co/api/daily_papers"


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyPapers:
    """A page of a day: its papers, what could not be read, and how many records there were."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()
    records: int = 0


class HuggingFaceSource:
    """The lists of the last days. Each paper is an arXiv paper; votes and links are what this source adds to it."""

    name = "huggingface"

    def __init__(self, settings: HuggingFaceSettings, clock: Clock, fetcher: Fetcher, parser: Parser) -> None:
        self._settings = settings
        self._clock, self._fetcher, self._parser = clock, fetcher, parser

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """The newest day first, so that a failure costs old votes and no new papers. Raises ``SourceError`` when a list cannot be had."""
        today = self._clock.now().date()
        for back in range(DAYS):
            of = today - timedelta(days=back)
            for page in range(MOST_PAGES):
                daily = await self._page(of, page)
                if daily.records:
                    yield Batch(papers=daily.papers, problems=daily.problems, announced=daily.records)
                if daily.records < PAGE:
                    break

    async def _page(self, of: date, page: int) -> DailyPapers:
        params = {"date": of.isoformat(), "limit": str(PAGE), "p": str(page)}
        answer = await self._fetcher.get(self._settings.url, params=params)
        if answer.status == 400 and page:
            return DailyPapers()
        if not answer.ok:
            raise SourceError(f"status {answer.status} from {answer.url}", "check url in [sources.huggingface]; it is asked again later")
        return await self._parser.run(read_daily_papers, answer.body, of=of)


def read_daily_papers(document: bytes, *, of: date) -> DailyPapers:
    """The papers of a page of ``api/daily_papers`` for the day ``of``. Raises ``SourceError`` for what is no such page."""
    found = load_json(document, of="Hugging Face")
    if not isinstance(found, list):
        raise SourceError(
            f"Hugging Face sent no list ({text(record(found).get('error')) or 'another document'})", "it is asked again later"
        )
    papers: list[Paper] = []
    problems: list[str] = []
    for index, one in enumerate(found, start=1):
        paper = _paper(record(one), of)
        if paper is None:
            problems.append(f"Hugging Face {of.isoformat()}, paper {index}: has no arXiv id or no title")
        else:
            papers.append(paper)
    return DailyPapers(papers=tuple(papers), problems=tuple(problems), records=len(found))


def _paper(listed: Record, of: date) -> Paper | None:
    """The outer record counts comments and may name the organisation, the inner one has everything else."""
    paper = record(listed.get("paper"))
    id_ = text(paper.get("id"))
    title = text(paper.get("title")) or text(listed.get("title"))
    if not _ARXIV.fullmatch(id_) or not title:
        return None
    organisation = record(paper.get("organization") or listed.get("organization"))
    named = text(organisation.get("fullname")) or text(organisation.get("name"))
    return Paper(
        keys=(f"arxiv:{id_}",),
        title=title,
        abstract=text(paper.get("summary")) or text(listed.get("summary")),
        summary=text(paper.get("ai_summary")),
        authors=tuple(Author(name=name) for one in items(paper.get("authors")) if (name := _author(record(one)))),
        organisations=(named,) if named else (),
        keywords=tuple(filter(None, map(text, items(paper.get("ai_keywords"))))),
        links=_links(paper),
        submitted=day(paper.get("publishedAt")) or day(listed.get("publishedAt")),
        announced=day(paper.get("submittedOnDailyAt")) or of,
        votes=number(paper.get("upvotes")),
        discussion=number(listed.get("numComments")),
        source="huggingface",
    )


def _author(author: Record) -> str:
    """Hidden ones are names that somebody took off the list."""
    return "" if author.get("hidden") is True else text(author.get("name")).strip(" ,")


def _links(paper: Record) -> tuple[Link, ...]:
    given = ((LinkKind.CODE, paper.get("githubRepo")), (LinkKind.PROJECT, paper.get("projectPage")))
    return tuple(Link(kind=kind, url=url) for kind, value in given if (url := text(value)).startswith(("https://", "http://")))
