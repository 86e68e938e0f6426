"""A digest in a forum, from the outbox to the post: once, whatever goes wrong, although Discord keeps no nonce for posts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.deliveries import Occurrence, State, delivery_id
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.services.dispatch import Dispatcher
from bot.store.sqlite.store import SqliteStore
from tests.adapters.discord_rig import adapter_for
from tests.builders import a_card, distinct_papers, some_settings
from tests.fakes.clock import FakeClock
from tests.servers.discord import DiscordServer
from tests.servers.faults import FaultPlan

PARTS = 4


async def planned(store: SqliteStore, forum: Destination, at: FakeClock, *, threaded: bool) -> list[str]:
    """One digest in ``PARTS`` messages; their keys."""
    await store.add_channel(forum, some_settings(), next_at=at.now(), origin="chat")
    intake = await store.ingest(distinct_papers(1), at=at.now(), match=lambda paper, terms: [])
    messages = tuple(Message(cards=(replace(a_card(f"Paper {n}", n), tags=("cs.CL",)),), topic="4 new papers") for n in range(PARTS))
    occurrence = Occurrence(
        destination=forum, slot="2026-11-20", shown=((intake.rows[0], "x"),), rest=(), messages=messages, next_at=None, threaded=threaded
    )
    assert await store.enqueue(occurrence, at=at.now())
    return [delivery_id(forum, "2026-11-20", part) for part in range(PARTS)]


@pytest.mark.parametrize("threaded", [True, False])
@pytest.mark.parametrize("kind", ["500:before", "500:after", "503:after", "cut:before", "cut:after", "garbage:after", "late", "429"])
async def test_every_post_stands_once_whatever_goes_wrong(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, kind: str, threaded: bool
) -> None:
    async def at_once(seconds: float) -> None:
        """The library's pauses between its own tries."""
        await sleep(0)

    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", at_once)
    async with DiscordServer() as server:
        clock = FakeClock(server.now())
        adapter = adapter_for(server, clock=clock)
        await adapter.start()
        try:
            here = str(server.world.add_forum("reading", "cs.CL"))
            forum = await adapter.locate(Destination(platform="discord", address=here, tenant=f"discord:{server.world.guild}"))
            keys = await planned(store, forum, clock, threaded=threaded)
            server.faults = FaultPlan(3, 0.5, (kind,), on="all", late=20.0, patience=0.02, retry_after=1.0)
            for turn in range(150):
                # Every turn is a process of its own: nothing is remembered but what is on disk.
                await Dispatcher(store, clock, {"discord": adapter}, owner=f"process {turn}").drain()
                clock.advance(7)
                server.advance(7)
                if turn == 40:
                    assert server.faults is not None and server.faults.drawn.total(), "something went wrong"
                    server.faults = None
                if turn > 40 and {one.state for one in await store.deliveries()} == {State.SENT}:
                    break
            assert {one.state for one in await store.deliveries()} == {State.SENT}
            assert server.delivered() == {forum.address: keys}
            assert len(server.world.posts(forum.address)) == (1 if threaded else PARTS)
        finally:
            await adapter.close()
