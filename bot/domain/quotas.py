"""How much one person, one channel and one workspace may ask of a bot that serves many."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotas:
    """Ceilings that a group at work does not meet."""

    #: Subscriptions of one channel, or of one person.
    subscriptions: int = 1_000
    #: Subscriptions of one workspace or server, its channels together.
    tenant_subscriptions: int = 20_000
    #: Mutes of one channel, or of one person.
    mutes: int = 500
    #: Commands, presses and forms of one person within a minute.
    requests_per_minute: int = 60


DEFAULT_QUOTAS = Quotas()
