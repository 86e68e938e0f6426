"""What became of our own messages: taking one back, and telling which deliveries and links stand in a channel."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import discord

from adapters.discord.forums import Forums
from adapters.discord.history import EARLIER, TIMEOUT, UNKNOWN_CHANNEL, closed_by, no_answer, pages, patiently
from adapters.discord.outcomes import UNKNOWN_MESSAGE
from adapters.discord.publish import channel_id
from adapters.kit import addresses
from bot.domain.subscriptions import Destination
from bot.ports import Clock

log = logging.getLogger(__name__)

#: Messages told about at most, and read at most while looking for them.
MOST, DEPTH = 1000, 20_000
#: A continuation is posted after its first message: threads of messages that are so much older than asked for are read, too.
THREADS_EARLIER = timedelta(days=1)
#: Tries to delete a message, and the seconds between them.
TRIES, PAUSE = 4, 2.0
_KEY = re.compile(r"[A-Za-z0-9_-]{8,}")


class Own:
    """Works through a logged-in client."""

    def __init__(self, client: discord.Client, clock: Clock, forums: Forums) -> None:
        self._client = client
        self._forums = forums
        self._clock = clock

    async def retract(self, destination: Destination, *, remote_id: str, thread: str) -> bool:
        """Delete a message of our own; ``True`` when it does not stand there any more, ``False`` when it may."""
        for left in range(TRIES - 1, -1, -1):
            try:
                async with asyncio.timeout(TIMEOUT):
                    channel = await channel_id(self._client, destination)
                    if not destination.personal and await self._forums.forum(channel):
                        await self._delete(int(thread or remote_id), int(remote_id))
                        if not thread:
                            await self._close_post(int(remote_id))
                        return True
                    # A continuation stands in its thread, or in the channel where threads are closed.
                    places = [int(thread), channel] if thread and not destination.personal else [channel]
                    for place in places:
                        if await self._delete(place, int(remote_id)):
                            break
                return True
            except Exception as error:
                again = left and (not isinstance(error, discord.HTTPException) or error.status >= 500)
                if not again:
                    log.warning(
                        "message not taken back", extra={"destination": destination.key, "remote_id": remote_id, "error": str(error)}
                    )
                    return False
            await self._clock.sleep(PAUSE)
        return False

    async def _delete(self, place: int, message: int) -> bool:
        """``False``: there is no such message."""
        try:
            await patiently(self._client.get_partial_messageable(place).get_partial_message(message).delete, self._clock)
        except discord.NotFound as error:
            if error.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                raise
            return False
        return True

    async def _close_post(self, post: int) -> None:
        """A post whose first message is gone goes, too; without the right to that it is archived."""
        try:
            await patiently(lambda: self._client.http.delete_channel(post), self._clock)
        except discord.Forbidden:
            with contextlib.suppress(discord.HTTPException):
                await patiently(lambda: self._client.http.edit_channel(post, archived=True), self._clock)
        except discord.NotFound:
            return

    async def links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        """The delivery key (or "") and the addresses of every message of ours since then, newest first; ``None`` where the history is
        closed. ``PlatformError`` when Discord gives no answer now."""
        try:
            place = await channel_id(self._client, destination)
            found: list[discord.Message] = []
            forum = None if destination.personal else await self._forums.forum(place)
            async for message in self._ours(place, since - THREADS_EARLIER) if forum is None else self._in_posts(forum, since):
                found.append(message)
                if message.flags.has_thread and forum is None:
                    found += [one async for one in self._ours(message.id, since - EARLIER)]
                if len(found) >= MOST:
                    break
            if not found and await closed_by(self._client, place):  # an empty list may also mean "you may not read this"
                return None
        except discord.Forbidden:
            return None
        except Exception as error:
            raise no_answer(f"the history of {destination.key} could not be read", error) from None
        recent = sorted((one for one in found if one.created_at >= since), key=lambda one: one.id, reverse=True)
        return [(key_of(one), links_of(one)) for one in recent[:MOST]]

    async def _in_posts(self, forum: discord.ForumChannel, since: datetime) -> AsyncIterator[discord.Message]:
        async for post in self._forums.posts(forum, since - THREADS_EARLIER):
            async for message in self._ours(post, since - EARLIER):
                yield message

    async def _ours(self, place: int, since: datetime) -> AsyncIterator[discord.Message]:
        """Our own messages in a channel or thread, newest first; none where there is no such place."""
        me = self._client.user.id if self._client.user else 0
        read = 0
        try:
            async for page in pages(self._client, place, since, self._clock, oldest_first=False):
                for message in page:
                    if message.author.id == me:
                        yield message
                read += len(page)
                if read >= DEPTH:
                    log.warning("a channel was not read to the end", extra={"channel": place, "messages": read})
                    return
        except discord.NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise


def key_of(message: discord.Message) -> str:
    """The key that a message of ours carries in a component or at the end of a footer; empty where there is none."""
    for row in message.components:
        for part in row.children if isinstance(row, discord.ActionRow) else []:
            marked, mark, key = (getattr(part, "custom_id", None) or "").rpartition("#")
            if marked and mark and _KEY.fullmatch(key):
                return key
    for embed in message.embeds:
        key = (embed.footer.text or "").split(" · ")[-1]
        if re.fullmatch(r"[a-z2-7]{24}", key):
            return key
    return ""


def links_of(message: discord.Message) -> frozenset[str]:
    """Every http(s) address in a message: in its text, its embeds and its buttons."""
    parts = [message.content, [embed.to_dict() for embed in message.embeds], [row.to_dict() for row in message.components]]
    return addresses(parts)
