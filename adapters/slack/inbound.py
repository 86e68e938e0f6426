"""What people type and press in Slack: acknowledged at once, answered after."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.answering import Answers
from adapters.slack.events import Events
from adapters.slack.forms import LAUNCHER, Forms
from adapters.slack.pages import Pages
from adapters.slack.people import People
from adapters.slack.render import ACTION_ID
from adapters.slack.render_views import FIELD, FORM, LIVE
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import Body, Identity, Wire, asked_by_command, asked_in_view, asked_on_message, message_text, plain_text
from bot.domain.requests import Action, Lookup
from bot.grammar.reading import form_command, opens_form, parse_command
from bot.ports import Clock, Handler

log = logging.getLogger(__name__)

#: Seconds that answers under way get when the adapter closes.
_GRACE = 3.0
_REMEMBERED = 2_000
#: Seconds between the library's pings, between two looks at the connection, and how many looks in a row it may be away.
_PING, _WATCH, _AWAY = 10, 15.0, 4
_ANYTHING = re.compile(".*", re.DOTALL)

#: The callback id of the message shortcut, as the manifest names it.
LOOK_UP = "look_up"
#: The events that are looked at; the manifest asks for them.
EVENTS = ("app_home_opened", "app_mention", "message", "reaction_added", "reaction_removed", "link_shared")

Ack = Callable[..., Awaitable[Any]]


class Inbound:
    """Hears envelopes and hands each to whom it concerns. Nothing that happens in here stops the connection."""

    def __init__(
        self,
        settings: SlackSettings,
        handler: Handler,
        clock: Clock,
        *,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        identity: Identity,
    ) -> None:
        people = People(client, clock, team=identity.team, manage=settings.manage)
        self._wire = Wire(settings=settings, handler=handler, clock=clock, client=client, session=session, identity=identity, people=people)
        self._replies = Answers(self._wire)
        self._pages = Pages(self._wire, self._replies)
        self._forms = Forms(self._wire, self._replies, self._pages, self._start)
        self._events = Events(self._wire, self._replies)
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def run(self, app_token: str) -> None:
        """Until cancelled. The library keeps the connection alive and comes back by itself, unless it was given an address that never
        let it in: those serve once, but it tries the same one for ever. So it is started anew when it stays away for long."""
        while True:
            socket = _Socket(self._app(), app_token, ping_interval=_PING)
            connecting = asyncio.create_task(socket.connect_async())  # type: ignore[no-untyped-call]  # the library leaves it untyped
            try:
                away = 0
                while away < _AWAY:
                    await asyncio.sleep(_WATCH)
                    away = 0 if await socket.client.is_connected() else away + 1
                log.warning("no connection to Slack's Socket Mode for long: starting anew")
            finally:
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
                await socket.close_async()  # type: ignore[no-untyped-call]  # the library leaves it untyped

    async def close(self) -> None:
        """Wait briefly for answers under way, then cancel them."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _app(self) -> AsyncApp:
        who, token = self._wire.identity, self._wire.settings.bot_token.reveal()

        async def authorize() -> AuthorizeResult:
            """One workspace, known since the start: nothing is asked before an acknowledgement."""
            return AuthorizeResult(enterprise_id=None, team_id=who.team, bot_id=who.bot_id, bot_user_id=who.bot_user, bot_token=token)

        bolt_log = logging.getLogger("adapters.slack.bolt")
        # The library reads SLACK_BOT_TOKEN from the environment too and warns that it is not needed twice.
        bolt_log.disabled = True
        plain_client = AsyncWebClient(base_url=self._wire.settings.api_url, timeout=int(self._wire.settings.timeout) or 1)
        # Without a name it looks through every source file of the process for the one that called it.
        app = AsyncApp(name="papercrier", logger=bolt_log, client=plain_client, authorize=authorize, request_verification_enabled=False)
        bolt_log.disabled = False
        app.command(_ANYTHING)(self._on_command)
        app.action(re.compile(f"^{ACTION_ID}:"))(self._on_press)
        app.action(re.compile(f"^{LIVE}"))(self._on_change)
        app.options(re.compile(f"^({FIELD}|{LIVE})"))(self._on_lookup)
        app.view(FORM)(self._on_submit)
        app.message_shortcut(LOOK_UP)(self._on_shortcut)
        for name in EVENTS:
            app.event(name)(self._on_event)
        # Pages that open in the browser and events nobody asked for: nothing to do, nothing to warn about.
        for register in (app.action, app.event, app.view, app.shortcut, app.options):
            register(_ANYTHING)(_nothing)
        return app

    # --- one method for each kind of envelope ------------------------------------------------------------------------

    async def _on_command(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._command(body))

    async def _on_press(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._press(body))

    async def _on_change(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._forms.estimate(body))

    async def _on_lookup(self, ack: Ack, body: Body) -> None:
        await ack(options=await self._forms.propose(body))

    async def _on_submit(self, ack: Ack, body: Body) -> None:
        await ack(**await self._forms.submit(body))

    async def _on_shortcut(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._shortcut(body))

    async def _on_event(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("event_id")):
            self._start(self._event(body["event"]))

    async def _command(self, body: Body) -> None:
        asked, text = await asked_by_command(self._wire, body), plain_text(body.get("text") or "")
        form = form_command(text) if text.strip() else LAUNCHER
        if form:
            await self._forms.open(asked, form)
        else:
            await self._replies.answer(asked, lambda: parse_command(text))

    async def _press(self, body: Body) -> None:
        element = body["actions"][0]
        what = Action.decode(element.get("value") or (element.get("selected_option") or {}).get("value") or "")
        view = (body.get("view") or {}).get("type")
        if view == "modal":
            await self._forms.press(body, what)
        elif view == "home" and not opens_form(what):
            await self._pages.press(body, what)
        else:
            asked = await (asked_in_view(self._wire, body) if view else asked_on_message(self._wire, body, pressed=True))
            if opens_form(what):
                await self._forms.open(asked, what)
            else:
                await self._replies.answer(asked, lambda: what)

    async def _shortcut(self, body: Body) -> None:
        asked = await asked_on_message(self._wire, body, pressed=False)
        await self._replies.answer(asked, lambda: Lookup(text=message_text(body.get("message") or {})))

    async def _event(self, event: Body) -> None:
        match event.get("type"):
            case "app_mention":
                await self._events.said(event)
            case "message" if event.get("channel_type") == "im":
                await self._events.said(event)
            case "reaction_added" | "reaction_removed":
                await self._events.reacted(event)
            case "link_shared":
                await self._events.shared(event)
            case "app_home_opened" if event.get("tab", "home") == "home":
                await self._pages.opened(event)

    # --- bookkeeping -------------------------------------------------------------------------------------------------

    def _first_time(self, id: str | None) -> bool:
        """Whether this envelope was not seen before. Slack repeats what it believes was not acknowledged."""
        if not id:
            return True
        if id in self._seen:
            return False
        self._seen[id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Socket(AsyncSocketModeHandler):
    """Acknowledges every envelope before anything else looks at it, but for those whose acknowledgement is the answer. The library
    would do so up to 10 ms later, after the listener had its turn, and not at all for an envelope that nobody listens to: Slack then
    shows an error and sends it again."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        answering = req.payload.get("type") in ("view_submission", "block_suggestion")
        if not answering:
            await self._acknowledge(client, req.envelope_id)
        response = await run_async_bolt_app(self.app, req)
        if answering:
            payload = json.loads(response.body) if response.status == 200 and response.body else None
            await self._acknowledge(client, req.envelope_id, payload)

    @staticmethod
    async def _acknowledge(client: AsyncBaseSocketModeClient, envelope: str, payload: Body | None = None) -> None:
        try:
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=envelope, payload=payload))
        except Exception as error:
            # The connection went away meanwhile. What was asked is done all the same; should Slack send it again, it is done once.
            log.info("an envelope could not be acknowledged: %s", type(error).__name__)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("an envelope from Slack could not be handled")


async def _nothing(ack: Ack) -> None:
    await ack()
