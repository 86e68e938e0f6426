"""Forum channels: which channels are some, what tags a post there gets, and which posts of ours stand in them.

A forum takes no messages, only posts: threads that begin with a message and have its id. Discord keeps no nonce for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import discord

from adapters.discord.history import patiently
from adapters.discord.limits import POST_TAGS
from bot.domain.messages import Message
from bot.ports import Clock

#: Answers to a message for a forum: it takes only posts; it is no channel for text.
TAKES_POSTS = (40058, 50008)
#: Answers to a post whose tags are not (or not any more) what the forum wants.
WRONG_TAGS = (40067, 10087, 50035)
#: Seconds after which the tags of a forum are looked up again.
FRESH = 300.0
#: What a post is filed under when a tag must be given and none is named like a category.
CATCH_ALL = ("papers", "paper", "new papers", "other", "misc")
_PAGE = 100


class Forums:
    """Knows channels through a logged-in client, and remembers what they are: a forum stays one."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._forums: dict[int, tuple[float, discord.ForumChannel]] = {}
        self._others: set[int] = set()

    def learn(self, channel: int, found: object) -> None:
        """``found`` is what ``channel`` turned out to be."""
        if isinstance(found, discord.ForumChannel):
            self._forums[channel] = (self._clock.monotonic(), found)
        else:
            self._others.add(channel)

    def is_known(self, channel: int) -> bool:
        """Whether ``channel`` is a forum, as far as that is known without asking."""
        return channel in self._forums or isinstance(self._client.get_channel(channel), discord.ForumChannel)

    async def forum(self, channel: int, *, fresh: bool = False) -> discord.ForumChannel | None:
        """The forum of this id with its tags; ``None`` where it is none or cannot be seen. Raises what the library raises."""
        if channel in self._others:
            return None
        if not fresh and isinstance(cached := self._client.get_channel(channel), discord.ForumChannel):
            return cached  # the gateway keeps it up to date
        at, found = self._forums.get(channel, (0.0, None))
        if not fresh and found is not None and self._clock.monotonic() - at < FRESH:
            return found
        try:
            self.learn(channel, await patiently(lambda: self._client.fetch_channel(channel), self._clock))
        except (discord.NotFound, discord.Forbidden):
            return None
        return self._forums[channel][1] if channel in self._forums else None

    async def posts(self, forum: discord.ForumChannel, since: datetime) -> AsyncIterator[int]:
        """The posts of ours that were begun since then: the newest first, archived ones behind the others."""
        me = self._client.user.id if self._client.user else 0
        bound = discord.utils.time_snowflake(since)
        active = await patiently(lambda: self._client.http.get_active_threads(forum.guild.id), self._clock)
        threads: list[Any] = [one for one in active.get("threads") or [] if int(one.get("parent_id") or 0) == forum.id]
        threads.sort(key=lambda one: int(one["id"]), reverse=True)
        threads += await self._archived(forum.id, since)
        for number in dict.fromkeys(int(one["id"]) for one in threads if int(one.get("owner_id") or 0) == me):
            if number >= bound:
                yield number

    async def _archived(self, forum: int, since: datetime) -> list[Any]:
        """Posts that were archived since then. None can have been begun after that, so that is all there is to look through."""
        found: list[Any] = []
        before: Any = None
        while True:
            ask = partial(self._client.http.get_public_archived_threads, forum, before=before, limit=_PAGE)
            page = await patiently(ask, self._clock)
            found += page.get("threads") or []
            if not page.get("has_more") or not found:
                return found
            before = found[-1]["thread_metadata"]["archive_timestamp"]
            if datetime.fromisoformat(before) < since:
                return found


def tags_for(message: Message, forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The forum's tags that are named like the categories of the papers, the commonest first: "cs.CL", or "cs" for all of them."""
    free = [tag for tag in forum.available_tags if not tag.moderated]
    by_name = {tag.name.strip().casefold(): tag for tag in free}
    wanted = Counter(name.casefold() for card in message.cards for name in card.tags)
    found: dict[int, discord.ForumTag] = {}
    for name, _ in wanted.most_common():
        if tag := by_name.get(name) or by_name.get(name.partition(".")[0]):
            found.setdefault(tag.id, tag)
    if not found and forum.flags.require_tag:
        other = next((by_name[name] for name in CATCH_ALL if name in by_name), None)
        return [other] if other else (free or list(forum.available_tags))[:1]
    return list(found.values())[:POST_TAGS]
