"""The search index is a cache: when it is damaged it is built anew in the background, and everything else goes on."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Sequence
from datetime import date, datetime

from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Query
from bot.errors import PapercrierError, StoreError
from bot.ports import Intake, Match, SearchPage, Sort
from bot.query.evaluation import matches
from bot.store.sqlite.index import begin_rebuild, check_index, go_on_rebuilding, is_whole
from bot.store.sqlite.lookup import Lookup
from bot.store.sqlite.papers import Papers
from bot.store.sqlite.rows import load_paper
from bot.store.sqlite.search import Search
from bot.store.sqlite.trouble import IndexUnusable, is_damage
from bot.text.analysis import terms

log = logging.getLogger(__name__)

#: Papers added to a new index in one transaction: a delivery waits for so many at most.
_STEP = 100
#: Seconds that a search without an index may read papers, newest first.
_PLAIN_BUDGET = 1.0


class Healing(Papers, Search, Lookup):
    """``bot.ports.PaperStore``, with an index that may break."""

    _rebuild: asyncio.Task[None] | None = None

    async def search(self, query: Query, *, sort: Sort = "best", limit: int = 10, offset: int = 0, today: date) -> SearchPage:
        """See ``bot.ports``. Without an index the newest papers are read one by one, as far as the time allows."""
        try:
            return await super().search(query, sort=sort, limit=limit, offset=offset, today=today)
        except IndexUnusable as error:
            self._heal(damaged=error.__cause__ is not None)
        except StoreError as error:
            self._suspect(error)
            raise
        return await self._db.read(lambda connection: _plain_page(connection, query, limit, offset, today))

    async def histogram(self, query: Query, *, since: date, today: date) -> dict[date, int]:
        """See ``bot.ports``. ``StoreError`` while the index is being built anew."""
        try:
            return await super().histogram(query, since=since, today=today)
        except IndexUnusable as error:
            self._heal(damaged=error.__cause__ is not None)
            raise

    async def similar(self, row: int, *, limit: int) -> list[StoredPaper]:
        try:
            return await super().similar(row, limit=limit)
        except IndexUnusable as error:
            self._heal(damaged=error.__cause__ is not None)
        except StoreError as error:
            self._suspect(error)
        return []

    async def closest_word(self, word: str) -> str | None:
        try:
            return await super().closest_word(word)
        except IndexUnusable as error:
            self._heal(damaged=error.__cause__ is not None)
        except StoreError as error:
            self._suspect(error)
        return None

    async def ingest(self, papers: Sequence[Paper], *, at: datetime, match: Match) -> Intake:
        """See ``bot.ports``. A damaged index holds nothing up: papers come in, and are indexed by and by."""
        try:
            return await super().ingest(papers, at=at, match=match)
        except IndexUnusable:
            await self._db.write(begin_rebuild)
            self._heal()
        return await super().ingest(papers, at=at, match=match)

    async def check_search(self) -> bool:
        try:
            await self._db.write(check_index)
        except StoreError as error:
            if not isinstance(error, IndexUnusable) and not is_damage(error.__cause__):
                raise
            self._heal(damaged=True)
            return False
        return await self._db.read(is_whole)

    async def rebuilt(self) -> None:
        """Wait until a rebuild under way is done."""
        if self._rebuild:
            await asyncio.wait((self._rebuild,))

    def _suspect(self, error: StoreError) -> None:
        """Damage met while searching may be of the index or of the file: the index is looked through to know."""
        if is_damage(error.__cause__):
            self._heal()

    def _heal(self, *, damaged: bool = False) -> None:
        """Build the index anew in the background, if it has to be and nobody does already. ``damaged``: it is known to be."""
        if self._db.writable and (self._rebuild is None or self._rebuild.done()):
            self._rebuild = asyncio.create_task(self._build(damaged=damaged))

    async def _build(self, *, damaged: bool) -> None:
        try:
            if damaged or (await self._db.read(is_whole) and not await self._is_sound()):
                log.warning("the search index is damaged and is built anew")
                await self._db.write(begin_rebuild)
            while await self._db.write(lambda connection: go_on_rebuilding(connection, _STEP)):
                pass  # other writers have their turn in between
        except PapercrierError as error:
            log.error("the search index could not be built anew", extra={"error": str(error)})

    async def _is_sound(self) -> bool:
        try:
            await self._db.write(check_index)
        except StoreError:
            return False
        return True

    async def stop_healing(self) -> None:
        """What is built so far stays; the next one to open the store goes on from there."""
        if self._rebuild:
            self._rebuild.cancel()
            await asyncio.gather(self._rebuild, return_exceptions=True)


def _plain_page(connection: sqlite3.Connection, query: Query, limit: int, offset: int, today: date) -> SearchPage:
    """Papers that match, newest first, read one by one until the page is full or the time is up."""
    deadline = time.perf_counter() + _PLAIN_BUDGET
    found: list[StoredPaper] = []
    more = False
    for row in connection.execute("SELECT * FROM papers ORDER BY filed DESC, id DESC"):
        if len(found) > offset + limit or time.perf_counter() > deadline:
            more = True
            break
        stored = load_paper(row)
        if matches(query, stored.paper, terms(stored.paper, stored.sources), today):
            found.append(stored)
    return SearchPage(total=len(found), more=more, hits=tuple((one, 0.0) for one in found[offset : offset + limit]))
