"""Search and similar papers against judgements, beside plain BM25 of the full-text engine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from bot.domain.papers import Paper
from bot.domain.queries import Query
from bot.ports import SearchPage, Store
from bot.query.language import MAX_TERMS, any_words, parse_query
from bot.store import open_store
from tests.eval.data import lines, ndcg, recall

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_TODAY = date(2026, 1, 1)
_WORD = re.compile(r"[a-z0-9]+")
#: Before the machine counts as too busy to measure anything.
_TRIES = 20


async def cranfield(data: Path, scratch: Path) -> dict[str, tuple[float, float]]:
    """Measure to plain BM25 and ours. A question is asked as typed; papers with all its words are few or none, so that
    what is ranked is the answer to any of its words."""
    docs, queries = lines(data / "cranfield" / "docs.jsonl.gz"), lines(data / "cranfield" / "queries.jsonl.gz")
    store, rows = await _filled(scratch / "cranfield.db", docs)
    try:
        ours = {}
        for query in queries:
            exact = parse_query(_typed(query["query"]))
            question = any_words(exact) or exact
            page = await _answered(store, question)
            ours[query["query_id"]] = [rows[stored.row] for stored, _ in page.hits]
    finally:
        await store.close()
    with closing(_plain(docs)) as plain:
        theirs = {query["query_id"]: _plainly(plain, query["query"], 100) for query in queries}
    return {
        "nDCG@10": _means((ndcg(way[query["query_id"]], query["relevant"]) for query in queries) for way in (theirs, ours)),
        "recall@100": _means((recall(way[query["query_id"]], query["relevant"]) for query in queries) for way in (theirs, ours)),
    }


async def csfcube(data: Path, scratch: Path) -> dict[str, tuple[float, float]]:
    """More like this, the pool that was judged in the order of the answer."""
    docs, queries = lines(data / "csfcube" / "docs.jsonl.gz"), lines(data / "csfcube" / "queries.jsonl.gz")
    store, rows = await _filled(scratch / "csfcube.db", docs)
    by_id, texts = {one: row for row, one in rows.items()}, {doc["id"]: f"{doc['title']} {doc['abstract'] or ''}" for doc in docs}
    ours, theirs = {}, {}
    try:
        with closing(_plain(docs)) as plain:
            for query in queries:
                of = query["query_paper"]
                found = await store.similar(by_id[of], limit=len(docs))
                ours[query["query_id"]] = _within([rows[stored.row] for stored in found], query)
                theirs[query["query_id"]] = _within(_plainly(plain, texts[of], len(docs)), query)
    finally:
        await store.close()
    return {"nDCG@10": _means((ndcg(way[query["query_id"]], query["relevance"]) for query in queries) for way in (theirs, ours))}


async def _filled(path: Path, docs: Iterable[Mapping[str, Any]]) -> tuple[Store, dict[int, str]]:
    """A store of the documents, and the id of each row."""
    store = await open_store(f"sqlite:{path}")
    papers = [Paper(keys=(f"judged:{doc['id']}",), title=doc["title"], abstract=doc["abstract"] or "", source="eval") for doc in docs]
    intake = await store.ingest(papers, at=_AT, match=lambda paper, of: ())
    return store, {row: doc["id"] for row, doc in zip(intake.rows, docs, strict=True)}


async def _answered(store: Store, question: Query) -> SearchPage:
    """In the order asked for: on a busy machine there may be no time for it at once, and newest first is no measure of anything."""
    for _ in range(_TRIES):
        page = await store.search(question, limit=100, today=_TODAY)
        if page.order != "new":
            return page
    raise RuntimeError(f"the machine is too busy to rank {question.canonical}")


def _typed(question: str) -> str:
    """Without marks and words that mean something to the query language, and no longer than it allows."""
    words = [word for word in dict.fromkeys(_WORD.findall(question.lower())) if word not in ("and", "or", "not")]
    return " ".join(words[:MAX_TERMS])


def _within(ranked: list[str], query: Mapping[str, Any]) -> list[str]:
    """The judged ones but the paper itself; those that were not found stand last."""
    pool = [one for one in query["relevance"] if one != query["query_paper"]]
    return [*(one for one in ranked if one in set(pool)), *(one for one in pool if one not in set(ranked))]


def _plain(docs: Iterable[Mapping[str, Any]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE plain USING fts5 (id UNINDEXED, title, abstract, tokenize = 'porter unicode61')")
    connection.executemany("INSERT INTO plain VALUES (?, ?, ?)", ((doc["id"], doc["title"], doc["abstract"] or "") for doc in docs))
    return connection


def _plainly(connection: sqlite3.Connection, text: str, limit: int) -> list[str]:
    question = " OR ".join(f'"{word}"' for word in dict.fromkeys(_WORD.findall(text.lower())))
    ranked = "SELECT id FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 0, 2, 1) LIMIT ?"
    return [one for (one,) in connection.execute(ranked, (question, limit))]


def _means(ways: Iterable[Iterable[float]]) -> tuple[float, float]:
    theirs, ours = (fmean(way) for way in ways)
    return theirs, ours
