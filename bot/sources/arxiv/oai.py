"""Answers of arXiv's OAI-PMH server in its three formats: ``arXiv``, ``arXivRaw`` and ``oai_dc``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from bot.domain.papers import Author, Link, LinkKind, Paper, parse_key
from bot.sources.arxiv.names import is_cut, split_authors
from bot.sources.arxiv.rss import arxiv_categories, doi_keys, paper_links
from bot.sources.xml_tree import Node, read_tree

_CONTAINERS = frozenset(("OAI-PMH", "ListRecords", "ListIdentifiers", "GetRecord", "records"))
_OAI = re.compile(r"^\s*oai:arxiv\.org:", re.IGNORECASE)
_DECLARATION = re.compile(rb"^\s*(?:\xef\xbb\xbf)?<\?xml[^>]*\?>")
#: Archives of the group "physics"; every other archive is a group of its own.
_PHYSICS = frozenset(
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics quant-ph".split()  # noqa: SIM905 - a list to read
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A paper as the server has it. ``changed``: the day of the last change of any kind, not of the submission."""

    paper: Paper
    changed: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Harvest:
    """One answer. ``code`` and ``error`` are the server's own words; the HTTP status of an error is 200."""

    records: tuple[Record, ...] = ()
    #: Keys of papers that were taken out of arXiv.
    deleted: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    #: Asks for the next page; empty on the last one.
    token: str = ""
    code: str = ""
    error: str = ""
    #: The body is no whole answer; the records before the damage are in ``records``.
    damaged: bool = False

    @property
    def nothing(self) -> bool:
        """The server has no record for what was asked: normal on days without mailing."""
        return self.code == "noRecordsMatch"


def set_of(category: str) -> str:
    """The set that holds a category: ``cs:cs:CL``, ``physics:hep-th``, ``physics:astro-ph:GA``."""
    archive, _, field = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    return f"{group}:{archive}:{field}" if field else f"{group}:{archive}"


def parse_harvest(body: bytes) -> Harvest:
    """An answer to GetRecord, ListRecords or ListIdentifiers. Records without the envelope around them are read as well."""
    root, problem = read_tree(body, _CONTAINERS)
    if problem.startswith("junk after document element"):
        root, problem = read_tree(b"<records>" + _DECLARATION.sub(b"", body) + b"</records>", _CONTAINERS)
    if not root.children:
        return Harvest(error=f"no OAI-PMH answer ({problem or 'nothing in it'})" if body.strip() else "an empty body", damaged=True)
    nodes = [node for child in root.children for node in child.walk()]
    tags = {node.tag for node in nodes}
    if not tags & {"OAI-PMH", "record", "ListRecords"}:
        return Harvest(error=f"no OAI-PMH answer ({problem or f'<{root.children[0].tag}> instead'})", damaged=True)
    failed = next((node for node in nodes if node.tag == "error"), None)
    if failed is not None:
        code = failed.attributes.get("code", "")
        return Harvest(code=code, error=" ".join(failed.text.split()) or code or "an error without a description")
    records: list[Record] = []
    deleted: list[str] = []
    problems = [f"the answer breaks off or is damaged ({problem})"] if problem else []
    for number, record in enumerate((node for node in nodes if node.tag == "record"), 1):
        header = next((node for node in record.all("header")), Node(tag="header", attributes={}))
        named = header.get("identifier")
        # Numbers of other archives look like old ids of arXiv.
        identifier = _OAI.sub("", named) if _OAI.match(named) else ""
        if header.attributes.get("status") == "deleted":
            deleted.append(parse_key(identifier) or named)
            continue
        paper = _paper(record, header, identifier)
        if paper is None:
            problems.append(f'record {number} has no arXiv id: "{named[:80]}"')
        else:
            records.append(Record(paper=paper, changed=_day(header.get("datestamp"))))
    token = next((node.text.strip() for node in nodes if node.tag == "resumptionToken"), "")
    return Harvest(records=tuple(records), deleted=tuple(deleted), problems=tuple(problems), token=token, damaged=bool(problem))


