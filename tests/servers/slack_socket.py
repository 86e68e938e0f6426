"""The other half of the loopback Slack: Socket Mode, and people who type commands and press buttons."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, cast

from aiohttp import WSMsgType, web

from tests.servers.slack_parts import Ack, Json, Posted, pressable

if TYPE_CHECKING:
    from tests.servers.slack import SlackServer

_PATIENCE = 3.0


class SocketSide:
    """Sends envelopes, records their acknowledgements and collects the answers people get."""

    def __init__(self) -> None:
        self.acks: list[Ack] = []
        #: Every answer people got, in order: through a response URL, as an ephemeral message or in a thread.
        self.answers: list[Posted] = []
        self.connections = 0
        #: While set, new connections are refused, and their addresses used up.
        self.down = False
        self.refused = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._triggers: set[str] = set()
        self._sent_at: dict[str, float] = {}
        self._changed = asyncio.Condition()
        self._ids = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the connection ----------------------------------------------------------------------------------------------

    def ticket(self) -> str:
        ticket = f"t{next(self._ids)}"
        self._tickets.add(ticket)
        return ticket

    async def socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=404, text="this address was used before")
        self._tickets.discard(ticket)
        if self.down:
            self.refused += 1
            await self._tell()
            return web.Response(status=503, text="not now")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self.connections += 1
        hello = {"type": "hello", "num_connections": len(self._sockets), "connection_info": {"app_id": "A0APP"}}
        await socket.send_json({**hello, "debug_info": {"host": "loopback", "approximate_connection_time": 18060}})
        await self._tell()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._acked(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
        return socket

    async def _acked(self, answer: Json) -> None:
        envelope = str(answer.get("envelope_id", ""))
        sent = self._sent_at.get(envelope)
        if sent is not None:
            self.acks.append(Ack(envelope, asyncio.get_running_loop().time() - sent, answer.get("payload")))
        await self._tell()

    async def connected(self, times: int = 1) -> None:
        """Wait until the bot has connected ``times`` times in all and is connected now."""
        await self._until(lambda: self.connections >= times and bool(self._sockets))

    async def turned_away(self) -> None:
        """Wait until the bot has tried to connect and was refused."""
        before = self.refused
        await self._until(lambda: self.refused > before)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the bot to come back on a new connection."""
        for socket in list(self._sockets):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}})

    async def drop_sockets(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def send(self, kind: str, payload: Json, *, envelope_id: str = "", **more: object) -> str:
        """One envelope over the newest connection; its id."""
        await self.connected()
        envelope_id = envelope_id or f"e{next(self._ids)}"
        self._sent_at[envelope_id] = asyncio.get_running_loop().time()
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api", **more}
        await self._sockets[-1].send_json(envelope)
        return envelope_id

    async def acked(self, envelope_id: str) -> Ack:
        await self._until(lambda: any(ack.envelope_id == envelope_id for ack in self.acks))
        return next(ack for ack in self.acks if ack.envelope_id == envelope_id)

    # --- people ------------------------------------------------------------------------------------------------------

    async def slash(self, text: str, *, channel: str = "C0123ABCD", user: str = "U7", command: str = "/papers", times: int = 1) -> Posted:
        """Somebody types a slash command; the answer they get. ``times``: the same envelope arrives so often."""
        server = self._server
        payload = {
            "token": "x",
            "team_id": "T1",
            "team_domain": "group",
            "channel_id": channel,
            "channel_name": self._channel_name(channel),
            "user_id": user,
            "user_name": server.people[user].name.lower(),
            "command": command,
            "text": text,
            "response_url": server.response_url(channel, user),
            "trigger_id": self.trigger(),
            "api_app_id": "A0APP",
            "is_enterprise_install": "false",
        }
        return await self._ask("slash_commands", payload, times)

    async def press(self, message: Posted, action: str, *, user: str = "U7", times: int = 1) -> Posted:
        """Somebody presses the button (or picks the menu entry) with this action or label; the answer they get."""
        element = next((found for label, found in pressable(message.blocks) if action in (label, found.get("value"))), None)
        if element is None:
            raise LookupError(f"no button {action!r}; there are {message.actions}")
        return await self._ask("interactive", self.press_payload(message, element, user=user), times)

    def press_payload(self, message: Posted, element: Json, *, user: str = "U7") -> Json:
        server = self._server
        sent = ("selected_option",) if "selected_option" in element else ("value", "text")
        pressed = {key: element[key] for key in ("type", "action_id", "block_id", *sent) if key in element}
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": message.ephemeral}
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload: Json = {
            "type": "block_actions",
            "user": {"id": user, "username": server.people[user].name.lower(), "team_id": "T1"},
            "api_app_id": "A0APP",
            "container": container,
            "trigger_id": self.trigger(),
            "team": {"id": "T1", "domain": "group"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": message.channel, "name": self._channel_name(message.channel)},
            "state": {"values": {}},
            "response_url": server.response_url(message.channel, user, message),
            "actions": [{**pressed, "action_ts": message.ts}],
        }
        if not message.ephemeral:
            payload["message"] = {"type": "message", "ts": message.ts, "bot_id": message.bot_id, "text": message.text}
        return payload

    async def mention(self, text: str, *, channel: str = "C0123ABCD", user: str = "U7", thread_ts: str = "", times: int = 1) -> Posted:
        """Somebody writes to the bot in a channel: ``text`` follows the mention."""
        number = next(self._ids)
        event = {"type": "app_mention", "user": user, "text": f"<@U0BOT> {text}", "ts": f"1700000000.{number:06d}", "channel": channel}
        if thread_ts:
            event["thread_ts"] = thread_ts
        return await self._ask("events_api", self.event_payload(event, number), times)

    def event_payload(self, event: Json, number: int = 0) -> Json:
        return {
            "token": "x",
            "team_id": "T1",
            "api_app_id": "A0APP",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number or next(self._ids)}",
            "event_time": 1700000000,
            "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U0BOT", "is_bot": True}],
        }

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _ask(self, kind: str, payload: Json, times: int) -> Posted:
        before = len(self.answers)
        more: Json = {"retry_attempt": 0, "retry_reason": ""} if kind == "events_api" else {}
        envelope = await self.send(kind, payload, **more)
        for _ in range(times - 1):
            await self.send(kind, payload, envelope_id=envelope, **more)
        await self._until(lambda: len(self.answers) > before and sum(ack.envelope_id == envelope for ack in self.acks) >= times)
        return self.answers[before]

    def answered(self, posted: Posted) -> None:
        self.answers.append(posted)
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def trigger(self) -> str:
        trigger = f"{next(self._ids)}.1.abc"
        self._triggers.add(trigger)
        return trigger

    def use_trigger(self, trigger: str) -> bool:
        known = trigger in self._triggers
        self._triggers.discard(trigger)
        return known

    @property
    def _server(self) -> SlackServer:
        return cast("SlackServer", self)

    def _channel_name(self, channel: str) -> str:
        room = self._server.rooms.get(channel)
        if channel.startswith("D"):
            return "directmessage"
        return "privategroup" if room and room.private else room.name if room else "elsewhere"

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(true)
