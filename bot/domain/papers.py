"""A paper, who wrote it, and the keys by which two records are known to be the same paper."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b

from bot.clock import require_utc
from bot.domain.authors import Author as Author


class AnnounceType(StrEnum):
    """What kind of announcement brought the paper (arXiv's own words, and one of ours)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"
    #: Not arXiv's: read long after its announcement. It is found and matched, and is no news to anybody.
    ARCHIVE = "archive"

    @property
    def is_update(self) -> bool:
        return self in (AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)


class LinkKind(StrEnum):
    PAGE = "page"
    PDF = "pdf"
    CODE = "code"
    DATA = "data"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    kind: LinkKind
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One paper as a source gives it, in plain text. Empty string and ``None`` mean "the source does not say"."""

    #: Prefixed identity keys, best first: ("arxiv:2510.19811", "doi:10.1/x"). The first one is the paper's id everywhere.
    keys: tuple[str, ...] = ()
    title: str = ""
    abstract: str = ""
    #: One or two sentences written by a person or a source. Empty: the extract of the abstract is shown.
    summary: str = ""
    authors: tuple[Author, ...] = ()
    #: How many authors there are, where the source cut the list ("et al.", "13 authors").
    author_count: int | None = None
    #: The source says that there are more authors than it names, and not how many ("et al.").
    more_authors: bool = False
    #: Primary category first: ("cs.CL", "cs.AI").
    categories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    #: What a source says it is about, in a few words each: of authors, editors or machines. Not the categories.
    keywords: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    submitted: date | None = None
    updated: date | None = None
    announced: date | None = None
    announce_type: AnnounceType | None = None
    version: int | None = None
    comment: str = ""
    journal_ref: str = ""
    votes: int | None = None
    #: Number of discussion comments on the page that listed it.
    discussion: int | None = None
    withdrawn: bool = False
    #: Which source gave this record: "arxiv", "seeds", "listing".
    source: str = ""

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def text(self) -> str:
        """What stands for the abstract in search, matching and summaries."""
        return self.abstract or self.summary

    @property
    def display_title(self) -> str:
        """The title, or for a record that came without one its best name."""
        if self.title:
            return self.title
        first = re.split(r"(?<=[.!?])\s", self.text, maxsplit=1)[0]
        return first if len(first) <= 120 else first[:119].rsplit(" ", 1)[0] + "…"

    @property
    def url(self) -> str:
        """Where the title links to; empty when no page is known."""
        return next((link.url for link in self.links if link.kind is LinkKind.PAGE), "") or key_url(self.key)

    @property
    def date(self) -> date | None:
        """The day the paper is filed under: submitted, else announced, else updated."""
        return self.submitted or self.announced or self.updated


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPaper:
    """A paper with what the store knows about it. ``row`` is the store's own number, stable for ever."""

    row: int
    paper: Paper
    first_seen: datetime
    #: Every source that ever gave it, first one first.
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_utc(self.first_seen)


def key_url(key: str) -> str:
    """The public page of an identity key, or "" for keys that have none."""
    scheme, _, value = key.partition(":")
    match scheme:
        case "arxiv":
            return f"https://arxiv.org/abs/{value}"
        case "doi":
            return f"https://doi.org/{value}"
        case "dblp":
            return f"https://dblp.org/rec/{value}"
        case "pmid":
            return f"https://pubmed.ncbi.nlm.nih.gov/{value}/"
        case "openreview":
            return f"https://openreview.net/forum?id={value}"
    return ""


_ARXIV = re.compile(
    r"(?:arxiv[:.\s/]*|abs/|pdf/|html/|papers/)?\s*"
    r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?$",
    re.IGNORECASE | re.ASCII,
)
_DOI = re.compile(r"(10\.\d{4,9}/[^\s?#]+)", re.IGNORECASE)
_OPENREVIEW = re.compile(r"openreview\.net/(?:forum|pdf)\?id=([\w-]+)", re.IGNORECASE)
_PMID = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/|^pmid:?\s*)(\d{1,9})(?!\d)", re.IGNORECASE)
_DBLP = re.compile(r"(?:dblp\.(?:org|uni-trier\.de)/rec/(?:html/)?|^dblp:)([a-z]+/[\w./-]+?)(?:\.(?:html|xml|bib))?$", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)


