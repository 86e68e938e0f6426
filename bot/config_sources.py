"""The configuration of the sources: one table each. A new source adds its table here and its row in ``bot/sources/registry.py``."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bot.config_types import HttpUrl, SecretText, Table
from bot.secret import Secret

#: Sources that need no table, and what their papers say they come from.
_BUILT_IN = ("seeds", "demo", "import", "listing")
_NAME = r"^[a-z][a-z0-9-]{0,30}$"
_HOST = r"^[A-Za-z0-9.:-]+$"
#: What a category of arXiv looks like.
CATEGORY = r"^[a-z-]+(\.[A-Za-z-]{2,})?$"


class SourceTable(Table):
    every_minutes: int = Field(default=60, ge=5, le=1440)


class ArxivTable(SourceTable):
    categories: tuple[Annotated[str, Field(pattern=CATEGORY)], ...] = Field(default=(), strict=False)
    api_url: HttpUrl = "https://export.arxiv.org/api/query"
    rss_url: HttpUrl = "https://rss.arxiv.org/rss"
    oai_url: HttpUrl = "https://oaipmh.arxiv.org/oai"
    list_url: HttpUrl = "https://arxiv.org/list"
    details: bool = True


class HuggingFaceTable(SourceTable):
    url: HttpUrl = "https://huggingface.co/api/daily_papers"


class BiorxivTable(SourceTable):
    servers: tuple[Literal["biorxiv", "medrxiv"], ...] = Field(default=("biorxiv", "medrxiv"), strict=False)
    categories: tuple[Annotated[str, Field(max_length=60)], ...] = Field(default=(), strict=False)
    url: HttpUrl = "https://api.biorxiv.org/details"


class SemanticScholarTable(SourceTable):
    key: SecretText = Secret("")
    url: HttpUrl = "https://api.semanticscholar.org/graph/v1/paper"
    after_days: int = Field(default=2, ge=0, le=90)
    every_minutes: int = Field(default=360, ge=5, le=1440)


class OpenAlexTable(SourceTable):
    key: SecretText = Secret("")
    url: HttpUrl = "https://api.openalex.org/works"
    after_days: int = Field(default=7, ge=0, le=90)
    every_minutes: int = Field(default=360, ge=5, le=1440)


class NamedTable(SourceTable):
    name: Annotated[str, Field(pattern=_NAME)]


class FeedTable(NamedTable):
    url: HttpUrl
    categories: tuple[Annotated[str, Field(pattern=CATEGORY)], ...] = Field(default=(), strict=False)


class ListingTable(NamedTable):
    url: HttpUrl = ""
    file: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.url) == bool(self.file):
            raise ValueError("give either url or file: where the page is")
        return self


class LookupsTable(Table):
    enabled: bool = True
    crossref_url: HttpUrl = "https://api.crossref.org/works"
    openreview_url: HttpUrl = "https://api2.openreview.net/notes"
    biorxiv_url: HttpUrl = "https://api.biorxiv.org/details"
    pubmed_url: HttpUrl = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi"
    dblp_url: HttpUrl = "https://dblp.org/rec"
    semanticscholar_url: HttpUrl = "https://api.semanticscholar.org/graph/v1/paper"


class SourcesTable(Table):
    internal: tuple[Annotated[str, Field(pattern=_HOST)], ...] = Field(default=(), strict=False)
    arxiv: ArxivTable | None = None
    huggingface: HuggingFaceTable | None = None
    biorxiv: BiorxivTable | None = None
    semanticscholar: SemanticScholarTable | None = None
    openalex: OpenAlexTable | None = None
    lookups: LookupsTable = LookupsTable()
    feeds: tuple[FeedTable, ...] = Field(default=(), strict=False)
    listings: tuple[ListingTable, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        """A name stands for one source everywhere: in receipts, in ``papercrier ingest`` and in ``source:`` of a query."""
        named: tuple[NamedTable, ...] = (*self.feeds, *self.listings)
        taken = Counter([*(table.name for table in named), *type(self).model_fields, *_BUILT_IN])
        if twice := [table.name for table in named if taken[table.name] > 1]:
            raise ValueError(f'the name "{twice[0]}" is taken: every feed and listing needs one of its own')
        return self

    def tables(self, name: str) -> tuple[SourceTable, ...]:
        """The tables under this key: none, one, or as many as there are."""
        found = getattr(self, name) if name else None
        return found if isinstance(found, tuple) else (found,) if found else ()

    def trusted_addresses(self) -> tuple[str, ...]:
        """Addresses of the tables that may lie in a private network: written as a number or "localhost", or on a host of ``internal``.
        A name alone is not enough: whoever owns it may let it lead anywhere."""
        written = [value for value in _texts(self.model_dump()) if value.startswith(("http://", "https://"))]
        return tuple(value for value in written if _is_private(urlsplit(value).hostname or "", self.internal))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _is_private(host: str, internal: tuple[str, ...]) -> bool:
    if host in internal or host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
