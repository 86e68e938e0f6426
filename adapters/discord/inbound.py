"""Commands, buttons and proposals: acknowledged first, then worked on, then answered."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
import discord

from adapters.discord import limits
from adapters.discord.commands import chosen
from adapters.discord.controls import pressed
from adapters.discord.look import personal
from adapters.discord.markup import fit_plain
from adapters.discord.render import render
from bot.domain.messages import Message
from bot.domain.requests import Action, Choice, Command, Completion, Reply, Request
from bot.domain.subscriptions import Actor, Destination
from bot.errors import BadInput
from bot.grammar import find_command, from_options
from bot.planning import split
from bot.ports import Handler
from bot.render import error_message, unexpected_message

log = logging.getLogger(__name__)

#: Seconds a proposal may take: Discord waits three for the answer to arrive.
COMPLETION_TIME = 2.2
#: Interactions remembered, because a resumed connection may bring one twice.
_REMEMBERED = 2000
_TOO_LATE, _ALREADY_ANSWERED, _EXPIRED = 10062, 40060, 50027

Interaction = discord.Interaction[discord.Client]


class Inbound:
    """Answers interactions through ``handler``. ``command`` is the root command, for messages that name it."""

    def __init__(self, handler: Handler, command: str) -> None:
        self._handler = handler
        self._root = f"/{command}"
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._working: set[asyncio.Task[Any]] = set()

    async def receive(self, interaction: Interaction) -> None:
        """Handle one interaction to its end. Never raises."""
        if interaction.id in self._seen:
            return
        self._seen[interaction.id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        task = asyncio.current_task()
        if task is not None:
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._complete(interaction)
            elif interaction.type is discord.InteractionType.application_command:
                await self._command(interaction)
            elif interaction.type is discord.InteractionType.component:
                await self._component(interaction)
        except discord.HTTPException as error:
            known = error.code in (_TOO_LATE, _ALREADY_ANSWERED, _EXPIRED)
            log.log(logging.INFO if known else logging.WARNING, "an answer was not taken", extra=_refused(interaction, error))
        except (aiohttp.ClientError, OSError) as error:
            log.warning("an answer could not be sent", extra={"error": type(error).__name__, "interaction": interaction.id})
        except Exception:
            await self._apologise(interaction)

    async def finish(self, seconds: float) -> None:
        """Wait for the answers under way, then end them."""
        working = {task for task in self._working if task is not asyncio.current_task()}
        if working:
            _, late = await asyncio.wait(working, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _apologise(self, interaction: Interaction) -> None:
        """A fault of our own is told, with a number by which it is found in the log."""
        incident = secrets.token_hex(4)
        log.exception("an interaction failed", extra={"incident": incident, "interaction": interaction.id})
        try:
            if interaction.type is discord.InteractionType.application_command:
                await interaction.edit_original_response(**_edit(unexpected_message(incident)))
            elif interaction.type is discord.InteractionType.component:
                await interaction.followup.send(**_new(unexpected_message(incident)), ephemeral=True)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("the apology was not taken", extra={"incident": incident, "error": type(error).__name__})

    async def _command(self, interaction: Interaction) -> None:
        if not await _acknowledged(interaction, thinking=True):
            return
        verb, options, _ = chosen(_data(interaction))
        what: Command | BadInput
        try:
            what = from_options(verb, options) if verb else Command(verb="help")
        except BadInput as error:
            what = error
        reply = await self._reply(interaction, what)
        parts = _parts(reply)
        if reply.private:
            first, rest = parts[0], parts[1:]
            await interaction.edit_original_response(**_edit(first))
        else:
            # Everything said after a private "thinking" stays private in that message: close it, then speak up.
            await interaction.edit_original_response(content="✅")
            rest = parts
        for part in rest:
            await interaction.followup.send(**_new(part), ephemeral=reply.private)

    async def _component(self, interaction: Interaction) -> None:
        data = _data(interaction)
        action = pressed(str(data.get("custom_id", "")), [str(value) for value in data.get("values") or ()])
        if not action or not await _acknowledged(interaction, thinking=False):
            return
        reply = await self._reply(interaction, Action.decode(action))
        parts = _parts(reply)
        if reply.update:
            await interaction.edit_original_response(**_edit(parts.pop(0)))
        for part in parts:
            await interaction.followup.send(**_new(part), ephemeral=reply.private)

    async def _complete(self, interaction: Interaction) -> None:
        verb, options, focused = chosen(_data(interaction))
        spec = find_command(verb)
        option = spec.option(focused) if spec else None
        choices: list[Choice] = []
        place = _place(interaction)
        if option is not None and option.complete and place is not None:
            typed = str(options.pop(focused, ""))
            wanted = Completion(actor=_actor(interaction), place=place, kind=option.complete, typed=typed, verb=verb, options=options)
            try:
                async with asyncio.timeout(COMPLETION_TIME):
                    choices = await self._handler.complete(wanted)
            except TimeoutError:
                log.warning("proposals took too long", extra={"kind": option.complete})
        usable = [choice for choice in choices if 1 <= len(choice.value) <= limits.CHOICE_TEXT]
        await interaction.response.autocomplete([_choice(choice) for choice in usable[: limits.CHOICES]])

    async def _reply(self, interaction: Interaction, what: Command | Action | BadInput) -> Reply:
        place = _place(interaction)
        if place is None:
            what = BadInput("this kind of channel is not supported", "ask from a text channel, a thread or a direct message")
        if isinstance(what, BadInput) or place is None:
            return Reply(message=error_message(cast(BadInput, what), root=self._root))
        return await self._handler.handle(Request(actor=_actor(interaction), place=place, what=what))


async def _acknowledged(interaction: Interaction, *, thinking: bool) -> bool:
    """Tell Discord at once that the interaction arrived; ``False`` when it came too late for that."""
    try:
        await interaction.response.defer(ephemeral=True, thinking=thinking)
    except discord.HTTPException as error:
        if error.code == _ALREADY_ANSWERED:  # a repeated request after a lost answer: the first one counted
            return True
        log.info("an interaction came too late", extra=_refused(interaction, error))
        return False
    return True


def _actor(interaction: Interaction) -> Actor:
    user = interaction.user
    rights = interaction.permissions
    manager = interaction.guild_id is None or rights.manage_channels or rights.administrator
    own = personal(user.id, user.display_name)
    return Actor(platform="discord", id=str(user.id), name=user.display_name, manager=manager, personal=own)


def _place(interaction: Interaction) -> Destination | None:
    if interaction.guild_id is None:
        return personal(interaction.user.id, interaction.user.display_name)
    if interaction.channel_id is None:
        return None
    name = getattr(interaction.channel, "name", None)
    return Destination(
        platform="discord",
        address=str(interaction.channel_id),
        tenant=f"discord:{interaction.guild_id}",
        name=f"#{name}" if name else "",
    )


def _parts(reply: Reply) -> list[Message]:
    return list(split(reply.message, limits.LIMITS))


def _edit(message: Message) -> dict[str, Any]:
    """Everything a message can have is said, so that nothing of the old one stays."""
    rendered = render(message)
    return {"content": rendered.content or None, "embeds": rendered.embeds, "view": rendered.view}


def _new(message: Message) -> dict[str, Any]:
    rendered = render(message)
    options: dict[str, Any] = {"content": rendered.content, "embeds": rendered.embeds}
    return options if rendered.view is None else {**options, "view": rendered.view}


def _choice(choice: Choice) -> discord.app_commands.Choice[str]:
    return discord.app_commands.Choice(name=fit_plain(choice.name, limits.CHOICE_TEXT) or choice.value, value=choice.value)


def _data(interaction: Interaction) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], interaction.data or {})


def _refused(interaction: Interaction, error: discord.HTTPException) -> dict[str, object]:
    return {"interaction": interaction.id, "status": error.status, "code": error.code}
