"""Any feed: RSS of every age, Atom, RDF and JSON Feed, well-formed or not. Runs in the parser's child: ``feedparser`` can be kept busy."""

from __future__ import annotations

import calendar
import gzip
import io
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from urllib.parse import urljoin

from bot.domain.papers import Paper
from bot.errors import SourceError
from bot.sources.charsets import decoded
from bot.sources.feeds.entry import Entry, FeedOptions, moment_of, papers_of, web_address

#: Bytes of a feed that was served packed, as a file and not as a transfer.
_LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedReading:
    """The papers of a feed, a line for what could not be read, and how many entries there are in all."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()
    entries: int = 0
    title: str = ""


def read_feed(document: bytes, *, options: FeedOptions, base: str, content_type: str = "", first: int = 1) -> FeedReading:
    """Everything readable in a feed that was found at ``base``, whose entries are counted from ``first`` on. Raises ``SourceError`` for a
    document that is no feed."""
    text = decoded(_unpacked(document), content_type).strip()
    entries, problems, title = _json_entries(text, base, first) if text.startswith("{") else _xml_entries(text, base)
    papers, nothing = papers_of(entries, base, options, first=first)
    return FeedReading(papers=tuple(papers), problems=(*problems, *nothing), entries=len(entries), title=title)


def _unpacked(document: bytes) -> bytes:
    if not document.startswith(b"\x1f\x8b"):
        return document
    try:
        with gzip.open(io.BytesIO(document)) as packed:
            unpacked = packed.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"a packed feed is damaged ({error})", "the next run tries again") from error
    if len(unpacked) > _LARGEST:
        raise SourceError(f"a packed feed is larger than {_LARGEST // 1024**2} MB", "it is left out")
    return unpacked


# --- XML -----------------------------------------------------------------------------------------------------------------


def _xml_entries(text: str, base: str) -> tuple[list[Entry | None], list[str], str]:
    import feedparser  # only the child needs it

    # A stream, because feedparser opens what it is given as bytes or text. Markup is ours to remove: it would clean and link it at length.
    feed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-location": base, "content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not feed.get("version") and not feed.entries:
        raise SourceError("there is no feed at this address", "give the address of the feed itself: RSS, Atom, RDF or JSON Feed")
    entries: list[Entry | None] = [_xml_entry(entry, base) for entry in feed.entries]
    problems = [f"the feed is ill-formed ({_short(feed.bozo_exception)}); {len(entries)} entries were read from it"] if feed.bozo else []
    return entries, problems, str(feed.feed.get("title", ""))


def _xml_entry(entry: Any, base: str) -> Entry:
    links = [
        (str(link.get("rel", "alternate")), str(link.get("type", "")), _absolute(link.get("href"), base)) for link in entry.get("links", ())
    ]
    pdf = next((href for _, kind, href in links if href and (kind == "application/pdf" or href.lower().endswith(".pdf"))), "")
    authors = [str(author.get("name") or author.get("email") or "") for author in entry.get("authors", ()) or ()]
    identifiers = [
        str(entry.get(name, "")) for name in ("prism_doi", "dc_identifier", "arxiv_doi", "doi", "prism_url", "feedburner_origlink")
    ]
    return Entry(
        title=str(entry.get("title", "")),
        texts=(str(entry.get("summary", "")), *(str(content.get("value", "")) for content in entry.get("content", ()) or ())),
        authors=tuple(filter(None, authors)) or ((str(entry.get("author", "")),) if entry.get("author") else ()),
        guid=str(entry.get("id", "")),
        link=_absolute(entry.get("link"), base),
        pdf=pdf,
        identifiers=tuple(filter(None, identifiers)),
        tags=tuple(str(tag.get("term") or "") for tag in entry.get("tags", ()) or ()),
        journal=str(entry.get("prism_publicationname", "")),
        published=_moment(entry.get("published_parsed")) or moment_of(str(entry.get("published", ""))),
        # Past feedparser's own way to get at it, which would give the day of publication for want of another.
        updated=_moment(dict.get(entry, "updated_parsed")),
    )


def _absolute(address: object, base: str) -> str:
    try:
        return web_address(urljoin(base, str(address))) if address else ""
    except ValueError:
        return ""


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- JSON ----------------------------------------------------------------------------------------------------------------


def _json_entries(text: str, base: str, first: int) -> tuple[list[Entry | None], list[str], str]:
    try:
        feed = json.loads(text)
    except ValueError as error:
        raise SourceError(f"the feed is no valid JSON ({_short(error)})", "the next run tries again") from error
    version = feed.get("version")
    items = feed.get("items")
    if not (isinstance(version, str) and "jsonfeed.org/version/" in version) or not isinstance(items, list):
        raise SourceError("there is JSON at this address, and no JSON Feed", "give the address of the feed itself")
    entries = [_json_entry(item, base) if isinstance(item, dict) else None for item in items]
    problems = [
        f"entry {number} is no object but {_short(item)}"
        for number, (item, entry) in enumerate(zip(items, entries, strict=True), first)
        if entry is None
    ]
    return entries, problems, _text(feed.get("title"))


def _json_entry(item: dict[str, Any], base: str) -> Entry:
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    attachments = item.get("attachments") if isinstance(item.get("attachments"), list) else []
    pdf = next((one for one in attachments or () if isinstance(one, dict) and one.get("mime_type") == "application/pdf"), {})
    return Entry(
        title=_text(item.get("title")),
        texts=tuple(_text(item.get(name)) for name in ("summary", "content_text", "content_html")),
        authors=tuple(_text(one.get("name")) for one in people or () if isinstance(one, dict)),
        guid=_text(item.get("id")),
        link=_absolute(item.get("url") or item.get("external_url"), base),
        pdf=_absolute(pdf.get("url"), base),
        identifiers=tuple(filter(None, (_text(item.get("external_url")), _text(item.get("doi"))))),
        tags=tuple(map(_text, item["tags"])) if isinstance(item.get("tags"), list) else (),
        published=moment_of(_text(item.get("date_published"))),
        updated=moment_of(_text(item.get("date_modified"))),
    )


def _text(value: object) -> str:
    """Texts and numbers as text: ids are often numbers. Nothing else."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _short(value: object) -> str:
    return " ".join(str(value).split())[:120]
