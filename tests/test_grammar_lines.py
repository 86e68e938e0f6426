"""Commands as lines: written out they mean the same, and every line that is offered runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.requests import Command
from bot.errors import BadInput
from bot.grammar.reading import COMMANDS, CommandSpec, OptionSpec, command_line, from_options, parse_command
from bot.query.language import parse_query
from bot.query.repairs import query_fixes

WORDS = st.lists(st.sampled_from(["graphs", "state", "space", "models", "robin", "7d", "-survey"]), min_size=1, max_size=4).map(" ".join)


def value_of(option: OptionSpec) -> st.SearchStrategy[str | int]:
    if option.kind == "choice":
        return st.sampled_from(option.choices)
    if option.kind == "integer":
        return st.integers(*option.range)
    if option.bare == "first":
        return st.just("#3" if option.name == "rule" else "7d")
    return WORDS.map(lambda text: text[: option.longest].strip())


@st.composite
def commands(draw: st.DrawFn) -> Command:
    spec: CommandSpec = draw(st.sampled_from(COMMANDS))
    chosen = [option for option in spec.options if option.required or draw(st.booleans())]
    return Command(verb=spec.verb, options={option.name: draw(value_of(option)) for option in chosen})


@given(commands())
def test_a_command_written_out_is_the_same_command(command: Command) -> None:
    line = command_line(command.verb, command.options)
    try:
        read = parse_command(line)
    except BadInput as error:
        raise AssertionError(f"{line!r}: {error}") from error
    typed = {name: value for name, value in read.options.items() if value != ""}
    assert read.verb == command.verb
    assert set(typed) == set(command.options), line
    assert all(str(typed[name]) == str(value) for name, value in command.options.items()), line


LINES = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.sampled_from(
            [
                "search",
                "serach",
                "settings",
                "max:ninety",
                "style:crads",
                "mute",
                "kind:wrod",
                "to:nobody",
                "x",
                "until:",
                "latest",
                "five",
                '"a b',
            ]
        ),
        min_size=1,
        max_size=6,
    ).map(" ".join),
)


@given(LINES)
def test_whatever_is_offered_for_a_mistake_runs_as_it_stands(line: str) -> None:
    try:
        parse_command(line)
    except BadInput as error:
        for repair in error.repairs:
            parse_command(repair)


@given(st.sampled_from(COMMANDS), st.dictionaries(st.sampled_from(["query", "value", "max", "to", "colour"]), st.text(max_size=30)))
def test_whatever_is_offered_for_chosen_options_runs_too(spec: CommandSpec, options: dict[str, str | int]) -> None:
    try:
        from_options(spec.verb, options)
    except BadInput as error:
        for repair in error.repairs:
            parse_command(repair)


@given(st.text(alphabet='ab "()|-:*bytile', max_size=40))
def test_a_mended_query_can_be_read_and_is_another_text(text: str) -> None:
    try:
        parse_query(text)
    except BadInput as error:
        for fix in query_fixes(text, error, for_standing=True):
            assert parse_query(fix).canonical and fix != text


@pytest.mark.parametrize(
    ("line", "repairs"),
    [
        ("serach foo bar", ("search foo bar",)),
        ("mixture of experts", ("search mixture of experts", "help")),
        ("settings max:99", ("settings max:50",)),
        ("settings max:none", ("settings max:10",)),
        ("latest zero", ("latest",)),
        ("latest five", ("latest 5", "latest")),
        ("search foo sort:newest", ("search foo sort:new",)),
        ("search foo sort:", ("search foo sort:best", "search foo sort:new", "search foo sort:votes", "search foo")),
        ("settings maxi:9", ("settings max:9",)),
        ("setings maxi:99 style:crads", ("settings max:50 style:cards",)),
        ("today please", ("today",)),
        ("subscribe", ("help subscribe",)),
        ("resume mine now", ("resume me",)),
    ],
)
def test_the_nearest_right_lines_come_first(line: str, repairs: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        parse_command(line)
    assert caught.value.repairs == repairs
