"""Names of people: read once, then compared as terms.

A paper carries the terms of ``name_terms`` for each author, a query asks for those of ``query_terms``; they match exactly when the
two share a term. The terms (``family`` with ``_`` between its words):

- ``n_family``: the family name alone;
- ``a_family__first`` and ``i_family__f``: the first name in full, the first name known by its initial only;
- ``i_family__f1``: the initial of a first name that stands there in full;
- each of the last three again with what is known about the middle name: ``__0`` there is none, ``__bill`` or ``__b`` as it is
  written, ``__b0`` the initial of one written in full;
- ``g_name``: a collaboration or team.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nameparser import HumanName
from nameparser.config import Constants

_TITLES = frozenset({"dr", "prof", "professor", "mr", "mrs", "ms", "sir"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_DEGREES = frozenset({"phd", "md"})
#: Words that belong to the family name behind them.
_PARTICLES = frozenset(
    {
        *("af", "al", "bin", "bint", "binti", "da", "dal", "dalla", "das", "de", "degli", "dei", "del", "dela", "della", "delle"),
        *("dello", "den", "der", "di", "do", "dos", "du", "el", "het", "ibn", "la", "las", "le", "los", "op", "ten", "ter", "van"),
        *("vande", "vander", "vom", "von", "zu", "zum", "zur"),
    }
)
_GROUP = frozenset({"collaboration", "collaborations", "consortium", "team", "group", "project", "initiative", "network", "alliance"})
_NOBODY = frozenset({"", "et al", "others", "and others"})

_CONSTANTS = Constants(
    prefixes=_PARTICLES,
    titles=_TITLES,
    first_name_titles=(),
    suffix_not_acronyms=_SUFFIXES,
    suffix_acronyms=_DEGREES,
    suffix_acronyms_ambiguous=(),
    conjunctions=(),
    bound_first_names=(),
    non_first_name_prefixes=(),
)
#: Words that make a name more than "given names, then one family name".
_TRICKY = _PARTICLES | _TITLES | _SUFFIXES | _DEGREES

#: Names and initials, then one family name, all in plain letters: what most names are. The rules further down would say the same.
_SIMPLE = re.compile(
    r"(?:(?:[A-Za-z]{3,}|[A-Z][a-z])(?:-[A-Za-z]{2,})* |[A-Z]\.? |[a-z]{2} )+(?:[A-Za-z]{3,}|[A-Z][a-z])(?:-[A-Za-z]{2,})*"
)
_NOT_SIMPLE = _TRICKY | _GROUP | _NOBODY

_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_APOSTROPHES = re.compile(r"['’ʼ`]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Given:
    """A given name, a double one as its parts. A name of one letter is an initial."""

    parts: tuple[str, ...]

    @property
    def word(self) -> str:
        return "".join(self.parts)

    @property
    def second(self) -> str:
        """What follows the hyphen of a double name."""
        return self.parts[1] if len(self.parts) > 1 else ""

    @property
    def is_initial(self) -> bool:
        return _is_letter(self.word)

    @property
    def printed(self) -> str:
        return f"{self.word.upper()}." if self.is_initial else "-".join(_capital(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Person:
    core: tuple[str, ...]
    given: tuple[_Given, ...] = ()
    particles: tuple[str, ...] = ()
    #: A collaboration or a team; ``core`` holds its name without such words, ``label`` all words.
    label: tuple[str, ...] = ()

    @property
    def family(self) -> tuple[str, ...]:
        return (*self.particles, *self.core)


@lru_cache(maxsize=100_000)
def name_terms(name: str) -> tuple[str, ...]:
    """The terms a paper carries for one of its authors. Nothing for "et al."."""
    found: dict[str, None] = {}
    for person in _readings(name):
        for term in _paper_terms(person):
            found[term] = None
        if person.particles and person.given:
            for term in _paper_terms(_Person(person.core, person.given)):
                found[term] = None
    return tuple(found)


@lru_cache(maxsize=10_000)
def query_terms(name: str, strict: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms of ``name_terms`` that mean this author, and those that only may: where no more than initials agree.

    ``strict`` leaves the second tuple empty. Both are empty when ``name`` names nobody.
    """
    sure: dict[str, None] = {}
    possible: dict[str, None] = {}
    for person in _readings(name):
        for term, is_sure in _asked_terms(person):
            (sure if is_sure else possible)[term] = None
    return tuple(sure), () if strict else tuple(possible)


