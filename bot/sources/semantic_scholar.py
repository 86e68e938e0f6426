"""Semantic Scholar: what its graph of papers says about one of them, and what it adds to the papers that came in lately."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.domain.authors import author_id
from bot.domain.papers import Author, Paper, parse_key
from bot.errors import SourceError
from bot.ports import Arrivals, Batch, Clock
from bot.secret import NO_SECRET, Secret
from bot.sources.arrived import pages_of, require_no_key
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.json_records import Record, day, items, load_json, record, text
from bot.sources.parsing.parser import Parser

#: What is asked for of each paper. ``authors`` stands for their ids and names.
FIELDS = "externalIds,title,abstract,tldr,venue,publicationDate,authors"
#: Papers in one question; the service takes no more.
PAGE = 500
#: Questions of one run. What is left over is asked for by the next.
MOST_PAGES = 20
#: Seconds between two requests: with a key one a second is allowed; without one all who have none share one pool.
INTERVAL, INTERVAL_KEYLESS = 1.0, 3.0

#: What the service calls an identity key's scheme in a question.
_ASKED = {"arxiv": "ARXIV", "doi": "DOI", "pmid": "PMID"}
#: Its name of an id in an answer, and the scheme it becomes. The order is that of their worth.
_ANSWERED = (("ArXiv", "arxiv"), ("DOI", "doi"), ("PubMed", "pmid"), ("DBLP", "dblp"))
#: Where one posts what is not printed yet: no venue.
_PREPRINTS = frozenset({"arxiv", "arxiv.org", "biorxiv", "medrxiv"})
_AGAIN = "it is asked again later"


@dataclass(frozen=True, kw_only=True, slots=True)
class SemanticScholarSettings:
    """``url`` is where papers are, ``key`` may be empty. Papers are asked about ``after_days`` days after they
    came: the service writes its summaries late."""

    url: str = "https://api.semanticscholar.org/graph/v1/paper"
    key: Secret = NO_SECRET
    after_days: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPapers:
    """Papers of an answer, the place of each among its records (from 0), and what could not be read of it."""

    papers: tuple[Paper, ...] = ()
    places: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()
    #: Records of the answer, those of unknown papers among them.
    records: int = 0


class SemanticScholarSource:
    """Adds to the papers of the library: summaries, venues, ids of papers and of people. It brings none of its own."""

    name = "semanticscholar"

    def __init__(self, settings: SemanticScholarSettings, clock: Clock, fetcher: Fetcher, parser: Parser, arrivals: Arrivals) -> None:
        self._settings = settings
        self._clock, self._fetcher, self._parser, self._arrivals = clock, fetcher, parser, arrivals

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """What is known by now about the papers that arrived since the last run, up to some days ago. Raises ``SourceError``."""
        until = self._clock.now() - timedelta(days=self._settings.after_days)
        async for page in pages_of(self._arrivals, until, memory.get("until", ""), size=PAGE, most=MOST_PAGES):
            asked = [key for key in page.keys if asked_as(key)]
            batch = await self._about(asked) if asked else None
            memory["until"] = page.done
            if batch:
                yield batch

    async def _about(self, keys: Sequence[str]) -> Batch:
        answer = await self._fetcher.post(
            f"{self._settings.url.rstrip('/')}/batch",
            body=json.dumps({"ids": [asked_as(key) for key in keys]}).encode(),
            headers={"Content-Type": "application/json", **headers(self._settings.key)},
            params={"fields": FIELDS},
            interval=interval(self._settings.key),
        )
        if answer.status == 400 and b"no valid paper ids" in answer.body.lower():
            return Batch(papers=(), checkpoint=True)
        if not answer.ok:
            step = "check key in [sources.semanticscholar]" if answer.status in (401, 403) else _AGAIN
            raise SourceError(f"status {answer.status} from Semantic Scholar", step)
        require_no_key(answer, self._settings.key)
        found = await self._parser.run(read_papers, answer.body)
        if found.records != len(keys):
            raise SourceError(f"Semantic Scholar answered for {found.records} papers, asked for {len(keys)}", _AGAIN)
        known: list[Paper] = []
        problems = list(found.problems)
        for paper, place in zip(found.papers, found.places, strict=True):
            if one := about(paper, keys[place]):
                known.append(one)
            else:
                problems.append(f"Semantic Scholar, paper {place + 1}: is another one than {keys[place]}")
        return Batch(papers=tuple(known), problems=tuple(problems), news=False, checkpoint=True)


def headers(key: Secret) -> dict[str, str]:
    """What a request says about who asks."""
    return {"x-api-key": key.reveal()} if key else {}


def interval(key: Secret) -> float:
    return INTERVAL if key else INTERVAL_KEYLESS


def asked_as(key: str) -> str:
    """An identity key as a question names it; empty for one that the service does not know.

    >>> asked_as("arxiv:2604.00001")
    'ARXIV:2604.00001'
    """
    scheme, _, value = key.partition(":")
    return f"{_ASKED[scheme]}:{value}" if scheme in _ASKED else ""


def about(paper: Paper, key: str) -> Paper | None:
    """``paper``, which is the answer to ``key``, known by that as well; ``None`` where it is a different paper of arXiv."""
    theirs = [one for one in paper.keys if one.startswith("arxiv:")]
    if key.startswith("arxiv:") and theirs and key not in theirs:
        return None
    return replace(paper, keys=tuple(dict.fromkeys((*paper.keys, key))))


def read_papers(document: bytes) -> FoundPapers:
    """The papers of any answer that has some: of one paper, a batch (``null`` where it knows none), a search, recommendations, citations
    or references. Raises ``SourceError`` for any other document."""
    answer = load_json(document, of="Semantic Scholar")
    records = _records(answer)
    given = [_paper_of(one) for one in records if one is not None]
    if given and not any(one is not None and "paperId" in one for one in given):
        raise SourceError("Semantic Scholar sent no papers (another document)", "check the address, or try again later")
    papers: list[Paper] = []
    places: list[int] = []
    problems: list[str] = []
    for place, one in enumerate(records):
        if one is None:
            continue
        if paper := _paper(_paper_of(one) or {}):
            papers.append(paper)
            places.append(place)
        else:
            problems.append(f"Semantic Scholar, paper {place + 1}: has no title")
    return FoundPapers(papers=tuple(papers), places=tuple(places), problems=tuple(problems), records=len(records))


def _records(answer: Any) -> list[Any]:
    """Whatever stands for a paper in an answer."""
    if isinstance(answer, list):
        return answer
    whole = record(answer)
    if {"paperId", "citedPaper", "citingPaper"} & whole.keys():
        return [whole]
    for name in ("data", "recommendedPapers"):
        if isinstance(whole.get(name), list):
            return items(whole[name])
    said = text(whole.get("error")) or text(whole.get("message"))
    raise SourceError(f"Semantic Scholar sent no papers ({said[:80] or 'another document'})", "check the id, or try again later")


def _paper_of(one: object) -> Record | None:
    """The paper of a record: itself, or the one end of a citation."""
    outer = record(one)
    inner = next((outer[name] for name in ("citedPaper", "citingPaper") if name in outer), outer)
    return inner if isinstance(inner, dict) and inner else None


def _paper(one: Record) -> Paper | None:
    title = text(one.get("title"))
    if not title:
        return None
    ids = record(one.get("externalIds"))
    given = (parse_key(f"{scheme}:{ids[name]}") for name, scheme in _ANSWERED if ids.get(name))
    venue = text(one.get("venue"))
    return Paper(
        keys=tuple(dict.fromkeys(key for key in given if key)),
        title=title,
        abstract=text(one.get("abstract")),
        summary=text(record(one.get("tldr")).get("text")),
        authors=tuple(author for person in items(one.get("authors")) if (author := _author(record(person)))),
        submitted=day(one.get("publicationDate")),
        journal_ref="" if venue.casefold() in _PREPRINTS else venue,
        source="semanticscholar",
    )


def _author(person: Record) -> Author | None:
    name = text(person.get("name"))
    known = author_id(f"s2:{text(person.get('authorId'))}")
    return Author(name=name, ids=(known,) if known else ()) if name else None
