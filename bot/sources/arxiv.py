"""arXiv: what was announced, from the feeds by category; details, single papers and searches, from the query API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.papers import AnnounceType, Paper, parse_key
from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.arxiv_api import Answer, parse_answer
from bot.sources.arxiv_rss import Feed, parse_feed
from bot.sources.fetch import Fetched, Fetcher

#: Seconds between two requests; arXiv counts its feeds and its API together.
INTERVAL = 3.0
#: Papers asked for in one API request.
PAGE = 100
#: What the API gives at most in one page.
LARGEST_PAGE = 2000
#: Tries when the API knows of papers but sends none, which it does when it is busy.
TRIES = 3
#: Announcement days whose papers are remembered as read.
KEPT_DAYS = 3

#: The strongest first: what a paper counts as when several categories announce it on one day.
_STRENGTH = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)
_DAY = re.compile(r"done:(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArxivSettings:
    """``details``: complete the feeds' facts (no comment, no submission date) by the API."""

    categories: tuple[str, ...]
    api_url: str = "https://export.arxiv.org/api/query"
    rss_url: str = "https://rss.arxiv.org/rss"
    details: bool = True
    interval: float = INTERVAL


class ArxivSource:
    """Announcements of the categories in ``settings``, each paper once however many categories list it."""

    name = "arxiv"

    def __init__(self, settings: ArxivSettings, fetcher: Fetcher) -> None:
        self._settings = settings
        self._fetcher = fetcher

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """The papers announced since ``memory``, with details where the API gives them.

        A day without mailing, and one already read, give no papers. A category that fails is a problem of the batch; ``SourceError``
        when all do. ``announced`` counts different papers in the feeds, also those read before.
        """
        announced, problems, validators = await self._announcements(memory)
        done = {paper: day for day, papers in _done(memory).items() for paper in papers}
        todo = [paper for paper in announced.values() if done.get(_stamp(paper)) != _day(paper)]
        yield Batch(papers=(), problems=tuple(problems), announced=len(announced))
        read: list[Paper] = []
        details, failed = self._settings.details, False
        for start in range(0, len(todo), PAGE):
            part = todo[start : start + PAGE]
            if failed or not details:
                yield Batch(papers=tuple(part))
                read += [paper for paper in part if paper.abstract and not failed]
                continue
            try:
                known = {paper.key: paper for paper in (await self._query({"id_list": _id_list(part)}, PAGE)).papers}
            except SourceError as trouble:
                # Not asked again in this run. The papers are not marked as read, so that the next run completes them.
                failed = True
                yield Batch(papers=tuple(part), problems=(f"arXiv API: {trouble}; papers kept as their feed describes them",))
                continue
            yield Batch(papers=tuple(_complete(paper, known.get(paper.key)) for paper in part))
            read += [paper for paper in part if paper.key in known]
        _remember(memory, read)
        if len(read) == len(todo):
            memory.update(validators)

    async def by_ids(self, ids: Sequence[str]) -> Batch:
        """The papers of these ids, keys or links, in the order given. Those that are no arXiv id or unknown there are problems."""
        keys = {text: parse_key(text) for text in ids}
        wanted = list(dict.fromkeys(key for key in keys.values() if key and key.startswith("arxiv:")))
        problems = [f'"{text}" is no arXiv id' for text, key in keys.items() if key not in wanted]
        found: dict[str, Paper] = {}
        for start in range(0, len(wanted), PAGE):
            answer = await self._query({"id_list": ",".join(key.partition(":")[2] for key in wanted[start : start + PAGE])}, PAGE)
            found |= {paper.key: paper for paper in answer.papers}
            problems += answer.problems
        problems += [f"arXiv knows no paper {key.partition(':')[2]}" for key in wanted if key not in found]
        return Batch(papers=tuple(found[key] for key in wanted if key in found), problems=tuple(problems))

    async def search_api(self, search_query: str, start: int = 0, max_results: int = PAGE) -> Batch:
        """One page of a search in arXiv's own language (``cat:cs.CL AND submittedDate:[...]``), newest first; ``announced``: all it has."""
        size = max(1, min(max_results, LARGEST_PAGE))
        parameters = {"search_query": search_query, "start": str(start), "sortBy": "submittedDate", "sortOrder": "descending"}
        answer = await self._query(parameters, size)
        return Batch(papers=answer.papers, problems=answer.problems, announced=answer.total)

    async def _announcements(self, memory: dict[str, str]) -> tuple[dict[str, Paper], list[str], dict[str, str]]:
        """Different papers of all feeds by key, the problems, and what makes the next reading conditional."""
        announced: dict[str, Paper] = {}
        problems: list[str] = []
        validators: dict[str, str] = {}
        failures: list[SourceError] = []
        for category in self._settings.categories:
            try:
                answer = await self._get(f"{self._settings.rss_url.rstrip('/')}/{category}", headers=_conditions(memory, category))
                feed = _read_feed(answer)
            except SourceError as trouble:
                failures.append(trouble)
                problems.append(f"{category}: {trouble}")
                continue
            problems += [f"{category}: {problem}" for problem in feed.problems]
            if feed.whole and answer.status != 304:
                validators |= _validators(answer, category)
            for paper in feed.papers:
                announced[paper.key] = _joined(announced[paper.key], paper) if paper.key in announced else paper
        if failures and len(failures) == len(self._settings.categories):
            first = failures[0]
            raise SourceError(f"no category of arXiv could be read: {first.message}", first.next_step)
        return announced, problems, validators

    async def _query(self, parameters: dict[str, str], size: int) -> Answer:
        """An answer of the API with papers, or one that says there are none. Raises ``SourceError`` when it gives an error or nonsense."""
        asked = {"start": "0", **parameters, "max_results": str(size)}
        trouble = ""
        for _ in range(TRIES):
            response = await self._get(self._settings.api_url, params=asked)
            answer = parse_answer(response.body)
            if answer.error:
                trouble = answer.error
                if not answer.damaged:
                    break
            elif not response.ok:
                trouble = f"status {response.status}"
                break
            elif answer.papers or answer.total <= int(asked["start"]):
                return answer
            else:
                trouble = f"an empty page though it counts {answer.total:,} papers"
        raise SourceError(f"arXiv's API answered: {trouble}", "check the query; if it is right, arXiv is busy and the next run tries again")

    async def _get(self, url: str, *, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Fetched:
        return await self._fetcher.get(url, params=params, headers=headers, lane="arxiv", interval=self._settings.interval)


def _read_feed(answer: Fetched) -> Feed:
    """The feed in an answer; raises ``SourceError`` when there is none. "Not modified" is a feed without news."""
    if answer.status == 304:
        return Feed(papers=())
    if not answer.ok:
        raise SourceError(f"status {answer.status} from {answer.url}", "check the category and rss_url in the configuration")
    feed = parse_feed(answer.body)
    if not feed.whole and not feed.items:
        raise SourceError("; ".join(feed.problems), "the next run tries again")
    return feed


def _joined(one: Paper, other: Paper) -> Paper:
    """A paper that two categories list: the stronger announcement, all categories, of the rest what the first one says."""
    types = [paper.announce_type for paper in (one, other) if paper.announce_type]
    first, second = (one, other) if _strength(one) <= _strength(other) else (other, one)
    return replace(
        first,
        announce_type=min(types, key=_STRENGTH.index, default=None),
        categories=tuple(dict.fromkeys((*first.categories, *second.categories))),
        version=max((paper.version for paper in (one, other) if paper.version), default=None),
    )


def _strength(paper: Paper) -> int:
    return _STRENGTH.index(paper.announce_type) if paper.announce_type else len(_STRENGTH)


def _complete(paper: Paper, details: Paper | None) -> Paper:
    """What the feed announced with what the API knows; the feed's word counts for the announcement."""
    if details is None:
        return paper
    authors = details if details.authors else paper
    return replace(
        details,
        keys=tuple(dict.fromkeys((*paper.keys, *details.keys))),
        title=details.title or paper.title,
        abstract=details.abstract or paper.abstract,
        authors=authors.authors,
        author_count=authors.author_count,
        more_authors=authors.more_authors,
        categories=tuple(dict.fromkeys((*details.categories, *paper.categories))),
        announced=paper.announced,
        announce_type=paper.announce_type,
        version=max(filter(None, (paper.version, details.version)), default=None),
        journal_ref=details.journal_ref or paper.journal_ref,
    )


def _id_list(papers: Sequence[Paper]) -> str:
    return ",".join(paper.key.partition(":")[2] for paper in papers)


def _day(paper: Paper) -> str:
    return paper.announced.isoformat() if paper.announced else "0000-00-00"


def _stamp(paper: Paper) -> str:
    """Names one version of one paper within a day."""
    return f"{paper.key.partition(':')[2]}v{paper.version or 0}"


def _done(memory: dict[str, str]) -> dict[str, list[str]]:
    """Announcement day -> the papers of it that were read."""
    return {found[1]: papers.split() for name, papers in memory.items() if (found := _DAY.fullmatch(name))}


def _remember(memory: dict[str, str], read: Sequence[Paper]) -> None:
    """Add what was read to its day, and forget all but the latest days."""
    days = _done(memory)
    for paper in read:
        papers = days.setdefault(_day(paper), [])
        papers.append(_stamp(paper))
    for day in sorted(days)[:-KEPT_DAYS]:
        memory.pop(f"done:{day}", None)
    for day in sorted(days)[-KEPT_DAYS:]:
        memory[f"done:{day}"] = " ".join(dict.fromkeys(days[day]))


def _conditions(memory: dict[str, str], category: str) -> dict[str, str]:
    names = {"If-None-Match": f"etag:{category}", "If-Modified-Since": f"modified:{category}"}
    return {header: memory[name] for header, name in names.items() if memory.get(name)}


def _validators(answer: Fetched, category: str) -> dict[str, str]:
    return {f"etag:{category}": answer.headers.get("etag", ""), f"modified:{category}": answer.headers.get("last-modified", "")}
