"""The Web API's methods as the loopback Slack does them: what they need, what they refuse, what they answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from adapters.slack.checks import check_message
from tests.servers.slack_parts import Json, Person, Posted, Refused, Room
from tests.servers.standing import Entry, ServerClock

TEAM, BOT_ID, BOT_USER, APP_ID = "T1", "B0BOT", "U0BOT", "A0APP"


class Methods:
    """One ``_do_`` for each method; ``Refused`` where Slack would say no. The server brings what they work on."""

    clock: ServerClock
    rooms: dict[str, Room]
    people: dict[str, Person]
    scopes: set[str]
    limit_rate: bool
    log: list[Entry]
    _port: int
    _numbers: Iterator[int]

    def answered(self, posted: Posted) -> None:
        """Somebody got an answer."""
        raise NotImplementedError

    def ticket(self) -> str:
        """A new address for one connection."""
        raise NotImplementedError

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

    def _do_chat_delete(self, params: Json) -> Json:
        room = self._room(params.get("channel", ""))
        posted = next((message for message in room.messages if message.ts == params.get("ts")), None)
        if posted is None:
            raise Refused("message_not_found")
        if posted.bot_id != BOT_ID:
            raise Refused("cant_delete_message")
        room.messages.remove(posted)  # what was said below it stays
        return {"channel": room.id, "ts": posted.ts}

    def _do_conversations_history(self, params: Json) -> Json:
        room = self._readable(params)
        top = [message for message in room.messages if not message.thread_ts or message.thread_ts == message.ts]
        answer = self._page(list(reversed(top)), params)
        replies: defaultdict[str, list[str]] = defaultdict(list)
        for message in room.messages:
            if message.thread_ts and message.thread_ts != message.ts:
                replies[message.thread_ts].append(message.ts)
        for shown in answer["messages"]:
            if below := replies.get(shown["ts"]):
                shown |= {"thread_ts": shown["ts"], "reply_count": len(below), "latest_reply": max(below)}
        return answer

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
        return self.rooms.setdefault(direct(user), Room(id=direct(user), name=user))

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
        key = ((posted.metadata or {}).get("event_payload") or {}).get("delivery_id")
        if key:
            self.log.append(Entry(f"@{room.name}" if room.kind == "im" else room.id, str(key), posted.ts))
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


def direct(address: str) -> str:
    """The id of a conversation: of a person (``U7``, ``@U7``) that of their direct messages."""
    address = address.removeprefix("@")
    return f"D{address}" if address[:1] in ("U", "W") else address


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
