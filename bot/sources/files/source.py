"""Files that people bring: JSON lines, BibTeX, RIS and its relatives, CSV, a mail of arXiv, or a listing page saved as text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.arxiv.mail import is_mail, parse_mail
from bot.sources.charsets import decoded
from bot.sources.files.bibtex import looks_like_bibtex, read_bibtex
from bot.sources.files.jsonl import read_jsonl
from bot.sources.files.references import kind_of, read_references
from bot.sources.files.tables import looks_like_table, read_table
from bot.sources.listing.reader import read_listing
from bot.sources.parsing.parser import ParseLimits, Parser

Format = Literal["jsonl", "bibtex", "ris", "csv", "mail", "listing"]
FORMATS: tuple[Format, ...] = get_args(Format)

#: Bytes of a file of JSON lines, and of any other, which is held whole. Far above what people make.
LARGEST, LARGEST_WHOLE = 1024 * 1024 * 1024, 32 * 1024 * 1024
#: Bytes of JSON lines that are read in one go, and papers in one batch: so often something is stored and progress seen.
PIECE, BATCH = 1024 * 1024, 500


class FileSource:
    """One file as a source. The form is found from the content unless it is given; the name does not matter."""

    def __init__(self, path: Path, *, today: date, parser: Parser, form: Format | None = None) -> None:
        """``today`` gives the year of dates that a listing prints without one."""
        self.name = f"import:{path.name}"
        self._path, self._today, self._parser, self._form = path, today, parser, form
        #: It was read to its end, and no paper was in it.
        self.without_papers = False

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """The papers as they are read. Raises ``SourceError`` for a file that cannot be read, holds no text, or no paper at all."""
        read = 0
        async for batch in self._batches():
            read += len(batch.papers)
            yield batch
        if not read:
            self.without_papers = True
            raise SourceError(f"{self._path.name} holds no papers", await asyncio.to_thread(self._next_step))

    def _next_step(self) -> str:
        if not _beginning(self._path).strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
            return "it is empty; export it again, or name another file"
        forms = "BibTeX, RIS, CSV, JSON lines, a mail of arXiv or a listing page"
        return f"it was read as {self._form}; without --format the content tells" if self._form else f"bring {forms}"

    async def _batches(self) -> AsyncIterator[Batch]:
        beginning = await asyncio.to_thread(_beginning, self._path)
        if (self._form or form_of(beginning)) == "jsonl":
            for first_line, piece in _pieces(self._path):
                yield await self._parser.run(
                    read_document, piece, name=self._path.name, today=self._today, form="jsonl", first_line=first_line
                )
            return
        document = await asyncio.to_thread(_load, self._path)
        batch = await self._parser.run_within(
            limits_for(document), read_document, document, name=self._path.name, today=self._today, form=self._form
        )
        yield Batch(papers=batch.papers[:BATCH], problems=batch.problems)
        for start in range(BATCH, len(batch.papers), BATCH):
            yield Batch(papers=batch.papers[start : start + BATCH])


def read_document(document: bytes, *, name: str, today: date, form: Format | None = None, first_line: int = 1) -> Batch:
    """The papers of a document in any of the forms; what was not understood is in the problems of the batch.

    ``first_line``: the number of its first line, for a piece of a longer document.
    """
    match form or form_of(document):
        case "jsonl":
            return read_jsonl(decoded(document), name=name, first_line=first_line)
        case "bibtex":
            return read_bibtex(document, name=name)
        case "ris":
            return read_references(document, name=name)
        case "csv":
            return read_table(document, name=name)
        case "mail":
            mail = parse_mail(decoded(document))
            return Batch(papers=mail.papers, problems=tuple(f"{name}, {problem}" for problem in mail.problems))
        case _:
            return read_listing(decoded(document), name=name, today=today)


def form_of(document: bytes) -> Format:
    """The form that a document has, as its beginning shows. What looks like nothing else is a listing page."""
    text = decoded(document)
    if is_jsonl(text):
        return "jsonl"
    if kind_of(text):
        return "ris"
    if looks_like_bibtex(text):
        return "bibtex"
    if is_mail(text):
        return "mail"
    return "csv" if looks_like_table(text) else "listing"


def is_jsonl(text: str) -> bool:
    """Whether the first line that is not blank holds a JSON object. A broken one still counts when it looks like nothing else."""
    first = text.removeprefix("\ufeff").lstrip().partition("\n")[0]
    if not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return first.startswith('{"')


def limits_for(document: bytes) -> ParseLimits:
    """What a file may take that the operator brought: it may be large, and is still of others."""
    usual, megabytes = ParseLimits(), len(document) / 1024**2
    return ParseLimits(cpu=usual.cpu + 15 * megabytes, memory=usual.memory + int(100 * len(document)), wall=usual.wall + 60 * megabytes)


def _beginning(path: Path) -> bytes:
    """Enough of a file to see what it is: whole lines, unless they are very long."""
    _check(path, LARGEST)
    with path.open("rb") as file:
        beginning = file.read(PIECE)
    return beginning[: beginning.rfind(b"\n") + 1] or beginning


def _load(path: Path) -> bytes:
    _check(path, LARGEST_WHOLE)
    with path.open("rb") as file:
        return file.read()


def _pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """The file in pieces that end with a line, each with the number of its first line."""
    line = 1
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            piece += file.readline()
            yield line, piece
            line += piece.count(b"\n")


def _check(path: Path, largest: int) -> None:
    """Raises ``SourceError`` for a file that cannot be read, is too large, or is no text."""
    try:
        if path.stat().st_size > largest:
            raise SourceError(f"{path} is larger than {largest // 1024**2} MB", "split it into smaller files, or give JSON lines")
        with path.open("rb") as file:
            beginning = file.read(4096)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error})", "check the name and who may read it") from error
    if b"\0" in beginning and not beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{path} is not a text file", "save the page as plain text, or export it as BibTeX, RIS, CSV or JSON lines")
