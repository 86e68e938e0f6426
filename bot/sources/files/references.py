"""Files of tagged lines: RIS of every program, PubMed's NBIB, Web of Science. Runs in the parser's child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bot.domain.papers import Paper
from bot.ports import Batch
from bot.sources.charsets import decoded
from bot.sources.files.citations import Citation, day_of, paper_of, people, years

Kind = Literal["ris", "nbib", "wos"]

_LOOKS: dict[Kind, re.Pattern[str]] = {
    "ris": re.compile(r"^\ufeff?\s*TY\s{0,2}-", re.MULTILINE),
    "nbib": re.compile(r"^\ufeff?PMID ?-", re.MULTILINE),
    "wos": re.compile(r"^\ufeff?PT [A-Z]\s*$", re.MULTILINE),
}
#: What a line of each begins with.
_TAGGED: dict[Kind, re.Pattern[str]] = {
    "ris": re.compile(r"\s?([A-Z][A-Z0-9])\s{0,3}- ?(.*)"),
    "nbib": re.compile(r"([A-Z]{2,4})\s{0,2}- ?(.*)"),
    "wos": re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$"),
}
_BEGINS: dict[Kind, str] = {"ris": "TY", "nbib": "PMID", "wos": "PT"}
_ENDS: dict[Kind, str] = {"ris": "ER", "nbib": "", "wos": "ER"}
#: Lines that stand around the records of a file.
_AROUND = frozenset({"FN", "VR", "EF"})

Record = Mapping[str, Any]


def kind_of(text: str) -> Kind | None:
    """Which of the forms ``text`` has, if any. RIS without a single type is known by its other tags."""
    beginning = text[:100_000]
    found = next((kind for kind, look in _LOOKS.items() if look.search(beginning)), None)
    if found is None and re.search(r"^(?:TI|T1)  - ", beginning, re.MULTILINE) and re.search(r"^ER  -", beginning, re.MULTILINE):
        return "ris"
    return found


def read_references(document: bytes, *, name: str) -> Batch:
    """The papers of a file, with one problem ``name:LINE: what`` for each record that is none. Never raises."""
    text = decoded(document)
    kind = kind_of(text) or "ris"
    papers: list[Paper] = []
    problems: list[str] = []
    for line, lines in _records(text, kind):
        try:
            paper = paper_of(_CITATIONS[kind](_parsed(lines, kind)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            problems.append(f"{name}:{line}: a record cannot be read ({error})")
            continue
        if paper is None:
            problems.append(f"{name}:{line}: a record has no title")
        else:
            papers.append(paper)
    if not papers and not problems:
        problems.append(f"{name}:1: no record begins anywhere")
    return Batch(papers=tuple(papers), problems=tuple(problems))


def _records(text: str, kind: Kind) -> Iterator[tuple[int, list[str]]]:
    """Line number and lines of each record, in the one spelling that the parser knows. A missing end or beginning ends no other."""
    begins, ends, tagged = _BEGINS[kind], _ENDS[kind], _TAGGED[kind]
    start, lines = 0, list[str]()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), 1):
        found = tagged.match(line)
        tag = found[1] if found else ""
        if tag and tag in (begins, ends) and lines:
            yield start, lines
            lines = []
        if not found:
            # Goes on from the line before; what stands between records is nothing.
            if lines and line.strip():
                lines.append(f"      {line.strip()}" if kind != "wos" else f"   {line.strip()}")
        elif tag != ends and not (kind == "wos" and tag in _AROUND):
            start = start if lines else number
            lines.append(f"{tag} {found[2] or ''}" if kind == "wos" else f"{tag:<4}- {found[2]}")
    if lines:
        yield start, lines


def _parsed(lines: list[str], kind: Kind) -> Record:
    """The record by names, as the library reads it."""
    import rispy

    if kind == "nbib":
        return _pubmed(lines)
    begins = _BEGINS[kind]
    whole = lines if lines[0].startswith(begins) else [f"{begins} J" if kind == "wos" else f"{begins}  - GEN", *lines]
    if kind == "wos":
        (record,) = rispy.loads("\n".join([*whole, "ER"]), implementation=rispy.WokParser, skip_unknown_tags=True)
    else:
        (record,) = rispy.loads("\n".join([*whole, "ER  - "]), skip_unknown_tags=True)
    found: Record = record
    return found


def _pubmed(lines: list[str]) -> Record:
    """PubMed's own tags, each with all its values. The library does not know this form."""
    record: dict[str, list[str]] = {}
    tag = ""
    for line in lines:
        if line.startswith("      ") and tag:
            record[tag][-1] += f" {line.strip()}"
        else:
            tag, _, value = (part.strip() for part in line.partition("- "))
            record.setdefault(tag, []).append(value)
    return record


