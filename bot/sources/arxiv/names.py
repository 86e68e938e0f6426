"""Author lists that come as one string: ``R. Aaij (1), A. B. Lee, Jr., et al. (909 additional authors not shown)``."""

from __future__ import annotations

import re

from bot.domain.papers import Author

_MORE = re.compile(
    r",?\s*(?:and\s+)?(?:et\s+al\.?)?\s*\(\s*(?P<more>\d[\d,]*)\s+(?:additional|more|other)\s+authors?[^)]*\)\s*$", re.IGNORECASE
)
_ET_AL = re.compile(r",?\s*\bet\s+al\.?\s*$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV|VI{0,3}|Ph\.?\s?D\.?|M\.?D\.?", re.IGNORECASE)
_COLLABORATION = re.compile(r"\b(?:collaborations?|consortium|team|group|project)$", re.IGNORECASE)
_MARKS = re.compile(r"(?:\d+|[\s,;*†‡§&]|and)+")
_NUMBERED = re.compile(r"\(\s*(\d+)\s*\)\s*([^()]+)")


def split_authors(text: str) -> tuple[tuple[Author, ...], int | None]:
    """The authors of ``text``, and how many there are where the text says that it leaves some out.

    Commas and "and" part them, but not inside parentheses; ``Jr.`` stays with its name; parentheses hold affiliations, or numbers
    of a list of affiliations at the end.
    """
    text = " ".join(text.split())
    more = _MORE.search(text)
    text = _ET_AL.sub("", text[: more.start()] if more else text)
    parts: list[str] = []
    for part in _outside_parentheses(text):
        if parts and _SUFFIX.fullmatch(part):
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    legend = text[text.find("((") :] if "((" in text else ""
    numbered = {number: place.strip(" ,;") for number, place in _NUMBERED.findall(legend)}
    authors = tuple(author for part in parts if (author := _author(part, numbered)).name)
    return authors, len(authors) + int(more["more"].replace(",", "")) if more else None


def is_cut(text: str) -> bool:
    """Whether ``text`` ends in "et al." and does not say how many authors it leaves out."""
    return _ET_AL.search(text) is not None


def _outside_parentheses(text: str) -> list[str]:
    """``text`` cut at the commas, "and"s and colons behind a collaboration that stand outside parentheses."""
    parts, depth, start, position = [], 0, 0, 0
    while position < len(text):
        sign = text[position]
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        length = 0
        if depth == 0:
            if sign in ",;" or (sign == ":" and _COLLABORATION.search(text, start, position)):
                length = 1
            elif text.startswith(" and ", position):
                length = 5
        if length:
            parts.append(text[start:position].strip())
            start = position + length
        position += length or 1
    return [*parts, text[start:].strip()]


def _author(part: str, numbered: dict[str, str]) -> Author:
    name, _, _ = part.partition("(")
    affiliations: list[str] = []
    for inner in _groups(part[len(name) :]):
        if _MARKS.fullmatch(inner):
            affiliations += (numbered[number] for number in re.findall(r"\d+", inner) if number in numbered)
        elif not inner.startswith("("):
            affiliations += (place.strip() for place in inner.split(",") if place.strip())
    return Author(name=name.strip(" ,;"), affiliations=tuple(dict.fromkeys(affiliations)))


def _groups(text: str) -> list[str]:
    """What stands in the outermost parentheses of ``text``."""
    groups, depth, start = [], 0, 0
    for position, sign in enumerate(text):
        if sign == "(":
            depth += 1
            if depth == 1:
                start = position + 1
        elif sign == ")" and depth:
            depth -= 1
            if depth == 0:
                groups.append(text[start:position].strip())
    return groups
