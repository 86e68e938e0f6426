"""Answers on their way to the person: the first message, what follows it, and files."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.asking import Interaction, on_its_own
from adapters.discord.markup import fit_plain
from adapters.discord.render import render
from bot.clock import Turns
from bot.domain.messages import Message
from bot.domain.requests import Attachment, Reply
from bot.planning import split

log = logging.getLogger(__name__)

_GONE = 10008


async def answer(interaction: Interaction, reply: Reply, turns: Turns) -> None:
    """The answer to something acknowledged with a private "thinking". It is drawn when its turn comes."""
    async with turns:
        first, *rest = _parts(interaction, reply)
        edited = _edited(first, _files(interaction, reply)) if reply.private else {}
    if reply.private:
        await interaction.edit_original_response(**edited)
    else:
        # Everything said after a private "thinking" stays private in that message: close it, then speak up.
        await interaction.edit_original_response(content="✅")
        await interaction.followup.send(**_new(first, _files(interaction, reply)), ephemeral=False)
    await _follow(interaction, rest, private=reply.private)


async def answer_press(interaction: Interaction, reply: Reply) -> None:
    """The answer to a press on a button, acknowledged as such: it takes the message's place, or stands below it."""
    first, *rest = _parts(interaction, reply)
    if reply.update and await _updated(interaction, first, reply):
        return await _follow(interaction, rest, private=reply.private)
    await interaction.followup.send(**_new(first, _files(interaction, reply)), ephemeral=reply.private)
    return await _follow(interaction, rest, private=reply.private)


async def answer_first(interaction: Interaction, reply: Reply) -> None:
    """The answer as the very first word: nothing was acknowledged before."""
    first, *rest = _parts(interaction, reply)
    await interaction.response.send_message(**_new(first, _files(interaction, reply)), ephemeral=reply.private)
    await _follow(interaction, rest, private=reply.private)


async def excuse(interaction: Interaction, message: Message) -> None:
    """A private word after something went wrong, whatever was said before."""
    if not interaction.response.is_done():
        await interaction.response.send_message(**_new(message), ephemeral=True)
    elif interaction.type is discord.InteractionType.component:
        await interaction.followup.send(**_new(message), ephemeral=True)
    else:
        await interaction.edit_original_response(**_edited(message))


async def _updated(interaction: Interaction, message: Message, reply: Reply) -> bool:
    """``False``: the message whose button was pressed was deleted meanwhile."""
    try:
        await interaction.edit_original_response(**_edited(message, _files(interaction, reply)))
    except discord.NotFound as error:
        if error.code != _GONE:
            raise
        return False
    return True


async def _follow(interaction: Interaction, rest: Sequence[Message], *, private: bool) -> None:
    for part in rest:
        await interaction.followup.send(**_new(part), ephemeral=private)


def _parts(interaction: Interaction, reply: Reply) -> list[Message]:
    """The answer split to Discord's limits; what is left out is said."""
    message = reply.message
    if lost := [one.name for one in reply.files if len(one.content) > interaction.filesize_limit]:
        line = f"{', '.join(lost)}: larger than {interaction.filesize_limit >> 20} MB, which is what Discord takes here"
        message = replace(message, notice=" · ".join(part for part in (message.notice, line) if part))
    parts = list(split(message, limits.LIMITS))
    most = limits.FOLLOWUPS_ALONE if on_its_own(interaction) and interaction.guild_id else len(parts)
    if len(parts) > most:
        parts[most - 1] = replace(parts[most - 1], notice=f"{len(parts) - most} more parts; ask in direct messages for all of it")
    return parts[:most]


def _files(interaction: Interaction, reply: Reply) -> list[discord.File]:
    fitting = [one for one in reply.files if len(one.content) <= interaction.filesize_limit]
    return [_file(one) for one in fitting[: limits.FILES]]


def _file(one: Attachment) -> discord.File:
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", one.name).strip("._")[-limits.FILE_NAME :] or "file"
    return discord.File(BytesIO(one.content), filename=name, description=fit_plain(one.alt, limits.ALT_TEXT) or None)


def _edited(message: Message, files: Sequence[discord.File] = ()) -> dict[str, Any]:
    """Everything a message can have is said, so that nothing of the old one stays."""
    rendered = render(message)
    return {"content": rendered.content or None, "embeds": rendered.embeds, "view": rendered.view, "attachments": list(files)}


def _new(message: Message, files: Sequence[discord.File] = ()) -> dict[str, Any]:
    rendered = render(message)
    options: dict[str, Any] = {"content": rendered.content, "embeds": rendered.embeds}
    if files:
        options["files"] = list(files)
    return options if rendered.view is None else {**options, "view": rendered.view}
