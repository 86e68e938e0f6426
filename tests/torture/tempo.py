"""The product's waiting times, shortened with their proportions kept, so that a thousand deaths fit into minutes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from functools import partial
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """Seconds. ``quarantine`` must be longer than ``timeout`` and the longest time a dead request may still take to land."""

    beat: float = 0.1
    timeout: float = 0.5
    quarantine: float = 1.5
    lease: float = 2.5
    again: float = 0.3
    #: From one message to the next: in one channel, and in all of a platform.
    each: float = 0.02
    overall: float = 0.002
    #: How long a platform counts as taking care of repeats itself; ``None`` leaves the adapters' own word.
    repeatable: float | None = None
    #: By how much platform and trusted time may differ. Never less than the whole second of a ``Date`` header.
    tolerance: float = 1.2
    busy_timeout: float = 5.0
    grace: float = 8.0

    def document(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


#: Room for dead requests to land late, and for clocks that platforms correct in whole seconds.
SLOW = Tempo(timeout=0.6, quarantine=4.0, lease=6.5, again=0.5)


def apply(tempo: Tempo) -> None:
    """Shorten the product in this process. A constant that is not there any more is an error, not a silence."""
    from adapters.discord.adapter import DiscordAdapter
    from adapters.slack.adapter import SlackAdapter
    from bot.ports import Pace
    from bot.services import settling

    for name, value in {"BEAT": tempo.beat, "GRACE": tempo.grace}.items():
        _everywhere("bot.running", name, value)
    for name, value in {"LEASE": tempo.lease, "TAKE_BACK_STEP": tempo.again}.items():
        _everywhere("bot.services.dispatch", name, value)
    for name, value in {"QUARANTINE": tempo.quarantine, "REPEAT": tempo.again, "LOOK_AGAIN": tempo.again}.items():
        _everywhere("bot.services.settling", name, value)
    _everywhere("bot.services.settling", "BACKOFF", tuple(tempo.again * factor for factor in range(1, len(settling.BACKOFF) + 1)))
    _everywhere("bot.services.pace", "BREAKER", (tempo.again,))
    _everywhere("bot.clock", "TOLERANCE", tempo.tolerance)
    _everywhere("bot.store.sqlite.connection", "BUSY_TIMEOUT", int(tempo.busy_timeout * 1000))
    _everywhere("adapters.discord.publish", "TIMEOUT", tempo.timeout)
    _request_limit(tempo.timeout)
    pace = Pace(each=tempo.each, overall=tempo.overall)
    for adapter in (SlackAdapter, DiscordAdapter):
        if not hasattr(adapter, "pace"):
            raise AttributeError(f"{adapter.__name__} has no pace")
        adapter.pace = pace
        if tempo.repeatable is not None and adapter.repeatable:
            adapter.repeatable = tempo.repeatable


def _everywhere(module: str, name: str, value: object) -> None:
    """Set a constant where it is defined and wherever it was imported by name."""
    getattr(import_module(module), name)
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith(("bot", "adapters")) and name in vars(other):
            setattr(other, name, value)


def _request_limit(seconds: float) -> None:
    """The settings of both adapters as ``bot.platforms`` makes them, with another limit for one request."""
    import adapters.discord
    import adapters.slack
    from adapters.discord.settings import DiscordSettings
    from adapters.slack.settings import SlackSettings

    adapters.slack.SlackSettings = partial(SlackSettings, timeout=seconds)  # type: ignore[misc,assignment]
    adapters.discord.DiscordSettings = partial(DiscordSettings, timeout=seconds)  # type: ignore[misc,assignment]
