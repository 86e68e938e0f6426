"""Papers like one paper: those that share its most telling words."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter

from bot.analysis import terms
from bot.domain.queries import Terms
from bot.store.sqlite.compile import quote
from bot.store.sqlite.places import place, row_of
from bot.store.sqlite.rows import load_papers, text_day
from bot.store.sqlite.scoring import BM25

#: Only so many of the newest rows are looked at: what is near in time is what a reader wants, and the time stays the same at any size.
_WINDOW = 50_000
#: How common a word is, is measured on so many of the newest rows, and counted no further than this.
_SAMPLE = 20_000
_COMMON = 1_000
#: So many words make the question.
_TELLING = 8
#: A word of the title counts as much as so many mentions in the abstract.
_TITLE_WEIGHT = 3
#: Only the most mentioned words are measured.
_MEASURED = 60


def similar_rows(connection: sqlite3.Connection, row: int, limit: int) -> list[int]:
    """Rows of papers like ``row``, most alike first, itself left out. Empty when nothing telling is shared."""
    stored = load_papers(connection, [row])[row]
    telling = _telling_words(connection, terms(stored.paper, stored.sources))
    if not telling:
        return []
    question = f"{{title abstract}} : ({' OR '.join(map(quote, telling))})"
    found = connection.execute(
        f"SELECT rowid, {BM25} AS rank_ FROM search WHERE search MATCH ? AND rowid > ? AND rowid <> ? ORDER BY rank_, rowid DESC LIMIT ?",
        (question, _floor(connection, _WINDOW), place(row, stored.paper.date), limit),
    )
    return [row_of(at) for at, _ in found]


def _floor(connection: sqlite3.Connection, papers: int) -> int:
    """The place above which the newest ``papers`` papers stand."""
    found = connection.execute("SELECT id, filed FROM papers ORDER BY filed DESC, id DESC LIMIT 1 OFFSET ?", (papers,)).fetchone()
    return place(found[0], text_day(found[1])) if found else 0


def _telling_words(connection: sqlite3.Connection, of: Terms) -> list[str]:
    """Words that this paper uses much and few others use, best first."""
    mentions = Counter(word for word in of.abstract if _is_word(word))
    for word in of.title:
        if _is_word(word):
            mentions[word] += _TITLE_WEIGHT
    floor = _floor(connection, _SAMPLE)
    sample = _SAMPLE if floor else int(connection.execute("SELECT count(*) FROM papers").fetchone()[0])
    weights = {}
    for word, count in mentions.most_common(_MEASURED):
        papers = _count(connection, word, floor)
        if 1 < papers < _COMMON:
            weights[word] = (1 + math.log(count)) * math.log(sample / papers + 1)
    return sorted(weights, key=lambda word: (-weights[word], word))[:_TELLING]


def _is_word(term: str) -> bool:
    return len(term) > 2 and not term.startswith("w_") and not term.isdigit()


def _count(connection: sqlite3.Connection, word: str, above: int) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? AND rowid > ? LIMIT {_COMMON})",
        (f"{{title abstract}} : {quote(word)}", above),
    )
    return int(found.fetchone()[0])
