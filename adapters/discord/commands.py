"""The command table as Discord wants it registered, and back from what was chosen to a verb with its options."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.markup import fit_plain
from bot.grammar import COMMANDS, CommandSpec, OptionSpec

log = logging.getLogger(__name__)

_SUBCOMMAND, _TEXT, _INTEGER = 1, 3, 4
_SUMMARY = "New and unread papers: search, subscribe, schedule"
#: What says whether two registrations are the same; Discord adds ids, versions and defaults.
_COMPARED: tuple[str, ...] = ("name", "description", "type", "required", "autocomplete", "min_value", "max_value", "max_length")
_COMPARED += ("contexts", "integration_types")


def registration(root: str, table: Sequence[CommandSpec] = COMMANDS) -> list[dict[str, Any]]:
    """All commands as one command with a subcommand for each verb; usable in servers and in direct messages with the bot."""
    return [
        {
            "type": 1,
            "name": root,
            "description": _SUMMARY,
            "options": [_subcommand(spec) for spec in table],
            "contexts": [0, 1],
            "integration_types": [0],
        }
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
    subcommand = next((option for option in data.get("options") or () if option.get("type") == _SUBCOMMAND), None)
    if subcommand is None:
        return "", {}, ""
    options = subcommand.get("options") or ()
    focused = next((str(option["name"]) for option in options if option.get("focused")), "")
    values = {str(option["name"]): option["value"] for option in options if isinstance(option.get("value"), str | int)}
    return str(subcommand["name"]), values, focused


def _subcommand(spec: CommandSpec) -> dict[str, Any]:
    options = sorted(spec.options, key=lambda option: not option.required)  # Discord wants the required ones first
    return {
        "type": _SUBCOMMAND,
        "name": spec.verb,
        "description": fit_plain(spec.summary, limits.COMMAND_DESCRIPTION),
        "options": [_option(option) for option in options],
    }


def _option(spec: OptionSpec) -> dict[str, Any]:
    option: dict[str, Any] = {
        "type": _INTEGER if spec.kind == "integer" else _TEXT,
        "name": spec.name,
        "description": fit_plain(spec.summary, limits.COMMAND_DESCRIPTION),
        "required": spec.required,
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
    for name in ("required", "autocomplete"):
        kept[name] = bool(kept[name])
    for name in ("contexts", "integration_types"):
        kept[name] = sorted(kept[name] or ())
    kept["choices"] = [(choice["name"], choice["value"]) for choice in command.get("choices") or ()]
    kept["options"] = [_compared_one(option) for option in command.get("options") or ()]
    return kept
