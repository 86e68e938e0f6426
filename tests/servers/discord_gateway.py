"""A loopback gateway: hello, identify, ready, servers, heartbeats, resume with replay, and every way to lose a connection."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.servers.discord_world import World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
#: guild members, presences, message content
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15


class _Session:
    def __init__(self, id: str) -> None:
        self.id = id
        self.sent: list[dict[str, Any]] = []


class Gateway:
    """``accepts`` says whether a token is good; ``url`` is where sessions are resumed."""

    def __init__(self, world: World, accepts: Callable[[str], bool]) -> None:
        self._world = world
        self._accepts = accepts
        self.url = ""
        self._sessions: dict[str, _Session] = {}
        self._session: _Session | None = None
        self._socket: web.WebSocketResponse | None = None
        self._open = asyncio.Event()
        #: While set, new connections are closed at once.
        self.down = False
        self.identified = 0
        self.resumed = 0
        self.intents: list[int] = []

    async def connected(self) -> None:
        """Wait until a client has a session and listens."""
        async with asyncio.timeout(15):
            await self._open.wait()

    async def dispatch(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to the session; while it is disconnected the event waits for its return."""
        if self._session is None:
            await self.connected()
        session = self._session
        assert session is not None
        frame = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
        session.sent.append(frame)
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(json.dumps(frame))

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an event if anybody was ever there to hear it."""
        if self._session is not None:
            await self.dispatch(event, data)

    async def reconnect(self) -> None:
        """Ask the client to reconnect and resume."""
        await self._say({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        if not resumable:
            self._sessions.clear()
        await self._say({"op": INVALID, "d": resumable})

    async def close(self, code: int = 4000) -> None:
        """Close the connection from this side."""
        socket, self._socket = self._socket, None
        self._open.clear()
        if socket is not None:
            await socket.close(code=code)

    async def forget(self) -> None:
        """Close the connection, and remember no session: the client has been away for too long."""
        self._sessions.clear()
        self._session = None
        await self.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        if self.down:
            await socket.close(code=1012)
            return socket
        await self._send(socket, {"op": HELLO, "d": {"heartbeat_interval": 41250}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] == HEARTBEAT:
                await self._send(socket, {"op": ACK})
            elif frame["op"] == IDENTIFY:
                await self._identify(socket, frame["d"])
            elif frame["op"] == RESUME:
                await self._resume(socket, frame["d"])
        if self._socket is socket:
            self._socket = None
            self._open.clear()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        self.intents.append(data["intents"])
        if not self._accepts(data["token"]):
            await socket.close(code=4004, message=b"Authentication failed.")
            return
        if data["intents"] & PRIVILEGED:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return
        self.identified += 1
        self._session = _Session(secrets.token_hex(16))
        self._sessions[self._session.id] = self._session
        self._socket = socket
        world = self._world
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": {**world.user(world.bot), "email": None, "verified": True, "mfa_enabled": False},
                "guilds": [{"id": str(guild), "unavailable": True} for guild in world.guilds],
                "private_channels": [],
                "session_id": self._session.id,
                "resume_gateway_url": self.url,
                "application": {"id": str(world.application), "flags": 0},
            },
        )
        for guild in list(world.guilds):
            await self.dispatch("GUILD_CREATE", world.guild_create(guild))
        self._open.set()

    async def _resume(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        session = self._sessions.get(data["session_id"])
        if session is None or not self._accepts(data["token"]):
            await self._send(socket, {"op": INVALID, "d": False})
            return
        self.resumed += 1
        self._session, self._socket = session, socket
        for frame in session.sent[data["seq"] :]:
            await self._send(socket, frame)
        await self.dispatch("RESUMED", {})
        self._open.set()

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.connected()
        assert self._socket is not None
        self._open.clear()
        await self._send(self._socket, frame)

    async def _send(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        if not socket.closed:
            await socket.send_str(json.dumps(frame))
