"""What makes one match better than another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date

from bot.analysis import fold_text
from bot.store.sqlite.places import day_number, row_of

#: How much a match weighs by column: title, authors, abstract, comment, facets.
BM25 = "bm25(search, 4.0, 3.0, 1.0, 1.0, 0.0)"
_TITLE_WEIGHT = 4
#: What being of today adds to a score; it halves each year. Enough to part equals, too little to lift a weak match over a good one.
_RECENCY = 0.1
_HALF_LIFE = 365.0
#: The usual constants of BM25: how soon a further mention counts for less, and how much the length of a text does.
_SATURATION = 1.2
_LENGTH = 0.75
#: Characters of an abstract of usual length.
_USUAL = 1000
#: Shorter beginnings of words are looked for at the beginning of a word only.
_LONG = 4


def lift(at: int, today: date) -> float:
    """What the score of the paper at a place is multiplied by for its age."""
    day = day_number(at)
    return 1.0 if not day else 1.0 + _RECENCY * 0.5 ** (max(today.toordinal() - day, 0) / _HALF_LIFE)


def by_use(connection: sqlite3.Connection, places: Sequence[int], beginnings: Sequence[str], today: date) -> list[tuple[int, float]]:
    """``places`` with a score after BM25, best first. The words count alike: of words that stand in thousands of papers none tells more.

    Mentions are counted as the letters stand in the text: by far quicker than its words, and near enough to order what matches anyway.
    """
    found = connection.execute(
        "SELECT id, title, abstract FROM papers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([row_of(at) for at in places]),)
    )
    wanted = [word if len(word) >= _LONG else f" {word}" for word in beginnings]
    scores = {row: _score(fold_text(f" {title}"), fold_text(f" {abstract}"), wanted) for row, title, abstract in found}
    ranked = [(at, scores.get(row_of(at), 0.0) * lift(at, today)) for at in places]
    return sorted(ranked, key=lambda entry: (-entry[1], -entry[0]))


def _score(title: str, abstract: str, wanted: Sequence[str]) -> float:
    damping = _SATURATION * (1 - _LENGTH + _LENGTH * len(abstract) / _USUAL)
    score = 0.0
    for word in wanted:
        mentions = _TITLE_WEIGHT * title.count(word) + abstract.count(word)
        score += mentions / (mentions + damping)
    return score
