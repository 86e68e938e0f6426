"""Commands, buttons, forms, proposals and reactions: acknowledged first, then worked on, then answered."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from adapters.discord import limits
from adapters.discord.asking import Interaction, actor_of, data_of, lookup_of, place_of, reaction_of
from adapters.discord.checks import check_modal
from adapters.discord.commands import chosen, on_message, spoken
from adapters.discord.controls import pressed
from adapters.discord.forms import filled, modal
from adapters.discord.markup import fit_plain
from adapters.discord.saying import answer, answer_first, answer_press, excuse
from bot.clock import Turns
from bot.domain.forms import Form
from bot.domain.requests import Action, Choice, Command, Completion, Reply, Request, What
from bot.errors import BadInput
from bot.grammar.reading import find_command, from_options, opens_form
from bot.ports import Handler
from bot.render.common import error_message, unexpected_message
from bot.render.trouble import form_offered

log = logging.getLogger(__name__)

#: Seconds that proposals and forms may take: Discord waits three for them to arrive.
COMPLETION_TIME = FORM_TIME = 2.2
#: Interactions remembered, because a resumed connection may bring one twice.
_REMEMBERED = 2000
_TOO_LATE, _ALREADY_ANSWERED = 10062, 40060
#: Answers that say only that the person, the message, the channel or the time is gone: nothing that anybody could mend.
_MOVED_ON = {_TOO_LATE, _ALREADY_ANSWERED, 50027, 10003, 10008, 10015, 40094}

_NOT_HERE = BadInput("this kind of channel is not supported", "ask from a text channel, a thread or a direct message")


class Inbound:
    """Answers interactions through ``handler``. ``command`` is the root command, for messages that name it."""

    def __init__(self, handler: Handler, command: str) -> None:
        self._handler = handler
        self._root = f"/{command}"
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._working: set[asyncio.Task[Any]] = set()
        self._turns = Turns()

    async def receive(self, interaction: Interaction) -> None:
        """Handle one interaction to its end. Never raises."""
        if interaction.id in self._seen:
            return
        self._seen[interaction.id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        self._under_way()
        kinds: dict[discord.InteractionType, Callable[[Interaction], Awaitable[None]]] = {
            discord.InteractionType.autocomplete: self._complete,
            discord.InteractionType.application_command: self._command,
            discord.InteractionType.component: self._component,
            discord.InteractionType.modal_submit: self._submitted,
        }
        try:
            if interaction.type in kinds:
                await kinds[interaction.type](interaction)
        except discord.HTTPException as error:
            known = error.code in _MOVED_ON
            log.log(logging.INFO if known else logging.WARNING, "an answer was not taken", extra=_refused(interaction, error))
        except (aiohttp.ClientError, OSError) as error:
            log.warning("an answer could not be sent", extra={"error": type(error).__name__, "interaction": interaction.id})
        except Exception:
            await self._apologise(interaction)

    async def react(self, client: discord.Client, payload: discord.RawReactionActionEvent) -> None:
        """An emoji on a message of ours, or off it. Nobody waits for words. Never raises."""
        if (found := reaction_of(client, payload)) is None:
            return
        self._under_way()
        actor, place, reaction = found
        try:
            await self._handler.handle(Request(actor=actor, place=place, what=reaction))
        except Exception:
            log.exception("a reaction failed", extra={"place": place.key, "message": reaction.remote_id})

    async def finish(self, seconds: float) -> None:
        """Wait for the answers under way, then end them."""
        working = {task for task in self._working if task is not asyncio.current_task()}
        if working:
            _, late = await asyncio.wait(working, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _under_way(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _apologise(self, interaction: Interaction) -> None:
        """A fault of our own is told, with a number by which it is found in the log."""
        incident = secrets.token_hex(4)
        log.exception("an interaction failed", extra={"incident": incident, "interaction": interaction.id})
        try:
            if interaction.type is not discord.InteractionType.autocomplete:
                await excuse(interaction, unexpected_message(incident))
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("the apology was not taken", extra={"incident": incident, "error": type(error).__name__})

    # --- what people do ----------------------------------------------------------------------------------------------

    async def _command(self, interaction: Interaction) -> None:
        data = data_of(interaction)
        if on_message(data):
            return await self._answer(interaction, lookup_of(data))
        verb, options, _ = chosen(data)
        if (spec := find_command(verb)) and opens_form(half := Command(verb=spec.verb, options=options)):
            return await self._open(interaction, half)
        try:
            return await self._answer(interaction, from_options(verb, options) if verb else Command(verb="help"))
        except BadInput as error:
            return await self._answer(interaction, error)

    async def _answer(self, interaction: Interaction, what: What | BadInput) -> None:
        if await _acknowledged(interaction, thinking=True):
            await answer(interaction, await self._reply(interaction, what), self._turns)

    async def _component(self, interaction: Interaction) -> None:
        data = data_of(interaction)
        pressed_on = pressed(str(data.get("custom_id", "")), [str(value) for value in data.get("values") or ()])
        if not pressed_on:
            return
        what = Action.decode(pressed_on)
        if opens_form(what):
            await self._open(interaction, what)
        elif await _acknowledged(interaction, thinking=False):
            await answer_press(interaction, await self._reply(interaction, what))

    async def _submitted(self, interaction: Interaction) -> None:
        if (submission := filled(data_of(interaction))) is not None:
            await self._answer(interaction, submission)

    async def _open(self, interaction: Interaction, what: Command | Action) -> None:
        """A form has to be the very first answer: nothing can be acknowledged before it."""
        found = await self._form(interaction, what)
        if isinstance(found, Reply):
            return await answer_first(interaction, self._spoken(found))
        drawn = modal(found)
        if problems := check_modal(drawn.to_dict()):
            raise ValueError(f"form {found.name!r} does not fit Discord: {problems[0]}")
        await interaction.response.send_modal(drawn)
        return None

    async def _form(self, interaction: Interaction, what: Command | Action) -> Form | Reply:
        place = place_of(interaction)
        if place is None:
            return self._explained(_NOT_HERE)
        try:
            async with asyncio.timeout(FORM_TIME):
                return await self._handler.form(Request(actor=actor_of(interaction), place=place, what=what))
        except TimeoutError:
            log.warning("a form took too long", extra={"verb": what.verb})
            again = what if isinstance(what, Action) else Action(verb="form", args=(what.verb,))
            return Reply(message=form_offered(again.encode(), late=True))

    async def _complete(self, interaction: Interaction) -> None:
        verb, options, focused = chosen(data_of(interaction))
        spec = find_command(verb)
        option = spec.option(focused) if spec else None
        choices: list[Choice] = []
        place = place_of(interaction)
        if option is not None and option.complete and place is not None:
            typed = str(options.pop(focused, ""))
            wanted = Completion(actor=actor_of(interaction), place=place, kind=option.complete, typed=typed, verb=verb, options=options)
            try:
                async with asyncio.timeout(COMPLETION_TIME):
                    choices = await self._handler.complete(wanted)
            except TimeoutError:
                log.warning("proposals took too long", extra={"kind": option.complete})
        usable = [choice for choice in choices if 1 <= len(choice.value) <= limits.CHOICE_TEXT]
        await interaction.response.autocomplete([_choice(choice) for choice in usable[: limits.CHOICES]])

    async def _reply(self, interaction: Interaction, what: What | BadInput) -> Reply:
        place = place_of(interaction)
        if place is None or isinstance(what, BadInput):
            return self._explained(what if isinstance(what, BadInput) else _NOT_HERE)
        return self._spoken(await self._handler.handle(Request(actor=actor_of(interaction), place=place, what=what)))

    def _explained(self, error: BadInput) -> Reply:
        return self._spoken(Reply(message=error_message(error, root=self._root)))

    def _spoken(self, reply: Reply) -> Reply:
        return replace(reply, message=spoken(reply.message, self._root))


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


def _choice(choice: Choice) -> discord.app_commands.Choice[str]:
    return discord.app_commands.Choice(name=fit_plain(choice.name, limits.CHOICE_TEXT) or choice.value, value=choice.value)


def _refused(interaction: Interaction, error: discord.HTTPException) -> dict[str, object]:
    return {"interaction": interaction.id, "status": error.status, "code": error.code}
