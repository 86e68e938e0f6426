"""What reference managers know about a paper, whichever of their files it comes from, and the paper that makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Author, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.rss import arxiv_categories, named_categories
from bot.sources.feeds.entry import web_address

#: What papers of a file are said to come from.
SOURCE = "import"

_MONTHS = {
    name: number for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_DATE = re.compile(r"(?P<year>1[5-9]\d\d|20\d\d)(?:[-/. ]+(?P<month>\d{1,2}|[A-Za-z]{3,9})(?:[-/. ]+(?P<day>\d{1,2}))?)?")
_BEHIND = re.compile(r"^([^\s.,]{2,}(?: [^\s.,]{2,}){0,3}) ((?:[A-Z]\.-?){1,4})$")
_OTHERS = frozenset({"others", "et al", "et al.", "and others", "…", "..."})
_ARXIV_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_ARXIV_MENTION = re.compile(
    r"\barxiv[:\s/.]+(?:abs/|preprint\s+arxiv:)?(" + _ARXIV_ID.pattern + ")|\\babs/(" + _ARXIV_ID.pattern + ")", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """One reference, in plain text or LaTeX."""

    title: str = ""
    abstract: str = ""
    #: Given name first, or as printed.
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    #: Whole dates or parts of one, best first.
    dates: tuple[date | None, ...] = ()
    #: Where an arXiv id, DOI or OpenReview page may stand on its own.
    identifiers: tuple[str, ...] = ()
    #: Where an arXiv id may stand among other words.
    mentions: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    #: Those that are categories of arXiv count as such.
    keywords: tuple[str, ...] = ()
    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    note: str = ""


def paper_of(citation: Citation) -> Paper | None:
    """The paper; ``None`` for a reference that names none: it has neither title nor abstract."""
    if not citation.title.strip() and not citation.abstract.strip():
        return None
    named = [name for name in map(str.strip, citation.authors) if name]
    authors = [name for name in named if name.casefold().strip("{} ") not in _OTHERS]
    urls = tuple(dict.fromkeys(filter(None, map(web_address, citation.urls))))
    keywords = tuple(filter(None, map(str.strip, citation.keywords)))
    categories = tuple(dict.fromkeys((*arxiv_categories([text.strip() for text in citation.categories]), *named_categories(keywords))))
    return Paper(
        keys=keys_of(citation),
        title=citation.title.strip(),
        abstract=citation.abstract.strip(),
        authors=tuple(Author(name=name) for name in authors),
        more_authors=len(authors) < len(named),
        categories=categories,
        organisations=tuple(filter(None, map(str.strip, citation.organisations))),
        keywords=tuple(one for one in keywords if one not in categories),
        links=tuple(Link(kind=LinkKind.PDF if url.lower().endswith(".pdf") else LinkKind.PAGE, url=url) for url in urls),
        submitted=next((day for day in citation.dates if day), None),
        journal_ref=_journal(citation),
        comment=citation.note.strip(),
        source=SOURCE,
    )


def keys_of(citation: Citation) -> tuple[str, ...]:
    """The keys of the world: arXiv first, then DOI and OpenReview."""
    found = [key for text in (*citation.identifiers, *citation.urls) if text and (key := _key(text))]
    mentions = filter(None, map(_ARXIV_MENTION.search, citation.mentions))
    found += (f"arxiv:{re.sub(r'v[0-9]+$', '', mention[1] or mention[2]).lower()}" for mention in mentions)
    return tuple(sorted(dict.fromkeys(found), key=lambda key: not key.startswith("arxiv:")))


def _key(text: str) -> str | None:
    # BibTeX writes "\_" and "{\_}" where a DOI has an underscore.
    text = re.sub(r"\{?\\([_%&#])\}?", r"\1", text.strip())
    key = parse_key(text)
    if key is None or not key.startswith(("arxiv:", "doi:", "openreview:")):
        return None
    return key if not key.startswith("arxiv:") or _is_arxiv(text) else None


def _is_arxiv(text: str) -> bool:
    return "arxiv" in text.lower() or "huggingface.co/papers" in text or _ARXIV_ID.fullmatch(text) is not None


def _journal(citation: Citation) -> str:
    """``Journal 12 (3), 45-67``."""
    where = " ".join(filter(None, (citation.volume.strip(), f"({citation.number.strip()})" if citation.number.strip() else "")))
    pages = re.sub(r"\s*-{1,3}\s*", "-", citation.pages.strip())
    journal = citation.journal.strip()
    return ", ".join(filter(None, (f"{journal} {where}".strip(), pages))) if journal else ""


def day_of(text: str, month: str = "", day: str = "") -> date | None:
    """The day that a date names; where it names only the year or month, the first day of that.

    Understands ``2010/03/01/``, ``2010-03``, ``2018 Mar 1``, ``2019///``, and year, month and day apart from each other.
    """
    found = _DATE.search(text)
    if found is None:
        return None
    month_number = _month(found["month"] or "") or _month(month)
    day_number = int(found["day"] or (re.findall(r"\d{1,2}", day) or ["1"])[0])
    try:
        return date(int(found["year"]), month_number or 1, day_number if month_number else 1)
    except ValueError:
        return date(int(found["year"]), month_number or 1, 1)


def _month(text: str) -> int:
    text = text.strip('{}" .').lower()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else _MONTHS.get(text[:3], 0)
    return number if 1 <= number <= 12 else 0


def turned(name: str) -> str:
    """``Family, Given`` and ``Family, Given, Jr.`` with the given name first; other names as they are.

    >>> turned("King, Martin Luther, Jr.")
    'Martin Luther King Jr.'
    """
    parts = [part.strip() for part in name.split(",")]
    match parts:
        case [family, given] if given:
            return f"{given} {family}"
        case [family, given, suffix] if given:
            return f"{given} {family} {suffix}".strip()
        case _:
            # Embase: "Liu R.", "Adler D.G."
            return _BEHIND.sub(r"\2 \1", name.strip().rstrip(","))


def people(names: Iterable[str]) -> tuple[str, ...]:
    """Names, one or several to an entry: ``Smith, J.; Doe, A.`` in one line happens."""
    return tuple(turned(name) for entry in names for name in entry.split(";") if name.strip())


def years(texts: Sequence[str]) -> str:
    """The first year that stands in any of the texts."""
    return next((found[1] for text in texts if (found := _YEAR.search(text))), "")
