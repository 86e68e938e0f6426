"""Stores larger than the corpus sample: every paper of it several times over, under other ids and other days.

The words, their frequencies in a paper and how often they meet are those of real papers; the vocabulary grows no further. Papers come
in by day, but for a few that come late, as in a store that somebody filled backwards.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from bot.domain.papers import Paper
from bot.store import open_store
from bot.store.sqlite.places import place
from bot.store.sqlite.rows import PAPER_COLUMNS, day_text, paper_values
from bot.text.analysis import ANALYZER_VERSION, terms
from bot.text.normalise import normalise

_SEED = 20260422
#: So many days at most lie between a paper and a copy of it.
_SPREAD = 400
#: One of so many papers comes in after all others, whatever its day.
_LATE = 40
_BATCH = 10_000
_COLUMNS = (*PAPER_COLUMNS, "sources", "filed", "first_seen", "id")


@dataclass(frozen=True, slots=True)
class _Base:
    day: date
    values: tuple[object, ...]
    #: Terms by column, the facets without those of ids.
    text: tuple[str, str, str, str, str]


async def build_scaled(path: Path, papers: Sequence[Paper], number: int, tell: Callable[[str], None] = lambda text: None) -> None:
    """A new store at ``path`` with ``number`` papers made of ``papers``, which are as a source gives them."""
    await (await open_store(f"sqlite:{path}")).close()
    bases = [base for paper in papers if (base := _base(normalise(paper)))]
    copies = list(_copies(bases, number))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for start in range(0, number, _BATCH):
            if start % 100_000 == 0:
                tell(f"{start:,} of {number:,} papers are in")
            connection.execute("BEGIN")
            _write(connection, bases, copies[start : start + _BATCH], start + 1)
            connection.execute("COMMIT")
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('analyzer', ?)", (str(ANALYZER_VERSION),))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def copies_of(papers: Sequence[Paper], number: int) -> Iterator[tuple[int, date, tuple[str, str, str, str, str]]]:
    """Row, day and terms by column of every paper that ``build_scaled`` writes, but for the terms of ids."""
    bases = [base for paper in papers if (base := _base(normalise(paper)))]
    for row, (day, index) in enumerate(_copies(bases, number), start=1):
        yield row, day, bases[index].text


def _base(paper: Paper) -> _Base | None:
    if paper.date is None:
        return None
    of = terms(paper)
    facets = [term for term in of.facets if not term.startswith("k_")]
    texts = (" ".join(of.title), " ".join(of.authors), " ".join(of.abstract), " ".join(of.comment), " ".join(facets))
    return _Base(paper.date, paper_values(paper), texts)


def _copies(bases: Sequence[_Base], number: int) -> Iterator[tuple[date, int]]:
    """Day and base of every paper, in the order they come in."""
    chance = Random(_SEED)
    last = max(base.day for base in bases)
    drawn = []
    for copy in range(number):
        index = copy % len(bases)
        day = bases[index].day if copy < len(bases) else bases[index].day + timedelta(days=chance.randint(-_SPREAD, _SPREAD))
        drawn.append((chance.randrange(_LATE) == 0, min(day, last), index))
    drawn.sort()
    for _, day, index in drawn:
        yield day, index


def _write(connection: sqlite3.Connection, bases: Sequence[_Base], copies: Sequence[tuple[date, int]], first: int) -> None:
    rows, index = [], []
    for row, (day, number) in enumerate(copies, start=first):
        base = bases[number]
        values = dict(zip(PAPER_COLUMNS, base.values, strict=True))
        values |= {"keys": json.dumps([f"bench:{row}"]), "submitted": day_text(day)}
        rows.append((*values.values(), '["arxiv"]', day_text(day), "2026-01-01T00:00:00.000000+00:00", row))
        title, authors, abstract, comment, facets = base.text
        index.append((place(row, day), title, authors, abstract, comment, f"{facets} k_bench_{row}"))
    connection.executemany(f"INSERT INTO papers ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})", rows)
    index.sort()
    connection.executemany("INSERT INTO search (rowid, title, authors, abstract, comment, facets) VALUES (?, ?, ?, ?, ?, ?)", index)
