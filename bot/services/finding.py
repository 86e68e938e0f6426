"""A paper by its key: from the library, and where it is not there, from the services that know such keys."""

from __future__ import annotations

import asyncio
import logging

from bot.domain.papers import StoredPaper
from bot.errors import SourceError
from bot.ports import Lookups, Store
from bot.services.ingest import Ingest

log = logging.getLogger(__name__)

#: Seconds that somebody who asks waits for a service.
PATIENCE = 8.0


class Finder:
    """What is fetched goes the way of every paper: cleaned, merged, matched and kept. It is no news to any channel."""

    def __init__(self, store: Store, ingest: Ingest, lookups: Lookups, *, patience: float = PATIENCE) -> None:
        self._store, self._ingest, self._lookups, self._patience = store, ingest, lookups, patience

    async def find(self, key: str) -> StoredPaper | None:
        """The stored paper of an identity key; ``None`` when nobody knows it, or nobody who could know it answers in time."""
        if stored := await self._store.paper(key):
            return stored
        try:
            async with asyncio.timeout(self._patience):
                paper = await self._lookups.paper(key)
        except (SourceError, TimeoutError) as error:
            log.warning("a paper could not be looked up", extra={"paper": key, "error": str(error) or "nobody answered in time"})
            return None
        if paper is None:
            return None
        await self._ingest.take(paper)
        return await self._store.paper(key)
