"""An adapter, a listener and a loopback Slack, wired for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from adapters.slack import SlackAdapter, SlackSettings
from bot.domain.forms import Form
from bot.domain.messages import Button, Item, Message
from bot.domain.requests import Action, Choice, Completion, Reply, Request, Submission
from bot.domain.subscriptions import Actor, Destination
from bot.ports import Clock, Handler
from bot.secret import Secret
from tests.fakes.clock import FakeClock
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer


class Recorder:
    """A handler that writes down what it is asked and answers as told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.reply: Callable[[Request], Reply] = _echo
        self.opened: Form | None = None
        self.choices: list[Choice] = []
        self.completions: list[Completion] = []
        self.estimates: list[Submission] = []
        self.estimated: Callable[[Submission], Message] = lambda what: Message(
            intro=f"{what.text('value') or 'nothing'} would bring 3 papers"
        )
        #: What stands on everybody's page.
        self.page: tuple[Message, ...] = (Message(heading="Yours", items=(Item(label="#1", text="by:Jia"),)),)
        #: Cleared, every answer waits for it.
        self.open = asyncio.Event()
        self.open.set()

    async def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        await self.open.wait()
        return self.reply(request)

    async def complete(self, completion: Completion) -> list[Choice]:
        self.completions.append(completion)
        await self.open.wait()
        return self.choices

    async def form(self, request: Request) -> Form | Reply:
        self.requests.append(request)
        await self.open.wait()
        return self.opened or self.reply(request)

    async def estimate(self, request: Request) -> Message:
        assert isinstance(request.what, Submission)
        self.estimates.append(request.what)
        await self.open.wait()
        return self.estimated(request.what)

    async def home(self, actor: Actor, place: Destination) -> tuple[Message, ...]:
        return self.page


def _echo(request: Request) -> Reply:
    what = request.what
    text = what.encode() if isinstance(what, Action) else f"{what.verb} {getattr(what, 'options', '')}"
    return Reply(message=Message(intro=text, buttons=(Button(label="Again", action="again:1:two"),)), update=isinstance(what, Action))


def slack_adapter(
    server: SlackServer,
    handler: Handler | None = None,
    *,
    bot_token: str = BOT_TOKEN,
    app_token: str = APP_TOKEN,
    clock: Clock | None = None,
    **settings: Any,
) -> SlackAdapter:
    values = {
        "bot_token": Secret(bot_token),
        "app_token": Secret(app_token) if app_token else None,
        "api_url": server.api_url,
        "timeout": 5.0,
        **settings,
    }
    return SlackAdapter(SlackSettings(**values), handler or Recorder(), clock or FakeClock())


@contextlib.asynccontextmanager
async def listening(server: SlackServer, handler: Handler, **settings: Any) -> AsyncIterator[SlackAdapter]:
    """The adapter, started and connected over Socket Mode."""
    adapter = slack_adapter(server, handler, **settings)
    await adapter.start()
    task = asyncio.create_task(adapter.run())
    try:
        await server.connected()
        yield adapter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.close()
