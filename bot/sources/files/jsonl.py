"""Papers as JSON lines: one object a line, with the field names of ``Paper``."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from bot.domain.authors import author_id, joined_ids
from bot.domain.papers import AnnounceType, Author, Link, LinkKind, Paper, parse_key
from bot.ports import Batch
from bot.sources.listing.lines import quoted
from bot.text.keywords import taken_apart

#: Fields that are read as they are.
_TEXTS = ("title", "abstract", "summary", "comment", "journal_ref")
_NUMBERS = ("author_count", "version", "votes", "discussion")
_DAYS = ("submitted", "updated", "announced")
_KINDS: dict[type, str] = {str: "text", list: "a list", dict: "an object"}
_LISTS = ("categories", "organisations")


class _Bad(Exception):
    """A field that cannot be used; the text says which and why."""


def read_jsonl(text: str, *, name: str, first_line: int = 1) -> Batch:
    """The papers of ``text``, with one problem ``name:LINE: what: "text"`` for each line that is none.

    A paper needs a title, an abstract or a summary. Its identity is ``keys`` (a list) or ``id``, as key, arXiv id, DOI or link, and may be
    left out. ``authors`` are names or objects ``{"name", "affiliations", "orcid", "ids"}``, ``links`` addresses or objects
    ``{"kind", "url"}``, ``keywords`` texts or one text that holds several between commas or semicolons, dates ``YYYY-MM-DD`` or ISO times
    (``published`` is understood as ``submitted``), ``more_authors`` true or false. Other fields are left alone.
    """
    papers: list[Paper] = []
    problems: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), first_line):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise _Bad("is not a JSON object")
            papers.append(_paper(record))
        except (ValueError, RecursionError) as error:
            problems.append(f"{name}:{number}: is not JSON ({error}): {quoted(line)}")
        except _Bad as error:
            problems.append(f"{name}:{number}: {error}: {quoted(line)}")
    return Batch(papers=tuple(papers), problems=tuple(problems))


def _paper(record: dict[str, Any]) -> Paper:
    fields: dict[str, Any] = {field: _text(record, field) for field in _TEXTS}
    if not any(fields[field].strip() for field in ("title", "abstract", "summary")):
        raise _Bad('has neither "title" nor "abstract" nor "summary"')
    if "submitted" not in record and "published" in record:
        record = {**record, "submitted": record["published"]}
    fields |= {field: _number(record, field) for field in _NUMBERS}
    fields |= {field: _day(record, field) for field in _DAYS}
    fields |= {field: tuple(_checked(item, str, field) for item in _list(record, field)) for field in _LISTS}
    announce_type = _text(record, "announce_type")
    if announce_type and announce_type not in list(AnnounceType):
        raise _Bad(f'"announce_type" is one of {", ".join(AnnounceType)}, not "{announce_type}"')
    return Paper(
        keys=_keys(record),
        **fields,
        authors=tuple(_author(item) for item in _list(record, "authors")),
        more_authors=_flag(record, "more_authors"),
        keywords=_keywords(record.get("keywords")),
        links=tuple(_link(item) for item in _list(record, "links")),
        announce_type=AnnounceType(announce_type) if announce_type else None,
        withdrawn=record.get("withdrawn") is True,
        source="import",
    )


def _keys(record: dict[str, Any]) -> tuple[str, ...]:
    """Keys that are known by their look, and prefixed ones of any scheme as they are."""
    given = [*_list(record, "keys"), *filter(None, (_text(record, field) for field in ("id", "doi")))]
    keys: list[str] = []
    for item in given:
        text = _checked(item, str, "keys").strip()
        scheme, colon, value = text.partition(":")
        key = parse_key(text) or (text if colon and scheme.isalnum() and value and not value.startswith("//") else None)
        if key is None:
            raise _Bad(f'"{text}" is no identity key: write an arXiv id, a DOI, a link to one, or "scheme:id"')
        keys.append(key)
    return tuple(dict.fromkeys(keys))


def _keywords(value: object) -> tuple[str, ...]:
    """A list of texts, or one text that holds several; files of others have many a thing there, and are no worse for that."""
    if isinstance(value, str):
        return taken_apart(value)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _author(item: object) -> Author:
    if isinstance(item, str):
        return Author(name=item)
    record = _checked(item, dict, "authors")
    affiliations = tuple(_checked(place, str, "affiliations") for place in _list(record, "affiliations"))
    return Author(name=_text(record, "name"), affiliations=affiliations, ids=_ids(record))


def _ids(record: dict[str, Any]) -> tuple[str, ...]:
    ids: tuple[str, ...] = ()
    for item in (*_list(record, "ids"), *filter(None, (_text(record, "orcid"),))):
        text = _checked(item, str, "ids")
        if (person := author_id(text)) is None:
            raise _Bad(
                f'"{text}" is no id of a person: write an ORCID iD, or "scheme:id" with orcid, s2, openalex, openreview, dblp or acl'
            )
        ids = joined_ids(ids, (person,))
    return ids


def _link(item: object) -> Link:
    record = {"kind": "page", "url": item} if isinstance(item, str) else _checked(item, dict, "links")
    kind, url = _text(record, "kind") or "page", _text(record, "url")
    if kind not in list(LinkKind):
        raise _Bad(f'the "kind" of a link is one of {", ".join(LinkKind)}, not "{kind}"')
    if not url.startswith(("http://", "https://")):
        raise _Bad(f'link "{url}" is no web address')
    return Link(kind=LinkKind(kind), url=url)


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    return "" if value is None else str(_checked(value, str, field))


def _number(record: dict[str, Any], field: str) -> int | None:
    value = record.get(field)
    if value is None:
        return None
    if isinstance(value, str) and value.strip().removeprefix("v").isdecimal():
        value = int(value.strip().removeprefix("v"))
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _Bad(f'"{field}" is not a whole number')
    return value


def _flag(record: dict[str, Any], field: str) -> bool:
    value = record.get(field)
    if value is not None and not isinstance(value, bool):
        raise _Bad(f'"{field}" is neither true nor false')
    return value is True


def _day(record: dict[str, Any], field: str) -> date | None:
    text = _text(record, field)
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        raise _Bad(f'"{field}" is not a date like 2026-04-21: "{text}"') from None


def _list(record: dict[str, Any], field: str) -> list[Any]:
    value = record.get(field)
    return [] if value is None else list(_checked(value, list, field))


def _checked(value: object, kind: type, field: str) -> Any:
    if not isinstance(value, kind):
        raise _Bad(f'"{field}" is not {_KINDS[kind]}')
    return value
