"""The configuration: every problem at once, each with its key and a fix; the environment wins; secrets stay secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ENVIRONMENT, Config, check_config, load_config
from bot.config_sources import ArxivTable, FeedTable, ListingTable, SourcesTable
from bot.errors import ConfigError
from bot.secret import Secret

KEYS = ["store", "url", "channels", "to", "adapters", "slack", "bot_token", "max", "x"]
EXAMPLE = Path(__file__).parent.parent / "config.example.toml"


def problems_of(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        check_config(data)
    return refused.value.problems


def test_the_example_loads_and_names_every_key_there_is() -> None:
    config = load_config(EXAMPLE, {})
    text = EXAMPLE.read_text(encoding="utf-8")

    def keys(table: type[Any]) -> set[str]:
        return set(table.model_fields)

    for table in map(type, (config.store, config.bot, config.delivery, config.adapters.slack, config.adapters.discord)):
        assert all(f"\n{key} = " in text for key in keys(table))
    sources = [table for name in type(config.sources).model_fields if name != "internal" for table in config.sources.tables(name)]
    assert {type(table) for table in sources} >= {ArxivTable, FeedTable, ListingTable}
    assert all(f"\n{key} = " in text for table in sources for key in keys(type(table)))
    assert all(f"\n{key} = " in text for key in keys(type(config.channels[0])))
    assert all(variable in text for variable in ENVIRONMENT)


@pytest.mark.parametrize("name", sorted(SourcesTable.model_fields.keys() - {"internal"}))
def test_the_example_shows_every_key_of_a_source_with_its_default(name: str) -> None:
    """Where a value is none, its line says so."""
    text = EXAMPLE.read_text(encoding="utf-8")
    section = re.search(rf"^\[+sources\.{name}\]+(.*?)(?=^\[|^# ---|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section
    lines = {line.partition(" = ")[0]: line for line in section[1].splitlines() if " = " in line}
    loaded = getattr(load_config(EXAMPLE, {}).sources, name)
    (table,) = loaded if isinstance(loaded, tuple) else (loaded,)
    assert lines.keys() == type(table).model_fields.keys()
    for key, field in type(table).model_fields.items():
        shown = getattr(table, key) == field.get_default()
        assert shown != ("no default" in lines[key]), f"{name}.{key}: {lines[key]}"


def test_the_example_shows_the_defaults() -> None:
    shown, default = load_config(EXAMPLE, {}), Config()
    assert (shown.store, shown.bot) == (default.store, default.bot)


def test_no_file_and_no_environment_is_a_valid_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {}) == Config()


def test_a_file_called_papercrier_toml_is_found_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "papercrier.toml").write_text('[bot]\ncommand = "lab"\n')
    assert load_config(None, {}).bot.command == "lab"


def test_the_environment_wins_over_the_file_and_switches_platforms_on(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[adapters.slack]\nbot_token = "xoxb-file"\n')
    config = load_config(file, {"SLACK_BOT_TOKEN": "xoxb-env", "DISCORD_TOKEN": " d-env ", "PAPERCRIER_STORE_URL": "sqlite:x.db"})
    assert config.adapters.slack and config.adapters.slack.bot_token == Secret("xoxb-env")
    assert config.adapters.discord and config.adapters.discord.token == Secret("d-env")
    assert config.store.url == "sqlite:x.db"


def test_all_problems_are_told_at_once_each_with_its_key() -> None:
    found = problems_of(
        {
            "store": {"urll": "x"},
            "bot": {"timezone": "Berlin"},
            "sources": {"arxiv": {"categories": ["cs CL"], "every_minutes": 1}},
            "channels": [
                {"to": "slck:C1", "subscribe": ["a*"], "schedule": "mon-fri"},
                {"subscribe": ["x"]},
                {"to": "console:a", "maxx": 3},
                {"to": "console:a"},
            ],
        }
    )
    expected = {
        "store.urll": 'did you mean "url"?',
        "bot.timezone": "Europe/Berlin",
        "sources.arxiv.categories[0]": "cs.CL",
        "sources.arxiv.every_minutes": "5",
        "channels[0].to": "slack:C0123ABCD",
        "channels[0].subscribe[0]": "3 letters",
        "channels[0].schedule": "mon-fri 09:00",
        "channels[1].to": "is missing",
        "channels[2].maxx": 'did you mean "max"?',
        "channels[3].to": "channels[2] already",
    }
    told = {problem.split(": ", 1)[0]: problem for problem in found}
    assert told.keys() == expected.keys()
    assert all(hint in told[key] for key, hint in expected.items())


@pytest.mark.parametrize(("table", "key", "variable"), [("slack", "bot_token", "SLACK_BOT_TOKEN"), ("discord", "token", "DISCORD_TOKEN")])
def test_a_platform_without_its_token_is_told_where_to_put_it(table: str, key: str, variable: str) -> None:
    (problem,) = problems_of({"adapters": {table: {}}})
    assert problem.startswith(f"adapters.{table}.{key}: ") and variable in problem


@pytest.mark.parametrize("text", ["not toml", "[store\n", 'a = "\n', "\x00"])
def test_a_file_that_is_no_toml_is_one_clear_problem(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_config(file, {})
    assert len(refused.value.problems) == 1 and str(file) in refused.value.problems[0]


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.example\.toml"):
        load_config(tmp_path / "none.toml", {})


def test_a_relative_date_cannot_stand_in_a_subscription() -> None:
    (problem,) = problems_of({"channels": [{"to": "console:a", "subscribe": ["topic since:7d"]}]})
    assert problem.startswith("channels[0].subscribe[0]: ")


def test_a_token_is_never_printed() -> None:
    config = check_config({"adapters": {"slack": {"bot_token": "xoxb-canary"}, "discord": {"token": "canary-2"}}})
    assert "canary" not in f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"
    assert "canary" not in " ".join(problems_of({"adapters": {"slack": {"bot_token": ["xoxb-canary"]}}}))


def test_queries_are_kept_in_canonical_form() -> None:
    (channel,) = check_config({"channels": [{"to": "console:a", "subscribe": ["Diffusion   AND MODELS"]}]}).channels
    assert channel.subscribe == check_config({"channels": [{"to": "console:b", "subscribe": ["models diffusion"]}]}).channels[0].subscribe


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=12,
    )
)
def test_whatever_stands_in_the_file_is_a_configuration_or_a_list_of_problems(data: Any) -> None:
    try:
        check_config(data if isinstance(data, dict) else {"store": data})
    except ConfigError as error:
        assert error.problems and all(": " in problem for problem in error.problems)


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("file:///etc/passwd", "begins with https://"),
        ("feed.example/rss", "begins with https://"),
        ("https://me:canary@feed.example/rss", "has a user name"),
        ("http://[::1/", "IPv6"),
    ],
)
def test_what_is_no_address_of_a_feed_is_told_before_a_start(url: str, trouble: str) -> None:
    (problem,) = problems_of({"sources": {"feeds": [{"name": "lab", "url": url}]}})
    assert problem.startswith("sources.feeds[0].url: ") and trouble in problem and "canary" not in problem


def test_only_addresses_the_operator_wrote_as_their_own_are_trusted() -> None:
    def trusted(api_url: str, *internal: str) -> tuple[str, ...]:
        table = {"categories": ["cs.CL"], "api_url": api_url}
        return check_config({"sources": {"internal": list(internal), "arxiv": table}}).sources.trusted_addresses()

    assert trusted("http://127.0.0.1:8000/api") == ("http://127.0.0.1:8000/api",)
    assert trusted("http://localhost:8000/api") == ("http://localhost:8000/api",)
    assert trusted("http://[fd00::1]/api") == ("http://[fd00::1]/api",)
    assert trusted("https://mirror.example.org/api") == ()
    assert trusted("https://mirror.example.org/api", "mirror.example.org") == ("https://mirror.example.org/api",)
    assert Config().sources.trusted_addresses() == ()
    with pytest.raises(ConfigError, match="host name without https"):
        trusted("https://mirror.example.org/api", "https://mirror.example.org")


@pytest.mark.parametrize(
    ("sources", "fix"),
    [
        ({"feeds": [{"name": "Nature", "url": "https://example.org/"}]}, "lower-case letters"),
        ({"feeds": [{"name": "nature"}]}, "url: is missing"),
        ({"feeds": [{"name": "nature", "url": "example.org"}]}, "begins with https://"),
        ({"feeds": [{"name": "arxiv", "url": "https://example.org/"}]}, "is taken"),
        ({"feeds": [{"name": "a", "url": "https://example.org/"}] * 2}, "is taken"),
        ({"feeds": [{"name": "a", "url": "https://example.org/"}], "listings": [{"name": "a", "file": "x"}]}, "is taken"),
        ({"listings": [{"name": "a"}]}, "either url or file"),
        ({"listings": [{"name": "a", "url": "https://example.org/", "file": "x"}]}, "either url or file"),
    ],
)
def test_a_feed_or_listing_that_cannot_be_read_is_a_problem_at_once(sources: dict[str, Any], fix: str) -> None:
    assert any(fix in problem for problem in problems_of({"sources": sources}))
