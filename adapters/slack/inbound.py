"""What people type and press in Slack: acknowledged at once, answered after."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.answers import trouble
from adapters.slack.people import People
from adapters.slack.render import ACTION_ID, to_payload
from adapters.slack.settings import SlackSettings
from bot.domain.requests import Action, Command, Reply, Request
from bot.domain.subscriptions import Actor, Destination
from bot.errors import BadInput
from bot.grammar import parse_command
from bot.ports import Clock, Handler
from bot.render import error_message, unexpected_message

log = logging.getLogger(__name__)

#: Seconds that answers under way get when the adapter closes.
_GRACE = 3.0
_REMEMBERED = 2_000
#: Seconds between the library's pings, between two looks at the connection, and how many looks in a row it may be away.
_PING, _WATCH, _AWAY = 10, 15.0, 4
_ANYTHING = re.compile(".*", re.DOTALL)

Body = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
#: Sends one reply to the asker.
Answer = Callable[[Reply], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who the bot is in its workspace."""

    team: str
    bot_id: str
    bot_user: str

    @property
    def tenant(self) -> str:
        return f"slack:{self.team}"


class Inbound:
    """Hears envelopes, turns them into requests, sends the replies. Nothing that happens in here stops the connection."""

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
        self._settings = settings
        self._handler = handler
        self._clock = clock
        self._client = client
        self._session = session
        self._identity = identity
        self._people = People(client, clock, team=identity.team, manage=settings.manage)
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
        who, token = self._identity, self._settings.bot_token.reveal()

        async def authorize() -> AuthorizeResult:
            """One workspace, known since the start: nothing is asked before an acknowledgement."""
            return AuthorizeResult(enterprise_id=None, team_id=who.team, bot_id=who.bot_id, bot_user_id=who.bot_user, bot_token=token)

        bolt_log = logging.getLogger("adapters.slack.bolt")
        # The library reads SLACK_BOT_TOKEN from the environment too and warns that it is not needed twice.
        bolt_log.disabled = True
        plain_client = AsyncWebClient(base_url=self._settings.api_url, timeout=int(self._settings.timeout) or 1)
        app = AsyncApp(logger=bolt_log, client=plain_client, authorize=authorize, request_verification_enabled=False)
        bolt_log.disabled = False
        app.command(_ANYTHING)(self._on_command)
        app.action(re.compile(f"^{ACTION_ID}:"))(self._on_press)
        app.event("app_mention")(self._on_mention)
        # Pages that open in the browser and events nobody asked for: nothing to do, nothing to warn about.
        for register in (app.action, app.event, app.view, app.shortcut, app.options):
            register(_ANYTHING)(_nothing)
        return app

    # --- the three ways to ask ---------------------------------------------------------------------------------------

    async def _on_command(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._command(body))

    async def _on_press(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("trigger_id")):
            self._start(self._press(body))

    async def _on_mention(self, ack: Ack, body: Body) -> None:
        await ack()
        if self._first_time(body.get("event_id")):
            self._start(self._mention(body))

    async def _command(self, body: Body) -> None:
        actor, place = await self._people.who(
            user=body["user_id"],
            name=body.get("user_name") or "",
            team=body.get("team_id") or "",
            channel=body["channel_id"],
            channel_name=body.get("channel_name") or "",
        )

        async def answer(reply: Reply) -> None:
            await self._through_url(body.get("response_url") or "", reply, actor, place)

        await self._handle(actor, place, lambda: parse_command(plain_text(body.get("text") or "")), answer)

    async def _press(self, body: Body) -> None:
        element = body["actions"][0]
        value = element.get("value") or (element.get("selected_option") or {}).get("value") or ""
        user, container, channel = body["user"], body.get("container") or {}, body.get("channel") or {}
        actor, place = await self._people.who(
            user=user["id"],
            name=user.get("username") or user.get("name") or "",
            team=user.get("team_id") or "",
            channel=channel.get("id") or container.get("channel_id") or "",
            channel_name=channel.get("name") or "",
        )

        async def answer(reply: Reply) -> None:
            await self._through_url(
                body.get("response_url") or "", reply, actor, place, pressed=True, thread=container.get("thread_ts") or ""
            )

        await self._handle(actor, place, lambda: Action.decode(value), answer)

    async def _mention(self, body: Body) -> None:
        event = body["event"]
        if not event.get("user") or event.get("bot_id"):
            return
        team = event.get("user_team") or event.get("team") or ""
        actor, place = await self._people.who(user=event["user"], name="", team=team, channel=event["channel"], channel_name="")
        thread = event.get("thread_ts") or ""

        async def answer(reply: Reply) -> None:
            await self._to_asker(event["channel"], reply, actor, thread=thread)

        text = re.sub(rf"<@{re.escape(self._identity.bot_user)}(\|[^>]*)?>", " ", event.get("text") or "")
        await self._handle(actor, place, lambda: parse_command(plain_text(text)), answer)

    async def _handle(self, actor: Actor, place: Destination, read: Callable[[], Command | Action], answer: Answer) -> None:
        try:
            reply = await self._handler.handle(Request(actor=actor, place=place, what=read()))
        except BadInput as error:
            reply = Reply(message=error_message(error, root=self._settings.command))
        except Exception:
            incident = uuid4().hex[:8]
            log.exception("request failed", extra={"incident": incident, "destination": place.key})
            reply = Reply(message=unexpected_message(incident))
        await answer(reply)

    # --- the ways to answer ------------------------------------------------------------------------------------------

    async def _through_url(
        self, url: str, reply: Reply, actor: Actor, place: Destination, *, pressed: bool = False, thread: str = ""
    ) -> None:
        """Answer through the address that came with the question; it takes five answers within half an hour."""
        payload = to_payload(reply.message)
        replace = pressed and reply.update
        if pressed:
            payload["replace_original"] = replace
        if not replace:
            payload["response_type"] = "ephemeral" if reply.private else "in_channel"
            if thread:
                payload["thread_ts"] = thread
        if replace and "blocks" not in payload:
            payload["blocks"] = []
        problem = await self._send(url, payload) if url else "no response_url"
        if problem.startswith("http_400") and "blocks" in payload:
            log.error("slack refused an answer (%s), sent as plain text", problem)
            problem = await self._send(url, {**payload, "blocks": [], "text": payload["text"]})
        if problem and reply.private and not place.personal:
            log.warning("answer through the response address failed (%s), sent as an ephemeral message", problem)
            await self._to_asker(place.address, reply, actor, thread=thread)
        elif problem:
            log.warning("an answer for %s in %s was lost: %s", actor.id, place.key, problem)

    async def _send(self, url: str, payload: Body) -> str:
        """Empty when it arrived, else what went wrong. A private answer is tried twice: a second one does no harm."""
        problem = ""
        client = AsyncWebhookClient(url, session=self._session, retry_handlers=[])
        for attempt in range(1 if payload.get("response_type") == "in_channel" else 2):
            if attempt:
                await self._clock.sleep(1.0)
            try:
                response = await client.send_dict(payload)
            except Exception as error:
                problem = trouble(error)
                continue
            if response.status_code == 200:
                return ""
            problem = f"http_{response.status_code} {response.body[:100]}"
            if response.status_code < 500 and response.status_code != 429:
                break
        return problem

    async def _to_asker(self, channel: str, reply: Reply, actor: Actor, *, thread: str) -> None:
        """Answer where there is no address to answer to, for the asker's eyes only: what all may see goes through the outbox."""
        try:
            await self._client.chat_postEphemeral(channel=channel, user=actor.id, thread_ts=thread or None, **to_payload(reply.message))
        except Exception as error:
            log.warning("an answer for %s in %s was lost: %s", actor.id, channel, trouble(error))

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
    """Acknowledges every envelope before anything else looks at it. The library would do so up to 10 ms later, after the listener
    had its turn, and not at all for an envelope that nobody listens to: Slack then shows an error and sends it again."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
        await run_async_bolt_app(self.app, req)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("an envelope from Slack could not be handled")


async def _nothing(ack: Ack) -> None:
    await ack()


def plain_text(text: str) -> str:
    """What a person typed, from how Slack writes it: links and channel names as text, entities as characters."""
    text = re.sub(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>", r"\1", text)
    text = re.sub(r"<#[A-Z0-9]+\|([^>]*)>", r"#\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
