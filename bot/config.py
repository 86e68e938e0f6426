"""The configuration: a TOML file and the environment, checked whole. Every problem is reported at once, with its key and a fix."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.config_channels import ChannelTable, Zone
from bot.config_sources import SourcesTable
from bot.config_types import HttpUrl, SecretText, Table, WebSocketUrl
from bot.domain.quotas import DEFAULT_QUOTAS
from bot.domain.schedule import Schedule, parse_schedule
from bot.domain.subscriptions import Destination, Settings, parse_destination
from bot.errors import BadInput, ConfigError
from bot.secret import Secret

#: Read where no file is named, if it is there.
DEFAULT_FILE = "papercrier.toml"

#: Environment variable -> key it overrides.
ENVIRONMENT = {
    "PAPERCRIER_STORE_URL": ("store", "url"),
    "PAPERCRIER_CONTACT": ("bot", "contact"),
    "SLACK_BOT_TOKEN": ("adapters", "slack", "bot_token"),
    "SLACK_APP_TOKEN": ("adapters", "slack", "app_token"),
    "SLACK_API_URL": ("adapters", "slack", "api_url"),
    "DISCORD_TOKEN": ("adapters", "discord", "token"),
    "DISCORD_API_URL": ("adapters", "discord", "api_url"),
    "SEMANTICSCHOLAR_API_KEY": ("sources", "semanticscholar", "key"),
    "OPENALEX_API_KEY": ("sources", "openalex", "key"),
    "DISCORD_GATEWAY_URL": ("adapters", "discord", "gateway_url"),
}


class StoreTable(Table):
    url: str = Field(default="sqlite:papercrier.db", pattern=r"^sqlite:.+")
    readers: int = Field(default=2, ge=1, le=16)


class BotTable(Table):
    command: str = Field(default="papers", pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    contact: str = Field(default="", max_length=200)
    timezone: Zone = "UTC"
    log: Literal["debug", "info", "warning", "error"] = "info"
    seeds: bool = True


class SlackTable(Table):
    bot_token: SecretText = Secret("")
    app_token: SecretText = Secret("")
    api_url: HttpUrl = "https://slack.com/api/"
    manage: Literal["members", "admins"] = "members"
    unfurl: bool = False


class DiscordTable(Table):
    token: SecretText = Secret("")
    api_url: HttpUrl = ""
    gateway_url: WebSocketUrl = ""


class AdaptersTable(Table):
    slack: SlackTable | None = None
    discord: DiscordTable | None = None


class DeliveryTable(Table):
    unverifiable: Literal["held", "resend", "drop"] = "held"


class LimitsTable(Table):
    subscriptions: int = Field(default=DEFAULT_QUOTAS.subscriptions, ge=1, le=1_000_000)
    tenant_subscriptions: int = Field(default=DEFAULT_QUOTAS.tenant_subscriptions, ge=1, le=10_000_000)
    mutes: int = Field(default=DEFAULT_QUOTAS.mutes, ge=1, le=100_000)
    requests_per_minute: int = Field(default=DEFAULT_QUOTAS.requests_per_minute, ge=1, le=1_000_000)


class Config(Table):
    """Everything the program may be told. Made by ``load_config``; frozen from then on."""

    store: StoreTable = StoreTable()
    bot: BotTable = BotTable()
    adapters: AdaptersTable = AdaptersTable()
    sources: SourcesTable = SourcesTable()
    delivery: DeliveryTable = DeliveryTable()
    limits: LimitsTable = LimitsTable()
    channels: tuple[ChannelTable, ...] = Field(default=(), strict=False)

    def settings(self, channel: ChannelTable) -> Settings:
        """A declared channel's settings as the domain knows them."""
        return Settings(
            schedule=self._schedule(channel),
            maximum=channel.max,
            style=channel.style,
            fill=channel.fill,
            deliver=channel.deliver,
            types=channel.types,
        )

    def destination(self, channel: ChannelTable) -> Destination:
        found = parse_destination(channel.to)
        return Destination(platform=found.platform, address=found.address, tenant=found.tenant, name=channel.name)

    def _schedule(self, channel: ChannelTable) -> Schedule:
        return parse_schedule(channel.schedule, self.zone(channel))

    def zone(self, channel: ChannelTable) -> str:
        """The time zone of a declared channel."""
        return channel.timezone or self.bot.timezone


