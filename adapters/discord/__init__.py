"""Discord: posts by REST, answers commands and buttons over the gateway.

The adapter is imported when it is asked for, so that ``adapters.discord.limits`` can be read without loading the Discord library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.discord.settings import DiscordSettings

if TYPE_CHECKING:
    from adapters.discord.adapter import DiscordAdapter

__all__ = ["DiscordAdapter", "DiscordSettings"]


def __getattr__(name: str) -> Any:
    if name == "DiscordAdapter":
        from adapters.discord.adapter import DiscordAdapter

        return DiscordAdapter
    raise AttributeError(name)
