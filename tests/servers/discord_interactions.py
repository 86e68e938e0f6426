"""Interactions as a loopback Discord keeps them: the 3 second and the 15 minute rule, deferring, followups, ephemeral messages."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.discord.checks import Problem, check_message, check_modal
from tests.servers.discord_commands import as_chosen, checked_choices, command_problems, stored, subcommands
from tests.servers.discord_kinds import DM, ApiError, Channel, invalid_form
from tests.servers.discord_world import ALL, World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL, LOADING = 1 << 6, 1 << 7
FIRST_ANSWER, LIFETIME = 3.0, 15 * 60.0
_ALLOWED = {
    COMMAND: {MESSAGE, DEFERRED_MESSAGE, MODAL},
    COMPONENT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, DEFERRED_MESSAGE},
}
#: Messages after the first that an app may send where only the person has it.
FOLLOWUPS_ALONE = 5


@dataclass
class Answer:
    """What became of one interaction, growing as it is answered. ``first`` is the type of the first answer."""

    id: int
    token: str
    type: int
    place: Channel
    created: datetime
    source: dict[str, Any] | None = None
    first: int | None = None
    original: dict[str, Any] | None = None
    followups: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    #: The form that opened, as it was sent.
    form: dict[str, Any] | None = None
    #: The app is here by its person alone: the server has not installed it.
    alone: bool = False
    #: Seconds until the first answer.
    waited: float = 0.0
    #: Whether the message of the pressed component was changed.
    updated: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def loading(self) -> bool:
        return bool(self.original and self.original["flags"] & LOADING)

    @property
    def settled(self) -> bool:
        """Whether the person sees something: proposals, an answer, or a changed message."""
        if self.type == AUTOCOMPLETE:
            return self.first is not None
        return self.form is not None or self.updated or bool(self.followups) or (self.original is not None and not self.loading)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """New messages in order, as the person sees them."""
        return [*([self.original] if self.original and not self.loading else []), *self.followups]

    @property
    def message(self) -> dict[str, Any]:
        """The message that answers: the last one that was added, or else the one whose component was pressed."""
        return self.messages[-1] if self.messages else self.source or {}

    @property
    def private(self) -> bool:
        return bool(self.message["flags"] & EPHEMERAL)

    @property
    def text(self) -> str:
        """Everything the answering message says, for looking words up in it."""
        embeds = self.message.get("embeds", [])
        parts = [self.message.get("content", "")]
        for embed in embeds:
            parts += [embed.get("title") or "", embed.get("description") or "", (embed.get("footer") or {}).get("text") or ""]
        return "\n".join(part for part in parts if part)

    async def until(self, ready: Callable[[Answer], bool], *, seconds: float = 10) -> Answer:
        """Wait for more of the answer."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: ready(self))
        return self

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class Interactions:
    def __init__(self, world: World) -> None:
        self._world = world
        self.answers: dict[str, Answer] = {}
        self.commands: list[dict[str, Any]] = []
        self.registered = asyncio.Event()

    def begin(
        self,
        type: int,
        data: dict[str, Any],
        channel: Channel,
        user: int,
        rights: int | None,
        source: dict[str, Any] | None,
        *,
        alone: bool = False,
    ) -> tuple[Answer, dict[str, Any]]:
        """A new interaction: what will become of it, and the event that announces it. ``alone``: only the person has the app there."""
        world = self._world
        answer = Answer(id=world.snowflake(), token=secrets.token_urlsafe(24), type=type, place=channel, created=world.now(), source=source)
        answer.alone = alone
        self.answers[answer.token] = answer
        event: dict[str, Any] = {
            "id": str(answer.id),
            "application_id": str(world.application),
            "type": type,
            "token": answer.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": world.channel(channel),
            "app_permissions": str(world.bot_rights(channel).value),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10 << 20,
            "context": 1 if channel.type == DM else 0,
            "authorizing_integration_owners": {"1": str(user)} if alone else {"0": str(channel.guild)},
        }
        if source is not None:
            event["message"] = source
        if channel.type == DM:
            return answer, {**event, "user": world.user(user)}
        member = {**world.member(user, channel.guild), "permissions": str(ALL if rights is None else rights)}
        guild = {"id": str(channel.guild), "locale": "en-US", "features": []}
        return answer, {**event, "guild_id": str(channel.guild), "guild": guild, "guild_locale": "en-US", "member": member}

    async def callback(self, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The first answer."""
        answer = self.answers.get(token)
        if answer is None:
            raise ApiError(404, 10062, "Unknown interaction")
        late = (self._world.now() - answer.created).total_seconds() > FIRST_ANSWER
        if late and answer.first is None:
            raise ApiError(404, 10062, "Unknown interaction")
        if answer.first is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body["type"], body.get("data") or {}
        if kind not in _ALLOWED[answer.type]:
            raise invalid_form([Problem("type", "BASE_TYPE_CHOICES", f"Value must be one of {_ALLOWED[answer.type]}.")])
        if kind == CHOICES:
            answer.choices = checked_choices(data.get("choices") or [])
        elif kind in (MESSAGE, UPDATE):
            if problems := check_message(data):
                raise invalid_form(problems, "data")
            if kind == UPDATE and answer.source is not None:
                self._world.edit(answer.source, data)
                answer.updated = True
            else:
                answer.original = self._new(answer, data, data.get("flags") or 0)
        elif kind == MODAL:
            if problems := check_modal(data):
                raise invalid_form(problems, "data")
            answer.form = dict(data)
        elif kind == DEFERRED_MESSAGE:
            answer.original = self._world.message(answer.place.id, {}, flags=(data.get("flags") or 0) | LOADING)
        answer.first = kind
        answer.waited = (self._world.now() - answer.created).total_seconds()
        await answer._tell()
        done: dict[str, Any] = {"id": str(answer.id), "type": answer.type, "response_message_loading": kind == DEFERRED_MESSAGE}
        return {"interaction": done}

    async def edit_original(self, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._open(token)
        target = answer.original or answer.source
        if target is None or int(target["id"]) in self._world.deleted:
            raise ApiError(404, 10008)
        was_loading = answer.loading
        self._world.edit(target, dict(body))
        target["flags"] &= ~LOADING
        if answer.original is None:
            answer.updated = True
        elif was_loading:
            self._show(answer, target)
        await answer._tell()
        return target

    async def follow_up(self, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._open(token)
        if answer.loading:  # the first one takes the place of "thinking", and its privacy
            return await self.edit_original(token, body)
        if answer.alone and len(answer.followups) >= FOLLOWUPS_ALONE:
            raise ApiError(400, 40094, "This interaction has reached the limit of followups")
        if problems := check_message(body):
            raise invalid_form(problems)
        message = self._new(answer, dict(body), body.get("flags") or 0)
        answer.followups.append(message)
        await answer._tell()
        return message

    async def delete_original(self, token: str) -> None:
        answer = self._open(token)
        if answer.original is None:
            raise ApiError(404, 10008)
        answer.place.messages.pop(int(answer.original["id"]), None)
        answer.original = None

    def _open(self, token: str) -> Answer:
        answer = self.answers.get(token)
        if answer is None or answer.first is None:
            raise ApiError(404, 10015, "Unknown Webhook")
        if answer.place.id not in self._world.channels:
            raise ApiError(404, 10003)
        if (self._world.now() - answer.created).total_seconds() > LIFETIME:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return answer

    def _new(self, answer: Answer, data: dict[str, Any], flags: int) -> dict[str, Any]:
        message = self._world.message(answer.place.id, data, flags=flags)
        self._world._ping(data)
        self._show(answer, message)
        return message

    def _show(self, answer: Answer, message: dict[str, Any]) -> None:
        """Messages that only one person sees are in no history."""
        if not message["flags"] & EPHEMERAL:
            answer.place.messages[int(message["id"])] = message

    def find_message(self, message_id: int) -> tuple[Channel, dict[str, Any]]:
        """Any message a component can stand on, ephemeral ones included."""
        for channel in self._world.channels.values():
            if message_id in channel.messages:
                return channel, channel.messages[message_id]
        for answer in self.answers.values():
            for message in answer.messages:
                if int(message["id"]) == message_id:
                    return answer.place, message
        raise KeyError(message_id)

    # --- application commands ---

    def overwrite(self, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replace all commands; an equal name keeps its id."""
        problems = [problem for index, command in enumerate(commands) for problem in command_problems(str(index), command)]
        if problems:
            raise invalid_form(problems)
        known = {(command["type"], command["name"]): command["id"] for command in self.commands}
        self.commands = [
            {
                "default_member_permissions": None,
                "description": "",
                "nsfw": False,
                "dm_permission": True,
                "name_localizations": None,
                "description_localizations": None,
                **command,
                "options": [stored(option) for option in command.get("options") or ()],
                "id": known.get((command["type"], command["name"])) or str(self._world.snowflake()),
                "application_id": str(self._world.application),
                "version": str(self._world.snowflake()),
            }
            for command in commands
        ]
        self.registered.set()
        return self.commands

    def command_data(self, verb: str, options: Mapping[str, str | int], focused: str = "") -> dict[str, Any]:
        """The data of a slash command, checked as Discord's client does before it sends anything."""
        for command in self.commands:
            for spec, path in subcommands(command):
                if spec["name"] == verb:
                    chosen = [as_chosen(spec, name, value, focused) for name, value in options.items()]
                    missing = [
                        option["name"] for option in spec.get("options", ()) if option.get("required") and option["name"] not in options
                    ]
                    assert not missing or focused, f"{verb} needs {missing}"
                    parts: list[dict[str, Any]] = [{"type": 1, "name": verb, "options": chosen}]
                    for group in path:
                        parts = [{"type": 2, "name": group, "options": parts}]
                    return {"id": command["id"], "name": command["name"], "type": 1, "options": parts}
        raise AssertionError(f"no command {verb!r} is registered: {[command['name'] for command in self.commands]}")

    def menu_data(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """The data of a command from the menu of a message."""
        found = next((one for one in self.commands if one["type"] == 3 and one["name"] == name), None)
        assert found is not None, f"no command {name!r} in the menu of messages"
        target = str(message["id"])
        return {"id": found["id"], "name": name, "type": 3, "target_id": target, "resolved": {"messages": {target: message}}}
