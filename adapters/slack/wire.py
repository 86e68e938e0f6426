"""What everything that listens to Slack shares: who the bot is, how to reach the workspace, and who asked from where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.kit import addresses
from adapters.slack.people import People
from adapters.slack.settings import SlackSettings
from bot.domain.subscriptions import Actor, Destination
from bot.ports import Clock, Handler

#: A payload of Slack's, as its JSON was.
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who the bot is in its workspace."""

    team: str
    bot_id: str
    bot_user: str
    #: Where the workspace is opened in a browser.
    url: str = ""

    @property
    def tenant(self) -> str:
        return f"slack:{self.team}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """The workspace and the house, as one listener has them. ``client`` repeats nothing by itself."""

    settings: SlackSettings
    handler: Handler
    clock: Clock
    client: AsyncWebClient
    session: aiohttp.ClientSession
    identity: Identity
    people: People


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Who asked, from where, and the ways back to them."""

    actor: Actor
    place: Destination
    #: Slack's id of the conversation; empty on somebody's own page.
    channel: str = ""
    #: The message whose thread it was asked in.
    thread: str = ""
    #: An address that takes five answers within half an hour.
    url: str = ""
    #: Opens one form within three seconds.
    trigger: str = ""
    #: The question was a press on a message that an answer may replace.
    pressed: bool = False


async def asked_by_command(wire: Wire, body: Body) -> Asked:
    actor, place = await wire.people.who(
        user=body["user_id"],
        name=body.get("user_name") or "",
        team=body.get("team_id") or "",
        channel=body["channel_id"],
        channel_name=body.get("channel_name") or "",
    )
    url, trigger = body.get("response_url") or "", body.get("trigger_id") or ""
    return Asked(actor=actor, place=place, channel=body["channel_id"], url=url, trigger=trigger)


async def asked_on_message(wire: Wire, body: Body, *, pressed: bool) -> Asked:
    """A press on a message's button, or its shortcut. A link's preview belongs to somebody else's message: it is never replaced."""
    container, channel = body.get("container") or {}, body.get("channel") or {}
    name, address = channel.get("name") or "", channel.get("id") or container.get("channel_id") or ""
    actor, place = await _who(wire, body, channel=address, channel_name=name)
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or ""
    return Asked(
        actor=actor,
        place=place,
        channel=address,
        thread=thread,
        url=body.get("response_url") or "",
        trigger=body.get("trigger_id") or "",
        pressed=pressed and not container.get("is_app_unfurl"),
    )


async def asked_in_view(wire: Wire, body: Body, *, channel: str = "", channel_name: str = "", thread: str = "", url: str = "") -> Asked:
    """Something done in a form or on somebody's own page, which knows from its own notes which channel it was opened in."""
    user = body["user"]["id"]
    actor, place = await _who(wire, body, channel=channel or f"D{user}", channel_name=channel_name)
    return Asked(actor=actor, place=place, channel=channel, thread=thread, url=url, trigger=body.get("trigger_id") or "")


async def asked_by_event(wire: Wire, event: Body, *, channel: str) -> Asked:
    """Something written or done in a conversation, without an address for answers."""
    team = event.get("user_team") or event.get("team") or ""
    actor, place = await wire.people.who(user=event["user"], name="", team=team, channel=channel, channel_name="")
    return Asked(actor=actor, place=place, channel=channel, thread=event.get("thread_ts") or "")


async def _who(wire: Wire, body: Body, *, channel: str, channel_name: str) -> tuple[Actor, Destination]:
    user = body["user"]
    return await wire.people.who(
        user=user["id"],
        name=user.get("username") or user.get("name") or "",
        team=user.get("team_id") or "",
        channel=channel,
        channel_name=channel_name,
    )


def plain_text(text: str) -> str:
    """What a person typed, from how Slack writes it: links and channel names as text, entities as characters."""
    text = re.sub(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>", r"\1", text)
    text = re.sub(r"<#[A-Z0-9]+\|([^>]*)>", r"#\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message_text(message: Body) -> str:
    """Everything a message says: its text, and the links that stand only in its blocks and attachments."""
    text = plain_text(str(message.get("text") or ""))
    hidden = addresses([message.get("blocks"), message.get("attachments")], plain_text)
    return "\n".join([text, *sorted(address for address in hidden if address not in text)]).strip()
