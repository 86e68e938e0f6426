"""The other half of the loopback Slack: Socket Mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count

from aiohttp import WSMsgType, web

from tests.servers.slack_parts import Ack, Json, Posted

_PATIENCE = 20.0


class SocketSide:
    """Sends envelopes, records their acknowledgements and collects the answers people get."""

    def __init__(self) -> None:
        super().__init__()
        self.acks: list[Ack] = []
        #: Every answer people got, in order: through a response URL, as an ephemeral message or in a thread.
        self.answers: list[Posted] = []
        self.connections = 0
        #: While set, new connections are refused, and their addresses used up.
        self.down = False
        self.refused = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._sent_at: dict[str, float] = {}
        self._acked: dict[str, asyncio.Future[Ack]] = {}
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
                    await self._acknowledged(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
        return socket

    async def _acknowledged(self, answer: Json) -> None:
        envelope = str(answer.get("envelope_id", ""))
        sent = self._sent_at.get(envelope)
        if sent is not None:
            ack = Ack(envelope, asyncio.get_running_loop().time() - sent, answer.get("payload"))
            self.acks.append(ack)
            if not self._acked[envelope].done():
                self._acked[envelope].set_result(ack)
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
        self._acked.setdefault(envelope_id, asyncio.get_running_loop().create_future())
        self._sent_at[envelope_id] = asyncio.get_running_loop().time()
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api", **more}
        await self._sockets[-1].send_json(envelope)
        return envelope_id

    async def acked(self, envelope_id: str) -> Ack:
        """The first acknowledgement of this envelope, once it is there."""
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.shield(self._acked[envelope_id])

    # --- what people see ---------------------------------------------------------------------------------------------

    def answered(self, posted: Posted) -> None:
        self.answers.append(posted)
        self.changed()

    def changed(self) -> None:
        """Somebody sees something new."""
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something that people see makes ``true`` so."""
        await self._until(true)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(true)
