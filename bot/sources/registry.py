"""Every source there is, one row each. The program makes its sources from here, and the table in the README is made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from bot.ports import Arrivals, Clock, Source
from bot.sources.arxiv.client import ArxivSettings
from bot.sources.arxiv.source import ArxivSource
from bot.sources.biorxiv import BiorxivSettings, BiorxivSource
from bot.sources.feeds.source import FeedSettings, FeedSource
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.huggingface import HuggingFaceSettings, HuggingFaceSource
from bot.sources.listing.source import ListingSettings, ListingSource
from bot.sources.openalex import OpenAlexSettings, OpenAlexSource
from bot.sources.parsing.parser import Parser
from bot.sources.semantic_scholar import SemanticScholarSettings, SemanticScholarSource

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What sources work with; one of each for the whole process."""

    clock: Clock
    #: All requests go through it: it is polite, and goes only where it may.
    fetcher: Fetcher
    #: All documents go through it: they are read in a child that may die of them.
    parser: Parser
    #: Which papers came into the library, for sources that add to them.
    arrivals: Arrivals


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceKind:
    """One row. ``settings`` is the dataclass that ``make`` wants; its fields are taken from the table of the configuration by name."""

    #: The key under [sources]: one table, or a list of tables where there may be several. Empty: nothing to configure.
    table: str
    title: str
    #: What it reads, in half a sentence.
    reads: str
    #: Which key or account it wants, and what for.
    key: str = "none"
    settings: type[Any] | None = None
    #: ``None`` from it: configured, but there is nothing to read.
    make: Callable[[Any, Tools], Source | None] | None = None
    #: When it is read, where that is not ``every_minutes`` of its table.
    when: str = ""


def _arxiv(settings: ArxivSettings, tools: Tools) -> Source | None:
    return ArxivSource(settings, tools.fetcher, tools.clock, tools.parser) if settings.categories else None


def _feed(settings: FeedSettings, tools: Tools) -> Source | None:
    return FeedSource(settings, tools.clock, tools.fetcher, tools.parser)


def _listing(settings: ListingSettings, tools: Tools) -> Source | None:
    return ListingSource(settings, tools.clock, tools.fetcher, tools.parser)


def _huggingface(settings: HuggingFaceSettings, tools: Tools) -> Source | None:
    return HuggingFaceSource(settings, tools.clock, tools.fetcher, tools.parser)


def _biorxiv(settings: BiorxivSettings, tools: Tools) -> Source | None:
    return BiorxivSource(settings, tools.clock, tools.fetcher, tools.parser) if settings.servers else None


def _semanticscholar(settings: SemanticScholarSettings, tools: Tools) -> Source | None:
    return SemanticScholarSource(settings, tools.clock, tools.fetcher, tools.parser, tools.arrivals)


def _openalex(settings: OpenAlexSettings, tools: Tools) -> Source | None:
    return OpenAlexSource(settings, tools.clock, tools.fetcher, tools.parser, tools.arrivals)


KINDS: tuple[SourceKind, ...] = (
    SourceKind(
        table="arxiv",
        title="arXiv",
        reads="announcements by category, details from the API, missed days from listings and OAI-PMH",
        settings=ArxivSettings,
        make=_arxiv,
    ),
    SourceKind(
        table="huggingface",
        title="Hugging Face Daily Papers",
        reads="the papers of the last four days with votes, organisations, code, summaries and keywords",
        settings=HuggingFaceSettings,
        make=_huggingface,
    ),
    SourceKind(
        table="biorxiv",
        title="bioRxiv, medRxiv",
        reads="every preprint posted or revised, all or by category",
        settings=BiorxivSettings,
        make=_biorxiv,
    ),
    SourceKind(
        table="semanticscholar",
        title="Semantic Scholar",
        reads="summaries, venues, DOIs and author ids of papers that came two days before",
        key="optional, for a place of one's own in the queue",
        settings=SemanticScholarSettings,
        make=_semanticscholar,
    ),
    SourceKind(
        table="openalex",
        title="OpenAlex",
        reads="affiliations, ORCID iDs, organisations and abstracts of papers that came a week before",
        key="needed; free",
        settings=OpenAlexSettings,
        make=_openalex,
    ),
    SourceKind(
        table="feeds",
        title="Feeds",
        reads="any RSS, Atom, RDF or JSON Feed: journals, labs, reading lists",
        settings=FeedSettings,
        make=_feed,
    ),
    SourceKind(
        table="listings",
        title="Listing pages",
        reads="pages or files that list papers, in four shapes",
        settings=ListingSettings,
        make=_listing,
    ),
    SourceKind(
        table="",
        title="Looked up one by one",
        reads="a paper that somebody names: at arXiv, bioRxiv, medRxiv, Crossref, OpenReview, PubMed, DBLP, Semantic Scholar",
        when="on a pasted link, `/papers show` or `save`",
    ),
    SourceKind(table="", title="Starter corpus", reads="the papers that come with the product", when="once, into a new store"),
    SourceKind(
        table="",
        title="Files",
        reads="JSON lines, BibTeX, RIS, NBIB, Web of Science, CSV, mails of arXiv, listing pages",
        when="`papercrier import FILE…`",
    ),
)


def make_source(kind: SourceKind, table: object, tools: Tools) -> Source | None:
    """The source that a table of the configuration describes; ``None`` when that leaves nothing to read."""
    if kind.make is None or kind.settings is None:
        return None
    return kind.make(settings_of(kind.settings, table), tools)


def settings_of(settings: type[S], table: object) -> S:
    """The fields of ``settings`` that ``table`` has, by name."""
    known = {field.name: getattr(table, field.name) for field in fields(cast(Any, settings)) if hasattr(table, field.name)}
    return settings(**known)
