"""Which platforms there are: makes the configured adapters, each imported only when it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from bot.config import AdaptersTable
from bot.domain.subscriptions import PLATFORMS
from bot.ports import Adapter, Clock, Handler, Limits


def limits(platform: str) -> Limits:
    """What one message of a platform carries, without loading its library."""
    if platform not in PLATFORMS:
        raise KeyError(platform)
    found: Limits = import_module(f"adapters.{platform}.limits").LIMITS
    return found


def load_adapters(config: AdaptersTable, handler: Handler, clock: Clock, *, command: str, only: Sequence[str] = ()) -> dict[str, Adapter]:
    """The configured platforms by name; the console is always there. ``only`` names the ones wanted, all where it is empty."""
    made: dict[str, Adapter] = {}

    def wanted(name: str) -> bool:
        return not only or name in only

    if wanted("console"):
        from adapters.console import ConsoleAdapter

        made["console"] = ConsoleAdapter()
    if config.slack and wanted("slack"):
        from adapters.slack import SlackAdapter, SlackSettings

        slack = SlackSettings(
            bot_token=config.slack.bot_token,
            app_token=config.slack.app_token or None,
            api_url=config.slack.api_url,
            command=f"/{command}",
            manage=config.slack.manage,
            unfurl=config.slack.unfurl,
        )
        made["slack"] = SlackAdapter(slack, handler, clock)
    if config.discord and wanted("discord"):
        from adapters.discord import DiscordAdapter, DiscordSettings

        discord = DiscordSettings(
            token=config.discord.token,
            api_url=config.discord.api_url,
            gateway_url=config.discord.gateway_url,
            command=command,
        )
        made["discord"] = DiscordAdapter(discord, handler, clock)
    return made
