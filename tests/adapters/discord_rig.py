"""A Discord adapter, a loopback Discord and a handler that notes what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.discord import DiscordAdapter, DiscordSettings
from bot.clock import SystemClock
from bot.domain.forms import Form
from bot.domain.messages import Message
from bot.domain.requests import Choice, Completion, Reply, Request
from bot.domain.subscriptions import Actor, Destination, parse_destination
from bot.ports import Clock
from bot.secret import Secret
from tests.builders import a_message
from tests.servers.discord import DiscordServer

#: Seconds one post may take.
TIMEOUT = 30.0


@dataclass
class NotingHandler:
    """Answers everything with ``reply`` and notes it; ``before`` runs first and may wait or raise."""

    reply: Reply = field(default_factory=lambda: Reply(message=a_message(2)))
    choices: list[Choice] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None
    opened: Form | None = None
    requests: list[Request] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)

    async def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if self.before is not None:
            await self.before()
        return self.reply

    async def complete(self, completion: Completion) -> list[Choice]:
        self.completions.append(completion)
        if self.before is not None:
            await self.before()
        return self.choices

    async def form(self, request: Request) -> Form | Reply:
        self.requests.append(request)
        return self.opened or self.reply

    async def estimate(self, request: Request) -> Message:
        self.requests.append(request)
        return self.reply.message

    async def home(self, actor: Actor, place: Destination) -> tuple[Message, ...]:
        return (self.reply.message,)


def adapter_for(
    server: DiscordServer, handler: NotingHandler | None = None, *, token: str = "", command: str = "papers", clock: Clock | None = None
) -> DiscordAdapter:
    settings = DiscordSettings(
        token=Secret(token or server.token), api_url=server.api_url, gateway_url=server.gateway_url, command=command, timeout=TIMEOUT
    )
    return DiscordAdapter(settings, handler or NotingHandler(), clock or SystemClock())


def papers(server: DiscordServer) -> Destination:
    return parse_destination(f"discord:{server.channel}")


@asynccontextmanager
async def started(
    server: DiscordServer, handler: NotingHandler | None = None, *, clock: Clock | None = None
) -> AsyncIterator[DiscordAdapter]:
    """An adapter that can post."""
    adapter = adapter_for(server, handler, clock=clock)
    await adapter.start()
    try:
        yield adapter
    finally:
        await adapter.close()


@asynccontextmanager
async def listening(server: DiscordServer, handler: NotingHandler) -> AsyncIterator[DiscordAdapter]:
    """An adapter that answers commands; trouble in ``run`` is raised at the end."""
    async with started(server, handler) as adapter:
        running = asyncio.create_task(adapter.run())
        try:
            await server.gateway.connected()
            yield adapter
        finally:
            running.cancel()
            (ended,) = await asyncio.gather(running, return_exceptions=True)
            assert ended is None or isinstance(ended, asyncio.CancelledError), ended
