"""What stands behind each field of the query language: typed values turned into leaves, or refused with a repair."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches

from bot.domain.authors import author_id
from bot.domain.papers import parse_key
from bot.domain.queries import TEXT_FIELDS, And, Facet, Node, Or, Submitted, Text, TextField, Votes
from bot.errors import BadInput
from bot.text.analysis import ORG_WORDS, category_terms, key_term, person_term, slug, stem, words
from bot.text.names import canonical_name, query_terms

#: Every spelling of a field and the one that is printed.
FIELDS = {
    "title": "title",
    "ti": "title",
    "abs": "abs",
    "abstract": "abs",
    "comment": "comment",
    "co": "comment",
    "all": "",
    "by": "by",
    "au": "by",
    "author": "by",
    "in": "in",
    "cat": "in",
    "category": "in",
    "primary": "primary",
    "org": "org",
    "affil": "org",
    "id": "id",
    "has": "has",
    "source": "source",
    "type": "type",
    "since": "since",
    "until": "until",
    "year": "year",
    "votes": "votes",
}
_TEXT: dict[str, tuple[TextField, ...]] = {"": TEXT_FIELDS, "title": ("title",), "abs": ("abstract",), "comment": ("comment",)}
_HAS = {"code": "code", "data": "data", "dataset": "data", "project": "project", "doi": "doi"}
_TYPES = {"new": "new", "cross": "cross", "cross-list": "cross", "update": "update", "updated": "update", "replace": "update"}
#: arXiv's archives that are divided into categories: named alone, they mean all of them.
_ARCHIVES = frozenset(
    {"astro-ph", "cond-mat", "cs", "econ", "eess", "math", "nlin", "physics", "q-bio", "q-fin", "stat"},
)
_CATEGORY = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*")
#: A word that nobody writes but for a category of arXiv.
_BARE_CATEGORY = re.compile(
    r"(?:cs|stat|math|eess|econ|q-bio|q-fin)\.[a-z]{2}|(?:astro-ph|cond-mat|physics|nlin)\.[a-z]{2}[a-z-]{0,9}", re.IGNORECASE
)
_VOTES = re.compile(r"(>=|<=|=>|=<|>|<|=)?\s*(\d{1,7})(\+)?")
_AGE = re.compile(r"(\d{1,5})\s*([dwmy])[a-z]*")
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
#: year:>2020, year:2020-
_YEARS = re.compile(r"(>=|<=|=>|=<|>|<|=)?\s*([1-9]\d{3})\s*([+-]?)")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def make(field: str, value: str, *, quoted: bool, position: int) -> Node | None:
    """The leaf (or several) that ``field:value`` asks for; ``None`` when the value holds no letter or digit.

    ``field`` is a printed field name, or "" for a word of its own.
    """
    if not field and not quoted and names_category(value):
        return _category(value, position)
    if field in _TEXT:
        return _text(_TEXT[field], field, value, quoted, position)
    value = value.strip()
    if not value:
        raise BadInput(f"{field}: stands alone", f"write its value behind it, for example {_EXAMPLES[field]}", position=position)
    return _MAKERS[field](value, position)


def names_category(word: str) -> bool:
    """Whether a word of its own stands for a category: the code of one of arXiv."""
    return _BARE_CATEGORY.fullmatch(word) is not None


def _text(fields: tuple[TextField, ...], field: str, value: str, quoted: bool, position: int) -> Text | None:
    label = f"{field}:" if field else ""
    if "*" in value:
        return _prefix(fields, label, value, quoted, position)
    found = words(value)
    if not found:
        if field:
            raise BadInput(f"{label} has no word behind it", f"write {label}word", position=position)
        return None
    return Text(stems=tuple(map(stem, found)), surfaces=tuple(found), fields=fields)


def _prefix(fields: tuple[TextField, ...], label: str, value: str, quoted: bool, position: int) -> Text:
    body = value.rstrip("*.,;:!?")
    found = words(body)
    if not found:
        raise BadInput("a bare * would match every paper", "write at least 3 letters before the star", position=position)
    if "*" in body or quoted or len(found) > 1:
        first, last = " ".join(found[:-1]), found[-1]
        repair = " ".join(part for part in (f"{label}{_as_phrase(first)}" if first else "", f"{label}{last}*") if part)
        raise BadInput(f"the star of {value} must end a word that stands alone", f"did you mean {repair}?", position=position)
    if len(found[0]) < 3:
        raise BadInput(f"{found[0]}* would match far too much", "write at least 3 letters before the star", position=position)
    return Text(stems=(found[0],), surfaces=(found[0],), fields=fields, prefix=True)


def _as_phrase(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _author(value: str, position: int) -> Facet:
    strict = value.startswith("=")
    typed = value.lstrip("=").strip().strip('"')
    if person := author_id(typed):
        return Facet(kind="author", value=person, any_of=(person_term(person),))
    # No name holds one, and before a name it would mean the strict match.
    typed = typed.replace("=", " ").strip()
    if "*" in typed:
        bare = typed.replace("*", "").strip() or "Jia"
        raise BadInput("names take no star", f"a family name finds all who bear it: by:{_as_phrase(bare)}", position=position)
    # arXiv writes "jia_r" for "Jia, R."
    if found := re.fullmatch(r"([^\W\d_]{2,}(?:-[^\W\d_]+)*)_([^\W\d_])", typed):
        typed = f"{found[1]}, {found[2]}."
    name = canonical_name(typed)
    sure, possible = query_terms(name, strict)
    if not sure or '"' in name:
        raise BadInput(f"{value!r} names nobody", f"write the name as it is printed, for example {_EXAMPLES['by']}", position=position)
    return Facet(kind="author", value=name, any_of=sure, possible=possible, shown=_as_typed(typed, name))


def _as_typed(typed: str, name: str) -> str:
    """``typed`` where it says how the letters of ``name`` are written ("LeCun", "García"); else empty: nobody writes "robin jia"."""
    family, comma, given = typed.partition(",")
    plain = " ".join(f"{given} {family}".split() if comma else typed.split())
    if plain in (name, plain.lower(), plain.upper()) or "".join(words(plain)) != "".join(words(name)):
        return ""
    return plain if canonical_name(plain) == name else ""


def _category(value: str, position: int, primary: bool = False) -> Node:
    several = [part for part in re.split(r"[,;|+\s]+", value) if part]
    if len(several) > 1:
        return Or(tuple(_category(part, position, primary) for part in several))
    field, sign = ("primary", "p") if primary else ("in", "c")
    whole = several[0].casefold().replace("_", "-").strip('"') if several else ""
    name = whole.removesuffix("*").rstrip(".")
    archive, dot, subject = name.partition(".")
    if subject and whole.endswith("*"):
        repair = f"did you mean {field}:{archive}.*?"
        raise BadInput(f"the star of {field}:{whole} must stand for the whole of {archive}", repair, position=position)
    if not _CATEGORY.fullmatch(name) or not slug(name):
        repair = f"write it as the source does, for example {_EXAMPLES[field]}"
        raise BadInput(f"{value} is not the name of a category", repair, position=position)
    printed = f"{archive}{dot}{subject.upper() if len(subject) == 2 else subject}" if dot else name
    if name in _ARCHIVES:
        printed = f"{name}.*"
    return Facet(kind="primary" if primary else "category", value=printed, any_of=(f"{sign}_{category_terms(name)[0]}",))


def _primary(value: str, position: int) -> Node:
    return _category(value, position, primary=True)


def _org(value: str, position: int) -> Facet:
    found = words(value)
    if not found or len(found) > ORG_WORDS or "*" in value:
        repair = f"write up to {ORG_WORDS} words of its name, for example {_EXAMPLES['org']}"
        raise BadInput(f"{value} cannot be looked up as an organisation", repair, position=position)
    return Facet(kind="org", value=" ".join(found), any_of=("o_" + "_".join(found),))


def identifier(value: str, position: int) -> Facet:
    """The leaf for an identifier or a link to a paper."""
    # No invisible marks: the id is printed.
    key = parse_key("".join(filter(str.isprintable, value)))
    if key is None or '"' in key or not slug(key.partition(":")[2]):
        raise BadInput(f"{value} is not an identifier", "write an arXiv id, a DOI or a link to the paper: id:2510.19811", position=position)
    bare = key.removeprefix("arxiv:").removeprefix("doi:")
    printed = bare if parse_key(bare) == key else key
    return Facet(kind="id", value=printed, any_of=(key_term(key),))


def _chosen(field: str, value: str, choices: dict[str, str], position: int) -> str:
    typed = value.casefold().strip('"')
    if typed in choices:
        return choices[typed]
    close = get_close_matches(typed, choices, n=1)
    offered = ", ".join(f"{field}:{choice}" for choice in dict.fromkeys(choices.values()))
    repair = f"did you mean {field}:{choices[close[0]]}?" if close else f"there are {offered}"
    raise BadInput(f"{field}:{value} is unknown", repair, position=position)


def _has(value: str, position: int) -> Facet:
    kind = _chosen("has", value, _HAS, position)
    return Facet(kind="has", value=kind, any_of=(f"h_{kind}",))


def _type(value: str, position: int) -> Facet:
    kind = _chosen("type", value, _TYPES, position)
    return Facet(kind="type", value=kind, any_of=(f"t_{kind}",))


def _source(value: str, position: int) -> Facet:
    name = slug(value)
    if not name:
        raise BadInput(f"{value} is not the name of a source", f"for example {_EXAMPLES['source']}", position=position)
    return Facet(kind="source", value=name, any_of=(f"s_{name}",))


def _year(value: str, position: int) -> Node:
    bound = _YEARS.fullmatch(value) if value.isascii() else None
    if bound and bool(bound[1]) != bool(bound[3]):
        year, sign = int(bound[2]), bound[1] or ">="
        if "<" in sign and (last := year - ("=" not in sign)) >= 1000:
            return Submitted(until=date(last, 12, 31))
        if ">" in sign and (first := year + ("=" not in sign)) <= 9999:
            return Submitted(since=date(first, 1, 1))
        value = bound[2] if sign == "=" else value
    if (span := re.fullmatch(r"(\d{4})\s*(?:-|\.\.)\s*(\d{4})", value)) and 1000 <= int(span[1]) <= int(span[2]):
        return And((Submitted(since=date(int(span[1]), 1, 1)), Submitted(until=date(int(span[2]), 12, 31))))
    if not re.fullmatch(r"[1-9]\d{3}", value) or not value.isascii():
        raise BadInput(f"{value} is not a year", f"write {_EXAMPLES['year']}; for a range since: and until:", position=position)
    return Facet(kind="year", value=value, any_of=(f"y_{value}",))


def _since(value: str, position: int) -> Submitted:
    typed = value.casefold()
    if typed in ("today", "yesterday"):
        return Submitted(days=0 if typed == "today" else 1)
    if (age := _AGE.fullmatch(typed)) and typed.isascii():
        return Submitted(days=min(int(age[1]) * _DAYS[age[2]], 36_500))
    return Submitted(since=_day("since", value, position, first=True))


def _until(value: str, position: int) -> Submitted:
    if _AGE.fullmatch(value.casefold()):
        raise BadInput("until: needs a date", f"write {_EXAMPLES['until']}; only since: counts back from today", position=position)
    return Submitted(until=_day("until", value, position, first=False))


def _day(field: str, value: str, position: int, *, first: bool) -> date:
    try:
        found = _DATE.fullmatch(value) if value.isascii() else None
        if not found or int(found[1]) < 1000:
            raise ValueError
        year, month, day = int(found[1]), int(found[2] or (1 if first else 12)), found[3]
        if day:
            return date(year, month, int(day))
        return date(year, month, 1) if first else _last_of(year, month)
    except ValueError:
        raise BadInput(f"{value} is not a date", f"write {_EXAMPLES[field]}", position=position) from None


def _last_of(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def _votes(value: str, position: int) -> Votes:
    found = _VOTES.fullmatch(value) if value.isascii() else None
    if not found or (found[1] and found[3]):
        raise BadInput(f"{value} is not a number of votes", f"write {_EXAMPLES['votes']}", position=position)
    # A number alone is meant as "that many or more".
    match found[1]:
        case ">":
            return Votes(op=">", count=int(found[2]))
        case "<":
            return Votes(op="<", count=int(found[2]))
        case "<=" | "=<":
            return Votes(op="<=", count=int(found[2]))
        case "=":
            return Votes(op="=", count=int(found[2]))
    return Votes(op=">=", count=int(found[2]))


_EXAMPLES = {
    "by": 'by:"Robin Jia"',
    "in": "in:cs.CL",
    "primary": "primary:cs.CL",
    "org": "org:stanford",
    "id": "id:2510.19811",
    "has": "has:code",
    "source": "source:arxiv",
    "type": "type:new",
    "since": "since:2025-01-31 or since:7d",
    "until": "until:2025-01-31",
    "year": "year:2025",
    "votes": "votes:>10",
}
_MAKERS: dict[str, Callable[[str, int], Node]] = {
    "by": _author,
    "in": _category,
    "primary": _primary,
    "org": _org,
    "id": identifier,
    "has": _has,
    "source": _source,
    "type": _type,
    "since": _since,
    "until": _until,
    "year": _year,
    "votes": _votes,
}
