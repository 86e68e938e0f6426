"""A listing page that somebody keeps, at an address or in a file, read again when it changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

from bot.errors import SourceError
from bot.ports import Batch, Clock
from bot.sources.charsets import decoded
from bot.sources.fetch.conditions import fetch_changed, keep_changed
from bot.sources.fetch.fetcher import LARGEST, Fetcher
from bot.sources.html_text import plain_text
from bot.sources.listing.reader import read_listing
from bot.sources.parsing.parser import Parser


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingSettings:
    """``url`` or ``file``, one of them."""

    name: str
    url: str = ""
    file: str = ""


class ListingSource:
    """One page. Only what stands on it today is given; what was taken off stays in the library."""

    def __init__(self, settings: ListingSettings, clock: Clock, fetcher: Fetcher, parser: Parser) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock, self._fetcher, self._parser = clock, fetcher, parser

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        """The papers of the page, unless it has not changed. Raises ``SourceError`` when it cannot be read."""
        if self._settings.file:
            path = Path(self._settings.file)
            document = await asyncio.to_thread(_load, path)
            digest = blake2b(document, digest_size=16).hexdigest()
            if memory.get("digest") == digest:
                return
            yield await self._read(document, path.name, "")
            memory["digest"] = digest
            return
        answer = await fetch_changed(self._fetcher, self._settings.url, memory)
        if answer is None:
            return
        yield await self._read(answer.body, self.name, answer.headers.get("content-type", ""))
        keep_changed(memory, self._settings.url, answer)

    async def _read(self, document: bytes, name: str, content_type: str) -> Batch:
        today = self._clock.now().date()
        batch = await self._parser.run(read_page_of_papers, document, name=name, today=today, content_type=content_type)
        if not batch.papers:
            raise SourceError(f"{name} holds no papers in any of the shapes that are known", "see docs/sources.md; is it the right page?")
        return batch


def read_page_of_papers(document: bytes, *, name: str, today: date, content_type: str = "") -> Batch:
    """The papers of a page as text or HTML; ``today`` gives the year of dates that it prints without one."""
    text = decoded(document, content_type)
    if "html" in content_type or text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        text = plain_text(text)
    return read_listing(text, name=name, today=today)


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise SourceError(
                f"{path} is larger than {LARGEST // 1024**2} MB", "a listing page is smaller; papercrier import reads large files"
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error})", "check the name and who may read it") from error
