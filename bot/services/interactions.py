"""Everything people ask, by command or by button: each verb is a function of its topic, looked up here, and trouble becomes a reply."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.domain.forms import Form
from bot.domain.messages import Message
from bot.domain.requests import Action, Choice, Command, Completion, Reply, Request, Submission
from bot.domain.subscriptions import DEFAULT_SETTINGS, Actor, Destination, Settings
from bot.errors import BadInput, PapercrierError
from bot.grammar import ROOT, find_command
from bot.ports import Clock, Store
from bot.render import command_message, error_message, help_message, unexpected_message, with_root
from bot.services import interactions_channel as channel
from bot.services import interactions_forms as forms
from bot.services import interactions_papers as papers
from bot.services import interactions_rules as rules
from bot.services import interactions_search as searching
from bot.services.desk import Desk, Press, Verb, stale_button
from bot.services.interactions_complete import complete

log = logging.getLogger(__name__)

T = TypeVar("T")


async def help_command(desk: Desk, request: Request, command: Command) -> Reply:
    typed = command.text("verb").removeprefix("/").strip()
    if not typed:
        return Reply(message=help_message())
    spec = find_command(typed)
    if spec is None:
        raise BadInput(f'there is no command "{typed}"', f"all commands: {ROOT} help")
    return Reply(message=command_message(spec))


async def undo(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    press = UNDO.get(args[0]) if args else None
    if press is None:
        raise stale_button()
    return await press(desk, request, args[1:])


VERBS: Mapping[str, Verb] = {
    "search": searching.search_command,
    "latest": papers.latest,
    "today": papers.today,
    "unread": papers.unread,
    "show": papers.show,
    "similar": papers.similar,
    "subscribe": rules.subscribe,
    "unsubscribe": rules.unsubscribe,
    "subscriptions": rules.subscriptions,
    "rehearse": searching.rehearse_command,
    "schedule": channel.schedule,
    "pause": channel.pause,
    "resume": channel.resume,
    "settings": channel.settings,
    "preview": channel.preview,
    "save": papers.save,
    "saved": papers.saved,
    "read": papers.read,
    "status": channel.status,
    "help": help_command,
}

BUTTONS: Mapping[str, Press] = {
    "page": searching.turn_page,
    "open": searching.open_search,
    "share": searching.share,
    "sub": rules.subscribe_search,
    "follow": rules.follow,
    "unsub": rules.unsubscribe_number,
    "recent": rules.recent,
    "show": papers.show_row,
    "like": papers.like,
    "save": papers.save_row,
    "unsave": papers.unsave_row,
    "hide": papers.hide_row,
    "read": papers.read_row,
    "rest": papers.rest,
    "today": papers.today_page,
    "unread": papers.unread_page,
    "saved": papers.saved_page,
    "pause": channel.pause_pressed,
    "resume": channel.resume_pressed,
    "undo": undo,
}

UNDO: Mapping[str, Press] = {
    "sub": rules.undo_subscribe,
    "unsub": rules.undo_unsubscribe,
    "hide": papers.unhide,
    "settings": channel.undo_settings,
}


class Interactions:
    """Implements ``bot.ports.Handler``.

    ``preview`` gives the next digest of a destination, ``status`` the operator's view of everything; ``command`` is the root
    command's name without its slash; ``defaults`` are the settings of a channel that is new.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        preview: Callable[[Destination], Awaitable[Message | None]],
        status: Callable[[], Awaitable[Message]] | None = None,
        command: str = ROOT.removeprefix("/"),
        defaults: Settings = DEFAULT_SETTINGS,
    ) -> None:
        self._desk = Desk(store=store, clock=clock, preview=preview, status=status, defaults=defaults)
        self._root = f"/{command}"

    async def handle(self, request: Request) -> Reply:
        """The answer. Never raises: what was asked wrongly is explained, a fault of our own gets a number that the log knows."""
        return self._rooted(await _explained(request, self._answer(request)))

    async def complete(self, completion: Completion) -> list[Choice]:
        """Proposals; none rather than an error."""
        try:
            return await complete(self._desk, completion)
        except Exception:
            log.exception("proposals failed", extra={"kind": completion.kind, "place": completion.place.key})
            return []

    async def form(self, request: Request) -> Form | Reply:
        found = await _explained(request, forms.form_of(self._desk, request))
        return self._rooted(found) if isinstance(found, Reply) else found

    async def estimate(self, request: Request) -> Message:
        found = await _explained(request, forms.estimate(self._desk, request))
        return self._rooted(found).message if isinstance(found, Reply) else with_root(found, self._root)

    async def home(self, actor: Actor, place: Destination) -> tuple[Message, ...]:
        asked = [Command(verb="subscriptions", options={"where": "me"}), Command(verb="saved")]
        replies = [await self.handle(Request(actor=actor, place=place, what=command)) for command in asked]
        return tuple(reply.message for reply in replies)

    def _rooted(self, reply: Reply) -> Reply:
        return replace(reply, message=with_root(reply.message, self._root))

    async def _answer(self, request: Request) -> Reply:
        match request.what:
            case Command(verb=verb):
                return await VERBS[verb](self._desk, request, request.what)
            case Submission():
                return await forms.submitted(self._desk, request, request.what)
            case Action(verb=verb, args=args) if verb in BUTTONS:
                return await BUTTONS[verb](self._desk, request, args)
        raise stale_button()


async def _explained(request: Request, answer: Awaitable[T]) -> T | Reply:
    """``answer``, or the reply that says why there is none."""
    try:
        return await answer
    except PapercrierError as error:
        if not isinstance(error, BadInput):
            log.error("a request failed", extra={"verb": request.what.verb, "place": request.place.key, "error": str(error)})
        return Reply(message=error_message(error))
    except Exception:
        incident = secrets.token_hex(4)
        log.exception("a request failed", extra={"verb": request.what.verb, "place": request.place.key, "incident": incident})
        return Reply(message=unexpected_message(incident))
