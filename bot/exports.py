"""Papers as files that reference managers and spreadsheets read: BibTeX, RIS and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nameparser import HumanName
from pylatexenc.latexencode import UnicodeToLatexEncoder

from bot.domain.papers import LinkKind, Paper, fold
from bot.render.paper import pdf_url


class _Latex(dict[int, str]):
    """For ``str.translate``: LaTeX for what is not ASCII and for what TeX would take for a command, worked out once a character."""

    def __init__(self) -> None:
        self._encoder = UnicodeToLatexEncoder(unknown_char_policy="keep", unknown_char_warning=False)

    def __missing__(self, code: int) -> str:
        self[code] = encoded = str(self._encoder.unicode_to_latex(chr(code)))
        return encoded


_LATEX = _Latex()
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "can",
        "do",
        "for",
        "from",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "to",
        "via",
        "we",
        "what",
        "when",
        "why",
        "with",
    ]
)
_COLUMNS = (
    *("id", "title", "authors", "submitted", "updated", "categories", "url", "pdf", "code", "doi", "journal_ref", "comment"),
    *("votes", "abstract", "keywords"),
)
#: An author that is no person.
_GROUP = re.compile(r"\b(collaborations?|consortium|team|group|project|initiative)\b", re.IGNORECASE)
#: A cell that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def bibtex(papers: Sequence[Paper]) -> str:
    """One entry for each paper, its key made of family name, year and the first telling word of the title."""
    # Loaded when somebody exports, and not at every start.
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    library = Library()
    taken: set[str] = set()
    for paper in papers:
        fields = [Field(name, value) for name, value in _bibtex_fields(paper) if value]
        library.add(Entry(_kind(paper), _unused(citation_key(paper), taken), fields))
    return write_string(library)


def ris(papers: Sequence[Paper]) -> str:
    """One reference for each paper."""
    import rispy

    text: str = rispy.dumps([{name: value for name, value in _ris_fields(paper).items() if value} for paper in papers])
    return text


def table(papers: Sequence[Paper]) -> str:
    """CSV with a line of names above; lists are joined by semicolons."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in _columns(paper).items()} for paper in papers)
    return out.getvalue()


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """A format of papers."""

    write: Callable[[Sequence[Paper]], str]
    #: What the file's name ends with.
    ending: str
    media_type: str


EXPORTS = {
    "bibtex": Export(write=bibtex, ending="bib", media_type="application/x-bibtex"),
    "ris": Export(write=ris, ending="ris", media_type="application/x-research-info-systems"),
    "csv": Export(write=table, ending="csv", media_type="text/csv"),
}


def citation_key(paper: Paper) -> str:
    """``jia2026telling``: ASCII letters and digits only."""
    family = name_parts(paper.authors[0].name)[1] if paper.authors else ""
    words = [word for word in fold(paper.display_title).split() if word not in _SMALL_WORDS and word.isascii() and word.isalpha()]
    year = str(paper.date.year) if paper.date else ""
    key = re.sub(r"[^a-z0-9]", "", fold(family)) + year + (words[0] if words else "")
    return key or re.sub(r"[^a-z0-9]", "", paper.key.lower()) or "paper"


def _unused(key: str, taken: set[str]) -> str:
    """``key``, or with the first letters behind it that make it new."""
    number, candidate = 0, key
    while candidate in taken:
        number += 1
        candidate = f"{key}{_letters(number)}"
    taken.add(candidate)
    return candidate


def _letters(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("a") + digit) + text
    return text


def _kind(paper: Paper) -> str:
    return "article" if paper.journal_ref else "misc"


def _bibtex_fields(paper: Paper) -> list[tuple[str, str]]:
    names = [f"{latex(family)}, {latex(given)}" if given else f"{{{latex(family)}}}" for given, family in _authors(paper)]
    authors = " and ".join(names)
    if paper.more_authors or (paper.author_count or 0) > len(names) > 0:
        authors += " and others"
    arxiv = _id(paper, "arxiv")
    return [
        ("title", f"{{{latex(paper.display_title)}}}"),
        ("author", authors),
        ("year", str(paper.date.year) if paper.date else ""),
        ("month", str(paper.date.month) if paper.date else ""),
        ("journal", latex(paper.journal_ref)),
        ("eprint", arxiv),
        ("archiveprefix", "arXiv" if arxiv else ""),
        ("primaryclass", paper.categories[0] if arxiv and paper.categories else ""),
        ("doi", _id(paper, "doi")),
        ("url", paper.url),
        ("note", latex(paper.comment)),
        ("keywords", latex(_joined(paper.keywords))),
        ("abstract", latex(paper.abstract)),
    ]


def _ris_fields(paper: Paper) -> dict[str, object]:
    return {
        "type_of_reference": "JOUR" if paper.journal_ref else "GEN",
        "title": _line(paper.display_title),
        "authors": [f"{family}, {given}" if given else family for given, family in _authors(paper)],
        "year": str(paper.date.year) if paper.date else "",
        "date": paper.date.strftime("%Y/%m/%d") if paper.date else "",
        "journal_name": _line(paper.journal_ref),
        "doi": _id(paper, "doi"),
        "urls": [paper.url] if paper.url else [],
        "keywords": [*paper.categories, *map(_line, paper.keywords)],
        "notes": [_line(paper.comment)] if paper.comment else [],
        "abstract": _line(paper.abstract),
        "accession_number": paper.key,
    }


def _columns(paper: Paper) -> dict[str, str]:
    values = (
        paper.key,
        paper.display_title,
        "; ".join(author.name for author in paper.authors),
        paper.submitted.isoformat() if paper.submitted else "",
        paper.updated.isoformat() if paper.updated else "",
        "; ".join(paper.categories),
        paper.url,
        pdf_url(paper),
        next((link.url for link in paper.links if link.kind is LinkKind.CODE), ""),
        _id(paper, "doi"),
        paper.journal_ref,
        paper.comment,
        "" if paper.votes is None else str(paper.votes),
        paper.abstract,
        _joined(paper.keywords),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _joined(keywords: Sequence[str]) -> str:
    """Between semicolons, which is what keywords are parted by where some hold commas. One alone ends in one, if it holds a comma."""
    return "; ".join(keywords) + (";" if len(keywords) == 1 and "," in keywords[0] else "")


def latex(text: str) -> str:
    """``text`` as TeX prints it: no character of it is a command, and no brace is left alone."""
    return _line(text).translate(_LATEX)


def _line(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _cell(text: str) -> str:
    """What a spreadsheet shows and does not run."""
    line = _line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _authors(paper: Paper) -> list[tuple[str, str]]:
    return [name_parts(author.name) for author in paper.authors]


def name_parts(name: str) -> tuple[str, str]:
    """Given names and family name as printed, particles and suffixes with the family; a group has only the latter.

    >>> name_parts("Laurens van der Maaten")
    ('Laurens', 'van der Maaten')
    """
    name = _line(name)
    if _GROUP.search(name):
        return "", name
    parsed = HumanName(name)
    given, family = f"{parsed.first} {parsed.middle}".strip(), " ".join(filter(None, (parsed.last, parsed.suffix)))
    return (given, family) if family else ("", name)


def _id(paper: Paper, scheme: str) -> str:
    return next((key.partition(":")[2] for key in paper.keys if key.startswith(f"{scheme}:")), "")
