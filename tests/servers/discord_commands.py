"""Commands and forms as a loopback Discord checks them: what may be registered, chosen, proposed and filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.discord.checks import Problem
from tests.servers.discord_kinds import invalid_form


def form_data(form: dict[str, Any], values: Mapping[str, str | tuple[str, ...]]) -> dict[str, Any]:
    """What a person sends with a form: ``values`` where they changed something, the rest as it stood there."""
    left = dict(values)
    parts = []
    for part in form["components"]:
        if part["type"] != 18:
            parts.append({"type": part["type"]})
            continue
        asked = part["component"]
        name = asked["custom_id"]
        given = left.pop(name, None)
        if asked["type"] == 3:
            chosen = [option["value"] for option in asked["options"] if option.get("default")] if given is None else list(_tuple(given))
            assert set(chosen) <= {option["value"] for option in asked["options"]}, f"{name} cannot be {chosen}"
            least = asked.get("min_values", 1)
            assert least <= len(chosen) <= asked.get("max_values", 1) or (not chosen and not asked.get("required", True)), name
            parts.append({"type": 18, "component": {"type": 3, "custom_id": name, "values": chosen}})
        else:
            text = asked.get("value") or "" if given is None else str(given)
            assert len(text) <= asked.get("max_length", 4000), f"{name} is too long"
            assert text or not asked.get("required", True), f"{name} must be filled in"
            parts.append({"type": 18, "component": {"type": 4, "custom_id": name, "value": text}})
    assert not left, f"the form asks for no {sorted(left)}"
    return {"custom_id": form["custom_id"], "components": parts}


def _tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def subcommands(command: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every subcommand, with the groups it stands in, the innermost first."""
    for option in command.get("options") or ():
        if option["type"] == 1:
            yield option, ()
        elif option["type"] == 2:
            yield from ((inner, (*path, option["name"])) for inner, path in subcommands(option))


def stored(option: dict[str, Any]) -> dict[str, Any]:
    """As Discord gives an option back: what is false or empty is left out."""
    kept = {name: value for name, value in option.items() if value not in (False, None, [])}
    if "options" in kept:
        kept["options"] = [stored(part) for part in kept["options"]]
    return kept


def as_chosen(spec: dict[str, Any], name: str, value: str | int, focused: str) -> dict[str, Any]:
    option = next((option for option in spec.get("options", ()) if option["name"] == name), None)
    assert option is not None, f"{spec['name']} has no option {name!r}"
    if option["type"] == 4:
        assert isinstance(value, int), f"{name} takes an integer"
        assert option.get("min_value", value) <= value <= option.get("max_value", value), f"{name} is out of range"
    else:
        assert isinstance(value, str) and len(value) <= option.get("max_length", 6000), f"{name} takes a text that is not too long"
        if option.get("choices") and name != focused:
            assert value in [choice["value"] for choice in option["choices"]], f"{name} cannot be {value!r}"
    entry: dict[str, Any] = {"type": option["type"], "name": name, "value": value}
    if name == focused:
        assert option.get("autocomplete"), f"{name} has no proposals"
        entry["focused"] = True
    return entry


def checked_choices(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    problems = []
    if len(choices) > 25:
        problems.append(Problem("choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."))
    for index, choice in enumerate(choices):
        bad = [part for part in ("name", "value") if not 1 <= len(choice[part]) <= 100]
        problems += [Problem(f"choices.{index}.{part}", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.") for part in bad]
    if problems:
        raise invalid_form(problems, "data")
    return choices


def command_problems(path: str, command: dict[str, Any], depth: int = 0) -> list[Problem]:
    problems = []
    options = command.get("options") or []
    if depth == 0 and command.get("type") == 3:
        if options or command.get("description") or not 1 <= len(command["name"]) <= 32:
            problems.append(Problem(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"))
        return problems
    if depth > 0 and command["type"] in (1, 2) and depth > 3 - command["type"]:
        problems.append(Problem(f"{path}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command groups do not nest"))
    if len({option["type"] in (1, 2) for option in options}) > 1:
        problems.append(Problem(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and options do not mix"))
    if not re.fullmatch(r"[-_'\w]{1,32}", command["name"]) or command["name"] != command["name"].lower():
        problems.append(Problem(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"))
    if not 1 <= len(command.get("description", "")) <= 100:
        problems.append(Problem(f"{path}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."))
    if len(options) > 25 or len(command.get("choices") or []) > 25:
        problems.append(Problem(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."))
    if len({option["name"] for option in options}) != len(options):
        problems.append(Problem(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option names must be unique"))
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        problems.append(
            Problem(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before")
        )
    if command.get("autocomplete") and command.get("choices"):
        problems.append(
            Problem(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_MUTUALLY_EXCLUSIVE", "Choices and autocomplete exclude each other")
        )
    if depth == 0 and characters(command) > 8000:
        problems.append(Problem(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)"))
    for index, option in enumerate(options):
        problems += command_problems(f"{path}.options.{index}", option, depth + 1)
    return problems


def characters(command: dict[str, Any]) -> int:
    own = len(command["name"]) + len(command.get("description", ""))
    own += sum(len(choice["name"]) + len(str(choice["value"])) for choice in command.get("choices") or ())
    return own + sum(characters(option) for option in command.get("options") or ())
