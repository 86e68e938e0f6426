"""OpenAlex: who wrote the papers that came in lately, where these people work, and abstracts that publishers keep to themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from bot.domain.authors import author_id
from bot.domain.papers import Author, Paper, parse_key
from bot.errors import SourceError
from bot.ports import Arrivals, Batch, Clock
from bot.secret import NO_SECRET, Secret
from bot.sources.arrived import pages_of, require_no_key
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.files.citations import turned
from bot.sources.json_records import Record, day, items, load_json, record, text
from bot.sources.parsing.parser import Parser

#: Works in one question; the service takes no more.
PAGE = 100
#: Questions' worth of papers in one run. What is left over is asked for by the next. A list costs a ten-thousandth of a free key's day.
MOST_PAGES = 50
#: Characters of the DOIs in one question, as they are sent.
LONGEST_FILTER = 3500
#: Seconds between two requests.
INTERVAL = 1.0
#: What is asked for of each work.
FIELDS = "id,doi,ids,title,publication_date,primary_location,biblio,authorships,abstract_inverted_index"
#: Lists name so many authors of a work at most.
MOST_AUTHORS = 100
#: Words of an abstract that are put together again.
MOST_WORDS = 5000
#: What separates values in a filter, so no value can hold it.
_SEPARATORS = frozenset("|,")
_AGAIN = "it is asked again later"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAlexSettings:
    """``url`` is where works are. Papers are asked about ``after_days`` days after they came."""

    key: Secret = NO_SECRET
    url: str = "https://api.openalex.org/works"
    after_days: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundWorks:
    """The works of an answer, and what could not be read of it."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()


class OpenAlexSource:
    """Adds to the papers of the library: affiliations, ids of people, organisations, abstracts. It brings none of its own."""

    name = "openalex"

    def __init__(self, settings: OpenAlexSettings, clock: Clock, fetcher: Fetcher, parser: Parser, arrivals: Arrivals) -> None:
        self._settings = settings
        self._clock, self._fetcher, self._parser, self._arrivals = clock, fetcher, parser, arrivals

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """What is known by now about the papers that arrived since the last run, up to some days ago. Raises ``SourceError``."""
        if not self._settings.key:
            raise SourceError("OpenAlex answers nobody without a key", "get a free one there and set key in [sources.openalex]")
        until = self._clock.now() - timedelta(days=self._settings.after_days)
        async for page in pages_of(self._arrivals, until, memory.get("until", ""), size=PAGE, most=MOST_PAGES):
            batches = [await self._about(keys) for keys in questions(page.keys)]
            memory["until"] = page.done
            for batch in batches:
                yield batch

    async def _about(self, asked: Sequence[str]) -> Batch:
        key = self._settings.key
        params = {"filter": f"doi:{'|'.join(map(asked_as, asked))}", "per_page": str(PAGE), "select": FIELDS}
        answer = await self._fetcher.get(self._settings.url, params={**params, "api_key": key.reveal()}, interval=INTERVAL)
        if not answer.ok:
            step = "check key in [sources.openalex]" if answer.status in (401, 403) else _AGAIN
            raise SourceError(f"status {answer.status} from OpenAlex", step)
        require_no_key(answer, key)
        found = await self._parser.run(read_works, answer.body)
        known = tuple(paper for paper in found.papers if not set(asked).isdisjoint(paper.keys))
        others = [f"OpenAlex: {paper.key} is none of the works asked for" for paper in found.papers if paper not in known]
        return Batch(papers=known, problems=(*found.problems, *others), news=False, checkpoint=True)


def asked_as(key: str) -> str:
    """The DOI that stands for an identity key in a question; empty for a key without one, or with one that cannot stand in a list.

    >>> asked_as("arxiv:2604.00001")
    '10.48550/arxiv.2604.00001'
    """
    scheme, _, value = key.partition(":")
    doi = {"doi": value, "arxiv": f"10.48550/arxiv.{value}"}.get(scheme, "")
    return "" if _SEPARATORS & set(doi) else doi


