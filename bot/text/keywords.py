"""Words that authors, editors or services put beside a paper to say what it is about, in the form of the store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.text.analysis import words

#: Keywords of one paper: those of a medical paper, and of several services together, come to some dozens.
MOST = 50
#: Characters of one. What is longer is a list that nobody took apart, or a sentence.
LONGEST = 100
_SIGNS = " \t.,;:"


def cleaned(given: Iterable[str], readable: Callable[[str], str]) -> tuple[str, ...]:
    """The keywords of a source as ``readable`` text, each once however it is written. Addresses, signs and whole texts are none."""
    found = (part.strip(_SIGNS) for one in given for part in readable(one).split(";"))
    return united((one for one in found if len(one) <= LONGEST and "://" not in one), ())


def united(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    """Those of ``first``, then those that ``second`` adds; of two spellings of the same words the first."""
    seen: dict[tuple[str, ...], str] = {}
    for one in (*first, *second):
        if said := tuple(words(one)):
            seen.setdefault(said, one)
    return tuple(seen.values())[:MOST]


def taken_apart(text: str) -> tuple[str, ...]:
    """Several keywords in one text: between semicolons where it has some, else between commas.

    >>> taken_apart("reading lists; sorting, fast")
    ('reading lists', 'sorting, fast')
    """
    parts = re.split(r";" if ";" in text else r",", text)
    return tuple(part for part in map(str.strip, parts) if part)
