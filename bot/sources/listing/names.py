"""Where a title ends and the authors begin, on pages that print them without anything in between."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SUFFIX = re.compile(r",? et al\.?$")
_PARTICLES = frozenset(
    re.findall(r"\w+", "al bin da das de del della den der di do dos du e el i ibn im la las le los ten ter ur van von y zu zur")
)
_WORD = re.compile(r"-?(?:[dl]['’])?[^\W\d_]+(?:['’.-]+[^\W\d_]+)*\.?")
#: A capital inside a word of a name is usual only behind these.
_COMPOSED = re.compile(r"(?:Mc|Mac|De|Dela?|Di|Da|Du|La|Le|Van|Von|Fitz|St|Al|El|Ben|[ODL]['’])[A-Z][a-z]+")
_INNER_CAPITAL = re.compile(r"[^\W\d_A-Z][A-Z]|[A-Z]{2}[a-z]")
#: A title hardly ends in "LearningMin": the seam lies in front of "Min", and the given name has a capital inside ("MinJae").
_TORN = re.compile(r"(?:ing|ions?|ments?|ity|ities|ness|els|ers|ics|orks?|ems?|sis|ge|ce)[A-Z][a-z]*$")
#: Nor in ", Min": there the seam was laid into a later author.
_LATE = re.compile(r", [A-Z][a-z]+$")
#: Above this a list of words is no list of names.
_IMPLAUSIBLE = 100


def split_title(text: str) -> tuple[str, tuple[str, ...]]:
    """Title and authors as printed, without an "et al." behind them. No authors when no place looks like the seam.

    >>> split_title("Tidy Notes for AIJun Rui Huang, Ada B. Long et al.")
    ('Tidy Notes for AI', ('Jun Rui Huang', 'Ada B. Long'))
    """
    body = _SUFFIX.sub("", text).rstrip(", ")
    # Of two equally good seams the first one: names have capitals inside more often than titles end in one.
    doubt, seam = min(((_doubt(body[:seam], body[seam:]), seam) for seam in _seams(body)), default=(_IMPLAUSIBLE, 0))
    if doubt >= _IMPLAUSIBLE:
        return text, ()
    return body[:seam].strip(), tuple(name.strip() for name in body[seam:].split(","))


def is_cut(text: str) -> bool:
    """Whether a line of title and authors ends in "et al.": there are more authors than it names."""
    return _SUFFIX.search(text) is not None


def _seams(text: str) -> Iterator[int]:
    """Places where a capital follows something it is not usually glued to: ``ModelsAda``, ``AIJun``, ``Robust?Nelson``."""
    for index in range(1, len(text)):
        before, here, after = text[index - 1], text[index], text[index + 1 : index + 2]
        if not here.isupper() or before.isspace() or before in "-–—'’/(\"“[{,":
            continue
        if before == ".":
            # Behind a sentence, not between the initials of a name.
            if text[max(index - 3, 0) : index - 1].islower():
                yield index
        elif not before.isupper() or after.islower() or after in (".", "'", "’"):
            yield index


def _doubt(title: str, names: str) -> int:
    """How little this looks like a title and names between commas: 0 is perfect."""
    doubt = 5 if _TORN.search(title) or _LATE.search(title) else 0
    for place, name in enumerate(names.split(",")):
        doubt += _doubt_name(name.split(), first=place == 0)
        if doubt >= _IMPLAUSIBLE:
            break
    return doubt


def _doubt_name(words: list[str], *, first: bool) -> int:
    if not words or len(words) > 7:
        return _IMPLAUSIBLE
    doubt = 3 if len(words) == 1 else max(len(words) - 4, 0)
    for place, word in enumerate(words):
        if place and word in _PARTICLES:
            continue
        if not _WORD.fullmatch(word) or (word[0].islower() and place == 0):
            return _IMPLAUSIBLE
        if word[0].islower() and word[1:2] not in ("'", "’"):
            # "Xu ji" happens; a run of small words is a piece of a title.
            doubt += 5 if place == len(words) - 1 else _IMPLAUSIBLE
        elif len(word) > 3 and word.isupper():
            doubt += 2
        elif first and _INNER_CAPITAL.search(word) and not _COMPOSED.fullmatch(word):
            # The true seam may hide in here; behind the first name it cannot.
            doubt += 4
    return doubt
