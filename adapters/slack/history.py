"""What stands in a channel: finding one post again, telling which deliveries and links are there, taking one back."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.kit import addresses
from adapters.slack.answers import error_word, needed_scope, retry_after, settled, trouble
from adapters.slack.publish import EVENT_TYPE, is_person, target
from bot.domain.deliveries import Found
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError
from bot.ports import Clock

log = logging.getLogger(__name__)

#: How long before the first attempt a look into the channel begins: Slack's clock and ours need not agree.
_BEFORE = timedelta(seconds=300)
#: A continuation is posted after its first message: threads of messages that are so much older than asked for are read, too.
_THREADS_BEFORE = timedelta(days=1)
_PAGE, _PAGES = 200, 10
#: Messages told about at most, and pages read at most while looking for them.
_MOST, _PAGES_OF_OWN = 1_000, 100
#: Tries of a request that may be repeated, the seconds between them, and the longest that Slack may make us wait.
_TRIES, _PAUSE, _PATIENCE = 4, 2.0, 60.0
#: Words that mean: this history is closed to us, however often we ask.
_CLOSED = {"missing_scope", "not_in_channel", "channel_not_found", "user_not_found", "thread_not_found", "no_permission"}

Json = dict[str, Any]


class History:
    """Reads and cleans up as bot ``bot_id``."""

    def __init__(self, client: AsyncWebClient, clock: Clock, *, bot_id: str) -> None:
        self._client = client
        self._clock = clock
        self._bot_id = bot_id

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str) -> Found:
        """Look for our own message with ``key``. ``PlatformError`` when Slack cannot be asked now; asking later may help."""
        read = 0
        try:
            channel = await self.conversation(destination)
            async for page in self._pages(channel, since - _BEFORE, thread):
                for message in page:
                    if message.get("bot_id") == self._bot_id and _key(message) == key:
                        return Found(readable=True, remote_id=str(message["ts"]))
                read += 1
                if read == _PAGES:  # too busy a channel to read to the end: absence is not proven
                    return Found(readable=False, missing=f"a way to look past {_PAGE * _PAGES} messages in {_name(destination)}")
        except Exception as error:
            if isinstance(error, SlackApiError) and error_word(error) in _CLOSED:
                log.info("history of %s is closed: %s", destination.key, trouble(error))
                return Found(readable=False, missing=_missing(error, destination))
            raise _silent(destination, error) from None
        return Found(readable=True)

    async def links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        """The delivery key (or "") and the addresses of every message of ours since then, newest first; ``None`` where the history is
        closed. ``PlatformError`` when Slack cannot be asked now."""
        found: dict[str, Json] = {}
        read = 0
        try:
            channel = await self.conversation(destination)
            async for page in self._pages(channel, since - _THREADS_BEFORE, patient=True):
                for message in page:
                    if message.get("bot_id") != self._bot_id:
                        continue
                    found[str(message["ts"])] = message
                    if float(message.get("latest_reply") or 0) >= since.timestamp():
                        async for replies in self._pages(channel, since, str(message["ts"]), patient=True):
                            found |= {str(one["ts"]): one for one in replies if one.get("bot_id") == self._bot_id}
                read += 1
                if len(found) >= _MOST:
                    break
                if read == _PAGES_OF_OWN:
                    log.warning("%s was not read to the end", destination.key)
                    break
        except Exception as error:
            if isinstance(error, SlackApiError) and error_word(error) in _CLOSED:
                log.info("history of %s is closed: %s", destination.key, trouble(error))
                return None
            raise _silent(destination, error) from None
        recent = sorted((ts for ts in found if float(ts) >= since.timestamp()), key=float, reverse=True)
        return [(_key(found[ts]), _links(found[ts])) for ts in recent[:_MOST]]

    async def delete(self, destination: Destination, *, remote_id: str) -> bool:
        """Delete a message of our own; ``True`` when it does not stand there any more, ``False`` when it may."""
        for left in range(_TRIES - 1, -1, -1):
            try:
                await self._client.chat_delete(channel=await self.conversation(destination), ts=remote_id)
                return True
            except Exception as error:
                if isinstance(error, SlackApiError) and error_word(error) == "message_not_found":
                    return True
                wait = _wait(error)
                if not left or wait is None:
                    log.warning("message %s in %s was not taken back: %s", remote_id, destination.key, trouble(error))
                    return False
            await self._clock.sleep(wait)
        return False

    async def _pages(self, channel: str, since: datetime, thread: str = "", *, patient: bool = False) -> AsyncIterator[list[Json]]:
        """What stands in a channel, newest first, or in a thread. ``patient``: what goes wrong is tried again."""
        options: Json = {"oldest": f"{since.timestamp():.6f}", "inclusive": True, "include_all_metadata": True, "limit": _PAGE}
        while True:
            page = await self._page(channel, thread, options, _TRIES if patient else 1)
            yield page.get("messages") or []
            options["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not options["cursor"]:
                return

    async def _page(self, channel: str, thread: str, options: Json, tries: int) -> Json:
        while True:
            tries -= 1
            try:
                if thread:
                    answer = await self._client.conversations_replies(channel=channel, ts=thread, **options)
                else:
                    answer = await self._client.conversations_history(channel=channel, **options)
            except Exception as error:
                wait = _wait(error)
                if not tries or wait is None:
                    raise
            else:
                return answer.data if isinstance(answer.data, dict) else {}
            await self._clock.sleep(wait)

    async def conversation(self, destination: Destination) -> str:
        """The id whose history can be read: for a person, that of their direct messages with the bot."""
        address = target(destination)
        if not is_person(destination):
            return address
        opened: Json = (await self._client.conversations_open(users=address)).get("channel") or {}
        return str(opened.get("id") or address)


def _wait(error: Exception) -> float | None:
    """Seconds until it may be tried again; ``None`` where Slack has decided, or wants to be left alone for long."""
    if isinstance(error, SlackApiError) and settled(error):
        return None
    wait = retry_after(error) if isinstance(error, SlackApiError) and error_word(error) == "ratelimited" else _PAUSE
    return wait if wait <= _PATIENCE else None


def _missing(error: SlackApiError, destination: Destination) -> str:
    """What would open a closed history."""
    word = error_word(error)
    if word == "missing_scope":
        kind = (
            "im" if is_person(destination) or destination.address[:1] == "D" else "groups" if destination.address[:1] == "G" else "channels"
        )
        return f"the scope {needed_scope(error) or f'{kind}:history'}"
    if word == "thread_not_found":
        return f"the message in {_name(destination)} that it continues"
    return f"an invitation to {_name(destination)}" if not is_person(destination) else f"a way to reach {_name(destination)}"


def _name(destination: Destination) -> str:
    return destination.name or destination.address


def _silent(destination: Destination, error: Exception) -> PlatformError:
    return PlatformError(f"{destination} could not be looked at ({trouble(error)})", "it is tried again later")


def _key(message: Json) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("delivery_id") or "")


def _links(message: Json) -> frozenset[str]:
    """Every http(s) address in the text, the blocks and the attachments."""
    parts = [message.get("text"), message.get("blocks"), message.get("attachments")]
    return addresses(parts, lambda text: text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
