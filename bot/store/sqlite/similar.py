"""Papers like one paper: those that share its most telling words."""

from __future__ import annotations

import sqlite3

from bot.store.sqlite.alike import gather, mentions_of, scored_by, texts_of, weighed
from bot.store.sqlite.compile import in_text
from bot.store.sqlite.places import place, row_of
from bot.store.sqlite.rows import load_papers
from bot.store.sqlite.scoring import floor_of

#: Only so many of the newest papers are looked at: what is near in time is what a reader wants, and the time stays the same at any size.
_WINDOW = 50_000
#: Only the most mentioned words are measured.
_MEASURED = 40
#: So many of them, the most telling, gather papers to compare with.
_GATHERING = 12
#: So many papers are read to be compared word by word.
_READ = 60


def similar_rows(connection: sqlite3.Connection, row: int, limit: int) -> list[int]:
    """Rows of papers like ``row``, most alike first, itself left out. Empty when nothing telling is shared."""
    stored = load_papers(connection, [row])[row]
    mentions = mentions_of(stored.paper.title, stored.paper.text)
    often = sorted((word for word in mentions if len(word) > 2 and not word.isdigit()), key=lambda word: (-mentions[word], word))
    weights = weighed(connection, {word: mentions[word] for word in often[:_MEASURED]}, in_text)
    itself, floor = place(row, stored.paper.date), floor_of(connection, _WINDOW)

    def holding(expression: str) -> tuple[str, list[str | int]]:
        return "FROM search WHERE search MATCH ? AND search.rowid > ? AND search.rowid <> ?", [expression, floor, itself]

    places = gather(connection, weights, in_text, holding, max(_READ, limit), words=_GATHERING)
    ranked = scored_by(texts_of(connection, places[:_READ]), weights)
    return [row_of(at) for at in [*(at for at, _ in ranked), *places[_READ:]][:limit]]
