"""People of the loopback Slack: they type commands, press buttons, fill in forms, look at their page, share links, react."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from adapters.slack.checks_views import check_options, check_view
from tests.servers.slack_files import Preview
from tests.servers.slack_parts import Json, Posted, pressable
from tests.servers.slack_views import View

if TYPE_CHECKING:
    from tests.servers.slack import SlackServer


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a form that was sent: what is wrong, by the names of its questions; or the answer that came where it was opened;
    or nothing of both, and the form shows something else now."""

    view: View
    errors: dict[str, str]
    answer: Posted | None = None


class People:
    """Each method is something that a person does, and gives what they get."""

    async def slash(self, text: str, *, channel: str = "C0123ABCD", user: str = "U7", command: str = "/papers", times: int = 1) -> Posted:
        """Somebody types a slash command; the answer they get. ``times``: the same envelope arrives so often."""
        return await self._ask("slash_commands", self.slash_payload(text, channel, user, command), times)

    def slash_payload(self, text: str, channel: str, user: str, command: str = "/papers") -> Json:
        server = self._slack
        return {
            "token": "x",
            "team_id": "T1",
            "team_domain": "group",
            "channel_id": channel,
            "channel_name": self._slack.channel_name(channel),
            "user_id": user,
            "user_name": server.people[user].name.lower(),
            "command": command,
            "text": text,
            "response_url": server.response_url(channel, user),
            "trigger_id": server.trigger(user),
            "api_app_id": "A0APP",
            "is_enterprise_install": "false",
        }

    async def press(self, message: Posted, action: str, *, user: str = "U7", times: int = 1) -> Posted:
        """Somebody presses the button (or picks the menu entry) with this action or label; the answer they get."""
        return await self._ask("interactive", self.press_payload(message, _element(message, action), user=user), times)

    def press_payload(self, message: Posted, element: Json, *, user: str = "U7") -> Json:
        server = self._slack
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": message.ephemeral}
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload: Json = {
            "type": "block_actions",
            **self._person(user),
            "container": container,
            "trigger_id": server.trigger(user),
            "channel": {"id": message.channel, "name": self._slack.channel_name(message.channel)},
            "state": {"values": {}},
            "response_url": server.response_url(message.channel, user, message),
            "actions": [{**_pressed(element), "action_ts": message.ts}],
        }
        if not message.ephemeral:
            payload["message"] = {"type": "message", "ts": message.ts, "bot_id": message.bot_id, "text": message.text}
        return payload

    async def mention(self, text: str, *, channel: str = "C0123ABCD", user: str = "U7", thread_ts: str = "", times: int = 1) -> Posted:
        """Somebody writes to the bot in a channel: ``text`` follows the mention."""
        number = self._slack.number()
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
            "event_id": f"Ev{number or self._slack.number()}",
            "event_time": 1700000000,
            "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U0BOT", "is_bot": True}],
        }

    # --- forms -------------------------------------------------------------------------------------------------------

    async def asks_form(self, text: str, *, channel: str = "C0123ABCD", user: str = "U7") -> View:
        """Somebody types a slash command that opens a form."""
        return await self._opening(user, "slash_commands", self._slack.slash_payload(text, channel, user))

    async def press_for_form(self, shown: Posted | View, action: str, *, user: str = "U7") -> View:
        """Somebody presses a button that opens a form, or that makes one of the modal it stands in."""
        element = _element(shown, action)
        if isinstance(shown, Posted):
            return await self._opening(user, "interactive", self.press_payload(shown, element, user=user))
        return await self.press_in(shown, action)

    async def press_in(self, view: View, action: str) -> View:
        """Somebody presses a button in a modal or on their page; what they look at when something has changed."""
        server, changes = self._slack, view.changes
        above = server.modal(view.user)
        envelope = await server.send("interactive", self.view_payload("block_actions", view, actions=[_pressed(_element(view, action))]))
        await server.acked(envelope)
        await server.until(lambda: view.changes > changes or server.modal(view.user) is not above)
        return server.modal(view.user) or view

    async def fill(self, view: View, name: str, *values: str, wait: bool = True) -> View:
        """Somebody fills in a question. Where that asks for a new estimate, it is waited for, unless ``wait`` is false."""
        view.put(name, *values)
        block = view.question(name)
        if block.get("dispatch_action"):
            await self._dispatched(view, block, wait=wait)
        return view

    async def suggest(self, view: View, name: str, typed: str) -> dict[str, str]:
        """Somebody types into a lookup: what is proposed, label -> value."""
        return {option["text"]["text"]: option["value"] for option in await self._proposed(view, name, typed)}

    async def look_up(self, view: View, name: str, typed: str, label: str, *, wait: bool = True) -> View:
        """Somebody types into a lookup and takes the proposal with this label or value."""
        view.put(name, label, options=await self._proposed(view, name, typed))
        block = view.question(name)
        if block.get("dispatch_action"):
            await self._dispatched(view, block, wait=wait)
        return view

    async def submit(self, view: View, *, times: int = 1) -> Sent:
        """Somebody sends a form. As Slack's client, this refuses to send one whose needed questions are empty."""
        server = self._slack
        missing = [name for name in view.fields if not view.question(name).get("optional") and not view.filled[name]]
        if missing:
            raise ValueError(f"Slack asks for {missing} before it sends a form")
        before, changes = len(server.answers), view.changes
        payload = self.view_payload("view_submission", view, response_urls=[])
        envelope = await server.send("interactive", payload)
        for _ in range(times - 1):
            await server.send("interactive", payload, envelope_id=envelope)
        await server.until(lambda: sum(ack.envelope_id == envelope for ack in server.acks) >= times)
        told = [ack.payload or {} for ack in server.acks if ack.envelope_id == envelope]
        assert all(one == told[0] for one in told), "one form, several outcomes"
        match told[0].get("response_action", ""):
            case "":
                server.close_view(view)
                await server.until(lambda: len(server.answers) > before)
                return Sent(view, {}, server.answers[before])
            case "clear":
                server.close_view(view, all=True)
            case "errors":
                errors: dict[str, str] = told[0]["errors"]
                assert errors and set(errors) <= {block["block_id"] for block in view.blocks if block["type"] == "input"}
                return Sent(view, {block_id.rpartition(":")[2]: text for block_id, text in errors.items()})
            case "update" | "push" as action:
                refusal = check_view(told[0]["view"])
                assert refusal is None, str(refusal)
                if action == "push":
                    view = server.show(view.user, told[0]["view"])
                elif view.changes == changes:
                    server.replace_view(view, told[0]["view"])
        return Sent(view, {})

    async def open_home(self, *, user: str = "U7", times: int = 1) -> View:
        """Somebody opens their page."""
        server, page = self._slack, self._slack.pages.get(user)
        changes = page.changes if page else -1
        event = {"type": "app_home_opened", "user": user, "channel": f"D{user}", "tab": "home"}
        if page:
            event["view"] = page.told()
        await self._happens(event, times)
        await server.until(lambda: user in server.pages and server.pages[user].changes > changes)
        return server.pages[user]

    # --- messages ----------------------------------------------------------------------------------------------------

    async def shortcut(self, message: Posted, *, callback_id: str = "look_up", user: str = "U7") -> Posted:
        """Somebody picks a shortcut from a message's menu; the answer they get."""
        server = self._slack
        told: Json = {"type": "message", "ts": message.ts, "text": message.text, "blocks": message.blocks, "user": message.user or "U0BOT"}
        if message.thread_ts:
            told["thread_ts"] = message.thread_ts
        payload = {
            "type": "message_action",
            "callback_id": callback_id,
            "trigger_id": server.trigger(user),
            "message_ts": message.ts,
            "response_url": server.response_url(message.channel, user),
            "channel": {"id": message.channel, "name": server.channel_name(message.channel)},
            "message": told,
            **self._person(user),
        }
        return await self._ask("interactive", payload, 1)

    async def write(self, text: str, *, user: str = "U7") -> Posted:
        """Somebody writes to the bot in direct messages; what it says there."""
        server = self._slack
        message = server.say(f"@{user}", text, user)
        before = len(server.messages(f"@{user}"))
        event = {"type": "message", "channel_type": "im", "user": user, "text": text, "ts": message.ts, "channel": message.channel}
        await self._happens(event)
        await server.until(lambda: len(server.messages(f"@{user}")) > before)
        return server.messages(f"@{user}")[before]

    async def react(self, message: Posted, emoji: str, *, user: str = "U7", added: bool = True, times: int = 1) -> None:
        """Somebody puts an emoji on a message, or takes it away."""
        if "reactions:read" not in self._slack.scopes:
            return
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        owner = "U0BOT" if message.bot_id else message.user
        kind = "reaction_added" if added else "reaction_removed"
        await self._happens({"type": kind, "user": user, "reaction": emoji, "item_user": owner, "item": item}, times)

    async def share(
        self, *urls: str, channel: str = "C0123ABCD", user: str = "U7", composing: bool = False, patience: float = 3.0
    ) -> list[Preview]:
        """Somebody posts links (or is still writing the message); the previews that come. ``TimeoutError`` when none does."""
        server = self._slack
        if "links:read" not in server.scopes:
            return []
        message = server.say(channel, " ".join(f"<{url}>" for url in urls), user)
        source, unfurl_id = ("composer" if composing else "conversations_history"), f"un{server.number()}"
        server.links_told(unfurl_id=unfurl_id, source=source, channel=message.channel, ts=message.ts, urls=urls)
        before = len(server.previews)
        event: Json = {
            "type": "link_shared",
            "user": user,
            "channel": "COMPOSER" if composing else message.channel,
            "message_ts": message.ts,
            "unfurl_id": unfurl_id,
            "source": source,
            "links": [{"url": url, "domain": url.split("/")[2]} for url in urls],
        }
        await self._happens(event)
        async with asyncio.timeout(patience):
            await server.until(lambda: len(server.previews) > before)
        return server.previews[before:]

    async def press_preview(self, preview: Preview, action: str, *, user: str = "U7") -> Posted:
        """Somebody presses a button below a link; the answer they get."""
        payload = self.press_payload(preview.posted, _element(preview.posted, action), user=user)
        payload["container"] |= {"type": "message_attachment", "attachment_id": 1, "message_ts": preview.ts, "is_app_unfurl": True}
        del payload["message"]
        return await self._ask("interactive", payload, 1)

    # --- payloads ----------------------------------------------------------------------------------------------------

    def view_payload(self, kind: str, view: View, **more: Any) -> Json:
        """Something done in a view: no channel, no address for answers."""
        container = {"container": {"type": "view", "view_id": view.id}} if kind != "view_submission" else {}
        return {
            "type": kind,
            "view": view.told(),
            "trigger_id": self._slack.trigger(view.user),
            **container,
            **self._person(view.user),
            **more,
        }

    def _person(self, user: str) -> Json:
        return {
            "user": {"id": user, "username": self._slack.people[user].name.lower(), "team_id": "T1"},
            "api_app_id": "A0APP",
            "team": {"id": "T1", "domain": "group"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _ask(self, kind: str, payload: Json, times: int) -> Posted:
        server = self._slack
        before = len(server.answers)
        more: Json = {"retry_attempt": 0, "retry_reason": ""} if kind == "events_api" else {}
        envelope = await server.send(kind, payload, **more)
        for _ in range(times - 1):
            await server.send(kind, payload, envelope_id=envelope, **more)
        await server.until(lambda: len(server.answers) > before and sum(ack.envelope_id == envelope for ack in server.acks) >= times)
        return server.answers[before]

    async def _happens(self, event: Json, times: int = 1) -> None:
        """An event is told, ``times`` times over, each time as a retry with an envelope of its own; until all are acknowledged."""
        payload = self.event_payload(event)
        for attempt in range(times):
            reason = "timeout" if attempt else ""
            await self._slack.acked(await self._slack.send("events_api", payload, retry_attempt=attempt, retry_reason=reason))

    async def _opening(self, user: str, kind: str, payload: Json) -> View:
        server, above = self._slack, self._slack.modal(user)
        await server.acked(await server.send(kind, payload))
        await server.until(lambda: server.modal(user) not in (None, above))
        return cast("View", server.modal(user))

    async def _dispatched(self, view: View, block: Json, *, wait: bool) -> None:
        changes, element = view.changes, block["element"]
        chosen = view.state[block["block_id"]][element["action_id"]]
        action = {"block_id": block["block_id"], "action_id": element["action_id"], **chosen}
        await self._slack.acked(await self._slack.send("interactive", self.view_payload("block_actions", view, actions=[action])))
        if wait:
            await self._slack.until(lambda: view.changes > changes)

    async def _proposed(self, view: View, name: str, typed: str) -> list[Json]:
        block = view.question(name)
        element = block["element"]
        if len(typed) < element.get("min_query_length", 3):
            return []
        asked = {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
        envelope = await self._slack.send("interactive", self.view_payload("block_suggestion", view, **asked))
        answer = (await self._slack.acked(envelope)).payload
        refusal = check_options(answer)
        assert refusal is None, str(refusal)
        options: list[Json] = answer["options"] if answer else []
        return options

    @property
    def _slack(self) -> SlackServer:
        return cast("SlackServer", self)


def _element(shown: Posted | View, action: str) -> Json:
    """The button or menu entry with this action or label."""
    for label, element in pressable(shown.blocks):
        if action in (label, element.get("value")):
            return element
    raise LookupError(f"no button {action!r}; there are {shown.actions}")


def _pressed(element: Json) -> Json:
    sent = ("selected_option",) if "selected_option" in element else ("value", "text")
    return {key: element[key] for key in ("type", "action_id", "block_id", *sent) if key in element}
