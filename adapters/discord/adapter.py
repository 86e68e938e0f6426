"""The Discord adapter: one client for posting and for listening."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import datetime

import aiohttp
import discord
import discord.gateway
import discord.http
import yarl

from adapters.discord.commands import register
from adapters.discord.editing import Editor
from adapters.discord.forums import Forums
from adapters.discord.history import TIMEOUT
from adapters.discord.inbound import Inbound
from adapters.discord.limits import LIMITS, NONCE_WINDOW, PACE
from adapters.discord.look import Looker
from adapters.discord.outcomes import request_trace
from adapters.discord.own import Own
from adapters.discord.publish import Publisher
from adapters.discord.settings import DiscordSettings
from bot.domain.deliveries import Found, Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, PlatformError
from bot.ports import Clock, Handler

log = logging.getLogger(__name__)

_API = discord.http.Route.BASE
_GATEWAY = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
_NEW_TOKEN = "copy a new token (Discord Developer Portal > your application > Bot > Reset Token) into DISCORD_TOKEN"  # noqa: S105
_BAD_TOKEN, _FORBIDDEN_INTENTS = 4004, 4014
#: Seconds between tries to register the commands.
_AGAIN = (5.0, 30.0, 120.0, 600.0)
#: Seconds the library waits for its turn before it asks, and after it was told to wait (0 would mean: for ever).
_PATIENT, _AT_ONCE = 30.0, 0.001
#: Seconds that answers under way get when the adapter closes.
_GRACE = 3.0


# Voice is not used: nobody needs to be told that its libraries are missing.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class DiscordAdapter:
    """Implements ``bot.ports.Adapter``. ``start`` logs in by REST, which is all that posting needs; ``run`` opens the gateway."""

    name = "discord"
    limits = LIMITS
    pace = PACE
    #: The key of a post is its nonce.
    repeatable = NONCE_WINDOW

    def __init__(self, settings: DiscordSettings, handler: Handler, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._inbound = Inbound(handler, settings.command)
        self._client: _Client | None = None
        self._publisher: Publisher | None = None
        self._looker: Looker | None = None
        self._own: Own | None = None
        self._editor: Editor | None = None
        self._forums: Forums | None = None
        self._token_refused = False

    async def start(self) -> None:
        token = self._settings.token.reveal()
        if not re.fullmatch(r"[!-~]+", token):
            raise AuthFailed("the Discord token is empty or holds characters that no token has", _NEW_TOKEN)
        discord.http.Route.BASE = _api_base(self._settings.api_url) or _API
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._settings.gateway_url) if self._settings.gateway_url else _GATEWAY
        if self._client is not None:
            await self._client.close()
        client = _Client(self._inbound, self._clock)
        try:
            await client.login(token)
        except BaseException as error:
            await client.close()
            if isinstance(error, discord.LoginFailure):
                raise AuthFailed("Discord does not accept the token", _NEW_TOKEN) from None
            if isinstance(error, discord.DiscordException | aiohttp.ClientError | OSError):
                reason = f"{error.status}/{error.code}" if isinstance(error, discord.HTTPException) else type(error).__name__
                raise PlatformError(f"Discord cannot be reached ({reason})", "check the connection, then start again") from None
            raise
        _never_sleep_on_refusal(client.http)
        self._token_refused = False
        forums = Forums(client, self._clock)
        self._client, self._publisher = client, Publisher(client, forums, self._settings.timeout)
        self._looker, self._own = Looker(client, self._clock, forums), Own(client, self._clock, forums)
        self._forums = forums
        self._editor = Editor(client, forums, self._settings.timeout)
        log.info("logged in to Discord", extra={"bot": str(client.user), "application": client.application_id})

    async def run(self) -> None:
        if self._client is None or self._client.is_closed():
            await self.start()
        client = self._ready()[0]
        registering = asyncio.create_task(self._register(client))
        try:
            await self._find_gateway(client)
            await _listen(client)
        except discord.ConnectionClosed as error:
            self._token_refused = error.code == _BAD_TOKEN
            if self._token_refused:
                raise AuthFailed("Discord does not accept the token any more", _NEW_TOKEN) from None
            raise PlatformError(f"Discord closed the gateway for good (code {error.code})", "see the log, then start again") from None
        except discord.PrivilegedIntentsRequired:
            raise PlatformError(
                f"Discord refuses the gateway (code {_FORBIDDEN_INTENTS})", "check the bot's settings in the Developer Portal"
            ) from None
        finally:
            registering.cancel()
            await asyncio.gather(registering, return_exceptions=True)

    async def locate(self, destination: Destination) -> Destination:
        return await self._ready()[2].locate(destination)

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        if self._token_refused:
            return Receipt(outcome=Outcome.BAD_TOKEN, error="token refused")
        receipt = await self._ready()[1].publish(destination, message, key=key, thread=thread)
        self._token_refused |= receipt.outcome is Outcome.BAD_TOKEN
        return receipt

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        return self.repeatable if await self._ready()[1].repeats(destination, thread=thread) else 0.0

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str = "") -> Receipt:
        if self._token_refused or self._editor is None:
            return Receipt(outcome=Outcome.BAD_TOKEN, error="token refused")
        receipt = await self._editor.edit(destination, message, key=key, remote_id=remote_id, thread=thread)
        self._token_refused |= receipt.outcome is Outcome.BAD_TOKEN
        return receipt

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        """Raises ``PlatformError`` when Discord gives no answer now: nothing is known, look again later."""
        return await self._ready()[2].find(destination, key=key, since=since, thread=thread)

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        return await self._ready()[3].retract(destination, remote_id=remote_id, thread=thread)

    def link(self, destination: Destination, *, remote_id: str = "", thread: str = "") -> str:
        """As Discord's own "Copy Message Link" has it. A forum post and a message's thread are channels with the message's id. Not for
        direct messages: only Discord knows their channel."""
        server = destination.tenant.removeprefix("discord:")
        if destination.personal or not server.isdecimal():
            return ""
        posts = self._forums is not None and self._forums.is_known(int(destination.address))
        channel = thread or (remote_id if posts and remote_id else destination.address)
        return f"https://discord.com/channels/{server}/{channel}" + (f"/{remote_id}" if remote_id and channel != remote_id else "")

    async def own_links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        """Raises ``PlatformError`` when Discord gives no answer now: nothing is known, ask again later."""
        return await self._ready()[3].links(destination, since=since)

    async def close(self) -> None:
        await self._inbound.finish(_GRACE)
        if self._client is not None:
            await self._client.close()

    def _ready(self) -> tuple[_Client, Publisher, Looker, Own]:
        if self._client is None or self._publisher is None or self._looker is None or self._own is None:
            raise PlatformError("the Discord adapter was not started", "call start() first")
        return self._client, self._publisher, self._looker, self._own

    async def _register(self, client: _Client) -> None:
        """Register the commands, in the background and as often as it takes: posting and answering go on meanwhile."""
        for wait in (*_AGAIN, 0.0):
            try:
                await register(client, self._settings.command)
                return
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("commands could not be registered", extra={"error": _short(error), "seconds": wait})
            if wait:
                await self._clock.sleep(wait)

    async def _find_gateway(self, client: _Client) -> None:
        """With a REST address of its own and no gateway given, that REST side knows its gateway."""
        if self._settings.api_url and not self._settings.gateway_url:
            async with asyncio.timeout(TIMEOUT):
                _, url, _ = await client.http.get_bot_gateway()
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


class _Client(discord.Client):
    """Hears nothing but servers, channels, interactions and reactions, keeps no messages, and never pings anybody."""

    def __init__(self, inbound: Inbound, clock: Clock) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_PATIENT,
            http_trace=request_trace(clock),
        )
        self._inbound = inbound

    async def on_interaction(self, interaction: discord.Interaction[discord.Client]) -> None:
        await self._inbound.receive(interaction)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        await self._inbound.react(self, payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        await self._inbound.react(self, payload)


def _never_sleep_on_refusal(http: discord.http.HTTPClient) -> None:
    """A 429 is for the outbox to wait for. The library would sleep on it, and when a sleep for the whole token is cut short by a
    timeout, it never lets any request out again. Its waiting before it asks does no harm and stays."""
    bucket_of = http.get_ratelimit

    def patient_bucket(key: str) -> discord.http.Ratelimit:
        http.max_ratelimit_timeout = _PATIENT  # buckets keep the number they are made with
        try:
            return bucket_of(key)
        finally:
            http.max_ratelimit_timeout = _AT_ONCE

    http.get_ratelimit = patient_bucket  # type: ignore[method-assign]  # there is no other place to tell the two waits apart


async def _listen(client: _Client) -> None:
    """Stay connected until the client is closed. The library reconnects by itself, except when the very first connection fails:
    then it trips over the connection it never had."""
    while not client.is_closed():
        try:
            await client.connect(reconnect=True)
        except AttributeError:
            if client.ws is not None:
                raise


def _api_base(url: str) -> str:
    """``url`` with the version path that every route needs."""
    base = url.rstrip("/")
    return base if not base or re.search(r"/api(/v\d+)?$", base) else f"{base}/api/v10"


def _short(error: Exception) -> str:
    return str(error)[:200] if isinstance(error, discord.HTTPException) else type(error).__name__
