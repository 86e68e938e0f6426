"""Looking at Discord: where a destination is, and whether a message stands in it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import aiohttp
import discord

from adapters.discord.controls import carries
from adapters.discord.publish import TIMEOUT, channel_id
from bot.domain.deliveries import Found
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError

log = logging.getLogger(__name__)

#: How far before the first attempt a search begins: clocks differ.
EARLIER = timedelta(seconds=300)
#: Messages looked through before a search is called inconclusive.
DEPTH = 2000
_UNKNOWN_CHANNEL = 10003

_TEXT_CHANNELS = (discord.TextChannel, discord.Thread, discord.VoiceChannel)


def personal(user_id: int, name: str) -> Destination:
    """A person's direct messages: a tenant of their own."""
    return Destination(platform="discord", address=f"@{user_id}", tenant=f"discord:@{user_id}", name=name)


class Looker:
    """Reads through a logged-in client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def locate(self, destination: Destination) -> Destination:
        """The destination with its server and name. ``PlatformError`` when the bot cannot reach or use it."""
        try:
            async with asyncio.timeout(TIMEOUT):
                if destination.personal:
                    user = await self._client.fetch_user(int(destination.address[1:]))
                    return personal(user.id, user.display_name)
                channel = await self._client.fetch_channel(int(destination.address))
        except discord.NotFound:
            what = "person" if destination.personal else "channel"
            raise PlatformError(f"{destination.key} is no {what} on Discord", _COPY_ID) from None
        except discord.Forbidden:
            raise PlatformError(f"the bot cannot see {destination.key}", _INVITE) from None
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise _no_answer(f"Discord could not be asked about {destination.key}", error) from None
        if isinstance(channel, discord.DMChannel) and channel.recipient is not None:
            return personal(channel.recipient.id, channel.recipient.display_name)
        if not isinstance(channel, _TEXT_CHANNELS):
            kind = type(channel).__name__.removesuffix("Channel").casefold()
            raise PlatformError(f"{destination.key} is a {kind} channel and takes no messages", "choose a text channel or a thread")
        return Destination(platform="discord", address=str(channel.id), tenant=f"discord:{channel.guild.id}", name=f"#{channel.name}")

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str) -> Found:
        """Look for the message of ``key``. ``PlatformError`` when Discord gives no answer now: then look again later."""
        try:
            channel = await channel_id(self._client, destination)
            places = [int(thread), channel] if thread and not destination.personal else [channel]
            readable = True
            for place in places:
                found = await self._search(place, key, since - EARLIER)
                if found.remote_id:
                    return found
                readable = readable and found.readable
            return Found(readable=readable)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise _no_answer(f"the history of {destination.key} could not be read", error) from None

    async def _search(self, place: int, key: str, since: datetime) -> Found:
        me = self._client.user.id if self._client.user else 0
        count = 0
        try:
            async with asyncio.timeout(4 * TIMEOUT):
                after = discord.Object(discord.utils.time_snowflake(since))
                async for message in self._client.get_partial_messageable(place).history(after=after, limit=DEPTH, oldest_first=True):
                    count += 1
                    if message.author.id == me and _marked(message, key):
                        return Found(readable=True, remote_id=str(message.id))
                # An empty list may also mean "you may not read this".
                return Found(readable=count < DEPTH and await self._may_read(place))
        except discord.Forbidden:
            return Found(readable=False)
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:  # nothing can stand in a channel or thread that is not there
                return Found(readable=True)
            raise

    async def _may_read(self, place: int) -> bool:
        """Whether the history of a channel is open to the bot, from roles and overwrites as they are now."""
        if self._client.user is None:
            return False
        channel = await self._client.fetch_channel(place)
        if isinstance(channel, discord.abc.PrivateChannel):
            return True
        guild = await self._client.fetch_guild(channel.guild.id, with_counts=False)
        member = await guild.fetch_member(self._client.user.id)
        # Permissions of a thread are those of its channel; both are read against the roles just fetched.
        parent = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
        rights = (await guild.fetch_channel(parent)).permissions_for(member)
        return rights.view_channel and rights.read_message_history


def _marked(message: discord.Message, key: str) -> bool:
    for row in message.components:
        parts = row.children if isinstance(row, discord.ActionRow) else []
        if any(carries(getattr(part, "custom_id", None), key) for part in parts):
            return True
    return any((embed.footer.text or "").split(" · ")[-1] == key for embed in message.embeds)


def _no_answer(what: str, error: Exception) -> PlatformError:
    if isinstance(error, discord.HTTPException):
        return PlatformError(f"{what} ({error.status}/{error.code})", "try again in a moment")
    return PlatformError(f"{what} ({type(error).__name__})", "check the connection and try again")


_COPY_ID = "copy the id again (Developer Mode, right click, Copy Channel ID or Copy User ID)"
_INVITE = "invite it to the server and give it View Channel there"
