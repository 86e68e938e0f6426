"""The analyzer: text and papers turned into terms. Search index, matcher and highlighter all ask here, so that they agree.

Terms consist of lower-case ASCII letters and digits, of ``_`` and of non-ASCII letters and digits. A word of a text never holds
a ``_``: it is kept for the terms made here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import Stemmer

from bot.domain.papers import AnnounceType, LinkKind, Paper
from bot.domain.queries import Terms
from bot.text.names import name_terms

#: Grows whenever any paper's terms might come out differently; a database indexed by another version indexes itself again.
ANALYZER_VERSION = 3

#: Words whose punctuation is part of the name, and the term that stands for each.
SPECIAL = {"c++": "cplusplus", "g++": "gplusplus", "c#": "csharp", "f#": "fsharp", ".net": "dotnet"}

#: Longest run of words of an organisation's name that can be asked for as one.
ORG_WORDS = 5

_WORD = re.compile(r"[^\W_]+")
#: For folded ASCII text: everything but letters and digits to a blank.
_PLAIN = {code: chr(code) if chr(code).isalnum() else " " for code in range(128)}
_SPECIAL_OR_WORD = re.compile(r"(?<![^\W_])(?:[cg]\+\+|[cf]#(?![^\W_])|\.net(?![^\W_]))|[^\W_]+")
_IN_SPECIAL = ("++", "#", ".net")
#: The "'s" of a possessive: not a word.
_POSSESSIVE = re.compile(r"(?<=[^\W_])['’ʼ]s(?![^\W_])", re.IGNORECASE)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")

#: What a comment says where there is code without an address: also the mark "Code" of a listing page. On request is not there.
_CODE_THERE = re.compile(r"\bcode (?:is )?available\b(?!\s+(?:up)?on\b)", re.IGNORECASE)
_LINK_TERMS = {LinkKind.CODE: "h_code", LinkKind.DATA: "h_data", LinkKind.PROJECT: "h_project"}

_english = Stemmer.Stemmer("english")


class _Folding(dict[int, str]):
    """For ``str.translate``: each character without case, accents and invisible marks, worked out once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = " " if char in "™®©" else _fold_char(char)
        self[code] = folded
        return folded


def _fold_char(char: str) -> str:
    while True:
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
        folded = "".join(c for c in decomposed if unicodedata.category(c)[0] != "M" and unicodedata.category(c) != "Cf")
        if folded == char:
            return folded
        char = folded


_FOLDING = _Folding()


def fold_text(text: str) -> str:
    """``text`` without case, accents and invisible marks; punctuation and blanks stay."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def words(text: str) -> list[str]:
    """The folded words of a text in order: runs of letters and digits, and the few names of ``SPECIAL``.

    >>> words("Schrödinger's GPT-4o in C++")
    ['schrodinger', 'gpt', '4o', 'in', 'cplusplus']
    """
    folded = _without_possessives(fold_text(text))
    if any(sign in folded for sign in _IN_SPECIAL):
        return [SPECIAL.get(word, word) for word in _SPECIAL_OR_WORD.findall(folded)]
    return _cut(folded)


def spans(text: str) -> list[tuple[str, int, int]]:
    """The words of ``words`` with where each begins and ends in ``text``."""
    if text.isascii():
        return _places(text.lower())
    pieces = [_FOLDING[ord(char)] for char in text]
    places = [index for index, piece in enumerate(pieces) for _ in piece]
    found: list[tuple[str, int, int]] = []
    for word, first, last in _places("".join(pieces)):
        start, end = places[first], places[last - 1] + 1
        while end < len(text) and not _FOLDING[ord(text[end])]:
            end += 1  # accents that follow as characters of their own
        found.append((word, start, end))
    return found


def _places(folded: str) -> list[tuple[str, int, int]]:
    folded = _without_possessives(folded)
    if any(sign in folded for sign in _IN_SPECIAL):
        return [(SPECIAL.get(found[0], found[0]), *found.span()) for found in _SPECIAL_OR_WORD.finditer(folded)]
    placed: list[tuple[str, int, int]] = []
    end = 0
    for word in _cut(folded):
        # Nothing but punctuation stands between two words: where the next one is found first, there it is.
        start = folded.index(word, end)
        end = start + len(word)
        placed.append((word, start, end))
    return placed


def _cut(folded: str) -> list[str]:
    # Most texts are plain, and cut in a third of the time.
    return folded.translate(_PLAIN).split() if folded.isascii() else _WORD.findall(folded)


def _without_possessives(folded: str) -> str:
    # Blanks of the same length keep every position.
    return _POSSESSIVE.sub("  ", folded) if "'" in folded or "’" in folded or "ʼ" in folded else folded


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of one folded word."""
    stemmed: str = _english.stemWord(word)
    return stemmed


