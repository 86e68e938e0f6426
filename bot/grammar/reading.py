"""What was typed or chosen -> a ``Command``. Typed text and typed options pass the same checks and give equal commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.domain.requests import Action, Command, What
from bot.errors import BadInput
from bot.grammar.lines import ROOT, command_help, command_line, command_table, find_command, usage
from bot.grammar.mistakes import (
    misplaced_option,
    missing_choice,
    missing_value,
    misspelt_kind,
    unexpected_word,
    unknown_option,
    unknown_verb,
    wrong_value,
)
from bot.grammar.table import COMMANDS, CommandSpec, OptionSpec

__all__ = [
    "COMMANDS",
    "ROOT",
    "CommandSpec",
    "OptionSpec",
    "command_help",
    "command_line",
    "command_table",
    "find_command",
    "form_action",
    "form_command",
    "from_options",
    "opens_form",
    "option_meant",
    "parse_command",
    "usage",
]

_QUOTES = '"“”„‟«»＂'
#: Nobody types more; a longer line is refused where its options are checked, without a repair.
_REPAIRED = 400


def parse_command(text: str) -> Command:
    """The command in typed text, which may begin with the root command. Nothing typed asks for help.

    Options are words like ``sort:new`` anywhere outside quotes; fields of a query (``by:``, ``in:``) are left to the query.
    ``BadInput`` says what is wrong, how the line should read, and in ``repairs`` which lines would run.
    """
    spec, typed = _verb(text)
    if spec is None:
        return Command(verb="help")
    try:
        return _checked(spec, _typed_options(spec, typed))
    except BadInput as error:
        raise _runnable(error) if len(text) <= _REPAIRED else _without_repairs(error) from None


def form_command(text: str) -> Command | None:
    """The command that opens a form when ``text`` is typed: a verb without its value; ``None`` for every other text."""
    try:
        spec, typed = _verb(text)
        if spec is None or not spec.form or len(text) > _REPAIRED:
            return None
        given = _typed_options(spec, typed)
        options = {option.name: _value(spec, option, str(given[option.name]), given) for option in spec.options if option.name in given}
    except BadInput:
        return None
    command = Command(verb=spec.verb, options=options)
    return command if opens_form(command) else None


def option_meant(command: Command, option: str, field: str) -> BadInput | None:
    """What is wrong with a query in ``option`` that has a ``field`` no query has, when an option of the command is called almost so."""
    spec = find_command(command.verb)
    error = misplaced_option(spec, command.options, option, field) if spec else None
    return _runnable(error) if error else None


def form_action(command: Command) -> Action:
    """The press that opens the form of ``command``, where a form has to be pressed for."""
    rule = [command.text("rule").lstrip("#")] if "rule" in command.options else []
    return Action(verb="form", args=(command.verb, *rule, command.text("to", "here")))


def opens_form(what: What) -> bool:
    """Whether ``Handler.form`` answers this: a command of a form without its value, or a press on a button that opens one."""
    match what:
        case Command(verb=verb, options=options):
            spec = find_command(verb)
            given = {name for name, value in options.items() if value}
            return bool(spec and spec.form and given >= {*spec.form_needs} and given <= {*spec.form_needs, *spec.form_takes})
        case Action(verb=verb):
            return verb == "form"
    return False


def from_options(verb: str, options: Mapping[str, str | int]) -> Command:
    """The command of a verb with options by name, as a platform with typed options gives them. Blank ones count as not given."""
    spec = find_command(verb)
    if spec is None:
        raise _runnable(unknown_verb(verb, ""))
    given: dict[str, str | int] = {}
    try:
        for name, value in options.items():
            option = spec.option(name)
            if option is None:
                raise unknown_option(spec, name)
            given[option.name] = value
        return _checked(spec, given)
    except BadInput as error:
        raise _runnable(error) if sum(len(str(value)) for value in options.values()) <= _REPAIRED else _without_repairs(error) from None


# --- typed text ------------------------------------------------------------------------------------------------------


def _verb(text: str) -> tuple[CommandSpec | None, str]:
    """The command that a line begins with and the rest of it; ``None`` for an empty line."""
    words = " ".join(text.split())
    if re.match(r"/[A-Za-z][\w-]*(?=\s|$)", words):
        words = words.partition(" ")[2]
    verb, _, typed = words.partition(" ")
    if not verb:
        return None, ""
    spec = find_command(verb)
    if spec is None:
        error = unknown_verb(verb, typed)
        raise _runnable(error) if len(text) <= _REPAIRED else _without_repairs(error)
    return spec, typed


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
    _take_bare(spec, left, given)
    if misspelt := misspelt_kind(spec, left, given):
        raise misspelt
    rest = next((option for option in spec.options if option.rest), None)
    if rest is not None and left:
        before = f"{given[rest.name]} " if rest.name in given else ""
        given[rest.name] = before + " ".join(left)
        left = []
    if waiting is not None:
        raise missing_value(spec, waiting, given)
    if left:
        raise unexpected_word(spec, left, given)
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
        return option.chosen(word) != ""
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
            options[option.name] = _value(spec, option, text, given)
        elif option.required and option.choices:
            raise missing_choice(spec, option, given)
        elif option.required:
            article = "an" if option.name[0] in "aeiou" else "a"
            raise BadInput(
                f'"{spec.verb}" needs {article} {option.name}',
                f"usage: {usage(spec)}, for example: {ROOT} {spec.example}",
                repairs=(f"help {spec.verb}",),
                option=option.name,
            )
    return Command(verb=spec.verb, options=options)


def _value(spec: CommandSpec, option: OptionSpec, text: str, given: Mapping[str, str | int]) -> str | int:
    if option.kind == "integer":
        lowest, highest = option.range
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise wrong_value(spec, option, text, given)
        return int(text)
    if option.kind == "choice":
        if chosen := option.chosen(text):
            return chosen
        raise wrong_value(spec, option, text, given)
    if len(text) > option.longest:
        long = f"{option.name} is {len(text):,} characters long, {option.longest} are allowed"
        raise BadInput(long, "make it shorter, or use two", option=option.name)
    return text


def _runnable(error: BadInput) -> BadInput:
    """``error`` with those of its repairs that run as they stand. What is wrong elsewhere in a line is mended too."""
    mended: list[str] = []
    for line in error.repairs:
        try:
            parse_command(line)
        except BadInput as other:
            mended += other.repairs[:1]
        else:
            mended.append(line)
    error.repairs = tuple(dict.fromkeys(mended))
    return error


def _without_repairs(error: BadInput) -> BadInput:
    error.repairs = ()
    return error
