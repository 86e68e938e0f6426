"""The REST side of a loopback Discord: routes, tokens, and faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.servers.discord_gateway import Gateway
from tests.servers.discord_interactions import Interactions
from tests.servers.discord_kinds import DM, FORUM, THREAD, ApiError, Channel
from tests.servers.discord_world import HAS_THREAD, World
from tests.servers.faults import FaultPlan, Landing

Answered = tuple[int, Any]
Route = Callable[[re.Match[str], web.Request, Any], Awaitable[Answered] | Answered]
Kind = Literal["status", "error", "cut", "stall", "garbage", "limit", "ban"]
_POST = re.compile(r"POST /channels/(\d+)/(messages|threads)")
_ABOUT_MESSAGES = re.compile(r"\w+ /(channels/|users/@me/channels)")


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests whose "METHOD /path" holds the pattern ``on``.

    ``status``: a bare 5xx; ``error``: an error with ``code``; ``cut``: the connection ends; ``stall``: no answer until ``release`` is set,
    or for ``patience`` seconds and then a cut; ``garbage``: 200 and a ``text`` of a ``type``; ``limit``: 429 with ``retry_after``; ``ban``:
    429 as the wall in front of Discord sends it. ``after``: the work is done all the same.
    """

    kind: Kind
    on: str = r"POST /channels/\d+/(messages|threads)$"
    times: int = 1
    after: bool = False
    status: int = 500
    code: int = 0
    retry_after: float = 0.01
    everywhere: bool = False
    patience: float | None = None
    text: str = '{"id": "12'
    type: str = "application/json"
    release: asyncio.Event = field(default_factory=asyncio.Event)


