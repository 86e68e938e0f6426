"""A Slack of our own on the loopback interface: the Web API, response URLs and Socket Mode, as far as the bot uses them.

It refuses what Slack refuses, with Slack's words, and misbehaves on request (``server.script``). By hand:
``python -m tests.servers.slack`` prints its address; lines typed there are slash commands, the answers are printed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from datetime import datetime
from itertools import count

from aiohttp import web

from adapters.slack.checks import check_message
from bot.ports import Clock
from tests.servers.faults import FaultPlan, Landing
from tests.servers.slack_files import Files
from tests.servers.slack_methods import Methods, direct
from tests.servers.slack_parts import Fault, Json, Person, Posted, Refused, Room, cut, garbage, rate_limit, status
from tests.servers.slack_people import People
from tests.servers.slack_socket import SocketSide
from tests.servers.slack_views import Views
from tests.servers.standing import Entry, ServerClock, delivered

BOT_TOKEN = "xoxb-loopback-bot-token"
APP_TOKEN = "xapp-loopback-app-token"
SCOPES = (
    *("chat:write", "commands", "app_mentions:read", "channels:read", "groups:read", "im:write"),
    *("im:history", "channels:history", "groups:history", "users:read", "files:write"),
)
#: What an operator may add: votes by reaction, previews below links.
MORE_SCOPES = ("reactions:read", "links:read", "links:write")
_FIRST_CHANNELS = (("C0123ABCD", "nlp"), ("C0PAPERS", "papers"))
_RESPONSE_USES, _RESPONSE_SECONDS = 5, 1800
#: Methods that read JSON bodies; the others only look at form fields and the query.
_JSON_METHODS = ("chat.", "views.", "files.complete", "conversations.open", "auth.test")


class SlackServer(People, SocketSide, Methods, Views, Files):
    """``async with SlackServer() as server``: point the bot's ``api_url`` at ``server.api_url``."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        super().__init__()
        self.clock = ServerClock(clock)
        #: Random trouble from now on; ``None`` ends it. What is scripted comes first.
        self.faults: FaultPlan | None = None
        self._landing = Landing(self.now)
        #: Every message that was ever posted with a delivery's key, in the order they were stored.
        self.log: list[Entry] = []
        self.rooms: dict[str, Room] = {}
        self.people: dict[str, Person] = {}
        self.scopes = set(SCOPES)
        #: Error words that every call with that token gets, once set.
        self.dead_tokens: dict[str, str] = {}
        #: Refuse a second post into a channel within a second.
        self.limit_rate = False
        self.calls: list[tuple[str, Json]] = []
        self._port = port
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._numbers = count(1)
        self._response_urls: dict[str, Json] = {}
        self._stopped = asyncio.Event()
        self._runner: web.AppRunner | None = None
        for address, name in _FIRST_CHANNELS:
            self.add_channel(address, name)
        self.add_person("U7", "Ana")

    # --- for tests ---------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> SlackServer:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        self.clock.told_by(app)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{key}", self._respond)
        app.router.add_post("/upload/{id}", self.take_upload)
        app.router.add_get("/socket/{ticket}", self.socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped.set()
        self._landing.stop()
        await self.drop_sockets()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Let time pass on the server: answers' addresses expire, what was late lands."""
        self.clock.advance(seconds)
        self._landing.land()

    @property
    def pending(self) -> int:
        """Messages that were accepted and are still to be stored."""
        return len(self._landing)

    def delivered(self) -> dict[str, list[str]]:
        """Address -> keys of the messages that stand there, in the order they came."""
        standing = {(room.id, message.ts) for room in self.rooms.values() for message in room.messages}
        return delivered(self.log, lambda entry: (direct(entry.channel), entry.id) in standing)

    def add_channels(self, count: int) -> list[str]:
        """So many more channels; their addresses."""
        first = len(self.rooms)
        return [self.add_channel(f"C0ROOM{number}", f"room-{number}").id for number in range(first, first + count)]

    def add_channel(self, id: str, name: str, *, member: bool = True, private: bool = False, archived: bool = False) -> Room:
        self.rooms[id] = Room(id=id, name=name, member=member, private=private, archived=archived)
        return self.rooms[id]

    def add_person(self, id: str, name: str, *, admin: bool = False) -> Person:
        self.people[id] = Person(id=id, name=name, admin=admin)
        return self.people[id]

    def script(self, method: str, *faults: Fault) -> None:
        """The next calls of ``method`` go wrong like this, one after the other."""
        self._faults[method].extend(faults)

    def faults_left(self, method: str) -> int:
        """How many calls of ``method`` are still to go wrong."""
        return len(self._faults[method])

    def messages(self, channel: str) -> list[Posted]:
        """What stands in a channel, oldest first. ``@U7`` means the direct messages with that person."""
        room = self.rooms.get(direct(channel))
        return list(room.messages) if room else []

    def say(self, channel: str, text: str, user: str = "U7") -> Posted:
        """A person writes something."""
        room = self._room(channel.removeprefix("@"))
        posted = self._posted(room.id, {"text": text}, user=user)
        posted.bot_id = ""
        room.messages.append(posted)
        return posted

    def delete(self, channel: str, ts: str) -> None:
        """An admin deletes a message."""
        room = self.rooms[direct(channel)]
        room.messages = [message for message in room.messages if message.ts != ts]

    def called(self, method: str) -> list[Json]:
        return [params for name, params in self.calls if name == method]

    def response_url(self, channel: str, user: str, message: Posted | None = None) -> str:
        key = f"r{next(self._numbers)}"
        self._response_urls[key] = {
            "channel": channel,
            "user": user,
            "message": message,
            "uses": 0,
            "until": self.clock.monotonic() + _RESPONSE_SECONDS,
        }
        return f"{self.base_url}/response/{key}"

    def channel_name(self, channel: str) -> str:
        """As payloads tell it."""
        room = self.rooms.get(channel)
        if channel.startswith("D"):
            return "directmessage"
        return "privategroup" if room and room.private else room.name if room else "elsewhere"

    def number(self) -> int:
        return next(self._numbers)

    # --- the Web API -------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request, method)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(params.pop("token", ""))
        self.calls.append((method, params))
        self.changed()
        fault = self._faults[method].popleft() if self._faults[method] else self._planned(method, token, params)
        if fault and not fault.after:
            return await self._misbehave(fault, request)
        try:
            body: Json = {"ok": True, **self._call(method, token, params)}
            answer = web.json_response(body)
        except Refused as refused:
            headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
            answer = web.json_response({"ok": False, "error": refused.code, **refused.more}, status=refused.number, headers=headers)
        return await self._misbehave(fault, request) if fault else answer

    def _planned(self, method: str, token: str, params: Json) -> Fault | None:
        post = method == "chat.postMessage"
        if self.faults is None or not method.startswith(("chat.", "conversations.")) or (trouble := self.faults.draw(post=post)) is None:
            return None
        patience = self.faults.patience
        match trouble.kind:
            case "500" | "503":
                return status(int(trouble.kind), after=trouble.after)
            case "429":
                return rate_limit(max(1, round(self.faults.retry_after)))
            case "stall":
                return Fault("stall", after=trouble.after, patience=patience)
            case "late":
                self._landing.later(self.faults.late, lambda: self._land(method, token, params))
                return Fault("cut") if patience is None else Fault("stall", patience=patience)
            case "garbage":
                return garbage(after=trouble.after)
        return cut(after=trouble.after)

    def _land(self, method: str, token: str, params: Json) -> None:
        with contextlib.suppress(Refused):  # and nobody is there any more to be told
            self._call(method, token, params)

    async def _misbehave(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.kind == "refuse":
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return web.json_response({"ok": False, "error": fault.code, **dict(fault.extra)}, status=fault.number, headers=headers)
        if fault.kind == "status":
            return web.Response(status=fault.number, text="upstream trouble")
        if fault.kind == "garbage":
            return web.Response(text="<html>not what you asked for", content_type="application/json")
        if fault.kind == "stall":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), fault.patience)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _call(self, method: str, token: str, params: Json) -> Json:
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if not token:
            raise Refused("not_authed")
        if token in self.dead_tokens:
            raise Refused(self.dead_tokens[token])
        if token != wanted:
            raise Refused("not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth")
        work = getattr(self, "_do_" + method.replace(".", "_"), None)
        if work is None:
            raise Refused("unknown_method", req_method=method)
        answer: Json = work(params)
        return answer

    async def _respond(self, request: web.Request) -> web.Response:
        """A response URL: five answers within half an hour."""
        state = self._response_urls.get(request.match_info["key"])
        fault = self._faults["response_url"].popleft() if self._faults["response_url"] else None
        if fault:
            return web.Response(status=fault.number if fault.number != 200 else 500, text=fault.code)
        if state is None or state["uses"] >= _RESPONSE_USES or self.clock.monotonic() > state["until"]:
            return web.Response(status=404, text="expired_url")
        payload: Json = await request.json()
        if refusal := check_message(payload):
            return web.Response(status=400, text=refusal.code)
        state["uses"] += 1
        original: Posted | None = state["message"]
        if payload.get("replace_original") and original is not None:
            original.text, original.blocks = payload.get("text", ""), payload.get("blocks", [])
            self.answered(self._posted(state["channel"], payload, ephemeral=original.ephemeral, replaced=True, user=state["user"]))
        else:
            ephemeral = payload.get("response_type") != "in_channel"
            posted = self._posted(state["channel"], payload, ephemeral=ephemeral, user=state["user"])
            if not ephemeral and state["channel"] in self.rooms:
                self.rooms[state["channel"]].messages.append(posted)
            self.answered(posted)
        return web.Response(text="ok")


async def _params(request: web.Request, method: str) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        if method.startswith(_JSON_METHODS):
            params |= await request.json()
    elif request.can_read_body:
        params |= dict(await request.post())
    for name in ("blocks", "metadata", "attachments"):
        if isinstance(params.get(name), str):
            params[name] = json.loads(params[name])
    return params


if __name__ == "__main__":
    from tests.servers.slack_by_hand import main

    main()