def load_config(path: Path | None, environment: Mapping[str, str] | None = None) -> Config:
    """The checked configuration of ``path`` (or of ``papercrier.toml`` here, if there is one), the environment on top.

    Raises ``ConfigError`` with every problem found.
    """
    environment = os.environ if environment is None else environment
    if path is None and Path(DEFAULT_FILE).is_file():
        path = Path(DEFAULT_FILE)
    data = _read(path) if path else {}
    for variable, keys in ENVIRONMENT.items():
        if value := environment.get(variable, "").strip():
            _override(data, keys, value)
    return check_config(data)


def check_config(data: dict[str, Any]) -> Config:
    """The configuration that ``data`` (parsed TOML) describes. Raises ``ConfigError`` with every problem found."""
    problems: list[str] = []
    config: Config | None = None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        problems = [_explain(dict(item)) for item in error.errors()]
    problems += _cross_checks(data, config)
    if problems or config is None:
        raise ConfigError(problems)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; copy config.example.toml there"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({error})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: is not valid TOML: {error}"]) from None


def _override(data: dict[str, Any], keys: tuple[str, ...], value: str) -> None:
    for key in keys[:-1]:
        inner = data.setdefault(key, {})
        if not isinstance(inner, dict):
            return  # the type check will say what is wrong with it
        data = inner
    data[keys[-1]] = value


def _explain(item: dict[str, Any]) -> str:
    location, kind = tuple(item["loc"]), item["type"]
    key = _key(location)
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.4)
        hint = f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(known)}"
        return f"{key}: unknown key; {hint}"
    if kind == "missing":
        return f"{key}: is missing"
    if kind == "is_instance_of":
        return f"{key}: is no text; put it in quotes"
    if kind == "value_error":
        return f"{key}: {item['ctx']['error']}"
    if kind == "string_pattern_mismatch":
        return f"{key}: {item['input']!r} is not valid here; {_EXAMPLES.get(str(_field(location)), 'see config.example.toml')}"
    secret = str(_field(location)).endswith(("token", "key"))
    shown = "" if secret else f" (it is {item['input']!r})"
    message = item["msg"].removeprefix("Input ")
    return f"{key}: {message}{shown}"


_EXAMPLES = {
    "url": 'write it like "sqlite:papercrier.db"',
    "command": 'use lower-case letters, like "papers"',
    "name": 'use lower-case letters, digits and hyphens, like "nature"',
    "internal": 'write a host name without https://, like "mirror.example.org"',
    "categories": 'write arXiv categories, like "cs.CL" or "math.AP"',
}


def _field(location: tuple[Any, ...]) -> Any:
    return next((part for part in reversed(location) if isinstance(part, str)), "")


def _key(location: tuple[Any, ...]) -> str:
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else (f".{part}" if key else str(part))
    return key


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    """The keys of the table at ``location``, by walking the models."""
    table: Any = Config
    for part in location:
        if isinstance(part, int):
            continue
        annotation = table.model_fields[part].annotation
        table = next(_models(annotation))
    return list(table.model_fields)


def _models(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def _cross_checks(data: dict[str, Any], config: Config | None) -> list[str]:
    """What no single key can know: schedules with their zones, tokens that a table needs, destinations named twice."""
    problems = []
    channels = data.get("channels")
    seen: dict[str, int] = {}
    for index, channel in enumerate(channels if isinstance(channels, list) else []):
        if not isinstance(channel, dict):
            continue
        schedule = channel.get("schedule", "mon-fri 09:00")
        if isinstance(schedule, str):
            try:
                parse_schedule(schedule, "UTC")
            except BadInput as error:
                problems.append(f"channels[{index}].schedule: {error}")
        to = channel.get("to")
        if isinstance(to, str) and to in seen:
            problems.append(f'channels[{index}].to: "{to}" is declared at channels[{seen[to]}] already; put all its rules into one table')
        elif isinstance(to, str):
            seen[to] = index
    if config:
        slack, discord, openalex = config.adapters.slack, config.adapters.discord, config.sources.openalex
        if openalex and not openalex.key:
            problems.append("sources.openalex.key: is missing; set OPENALEX_API_KEY (a key is free) or remove the table [sources.openalex]")
        if slack and not slack.bot_token:
            problems.append("adapters.slack.bot_token: is missing; set SLACK_BOT_TOKEN or remove the table [adapters.slack]")
        if discord and not discord.token:
            problems.append("adapters.discord.token: is missing; set DISCORD_TOKEN or remove the table [adapters.discord]")
    return problems
