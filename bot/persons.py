"""Is it the same person? What two mentions of a name say about it beyond the name, in a way that can be told in one line.

A name is not a person: of pairs of papers that carry one name (of those that several people have) three in ten are by two people. What
papers say besides is asked in this order:

1. ids of one scheme (ORCID, OpenAlex, Semantic Scholar ...) decide, whatever else agrees;
2. a shared co-author or a shared organisation shows one person;
3. a chain of such links shows one person as well: people keep working with somebody when they move;
4. subjects far apart are a hint that it is somebody else, no more; without any of these the question stays open.

The figures are in ``docs/authors.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.domain.authors import Author, same_identity
from bot.domain.papers import Paper, fold
from bot.text.names import name_terms, query_terms, same_person

Verdict = Literal["same", "other", "open"]

#: Words that organisations share without having anything to do with each other.
_COMMON = frozenset(
    fold(
        """university universitat universite universidad universita institute institut institution of the for and in at de la und et
        technology technologies research researcher science sciences school faculty department dept college national laboratory
        laboratories lab labs center centre computer computing engineering inc ltd corporation company group academy state international
        ai artificial intelligence information data student professor usa uk china germany france"""
    ).split()
)
_PARTS = re.compile(r"[;|+]|\s/\s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """One author of one paper, and who and what stands beside the name."""

    author: Author
    coauthors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """``because`` says in words what the verdict rests on: "both with Grace Hopper"."""

    verdict: Verdict
    because: str


def mention(paper: Paper, index: int) -> Mention:
    """The author at ``index`` of a paper. Organisations of the paper count for its author where they are its only one's."""
    author = paper.authors[index]
    others = tuple(other.name for place, other in enumerate(paper.authors) if place != index)
    organisations = author.affiliations or (paper.organisations if len(paper.organisations) == 1 else ())
    return Mention(author=author, coauthors=others, organisations=organisations, categories=paper.categories)


def mentions_of(paper: Paper, name: str) -> list[Mention]:
    """The authors of a paper whom ``by:"name"`` finds, those included who only may be meant."""
    wanted = {term for terms in query_terms(name) for term in terms}
    return [mention(paper, index) for index, author in enumerate(paper.authors) if not wanted.isdisjoint(name_terms(author.name))]


def evidence(one: Mention, other: Mention) -> Evidence:
    """What two mentions of names that may be one person's say about it."""
    if same_person(one.author.name, other.author.name) == "no":
        return Evidence(verdict="other", because=f"{one.author.name} is not {other.author.name}")
    known = same_identity(one.author, other.author)
    if known is not None:
        return Evidence(verdict="same" if known else "other", because="the same id" if known else "ids of two people")
    if shared := sorted(_names(one.coauthors).keys() & _names(other.coauthors).keys()):
        return Evidence(verdict="same", because=f"both with {_names(one.coauthors)[shared[0]]}")
    if place := shared_organisation(one.organisations, other.organisations):
        return Evidence(verdict="same", because=f"both at {place}")
    if one.categories and other.categories and not _archives(one) & _archives(other):
        return Evidence(verdict="open", because=f"nothing shared, and {one.categories[0]} is far from {other.categories[0]}")
    return Evidence(verdict="open", because="nothing shared but the name")


def people(mentions: Sequence[Mention]) -> list[list[int]]:
    """Places of mentions that a chain of evidence shows to be one person, each group in order, the first mention's group first.

    A link that would put two ids of one scheme into a group is not followed.
    """
    group = list(range(len(mentions)))
    members = {place: [place] for place in group}
    for place, one in enumerate(mentions):
        for before in range(place):
            if group[place] != group[before] and evidence(mentions[before], one).verdict == "same":
                mine, theirs = members[group[before]], members[group[place]]
                if not any(same_identity(mentions[a].author, mentions[b].author) is False for a in mine for b in theirs):
                    del members[group[place]]
                    mine += theirs
                    for moved in theirs:
                        group[moved] = group[before]
    return sorted((sorted(places) for places in members.values()), key=lambda places: places[0])


def judge(candidate: Mention, them: Sequence[Mention], not_them: Sequence[Mention]) -> Evidence:
    """Whether a mention is the person somebody follows, given papers known to be theirs and others that were marked "not them".

    "other": a chain leads to a paper that was marked and none to one of theirs, or nothing leads anywhere and its subject is that of the
    marked ones only. "same": a chain leads to one of theirs. "open": nothing is known; who follows a name is shown it.
    """
    known = [candidate, *them, *not_them]
    mine = next(set(places) for places in people(known) if 0 in places)
    ours = [place for place in mine if 0 < place <= len(them)]
    marked = [place for place in mine if place > len(them)]
    if ours:
        return Evidence(verdict="same", because=_chain(candidate, [known[place] for place in ours]))
    if marked:
        return Evidence(
            verdict="other", because=f"like a paper marked as not theirs: {_chain(candidate, [known[place] for place in marked])}"
        )
    near = [bool(candidate.categories) and any(_archives(candidate) & _archives(one) for one in side) for side in (them, not_them)]
    if near == [False, True] and any(one.categories for one in them):
        return Evidence(verdict="other", because=f"{candidate.categories[0]} is only near to what was marked as not theirs")
    return Evidence(verdict="open", because="nothing shared but the name")


def shared_organisation(ones: Iterable[str], others: Iterable[str]) -> str:
    """An organisation of ``ones`` that is also among ``others``, however the two write it; "" when there is none.

    Two are one when the words that tell an organisation (not "university", "institute", "of") are mostly the same: "Allen Institute for AI"
    and "Allen Institute for Artificial Intelligence, Seattle".
    """
    theirs = [words for other in others for words in _organisations(other)]
    for one in ones:
        for words in _organisations(one):
            if any(_same_place(words, place) for place in theirs):
                return one
    return ""


def _same_place(one: frozenset[str], other: frozenset[str]) -> bool:
    if one == other:
        return True
    telling = (one & other) - _COMMON
    least = min(len(one - _COMMON), len(other - _COMMON))
    return bool(telling) and 2 * len(telling) >= least and (len(telling) > 1 or least == 1 or len(one & other) > 1)


@lru_cache(maxsize=20_000)
def _organisations(text: str) -> tuple[frozenset[str], ...]:
    """The words of each organisation that one affiliation names."""
    return tuple(words for part in _PARTS.split(text) if (words := frozenset(fold(part).split())))


def _names(names: Iterable[str]) -> dict[str, str]:
    return {fold(name): name for name in names}


def _archives(one: Mention) -> set[str]:
    return {category.partition(".")[0] for category in one.categories}


def _chain(candidate: Mention, others: Sequence[Mention]) -> str:
    """How the candidate is linked to one of these, or that others lie between."""
    direct = (evidence(candidate, other) for other in others)
    return next((one.because for one in direct if one.verdict == "same"), "by way of other papers")
