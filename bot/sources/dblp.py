"""DBLP: records of computer science, as its XML describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from html.entities import name2codepoint

from bot.domain.authors import author_id
from bot.domain.papers import Author, Link, LinkKind, Paper, parse_key
from bot.errors import SourceError
from bot.sources.xml_tree import Node, read_tree

#: Elements that are papers; the others are volumes, people and pages.
_PAPERS = frozenset({"article", "inproceedings", "incollection", "book", "phdthesis", "mastersthesis", "data"})
_ENTITY = re.compile(rb"&([A-Za-z]{2,8}\d?);")
_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
#: People of one name are told apart by a number behind it.
_HOMONYM = re.compile(r"\s+\d{4}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """The papers of a document, and what could not be read of it."""

    papers: tuple[Paper, ...] = ()
    problems: tuple[str, ...] = ()


def read_records(document: bytes) -> Records:
    """The papers of a DBLP document. Raises ``SourceError`` when there are none in it."""
    # Letters are written as entities of a DTD that is not read.
    root, trouble = read_tree(_ENTITY.sub(_numbered, document), frozenset({"dblp", "hits", *_PAPERS}))
    found = [node for node in root.walk() if node.tag in _PAPERS and node.attributes.get("key")]
    if not found:
        raise SourceError(f"DBLP sent no records ({trouble or 'another document'})", "check the address, or try again later")
    problems = [f"DBLP: {trouble}"] if trouble else []
    papers: list[Paper] = []
    for index, one in enumerate(found, start=1):
        paper = _paper(one)
        if paper is None:
            problems.append(f"DBLP, record {index}: has no title")
        else:
            papers.append(paper)
    return Records(papers=tuple(papers), problems=tuple(problems))


def _numbered(found: re.Match[bytes]) -> bytes:
    name = found[1].decode()
    return f"&#{name2codepoint[name]};".encode() if name in name2codepoint and name not in _XML else found[0]


def _paper(one: Node) -> Paper | None:
    title = " ".join(one.get("title").split()).rstrip(".")
    if not title:
        return None
    own = f"dblp:{one.attributes['key']}"
    addresses = [node.text.strip() for node in one.all("ee")]
    keys = [key for address in addresses if (key := parse_key(address)) and key.startswith(("doi:", "arxiv:", "openreview:"))]
    year, pages = one.get("year"), one.get("pages")
    venue = one.get("journal", "booktitle", "publisher", "school")
    page = next((address for address in addresses if address.startswith(("https://", "http://"))), "")
    return Paper(
        keys=tuple(dict.fromkeys((*keys, own))),
        title=title,
        authors=tuple(author for node in one.all("author") if (author := _author(node)).name),
        links=(Link(kind=LinkKind.PAGE, url=page),) if page else (),
        submitted=date(int(year), 1, 1) if re.fullmatch(r"(?:1[89]|20)\d\d", year) else None,
        journal_ref=", ".join(filter(None, (f"{venue} {one.get('volume')}".strip(), pages))) if venue else "",
        source="dblp",
    )


def _author(node: Node) -> Author:
    """The name without the number that tells people of one name apart; their page at DBLP, and their ORCID iD where it is known there."""
    ids = (author_id(f"{scheme}:{node.attributes.get(name, '')}") for scheme, name in (("orcid", "orcid"), ("dblp", "pid")))
    return Author(name=_HOMONYM.sub("", " ".join(node.text.split())), ids=tuple(filter(None, ids)))