def same_person(a: str, b: str) -> Literal["yes", "possible", "no"]:
    """Whether two full names may be one person's: "possible" where only initials agree."""
    if not all(_readings(name) and (_readings(name)[0].given or _readings(name)[0].label) for name in (a, b)):
        # A family name alone says nothing about who it is.
        return "yes" if _readings(a) and _readings(a) == _readings(b) else "no"
    answers = [_compared(a, b), _compared(b, a)]
    return "yes" if "yes" in answers else "possible" if "possible" in answers else "no"


def _compared(asked: str, known: str) -> Literal["yes", "possible", "no"]:
    carried = set(name_terms(known))
    sure, possible = query_terms(asked)
    return "yes" if carried.intersection(sure) else "possible" if carried.intersection(possible) else "no"


def sort_key(name: str) -> str:
    """Orders names by family name, particles kept: ``van der waals, johannes``."""
    readings = _readings(name)
    if not readings:
        return ""
    person = readings[0]
    given = " ".join(part.word for part in person.given)
    return " ".join(person.label or person.family) + (f", {given}" if given else "")


@lru_cache(maxsize=10_000)
def canonical_name(name: str) -> str:
    """One spelling for all ways to write a name, given name first: ``Jia, robin`` is ``Robin Jia``. Empty for nobody."""
    for _ in range(4):
        readings = _readings(name)
        printed = _printed(readings[0]) if readings else ""
        if printed == name:
            break
        name = printed
    return name


def _printed(person: _Person) -> str:
    if person.label:
        return " ".join(_capital(word) for word in person.label)
    family = " ".join((*person.particles, "-".join(_capital(word) for word in person.core)))
    return " ".join((*(part.printed for part in person.given), family))


# --- terms -----------------------------------------------------------------------------------------------------------


def _paper_terms(person: _Person) -> Iterator[str]:
    family = "_".join(person.family)
    yield f"n_{family}"
    if len(person.core) > 1:
        yield from (f"n_{word}" for word in person.core)
    if person.label:
        yield f"g_{family}"
    if not person.given:
        return
    first, middle = _first_and_middle(person)
    initial = first.word[0]
    if first.is_initial:
        yield from (f"i_{family}__{initial}{known}" for known in _known_middle(middle))
        return
    yield from (f"a_{family}__{first.word}{known}" for known in _known_middle(middle))
    yield from (f"i_{family}__{initial}1{known}" for known in _known_middle(first.second or middle))
    if _is_name(middle):
        # "Ting Yun" is also written "Tingyun" and "Ting-Yun".
        yield from (f"a_{family}__{first.word}{middle}{known}" for known in _known_middle(""))


def _asked_terms(person: _Person) -> Iterator[tuple[str, bool]]:
    """Terms to ask for; true where one makes the match sure."""
    family = "_".join(person.family)
    if person.label:
        yield f"g_{family}", True
    elif not person.given:
        yield f"n_{family}", True
    else:
        first, middle = _first_and_middle(person)
        initial = first.word[0]
        if first.is_initial:
            for asked in _asked_middle(middle):
                yield f"i_{family}__{initial}{asked}", True
                yield f"i_{family}__{initial}1{asked}", False
        else:
            for asked in _asked_middle(middle):
                yield f"a_{family}__{first.word}{asked}", True
            if _is_name(middle):
                yield f"a_{family}__{first.word}{middle}", True
            for asked in _asked_middle(first.second or middle):
                yield f"i_{family}__{initial}{asked}", False


def _first_and_middle(person: _Person) -> tuple[_Given, str]:
    return person.given[0], person.given[1].word if len(person.given) > 1 else ""


def _known_middle(middle: str) -> tuple[str, ...]:
    if not middle:
        return "", "__0"
    return ("", f"__{middle}") if _is_letter(middle) else ("", f"__{middle}", f"__{middle[0]}0")


def _asked_middle(middle: str) -> tuple[str, ...]:
    if not middle:
        return ("",)
    return ("__0", f"__{middle}", f"__{middle}0") if _is_letter(middle) else ("__0", f"__{middle}", f"__{middle[0]}")


