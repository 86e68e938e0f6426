"""Did you mean: the word of the index that a misspelt one most likely stands for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from bot.store.sqlite.compile import quote
from bot.text.analysis import stem, words

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_SHORTEST = 3
_LONGEST = 40
#: How alike two words must be to be taken for one another (difflib's ratio), when they differ by more than one letter.
_ALIKE = 0.75
_PROPOSALS = 5
#: So many times as many papers must use a word for its neighbour, though in the index, to count as a slip.
_FAR_MORE = 100


def closest_word(connection: sqlite3.Connection, typed: str) -> str | None:
    """A word as people write it, not a stem; ``None`` when ``typed`` is itself in use or nothing is near."""
    folded = words(typed)
    if len(folded) != 1 or not _SHORTEST <= len(folded[0]) <= _LONGEST:
        return None
    word = folded[0]
    found = _papers(connection, {word, stem(word), "w_" + word})
    if word in found and "w_" + word not in found and (written := _as_written(connection, word)) != word:
        return written  # not a word, only what stemming left of one ("committe")
    near = _papers(connection, [form for other in _one_change(word) if other != word for form in (other, "w_" + other)])
    if found:
        # A word of the index; but one that very few write so and very many almost so is a slip that was printed.
        many = _FAR_MORE * max(found.values())
        near = {term: papers for term, papers in near.items() if papers >= many and stem(term.removeprefix("w_")) not in found}
    elif not near:
        near = _alike(connection, word)
    if not near:
        return None
    best = min(near, key=lambda term: (-near[term], term))
    return best.removeprefix("w_") if best.startswith("w_") else _as_written(connection, best)


def _papers(connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
    """In how many papers each of ``terms`` stands; those that stand in none are left out."""
    found = connection.execute(
        "SELECT term, doc FROM json_each(?) AS asked CROSS JOIN search_words ON search_words.term = asked.value",
        (json.dumps(sorted(set(terms))),),
    )
    return dict(found.fetchall())


def _one_change(word: str) -> Iterator[str]:
    """Every word that is one missing, doubled, wrong or swapped letter away."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            for letter in _LETTERS:
                yield head + letter + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail


def _alike(connection: sqlite3.Connection, word: str) -> dict[str, int]:
    """Of the words that begin with the same two letters those most alike, with the papers each stands in."""
    forms = {}
    for start in (word[:2], "w_" + word[:2]):
        found = connection.execute("SELECT term, doc FROM search_words WHERE term >= ? AND term < ?", (start, start + chr(0x10FFFF)))
        for term, papers in found:
            plain = term.removeprefix("w_")
            if "_" not in plain and abs(len(plain) - len(word)) <= 3:
                forms[term] = papers
    by_word = {term.removeprefix("w_"): term for term in forms}
    close = get_close_matches(word, by_word, n=_PROPOSALS, cutoff=_ALIKE)
    # Much used words win, but only over others about as near.
    return {by_word[found]: forms[by_word[found]] // (1 + rank) + 1 for rank, found in enumerate(close)}


def _as_written(connection: sqlite3.Connection, root: str) -> str:
    """``root`` itself when some paper writes it so, else the form of it that most papers write."""
    start = "w_" + root[: max(len(root) - 2, 2)]
    found = connection.execute("SELECT term, doc FROM search_words WHERE term >= ? AND term < ?", (start, start + chr(0x10FFFF)))
    forms = {term: papers for term, papers in found if stem(term.removeprefix("w_")) == root}
    if not forms:
        return root
    others = " OR ".join(map(quote, forms))
    itself = connection.execute("SELECT 1 FROM search WHERE search MATCH ? LIMIT 1", (f"{quote(root)} NOT ({others})",)).fetchone()
    return root if itself else min(forms, key=lambda term: (-forms[term], term)).removeprefix("w_")
