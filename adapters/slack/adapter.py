"""The Slack adapter as the rest of the house knows it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.kit import http_date
from adapters.slack.answers import APP_TOKEN_STEP, BOT_TOKEN_STEP, receipt_of, token_is_bad, trouble
from adapters.slack.history import History
from adapters.slack.inbound import Inbound
from adapters.slack.limits import LIMITS, PACE
from adapters.slack.publish import edit, is_person, post, whereabouts
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import Identity
from bot.domain.deliveries import Found, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, PlatformError
from bot.ports import Clock, Handler

log = logging.getLogger(__name__)

#: Seconds to reach Slack at all; a request that fails before that was not sent.
_CONNECT = 10.0


class SlackAdapter:
    """One workspace. ``start`` before anything else; ``run`` only where commands are wanted."""

    name = "slack"
    limits = LIMITS
    pace = PACE
    #: Slack has no key that would stop a second post.
    repeatable = 0.0

    def __init__(self, settings: SlackSettings, handler: Handler, clock: Clock) -> None:
        self._settings = settings
        self._handler = handler
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        self._identity: Identity | None = None
        self._inbound: Inbound | None = None

    @property
    def tenant(self) -> str:
        """The workspace, as destinations carry it; empty before ``start``."""
        return self._identity.tenant if self._identity else ""

    async def start(self) -> None:
        """Check both tokens. ``AuthFailed`` where one is not accepted, ``PlatformError`` where Slack cannot be reached."""
        if self._identity is not None:
            return
        limit = aiohttp.ClientTimeout(total=self._settings.timeout, connect=min(_CONNECT, self._settings.timeout))
        session = aiohttp.ClientSession(timeout=limit, trace_configs=[_watch_time(self._clock)])
        # No retry handlers: the library's own would post again after a lost answer.
        token, url = self._settings.bot_token.reveal(), self._settings.api_url
        client = AsyncWebClient(token=token, base_url=url, session=session, timeout=int(self._settings.timeout) or 1, retry_handlers=[])
        try:
            identity = await _check_bot_token(client)
            if self._settings.app_token:
                await _check_app_token(client, self._settings.app_token.reveal())
        except BaseException:
            await session.close()
            raise
        self._session, self._client, self._identity = session, client, identity
        self._inbound = Inbound(self._settings, self._handler, self._clock, client=client, session=session, identity=identity)
        log.info("slack workspace %s as bot %s", identity.tenant, identity.bot_id)

    async def run(self) -> None:
        """Answer commands, buttons and mentions until cancelled. Without an app token there is nothing to hear: it only waits."""
        _, _, inbound = self._started()
        if self._settings.app_token:
            await inbound.run(self._settings.app_token.reveal())
        else:
            log.warning("no Slack app token: papers are posted, commands are not heard (set SLACK_APP_TOKEN)")
            await asyncio.Event().wait()

    async def locate(self, destination: Destination) -> Destination:
        client, identity, _ = self._started()
        return await whereabouts(client, destination, tenant=identity.tenant)

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        client, _, _ = self._started()
        return await post(client, destination, message, key=key, thread=thread)

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        return self.repeatable

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str = "") -> Receipt:
        client, _, _ = self._started()
        try:
            channel = await self._history().conversation(destination)
        except Exception as error:
            return receipt_of(error)
        return await edit(client, channel, message, key=key, remote_id=remote_id)

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        """``PlatformError`` when Slack cannot be asked now: nothing is known, ask again later."""
        return await self._history().find(destination, key=key, since=since, thread=thread)

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        return await self._history().delete(destination, remote_id=remote_id)

    def link(self, destination: Destination, *, remote_id: str = "", thread: str = "") -> str:
        """As Slack's own "Copy link" has it. Not before ``start``, which tells the workspace's address, and not for direct messages: only
        Slack knows their channel."""
        if self._identity is None or not self._identity.url or is_person(destination):
            return ""
        place = f"{self._identity.url.rstrip('/')}/archives/{destination.address}"
        if not remote_id:
            return place
        below = f"?thread_ts={thread}&cid={destination.address}" if thread else ""
        return f"{place}/p{remote_id.replace('.', '')}{below}"

    async def own_links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        """``PlatformError`` when Slack cannot be asked now: nothing is known, ask again later."""
        return await self._history().links(destination, since=since)

    async def close(self) -> None:
        """Let answers under way finish briefly, then let go of everything."""
        if self._inbound is not None:
            await self._inbound.close()
        if self._session is not None:
            await self._session.close()
        self._session = self._client = self._identity = self._inbound = None

    def _history(self) -> History:
        client, identity, _ = self._started()
        return History(client, self._clock, bot_id=identity.bot_id)

    def _started(self) -> tuple[AsyncWebClient, Identity, Inbound]:
        if self._client is None or self._identity is None or self._inbound is None:
            raise PlatformError("the Slack adapter was not started", "call start() first")
        return self._client, self._identity, self._inbound


def _watch_time(clock: Clock) -> aiohttp.TraceConfig:
    """Shows the clock what time Slack says it is, with every answer."""

    async def ended(_: aiohttp.ClientSession, __: object, request: aiohttp.TraceRequestEndParams) -> None:
        if (date := http_date(request.response.headers.get("Date"))) is not None:
            clock.observe(date)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


async def _check_bot_token(client: AsyncWebClient) -> Identity:
    try:
        answer = await client.auth_test()
    except Exception as error:
        raise _unusable(error, "SLACK_BOT_TOKEN", BOT_TOKEN_STEP) from None
    if not answer.get("bot_id"):
        raise AuthFailed("SLACK_BOT_TOKEN belongs to a person, not to a bot", BOT_TOKEN_STEP)
    team, user, url = (str(answer.get(name) or "") for name in ("team_id", "user_id", "url"))
    return Identity(team=team, bot_id=str(answer["bot_id"]), bot_user=user, url=url)


async def _check_app_token(client: AsyncWebClient, token: str) -> None:
    """Socket Mode's own client would try a dead token again for ever, so it is asked once here."""
    try:
        await client.apps_connections_open(app_token=token)
    except Exception as error:
        raise _unusable(error, "SLACK_APP_TOKEN", APP_TOKEN_STEP) from None


def _unusable(error: Exception, name: str, step: str) -> PlatformError:
    if token_is_bad(error):
        return AuthFailed(f"{name} is not accepted ({trouble(error)})", step)
    return PlatformError(f"Slack did not answer ({trouble(error)})", "check the network and [adapters.slack] api_url, then start again")
