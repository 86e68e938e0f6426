"""What can be wrong with a command, in words: the mistake, the nearest right form, and whole lines that would run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.errors import BadInput
from bot.grammar.lines import ROOT, command_line, find_command, usage, verb_names
from bot.grammar.spec import CommandSpec, OptionSpec

#: So many values of a choice are offered when none is close to what was typed.
_OFFERED = 4
#: How alike a word must be to the name of an option, and to a kind that is longer than so many letters.
_ALIKE, _MISSPELT, _SHORT = 0.65, 0.83, 4
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_NUMBERS |= {"a": 1, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "week": 7, "month": 30, "year": 365}

Given = Mapping[str, str | int]


def unknown_verb(verb: str, typed: str) -> BadInput:
    """No command has this name: the one that is most like it, or else a search for all that was typed."""
    close = get_close_matches(verb.casefold(), verb_names(), n=1, cutoff=0.6)
    spec = find_command(close[0]) if close else None
    words = typed if spec else f"{verb} {typed}"
    line = " ".join(f"{spec.verb if spec else 'search'} {words}".split())
    shown = line if len(line) <= 200 else f"{spec.verb if spec else 'search'} …"
    also = "" if spec else f"; all commands: {ROOT} help"
    repairs = (line,) if spec else (line, "help")
    return BadInput(f'there is no command "{_short(verb)}"', f"did you mean: {ROOT} {shown}{also}", repairs=repairs)


def unknown_option(spec: CommandSpec, name: str) -> BadInput:
    return BadInput(f'"{spec.verb}" has no option "{_short(name)}"', f"usage: {usage(spec)}", repairs=(f"help {spec.verb}",))


def missing_value(spec: CommandSpec, option: OptionSpec, given: Given) -> BadInput:
    """``sort:`` with nothing behind it."""
    without = [command_line(spec.verb, given)] if not option.required else []
    lines = [command_line(spec.verb, {**given, option.name: choice}) for choice in option.choices[:_OFFERED]]
    return BadInput(f"{option.name}: stands without a value", f"usage: {usage(spec)}", repairs=(*lines, *without))


def wrong_value(spec: CommandSpec, option: OptionSpec, text: str, given: Given) -> BadInput:
    """A choice that is none, a number that is none or too small or too large."""
    nearest = [str(number) for number in (_nearest_number(option, text),)] if option.kind == "integer" else _nearest_choices(option, text)
    lines = tuple(command_line(spec.verb, {**given, option.name: value}) for value in nearest)
    if option.kind == "integer":
        lowest, highest = option.range
        example = f"for example: {ROOT} {spec.verb} {option.name}:{nearest[0]}"
        return BadInput(
            f'{option.name} "{_short(text)}" is not a whole number from {lowest} to {highest}', example, repairs=lines, option=option.name
        )
    close = len(nearest) == 1 and len(option.choices) > 1
    step = f"did you mean {option.name}:{nearest[0]}?" if close else f"choose one of {', '.join(option.choices)}"
    return BadInput(f'{option.name} cannot be "{_short(text)}"', step, repairs=lines, option=option.name)


def missing_choice(spec: CommandSpec, option: OptionSpec, given: Given) -> BadInput:
    """A choice that has to be made and was not: each of them is offered with what was typed beside it."""
    lines = tuple(command_line(spec.verb, {option.name: choice, **given}) for choice in option.choices[:_OFFERED])
    step = f"choose one of {', '.join(option.choices)}, for example: {ROOT} {spec.example}"
    return BadInput(f'"{spec.verb}" needs a {option.name}', step, repairs=lines, option=option.name)


def misspelt_kind(spec: CommandSpec, left: Sequence[str], given: Given) -> BadInput | None:
    """``subscribe authro Ada Lovelace``: the first word is almost one that says what the others are."""
    kind, rest = spec.option("kind"), next((option for option in spec.options if option.rest), None)
    if kind is None or rest is None or kind.name in given or len(left) < 2:
        return None
    # Short ones are too like other words: "world models" is no word "models".
    close = get_close_matches(left[0].casefold(), [one for one in kind.choices if len(one) > _SHORT], n=1, cutoff=_MISSPELT)
    if not close:
        return None
    plain = "word" if "word" in kind.choices else "query"
    meant = {**given, kind.name: close[0], rest.name: " ".join(left[1:])}
    lines = [command_line(spec.verb, one) for one in (meant, {**given, kind.name: plain, rest.name: " ".join(left)})]
    return BadInput(f'"{_short(left[0])}" looks like "{close[0]}"', "say which it is", repairs=tuple(lines), option=kind.name)


def misplaced_option(spec: CommandSpec, given: Given, rest: str, field: str) -> BadInput | None:
    """``srot:new`` inside a query: what it should have been, and the query without it."""
    names = {name: option.name for option in spec.options if not option.rest for name in (option.name, *option.aliases)}
    close = get_close_matches(field.casefold(), names, n=1, cutoff=_ALIKE)
    found = re.search(rf'(?<!\S){re.escape(field)}:("[^"]*"|\S+)', str(given.get(rest, "")))
    if not close or found is None:
        return None
    query = f"{found.string[: found.start()]} {found.string[found.end() :]}".strip()
    value, name = found[1].strip('"'), names[close[0]]
    line = command_line(spec.verb, {**given, rest: query, name: value})
    return BadInput(f'"{spec.verb}" has no option "{_short(field)}"', f"did you mean {name}:{value}?", repairs=(line,), option=name)


def unexpected_word(spec: CommandSpec, left: Sequence[str], given: Given) -> BadInput:
    """Words that belong to no option: misspelt names of options first, then what only lacks its name, then what is too much."""
    word = left[0]
    name, colon, value = word.partition(":")
    names = {other: option for option in spec.options for other in (option.name, *option.aliases)}
    close = get_close_matches(name.casefold(), names, n=1, cutoff=0.6) if colon else []
    rest = " ".join(left[1:])
    if close:
        option = names[close[0]]
        line = f"{command_line(spec.verb, {**given, option.name: value})} {rest}".strip()
        return BadInput(f'"{spec.verb}" does not understand "{_short(word)}"', f"did you mean {option.name}:{value}", repairs=(line,))
    lines = []
    for option in spec.options:
        if option.name not in given and option.kind == "integer" and (found := _number(word)) is not None:
            lines.append(command_line(spec.verb, {**given, option.name: _within(option, found)}))
        elif option.name not in given and option.kind == "choice" and (near := get_close_matches(word.casefold(), option.choices, n=1)):
            lines.append(command_line(spec.verb, {**given, option.name: near[0]}))
    lines.append(command_line(spec.verb, given))
    return BadInput(f'"{spec.verb}" does not understand "{_short(word)}"', f"usage: {usage(spec)}", repairs=tuple(lines))


def _nearest_number(option: OptionSpec, text: str) -> int:
    found = _number(text)
    return _within(option, 10 if found is None else found)


def _number(text: str) -> int | None:
    """What a number is meant to be: ``ten``, ``5.0``, ``20d``, ``-3``."""
    word = text.casefold().strip("+#")
    if word in _NUMBERS:
        return _NUMBERS[word]
    digits = "".join(char for char in word.partition(".")[0] if char in "0123456789")[:9]
    return (-int(digits) if word.startswith("-") else int(digits)) if digits else None


def _within(option: OptionSpec, number: int) -> int:
    lowest, highest = option.range
    return min(max(number, lowest), highest)


def _nearest_choices(option: OptionSpec, text: str) -> list[str]:
    close = get_close_matches(text.casefold(), [*option.choices, *dict(option.synonyms)], n=1, cutoff=0.5)
    return [option.chosen(close[0])] if close else list(option.choices[:_OFFERED])


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
