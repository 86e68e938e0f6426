"""Commands as lines that people read, type and press: the form of each, and one with its options written out."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar.spec import CommandSpec, OptionSpec
from bot.grammar.table import COMMANDS

#: How the root command is shown. Another name is put in its place by ``bot.render.common.with_root``.
ROOT = "/papers"

_VERBS = {name: spec for spec in COMMANDS for name in (spec.verb, *spec.aliases)}


def find_command(word: str) -> CommandSpec | None:
    """The command that ``word`` names, by its verb or an alias."""
    return _VERBS.get(word.strip().casefold())


def verb_names() -> list[str]:
    """Every word that names a command."""
    return list(_VERBS)


def usage(spec: CommandSpec) -> str:
    """The form of a command in one line: ``/papers search <query> [sort:best|new|votes]``."""
    parts = [ROOT, spec.verb]
    bare = [option for option in spec.options if option.bare == "first"]
    rest = [option for option in spec.options if option.rest]
    named = [option for option in spec.options if option not in bare and option not in rest]
    parts += [f"<{option.name}>" if option.required else f"[{'|'.join(option.choices) or option.name}]" for option in bare]
    parts += [f"<{option.name}>" if option.required else f"[{option.name}]" for option in rest]
    parts += [f"[{option.name}:{'|'.join(option.choices) or ('n' if option.kind == 'integer' else '…')}]" for option in named]
    return " ".join(parts)


def command_help(spec: CommandSpec) -> str:
    """Everything about one command, in plain lines."""
    lines = [usage(spec), spec.summary]
    lines += [f"  {option.name}: {option.summary}" for option in spec.options]
    if spec.example:
        lines.append(f"Example: {ROOT} {spec.example}")
    if spec.aliases:
        lines.append(f"Also: {', '.join(spec.aliases)}")
    return "\n".join(lines)


def command_table() -> list[tuple[str, str]]:
    """One row for each command: its form and what it does."""
    return [(usage(spec), spec.summary) for spec in COMMANDS]


def command_line(verb: str, options: Mapping[str, str | int]) -> str:
    """The command as somebody would type it, without the root: what may stand bare first, the named ones last."""
    spec = find_command(verb)
    if spec is None:
        return " ".join([verb, *(str(value) for value in options.values())])
    given = {option: str(options[option.name]) for option in spec.options if str(options.get(option.name, "")).strip()}
    given |= {option: option.chosen(value) or value for option, value in given.items() if option.choices}
    bare = [value for option, value in given.items() if option.bare == "first" and " " not in value]
    rest = [value for option, value in given.items() if option.rest]
    named = [_named(option, value) for option, value in given.items() if not option.rest and (option.bare != "first" or " " in value)]
    return " ".join([spec.verb, *bare, *rest, *named])


def _named(option: OptionSpec, value: str) -> str:
    return f'{option.name}:"{value}"' if " " in value else f"{option.name}:{value}"
