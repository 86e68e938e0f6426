"""Commands in chat: how soon each is acknowledged, and how soon its answer is there, through the platforms' real libraries.

Commands come at a steady pace, whether or not the ones before were answered. The loopback servers and their people run in the same
process and on the same loop as the bot, so what is measured is more than the bot alone takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from adapters.discord import DiscordAdapter, DiscordSettings
from adapters.slack import SlackAdapter, SlackSettings
from bot.clock import SystemClock
from bot.domain.messages import Message
from bot.domain.papers import Paper
from bot.domain.subscriptions import Destination
from bot.grammar import parse_command
from bot.ports import Handler, Store
from bot.secret import Secret
from bot.services.interactions import Interactions
from tests.bench.corpus import Drawn
from tests.bench.figures import Row, percentile
from tests.bench.ingest import ListSource, ready_ingest
from tests.servers.discord import DiscordServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_parts import Posted

GROUP = "commands in chat"
#: Commands a second, on each platform.
PACE = 50
#: Seconds that the last answers may take.
_PATIENCE = 30.0
_MILLI = 1e3


@dataclass(slots=True)
class Taken:
    """Seconds from the moment a command was sent: to its acknowledgement, to its whole private answer."""

    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def rows(self, platform: str, meanwhile: str) -> list[Row]:
        told = (
            ("acknowledged", self.acknowledged, (50, 99)),
            ("answered in full", self.answered, (50, 95)),
        )
        return [
            Row(
                group=GROUP,
                name=f"{platform}, {what}, {meanwhile}, {len(values):,} commands",
                unit="ms",
                labels=(*(f"p{share}" for share in shares), "max"),
                wall=tuple(value * _MILLI for value in (*(percentile(values, share) for share in shares), max(values))),
            )
            for what, values, shares in told
        ]


class Chat(Protocol):
    """A platform with the bot on it."""

    async def ask(self, text: str) -> Taken:
        """Somebody types this after the root command; what it took, one value each."""
        ...


class SlackChat(SlackServer):
    """Everybody asks once, so that an answer tells by its reader which command it is for."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._turn = 0

    def answered(self, posted: Posted) -> None:
        super().answered(posted)
        if (waiting := self._waiting.pop(posted.user, None)) and not waiting.done():
            waiting.set_result(time.perf_counter())

    def changed(self) -> None:
        """Nobody looks on here: every command has its own future."""

    async def ask(self, text: str) -> Taken:
        self._turn += 1
        user = f"U{self._turn:06d}"
        self.add_person(user, f"Reader {self._turn}")
        answer = self._waiting[user] = asyncio.get_running_loop().create_future()
        payload = self.slash_payload(text, "C0123ABCD", user)
        started = time.perf_counter()
        envelope = await self.send("slash_commands", payload)
        return Taken([(await self.acked(envelope)).seconds], [await answer - started])


@contextlib.asynccontextmanager
async def slack(handler: Handler) -> AsyncIterator[Chat]:
    async with SlackChat() as server:
        settings = SlackSettings(bot_token=Secret(BOT_TOKEN), app_token=Secret(APP_TOKEN), api_url=server.api_url)
        adapter = SlackAdapter(settings, handler, SystemClock())
        await adapter.start()
        listening = asyncio.create_task(adapter.run())
        try:
            await server.connected()
            yield server
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await adapter.close()


class DiscordChat(DiscordServer):
    async def ask(self, text: str) -> Taken:
        command = parse_command(text)
        options: dict[str, Any] = dict(command.options)
        started = time.perf_counter()
        answer = await self.slash(command.verb, user=self.world.snowflake(), seconds=_PATIENCE, **options)
        return Taken([answer.waited], [time.perf_counter() - started])


@contextlib.asynccontextmanager
async def discord(handler: Handler) -> AsyncIterator[Chat]:
    async with DiscordChat() as server:
        settings = DiscordSettings(token=Secret(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        adapter = DiscordAdapter(settings, handler, SystemClock())
        await adapter.start()
        listening = asyncio.create_task(adapter.run())
        try:
            await server.commands()
            yield server
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await adapter.close()


CHATS: dict[str, Callable[[Handler], AbstractAsyncContextManager[Chat]]] = {"Slack": slack, "Discord": discord}


async def measure(
    store: Store,
    papers: Sequence[Paper],
    queries: Sequence[Drawn],
    *,
    seconds: float,
    pace: int = PACE,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Commands for ``seconds`` with nothing else to do, then for as long while ``papers`` are read into ``store``, again and again."""
    handler = Interactions(store, SystemClock(), preview=_no_preview)
    lines = [f"search {query.text}" for query in queries] + ["help", "latest 5", "status", "subscriptions all", "saved"] * 3
    rows: list[Row] = []
    async with contextlib.AsyncExitStack() as stack:
        chats = {name: await stack.enter_async_context(make(handler)) for name, make in CHATS.items()}
        tell(f"chat: {pace} commands a second on {' and '.join(chats)}")
        rows += await _asked(chats, lines, seconds, pace, "idle")
        tell(f"chat: the same while {len(papers):,} papers come in")
        reading = asyncio.create_task(_read(store, papers))
        try:
            rows += await _asked(chats, lines, seconds, pace, "papers coming in")
        finally:
            if reading.done():
                reading.result()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    return rows


async def _asked(chats: dict[str, Chat], lines: Sequence[str], seconds: float, pace: int, meanwhile: str) -> list[Row]:
    taken = dict(zip(chats, await asyncio.gather(*(_at_a_pace(chat, lines, seconds, pace) for chat in chats.values())), strict=True))
    return [row for name, one in taken.items() for row in one.rows(name, meanwhile)]


async def _at_a_pace(chat: Chat, lines: Sequence[str], seconds: float, pace: int) -> Taken:
    asking: list[asyncio.Task[Taken]] = []
    started = time.perf_counter()
    for turn in range(int(seconds * pace)):
        await asyncio.sleep(max(0.0, started + turn / pace - time.perf_counter()))
        asking.append(asyncio.create_task(chat.ask(lines[turn % len(lines)])))
    async with asyncio.timeout(_PATIENCE):
        one_each = await asyncio.gather(*asking)
    return Taken([value for one in one_each for value in one.acknowledged], [value for one in one_each for value in one.answered])


async def _read(store: Store, papers: Sequence[Paper]) -> None:
    """Round after round; each brings a new version of every paper, so that there is always something to write."""
    service, _ = await ready_ingest(store)
    for turn in count(1):
        revised = [replace(paper, abstract=f"{paper.abstract} Revision {turn}.", version=(paper.version or 1) + turn) for paper in papers]
        run = await service.run(ListSource(revised))
        if run.error:
            raise RuntimeError(run.error)


async def _no_preview(_: Destination, number: int) -> Message | None:
    return None
