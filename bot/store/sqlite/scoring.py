"""What makes one match better than another."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from bot.store.sqlite.places import day_number, place, row_of
from bot.store.sqlite.rows import text_day

#: How much a match weighs by column, in the index: title, authors, abstract, comment, facets.
BM25 = "bm25(search, 4.0, 3.0, 1.0, 1.0, 0.0)"
#: The same for mentions that are counted in the text.
_TITLE, _AUTHORS = 4, 3
#: What being of today adds to a score; it halves each year. Enough to part equals, too little to lift a weak match over a good one.
_RECENCY = 0.1
_HALF_LIFE = 365.0
#: The usual constants of BM25: how soon a further mention counts for less, and how much the length of a text does.
_SATURATION = 1.2
_LENGTH = 0.75
#: Characters of an abstract of usual length.
_USUAL = 1000
#: Title, authors and the rest, a line each.
_TEXT = "lower(' ' || title || char(10, 32) || authors || char(10, 32) || abstract || ' ' || comment)"
#: Shorter beginnings of words are looked for at the beginning of a word only.
_LONG = 4
#: How common a word is, is measured on so many of the newest papers.
SAMPLE = 4_000
#: So many words are kept with what they tell.
_KEPT = 20_000
#: And for so many files at most.
_FILES = 8


def lift(at: int, today: date) -> float:
    """What the score of the paper at a place is multiplied by for its age."""
    day = day_number(at)
    return 1.0 if not day else 1.0 + _RECENCY * 0.5 ** (max(today.toordinal() - day, 0) / _HALF_LIFE)


def floor_of(connection: sqlite3.Connection, papers: int) -> int:
    """The place above which the newest ``papers`` papers stand; 0 when there are no more than those."""
    found = connection.execute("SELECT id, filed FROM papers ORDER BY filed DESC, id DESC LIMIT 1 OFFSET ?", (papers,)).fetchone()
    return place(found[0], text_day(found[1])) if found else 0


#: What is known already, by the file of the database, with the number of its last paper then. A few words less or more known change
#: nothing but the time.
_known: dict[str, tuple[int, dict[str, float]]] = {}


def _known_of(connection: sqlite3.Connection) -> dict[str, float]:
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM papers").fetchone()[0])
    then, known = _known.get(file, (-1, {}))
    if not file or len(known) > _KEPT or not then <= newest <= then + then // 50:
        known = {}
        if len(_known) >= _FILES:
            _known.clear()
        _known[file] = newest, known
    return known


def told_by(connection: sqlite3.Connection, expressions: Iterable[str]) -> dict[str, float]:
    """How much each full-text expression tells: the fewer of the newest papers it matches, the more. Kept until the papers have become
    a fiftieth more."""
    known, wanted = _known_of(connection), dict.fromkeys(expressions)
    if missing := [expression for expression in wanted if expression not in known]:
        floor = floor_of(connection, SAMPLE)
        size = SAMPLE if floor else int(connection.execute("SELECT count(*) FROM papers").fetchone()[0])
        for expression in missing:
            found = connection.execute("SELECT count(*) FROM search WHERE search MATCH ? AND rowid > ?", (expression, floor)).fetchone()
            known[expression] = tells(found[0], size)
    return {expression: known[expression] for expression in wanted}


def tells(holding: int, papers: int) -> float:
    """How much a word tells that ``holding`` of so many papers hold."""
    return math.log(1 + (papers - holding + 0.5) / (holding + 0.5))


def by_use(
    connection: sqlite3.Connection, places: Sequence[int], words: Mapping[str, float], today: date | None = None
) -> list[tuple[int, float]]:
    """``places`` with a score after BM25, best first. ``words``: beginnings of words, and how much each tells. With ``today`` the age
    of a paper counts a little.

    Mentions are counted as the letters stand in the text: by far quicker than its words, and near enough to order what matches anyway.
    """
    found = connection.execute(
        f"SELECT id, {_TEXT} FROM papers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([row_of(at) for at in places]),)
    )
    wanted = [(word if len(word) >= _LONG else f" {word}", weight) for word, weight in words.items()]
    scores = {row: _score(text, wanted) for row, text in found}
    ranked = [(scores.get(row_of(at), 0.0) * (lift(at, today) if today else 1.0), at) for at in places]
    ranked.sort(reverse=True)
    return [(at, score) for score, at in ranked]


def _score(text: str, wanted: Sequence[tuple[str, float]]) -> float:
    title = text.find("\n")
    authors = text.find("\n", title + 1)
    damping = _SATURATION * (1 - _LENGTH + _LENGTH * (len(text) - authors) / _USUAL)
    score = 0.0
    for word, weight in wanted:
        mentions = text.count(word)
        if mentions:
            mentions += (_TITLE - 1) * text.count(word, 0, title) + (_AUTHORS - 1) * text.count(word, title, authors)
            score += weight * mentions / (mentions + damping)
    return score
