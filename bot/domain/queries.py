"""A query as a tree. Search compiles it, the matcher evaluates it, both over the terms of ``bot.text.analysis``.

Every leaf that is not a date or a vote is a question about terms, so that search and matching cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

TextField = Literal["title", "abstract", "comment", "authors"]
TEXT_FIELDS: tuple[TextField, ...] = ("title", "authors", "abstract", "comment")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A word, or a phrase of several, in any of ``fields``.

    ``stems`` are looked up in title, abstract and comment, ``surfaces`` (unstemmed) in authors. A phrase is consecutive in
    one field. ``prefix`` belongs to single words: the field holds a term that begins with it.
    """

    stems: tuple[str, ...]
    surfaces: tuple[str, ...]
    fields: tuple[TextField, ...] = TEXT_FIELDS
    prefix: bool = False

    def __hash__(self) -> int:
        # Quicker than that of all fields, which tell few leaves apart that have the same stems.
        return hash(self.stems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """A paper whose facet terms hold any of ``any_of`` (an author's spellings, a category, a link kind, an id ...)."""

    kind: Literal["author", "category", "primary", "org", "id", "has", "source", "type", "year"]
    #: As it is printed in the canonical form.
    value: str
    any_of: tuple[str, ...]
    #: Terms that make the match a *possible* one only (initials agree, no more).
    possible: tuple[str, ...] = ()
    #: ``value`` as it was typed, with the capitals and accents that it lost ("Yann LeCun" for "Yann Lecun"); empty where it lost none.
    shown: str = field(default="", compare=False)

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """Filed on or after ``since`` and on or before ``until``; ``days`` counts back from today (search only)."""

    since: date | None = None
    until: date | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Votes:
    op: Literal[">", ">=", "<", "<=", "="]
    count: int


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Leaf = Text | Facet | Submitted | Votes
Node = Leaf | Not | And | Or


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A parsed query. ``canonical`` printed form parses back to an equal tree; equal queries share it. So does ``shown`` parse back: it
    is what a person is shown, names written as they were typed.

    In ``tree``, ``Not`` stands only over leaves and every ``Or`` branch has a part without ``Not``.
    """

    tree: Node
    canonical: str
    #: ``canonical`` with names as they were typed; empty where that is the same.
    typed: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        return self.typed or self.canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a paper is searched by: the terms of each field in order. Made by ``bot.text.analysis.terms``.

    ``title``, ``abstract`` and ``comment`` hold stems in reading order, then ``w_<surface>`` once for each word that differs from its
    stem. In ``abstract`` the keywords follow behind that, each as another such text with a ``_`` before it. ``authors`` holds folded name
    words with a ``_`` between two people. ``facets`` is a set in sorted order.
    """

    title: tuple[str, ...]
    authors: tuple[str, ...]
    abstract: tuple[str, ...]
    comment: tuple[str, ...]
    facets: tuple[str, ...]
