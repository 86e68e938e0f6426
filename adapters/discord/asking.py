"""Who asks, where, and what: read from an interaction or a reaction as the library gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import discord

from adapters.discord.look import personal
from bot.domain.requests import Lookup, Reaction
from bot.domain.subscriptions import Actor, Destination

#: Characters of somebody's message that are looked through for papers.
LONGEST_LOOKUP = 20_000
_SKIN_TONES: dict[int, None] = dict.fromkeys(range(0x1F3FB, 0x1F400))
#: Parts of a message, and of an embed in it, that people read.
_SAID = ("content", "embeds", "components", "message_snapshots", "message")
_SHOWN = ("title", "description", "url", "author", "footer", "fields", "name", "value", "text", "label")

Interaction = discord.Interaction[discord.Client]


def data_of(interaction: Interaction) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], interaction.data or {})


def actor_of(interaction: Interaction) -> Actor:
    user = interaction.user
    rights = interaction.permissions
    manager = on_its_own(interaction) or rights.manage_channels or rights.administrator
    own = personal(user.id, user.display_name)
    return Actor(platform="discord", id=str(user.id), name=user.display_name, manager=manager, personal=own)


def on_its_own(interaction: Interaction) -> bool:
    """Asked in direct messages, or in a server where only the asker has the bot: nobody else is concerned."""
    return interaction.guild_id is None or (interaction.is_user_integration() and not interaction.is_guild_integration())


def place_of(interaction: Interaction) -> Destination | None:
    """Where it was asked; ``None`` for a kind of channel that the library does not know."""
    if on_its_own(interaction):
        return personal(interaction.user.id, interaction.user.display_name)
    if interaction.channel_id is None or interaction.guild_id is None:
        return None
    return _in_server(interaction.client, interaction.guild_id, interaction.channel_id, interaction.channel)


def _in_server(client: discord.Client, guild: int, number: int, channel: object) -> Destination:
    """A thread that we began stands for its channel, and so does every post of a forum: that is where digests go."""
    name = getattr(channel, "name", None)
    if isinstance(channel, discord.Thread) and channel.parent_id:
        parent = client.get_channel(channel.parent_id)
        ours = client.user is not None and channel.owner_id == client.user.id
        if ours or isinstance(parent, discord.ForumChannel):
            number, name = channel.parent_id, getattr(parent, "name", None)
    return Destination(platform="discord", address=str(number), tenant=f"discord:{guild}", name=f"#{name}" if name else "")


def lookup_of(data: Mapping[str, Any]) -> Lookup:
    """The message that a "Look up papers" was asked about, with everything that is shown of its links."""
    messages = (data.get("resolved") or {}).get("messages") or {}
    message = messages.get(str(data.get("target_id")), {})
    said = "\n".join(_texts({part: message.get(part) for part in _SAID}))
    return Lookup(text=said[:LONGEST_LOOKUP])


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in _SAID or name in _SHOWN or name == "accessory":
                yield from _texts(value)


def reaction_of(client: discord.Client, payload: discord.RawReactionActionEvent) -> tuple[Actor, Destination, Reaction] | None:
    """Who reacted to what with what; ``None`` where it is not about a message of ours, or our own doing. When one is taken off again,
    Discord does not say whose message that was."""
    me = client.user.id if client.user else 0
    added = payload.event_type == "REACTION_ADD"
    bot = payload.member is not None and payload.member.bot
    if payload.user_id == me or bot or (payload.message_author_id or me) != me or not payload.emoji.name:
        return None
    name = payload.member.display_name if payload.member else ""
    own = personal(payload.user_id, name)
    place = own
    if payload.guild_id is not None:
        place = _in_server(client, payload.guild_id, payload.channel_id, client.get_channel(payload.channel_id))
    emoji = f":{payload.emoji.name}:" if payload.emoji.id else payload.emoji.name.translate(_SKIN_TONES)
    actor = Actor(platform="discord", id=str(payload.user_id), name=name, manager=payload.guild_id is None, personal=own)
    return actor, place, Reaction(remote_id=str(payload.message_id), emoji=emoji, added=added)
