"""Commands in chat: how soon each is acknowledged, and how soon its answer is there, through the platforms' real libraries.

Commands come at a steady pace, whether or not the ones before were answered. The bot is ``papercrier run`` in a process of its own; the
loopback servers and their people are in this one, so that what they take is not the bot's, though all share the machine's cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.domain.papers import Paper
from bot.grammar.reading import parse_command
from bot.ports import Duty
from tests.bench.child import Child, child, write_papers
from tests.bench.corpus import Drawn
from tests.bench.figures import Row, percentile
from tests.servers.discord import DiscordServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_parts import Posted

GROUP = "commands in chat"
#: Commands a second, on each platform.
PACE = 50
#: Seconds that the last answers may take.
_PATIENCE = 60.0
#: Seconds of commands that are not measured: a process that has just begun knows nothing by heart.
WARMING = 2.0
_MILLI = 1e3
#: The processes that run, each by its duties; those that read have papers that never end.
ALONE: tuple[tuple[Duty, ...], ...] = (("posting",),)
TOGETHER: tuple[tuple[Duty, ...], ...] = (("posting", "reading"),)
APART: tuple[tuple[Duty, ...], ...] = (("posting",), ("reading",))
MEANWHILE = {"idle": ALONE, "papers coming in, same process": TOGETHER, "papers coming in, another process": APART}

_CONFIG = """
[bot]
seeds = false
log = "info"
[store]
url = "sqlite:{database}"
[adapters.slack]
bot_token = "{slack_bot}"
app_token = "{slack_app}"
api_url = "{slack}"
[adapters.discord]
token = "{discord_token}"
api_url = "{discord}"
gateway_url = "{gateway}"
"""


@dataclass(slots=True)
class Taken:
    """Seconds from the moment a command was sent: to its acknowledgement, to its whole private answer."""

    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def rows(self, platform: str, meanwhile: str, beside: str) -> list[Row]:
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
                beside=beside,
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


class DiscordChat(DiscordServer):
    async def ask(self, text: str) -> Taken:
        command = parse_command(text)
        options: dict[str, Any] = dict(command.options)
        started = time.perf_counter()
        answer = await self.slash(command.verb, user=self.world.snowflake(), seconds=_PATIENCE, **options)
        return Taken([answer.waited], [time.perf_counter() - started])


async def measure(
    database: Path,
    papers: Sequence[Paper],
    queries: Sequence[Drawn],
    folder: Path,
    *,
    seconds: float,
    pace: int = PACE,
    warming: float = WARMING,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Commands for ``seconds`` with nothing else to do; while ``papers`` are read in, again and again, by the same process; by another."""
    lines = [f"search {query.text}" for query in queries] + ["help", "latest 5", "status", "subscriptions all", "saved"] * 3
    read = write_papers(folder / "chat-papers", papers)
    rows: list[Row] = []
    for meanwhile, processes in MEANWHILE.items():
        tell(f"chat: {2 * pace} commands a second on Slack and Discord together, {meanwhile}")
        async with contextlib.AsyncExitStack() as stack:
            slack, discord = SlackChat(), DiscordChat()
            for server in (slack, discord):
                await stack.enter_async_context(server)
            config = folder / "chat.toml"
            config.write_text(_config(database, slack, discord), encoding="utf-8")
            running = [
                await stack.enter_async_context(child(config, duties, read if "reading" in duties else None)) for duties in processes
            ]
            await slack.connected()
            await discord.commands()
            chats: dict[str, Chat] = {"Slack": slack, "Discord": discord}
            await _asked(chats, lines, warming, pace)
            rows += await _watched(chats, running, lines, seconds, pace, meanwhile)
    return rows


def _config(database: Path, slack: SlackServer, discord: DiscordServer) -> str:
    return _CONFIG.format(
        database=database,
        slack=slack.api_url,
        slack_bot=BOT_TOKEN,
        slack_app=APP_TOKEN,
        discord=discord.api_url,
        discord_token=discord.token,
        gateway=discord.gateway_url,
    )


async def _watched(
    chats: dict[str, Chat], running: Sequence[Child], lines: Sequence[str], seconds: float, pace: int, meanwhile: str
) -> list[Row]:
    """One phase, with what the bot computed and how many papers came in meanwhile."""
    started, cpu, stored = time.perf_counter(), running[0].cpu(), sum(one.stored for one in running)
    taken = await _asked(chats, lines, seconds, pace)
    passed, cpu, stored = time.perf_counter() - started, running[0].cpu() - cpu, sum(one.stored for one in running) - stored
    told = f"{cpu * _MILLI / (len(chats) * int(seconds * pace)):.1f} ms CPU of the bot a command"
    if meanwhile != "idle":
        told = f"{stored / passed:,.0f} papers/s" + (f" · {told}" if len(running) > 1 else "")
    return [row for name, one in taken.items() for row in one.rows(name, meanwhile, told)]


async def _asked(chats: dict[str, Chat], lines: Sequence[str], seconds: float, pace: int) -> dict[str, Taken]:
    return dict(zip(chats, await asyncio.gather(*(_at_a_pace(chat, lines, seconds, pace) for chat in chats.values())), strict=True))


async def _at_a_pace(chat: Chat, lines: Sequence[str], seconds: float, pace: int) -> Taken:
    asking: list[asyncio.Task[Taken]] = []
    started = time.perf_counter()
    for turn in range(int(seconds * pace)):
        await asyncio.sleep(max(0.0, started + turn / pace - time.perf_counter()))
        asking.append(asyncio.create_task(chat.ask(lines[turn % len(lines)])))
    async with asyncio.timeout(_PATIENCE):
        one_each = await asyncio.gather(*asking)
    return Taken([value for one in one_each for value in one.acknowledged], [value for one in one_each for value in one.answered])
