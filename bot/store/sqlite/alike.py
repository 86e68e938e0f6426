"""The papers that share most of the telling words with a text: with a question of many words, or with a paper.

Papers that hold some of the most telling words are gathered from the index; the best of them are read and scored by all the words. The
words that lead the first few of them are then added to the question with less weight, because what is about the same thing often says it
in other words.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest

from bot.store.sqlite.places import row_of
from bot.store.sqlite.scoring import tells, told_by
from bot.text.analysis import stem, words

#: So many of the most telling words gather papers, each the newest so many that hold it.
_GATHERING = 20
_GATHERED = 500
#: A mention in the title counts as so many in the abstract.
TITLE_WEIGHT = 3
#: How soon a further mention counts for less, and how much the length of a text does.
_SATURATION = 1.5
_LENGTH = 0.75
#: Words of a title and an abstract of usual length.
_USUAL = 150
#: So many words of so many of the best papers are added to the question; the first of them weighs so much.
_MODELS = 5
_ADDED = 30
_ADDED_WEIGHT = 0.5

#: Words with how often they are mentioned.
Mentions = Mapping[str, float]
#: A word as a full-text expression; a full-text expression as FROM and WHERE with its values.
Expression = Callable[[str], str]
Holding = Callable[[str], tuple[str, list[str | int]]]


def mentions_of(title: str, abstract: str) -> dict[str, int]:
    """The stems of a paper."""
    found = Counter(map(stem, words(abstract)))
    for word in map(stem, words(title)):
        found[word] = found.get(word, 0) + TITLE_WEIGHT
    return found


def weighed(connection: sqlite3.Connection, asked: Mentions, expression: Expression) -> dict[str, float]:
    """How much each word of a text counts: often mentioned there, seldom in other papers."""
    told = told_by(connection, map(expression, asked))
    return {word: (1 + math.log(count)) * told[expression(word)] for word, count in asked.items()}


def gather(
    connection: sqlite3.Connection, weights: Mentions, expression: Expression, holding: Holding, number: int, words: int = _GATHERING
) -> list[int]:
    """Places of papers that hold some of the most telling words, those of most weight first."""
    gathered: defaultdict[int, float] = defaultdict(float)
    for word in sorted(weights, key=lambda word: (-weights[word], word))[:words]:
        source, values = holding(expression(word))
        question = f"SELECT json_group_array(at) FROM (SELECT search.rowid AS at {source} ORDER BY search.rowid DESC LIMIT ?)"
        weight = weights[word]
        for at in json.loads(connection.execute(question, (*values, _GATHERED)).fetchone()[0]):
            gathered[at] += weight
    return [at for _, at in nlargest(number, zip(gathered.values(), gathered, strict=True))]


def answers(
    connection: sqlite3.Connection, asked: Mentions, expression: Expression, holding: Holding, *, read: int, wanted: int
) -> list[tuple[int, float]]:
    """Places with scores, best first: the best of those that hold some words of a question. So many as ``read`` are read and scored, once
    by the question and once by the question with what its best answers add; further ones follow up to ``wanted``."""
    weights = weighed(connection, asked, expression)
    places = gather(connection, weights, expression, holding, max(read, wanted))
    texts = texts_of(connection, places[:read])
    scored = scored_by(texts, _widened(connection, texts, scored_by(texts, weights), weights, expression))
    return [*scored, *((at, 0.0) for at in places[read:])]


def texts_of(connection: sqlite3.Connection, places: Sequence[int]) -> dict[int, dict[str, int]]:
    """The words of the papers at ``places``."""
    found = connection.execute(
        "SELECT id, title, coalesce(nullif(abstract, ''), summary) FROM papers WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([row_of(at) for at in places]),),
    )
    by_row = {row: mentions_of(title, abstract) for row, title, abstract in found}
    return {at: by_row[row_of(at)] for at in places if row_of(at) in by_row}


def scored_by(texts: Mapping[int, dict[str, int]], weights: Mentions) -> list[tuple[int, float]]:
    """Places with scores after BM25, best first."""
    scores = []
    for at, text in texts.items():
        damping = _SATURATION * (1 - _LENGTH + _LENGTH * sum(text.values()) / _USUAL)
        shared = weights.keys() & text.keys()
        scores.append((at, sum(weights[word] * text[word] / (text[word] + damping) for word in shared)))
    return sorted(scores, key=lambda entry: (-entry[1], -entry[0]))


def _widened(
    connection: sqlite3.Connection,
    texts: Mapping[int, dict[str, int]],
    scored: Sequence[tuple[int, float]],
    weights: Mentions,
    expression: Expression,
) -> dict[str, float]:
    """``weights`` and the words that lead the best texts."""
    leading: defaultdict[str, float] = defaultdict(float)
    for at, score in scored[:_MODELS]:
        total = sum(texts[at].values())
        for word, count in texts[at].items():
            if len(word) > 2:
                leading[word] += score * count / total
    # Which are worth asking the index about, the texts at hand tell nearly as well.
    holders = Counter(word for text in texts.values() for word in text.keys() & leading.keys())
    likely = sorted(leading, key=lambda word: (-leading[word] * tells(holders[word], len(texts)), word))[: 2 * _ADDED]
    told = told_by(connection, map(expression, likely))
    value = {word: leading[word] * told[expression(word)] for word in likely}
    chosen = sorted(value, key=lambda word: (-value[word], word))[:_ADDED]
    wider = dict(weights)
    for word in chosen:
        wider[word] = wider.get(word, 0.0) + _ADDED_WEIGHT * value[word] / value[chosen[0]] * told[expression(word)]
    return wider