def parse_key(text: str) -> str | None:
    """The identity key that ``text`` names: an id, a prefixed key, or any arXiv, DOI, OpenReview or HF paper link.

    >>> parse_key("https://arxiv.org/pdf/2510.19811v2")
    'arxiv:2510.19811'
    """
    text = unicodedata.normalize("NFKC", text).strip().strip("<>()[]").rstrip(".,;")
    if re.fullmatch(r"(abs|title):[0-9a-f]{16,32}", text):
        return text
    if found := _OPENREVIEW.search(text):
        return f"openreview:{found[1]}"
    if text.lower().startswith("openreview:"):
        return "openreview:" + text[11:]
    if found := _PMID.search(text):
        return f"pmid:{found[1]}"
    if found := _DBLP.search(text):
        return f"dblp:{found[1]}"
    if found := _DOI.search(text):
        doi = found[1].rstrip(".,;)").lower()
        return f"arxiv:{_ARXIV_DOI.sub('', doi)}" if _ARXIV_DOI.match(doi) else f"doi:{doi}"
    bare = re.split(r"[?#]", text, maxsplit=1)[0].rstrip("/")
    if (found := _ARXIV.search(bare)) and (found.start() == 0 or bare[: found.start()].endswith(("/", " "))):
        # "math.GT/0309136" is the same paper as "math/0309136", which is how arXiv itself writes it.
        return "arxiv:" + re.sub(r"\.[a-z]{2}/", "/", found["id"].lower())
    return None


class _Folding(dict[int, str]):
    """For ``str.translate``: each character as ``fold`` leaves it, worked out once. What is no letter or digit becomes a blank."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFKD", chr(code).casefold())
        bare = (char for char in decomposed if not unicodedata.combining(char))
        self[code] = folded = "".join(char if char != "_" and _WORD_CHARACTER.match(char) else " " for char in bare)
        return folded


_WORD_CHARACTER = re.compile(r"\w")
_FOLDING = _Folding()
#: ASCII letters to small ones, digits as they are, everything else to a blank.
_FOLD_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def fold(text: str) -> str:
    """Letters and digits only, without case and accents, single blanks between words: what two spellings share."""
    if text.isascii():
        # Most texts, and nothing in them to decompose: the same result in an eighth of the time.
        return " ".join(text.translate(_FOLD_ASCII).split())
    return " ".join(text.translate(_FOLDING).split())


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def abstract_fingerprint(abstract: str) -> str | None:
    """``abs:<16 hex>`` over the first 64 folded words of an abstract; ``None`` when it is too short to tell papers apart.

    Only the beginning counts, because that is what the copies of an abstract share: a later version or another site changes a word
    further down, adds a link at the end or cuts the text. Among 43,169 arXiv abstracts two different papers begin with
    the same 64 words once (by a slip of their source); with 40 words it is four times.
    """
    folded = " ".join(fold(abstract).split(" ", 64)[:64])
    return f"abs:{_digest(folded)}" if len(folded) >= 80 else None


def title_fingerprint(title: str, authors: Iterable[Author]) -> str | None:
    """``title:<16 hex>`` over the folded title and the first author's last word; ``None`` without either."""
    first = next(iter(authors), None)
    folded = fold(title)
    if first is None or len(folded) < 10:
        return None
    family = fold(first.name).rsplit(" ", 1)[-1]
    return f"title:{_digest(f'{folded}|{family}')}"


def with_derived_keys(paper: Paper) -> Paper:
    """``paper`` with the fingerprints that its text allows added behind the keys its source gave."""
    derived = (abstract_fingerprint(paper.abstract), title_fingerprint(paper.title, paper.authors))
    keys = tuple(dict.fromkeys((*paper.keys, *(key for key in derived if key))))
    return paper if keys == paper.keys else replace(paper, keys=keys)
