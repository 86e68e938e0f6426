"""A damaged search index is built anew in the background; papers come in and deliveries go out meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.query.language import parse_query
from bot.store.sqlite.store import open_sqlite
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import claim, no_match
from tests.test_store_faults import TODAY, filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


DAMAGE = {
    "other bytes": "UPDATE search_data SET block = randomblob(length(block)) WHERE id > 1000",
    "no structure": "DELETE FROM search_data WHERE id = 10",
    "no blocks": "DROP TABLE search_data",
    "no settings": "DROP TABLE search_config",
}


def hurt(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(statement)


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_index_is_built_anew_while_search_answers_and_deliveries_go_on(path: Path, damage: str) -> None:
    await filled(path, papers=250)
    hurt(path, DAMAGE[damage])
    store = await open_sqlite(str(path), readers=2)
    try:
        page = await store.search(parse_query("paper"), limit=5, today=TODAY)
        assert len(page.hits) == 5
        assert page.more
        assert len(await claim(store)) == 1
        assert await store.closest_word("paperr") in (None, "paper", "papers")
        await store.rebuilt()
        page = await store.search(parse_query("title:number"), today=TODAY)
        assert (page.total, page.more) == (250, False)
        assert page.hits[0][1] > 0
        assert await store.check_search()
    finally:
        await store.close()


@pytest.mark.parametrize("damage", DAMAGE)
async def test_papers_come_in_though_the_index_is_damaged(path: Path, damage: str) -> None:
    papers = distinct_papers(260)
    store = await open_sqlite(str(path), readers=1)
    await store.ingest(papers[:250], at=NOON, match=no_match)
    await store.close()
    hurt(path, DAMAGE[damage])
    store = await open_sqlite(str(path), readers=1)
    try:
        assert (await store.ingest(papers, at=later(hours=1), match=no_match)).new == 10
        await store.check_search()
        await store.rebuilt()
        assert (await store.search(parse_query("title:number"), today=TODAY)).total == 260
        assert await store.check_search()
    finally:
        await store.close()


async def test_damage_that_search_does_not_notice_is_found_by_looking_thoroughly(path: Path) -> None:
    await filled(path, papers=150)
    hurt(path, "UPDATE search_data SET block = zeroblob(length(block)) WHERE id > 1000")
    store = await open_sqlite(str(path), readers=1)
    try:
        assert not await store.check_search()
        await store.rebuilt()
        assert await store.check_search()
        assert (await store.search(parse_query("title:number"), today=TODAY)).total == 150
    finally:
        await store.close()


async def test_a_rebuild_that_is_cut_off_is_finished_by_whoever_opens_next(path: Path) -> None:
    papers = distinct_papers(450)
    store = await open_sqlite(str(path), readers=1)
    await store.ingest(papers, at=NOON, match=no_match)
    await store.close()
    hurt(path, DAMAGE["no structure"])
    store = await open_sqlite(str(path), readers=1)
    await store.search(parse_query("paper"), today=TODAY)
    while not (done := await store._db.read(lambda c: c.execute("SELECT value FROM meta WHERE key = 'index_gap'").fetchone())):
        await asyncio.sleep(0)
    await store.close()
    assert done[0].endswith(" 450")
    store = await open_sqlite(str(path), readers=1)
    try:
        await store.rebuilt()
        assert (await store.search(parse_query("title:number"), today=TODAY)).total == 450
        assert await store.check_search()
    finally:
        await store.close()
