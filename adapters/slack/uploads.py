"""Files that go with an answer.

Slack shows a file to everybody in the conversation it is shared in, and an ephemeral message cannot hold one. So what only the asker
may see goes to their direct messages with the bot; what all may see goes under the answer.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.kit import clean, shorten, utf16
from adapters.slack.limits import ALT
from bot.domain.requests import Attachment

log = logging.getLogger(__name__)

_NAME = 200


async def direct_channel(client: AsyncWebClient, user: str) -> str:
    """The id of the bot's direct messages with this person: files are shared by the ids of conversations only."""
    answer = await client.conversations_open(users=user)
    return str(answer["channel"]["id"])


async def upload(
    client: AsyncWebClient, session: aiohttp.ClientSession, files: Sequence[Attachment], *, channel: str, thread: str = ""
) -> None:
    """Share files in a conversation, all in one message. Each step once: a repeated last step would share them twice.

    Raises what the library raises. A file without content is none: Slack takes no empty ones.
    """
    shared: list[dict[str, str | None]] = []
    for file in files:
        if not file.content:
            continue
        name = shorten(clean(file.name).replace("/", "-"), _NAME, utf16) or "file"
        alt = shorten(clean(file.alt), ALT, utf16)
        ticket = await client.files_getUploadURLExternal(filename=name, length=len(file.content), alt_txt=alt or None)
        form = aiohttp.FormData()
        form.add_field("file", file.content, filename=name, content_type=file.media_type)
        async with session.post(str(ticket["upload_url"]), data=form) as answer:
            answer.raise_for_status()
        shared.append({"id": str(ticket["file_id"]), "title": name})
    if shared:
        await client.files_completeUploadExternal(files=shared, channel_id=channel, thread_ts=thread or None)
