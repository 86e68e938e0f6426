"""HTTP for every source: one polite client that names itself, waits its turn, and never takes more than it was told to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from bot import __version__
from bot.errors import SourceError
from bot.ports import Clock

#: Bytes of a body after unpacking.
LARGEST = 10 * 1024 * 1024
#: Seconds for one request from the first byte sent to the last one read.
TIME_LIMIT = 60.0
#: How often one request is sent at most.
ATTEMPTS = 4
#: Seconds before a second try; doubled each time. After "too many requests" without a time to wait, arXiv wants half a minute.
PAUSE, PAUSE_WHEN_REFUSED = 3.0, 30.0
#: Longer than this (seconds) is not waited for within one run.
LONGEST_PAUSE = 300.0

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


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


class _Lane:
    """Requests that must not overlap: one at a time, with a distance between the end of one and the start of the next."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = float("-inf")


class Fetcher:
    """The one HTTP client of a process. The session is opened by the first request; ``close`` ends it."""

    def __init__(self, clock: Clock, *, contact: str = "", largest: int = LARGEST, time_limit: float = TIME_LIMIT) -> None:
        contact = " ".join(contact.split())
        self.user_agent = f"papercrier/{__version__}" + (f" (+{contact})" if contact else "")
        self._clock = clock
        self._largest = largest
        self._time_limit = time_limit
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, _Lane] = {}

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
        is returned. Raises ``SourceError`` when there is no answer in the end, when it is too large, or when ``url`` is no web address.
        """
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise SourceError(f'"{url}" is not a web address', "use one that begins with https://")
        place = self._lanes.setdefault(lane or address.netloc, _Lane())
        async with place.lock:
            for attempt in range(1, ATTEMPTS + 1):
                await self._wait_until(place.free_at)
                try:
                    answer: Fetched | None = await self._request(url, params, headers)
                    trouble = f"answered with status {answer.status}" if answer else ""
                except TimeoutError:
                    answer, trouble = None, f"did not answer within {self._time_limit:g} seconds"
                except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
                    answer, trouble = None, f"cannot be reached ({_short(error)})"
                except aiohttp.ClientError as error:
                    raise SourceError(
                        f"{address.netloc} gave no usable answer ({_short(error)})", "check the address in the configuration"
                    ) from error
                finally:
                    place.free_at = self._clock.monotonic() + interval
                if answer and answer.status not in _TRY_AGAIN:
                    return answer
                pause = self._pause(answer, attempt)
                if attempt == ATTEMPTS or pause > LONGEST_PAUSE:
                    break
                place.free_at = self._clock.monotonic() + max(pause, interval)
        refused = answer is not None and answer.status in (429, 503)
        raise SourceError(
            f"{address.netloc} {trouble}" + (f" and asks to wait {pause:.0f} seconds" if pause > LONGEST_PAUSE else f", {attempt} times"),
            "it is busy: the next run tries again" if refused else "check the network and the address; the next run tries again",
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _wait_until(self, moment: float) -> None:
        wait = moment - self._clock.monotonic()
        if wait > 0:
            await self._clock.sleep(wait)

    async def _request(self, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Fetched:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": self.user_agent, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(total=self._time_limit),
                trust_env=True,
            )
        async with self._session.get(url, params=params, headers=headers, max_redirects=5) as response:
            body = bytearray()
            # In pieces: a small packed body may unpack to any size.
            async for piece in response.content.iter_chunked(64 * 1024):
                body += piece
                if len(body) > self._largest:
                    raise SourceError(
                        f"the answer of {response.url.host} is larger than {self._largest // 1024:,} kB", "ask for fewer papers at once"
                    )
            return Fetched(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=bytes(body),
                url=str(response.url),
            )

    def _pause(self, answer: Fetched | None, attempt: int) -> float:
        """Seconds before the next try: what the server says, else doubling, with some chance in it so that not all come back at once."""
        told = self._retry_after(answer.headers.get("retry-after", "")) if answer else None
        if told is not None:
            return told
        first = PAUSE_WHEN_REFUSED if answer and answer.status == 429 else PAUSE
        return min(first * 2.0 ** (attempt - 1) * random.uniform(1.0, 1.25), LONGEST_PAUSE)  # noqa: S311 - spreads load, guards nothing

    def _retry_after(self, value: str) -> float | None:
        """Seconds from a Retry-After header, which holds seconds or a date."""
        if value.strip().isdecimal():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, (moment.astimezone(UTC) - self._clock.now()).total_seconds())


def _short(error: Exception) -> str:
    """The error in one line without addresses of our own network."""
    return type(error).__name__ if not str(error) else " ".join(str(error).split())[:120]
