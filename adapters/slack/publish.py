"""Posting, and the names of the places that are posted to."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.kit import shorten
from adapters.slack.answers import error_word, receipt_of, trouble
from adapters.slack.checks import check_message
from adapters.slack.render import to_payload
from bot.domain.deliveries import Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.errors import PlatformError

log = logging.getLogger(__name__)

EVENT_TYPE = "paper_delivery"
#: Characters of text that Slack takes in an edit: a tenth of what it takes in a post.
EDITED_TEXT = 4000


def is_person(destination: Destination) -> bool:
    return destination.personal or destination.address[:1] in ("U", "W")


def target(destination: Destination) -> str:
    """What Slack's ``channel`` argument is for this destination; the id of a person opens their direct messages."""
    return destination.address.removeprefix("@")


def _marked(key: str) -> dict[str, Any]:
    """What makes a message recognisable. Other apps can read it: nothing but the key goes in."""
    return {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": key}}


async def post(client: AsyncWebClient, destination: Destination, message: Message, *, key: str, thread: str) -> Receipt:
    """One request, one receipt. ``client`` must not repeat requests by itself: Slack has no key that would stop a second post."""
    payload = to_payload(message)
    body: dict[str, Any] = {
        "channel": target(destination),
        **payload,
        "metadata": _marked(key),
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


async def edit(client: AsyncWebClient, channel: str, message: Message, *, key: str, remote_id: str) -> Receipt:
    """Put ``message`` in place of our own one with this timestamp, under the key it was posted with. ``channel`` is the conversation's own
    id: Slack takes that of a person only for posting. Doing it twice is doing it once."""
    payload = to_payload(message)
    # What is left out stays as it is: a message that had blocks keeps them unless it gets others.
    body: dict[str, Any] = {
        "channel": channel,
        "ts": remote_id,
        "blocks": [],
        **payload,
        "text": shorten(payload["text"], EDITED_TEXT),
        "metadata": _marked(key),
    }
    if refusal := check_message(body):
        log.error("edit of message %s does not fit Slack: %s", key, refusal)
        return Receipt(outcome=Outcome.BAD_CONTENT, error=refusal.code)
    try:
        await client.chat_update(**body)
    except Exception as error:
        receipt = receipt_of(error)
        log.info("edit of %s in %s: %s (%s)", key, channel, receipt.outcome, receipt.error)
        return receipt
    return Receipt(outcome=Outcome.SENT, remote_id=remote_id)


async def say(client: AsyncWebClient, user: str, payload: dict[str, Any], *, thread: str = "") -> None:
    """An answer in somebody's direct messages: nobody else sees it, it is no delivery, and it is tried once. Raises as the library does."""
    await client.chat_postMessage(channel=user, thread_ts=thread or None, **payload)


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
