"""CSV with a line of names above: exports of spreadsheets, reference managers, databases and ours. Runs in the parser's child."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from bot.domain.papers import Paper
from bot.ports import Batch
from bot.sources.charsets import decoded
from bot.sources.feeds.entry import people as split_people
from bot.sources.files.citations import Citation, day_of, paper_of, people
from bot.text.keywords import taken_apart

#: What a column may be called, in small letters without signs. The first name that a table has counts.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("title", "documenttitle", "articletitle", "papertitle", "primarytitle", "name", "ti"),
    "abstract": ("abstract", "summary", "description", "abstractnote", "ab"),
    "authors": ("authors", "author", "authornames", "authorfullnames", "au", "creators"),
    "date": ("submitted", "published", "publicationdate", "date", "publisheddate", "datepublished", "announced"),
    "year": ("year", "publicationyear", "pubyear", "py"),
    "updated": ("updated",),
    "doi": ("doi",),
    "id": ("arxivid", "arxiv", "eprint", "id", "key", "openalexid"),
    "url": ("url", "link", "links", "page", "openaccesspdf"),
    "pdf": ("pdf", "pdfurl", "pdflink"),
    "journal": ("journalref", "journal", "venue", "sourcetitle", "publicationtitle", "journalbook", "booktitle", "so"),
    "volume": ("volume",),
    "number": ("issue", "number"),
    "pages": ("pages",),
    "categories": ("categories", "category", "primarycategory"),
    "keywords": ("keywords", "keyword", "authorkeywords", "tags", "manualtags", "subjects"),
    "note": ("comment", "comments", "note", "notes"),
}
#: What spreadsheets are told to print and not to run is marked like this.
_QUOTED = re.compile(r"^'(?=[=+\-@\t\r])")
_DELIMITERS = ",;\t|"
#: Characters of one cell: an abstract with all that people put there.
_LARGEST_CELL = 1_000_000
#: Lines with a quotation mark that is not closed, which are left out; a table with more of them ends there.
_MOST_OPEN = 20


def looks_like_table(text: str) -> bool:
    """Whether the first line names columns, a title among them."""
    names = _names(_first_line(text), _delimiter(text))
    return len(names) > 1 and any(name in _COLUMNS["title"][:5] for name in names)


def read_table(document: bytes, *, name: str) -> Batch:
    """The papers of a table, with one problem ``name:LINE: what`` for each row that is none. Never raises."""
    text = decoded(document).removeprefix("\ufeff").lstrip("\r\n")
    csv.field_size_limit(_LARGEST_CELL)
    delimiter = _delimiter(text)
    names = _names(_first_line(text), delimiter)
    columns = {field: next((names.index(known) for known in known_names if known in names), -1) for field, known_names in _COLUMNS.items()}
    papers: list[Paper] = []
    problems: list[str] = []
    if columns["title"] < 0:
        return Batch(papers=(), problems=(f'{name}:1: no column is called "title"',))
    for line, row in _rows(text, delimiter):
        if isinstance(row, str):
            problems.append(f"{name}:{line}: {row}")
            continue
        cells = {field: _cell(row, place) for field, place in columns.items()}
        paper = paper_of(_citation(cells))
        if paper is not None:
            papers.append(paper)
        elif any(cell.strip() for cell in row):
            problems.append(f"{name}:{line}: a row has no title")
    return Batch(papers=tuple(papers), problems=tuple(problems))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The rows below the first line, each with its line, or what is wrong there. A quotation mark that is not closed would make one cell of
    much that follows: its line is left out, and the next one is read."""
    lines = io.StringIO(text, newline=None).readlines()
    end, left_out = 1, 0
    while end < len(lines) and left_out <= _MOST_OPEN:
        start, reader = end, csv.reader(map(lines.__getitem__, range(end, len(lines))), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                yield end + 1, row
                end = start + reader.line_num
        except csv.Error:
            row = _loose(lines[end], delimiter) if start + reader.line_num == end + 1 else []
            yield end + 1, row or "a quotation mark is not closed, or a cell is far too long"
            left_out += not row
            end += 1
    if end < len(lines):
        yield end + 1, "the table breaks off (too many quotation marks are not closed)"


def _loose(line: str, delimiter: str) -> list[str]:
    """A line on which people quoted as they like; empty when it cannot be read alone."""
    try:
        return [] if line.count('"') % 2 else next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []


def _citation(cells: Mapping[str, str]) -> Citation:
    return Citation(
        title=cells["title"],
        abstract=cells["abstract"],
        authors=_people(cells["authors"]),
        dates=(day_of(cells["date"]), day_of(cells["year"])),
        identifiers=(cells["id"], cells["doi"]),
        urls=(*cells["url"].split(), *cells["pdf"].split()),
        categories=tuple(re.split(r"[;,\s]+", cells["categories"])),
        keywords=taken_apart(cells["keywords"]),
        journal=cells["journal"],
        volume=cells["volume"],
        number=cells["number"],
        pages=cells["pages"],
        note=cells["note"],
    )


def _people(text: str) -> tuple[str, ...]:
    if ";" in text:
        return people([text])
    if " and " in text and text.count(",") <= text.count(" and ") + 1:
        return people(text.replace(" and ", "; ").split("; "))
    return tuple(author.name for author in split_people(text)[0])


def _cell(row: list[str], place: int) -> str:
    return _QUOTED.sub("", row[place].strip()) if 0 <= place < len(row) else ""


def _first_line(text: str) -> str:
    return re.split(r"[\r\n]", text.removeprefix("\ufeff").lstrip("\r\n"), maxsplit=1)[0]


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=_first_line(text)[:10_000].count)


def _names(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line[:10_000]], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [re.sub(r"[^a-z]", "", cell.lower()) for cell in cells]
