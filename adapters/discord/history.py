"""Reading channels: page by page, waiting for our turn, and telling "nothing there" from "you may not look"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import discord

from bot.errors import PlatformError
from bot.ports import Clock

#: Seconds one request may take, the library's own repeats included.
TIMEOUT = 30.0
#: How far before the first attempt a search begins: clocks differ.
EARLIER = timedelta(seconds=300)
PAGE = 100
#: The longest a repeatable request waits for its turn, and how often.
PATIENCE, TURNS = 30.0, 5
UNKNOWN_CHANNEL = 10003

Answer = TypeVar("Answer")


async def patiently(ask: Callable[[], Awaitable[Answer]], clock: Clock) -> Answer:
    """``ask``, and again when Discord says to wait: only for requests that may be repeated."""
    for _ in range(TURNS):
        try:
            return await ask()
        except discord.RateLimited as error:
            if error.retry_after > PATIENCE:
                raise
            wait = error.retry_after
        await clock.sleep(wait)
    return await ask()


async def pages(
    client: discord.Client, place: int, since: datetime, clock: Clock, *, oldest_first: bool = True
) -> AsyncIterator[list[discord.Message]]:
    """What stands in a channel or thread since then, a page at a time."""
    bound: discord.abc.Snowflake = discord.Object(discord.utils.time_snowflake(since))
    edge: discord.abc.Snowflake = bound
    before: discord.abc.Snowflake | None = None
    channel = client.get_partial_messageable(place)

    async def ask() -> list[discord.Message]:
        async with asyncio.timeout(TIMEOUT):
            if oldest_first:
                return [message async for message in channel.history(limit=PAGE, after=edge, oldest_first=True)]
            return [message async for message in channel.history(limit=PAGE, before=before)]

    while page := await patiently(ask, clock):
        if oldest_first:
            edge = page[-1]
            yield page
        else:
            before = page[-1]
            yield [message for message in page if message.id > bound.id]
            if before.id <= bound.id:
                return
        if len(page) < PAGE:
            return


async def closed_by(client: discord.Client, place: int) -> str:
    """The permission that would open the history of a channel to the bot, with the channel's name; empty when it is open. From roles
    and overwrites as they are now."""
    if client.user is None:
        return "a login"
    channel = await client.fetch_channel(place)
    if isinstance(channel, discord.abc.PrivateChannel):
        return ""
    guild = await client.fetch_guild(channel.guild.id, with_counts=False)
    member = await guild.fetch_member(client.user.id)
    # Permissions of a thread are those of its channel; both are read against the roles just fetched.
    parent = await guild.fetch_channel((channel.parent_id or place) if isinstance(channel, discord.Thread) else channel.id)
    rights = parent.permissions_for(member)
    missing = [
        name for name, given in (("View Channel", rights.view_channel), ("Read Message History", rights.read_message_history)) if not given
    ]
    return f"{' and '.join(missing)} in #{parent.name}" if missing else ""


def no_answer(what: str, error: Exception) -> PlatformError:
    """Discord did not say; asking later may help."""
    if isinstance(error, discord.HTTPException):
        return PlatformError(f"{what} ({error.status}/{error.code})", "try again in a moment")
    return PlatformError(f"{what} ({type(error).__name__})", "check the connection and try again")
