"""What every answer to a post means. The tables are the whole decision; nothing else in the adapter judges an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
import discord

from bot.domain.deliveries import Outcome, Receipt

#: (status, code) -> outcome. A code of 0 stands for every other code of that status.
_ANSWERS: dict[tuple[int, int], Outcome] = {
    (400, 40003): Outcome.RATE_LIMITED,  # opens direct messages too fast
    (403, 40003): Outcome.RATE_LIMITED,
    (400, 30034): Outcome.RATE_LIMITED,
    (400, 40058): Outcome.NO_ACCESS,  # a forum takes only threads
    (400, 50008): Outcome.NO_ACCESS,  # not a channel for text
    (400, 50083): Outcome.NO_ACCESS,  # archived thread
    (400, 160005): Outcome.NO_ACCESS,  # locked thread
    (400, 0): Outcome.BAD_CONTENT,
    (401, 0): Outcome.BAD_TOKEN,
    (404, 10003): Outcome.GONE,
    (404, 10004): Outcome.GONE,
    (404, 10013): Outcome.GONE,
    (404, 10008): Outcome.SENT,  # this nonce was posted, and somebody deleted the message
    (404, 0): Outcome.NOT_SENT,  # a proxy's page, not Discord's word about the channel
    (413, 0): Outcome.BAD_CONTENT,
    (429, 0): Outcome.RATE_LIMITED,
}
#: Seconds to wait where a limit does not say.
DEFAULT_WAIT = 60.0

#: Stages of a request that has no status yet: nothing written, and written.
_CONNECTING, _WRITTEN = 0, 1
_requests: ContextVar[list[int] | None] = ContextVar("discord_requests", default=None)


@contextmanager
def requests_made() -> Iterator[list[int]]:
    """The status of each request made inside, in order. The library repeats requests by itself, and an answer that follows a lost
    one must not hide it: after a 500 the message may be there, whatever the next try says."""
    made: list[int] = []
    token = _requests.set(made)
    try:
        yield made
    finally:
        _requests.reset(token)


def request_trace() -> aiohttp.TraceConfig:
    """Fills the lists of ``requests_made`` from the library's HTTP session."""
    trace = aiohttp.TraceConfig()

    async def started(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        if (made := _requests.get()) is not None:
            made.append(_CONNECTING)

    async def written(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestHeadersSentParams) -> None:
        if made := _requests.get():
            made[-1] = _WRITTEN

    async def ended(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        if made := _requests.get():
            made[-1] = params.response.status

    trace.on_request_start.append(started)
    trace.on_request_headers_sent.append(written)
    trace.on_request_end.append(ended)
    return trace


def receipt_for(error: Exception, made: list[int]) -> Receipt:
    """What became of a post that ended in ``error`` after the requests in ``made``."""
    receipt = _judge(error, made)
    doubtful = any(status == _WRITTEN or status >= 500 or 200 <= status < 300 for status in made)
    if doubtful and receipt.outcome in (Outcome.NOT_SENT, Outcome.RATE_LIMITED):
        return Receipt(outcome=Outcome.UNCERTAIN, error=receipt.error, retry_after=receipt.retry_after)
    return receipt


def _judge(error: Exception, made: list[int]) -> Receipt:
    if isinstance(error, discord.RateLimited):
        return Receipt(outcome=Outcome.RATE_LIMITED, error="rate limited", retry_after=error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _answer(error)
    if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError):
        if not made or made[-1] == 429:  # it only ever waited for its turn
            return Receipt(outcome=Outcome.RATE_LIMITED, error="waited too long for its turn", retry_after=DEFAULT_WAIT / 4)
        return Receipt(outcome=Outcome.NOT_SENT if made[-1] == _CONNECTING else Outcome.UNCERTAIN, error="timeout")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Receipt(outcome=Outcome.NOT_SENT, error="cannot connect")
    if isinstance(error, aiohttp.ClientError | OSError):
        if made and made[-1] == _CONNECTING:
            return Receipt(outcome=Outcome.NOT_SENT, error="cannot connect")
        return Receipt(outcome=Outcome.UNCERTAIN, error=f"connection lost ({type(error).__name__})")
    # Not about the network: a message that cannot be built, a session that was closed.
    name = type(error).__name__
    return Receipt(outcome=Outcome.UNCERTAIN if made else Outcome.NOT_SENT, error=f"could not be sent ({name})")


def _answer(error: discord.HTTPException) -> Receipt:
    said = f"{error.status}/{error.code}" if error.code else f"http {error.status}"
    if error.status >= 500:
        return Receipt(outcome=Outcome.UNCERTAIN, error=said)
    if error.status == 403 and (403, error.code) not in _ANSWERS:
        # Discord's own refusals have a code; without one it is a wall in between, which says nothing about the channel.
        return Receipt(outcome=Outcome.NO_ACCESS if error.code else Outcome.NOT_SENT, error=said)
    outcome = _ANSWERS.get((error.status, error.code)) or _ANSWERS.get((error.status, 0)) or Outcome.NOT_SENT
    return Receipt(outcome=outcome, error=said, retry_after=_wait(error) if outcome is Outcome.RATE_LIMITED else 0.0)


def _wait(error: discord.HTTPException) -> float:
    header = error.response.headers.get("Retry-After", "")
    try:
        return max(1.0, float(header))
    except ValueError:
        return DEFAULT_WAIT