@lru_cache(maxsize=200_000)
def _forms(word: str) -> tuple[str, str]:
    """The stem of a folded word, and the term for the word itself where it differs, else an empty one."""
    stemmed: str = _english.stemWord(word)
    return stemmed, f"w_{word}" if word != stemmed else ""


def stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def slug(text: str) -> str:
    """``text`` as part of a facet term: folded, everything but ASCII letters and digits as one ``_``."""
    return _NOT_SLUG.sub("_", fold_text(text)).strip("_")


def terms(paper: Paper, sources: Sequence[str] = ()) -> Terms:
    """Everything ``paper`` can be found by. ``sources`` are further sources known to have given it."""
    return Terms(
        title=_field(paper.title),
        authors=_authors(author.name for author in paper.authors),
        abstract=_with_keywords(_field(paper.text), paper.keywords),
        comment=_field(paper.comment),
        facets=tuple(sorted(set(_facet_terms(paper, sources)))),
    )


def _field(text: str) -> tuple[str, ...]:
    forms = list(map(_forms, words(text)))
    if not forms:
        return ()
    stemmed, changed = zip(*forms, strict=True)
    return (*stemmed, *filter(None, dict.fromkeys(changed)))


def _with_keywords(text: tuple[str, ...], keywords: Sequence[str]) -> tuple[str, ...]:
    # The separator keeps a phrase from reaching over two keywords. A paper without any has the terms that it had before there were some.
    return (*text, *(term for keyword in keywords for term in ("_", *_field(keyword)))) if keywords else text


def _authors(names: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        person = _name_words(name)
        if person:
            # The separator keeps a phrase from reaching over two people.
            found += ["_", *person] if found else person
    return tuple(found)


@lru_cache(maxsize=20_000)
def _name_words(name: str) -> tuple[str, ...]:
    return tuple(words(name))


def _facet_terms(paper: Paper, sources: Sequence[str]) -> Iterator[str]:
    """Every facet term of a paper, some of them more than once."""
    for author in paper.authors:
        yield from name_terms(author.name)
        yield from map(person_term, author.ids)
    for number, category in enumerate(paper.categories):
        for part in category_terms(category):
            yield f"c_{part}"
            if number == 0:
                yield f"p_{part}"
    for name in dict.fromkeys((*paper.organisations, *(place for author in paper.authors for place in author.affiliations))):
        yield from org_terms(name)
    for number, key in enumerate(paper.keys):
        # Fingerprints join records; only where one is all the paper has is it also a name to ask for.
        if number == 0 or not key.startswith(("abs:", "title:")):
            yield key_term(key)
        if key.startswith("doi:"):
            yield "h_doi"
    for link in paper.links:
        if link.kind in _LINK_TERMS:
            yield _LINK_TERMS[link.kind]
    if "vailable" in paper.comment and _CODE_THERE.search(paper.comment):
        yield "h_code"
    for source in (*sources, paper.source):
        if source:
            yield f"s_{slug(source)}"
    if paper.announce_type is not None and paper.announce_type is not AnnounceType.ARCHIVE:
        yield "t_update" if paper.announce_type.is_update else f"t_{paper.announce_type.value}"
    if paper.date is not None:
        yield f"y_{paper.date.year}"


@lru_cache(maxsize=10_000)
def category_terms(category: str) -> tuple[str, ...]:
    """A category and its archive as slugs.

    >>> category_terms("cs.CL")
    ('cs_cl', 'cs')
    """
    return tuple(dict.fromkeys(part for part in (slug(category), slug(category.partition(".")[0])) if part))


def org_terms(name: str) -> Iterator[str]:
    """Every run of up to ``ORG_WORDS`` words of an organisation's name."""
    parts = words(name)
    for start in range(len(parts)):
        for end in range(start + 1, min(start + ORG_WORDS, len(parts)) + 1):
            yield "o_" + "_".join(parts[start:end])


def key_term(key: str) -> str:
    """The term of an identity key: ``k_arxiv_2510_19811``."""
    return f"k_{slug(key)}"


def person_term(id: str) -> str:
    """The term of a person's id: ``u_orcid_0000_0002_1825_0097``."""
    return f"u_{slug(id)}"