# --- reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def _readings(name: str) -> tuple[_Person, ...]:
    """Who ``name`` may mean, likeliest first."""
    if simple := _simple(name):
        return (simple,)
    cleaned = _APOSTROPHES.sub("", _ASIDE.sub(" ", name).strip() or name.strip("()[] "))
    cleaned = " ".join(unicodedata.normalize("NFKC", cleaned).replace("_", " ").split()).strip(",; ")
    folded = _folded(cleaned)
    if " ".join(folded) in _NOBODY:
        return ()
    if len(folded) > 1 and not _GROUP.isdisjoint(folded):
        core = tuple(word for word in folded if word not in _GROUP and word != "the") or folded
        return (_Person(core, label=folded),)
    tokens = cleaned.split()
    if len(tokens) == 1 and "," not in cleaned:
        return (_mononym(tokens[0], folded),)
    leading = next((index for index, token in enumerate(tokens) if _bare(token) not in _PARTICLES), len(tokens))
    if "," not in cleaned and leading and (leading > 1 or len(tokens) == 2):
        # "van der Waals" is a family name; "van Gogh" may be one, as may "Van Le" be given and family name.
        family = _person([], tokens)
        alone = [family] if family else []
        person = _person(tokens[:-1], tokens[-1:]) if len(tokens) == 2 else None
        return tuple([person, *alone] if person else alone)
    if "," not in cleaned and not any(_bare(token) in _TRICKY for token in tokens):
        person = _person(tokens[:-1], tokens[-1:])
    else:
        if _bare(tokens[0]) not in _TITLES:
            # "Ch. de la Taille": a shortened name, which the dot would turn into a title.
            cleaned = " ".join((tokens[0].rstrip(".") if len(tokens[0]) > 2 else tokens[0], *tokens[1:]))
        parsed = HumanName(cleaned, constants=_CONSTANTS)
        given, family_words = f"{parsed.first} {parsed.middle}".split(), parsed.last.split()
        person = _person(given, family_words) if family_words else _person([], given)
    return (person or _Person(folded),)


def _simple(name: str) -> _Person | None:
    """Given names, particles if any, one family name, each in plain letters."""
    if not _SIMPLE.fullmatch(name):
        return None
    tokens = [tuple(token.split("-")) for token in name.lower().replace(".", "").split(" ")]
    tricky = [not _NOT_SIMPLE.isdisjoint((*token, "".join(token))) for token in tokens]
    if not any(tricky):
        return _Person(tokens[-1], tuple(map(_Given, tokens[:-1])))
    # "Maarten de Rijke", "Sara van de Geer"; "Wenxin Du" has a family name that is a particle elsewhere.
    first = tricky.index(True)
    particles = [token[0] for token in tokens[first:-1] if len(token) == 1 and token[0] in _PARTICLES]
    if not first or len(particles) != len(tokens) - 1 - first or (tricky[-1] and (particles or "".join(tokens[-1]) not in _PARTICLES)):
        return None
    return _Person(tokens[-1], tuple(map(_Given, tokens[:first])), tuple(particles))


def _mononym(token: str, folded: tuple[str, ...]) -> _Person:
    if "." in token.rstrip("."):
        # "R.Jia": the blank was forgotten.
        *given, family = [part for part in token.split(".") if part]
        return _person(given, [family]) or _Person(folded)
    return _Person(folded)


def _person(given: list[str], family: list[str]) -> _Person | None:
    """Tokens as a person; ``None`` when nothing is left of the family name."""
    particles: list[str] = []
    rest = list(family)
    while len(rest) > 1 and _bare(rest[0]) in _PARTICLES:
        particles.append(_bare(rest.pop(0)))
    core = tuple(word for token in rest for word in _folded(token))
    shouted = all(token.isupper() for token in (*given, *rest))
    names = tuple(part for token in given for part in _given(token, shouted))
    return _Person(core, names, tuple(particles)) if core else None


def _given(token: str, shouted: bool) -> Iterator[_Given]:
    if len(token) == 2 and token.isupper() and token.isalpha() and not shouted:
        # "RK Jia": initials without dots.
        token = ".".join(token)
    for piece in token.split("."):
        parts = _folded(piece)
        if all(_is_name(part) for part in parts):
            if parts:
                yield _Given(parts)
        else:
            yield from (_Given((part,)) for part in parts)


def _bare(token: str) -> str:
    return "".join(_folded(token))


@lru_cache(maxsize=100_000)
def _folded(text: str) -> tuple[str, ...]:
    if text.isascii():
        return tuple(_WORD.findall(text.lower()))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return tuple(_WORD.findall("".join(c for c in decomposed if unicodedata.category(c)[0] != "M")))


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha() and word.upper() != word.lower()


def _is_name(word: str) -> bool:
    return bool(word) and not _is_letter(word)


def _capital(word: str) -> str:
    capital = word[0].upper()
    return capital + word[1:] if capital.casefold() == word[0] else word