def _texts(record: Record, *names: str) -> list[str]:
    """All texts under these names; a name may hold one or several."""
    values = [record[name] for name in names if record.get(name)]
    return [text for value in values for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text.strip()]


def _text(record: Record, *names: str) -> str:
    return next(iter(_texts(record, *names)), "")


def _keywords(record: Record, *names: str) -> tuple[str, ...]:
    """One to a line, or several between semicolons."""
    return tuple(part for text in _texts(record, *names) for part in text.split(";"))


def _ris(record: Record) -> Citation:
    first, last = _text(record, "start_page"), _text(record, "end_page")
    notes = _texts(record, "notes", "research_notes", "note")
    return Citation(
        title=_text(record, "title", "primary_title", "translated_title", "short_title"),
        abstract=_text(record, "abstract", "notes_abstract"),
        authors=people(_texts(record, "authors", "first_authors")),
        dates=(
            *(day_of(text) for text in _texts(record, "date") if len(text.strip("/ ")) > 4),
            *(day_of(text) for text in _texts(record, "publication_year", "year", "date")),
        ),
        identifiers=(_text(record, "doi"), *_texts(record, "accession_number", "type_of_work")),
        mentions=(_text(record, "journal_name", "secondary_title", "publisher"), *notes),
        urls=tuple(_texts(record, "urls", "file_attachments1", "file_attachments2")),
        keywords=_keywords(record, "keywords"),
        journal=_text(record, "journal_name", "alternate_title3", "secondary_title", "alternate_title2", "alternate_title1"),
        volume=_text(record, "volume"),
        number=_text(record, "number"),
        pages=f"{first}-{last}" if first and last and first != last else first,
        note=notes[0] if len(notes) == 1 else "",
    )


def _wos(record: Record) -> Citation:
    first, last = _text(record, "beginning_page"), _text(record, "ending_page")
    when = f"{_text(record, 'publication_year')} {_text(record, 'publication_date')}"
    return Citation(
        title=_text(record, "document_title"),
        abstract=_text(record, "abstract"),
        authors=people(_texts(record, "author_full_name") or _texts(record, "authors")),
        dates=(day_of(when), day_of(_text(record, "publication_year"))),
        identifiers=tuple(_texts(record, "doi")),
        keywords=_keywords(record, "author_keywords", "keywords_plus"),
        journal=_text(record, "publication_name"),
        volume=_text(record, "volume"),
        number=_text(record, "issue"),
        pages=f"{first}-{last}" if first and last else first,
    )


def _nbib(record: Record) -> Citation:
    ids = [text.partition(" [")[0] for text in _texts(record, "LID", "AID") if text.endswith("[doi]")]
    return Citation(
        title=_text(record, "TI", "BTI", "TT").rstrip(".").strip("[]"),
        abstract=_text(record, "AB"),
        authors=(*people(_texts(record, "FAU") or _texts(record, "AU")), *_texts(record, "CN")),
        dates=(day_of(_text(record, "DP")), day_of(years(_texts(record, "DEP", "EDAT")))),
        identifiers=tuple(ids),
        keywords=(*_texts(record, "OT"), *(heading.partition("/")[0].strip("*") for heading in _texts(record, "MH"))),
        journal=_text(record, "JT", "TA"),
        volume=_text(record, "VI"),
        number=_text(record, "IP"),
        pages=_text(record, "PG"),
    )


_CITATIONS = {"ris": _ris, "nbib": _nbib, "wos": _wos}
