"""The heartbeat. APScheduler only knocks; what is due is read from the store, so that a missed knock loses nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Heartbeat:
    """Sets ``knock`` every ``seconds``; whoever waits for it clears it and works in a task of its own."""

    def __init__(self, seconds: float) -> None:
        self.knock = asyncio.Event()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        # No grace limit and no overlap: after a blocked loop or a suspend it knocks once, at once.
        self._scheduler.add_job(
            self._beat, IntervalTrigger(seconds=seconds, timezone=UTC), coalesce=True, max_instances=1, misfire_grace_time=None
        )

    async def _beat(self) -> None:
        self.knock.set()

    def start(self) -> None:
        self.knock.set()
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