class Rest:
    def __init__(self, world: World, interactions: Interactions, gateway: Gateway, accepts: Callable[[str], bool]) -> None:
        self._world = world
        self._interactions = interactions
        self._gateway = gateway
        self._accepts = accepts
        self.faults: list[Fault] = []
        #: Random trouble, for what no fault of ``faults`` is set on.
        self.plan: FaultPlan | None = None
        self.landing = Landing(world.now)
        #: Headers about rate limits that every post is answered with.
        self.limits: dict[str, str] = {}
        #: "METHOD /path" of every request, in order.
        self.calls: list[str] = []
        self._routes: list[tuple[re.Pattern[str], Route]] = [
            (re.compile(pattern), route)
            for pattern, route in (
                (r"GET /users/@me", self._me),
                (r"GET /(?:applications/@me|oauth2/applications/@me)", self._application),
                (r"GET /gateway(?:/bot)?", self._gateway_url),
                (r"GET /users/(\d+)", self._user),
                (r"POST /users/@me/channels", self._open_dm),
                (r"GET /channels/(\d+)", self._channel),
                (r"DELETE /channels/(\d+)", self._remove_thread),
                (r"PATCH /channels/(\d+)", self._change_thread),
                (r"POST /channels/(\d+)/threads", self._begin_post),
                (r"GET /channels/(\d+)/threads/archived/public", self._archived),
                (r"GET /guilds/(\d+)/threads/active", self._active),
                (r"GET /channels/(\d+)/messages", self._history),
                (r"POST /channels/(\d+)/messages", self._post),
                (r"GET /channels/(\d+)/messages/(\d+)", self._message),
                (r"PATCH /channels/(\d+)/messages/(\d+)", self._edit),
                (r"DELETE /channels/(\d+)/messages/(\d+)", self._delete),
                (r"POST /channels/(\d+)/messages/(\d+)/threads", self._thread),
                (r"GET /guilds/(\d+)", self._guild),
                (r"GET /guilds/(\d+)/roles", self._roles),
                (r"GET /guilds/(\d+)/channels", self._channels),
                (r"GET /guilds/(\d+)/members/(\d+|@me)", self._member),
                (r"GET /applications/\d+/commands", lambda m, r, b: (200, self._interactions.commands)),
                (r"PUT /applications/\d+/commands", lambda m, r, b: (200, self._interactions.overwrite(b))),
                (r"POST /interactions/\d+/([\w-]+)/callback", self._callback),
                (r"POST /webhooks/\d+/([\w-]+)", self._follow_up),
                (r"PATCH /webhooks/\d+/([\w-]+)/messages/@original", self._edit_original),
                (r"DELETE /webhooks/\d+/([\w-]+)/messages/@original", self._delete_original),
            )
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path.removeprefix('/api/v10')}"
        self.calls.append(call)
        body = await _body(request)
        fault = next((fault for fault in self.faults if fault.times and re.search(fault.on, call)), None)
        if fault is None:
            fault = self._planned(call, body)
        if fault is None:
            return self._respond(*await self._work(call, request, body), self.limits if _POST.fullmatch(call) else None)
        fault.times -= 1
        done = await self._work(call, request, body) if fault.after else None
        return await self._break(fault, request, done)

    def _planned(self, call: str, body: Any) -> Fault | None:
        post = _POST.fullmatch(call)
        if self.plan is None or not _ABOUT_MESSAGES.match(call) or (trouble := self.plan.draw(post=bool(post))) is None:
            return None
        match trouble.kind:
            case "500" | "503":
                return Fault("status", status=int(trouble.kind), after=trouble.after)
            case "429":
                return Fault("limit", retry_after=self.plan.retry_after)
            case "stall":
                return Fault("stall", after=trouble.after, patience=self.plan.patience)
            case "late" if post:
                self.landing.later(self.plan.late, lambda: self._land(post[1], body, post[2] == "threads"))
                return Fault("cut") if self.plan.patience is None else Fault("stall", patience=self.plan.patience)
            case "garbage":
                return Fault("garbage", after=trouble.after)
        return Fault("cut", after=trouble.after)

    def _land(self, channel: str, body: Any, begins: bool) -> None:
        with contextlib.suppress(ApiError):  # refused, and nobody is there any more to be told
            place = self._world.visible(channel)
            if begins:
                self._world.open_post(place, body)
            else:
                self._world.post(place, body)

    async def _break(self, fault: Fault, request: web.Request, done: Answered | None) -> web.StreamResponse:
        if fault.kind == "cut" and request.transport is not None:
            request.transport.abort()
        elif fault.kind == "stall":
            try:
                await asyncio.wait_for(fault.release.wait(), fault.patience)
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()
            if done is not None:
                return self._respond(*done)
        elif fault.kind == "garbage":
            return web.Response(body=fault.text.encode(), headers={"Content-Type": fault.type, "Via": "1.1 google"})
        elif fault.kind == "ban":
            return web.Response(status=429, text="<html>banned</html>", content_type="text/html", headers={"Retry-After": "120"})
        elif fault.kind == "limit":
            body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": fault.everywhere}
            scope = "global" if fault.everywhere else "user"
            headers = {"Retry-After": str(fault.retry_after), "X-RateLimit-Scope": scope, "Via": "1.1 google"}
            return self._respond(429, body, headers | ({"X-RateLimit-Global": "true"} if fault.everywhere else {}))
        elif fault.kind == "error":
            return self._respond(fault.status, ApiError(fault.status, fault.code).body)
        return web.Response(status=fault.status, text="upstream error", content_type="text/plain")

    async def _work(self, call: str, request: web.Request, body: Any) -> Answered:
        try:
            interaction = re.match(r"\w+ /(interactions|webhooks)/", call)
            if not interaction and not self._accepts(request.headers.get("Authorization", "").removeprefix("Bot ")):
                raise ApiError(401, 0, "401: Unauthorized")
            for pattern, route in self._routes:
                if found := pattern.fullmatch(call):
                    result = route(found, request, body)
                    return await result if isinstance(result, Awaitable) else result
            raise ApiError(404, 0, "404: Not Found")
        except ApiError as error:
            return error.status, error.body

    def _respond(self, status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
        if status == 204:
            return web.Response(status=204)
        # Exactly this content type: with a charset behind it the client would not parse the body.
        data = json.dumps(body).encode()
        return web.Response(status=status, body=data, headers={"Content-Type": "application/json", "Via": "1.1 google", **(headers or {})})

    # --- routes ---

    def _me(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, {**self._world.user(self._world.bot), "verified": True, "mfa_enabled": False}

    def _application(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        own = str(self._world.application)
        owner = self._world.user(self._world.owner)
        about = {"name": "Papercrier", "description": "", "icon": None, "bot_public": True, "bot_require_code_grant": False}
        return 200, {"id": own, **about, "owner": owner, "verify_key": "0" * 64, "flags": 0, "team": None, "summary": ""}

    def _gateway_url(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return 200, {"url": self._gateway.url, "shards": 1, "session_start_limit": limit}

    def _user(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        if int(found[1]) not in self._world.users:
            raise ApiError(404, 10013)
        return 200, self._world.user(int(found[1]))

    def _open_dm(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, self._world.channel(self._world.dm(int(body["recipient_id"])))

    def _channel(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, self._world.channel(self._world.visible(found[1]))

    async def _begin_post(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        post, message = self._world.open_post(self._world.visible(found[1]), body)
        await self._gateway.tell("THREAD_CREATE", {**self._world.channel(post), "newly_created": True})
        return 201, {**self._world.channel(post), "message": message}

    def _active(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        world = self._world
        threads = [one for one in world.channels.values() if one.type == THREAD and not one.archived and one.guild == int(found[1])]
        seen = [one for one in threads if world.bot_rights(one).view_channel]
        return 200, {"threads": [world.channel(one) for one in sorted(seen, key=lambda one: -one.id)], "members": []}

    def _archived(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel = self._world.visible(found[1])
        if not self._world.bot_rights(channel).read_message_history:
            raise ApiError(403, 50001, "Missing Access")
        old = [self._world.channel(one) for one in self._world.posts(channel.id) if one.archived]
        return 200, {"threads": old[::-1], "members": [], "has_more": False}

    def _own_thread(self, found: re.Match[str], *, ours: bool) -> Channel:
        thread = self._world.visible(found[1])
        if not self._world.bot_rights(thread).manage_threads and not (ours and thread.owner == self._world.bot):
            raise ApiError(403, 50013, "Missing Permissions")
        return thread

    def _remove_thread(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        thread = self._own_thread(found, ours=False)
        del self._world.channels[thread.id]
        return 200, self._world.channel(thread)

    def _change_thread(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        thread = self._own_thread(found, ours=True)
        thread.archived = bool(body.get("archived", thread.archived))
        return 200, self._world.channel(thread)

    def _history(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel = self._world.visible(found[1])
        if channel.type == FORUM:
            raise ApiError(400, 50008, "Cannot execute action on this channel type")
        if not self._world.bot_rights(channel).read_message_history:
            return 200, []
        limit = int(request.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise ApiError(400, 50035, "Invalid Form Body")
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 1 << 63))
        messages = [message for number, message in sorted(channel.messages.items()) if after < number < before]
        chosen = messages[:limit] if "after" in request.query else messages[-limit:]
        return 200, chosen[::-1]

    def _post(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, self._world.post(self._world.visible(found[1]), body)

    def _known(self, found: re.Match[str]) -> tuple[Channel, dict[str, Any]]:
        channel = self._world.visible(found[1])
        if int(found[2]) not in channel.messages or channel.type == FORUM:
            raise ApiError(404, 10008)
        return channel, channel.messages[int(found[2])]

    def _message(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel, message = self._known(found)
        if not self._world.bot_rights(channel).read_message_history:
            raise ApiError(403, 50013, "Missing Permissions")
        return 200, message

    def _edit(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel, message = self._known(found)
        if message["author"]["id"] != str(self._world.bot):
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        if channel.archived:
            raise ApiError(400, 50083, "Thread is archived")
        if not self._world.bot_rights(channel).embed_links:
            body = {**body, "embeds": []}
        return 200, self._world.edit(message, body)

    def _delete(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel, message = self._known(found)
        if message["author"]["id"] != str(self._world.bot) and not self._world.bot_rights(channel).manage_messages:
            raise ApiError(403, 50013, "Missing Permissions")
        self._world.remove(channel, int(message["id"]))
        return 204, None

    async def _thread(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        channel, message = self._known(found)
        if int(message["id"]) in self._world.channels:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        if channel.type in (DM, THREAD):
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if not self._world.bot_rights(channel).create_public_threads:
            raise ApiError(403, 50013, "Missing Permissions")
        if not 1 <= len(body["name"]) <= 100:
            raise ApiError(400, 50035, "Invalid Form Body")
        thread = Channel(id=int(message["id"]), name=body["name"], type=THREAD, guild=channel.guild, parent=channel.id)
        thread.owner = self._world.bot
        self._world.channels[thread.id] = thread
        message["flags"] |= HAS_THREAD
        await self._gateway.tell("THREAD_CREATE", {**self._world.channel(thread), "newly_created": True})
        return 201, self._world.channel(thread)

    def _guild(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        if int(found[1]) not in self._world.guilds:
            raise ApiError(404, 10004)
        return 200, self._world.guild_object(int(found[1]))

    def _roles(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, self._guild(found, request, body)[1]["roles"]

    def _channels(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        rooms = [channel for channel in self._world.channels.values() if channel.guild == int(found[1])]
        return 200, [self._world.channel(channel) for channel in rooms if channel.type != THREAD]

    def _member(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        user = self._world.bot if found[2] == "@me" else int(found[2])
        if user != self._world.bot and user not in self._world.users:
            raise ApiError(404, 10007)
        return 200, self._world.member(user, int(found[1]))

    async def _callback(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        answer = await self._interactions.callback(found[1], body)
        return (200, answer) if "with_response" in request.query else (204, None)

    async def _follow_up(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, await self._interactions.follow_up(found[1], body)

    async def _edit_original(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        return 200, await self._interactions.edit_original(found[1], body)

    async def _delete_original(self, found: re.Match[str], request: web.Request, body: Any) -> Answered:
        await self._interactions.delete_original(found[1])
        return 204, None


async def _body(request: web.Request) -> Any:
    """The JSON of a request; with files its "attachments" are told as Discord keeps them, with "content" to look into."""
    if not request.can_read_body:
        return None
    if not request.content_type.startswith("multipart/"):
        return await request.json()
    form = await request.post()
    body = json.loads(str(form.get("payload_json") or "{}"))
    inner = body.get("data") if "data" in body and "type" in body else body.get("message", body)
    told = {str(one["id"]): one for one in inner.get("attachments") or ()}
    files = []
    for name, part in form.items():
        if isinstance(part, web.FileField):
            about = told.get(name.removeprefix("files[").removesuffix("]"), {})
            content = part.file.read()
            files.append({"filename": part.filename, "description": about.get("description"), "size": len(content), "content": content})
    inner["attachments"] = files
    return body
