"""Names for what is being typed: within milliseconds, among a million.

What begins with a rare word is looked up by that word and sorted. What begins with a common one is found among the names that most
papers have, in their order; where that does not bring enough, the first of the others follow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from bot.text.analysis import words

#: Names that are looked at for one answer: by a rare word, in the order of their papers, and by the rarest of several common words.
FEW, POPULAR, MANY = 2_500, 5_000, 4_000
_PAGE = 1_000
_LAST_CHARACTER = chr(0x10FFFF)

Counted = tuple[str, int]

_RANGE = "FROM name_words WHERE kind = ? AND word >= ? AND word < ?"
_LISTED = "SELECT name, papers FROM names WHERE kind = ? AND papers > 0 ORDER BY papers DESC, name LIMIT ?"
_BEGUN = f"SELECT n.name, n.papers FROM (SELECT name_id {_RANGE} LIMIT ?) AS w CROSS JOIN names AS n ON n.id = w.name_id WHERE n.papers > 0"
_REST = (
    "SELECT n.name, n.papers FROM name_words AS w CROSS JOIN names AS n ON n.id = w.name_id "
    "WHERE w.kind = ? AND w.word >= ? AND w.word < ? AND n.papers BETWEEN 1 AND 4 LIMIT ?"
)
_POPULAR = "SELECT name, papers FROM names INDEXED BY names_popular WHERE kind = ? AND papers > 4 ORDER BY papers DESC LIMIT ?"


def names_begun(connection: sqlite3.Connection, kind: str, begun: Sequence[str], limit: int) -> list[Counted]:
    """Names that have a word beginning with each of ``begun``, those of most papers first; all of them where nothing is typed."""
    if not begun:
        return [(name, papers) for name, papers in connection.execute(_LISTED, (kind, limit))]
    ranges = [(kind, word, word + _LAST_CHARACTER) for word in begun]
    sizes = [connection.execute(f"SELECT count(*) FROM (SELECT 1 {_RANGE} LIMIT {MANY})", one).fetchone()[0] for one in ranges]
    size, leading = min(zip(sizes, ranges, strict=True))
    if size <= FEW:
        return _best(_fitting(connection.execute(_BEGUN, (*leading, FEW)), begun), limit)
    found = _popular(connection, kind, begun, limit)
    if len(found) < limit and len(ranges) > 1:
        found += _fitting(connection.execute(_BEGUN, (*leading, MANY)), begun)
    elif len(found) < limit:
        found += _fitting(connection.execute(_REST, (*leading, FEW)), begun)
    return _best(found, limit)


def _popular(connection: sqlite3.Connection, kind: str, begun: Sequence[str], limit: int) -> list[Counted]:
    found: list[Counted] = []
    cursor = connection.execute(_POPULAR, (kind, POPULAR))
    while len(found) < limit and (page := cursor.fetchmany(_PAGE)):
        found += _fitting(page, begun)
    return found


def _fitting(names: Iterable[Sequence[str | int]], begun: Sequence[str]) -> list[Counted]:
    found = []
    for name, papers in names:
        text = str(name)
        folded = text.lower()
        # Letters with marks are folded to others: only plain names can be ruled out by a look.
        if text.isascii() and not all(beginning in folded for beginning in begun):
            continue
        own = words(text)
        if all(any(word.startswith(beginning) for word in own) for beginning in begun):
            found.append((text, int(papers)))
    return found


def _best(names: Iterable[Counted], limit: int) -> list[Counted]:
    return sorted(set(names), key=lambda one: (-one[1], one[0]))[:limit]
