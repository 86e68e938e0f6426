"""Posting, and looking whether a post arrived."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.answers import error_word, missing, receipt_of, trouble
from adapters.slack.checks import check_message
from adapters.slack.render import to_payload
from bot.domain.deliveries import Found, Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError

log = logging.getLogger(__name__)

EVENT_TYPE = "paper_delivery"
#: How long before the first attempt a look into the channel begins: Slack's clock and ours need not agree.
_BEFORE = timedelta(seconds=300)
_PAGE, _PAGES = 200, 10
#: Words that mean: this history is closed to us, however often we ask.
_CLOSED = {"missing_scope", "not_in_channel", "channel_not_found", "user_not_found", "thread_not_found", "no_permission"}


def is_person(destination: Destination) -> bool:
    return destination.personal or destination.address[:1] in ("U", "W")


def target(destination: Destination) -> str:
    """What Slack's ``channel`` argument is for this destination; the id of a person opens their direct messages."""
    return destination.address.removeprefix("@")


async def post(client: AsyncWebClient, destination: Destination, message: Message, *, key: str, thread: str) -> Receipt:
    """One request, one receipt. ``client`` must not repeat requests by itself: Slack has no key that would stop a second post."""
    payload = to_payload(message)
    body: dict[str, Any] = {
        "channel": target(destination),
        **payload,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if thread:
        body["thread_ts"] = thread
    if refusal := check_message(body):
        log.error("message %s for %s does not fit Slack: %s", key, destination.key, refusal)
        return Receipt(outcome=Outcome.BAD_CONTENT, error=refusal.code)
    try:
        answer = await client.chat_postMessage(**body)
        remote_id = str(answer.get("ts") or "")
    except Exception as error:
        receipt = receipt_of(error)
        log.info("post %s to %s: %s (%s)", key, destination.key, receipt.outcome, receipt.error)
        return receipt
    if not remote_id:
        return Receipt(outcome=Outcome.UNCERTAIN, error="no_ts")
    return Receipt(outcome=Outcome.SENT, remote_id=remote_id)


async def look(client: AsyncWebClient, destination: Destination, *, bot_id: str, key: str, since: datetime, thread: str) -> Found:
    """Look for our own message with ``key``. ``PlatformError`` when Slack cannot be asked now; asking later may help."""
    oldest = f"{(since - _BEFORE).timestamp():.6f}"
    try:
        channel = await _conversation(client, destination)
        cursor = ""
        for _ in range(_PAGES):
            common: dict[str, Any] = {"oldest": oldest, "inclusive": True, "include_all_metadata": True, "limit": _PAGE}
            if cursor:
                common["cursor"] = cursor
            if thread:
                page = await client.conversations_replies(channel=channel, ts=thread, **common)
            else:
                page = await client.conversations_history(channel=channel, **common)
            for found in page.get("messages") or []:
                if found.get("bot_id") == bot_id and _delivery_id(found) == key:
                    return Found(readable=True, remote_id=str(found["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return Found(readable=True)
    except Exception as error:
        if isinstance(error, SlackApiError) and error_word(error) in _CLOSED:
            log.info("history of %s is closed: %s", destination.key, trouble(error))
            return Found(readable=False, missing=missing(error))
        raise PlatformError(f"{destination} could not be looked at ({trouble(error)})", "it is tried again later") from None
    # Too busy a channel to read to the end: absence is not proven.
    return Found(readable=False)


async def delete(client: AsyncWebClient, destination: Destination, *, remote_id: str) -> bool:
    """Delete our own message; ``False`` when it may still stand."""
    try:
        await client.chat_delete(channel=await _conversation(client, destination), ts=remote_id)
    except Exception as error:
        if isinstance(error, SlackApiError) and error_word(error) == "message_not_found":
            return True
        log.warning("message %s in %s could not be deleted: %s", remote_id, destination.key, trouble(error))
        return False
    return True


async def whereabouts(client: AsyncWebClient, destination: Destination, *, tenant: str) -> Destination:
    """The destination as this workspace knows it. ``PlatformError`` when it does not, or cannot be asked."""
    address = target(destination)
    try:
        if is_person(destination):
            user: dict[str, Any] = (await client.users_info(user=address)).get("user") or {}
            profile = user.get("profile") or {}
            name = profile.get("display_name") or profile.get("real_name") or user.get("name") or ""
            return Destination(platform="slack", address=f"@{address}", tenant=tenant, name=f"@{name}" if name else "")
        channel: dict[str, Any] = (await client.conversations_info(channel=address)).get("channel") or {}
    except Exception as error:
        word = error_word(error) if isinstance(error, SlackApiError) else ""
        if word == "channel_not_found":
            step = "check the id; a private channel must invite the bot first"
            raise PlatformError(f"channel {address} is not known in this Slack workspace", step) from None
        if word == "user_not_found":
            raise PlatformError(f"person {address} is not known in this Slack workspace", "check the member id in their profile") from None
        raise PlatformError(f"Slack did not say what {address} is ({trouble(error)})", "try again later") from None
    name = str(channel.get("name") or "")
    return Destination(platform="slack", address=address, tenant=tenant, name=f"#{name}" if name else "")


async def _conversation(client: AsyncWebClient, destination: Destination) -> str:
    """The id whose history can be read: for a person, that of their direct messages with the bot."""
    address = target(destination)
    if not is_person(destination):
        return address
    opened: dict[str, Any] = (await client.conversations_open(users=address)).get("channel") or {}
    return str(opened.get("id") or address)


def _delivery_id(message: dict[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("delivery_id") or "")
