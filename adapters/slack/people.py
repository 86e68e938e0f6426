"""Who asks, and from where: payload fields -> actor and place."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.answers import trouble
from bot.domain.subscriptions import Actor, Destination
from bot.ports import Clock

log = logging.getLogger(__name__)

#: Seconds that a name or an admin's right is believed without asking again.
_TRUSTED = 300.0
_KEPT = 1_000


class People:
    """Turns ids into an actor and the place they ask from, asking Slack only for what a payload does not say."""

    def __init__(self, client: AsyncWebClient, clock: Clock, *, team: str, manage: Literal["members", "admins"]) -> None:
        self._client = client
        self._clock = clock
        self._team = team
        self._manage = manage
        self._known: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    async def who(self, *, user: str, name: str, team: str, channel: str, channel_name: str) -> tuple[Actor, Destination]:
        """``team`` is the person's own workspace where the payload names it: guests of a shared channel manage nothing."""
        tenant = f"slack:{self._team}"
        personal = Destination(platform="slack", address=f"@{user}", tenant=tenant, name=f"@{name}" if name else "")
        if channel.startswith("D") or channel_name == "directmessage":
            place, manager = personal, True
        else:
            shown = channel_name if channel_name not in ("", "privategroup") else await self._channel_name(channel)
            place = Destination(platform="slack", address=channel, tenant=tenant, name=f"#{shown}" if shown else "")
            at_home = team in ("", self._team)
            manager = at_home and (self._manage == "members" or await self._is_admin(user))
        return Actor(platform="slack", id=user, name=name, manager=manager, personal=personal), place

    async def _channel_name(self, channel: str) -> str:
        async def ask() -> str:
            found: dict[str, Any] = (await self._client.conversations_info(channel=channel)).get("channel") or {}
            return "" if found.get("is_mpim") else str(found.get("name") or "")

        return str(await self._ask(f"channel {channel}", ask) or "")

    async def _is_admin(self, user: str) -> bool:
        async def ask() -> bool:
            found: dict[str, Any] = (await self._client.users_info(user=user)).get("user") or {}
            return bool(found.get("is_admin") or found.get("is_owner"))

        return bool(await self._ask(f"admin {user}", ask))

    async def _ask(self, key: str, ask: Callable[[], Awaitable[object]]) -> object:
        """Slack's answer, or the one it gave lately; ``None`` where it gives none."""
        now = self._clock.monotonic()
        until, value = self._known.get(key, (0.0, None))
        if until > now:
            return value
        try:
            value = await ask()
        except Exception as error:
            log.info("slack did not answer for %s: %s", key, trouble(error))
            return None
        self._known[key] = (now + _TRUSTED, value)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return value
