"""Files that people bring: a listing page saved as text, JSON lines, or a mail of arXiv."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.arxiv_mail import is_mail, parse_mail
from bot.sources.jsonl import read_jsonl
from bot.sources.listing import read_listing

#: Bytes. Far above any listing page or export that people make, far below what memory would feel.
LARGEST = 256 * 1024 * 1024


class FileSource:
    """One file as a source: one batch. The shape is found from the content, the name does not matter."""

    def __init__(self, path: Path, *, today: date) -> None:
        """``today`` gives the year of dates that a listing prints without one."""
        self.name = f"import:{path.name}"
        self._path = path
        self._today = today

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        yield await asyncio.to_thread(read_file, self._path, today=self._today)


def read_file(path: Path, *, today: date) -> Batch:
    """The papers of a file. Raises ``SourceError`` for one that cannot be read or holds no text."""
    return read_text(_load(path), name=path.name, today=today)


def read_text(text: str, *, name: str, today: date) -> Batch:
    """The papers of a text in any of the forms; what was not understood is in the problems of the batch."""
    if is_mail(text):
        mail = parse_mail(text)
        return Batch(papers=mail.papers, problems=tuple(f"{name}, {problem}" for problem in mail.problems))
    return read_jsonl(text, name=name) if is_jsonl(text) else read_listing(text, name=name, today=today)


def is_jsonl(text: str) -> bool:
    """Whether the first line that is not blank holds a JSON object. A broken one still counts when it looks like nothing else."""
    first = text.removeprefix("\ufeff").lstrip().partition("\n")[0]
    if not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return first.startswith('{"')


def _load(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise SourceError(f"{path} is larger than {LARGEST // 1024**2} MB", "split it into smaller files")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error})", "check the name and who may read it") from error
    if b"\0" in data:
        raise SourceError(f"{path} is not a text file", "save the page as plain text, or give JSON lines")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 text (byte {error.start})", "save it again as UTF-8") from error
