"""Putting another message in place of one of ours. Nothing is ever posted here: what is gone stays gone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord

from adapters.discord.checks import check_message
from adapters.discord.forums import Forums
from adapters.discord.history import TIMEOUT, UNKNOWN_CHANNEL
from adapters.discord.outcomes import UNKNOWN_MESSAGE, receipt_for, requests_made
from adapters.discord.publish import channel_id
from adapters.discord.render import Rendered, render, text_only
from bot.domain.deliveries import Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination

log = logging.getLogger(__name__)

#: Somebody else's message; a system message. Asking again is of no use.
_NOT_OURS_TO_CHANGE = (50005, 50021)
#: A thread that nobody wrote in for a while: what stands there can be changed again once it is opened.
_ARCHIVED = 50083


class Editor:
    """Edits through a logged-in client. Doing it twice is doing it once."""

    def __init__(self, client: discord.Client, forums: Forums, timeout: float = TIMEOUT) -> None:
        self._client = client
        self._forums = forums
        self._timeout = timeout

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str) -> Receipt:
        """Put ``message`` in place of ``remote_id``, under the key it was posted with. Every answer becomes a receipt."""
        rendered = render(message, key=key)
        if problems := check_message(rendered.payload()):
            return Receipt(outcome=Outcome.BAD_CONTENT, error=str(problems[0]))
        with requests_made() as made:
            try:
                async with asyncio.timeout(self._timeout):
                    places = await self._places(destination, remote_id, thread)
                    made.statuses.clear()
                    for place in places:
                        if (edited := await self._replaced(place, int(remote_id), rendered)) is not None:
                            break
                    else:
                        return Receipt(outcome=Outcome.DELETED, error="404/10008")
                    if rendered.embeds and not edited.embeds:  # no right to show embeds: say the same in text
                        await edited.edit(content=text_only(message))
                    return Receipt(outcome=Outcome.SENT, remote_id=remote_id)
            except Exception as error:  # the table in outcomes.py knows them all
                receipt = receipt_for(error, made)
                if isinstance(error, discord.HTTPException) and error.code in _NOT_OURS_TO_CHANGE:
                    receipt = Receipt(outcome=Outcome.BAD_CONTENT, error=receipt.error)
        log.info("edit not confirmed", extra={"delivery_id": key, "outcome": receipt.outcome.value, "error": receipt.error})
        return receipt

    async def _places(self, destination: Destination, remote_id: str, thread: str) -> list[int]:
        """Where the message may stand: what continues another stands in its thread, or in the channel where threads are closed."""
        channel = await channel_id(self._client, destination)
        if destination.personal:
            return [channel]
        if await self._forums.forum(channel):
            return [int(thread or remote_id)]  # a post's thread has the id of its first message
        return [int(thread), channel] if thread else [channel]

    async def _replaced(self, place: int, number: int, rendered: Rendered) -> discord.Message | None:
        """``None``: there is no such message."""
        options: dict[str, Any] = {"content": rendered.content or None, "embeds": rendered.embeds, "view": rendered.view}
        message = self._client.get_partial_messageable(place).get_partial_message(number)
        try:
            try:
                return await message.edit(**options)
            except discord.HTTPException as error:
                if error.code != _ARCHIVED:
                    raise
                await self._client.http.edit_channel(place, archived=False)
                return await message.edit(**options)
        except discord.NotFound as error:
            if error.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                raise
            return None
