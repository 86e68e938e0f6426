"""Looking at Discord: where a destination is, and whether a message stands in it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import aiohttp
import discord

from adapters.discord.controls import carries
from adapters.discord.forums import Forums
from adapters.discord.history import EARLIER, TIMEOUT, UNKNOWN_CHANNEL, closed_by, no_answer, pages, patiently
from adapters.discord.publish import channel_id
from bot.domain.deliveries import Found
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError
from bot.ports import Clock

log = logging.getLogger(__name__)

#: Messages looked through before a search is called inconclusive.
DEPTH = 2000

_TEXT_CHANNELS = (discord.TextChannel, discord.Thread, discord.VoiceChannel, discord.ForumChannel)


def personal(user_id: int, name: str) -> Destination:
    """A person's direct messages: a tenant of their own."""
    return Destination(platform="discord", address=f"@{user_id}", tenant=f"discord:@{user_id}", name=name)


class Looker:
    """Reads through a logged-in client."""

    def __init__(self, client: discord.Client, clock: Clock, forums: Forums) -> None:
        self._client = client
        self._forums = forums
        self._clock = clock

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
            raise no_answer(f"Discord could not be asked about {destination.key}", error) from None
        if isinstance(channel, discord.DMChannel) and channel.recipient is not None:
            return personal(channel.recipient.id, channel.recipient.display_name)
        if not isinstance(channel, _TEXT_CHANNELS):
            kind = type(channel).__name__.removesuffix("Channel").casefold()
            raise PlatformError(f"{destination.key} is a {kind} channel and takes no messages", "choose a text channel, forum or thread")
        self._forums.learn(channel.id, channel)
        return Destination(platform="discord", address=str(channel.id), tenant=f"discord:{channel.guild.id}", name=f"#{channel.name}")

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str) -> Found:
        """Look for the message of ``key``. ``PlatformError`` when Discord gives no answer now: then look again later."""
        try:
            channel = await channel_id(self._client, destination)
            if not destination.personal and (forum := await self._forums.forum(channel)):
                if thread:
                    return await self._search(int(thread), destination, key, since - EARLIER)
                return await self._search_posts(forum, destination, key, since - EARLIER)
            places = [int(thread), channel] if thread and not destination.personal else [channel]
            answer = Found(readable=True)
            for place in places:
                found = await self._search(place, destination, key, since - EARLIER)
                if found.remote_id:
                    return found
                answer = answer if found.readable else found
            return answer
        except Exception as error:  # a garbled answer makes the library fail in many ways: none of them says what stands there
            raise no_answer(f"the history of {destination.key} could not be read", error) from None

    async def _search_posts(self, forum: discord.ForumChannel, destination: Destination, key: str, since: datetime) -> Found:
        """Look at the first message of every post of ours."""
        try:
            async for post in self._forums.posts(forum, since):
                first = self._client.get_partial_messageable(post).get_partial_message(post)
                try:
                    message = await patiently(first.fetch, self._clock)
                except discord.NotFound:  # deleted meanwhile, or only its first message
                    continue
                if _marked(message, key):
                    return Found(readable=True, remote_id=str(message.id))
            missing = await closed_by(self._client, forum.id)
            return Found(readable=not missing, missing=missing)
        except discord.Forbidden:
            return Found(readable=False, missing=f"View Channel and Read Message History in {destination.name or destination.key}")

    async def _search(self, place: int, destination: Destination, key: str, since: datetime) -> Found:
        me = self._client.user.id if self._client.user else 0
        name = destination.name or destination.key
        count = 0
        try:
            async for page in pages(self._client, place, since, self._clock):
                for message in page:
                    if message.author.id == me and _marked(message, key):
                        return Found(readable=True, remote_id=str(message.id))
                count += len(page)
                if count >= DEPTH:
                    return Found(readable=False, missing=f"a way to look past {DEPTH} messages in {name}")
            # An empty list may also mean "you may not read this".
            missing = await closed_by(self._client, place)
            return Found(readable=not missing, missing=missing)
        except discord.Forbidden:
            return Found(readable=False, missing=f"View Channel and Read Message History in {name}")
        except discord.NotFound as error:
            if error.code == UNKNOWN_CHANNEL:  # nothing can stand in a channel or thread that is not there
                return Found(readable=True)
            raise


def _marked(message: discord.Message, key: str) -> bool:
    for row in message.components:
        parts = row.children if isinstance(row, discord.ActionRow) else []
        if any(carries(getattr(part, "custom_id", None), key) for part in parts):
            return True
    return any((embed.footer.text or "").split(" · ")[-1] == key for embed in message.embeds)


_COPY_ID = "copy the id again (Developer Mode, right click, Copy Channel ID or Copy User ID)"
_INVITE = "invite it to the server and give it View Channel there"
