"""The one form in which papers are stored and shown, whatever source they came from."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import replace

from bot.domain.papers import Author, Link, Paper, with_derived_keys
from bot.text.keywords import cleaned
from bot.text.latex import to_unicode
from bot.text.links import find_links, merge_links

#: Controls but for white space, marks that turn the direction of writing, signs without width, halves of surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PASSES = 4
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
#: The same address twice in a row, as ``[x](x)``, ``x(x)`` or ``x/x``: made by forms that turn addresses into links.
_TWICE = (
    re.compile(r"\[(https?://[^\s\]]+)\]\(\1/?\)"),
    re.compile(r"(https?://[^\s()\[\]]{4,200}?)/?(?:\1|\(\1/?\)|\[\1/?\])(?=/?[.,;:!?)\]'\"]*(?:\s|$))"),
)
_WITHDRAWN_COMMENT = re.compile(r"\b(?:withdrawn|withdrew|retracted|withdrawal)\b", re.IGNORECASE)
_NOT_WITHDRAWN = re.compile(
    r"\b(?:not|never|been un)\s*(?:been\s+)?(?:withdrawn|retracted)\b|\bun-?(?:withdrawn|retracted)\b", re.IGNORECASE
)
_WITHDRAWN_ABSTRACT = re.compile(
    r"^\W*(?:withdrawn|retracted)\b(?!\s+[a-z]+\s+[a-z]+\s+(?:are|were|is|was)\b)|"
    r"\b(?:this|the|our)\s+(?:\w+\s+){0,3}(?:paper|article|manuscript|submission|preprint|work|note|version|text|document)\b[^.]{0,60}?"
    r"\b(?:has\s+been|have\s+been|is|was|is\s+being|had\s+to\s+be|must\s+be)\s+(?:\w+\s+){0,2}(?:withdrawn|retracted)\b",
    re.IGNORECASE,
)


def normalise(paper: Paper) -> Paper:
    """``paper`` in the form of the store: readable text with single blanks, links found, withdrawal noticed, keys derived.

    Doing it twice changes nothing more.
    """
    title, abstract, comment = readable(paper.title), readable(paper.abstract), readable(paper.comment)
    return with_derived_keys(
        replace(
            paper,
            keys=tuple(dict.fromkeys(key for key in paper.keys if key)),
            title=title,
            abstract=abstract,
            summary=readable(paper.summary),
            comment=comment,
            journal_ref=readable(paper.journal_ref),
            authors=tuple(author for author in map(_author, paper.authors) if author.name),
            categories=_unique(paper.categories),
            organisations=_unique(paper.organisations),
            keywords=cleaned(paper.keywords, readable) if paper.keywords else (),
            links=merge_links([*map(_link, filter(_usable, paper.links)), *find_links(abstract), *find_links(comment)]),
            withdrawn=paper.withdrawn or is_withdrawn(comment, abstract),
        )
    )


def readable(text: str) -> str:
    """Plain text in one line: LaTeX resolved, white space folded to single blanks, unseen characters gone."""
    if not text:
        return ""
    for _ in range(_PASSES):
        before = text
        if "&" in text:
            text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        flat = _flat(text)
        text = to_unicode(flat)
        if text.count("://") > 1:
            for doubled in _TWICE:
                text = doubled.sub(r"\1", text)
        text = unicodedata.normalize("NFC", text)
        if text == flat:
            if text == before or "&" not in text:
                break  # Another pass would begin with this and end with it.
        else:
            text = _flat(text)
            if text == before:
                break
    return text


def _flat(text: str) -> str:
    flat = " ".join(text.split())
    # Most texts: of what is printed nothing is unseen, and that is known in a quarter of the time.
    return flat if flat.isprintable() else " ".join(_UNSEEN.sub("", text).split())


def is_withdrawn(comment: str, abstract: str) -> bool:
    """arXiv has no mark for it: the comment or the abstract says so in words."""
    for text, pattern in ((comment, _WITHDRAWN_COMMENT), (abstract, _WITHDRAWN_ABSTRACT)):
        lower = text.lower()
        if ("withdr" in lower or "retracted" in lower) and pattern.search(_NOT_WITHDRAWN.sub("", text)):
            return True
    return False


def _author(author: Author) -> Author:
    name = readable(author.name).strip(" ,;")
    if not any(sign.isalpha() for sign in name):
        name = ""
    affiliations = _unique(author.affiliations)
    same = name == author.name and affiliations == author.affiliations
    return author if same else replace(author, name=name, affiliations=affiliations)


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(readable, texts))))


def _link(link: Link) -> Link:
    return replace(link, url=link.url.strip())


def _usable(link: Link) -> bool:
    return link.url.strip().lower().startswith(("http://", "https://")) and not _UNSEEN.search(link.url) and len(link.url.split()) == 1
