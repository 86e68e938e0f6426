"""Posting: one message into one channel, once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import discord

from adapters.discord.checks import check_message
from adapters.discord.limits import NONCE
from adapters.discord.outcomes import receipt_for, requests_made
from adapters.discord.render import Rendered, render, text_only, thread_name
from bot.domain.deliveries import Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination

log = logging.getLogger(__name__)

#: Seconds one post may take, the library's own repeats included.
TIMEOUT = 30.0
#: Posts under way at the same time. The library itself knows no ceiling and would run into Discord's 50 a second.
WIDTH = 10
_THREAD_IS_THERE = 160004


class Publisher:
    """Posts through a logged-in client."""

    def __init__(self, client: discord.Client, timeout: float = TIMEOUT) -> None:
        self._client = client
        self._timeout = timeout
        self._width = asyncio.Semaphore(WIDTH)

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
            receipt, sent = await self._post(destination, rendered, key=key, thread=thread, title=thread_name(message))
        if sent is not None and rendered.embeds and not sent.embeds:
            await self._without_embeds(sent, message, destination)
        return receipt

    async def _post(
        self, destination: Destination, rendered: Rendered, *, key: str, thread: str, title: str
    ) -> tuple[Receipt, discord.Message | None]:
        posting = False
        with requests_made() as made:
            try:
                async with asyncio.timeout(self._timeout):
                    places = await self._places(destination, thread, title)
                    made.statuses.clear()
                    posting = True
                    sent = await self._send(places, rendered, key)
                    return Receipt(outcome=Outcome.SENT, remote_id=str(sent.id)), sent
            except Exception as error:  # the table in outcomes.py knows them all
                receipt = receipt_for(error, made)
        if not posting and receipt.outcome is Outcome.UNCERTAIN:  # only the way to the place is uncertain: nothing was posted
            receipt = replace(receipt, outcome=Outcome.NOT_SENT)
        log.info("post not confirmed", extra={"delivery_id": key, "outcome": receipt.outcome.value, "error": receipt.error})
        return receipt, None

    async def _send(self, places: list[int], rendered: Rendered, key: str) -> discord.Message:
        """Into the first place that takes it: a thread may be closed to us where its channel is open."""
        options: dict[str, Any] = {"content": rendered.content or None, "embeds": rendered.embeds, "nonce": key[:NONCE]}
        if rendered.view is not None:
            options["view"] = rendered.view
        for place in places[:-1]:
            try:
                return await self._client.get_partial_messageable(place).send(**options)
            except discord.HTTPException as error:
                if error.status not in (400, 403) or error.code not in (50001, 50013, 50083, 160005):
                    raise
        return await self._client.get_partial_messageable(places[-1]).send(**options)

    async def _places(self, destination: Destination, thread: str, title: str) -> list[int]:
        channel = await channel_id(self._client, destination)
        if not thread or destination.personal:
            return [channel]
        try:
            await self._client.http.start_thread_with_message(channel, int(thread), name=title, auto_archive_duration=1440)
        except discord.HTTPException as error:
            if error.code != _THREAD_IS_THERE:
                if error.status not in (400, 403, 404):
                    raise
                # No right to open threads, a place without threads, or the message is gone: the channel itself has to do.
                log.info("no thread for a continuation", extra={"destination": destination.key, "code": error.code})
                return [channel]
        return [int(thread), channel]  # a message's thread has the message's id

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