def questions(keys: Sequence[str]) -> Iterator[list[str]]:
    """Those of ``keys`` that can be asked about, as many together as one question holds."""
    together: list[str] = []
    length = 0
    for key in keys:
        doi = asked_as(key)
        size = len(quote(f"|{doi}", safe="/"))
        if not doi or size > LONGEST_FILTER:
            continue
        if length + size > LONGEST_FILTER:
            yield together
            together, length = [], 0
        together.append(key)
        length += size
    if together:
        yield together


def read_works(document: bytes) -> FoundWorks:
    """The work or the list of works of an answer of ``/works``. Raises ``SourceError`` for any other document."""
    answer = record(load_json(document, of="OpenAlex"))
    found = items(answer["results"]) if isinstance(answer.get("results"), list) else [answer]
    if found and not any(_is_work(record(one)) for one in found):
        raise SourceError("OpenAlex sent no works (another document)", "check the address, or try again later")
    papers: list[Paper] = []
    problems: list[str] = []
    for index, one in enumerate(found, start=1):
        if paper := _paper(record(one)):
            papers.append(paper)
        else:
            problems.append(f"OpenAlex, work {index}: has no DOI or no title")
    return FoundWorks(papers=tuple(papers), problems=tuple(problems))


def _is_work(one: Record) -> bool:
    return text(one.get("id")).rpartition("/")[2].startswith("W") or "doi" in one


def _paper(work: Record) -> Paper | None:
    key, title = parse_key(text(work.get("doi"))), text(work.get("title"))
    if not key or not title:
        return None
    pmid = parse_key(text(record(work.get("ids")).get("pmid")))
    people = [record(one) for one in items(work.get("authorships"))]
    homes = (home for person in people for home in _institutions(person))
    return Paper(
        keys=tuple(dict.fromkeys(filter(None, (key, pmid)))),
        title=title,
        abstract=abstract_of(work.get("abstract_inverted_index")),
        authors=tuple(author for person in people if (author := _author(person))),
        more_authors=len(people) >= MOST_AUTHORS,
        organisations=tuple(dict.fromkeys(homes)),
        submitted=_date(work),
        journal_ref=_journal(work),
        source="openalex",
    )


def _author(person: Record) -> Author | None:
    """The name as the paper prints it; that of the profile may be another form of it."""
    profile, printed = record(person.get("author")), text(person.get("raw_author_name"))
    name = turned(printed) or text(profile.get("display_name"))
    ids = (author_id(text(profile.get(name))) for name in ("orcid", "id"))
    homes = _institutions(person) or [home for one in items(person.get("raw_affiliation_strings")) if (home := text(one))]
    return Author(name=name, affiliations=tuple(dict.fromkeys(homes)), ids=tuple(id_ for id_ in ids if id_)) if name else None


def _institutions(person: Record) -> list[str]:
    return [name for one in items(person.get("institutions")) if (name := text(record(one).get("display_name")))]


def _date(work: Record) -> date | None:
    """The first of January stands for a year of which no more is known."""
    known = day(work.get("publication_date"))
    return None if known and (known.month, known.day) == (1, 1) else known


def _journal(work: Record) -> str:
    """``Journal 12, 34-56``, as far as it is known. A repository is no journal."""
    where = record(record(work.get("primary_location")).get("source"))
    name = text(where.get("display_name"))
    if not name or text(where.get("type")) == "repository":
        return ""
    printed = record(work.get("biblio"))
    first, last = text(printed.get("first_page")), text(printed.get("last_page"))
    pages = f"{first}-{last}" if first and last and first != last else first
    return ", ".join(filter(None, (f"{name} {text(printed.get('volume'))}".strip(), pages)))


def abstract_of(index: Any) -> str:
    """The text that an index of its words describes: each word with the places where it stands."""
    places = (
        (place, word)
        for word, found in record(index).items()
        for place in items(found)
        if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < MOST_WORDS
    )
    return " ".join(word for _, word in sorted(places)).removeprefix("Abstract ").strip()
