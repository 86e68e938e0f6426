"""The proxy that the environment names for an address: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY``, in capitals or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import aiohttp
from yarl import URL

from bot.errors import SourceError


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """Where requests go instead, with what they must say there. The password is in ``headers`` only, and never printed."""

    url: URL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Proxies:
    """``environment``: scheme -> proxy, and "no" -> hosts reached without one. By default the environment of the process."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._known = dict(getproxies_environment() if environment is None else environment)

    def for_url(self, url: URL) -> Proxy | None:
        """The proxy for ``url``. Raises ``SourceError`` for one of a kind that cannot be used."""
        named = self._known.get(url.scheme) or self._known.get("all")
        if not named or proxy_bypass_environment(url.authority, self._known):
            return None
        try:
            found = URL(named if "://" in named else f"http://{named}")
        except ValueError:
            found = URL()
        if found.scheme not in ("http", "https") or not found.host:
            raise SourceError("the proxy of the environment cannot be used", "set HTTPS_PROXY to an address that begins with http://")
        if found.user is None:
            return Proxy(url=found)
        told = aiohttp.encode_basic_auth(found.user, found.password or "")
        return Proxy(url=found.with_user(None), headers={"Proxy-Authorization": told})
