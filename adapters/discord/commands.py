"""The command table as Discord wants it registered, and back from what was chosen to a verb with its options."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.markup import fit_plain
from bot.domain.messages import Message
from bot.grammar.reading import COMMANDS, CommandSpec, OptionSpec

log = logging.getLogger(__name__)

_COMMAND, _ON_MESSAGE = 1, 3
_SUBCOMMAND, _GROUP, _TEXT, _INTEGER = 1, 2, 3, 4
_SUMMARY = "New and unread papers: search, subscribe, schedule"
#: What the command in the menu of every message is called.
LOOK_UP = "Look up papers"
#: Discord takes 25 verbs below one command: those that belong together stand below a word of their own.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "digest": ("How and when papers are posted here or to you", ("schedule", "pause", "resume", "settings", "preview")),
    "muting": ("What is never to be shown", ("mute", "unmute", "mutes")),
}
_GROUP_OF = {verb: group for group, (_, verbs) in GROUPS.items() for verb in verbs}
#: Whoever may use commands may use these; a server's administrators can narrow that down. Who may change what a channel is posted is
#: looked at again when it is asked.
_MEMBERS = str(discord.Permissions(use_application_commands=True).value)
#: Everywhere: in servers, in direct messages with the bot, and between people; installed by a server or by a person for themselves.
_EVERYWHERE = {"contexts": [0, 1, 2], "integration_types": [0, 1], "default_member_permissions": _MEMBERS}
#: What says whether two registrations are the same; Discord adds ids, versions and defaults.
_COMPARED: tuple[str, ...] = ("name", "description", "type", "required", "autocomplete", "min_value", "max_value", "max_length")
_COMPARED += ("contexts", "integration_types", "default_member_permissions")


def registration(root: str, table: Sequence[CommandSpec] = COMMANDS) -> list[dict[str, Any]]:
    """All commands as one command with a subcommand for each verb, and one in the menu of messages."""
    options = [_subcommand(spec) for spec in table if spec.verb not in _GROUP_OF]
    for name, (summary, verbs) in GROUPS.items():
        if members := [_subcommand(spec) for spec in table if spec.verb in verbs]:
            options.append({"type": _GROUP, "name": name, "description": summary, "options": members})
    return [
        {"type": _COMMAND, "name": root, "description": _SUMMARY, "options": options, **_EVERYWHERE},
        {"type": _ON_MESSAGE, "name": LOOK_UP, **_EVERYWHERE},
    ]


def same_commands(wanted: Sequence[Mapping[str, Any]], registered: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what is registered already says what is wanted, whatever ids and defaults Discord added to it."""
    return _compared(wanted) == _compared(registered)


async def register(client: discord.Client, root: str) -> bool:
    """Register the commands if they differ from what Discord has; whether they did. New names count against a daily limit."""
    if client.application_id is None:
        raise RuntimeError("not logged in")
    wanted = registration(root)
    if same_commands(wanted, await client.http.get_global_commands(client.application_id)):
        return False
    await client.http.bulk_upsert_global_commands(client.application_id, wanted)
    log.info("commands registered", extra={"command": root, "verbs": len(COMMANDS)})
    return True


def chosen(data: Mapping[str, Any]) -> tuple[str, dict[str, str | int], str]:
    """Verb, options and the name of the option being typed (empty unless it is an autocompletion) of an interaction's data."""
    subcommand = _chosen(data.get("options") or ())
    if subcommand is None:
        return "", {}, ""
    options = subcommand.get("options") or ()
    focused = next((str(option["name"]) for option in options if option.get("focused")), "")
    values = {str(option["name"]): option["value"] for option in options if isinstance(option.get("value"), str | int)}
    return str(subcommand["name"]), values, focused


def on_message(data: Mapping[str, Any]) -> bool:
    """Whether it is a command from the menu of a message."""
    return data.get("type") == _ON_MESSAGE


def spoken(message: Message, root: str) -> Message:
    """``message`` with commands named as people find them here: "/papers digest pause" for "/papers pause"."""
    verbs = re.compile(rf"{re.escape(root)} ({'|'.join(_GROUP_OF)})(?!\w)")

    def named(text: str) -> str:
        return verbs.sub(lambda found: f"{root} {_GROUP_OF[found[1]]} {found[1]}", text)

    items = tuple(replace(item, text=named(item.text), detail=named(item.detail)) for item in message.items)
    return replace(message, heading=named(message.heading), intro=named(message.intro), notice=named(message.notice), items=items)


def _chosen(options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    for option in options:
        if option.get("type") == _SUBCOMMAND:
            return option
        if option.get("type") == _GROUP:
            return _chosen(option.get("options") or ())
    return None


def _subcommand(spec: CommandSpec) -> dict[str, Any]:
    options = sorted((_option(spec, option) for option in spec.options), key=lambda option: not option["required"])  # as Discord wants it
    return {
        "type": _SUBCOMMAND,
        "name": spec.verb,
        "description": fit_plain(spec.summary, limits.COMMAND_DESCRIPTION),
        "options": options,
    }


def _option(command: CommandSpec, spec: OptionSpec) -> dict[str, Any]:
    option: dict[str, Any] = {
        "type": _INTEGER if spec.kind == "integer" else _TEXT,
        "name": spec.name,
        "description": fit_plain(spec.summary, limits.COMMAND_DESCRIPTION),
        "required": spec.required and not (command.form and spec.name not in command.form_needs),  # left out, a form asks for it
    }
    if spec.kind == "choice":
        option["choices"] = [{"name": choice, "value": choice} for choice in spec.choices]
    elif spec.kind == "integer":
        option |= {name: value for name, value in (("min_value", spec.minimum), ("max_value", spec.maximum)) if value is not None}
    else:
        option["max_length"] = spec.longest
        if spec.complete:
            option["autocomplete"] = True
    return option


def _compared(commands: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Only what was asked for, defaults written out, in one order."""
    return sorted((_compared_one(command) for command in commands), key=lambda command: str(command["name"]))


def _compared_one(command: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: command.get(name) for name in _COMPARED}
    kept["type"] = kept["type"] or 1
    kept["description"] = kept["description"] or ""
    for name in ("required", "autocomplete"):
        kept[name] = bool(kept[name])
    for name in ("contexts", "integration_types"):
        kept[name] = sorted(kept[name] or ())
    kept["choices"] = [(choice["name"], choice["value"]) for choice in command.get("choices") or ()]
    kept["options"] = [_compared_one(option) for option in command.get("options") or ()]
    return kept
