"""What every answer to a post means. The tables are the whole decision; nothing else in the adapter judges an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import SimpleNamespace

import aiohttp
import discord

from adapters.kit import http_date
from bot.domain.deliveries import Outcome, Receipt
from bot.ports import Clock

UNKNOWN_MESSAGE = 10008
#: (status, code) -> outcome. A code of 0 stands for every other code of that status.
ANSWERS: dict[tuple[int, int], Outcome] = {
    (400, 40003): Outcome.RATE_LIMITED,  # opens direct messages too fast
    (403, 40003): Outcome.RATE_LIMITED,
    (400, 30034): Outcome.RATE_LIMITED,
    (400, 40058): Outcome.NO_ACCESS,  # a forum takes only threads
    (400, 50008): Outcome.NO_ACCESS,  # not a channel for text
    (400, 50083): Outcome.NO_ACCESS,  # archived thread
    (400, 160005): Outcome.NO_ACCESS,  # locked thread
    (400, 40067): Outcome.NO_ACCESS,  # a forum wants a tag and has none for us
    (400, 0): Outcome.BAD_CONTENT,
    (401, 0): Outcome.BAD_TOKEN,
    (404, 10003): Outcome.GONE,
    (404, 10004): Outcome.GONE,
    (404, 10013): Outcome.GONE,
    (404, UNKNOWN_MESSAGE): Outcome.SENT,  # this nonce was posted, and somebody deleted the message
    (404, 0): Outcome.NOT_SENT,  # a proxy's page, not Discord's word about the channel
    (413, 0): Outcome.BAD_CONTENT,
    (429, 0): Outcome.RATE_LIMITED,
}
#: Seconds to wait where a limit does not say.
DEFAULT_WAIT = 60.0

#: What Discord answers with, to the letter, unless there is nothing to say.
_JSON, _NO_CONTENT = "application/json", 204
#: Stages of a request that has no status yet: nothing written, and written.
_CONNECTING, _WRITTEN = 0, 1


class Made:
    """Requests made. The library repeats some by itself, and an answer that follows a lost one must not hide it: after a 500 the
    message may be there, whatever the next try says."""

    def __init__(self) -> None:
        #: The status of each, in order.
        self.statuses: list[int] = []
        #: The last 429 was about everything under this token, or about this machine.
        self.everywhere = False
        #: The requests made from now on are the post itself, not the way to its place.
        self.serious = False
        #: Nothing may be asked a second time: the answer to the first try decides.
        self.once = False


class AskedAgain(Exception):
    """The library was about to repeat a request that must not be repeated."""


class NotDiscord(aiohttp.ClientError):
    """Something between us and Discord answered in its place: that all is well, and nothing else. The library would take an empty page
    for an empty channel, and any page for a thread that was opened."""


class PostIsClosed(Exception):
    """The forum post that a message continues is gone or locked; its code is what Discord said."""


_requests: ContextVar[Made | None] = ContextVar("discord_requests", default=None)


@contextmanager
def requests_made() -> Iterator[Made]:
    """Watches the requests made inside."""
    made = Made()
    token = _requests.set(made)
    try:
        yield made
    finally:
        _requests.reset(token)


def request_trace(clock: Clock) -> aiohttp.TraceConfig:
    """Tells ``requests_made`` what the library's HTTP session does, and ``clock`` what time Discord says it is."""
    trace = aiohttp.TraceConfig()

    async def started(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        if made := _requests.get():
            if made.once and made.statuses:
                raise AskedAgain
            made.statuses.append(_CONNECTING)

    async def written(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestHeadersSentParams) -> None:
        if (made := _requests.get()) and made.statuses:
            made.statuses[-1] = _WRITTEN

    async def ended(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        headers = params.response.headers
        if (date := http_date(headers.get("Date"))) is not None:
            clock.observe(date)
        status = params.response.status
        if (made := _requests.get()) and made.statuses:
            made.statuses[-1] = status
            made.everywhere = headers.get("X-RateLimit-Scope") == "global" or "X-RateLimit-Global" in headers or "Via" not in headers
        if 200 <= status < 300 and status != _NO_CONTENT and headers.get("Content-Type") != _JSON:
            raise NotDiscord(f"http {status}, {headers.get('Content-Type', 'without a type')}")

    trace.on_request_start.append(started)
    trace.on_request_headers_sent.append(written)
    trace.on_request_end.append(ended)
    return trace


def receipt_for(error: Exception, made: Made) -> Receipt:
    """What became of a post that ended in ``error`` after the requests in ``made``."""
    receipt = _judge(error, made.statuses)
    if receipt.outcome is Outcome.RATE_LIMITED and made.everywhere and made.statuses[-1:] == [429]:
        receipt = replace(receipt, bucket="platform")
    doubtful = any(status == _WRITTEN or status >= 500 or 200 <= status < 300 for status in made.statuses)
    if doubtful and receipt.outcome in (Outcome.NOT_SENT, Outcome.RATE_LIMITED):
        return replace(receipt, outcome=Outcome.UNCERTAIN)
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
    if isinstance(error, AskedAgain):
        return Receipt(outcome=Outcome.UNCERTAIN, error=f"http {made[-1]}" if made[-1] > _WRITTEN else "connection lost")
    if isinstance(error, PostIsClosed):  # about this one post, not about its forum
        return Receipt(outcome=Outcome.BAD_CONTENT, error=f"the post it continues is closed ({error})")
    # Not about the network: a message that cannot be built, a session that was closed.
    name = type(error).__name__
    return Receipt(outcome=Outcome.UNCERTAIN if made else Outcome.NOT_SENT, error=f"could not be sent ({name})")


def _answer(error: discord.HTTPException) -> Receipt:
    said = f"{error.status}/{error.code}" if error.code else f"http {error.status}"
    if error.status >= 500:
        return Receipt(outcome=Outcome.UNCERTAIN, error=said)
    if error.status == 403 and (403, error.code) not in ANSWERS:
        # Discord's own refusals have a code; without one it is a wall in between, which says nothing about the channel.
        return Receipt(outcome=Outcome.NO_ACCESS if error.code else Outcome.NOT_SENT, error=said)
    outcome = ANSWERS.get((error.status, error.code)) or ANSWERS.get((error.status, 0)) or Outcome.NOT_SENT
    return Receipt(outcome=outcome, error=said, retry_after=_wait(error) if outcome is Outcome.RATE_LIMITED else 0.0)


def _wait(error: discord.HTTPException) -> float:
    header = error.response.headers.get("Retry-After", "")
    try:
        return max(1.0, float(header))
    except ValueError:
        return DEFAULT_WAIT
