"""The query language: what search finds and what a standing rule matches are the same papers, and nothing typed breaks anything."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

from bot.clock import SystemClock
from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Query, Terms
from bot.errors import BadInput
from bot.matching.matcher import Matcher
from bot.ports import Store
from bot.query.evaluation import matches
from bot.query.language import MAX_CHARACTERS, parse_query
from bot.query.stored import parse_stored
from bot.store import open_store
from bot.store.sqlite.compile import compile_query
from bot.store.sqlite.search import BUDGET, FALLBACK_BUDGET
from bot.text.analysis import terms
from bot.text.normalise import normalise
from tests.bench.corpus import VARIABLE, corpus_file, load_papers, load_text, spread
from tests.queries import TODAY, random_paper
from tests.torture.bench import Bench, Watch
from tests.torture.questions import Questions, Strings
from tests.torture.report import Row

PAIRS, STRINGS = 500_000, 1_000_000
#: Papers made up of few words, and real ones, where there are any.
_MADE, _REAL = 150, 350
#: One of so many queries that were read is searched for, too.
_SEARCHED = 200
#: A string of so many is kept for the report.
_SHOWN = 5
#: Longer than this nobody's text may take to read, whatever it is.
_READING = 0.5

Library = list[tuple[StoredPaper, Terms]]


async def parity(bench: Bench) -> list[Row]:
    return [await asyncio.to_thread(asyncio.run, compare(bench.folder, bench.seed, PAIRS, some_papers(bench.seed)))]


async def hostile(bench: Bench) -> list[Row]:
    return [await asyncio.to_thread(asyncio.run, strain(bench.folder, bench.seed, STRINGS, some_papers(bench.seed)))]


def made_papers(seed: int, number: int = _MADE) -> list[Paper]:
    random = Random(f"{seed} papers")
    return [normalise(random_paper(random, index)) for index in range(number)]


def some_papers(seed: int) -> list[Paper]:
    """Made up ones, and real ones where PAPERCRIER_TEST_DATA names some."""
    made = made_papers(seed)
    if not os.environ.get(VARIABLE):
        return made
    return [*made, *map(normalise, spread(load_papers(load_text(corpus_file())), _REAL))]


async def filled(folder: Path, papers: Sequence[Paper]) -> tuple[Store, Library]:
    folder.mkdir(parents=True, exist_ok=True)
    store = await open_store(f"sqlite:{folder / 'papers.db'}")
    intake = await store.ingest(papers, at=SystemClock().now(), match=lambda paper, found: ())
    kept = await store.papers(sorted(set(intake.rows)))
    return store, [(stored, terms(stored.paper, stored.sources)) for stored in kept]


# --- search and matcher ----------------------------------------------------------------------------------------------


async def compare(folder: Path, seed: int, pairs: int, papers: Sequence[Paper]) -> Row:
    """At least ``pairs`` of a random query and a paper: found exactly when it matches, by the matcher and by the query's tree."""
    watch, random = Watch(), Random(f"{seed} parity")
    store, library = await filled(folder / "parity", papers)
    problems: list[str] = []
    try:
        queries = _readable(Questions(random, papers), pairs // len(library) + 1)
        matcher = Matcher()
        for number, query in enumerate(queries):
            matcher.add(number, query)
        matched: list[set[int]] = [set() for _ in queries]
        for stored, of in library:
            for hit in matcher.match(stored.paper, of, TODAY):
                matched[hit.rule].add(stored.row)
        answered = 0
        for number, query in enumerate(queries):
            page = await store.search(query, sort="new", limit=len(library), today=TODAY)
            found = {stored.row for stored, _ in page.hits}
            tree = {stored.row for stored, of in library if matches(query, stored.paper, of, TODAY)}
            answered += bool(found)
            if not found == tree == matched[number]:
                problems.append(f"{query.canonical}: found {len(found)}, matched {len(matched[number])}, by its tree {len(tree)}")
    finally:
        await store.close()
    return Row(
        case="what search finds is what the rule matches",
        checks=len(queries) * len(library),
        seconds=watch.seconds,
        note=f"{len(queries):,} queries × {len(library):,} papers; {answered / len(queries):.0%} find something",
        problems=tuple(problems[:_SHOWN]),
    )


def _readable(questions: Questions, number: int) -> list[Query]:
    found: dict[str, Query] = {}
    while len(found) < number:
        try:
            query = parse_query(questions.draw())
        except BadInput:
            continue
        found[query.canonical] = query
    return list(found.values())


# --- hostile strings -------------------------------------------------------------------------------------------------


async def strain(folder: Path, seed: int, number: int, papers: Sequence[Paper]) -> Row:
    """Each string is a query, which prints, reads back and compiles, or one clear refusal; some are searched for."""
    watch, random = Watch(), Random(f"{seed} strings")
    strings, told = Strings(random, papers), Counter[str]()
    problems: list[str] = []
    slowest = 0.0
    store, _ = await filled(folder / "strings", papers)
    try:
        for _ in range(number):
            text = strings.draw()
            began = time.thread_time()
            try:
                query = read(text, TODAY)
            except Exception as error:  # whatever it is, it is one too many
                problems.append(f"{text[:80]!r}: {type(error).__name__}: {error}")
                continue
            slowest = max(slowest, time.thread_time() - began)
            told["refused" if query is None else "read"] += 1
            if query is not None and told["read"] % _SEARCHED == 0:
                told["searched"] += 1
                problems += await _searched(store, query)
    finally:
        await store.close()
    if slowest > _READING:
        problems.append(f"one string took {slowest:.2f} s to read")
    return Row(
        case="strings that nobody should type",
        checks=number,
        seconds=watch.seconds,
        note=f"{told['read']:,} read, {told['refused']:,} refused, {told['searched']:,} searched; slowest {slowest * 1e3:.0f} ms",
        problems=tuple(problems[:_SHOWN]),
    )


def read(text: str, today: date) -> Query | None:
    """``text`` as a query that was looked at from all sides, or ``None`` for one that was refused as it has to be."""
    try:
        query = parse_query(text)
    except BadInput as refused:
        if not refused.message or not refused.next_step or not 0 <= (refused.position or 0) <= len(text):
            raise AssertionError(f"refused without a place and a repair: {refused!r}") from refused
        return None
    if len(query.canonical) > MAX_CHARACTERS or "\0" in query.canonical:
        raise AssertionError(f"printed as {query.canonical!r}")
    for printed in (query.canonical, query.shown):
        again = parse_query(printed)
        if again != query or again.canonical != query.canonical:
            raise AssertionError(f"{printed!r} reads back as {again.canonical!r}")
    if parse_stored(query.canonical) != query:
        raise AssertionError(f"{query.canonical!r} reads back from the store as another query")
    compile_query(query.tree, today)
    return query


async def _searched(store: Store, query: Query) -> list[str]:
    began = time.monotonic()
    try:
        page = await store.search(query, sort="best", today=TODAY)
        if page.total < len(page.hits):
            return [f"{query.canonical}: {len(page.hits)} papers of {page.total}"]
    except Exception as error:
        return [f"{query.canonical}: {type(error).__name__}: {error}"]
    seconds = time.monotonic() - began
    return [f"{query.canonical}: {seconds:.1f} s"] if seconds > 2 * (BUDGET + FALLBACK_BUDGET) else []
