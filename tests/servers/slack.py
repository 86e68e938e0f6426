"""A Slack of our own on the loopback interface: the Web API, response URLs and Socket Mode, as far as the bot uses them.

It refuses what Slack refuses, with Slack's words, and misbehaves on request (``server.script``). By hand:
``python -m tests.servers.slack`` prints its address; lines typed there are slash commands, the answers are printed.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from itertools import count
from typing import Any

from aiohttp import web

from adapters.slack.checks import check_message
from bot.clock import SystemClock
from bot.ports import Clock
from tests.servers.slack_parts import Fault, Json, Person, Posted, Refused, Room
from tests.servers.slack_socket import SocketSide

BOT_TOKEN = "xoxb-loopback-bot-token"
APP_TOKEN = "xapp-loopback-app-token"
TEAM, BOT_ID, BOT_USER, APP_ID = "T1", "B0BOT", "U0BOT", "A0APP"
SCOPES = (
    *("chat:write", "commands", "app_mentions:read", "channels:read", "groups:read", "im:write"),
    *("im:history", "channels:history", "groups:history", "users:read"),
)
_RESPONSE_USES, _RESPONSE_SECONDS = 5, 1800
#: Methods that read JSON bodies; the others only look at form fields and the query.
_JSON_METHODS = ("chat.", "views.", "conversations.open", "auth.test")


class SlackServer(SocketSide):
    """``async with SlackServer() as server``: point the bot's ``api_url`` at ``server.api_url``."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        super().__init__()
        self.clock = clock or SystemClock()
        self.rooms: dict[str, Room] = {}
        self.people: dict[str, Person] = {}
        self.scopes = set(SCOPES)
        #: Error words that every call with that token gets, once set.
        self.dead_tokens: dict[str, str] = {}
        #: Refuse a second post into a channel within a second.
        self.limit_rate = False
        self.calls: list[tuple[str, Json]] = []
        self.views: list[Json] = []
        self._port = port
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._numbers = count(1)
        self._response_urls: dict[str, Json] = {}
        self._stopped = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.add_channel("C0123ABCD", "nlp")
        self.add_channel("C0PAPERS", "papers")
        self.add_person("U7", "Ana")

    # --- for tests ---------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> SlackServer:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{key}", self._respond)
        app.router.add_get("/socket/{ticket}", self.socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped.set()
        await self.drop_sockets()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    def add_channel(self, id: str, name: str, *, member: bool = True, private: bool = False, archived: bool = False) -> Room:
        self.rooms[id] = Room(id=id, name=name, member=member, private=private, archived=archived)
        return self.rooms[id]

    def add_person(self, id: str, name: str, *, admin: bool = False) -> Person:
        self.people[id] = Person(id=id, name=name, admin=admin)
        return self.people[id]

    def script(self, method: str, *faults: Fault) -> None:
        """The next calls of ``method`` go wrong like this, one after the other."""
        self._faults[method].extend(faults)

    def messages(self, channel: str) -> list[Posted]:
        """What stands in a channel, oldest first. ``@U7`` means the direct messages with that person."""
        address = channel.removeprefix("@")
        room = self.rooms.get(_direct(address) if address[0] in "UW" else address)
        return list(room.messages) if room else []

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

    # --- the Web API -------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request, method)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(params.pop("token", ""))
        self.calls.append((method, params))
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault and not fault.after:
            return await self._misbehave(fault, request)
        try:
            body: Json = {"ok": True, **self._call(method, token, params)}
            answer = web.json_response(body)
        except Refused as refused:
            headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
            answer = web.json_response({"ok": False, "error": refused.code, **refused.more}, status=refused.number, headers=headers)
        return await self._misbehave(fault, request) if fault else answer

    async def _misbehave(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.kind == "refuse":
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return web.json_response({"ok": False, "error": fault.code, **dict(fault.extra)}, status=fault.number, headers=headers)
        if fault.kind == "status":
            return web.Response(status=fault.number, text="upstream trouble")
        if fault.kind == "garbage":
            return web.Response(text="<html>not what you asked for", content_type="application/json")
        if fault.kind == "stall":
            await self._stopped.wait()
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

    def _do_auth_test(self, _: Json) -> Json:
        return {"url": "https://group.example/", "team": "Group", "user": "papers", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID}

    def _do_apps_connections_open(self, _: Json) -> Json:
        return {"url": f"ws://127.0.0.1:{self._port}/socket/{self.ticket()}"}

    def _do_chat_postMessage(self, params: Json) -> Json:
        self._need("chat:write")
        room = self._room(params.get("channel", ""), writing=True)
        _refuse_bad(params)
        now = self.clock.monotonic()
        if self.limit_rate and now - room.last_post < 1:
            raise Refused("ratelimited", number=429, retry_after=1)
        room.last_post = now
        posted = self._store(room, params)
        return {"channel": room.id, "ts": posted.ts, "message": _as_json(posted, metadata=True)}

    def _do_chat_postEphemeral(self, params: Json) -> Json:
        self._need("chat:write")
        room = self._room(params.get("channel", ""), writing=True)
        _refuse_bad(params)
        if params.get("user") not in self.people:
            raise Refused("user_not_in_channel")
        posted = self._posted(room.id, params, ephemeral=True, user=params["user"])
        self.answered(posted)
        return {"message_ts": posted.ts}

    def _do_chat_update(self, params: Json) -> Json:
        room = self._room(params.get("channel", ""), writing=True)
        _refuse_bad(params)
        if len(params.get("text", "")) > 4000:
            raise Refused("msg_too_long")
        posted = next((message for message in room.messages if message.ts == params.get("ts")), None)
        if posted is None:
            raise Refused("message_not_found")
        if posted.bot_id != BOT_ID:
            raise Refused("cant_update_message")
        posted.text, posted.blocks = params.get("text", posted.text), params.get("blocks", posted.blocks)
        posted.metadata = params.get("metadata", posted.metadata)
        return {"channel": room.id, "ts": posted.ts}

    def _do_conversations_history(self, params: Json) -> Json:
        room = self._readable(params)
        top = [message for message in room.messages if not message.thread_ts or message.thread_ts == message.ts]
        return self._page(list(reversed(top)), params)

    def _do_conversations_replies(self, params: Json) -> Json:
        room = self._readable(params)
        thread = [message for message in room.messages if params.get("ts") in (message.ts, message.thread_ts)]
        if not thread:
            raise Refused("thread_not_found")
        return self._page(thread, params)

    def _do_conversations_info(self, params: Json) -> Json:
        room = self._room(params.get("channel", ""))
        self._need(f"{room.kind}:read")
        return {"channel": {"id": room.id, "name": room.name, "is_member": room.member, "is_archived": room.archived, "is_im": False}}

    def _do_conversations_open(self, params: Json) -> Json:
        self._need("im:write")
        return {"channel": {"id": self._direct_room(str(params.get("users", ""))).id}}

    def _do_users_info(self, params: Json) -> Json:
        self._need("users:read")
        person = self.people.get(str(params.get("user", "")))
        if person is None:
            raise Refused("user_not_found")
        profile = {"display_name": person.name, "real_name": person.name}
        return {"user": {"id": person.id, "name": person.name.lower(), "is_admin": person.admin, "is_owner": False, "profile": profile}}

    def _do_views_open(self, params: Json) -> Json:
        view = params.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        if not self.use_trigger(str(params.get("trigger_id", ""))):
            raise Refused("expired_trigger_id")
        if not isinstance(view, dict) or len(view.get("title", {}).get("text", "")) > 24 or len(view.get("blocks", [])) > 100:
            raise Refused("invalid_arguments")
        self.views.append(view)
        return {"view": {**view, "id": f"V{next(self._numbers)}", "hash": "1"}}

    # --- who may do what ---------------------------------------------------------------------------------------------

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _room(self, channel: str, *, writing: bool = False) -> Room:
        if channel[:1] in ("U", "W"):
            return self._direct_room(channel)
        room = self.rooms.get(channel)
        if room is None or (room.private and not room.member):
            raise Refused("channel_not_found")
        if writing and not room.member and "chat:write.public" not in self.scopes:
            raise Refused("not_in_channel")
        if writing and room.archived:
            raise Refused("is_archived")
        return room

    def _direct_room(self, user: str) -> Room:
        if user not in self.people:
            raise Refused("user_not_found")
        return self.rooms.setdefault(_direct(user), Room(id=_direct(user), name=user))

    def _readable(self, params: Json) -> Room:
        room = self._room(str(params.get("channel", "")))
        self._need(f"{room.kind}:history")
        if not room.member:
            raise Refused("not_in_channel")
        return room

    # --- messages ----------------------------------------------------------------------------------------------------

    def _store(self, room: Room, params: Json) -> Posted:
        posted = self._posted(room.id, params)
        room.messages.append(posted)
        if posted.thread_ts:
            self.answered(posted)
        return posted

    def _posted(self, channel: str, params: Json, **fields: Any) -> Posted:
        ts = f"{int(self.clock.now().timestamp())}.{next(self._numbers):06d}"
        return Posted(
            channel=channel,
            ts=ts,
            text=str(params.get("text", ""))[:40_000],
            blocks=params.get("blocks", []),
            metadata=params.get("metadata"),
            thread_ts=str(params.get("thread_ts", "")),
            bot_id=BOT_ID,
            **fields,
        )

    def _page(self, messages: list[Posted], params: Json) -> Json:
        oldest, latest = float(params.get("oldest") or 0), float(params.get("latest") or "inf")
        within = [message for message in messages if oldest <= float(message.ts) <= latest]
        limit, start = min(int(params.get("limit") or 100), 999), int(params.get("cursor") or 0)
        full = str(params.get("include_all_metadata", "")).lower() in ("1", "true")
        page = [_as_json(message, metadata=full) for message in within[start : start + limit]]
        more = start + limit < len(within)
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": str(start + limit) if more else ""}}

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


def _direct(user: str) -> str:
    return f"D{user}"


def _refuse_bad(params: Json) -> None:
    if refusal := check_message(params):
        reasons = list(refusal.reasons)
        raise Refused(refusal.code, errors=reasons, response_metadata={"messages": [f"[ERROR] {reason}" for reason in reasons]})


def _as_json(message: Posted, *, metadata: bool) -> Json:
    shown: Json = {"type": "message", "ts": message.ts, "text": message.text, "blocks": message.blocks, "bot_id": message.bot_id}
    if message.bot_id == BOT_ID:
        shown |= {"user": BOT_USER, "app_id": APP_ID}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata:
        shown["metadata"] = message.metadata if metadata else {"event_type": message.metadata["event_type"]}
    return shown


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
