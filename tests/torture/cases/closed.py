"""Channels whose history is closed to the bot: what is in doubt is held, not guessed, and settled once it may look."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from tests.torture.bench import Bench, Watch
from tests.torture.ledger import select
from tests.torture.report import Row
from tests.torture.world import World

_OPEN = """
    SELECT 1 FROM deliveries d WHERE state IN ('claimed', 'sending') OR (state = 'pending'
        AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.id = d.parent AND p.state = 'held')) LIMIT 1
"""


def _at_rest(world: World) -> bool:
    """Nothing is left to do but what waits for somebody to open the history."""
    try:
        return not select(world.path, _OPEN)
    except sqlite3.OperationalError:
        return False


async def closed_history(bench: Bench) -> list[Row]:
    watch = Watch()
    async with bench.world("closed-history") as world:
        await world.add_channels(20)
        scopes = set(world.slack.scopes)
        world.slack.scopes -= {"channels:history"}
        for channel in world.channels:
            if channel.platform == "discord":
                world.discord.world.deny(channel.address, read_message_history=True)
        await world.enqueue(max(60, min(200, bench.deliveries // 20)))
        spoilt = world.spoil(0.4, kinds=["cut:after", "cut:before"])
        life = await world.bear()
        await world.until(lambda: spoilt.injected >= 20, seconds=20)
        await life.kill()
        spoilt.quiet()
        await world.pass_time(7200)  # no nonce is remembered any more: only the history knows
        life = await world.bear()
        rested = await world.until(lambda: _at_rest(world), seconds=60)
        await world.stop(life)
        held, before = world.states()["held"], world.verdict()
        problems = [] if rested else [f"not at rest: {dict(world.states())}"]
        if not held:
            problems.append("nothing was held")
        if before.repeated:
            problems.append(f"{before.repeated} repeated while the history was closed")
        world.slack.scopes = scopes
        for channel in world.channels:
            if channel.platform == "discord":
                world.discord.world.grant(channel.address)
        if not await world.finish(seconds=90) or world.states()["held"]:
            problems.append(f"not settled: {dict(world.states())}")
        # What is held does not hold up what comes after it: that one order is given up, on purpose.
        verdict = world.verdict()
        row = Row(
            case="history closed, opened later",
            deliveries=len(world.expected),
            kills=1,
            faults=spoilt.injected,
            verdict=replace(verdict, out_of_order=0),
            seconds=watch.seconds,
            note=f"{held} held, {verdict.out_of_order} of them came after later ones",
            problems=tuple(problems),
        )
        if row.good:
            bench.done(world)
        return [row]
