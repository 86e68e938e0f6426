"""HTTP for every source: a polite client that names itself, waits its turn, goes only where it may, and takes no more than it should."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import __version__
from bot.errors import SourceError
from bot.ports import Clock
from bot.sources.fetch.guard import GuardedResolver, Refused, Trusted, checked, guarded_socket, host_of
from bot.sources.fetch.pace import LONGEST_PAUSE, Breaker, Lane, pause_before
from bot.sources.fetch.proxy import Proxies, Proxy

#: Bytes of a body after unpacking.
LARGEST = 10 * 1024 * 1024
#: Seconds for one request with its redirects, from the first byte sent to the last one read.
TIME_LIMIT = 60.0
#: Seconds within which the next piece of an answer must come.
STALL_LIMIT = 20.0
#: How often one request is sent at most, and how many redirects are followed each time.
ATTEMPTS = 4
REDIRECTS = 5

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_QUESTION = re.compile(r"\?[^\s'\"]+")
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """An answer: ``headers`` with names in lower case, ``body`` unpacked, ``url`` after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None


class Fetcher:
    """The one HTTP client of a process. Sessions are opened by the first request; ``close`` ends them.

    ``trusted`` are addresses the operator has written down (with everything below them): they may lead into a private network. All others,
    and every redirect, must lead to the public internet. A proxy of the environment (``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``) does
    the looking up of names itself: what it makes of them is its own affair, so only what is visible from here is checked then.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        contact: str = "",
        trusted: Iterable[str] = (),
        largest: int = LARGEST,
        time_limit: float = TIME_LIMIT,
        stall_limit: float = STALL_LIMIT,
        resolver: AbstractResolver | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        contact = " ".join(contact.split())
        self.user_agent = f"papercrier/{__version__}" + (f" (+{contact})" if contact else "")
        self._clock = clock
        self._trusted = Trusted(trusted)
        self._largest = largest
        self._time_limit, self._stall_limit = time_limit, stall_limit
        self._inner_resolver = resolver
        self._proxies = Proxies(proxies)
        self._guarded: aiohttp.ClientSession | None = None
        self._direct: aiohttp.ClientSession | None = None
        self._lanes: dict[str, Lane] = {}
        self._breaker = Breaker(clock)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        lane: str = "",
        interval: float = 0.0,
    ) -> Fetched:
        """GET ``url``; requests of one ``lane`` (else of one host) follow each other, ``interval`` seconds apart.

        Busy and broken answers (429, 5xx, lost connections) are asked for again, as late as ``Retry-After`` says. Every other status
        is returned. Raises ``SourceError`` when there is no answer in the end, when it is too large, when the host is left alone after
        many failures, or when ``url`` or one it redirects to may not be asked.
        """
        return await self._ask("GET", url, params, headers, None, lane, interval)

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        lane: str = "",
        interval: float = 0.0,
    ) -> Fetched:
        """POST a question that is too long for ``get`` and changes nothing: it may be sent more than once. Redirects are not followed."""
        return await self._ask("POST", url, params, headers, body, lane, interval)

    async def close(self) -> None:
        for session in filter(None, (self._guarded, self._direct)):
            await session.close()
        self._guarded = self._direct = None

    async def _ask(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        lane: str,
        interval: float,
    ) -> Fetched:
        address = checked(url, self._trusted)
        if params:
            address = checked(address.update_query(params), self._trusted)
        asked = _Asked(method=method, url=address, headers=headers or {}, body=body)
        host = host_of(address)
        place = self._lanes.setdefault(lane or host, Lane())
        async with place.lock:
            self._breaker.check(host)
            for attempt in range(1, ATTEMPTS + 1):
                await self._wait_until(place.free_at)
                answer, trouble = None, ""
                try:
                    answer = await self._try(asked)
                    trouble = f"answered with status {answer.status}"
                except _Lost as lost:
                    trouble = str(lost)
                finally:
                    place.free_at = self._clock.monotonic() + interval
                if answer and answer.status not in _TRY_AGAIN:
                    self._breaker.answered(host)
                    return answer
                pause = pause_before(attempt, answer.status if answer else None, answer.headers if answer else {}, self._clock)
                if attempt == ATTEMPTS or pause > LONGEST_PAUSE:
                    break
                place.free_at = self._clock.monotonic() + max(pause, interval)
            if pause > LONGEST_PAUSE:
                self._breaker.leave_alone(host, pause)
            self._breaker.failed(host)
        refused = answer is not None and answer.status in (429, 503)
        raise SourceError(
            f"{host} {trouble}" + (f" and asks to wait {pause:.0f} seconds" if pause > LONGEST_PAUSE else f", {attempt} times"),
            "it is busy: the next run tries again" if refused else "check the network and the address; the next run tries again",
        )

    async def _wait_until(self, moment: float) -> None:
        wait = moment - self._clock.monotonic()
        if wait > 0:
            await self._clock.sleep(wait)

    async def _try(self, asked: _Asked) -> Fetched:
        """One try. Raises ``_Lost`` for what may be better next time, ``SourceError`` for what will not."""
        try:
            async with asyncio.timeout(self._time_limit):
                return await self._follow(asked)
        except aiohttp.ServerTimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise _Lost("cannot be reached in time") from error
            raise _Lost(f"sent nothing for {self._stall_limit:g} seconds") from error
        except TimeoutError as error:
            raise _Lost(f"did not answer within {self._time_limit:g} seconds") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            if refused := _refused(error):
                raise SourceError(str(refused), "if the host is your own, name it in [sources] internal") from error
            raise _Lost(f"cannot be reached ({_short(error)})") from error
        except aiohttp.ClientError as error:
            raise SourceError(
                f"{host_of(asked.url)} gave no usable answer ({_short(error)})", "check the address in the configuration"
            ) from error

    async def _follow(self, asked: _Asked) -> Fetched:
        """The answer at the end of the redirects. Headers meant for one host go to no other, and cookies live for this request only."""
        url, headers, trusted = asked.url, asked.headers, asked.url in self._trusted
        jar = aiohttp.CookieJar(unsafe=True)
        for _ in range(REDIRECTS + 1):
            session, proxy = await self._way(url, trusted)
            cookies = {name: morsel.value for name, morsel in jar.filter_cookies(url).items()}
            # A proxy reads plain requests itself; for encrypted ones it is told before the tunnel begins.
            told = proxy.headers if proxy and url.scheme == "http" else {}
            async with session.request(
                asked.method,
                url,
                headers={**headers, **told},
                data=asked.body,
                cookies=cookies,
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
                proxy_headers=proxy.headers if proxy else None,
            ) as response:
                target = response.headers.get("Location", "") if response.status in _MOVED and asked.method == "GET" else ""
                if not target:
                    return await self._read(response, url)
                jar.update_cookies(response.cookies, url)
            following = checked(urljoin(str(url), target), self._trusted if trusted else Trusted())
            if following.origin() != url.origin():
                headers = {}
            url, trusted = following, trusted and following in self._trusted
        raise SourceError(
            f"{host_of(asked.url)} gave no usable answer (more than {REDIRECTS} redirects)", "check the address in the configuration"
        )

    async def _read(self, response: aiohttp.ClientResponse, url: URL) -> Fetched:
        body = bytearray()
        # In pieces: a small packed body may unpack to any size.
        async for piece in response.content.iter_chunked(64 * 1024):
            body += piece
            if len(body) > self._largest:
                raise SourceError(
                    f"the answer of {host_of(url)} is larger than {self._largest // 1024:,} kB", "ask for fewer papers at once"
                )
        return Fetched(
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=bytes(body),
            url=str(url),
        )

    async def _way(self, url: URL, trusted: bool) -> tuple[aiohttp.ClientSession, Proxy | None]:
        """The session that may ask for ``url``, and the proxy it goes through."""
        proxy = None if trusted else self._proxies.for_url(url)
        if trusted or proxy:
            if proxy:
                await self._look_up(url)
            self._direct = self._direct or self._session(aiohttp.TCPConnector(resolver=self._inner_resolver))
            return self._direct, proxy
        if self._guarded is None:
            connector = aiohttp.TCPConnector(resolver=GuardedResolver(self._inner_resolver), socket_factory=guarded_socket)
            self._guarded = self._session(connector)
        return self._guarded, None

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._stall_limit, sock_read=self._stall_limit),
        )

    async def _look_up(self, url: URL) -> None:
        """Behind a proxy the name is looked up there. Where it can be looked up here as well, it must not lead inside."""
        resolver = GuardedResolver(self._inner_resolver)
        try:
            await resolver.resolve(url.raw_host or "", url.port or 0)
        except Refused as refused:
            raise SourceError(str(refused), "if the host is your own, name it in [sources] internal") from refused
        except OSError:
            pass
        finally:
            if self._inner_resolver is None:
                await resolver.close()


class _Lost(Exception):
    """A try without an answer."""


def _refused(error: BaseException | None) -> Refused | None:
    while error is not None and not isinstance(error, Refused):
        error = error.__cause__ or error.__context__
    return error


def _short(error: Exception) -> str:
    """The error in one line without what an address asks for: keys may stand there."""
    return type(error).__name__ if not str(error) else _QUESTION.sub("?…", " ".join(str(error).split()))[:120]
