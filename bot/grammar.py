"""What was typed or chosen -> a ``Command``. Typed text and typed options pass the same checks and give equal commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from bot.domain.requests import Action, Command, What
from bot.errors import BadInput
from bot.grammar_table import COMMANDS, CommandSpec, OptionSpec

__all__ = [
    "COMMANDS",
    "ROOT",
    "CommandSpec",
    "OptionSpec",
    "command_help",
    "command_table",
    "find_command",
    "form_command",
    "from_options",
    "opens_form",
    "parse_command",
    "usage",
]

#: How the root command is shown. Another name is put in its place by ``bot.render.with_root``.
ROOT = "/papers"

_QUOTES = '"“”„‟«»＂'
_VERBS = {name: spec for spec in COMMANDS for name in (spec.verb, *spec.aliases)}


def find_command(word: str) -> CommandSpec | None:
    """The command that ``word`` names, by its verb or an alias."""
    return _VERBS.get(word.strip().casefold())


def parse_command(text: str) -> Command:
    """The command in typed text, which may begin with the root command. Nothing typed asks for help.

    Options are words like ``sort:new`` anywhere outside quotes; fields of a query (``by:``, ``in:``) are left to the query.
    ``BadInput`` says what is wrong and how the line should read.
    """
    words = " ".join(text.split())
    if re.match(r"/[A-Za-z][\w-]*(?=\s|$)", words):
        words = words.partition(" ")[2]
    verb, _, typed = words.partition(" ")
    if not verb:
        return Command(verb="help")
    spec = find_command(verb)
    if spec is None:
        raise _unknown_verb(verb, typed)
    return _checked(spec, _typed_options(spec, typed))


def form_command(text: str) -> Command | None:
    """The command without options that opens a form, when nothing but its verb was typed; ``None`` for every other text."""
    words = text.removeprefix(ROOT).split()
    spec = find_command(words[0]) if len(words) == 1 else None
    return Command(verb=spec.verb) if spec and spec.form else None


def opens_form(what: What) -> bool:
    """Whether ``Handler.form`` answers this: a command of a form without its value, or a press on a button that opens one."""
    match what:
        case Command(verb=verb, options=options):
            spec = find_command(verb)
            return bool(spec and spec.form and not any(options.get(option.name) for option in spec.options if option.required))
        case Action(verb=verb):
            return verb == "form"
    return False


def from_options(verb: str, options: Mapping[str, str | int]) -> Command:
    """The command of a verb with options by name, as a platform with typed options gives them. Blank ones count as not given."""
    spec = find_command(verb)
    if spec is None:
        raise _unknown_verb(verb, "")
    given: dict[str, str | int] = {}
    for name, value in options.items():
        option = spec.option(name)
        if option is None:
            raise BadInput(f'"{spec.verb}" has no option "{_short(name)}"', f"usage: {usage(spec)}")
        given[option.name] = value
    return _checked(spec, given)


def usage(spec: CommandSpec) -> str:
    """The form of a command in one line: ``/papers search <query> [sort:best|new|votes]``."""
    parts = [ROOT, spec.verb]
    bare = [option for option in spec.options if option.bare == "first"]
    rest = [option for option in spec.options if option.rest]
    named = [option for option in spec.options if option not in bare and option not in rest]
    parts += [f"[{'|'.join(option.choices) or option.name}]" for option in bare]
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


# --- typed text ------------------------------------------------------------------------------------------------------


def _typed_options(spec: CommandSpec, text: str) -> dict[str, str | int]:
    given: dict[str, str | int] = {}
    left: list[str] = []
    waiting: OptionSpec | None = None
    for word in _words(text):
        if waiting is not None:
            given[waiting.name] = _unquoted(word)
            waiting = None
            continue
        name, colon, value = word.partition(":")
        option = spec.option(name.casefold()) if colon else None
        if option is None or (option.rest and left):
            left.append(word)
        elif option.rest and option.verbatim:
            # "query:…" in front of a query is only its label.
            left += [value] if value else []
        elif not value:
            waiting = option
        else:
            given[option.name] = _unquoted(value)
    if waiting is not None:
        raise BadInput(f"{waiting.name}: stands without a value", f"usage: {usage(spec)}")
    _take_bare(spec, left, given)
    rest = next((option for option in spec.options if option.rest), None)
    if left and rest is not None:
        before = f"{given[rest.name]} " if rest.name in given else ""
        given[rest.name] = before + " ".join(left)
    elif left:
        raise _unexpected(spec, left[0])
    return given


def _take_bare(spec: CommandSpec, left: list[str], given: dict[str, str | int]) -> None:
    """Move words that are options without their names from ``left`` to ``given``."""
    for option in spec.options:
        if option.bare and option.name not in given and left:
            index = 0 if option.bare == "first" else -1
            if _fits(option, left[index]):
                given[option.name] = left.pop(index)


def _fits(option: OptionSpec, word: str) -> bool:
    if option.kind == "choice":
        return word.casefold() in option.choices
    if option.kind == "integer":
        return re.fullmatch(r"[+-]?\d+", word) is not None
    return re.fullmatch(option.pattern, word) is not None


def _words(text: str) -> Iterator[str]:
    """Words of a line; blanks inside quotes do not end one. A quote that is never closed reaches to the end."""
    word = ""
    inside = False
    for char in text:
        if char in _QUOTES:
            inside = not inside
        if char == " " and not inside:
            if word:
                yield word
            word = ""
        else:
            word += char
    if word:
        yield word


def _unquoted(text: str) -> str:
    return text[1:-1].strip() if len(text) >= 2 and text[0] in _QUOTES and text[-1] in _QUOTES else text


# --- checks ----------------------------------------------------------------------------------------------------------


def _checked(spec: CommandSpec, given: Mapping[str, str | int]) -> Command:
    options: dict[str, str | int] = {}
    for option in spec.options:
        value = given.get(option.name, "")
        text = " ".join(str(value).split())
        if not option.verbatim:
            text = _unquoted(text)
        if text:
            options[option.name] = _value(spec, option, text)
        elif option.required:
            raise BadInput(f'"{spec.verb}" needs {_article(option.name)}', f"usage: {usage(spec)}, for example: {ROOT} {spec.example}")
    return Command(verb=spec.verb, options=options)


def _value(spec: CommandSpec, option: OptionSpec, text: str) -> str | int:
    if option.kind == "integer":
        lowest, highest = option.minimum or 0, option.maximum or 10**9
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise BadInput(
                f'{option.name} "{_short(text)}" is not a whole number from {lowest} to {highest}',
                f"for example: {ROOT} {spec.verb} {option.name}:{min(10, highest)}",
            )
        return int(text)
    if option.kind == "choice":
        chosen = text.casefold()
        if chosen not in option.choices:
            close = get_close_matches(chosen, option.choices, n=1, cutoff=0.5)
            repair = f"did you mean {option.name}:{close[0]}?" if close else f"choose one of {', '.join(option.choices)}"
            raise BadInput(f'{option.name} cannot be "{_short(text)}"', repair)
        return chosen
    if len(text) > option.longest:
        raise BadInput(f"{option.name} is {len(text):,} characters long, {option.longest} are allowed", "make it shorter, or use two")
    return text


def _unknown_verb(verb: str, typed: str) -> BadInput:
    close = get_close_matches(verb.casefold(), list(_VERBS), n=1, cutoff=0.6)
    known = _VERBS[close[0]].verb if close else ""
    words = typed if known else f"{verb} {typed}"
    line = " ".join(f"{ROOT} {known or 'search'} {words}".split())
    if len(line) > 200:
        line = f"{ROOT} {known or 'search'} …"
    also = "" if known else f"; all commands: {ROOT} help"
    return BadInput(f'there is no command "{_short(verb)}"', f"did you mean: {line}{also}")


def _unexpected(spec: CommandSpec, word: str) -> BadInput:
    name = word.partition(":")[0].casefold()
    names = [option.name for option in spec.options]
    close = get_close_matches(name, names, n=1, cutoff=0.6) if ":" in word else []
    repair = f"did you mean {close[0]}:{word.partition(':')[2]}" if close else f"usage: {usage(spec)}"
    return BadInput(f'"{spec.verb}" does not understand "{_short(word)}"', repair)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
