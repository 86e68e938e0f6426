"""Names of authors, categories and organisations with how many papers have each: kept up to date by differences."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter

from bot.domain.papers import Paper
from bot.text.analysis import words

#: Kind and name to how many papers more (or fewer) have it.
Counts = Counter[tuple[str, str]]


def count_names(counts: Counts, paper: Paper, by: int) -> None:
    """Add ``by`` for each name of ``paper``."""
    for name in {author.name for author in paper.authors}:
        counts["author", name] += by
    for name in set(paper.categories):
        counts["category", name] += by
    for name in set(paper.organisations):
        counts["organisation", name] += by


def write_counts(connection: sqlite3.Connection, counts: Counts) -> None:
    changes = {name: change for name, change in counts.items() if change}
    if not changes:
        return
    found = connection.execute(
        "SELECT n.kind, n.name, n.id FROM json_each(?) AS w JOIN names AS n ON n.kind = w.value ->> 0 AND n.name = w.value ->> 1",
        (json.dumps(list(changes)),),
    )
    known = {(kind, name): number for kind, name, number in found}
    connection.executemany("UPDATE names SET papers = papers + ? WHERE id = ?", ((changes[name], number) for name, number in known.items()))
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM names").fetchone()[0]
    fresh = list(enumerate((name for name in changes if name not in known), start=first))
    connection.executemany(
        "INSERT INTO names (id, kind, name, papers) VALUES (?, ?, ?, ?)", ((number, *name, changes[name]) for number, name in fresh)
    )
    connection.executemany(
        "INSERT OR IGNORE INTO name_words (kind, word, name_id) VALUES (?, ?, ?)",
        sorted((name[0], word, number) for number, name in fresh for word in words(name[1])),
    )