def _paper(record: Node, header: Node, identifier: str) -> Paper | None:
    metadata = next((node for node in record.all("metadata")), None)
    if metadata is None:
        return None
    inner = next((node for node in metadata.children if node.tag in ("arXiv", "arXivRaw", "dc")), metadata)
    names = [inner.get("id"), identifier, *(node.text for node in inner.all("identifier") if "arxiv.org/" in node.text)]
    key = next((key for text in names if (key := parse_key(text)) and key.startswith("arxiv:")), None)
    if key is None:
        return None
    if inner.tag == "arXiv":
        return _arxiv(inner, key)
    return _raw(inner, key) if inner.tag == "arXivRaw" else _dublin_core(inner, key, [node.text for node in header.all("setSpec")])


def _arxiv(node: Node, key: str) -> Paper:
    created, updated = _day(node.get("created")), _day(node.get("updated"))
    people = [person for people in node.all("authors") for person in people.all("author")]
    return _made(
        key,
        dois=doi_keys(node.get("doi")),
        title=node.get("title"),
        abstract=node.get("abstract"),
        authors=tuple(author for person in people if (author := _person(person)).name),
        categories=arxiv_categories(node.get("categories").split()),
        submitted=created,
        updated=updated if updated != created else None,
        comment=node.get("comments"),
        journal_ref=node.get("journal-ref"),
    )


def _raw(node: Node, key: str) -> Paper:
    versions = node.all("version")
    days = [_mail_day(version.get("date")) for version in versions]
    numbers = [int(digits) for version in versions if (digits := version.attributes.get("version", "").removeprefix("v")).isdecimal()]
    authors, count = split_authors(node.get("authors"))
    first, last = next(iter(days), None), next(reversed(days), None)
    return _made(
        key,
        dois=doi_keys(node.get("doi")),
        title=node.get("title"),
        abstract=node.get("abstract"),
        authors=authors,
        author_count=count,
        more_authors=is_cut(node.get("authors")),
        categories=arxiv_categories(node.get("categories").split()),
        submitted=first,
        updated=last if last != first else None,
        version=max(numbers, default=None),
        comment=node.get("comments"),
        journal_ref=node.get("journal-ref"),
    )


def _dublin_core(node: Node, key: str, sets: list[str]) -> Paper:
    """Dublin Core has one field for many things: the first description is the abstract, identifiers hold links, DOI and journal."""
    descriptions = [described.text.strip() for described in node.all("description")]
    comments = [text.removeprefix("Comment:").strip() for text in descriptions if text.startswith("Comment:")]
    others = [named.text.strip() for named in node.all("identifier")]
    journal = [text for text in others if parse_key(text) is None and not text.startswith(("http:", "https:", "doi:"))]
    days = [day for dated in node.all("date") if (day := _day(dated.text))]
    first, last = min(days, default=None), max(days, default=None)
    fields = [":".join(parts[1:]).replace(":", ".") for name in sets if len(parts := name.split(":")) > 1]
    return _made(
        key,
        dois=tuple(key for text in others if text.startswith("doi:") for key in doi_keys(text)),
        title=node.get("title"),
        abstract=next((text for text in descriptions if not text.startswith("Comment:")), ""),
        authors=tuple(Author(name=name) for person in node.all("creator") if (name := _turned(person.text))),
        categories=arxiv_categories(fields),
        submitted=first,
        updated=last if last != first else None,
        comment=" ".join(comments),
        journal_ref="; ".join(journal),
    )


def _made(key: str, *, dois: tuple[str, ...], **fields: object) -> Paper:
    links = (*paper_links(key), *(Link(kind=LinkKind.PAGE, url=f"https://doi.org/{doi[4:]}") for doi in dois[:1]))
    return Paper(keys=(key, *dois), links=links, source="arxiv", **fields)  # type: ignore[arg-type]  # named by our own three


def _person(node: Node) -> Author:
    name = " ".join(text for tag in ("forenames", "keyname", "suffix") if (text := node.get(tag)))
    return Author(name=name, affiliations=tuple(place for one in node.all("affiliation") if (place := one.text.strip())))


def _turned(name: str) -> str:
    """``Doe, Jane, Jr`` as ``Jane Doe Jr``."""
    family, *rest = (part.strip() for part in name.split(","))
    return " ".join(part for part in (*rest[:1], family, *rest[1:]) if part)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _mail_day(text: str) -> date | None:
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
