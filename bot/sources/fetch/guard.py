"""Which addresses may be asked: a web address on a usual port that leads to the public internet, or one the operator has written down.

Two things are looked at, because each alone can be got round: the address as it is written (before every request and every redirect),
and the number it leads to (inside the connection, so that a name cannot mean something else a moment later).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Any

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.errors import SourceError

#: Characters of an address with its query. A list of a hundred ids is a fifth of it.
LONGEST_ADDRESS = 6000
#: Where the web lives. What the operator trusts may be on any port.
PORTS = frozenset({80, 443, 8080, 8443})

#: IPv4 networks that are not the public internet (IANA's special-purpose registry, multicast and what is reserved).
_CLOSED = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
#: Of IPv6 only what is given out as global unicast is public, less these: tunnels that hide an IPv4 address, documentation, identifiers.
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_CLOSED_GLOBAL = tuple(ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
#: The one prefix for reaching IPv4 from networks that have IPv6 only. The last 32 bits are the address that counts.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
#: How a resolver may read a number that is not four decimals: 127.1, 2130706433, 0x7f.1, 0177.0.0.1.
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.IGNORECASE)


class Refused(OSError):
    """A name led to an address that may not be asked. An ``OSError``, because it is raised where connections fail."""


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet. Everything not known to be is not."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv4Address):
        return not any(number in network for network in _CLOSED)
    if number.scope_id:
        return False
    if number in _TRANSLATED:
        return is_public(str(ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)))
    return number in _GLOBAL and not any(number in network for network in _CLOSED_GLOBAL)


class Trusted:
    """Addresses the operator has written down, and everything below them: they may lie in a network of their own, on any port."""

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._prefixes = tuple(URL(address) for address in addresses)

    def __contains__(self, url: URL) -> bool:
        return any(url.origin() == prefix.origin() and _below(url.path, prefix.path) for prefix in self._prefixes)


def _below(path: str, prefix: str) -> bool:
    # ``yarl`` has resolved "." and ".." already.
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


def host_of(url: URL) -> str:
    """The host as it is really asked for, with its port where that is not the usual one."""
    host = f"[{url.raw_host}]" if ":" in (url.raw_host or "") else url.raw_host or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


def checked(address: str | URL, trusted: Trusted) -> URL:
    """The address as it will be asked for. Raises ``SourceError`` for one that may not be."""
    text = str(address)
    # Without what it asks for: keys may stand there.
    start = text.partition("?")[0]
    shown = f'"{start[:100]}{"…" if len(text) > len(start[:100]) else ""}"'
    if len(text) > LONGEST_ADDRESS:
        raise SourceError(f"an address of {len(text):,} characters is not asked for", f"the longest is {LONGEST_ADDRESS:,}")
    if _UNPRINTABLE.search(text):
        raise SourceError(f"{_UNPRINTABLE.sub('?', shown)} is not a web address", "take out blanks and line breaks")
    try:
        url = URL(text) if isinstance(address, str) else address
        host, port = url.raw_host, url.port
    except ValueError:
        raise SourceError(f"{shown} is not a web address", "use one that begins with https://") from None
    if url.scheme not in ("http", "https") or not host or port is None:
        raise SourceError(f"{shown} is not a web address", "use one that begins with https://")
    if url.user is not None or url.password is not None:
        raise SourceError(f"an address of {host} has a user name in it", "take out what stands before the @")
    if url in trusted:
        return url
    refusal = _refusal(host, port)
    if refusal:
        raise SourceError(f"{host} is not asked: {refusal}", "if the host is your own, name it in [sources] internal")
    return url


def _refusal(host: str, port: int) -> str:
    """Why a host as written is not asked; empty where there is nothing against it."""
    if port not in PORTS:
        return f"port {port} is not one of the web"
    if ":" in host:
        return "" if is_public(host) else "it is not an address of the public internet"
    if host.endswith("."):
        return "its name ends with a full stop"
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        # Only the plain form: what a resolver makes of the others differs from machine to machine.
        return "" if is_public(host) else "it is not an address of the public internet"
    if host == "localhost" or host.endswith(".localhost"):
        return "it is this machine"
    return ""


class GuardedResolver(AbstractResolver):
    """Names to public addresses only. ``Refused`` when a name has others alone."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise Refused(f"{host} leads to {found[0]['host']}, which is not an address of the public internet")
        return public

    async def close(self) -> None:
        await self._inner.close()


def guarded_socket(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
    """A socket for an address that is about to be connected to: the last look, at exactly what is used."""
    family, kind, protocol, _, where = info
    if not is_public(str(where[0])):
        raise Refused(f"{where[0]} is not an address of the public internet")
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made
