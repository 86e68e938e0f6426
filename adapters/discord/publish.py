"""Posting: one message into one channel, once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import discord

from adapters.discord.checks import check_message
from adapters.discord.forums import TAKES_POSTS, WRONG_TAGS, Forums, tags_for
from adapters.discord.history import TIMEOUT
from adapters.discord.limits import NONCE
from adapters.discord.outcomes import Made, PostIsClosed, receipt_for, requests_made
from adapters.discord.render import Rendered, render, text_only, thread_name
from bot.domain.deliveries import Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination

log = logging.getLogger(__name__)

#: Posts under way at the same time. The library itself knows no ceiling and would run into Discord's 50 a second.
WIDTH = 10
_THREAD_IS_THERE = 160004
#: No access, no right to write, archived, locked, deleted.
_THREAD_IS_CLOSED = (50001, 50013, 50083, 160005, 10003)


class Publisher:
    """Posts through a logged-in client."""

    def __init__(self, client: discord.Client, forums: Forums, timeout: float = TIMEOUT) -> None:
        self._client = client
        self._forums = forums
        self._timeout = timeout
        self._width = asyncio.Semaphore(WIDTH)
        #: Threads that are there.
        self._opened: set[int] = set()

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str) -> Receipt:
        """Post ``message`` with ``key`` as nonce and as mark. Every answer becomes a receipt."""
        try:
            rendered = render(message, key=key)
        except Exception:
            log.exception("a message cannot be rendered", extra={"delivery_id": key, "destination": destination.key})
            return Receipt(outcome=Outcome.BAD_CONTENT, error="cannot be rendered")
        if problems := check_message(rendered.payload()):
            log.error("a message breaks limits", extra={"delivery_id": key, "problems": [str(problem) for problem in problems]})
            return Receipt(outcome=Outcome.BAD_CONTENT, error=str(problems[0]))
        async with self._width:
            receipt, sent = await self._post(destination, message, rendered, key=key, thread=thread)
        if sent is not None and rendered.embeds and not sent.embeds:
            await self._without_embeds(sent, message, destination)
        return receipt

    async def repeats(self, destination: Destination, *, thread: str) -> bool:
        """Whether Discord itself keeps a message with a nonce from being posted twice there: not where it begins a forum post."""
        if destination.personal or thread:
            return True
        try:
            async with asyncio.timeout(self._timeout):
                return await self._forums.forum(int(destination.address)) is None
        except Exception as error:  # not known is not promised
            log.info("not known whether a channel is a forum", extra={"destination": destination.key, "error": type(error).__name__})
            return False

    async def _post(
        self, destination: Destination, message: Message, rendered: Rendered, *, key: str, thread: str
    ) -> tuple[Receipt, discord.Message | None]:
        with requests_made() as made:
            try:
                async with asyncio.timeout(self._timeout):
                    channel = await channel_id(self._client, destination)
                    places = await self._places(channel, destination, thread, thread_name(message))
                    made.statuses.clear()
                    sent = None
                    if places:
                        made.serious = True
                        try:
                            sent = await self._send(places, rendered, key)
                            self._forums.learn(channel, sent.channel)
                        except discord.HTTPException as error:
                            made.serious = error.code not in TAKES_POSTS
                            if made.serious or await self._forums.forum(channel, fresh=True) is None:
                                raise
                    if sent is None:
                        sent = await self._send_to_forum(channel, message, rendered, key, thread, made)
                    return Receipt(outcome=Outcome.SENT, remote_id=str(sent.id)), sent
            except Exception as error:  # the table in outcomes.py knows them all
                receipt = receipt_for(error, made)
        if not made.serious and receipt.outcome is Outcome.UNCERTAIN:  # only the way to the place is uncertain: nothing was posted
            receipt = replace(receipt, outcome=Outcome.NOT_SENT)
        log.info("post not confirmed", extra={"delivery_id": key, "outcome": receipt.outcome.value, "error": receipt.error})
        return receipt, None

    async def _send(self, places: list[int], rendered: Rendered, key: str) -> discord.Message:
        """Into the first place that takes it: a thread may be closed to us where its channel is open."""
        for place in places[:-1]:
            try:
                return await self._client.get_partial_messageable(place).send(**_options(rendered, key))
            except discord.HTTPException as error:
                if error.code not in _THREAD_IS_CLOSED:
                    raise
                self._opened.discard(place)
        return await self._client.get_partial_messageable(places[-1]).send(**_options(rendered, key))

    async def _send_to_forum(
        self, channel: int, message: Message, rendered: Rendered, key: str, thread: str, made: Made
    ) -> discord.Message:
        """A post of its own, or the next message of one. ``made`` learns where it gets serious."""
        if thread:  # a post's thread has the id of its first message; where that is closed nothing can be continued
            made.statuses.clear()
            made.serious = True
            try:
                return await self._client.get_partial_messageable(int(thread)).send(**_options(rendered, key))
            except discord.HTTPException as error:
                if error.code not in _THREAD_IS_CLOSED:
                    raise
                raise PostIsClosed(error.code) from None
        forum = await self._forums.forum(channel)
        if forum is None:
            raise RuntimeError(f"{channel} takes no messages and is no forum")
        made.serious = made.once = True  # Discord keeps no nonce for posts: such a request is never made twice
        made.statuses.clear()
        options, tags = _options(rendered), tags_for(message, forum)
        try:
            post = await forum.create_thread(name=thread_name(message), applied_tags=tags, **options)
        except discord.HTTPException as error:
            made.statuses.clear()
            fresh = await self._forums.forum(channel, fresh=True) if error.code in WRONG_TAGS else None
            if fresh is None or (again := tags_for(message, fresh)) == tags:
                raise
            made.statuses.clear()
            post = await fresh.create_thread(name=thread_name(message), applied_tags=again, **options)
        return post.message

    async def _places(self, channel: int, destination: Destination, thread: str, title: str) -> list[int]:
        """Where a message may stand, the best place first; empty for a forum."""
        if self._forums.is_known(channel):
            return []
        if not thread or destination.personal:
            return [channel]
        number = int(thread)  # a message's thread has the message's id
        if number not in self._opened:
            try:
                await self._client.http.start_thread_with_message(channel, number, name=title, auto_archive_duration=1440)
            except discord.HTTPException as error:
                if error.code != _THREAD_IS_THERE:
                    if error.status not in (400, 403, 404):
                        raise
                    # No right to open threads, a place without threads, or the message is gone: the channel itself has to do.
                    log.info("no thread for a continuation", extra={"destination": destination.key, "code": error.code})
                    return [channel]
            self._opened.add(number)
        return [number, channel]

    async def _without_embeds(self, sent: discord.Message, message: Message, destination: Destination) -> None:
        """Discord drops embeds in silence where the bot may not show them: say the same in text."""
        log.warning("no right to show embeds: grant Embed Links to the bot", extra={"destination": destination.key})
        try:
            async with asyncio.timeout(self._timeout):
                await sent.edit(content=text_only(message))
        except Exception as error:  # it stands there, if only as a heading: that is no reason to post it again
            log.warning("the text version could not be put in place", extra={"error": type(error).__name__})


async def channel_id(client: discord.Client, destination: Destination) -> int:
    """The channel to post in; a person's direct messages are opened where needed."""
    if destination.personal:
        return (await client.create_dm(discord.Object(int(destination.address[1:])))).id
    return int(destination.address)


def _options(rendered: Rendered, key: str = "") -> dict[str, Any]:
    """As the library wants it; what is empty is left out. ``key``: the nonce, where Discord keeps one."""
    options: dict[str, Any] = {"embeds": rendered.embeds}
    if key:
        options["nonce"] = key[:NONCE]
    if rendered.content:
        options["content"] = rendered.content
    return options if rendered.view is None else {**options, "view": rendered.view}
