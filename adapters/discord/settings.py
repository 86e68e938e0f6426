"""What the Discord adapter has to be told."""

from __future__ import annotations

from dataclasses import dataclass

from bot.secret import Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscordSettings:
    """``token`` is the bot token. Empty addresses mean Discord itself; others serve proxies and tests.

    ``api_url`` is the REST base, with or without ``/api/v10``. When it is given and ``gateway_url`` is not, the REST side is
    asked for the gateway. ``command`` names the root command, without the slash.
    """

    token: Secret
    api_url: str = ""
    gateway_url: str = ""
    command: str = "papers"
    #: Seconds one post may take, the library's own repeats included.
    timeout: float = 30.0
