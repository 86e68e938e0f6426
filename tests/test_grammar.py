"""The command grammar: typed text and typed options, one table, one meaning."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.requests import Command
from bot.errors import BadInput
from bot.grammar.reading import COMMANDS, ROOT, command_help, command_table, find_command, from_options, parse_command, usage
from bot.grammar.values import parse_number, parse_types, parse_until

FRIDAY = date(2026, 11, 20)


def refused(line: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        parse_command(line)
    return caught.value


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_verb_of_this_version_is_in_the_table() -> None:
    assert " ".join(sorted(spec.verb for spec in COMMANDS)) == (
        "edit export help latest mute mutes notes pause preview privacy read rehearse resume save saved schedule search settings show "
        "similar status subscribe subscriptions today top trend unmute unread unsave unsubscribe why"
    )


def test_no_word_names_two_commands() -> None:
    words = [word for spec in COMMANDS for word in (spec.verb, *spec.aliases)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.verb)
def test_a_command_fits_what_discord_registers(spec: object) -> None:
    found = next(one for one in COMMANDS if one is spec)
    assert len(found.summary) <= 100
    assert len(found.options) <= 25
    assert re.fullmatch(r"[a-z_-]{1,32}", found.verb)
    required = [option.required for option in found.options]
    assert required == sorted(required, reverse=True), "required options come first"
    for option in found.options:
        assert re.fullmatch(r"[a-z_-]{1,32}", option.name)
        assert 1 <= len(option.summary) <= 100
        assert len(option.choices) <= 25
        assert (option.kind == "choice") == bool(option.choices)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.verb)
def test_an_example_is_a_line_that_works(spec: object) -> None:
    found = next(one for one in COMMANDS if one is spec)
    assert parse_command(found.example).verb == found.verb


def test_the_table_and_the_help_show_every_option() -> None:
    rows = dict(command_table())
    assert len(rows) == len(COMMANDS)
    for spec in COMMANDS:
        assert usage(spec) in rows
        assert all(option.name in command_help(spec) for option in spec.options)
        assert usage(spec).startswith(f"{ROOT} {spec.verb}")


# --- typed text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["", "   ", "/papers", "help", "?"])
def test_nothing_typed_asks_for_help(line: str) -> None:
    assert parse_command(line) == Command(verb="help")


@pytest.mark.parametrize(
    ("line", "verb", "options"),
    [
        ('search "state space" by:"Robin Jia" sort:new', "search", {"query": '"state space" by:"Robin Jia"', "sort": "new"}),
        ("search sort:votes diffusion", "search", {"query": "diffusion", "sort": "votes"}),
        ("search sort: new diffusion", "search", {"query": "diffusion", "sort": "new"}),
        ("find diffusion in:cs.CL", "search", {"query": "diffusion in:cs.CL"}),
        ('search "to:me or not"', "search", {"query": '"to:me or not"'}),
        ("search “curly quotes stay”", "search", {"query": "“curly quotes stay”"}),
        ("search until:2025-01-01 since:7d", "search", {"query": "until:2025-01-01 since:7d"}),
        ("/papers follow author Robin Jia to:me", "subscribe", {"kind": "author", "value": "Robin Jia", "to": "me"}),
        ("sub in:cs.CL type:new", "subscribe", {"value": "in:cs.CL type:new"}),
        ("ADD Keyword graphs", "subscribe", {"kind": "keyword", "value": "graphs"}),
        ("subscribe query author disambiguation", "subscribe", {"kind": "query", "value": "author disambiguation"}),
        ("latest 5", "latest", {"count": 5}),
        ("latest count:5", "latest", {"count": 5}),
        ("latest", "latest", {}),
        ("list", "subscriptions", {}),
        ("list ME", "subscriptions", {"where": "me"}),
        ("remove 2", "unsubscribe", {"rule": "2"}),
        ("unfollow #2 to:me", "unsubscribe", {"rule": "#2", "to": "me"}),
        ("schedule mon-fri 09:00 Europe/Berlin", "schedule", {"when": "mon-fri 09:00", "tz": "Europe/Berlin"}),
        ('schedule when:"mon-fri 9:00" tz:UTC', "schedule", {"when": "mon-fri 9:00", "tz": "UTC"}),
        ("schedule daily 8:30", "schedule", {"when": "daily 8:30"}),
        ("pause 7d", "pause", {"until": "7d"}),
        ("resume me", "resume", {"to": "me"}),
        (
            "settings max:5 as:cards types:new,update fill:unread",
            "settings",
            {"max": 5, "style": "cards", "types": "new,update", "fill": "unread"},
        ),
        ('rehearse query:"a b" days:12', "rehearse", {"query": '"a b"', "days": 12}),
        ("show “Attention is all you need”", "show", {"paper": "Attention is all you need"}),
        ("show https://arxiv.org/abs/2510.19811v2", "show", {"paper": "https://arxiv.org/abs/2510.19811v2"}),
        ("help Follow", "help", {"verb": "Follow"}),
    ],
)
def test_a_typed_line_becomes_a_command(line: str, verb: str, options: dict[str, str | int]) -> None:
    assert parse_command(line) == Command(verb=verb, options=options)


def test_an_unclosed_quote_reaches_to_the_end_and_is_left_to_the_query() -> None:
    assert parse_command('search by:"Robin sort:new').options == {"query": 'by:"Robin sort:new'}


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_typo_gets_the_closest_verb_and_a_line_that_runs() -> None:
    error = refused("serach foo bar")
    assert "serach" in error.message
    assert "/papers search foo bar" in error.next_step


def test_words_without_a_verb_are_offered_as_a_search() -> None:
    assert "/papers search mixture of experts" in refused("mixture of experts").next_step


def test_a_missing_option_shows_the_form_and_an_example() -> None:
    error = refused("search")
    assert "needs a query" in error.message
    assert "<query>" in error.next_step
    assert "for example: /papers search" in error.next_step


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("settings max:99", "from 1 to 50"),
        ("settings max:ten", "from 1 to 50"),
        ("settings style:crads", "style:cards"),
        ("settings maxi:9", "max:9"),
        ("latest 0", "from 1 to 20"),
        ("latest five", "/papers latest [count]"),
        ("rehearse foo days:9999", "from 1 to 365"),
        ("search foo sort:", "[sort:best|new|votes]"),
        ("subscribe foo to:you", "here, me"),
        ("today please", "usage: /papers today"),
        ("search " + "x" * 513, "512"),
        ("help " + "x" * 100, "32"),
    ],
)
def test_a_bad_line_says_how_it_should_read(line: str, part: str) -> None:
    assert part in str(refused(line))


def test_a_line_of_ten_thousand_characters_is_answered_in_a_few() -> None:
    assert len(str(refused("x" * 10_000))) < 600
    assert len(str(refused("search " + "y " * 5_000))) < 600
    assert len(str(refused("settings " + "y " * 5_000))) < 600


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_bad_input(line: str) -> None:
    try:
        command = parse_command(line)
    except BadInput as error:
        assert error.next_step
    else:
        assert find_command(command.verb)


# --- parity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "verb", "options"),
    [
        ('search "state space" by:"Robin Jia" sort:new', "search", {"query": '"state space" by:"Robin Jia"', "sort": "new"}),
        ("latest 5", "latest", {"count": 5}),
        ("subscribe author Robin Jia to:me", "subscribe", {"value": "Robin Jia", "kind": "author", "to": "me"}),
        ("unsubscribe #2", "unsubscribe", {"rule": "#2", "to": ""}),
        ("subscriptions all", "subscriptions", {"where": "ALL"}),
        ("rehearse graphs days:90", "rehearse", {"query": "  graphs ", "days": "90"}),
        ("schedule mon-fri 09:00 Europe/Berlin to:me", "schedule", {"when": '"mon-fri  09:00"', "tz": "Europe/Berlin", "to": "me"}),
        ("pause 7d", "pause", {"until": "7d"}),
        ("settings max:10 deliver:instant", "settings", {"max": 10, "deliver": "instant"}),
        ("read all", "read", {"paper": "all"}),
        ("help search", "help", {"verb": "search"}),
        ("follow graphs", "follow", {"query": "graphs"}),
    ],
)
def test_typed_options_give_the_same_command_as_typed_text(line: str, verb: str, options: dict[str, str | int]) -> None:
    assert from_options(verb, options) == parse_command(line)


@pytest.mark.parametrize(
    ("line", "verb", "options"),
    [
        ("search", "search", {}),
        ("settings max:99", "settings", {"max": 99}),
        ("settings style:crads", "settings", {"style": "crads"}),
        ("search " + "x" * 513, "search", {"query": "x" * 513}),
        ("serach", "serach", {}),
    ],
)
def test_typed_options_are_refused_with_the_same_words(line: str, verb: str, options: dict[str, str | int]) -> None:
    with pytest.raises(BadInput) as caught:
        from_options(verb, options)
    assert str(caught.value) == str(refused(line))


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="no option"):
        from_options("search", {"colour": "red"})


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("tomorrow", date(2026, 11, 21)),
        ("7d", date(2026, 11, 27)),
        ("2 weeks", date(2026, 12, 4)),
        ("until Monday", date(2026, 11, 23)),
        ("fri", date(2026, 11, 27)),
    ],
)
def test_a_pause_ends_on_a_day(text: str, day: date) -> None:
    assert parse_until(text, FRIDAY) == day


@pytest.mark.parametrize("text", ["someday", "2026-11-20", "2020-01-01", "999w", "0d", "mo", "2026-13-01"])
def test_a_pause_until_no_later_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_until(text, FRIDAY)
    assert caught.value.next_step


def test_kinds_of_announcement_are_kept_in_order_and_once() -> None:
    assert parse_types("update, new new") == ("new", "update")
    with pytest.raises(BadInput, match="new, cross, update"):
        parse_types("old")
    with pytest.raises(BadInput):
        parse_types(",")


@pytest.mark.parametrize(("text", "number"), [("#2", 2), ("2", 2), (" # 12 ", 12), ("two", None), ("2x", None), ("#", None)])
def test_a_number_is_read_with_or_without_its_sign(text: str, number: int | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("follow authro Ada Lovelace max:3", ("subscribe author Ada Lovelace max:3", "subscribe query authro Ada Lovelace max:3")),
        ("mute authr Ada Lovelace", ("mute author Ada Lovelace", "mute word authr Ada Lovelace")),
        ("export committees", tuple(f"export {form} committees" for form in ("bibtex", "ris", "csv", "rules"))),
        ("export", tuple(f"export {form}" for form in ("bibtex", "ris", "csv", "rules"))),
    ],
)
def test_a_kind_that_is_misspelt_or_missing_is_offered(line: str, offered: tuple[str, ...]) -> None:
    assert refused(line).repairs == offered
    assert all(parse_command(one) for one in offered)


@pytest.mark.parametrize("line", ["mute world models", "subscribe authority in science", "subscribe orgs"])
def test_a_word_that_is_only_like_a_kind_is_a_word(line: str) -> None:
    assert "kind" not in parse_command(line).options


@pytest.mark.parametrize(("word", "kind"), [("authors", "author"), ("cat", "category"), ("organization", "org")])
def test_kinds_go_by_other_names(word: str, kind: str) -> None:
    assert parse_command(f"subscribe {word} somebody").options["kind"] == kind
