"""Slack: posts through the Web API, hears commands and buttons through Socket Mode.

Slack's libraries are loaded when ``SlackAdapter`` is first asked for, not with ``limits``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.settings import SlackSettings

if TYPE_CHECKING:
    from adapters.slack.adapter import SlackAdapter

__all__ = ["SlackAdapter", "SlackSettings"]


def __getattr__(name: str) -> object:
    if name == "SlackAdapter":
        from adapters.slack.adapter import SlackAdapter

        return SlackAdapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
