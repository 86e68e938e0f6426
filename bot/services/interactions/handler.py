"""Everything people ask, by command or by button: each verb is a function of its topic, looked up here, and trouble becomes a reply."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from typing import TypeVar

from bot.domain.forms import Form
from bot.domain.messages import Button, Message, Tone
from bot.domain.papers import StoredPaper
from bot.domain.quotas import DEFAULT_QUOTAS, Quotas
from bot.domain.requests import Action, Choice, Command, Completion, Lookup, Reaction, Reply, Request, Submission
from bot.domain.subscriptions import DEFAULT_SETTINGS, Actor, Destination, Settings
from bot.errors import BadInput, PapercrierError
from bot.grammar.lines import verb_names
from bot.grammar.reading import ROOT, command_line, find_command, parse_command
from bot.ports import Clock, Painter, Store
from bot.render.common import command_message, error_message, help_message, shared_message, shortened, unexpected_message, with_root
from bot.services.interactions import channel, forms, papers, rules, settings, votes
from bot.services.interactions import edit as editing
from bot.services.interactions import export as exporting
from bot.services.interactions import mutes as muting
from bot.services.interactions import notes as noting
from bot.services.interactions import privacy as personal
from bot.services.interactions import rehearse as trying
from bot.services.interactions import saved as saving
from bot.services.interactions import search as searching
from bot.services.interactions import trend as trends
from bot.services.interactions import why as reasons
from bot.services.interactions.complete import complete
from bot.services.interactions.desk import Desk, Press, Verb, argument, no_link, recall, remember, stale_button
from bot.services.interactions.home import home_pages
from bot.services.interactions.lookup import look_up
from bot.services.quotas import Turnstile

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Repairs that an answer offers, characters of an action, and how a line that is too long for one is named.
_OFFERED, _LONGEST, _REMEMBERED = 4, 90, "~"


async def help_command(desk: Desk, request: Request, command: Command) -> Reply:
    typed = command.text("verb").removeprefix("/").strip()
    if not typed:
        return Reply(message=help_message())
    spec = find_command(typed)
    if spec is None:
        close = get_close_matches(typed.casefold(), verb_names(), n=1, cutoff=0.5)
        repairs = (*(f"help {name}" for name in close), "help")
        raise BadInput(f'there is no command "{typed}"', f"all commands: {ROOT} help", repairs=repairs)
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
    "rehearse": trying.rehearse,
    "schedule": channel.schedule,
    "pause": channel.pause,
    "resume": channel.resume,
    "settings": settings.settings,
    "edit": editing.edit,
    "mute": muting.mute,
    "unmute": muting.unmute,
    "mutes": muting.mutes,
    "preview": channel.preview,
    "save": saving.save,
    "unsave": saving.unsave,
    "saved": saving.saved,
    "read": papers.read,
    "top": votes.top,
    "export": exporting.export,
    "trend": trends.trend,
    "notes": noting.notes,
    "privacy": personal.privacy,
    "why": reasons.why,
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
    "save": saving.save_row,
    "unsave": saving.unsave_row,
    "hide": papers.hide_row,
    "read": papers.read_row,
    "rest": papers.rest,
    "today": papers.today_page,
    "unread": papers.unread_page,
    "saved": saving.saved_page,
    "why": reasons.why_row,
    "tight": trying.tight,
    "tighten": trying.tighten,
    "use": editing.use,
    "unmute": muting.unmute_number,
    "notthem": muting.not_them,
    "vote": votes.vote_row,
    "bib": exporting.export_row,
    "picture": trends.picture,
    "forget": personal.forget,
    "notes": noting.notes_pressed,
    "pause": channel.pause_pressed,
    "resume": channel.resume_pressed,
    "undo": undo,
}

#: Verbs whose private answer may be shown to everybody.
SHARED = frozenset({"show", "similar", "latest", "rehearse", "why"})

UNDO: Mapping[str, Press] = {
    "sub": rules.undo_subscribe,
    "unsub": rules.undo_unsubscribe,
    "hide": papers.unhide,
    "edit": editing.undo_edit,
    "mute": muting.unmute_number,
    "unmute": muting.undo_unmute,
    "settings": settings.undo_settings,
    "standing": channel.undo_standing,
    "vote": votes.undo_vote,
    "read": papers.undo_read,
}


def _may_be_shared(command: Command) -> bool:
    """Never what is about somebody's own messages."""
    return command.verb in SHARED and command.text("to") != "me"


def _instead_of_form(args: tuple[str, ...]) -> Command:
    """The command that says how to do it in words, where no form can be opened."""
    match args:
        case ("edit", rule, *to):
            return Command(verb="edit", options={"rule": rule, "to": argument(to, 0, "here")})
        case (verb, *_) if find_command(verb):
            return Command(verb="help", options={"verb": verb})
    return Command(verb="help")


class Interactions:
    """Implements ``bot.ports.Handler``.

    ``preview`` gives the next digest of a destination (or what one subscription brings to it), ``status`` the operator's view of
    everything; ``command`` is the root command's name without its slash; ``defaults`` are the settings of a channel that is new;
    ``link`` says where a sent message can be opened; without a ``painter`` answers go without pictures, without
    ``find`` only papers of the library are found; ``every`` says how often each source is read.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        preview: Callable[[Destination, int], Awaitable[Message | None]],
        status: Callable[[], Awaitable[Message]] | None = None,
        command: str = ROOT.removeprefix("/"),
        defaults: Settings = DEFAULT_SETTINGS,
        quotas: Quotas = DEFAULT_QUOTAS,
        link: Callable[[Destination, str, str], str] = no_link,
        painter: Painter | None = None,
        find: Callable[[str], Awaitable[StoredPaper | None]] | None = None,
        every: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._desk = Desk(
            store=store,
            clock=clock,
            preview=preview,
            status=status,
            defaults=defaults,
            quotas=quotas,
            link=link,
            painter=painter,
            find=find,
            every=every or {},
        )
        self._turnstile = Turnstile(quotas.requests_per_minute)
        self._root = f"/{command}"

    async def handle(self, request: Request) -> Reply:
        """The answer. Never raises: what was asked wrongly is explained, a fault of our own gets a number that the log knows."""
        return self._rooted(await self._explained(request, self._admitted(request)))

    async def complete(self, completion: Completion) -> list[Choice]:
        """Proposals; none rather than an error."""
        try:
            return await complete(self._desk, completion)
        except Exception:
            log.exception("proposals failed", extra={"kind": completion.kind, "place": completion.place.key})
            return []

    async def form(self, request: Request) -> Form | Reply:
        found = await self._explained(request, forms.form_of(self._desk, request))
        return self._rooted(found) if isinstance(found, Reply) else found

    async def estimate(self, request: Request) -> Message:
        found = await self._explained(request, forms.estimate(self._desk, request))
        return self._rooted(found).message if isinstance(found, Reply) else with_root(found, self._root)

    async def home(self, actor: Actor, place: Destination) -> tuple[Message, ...]:
        asked = Request(actor=actor, place=place, what=Action(verb="home"))
        found = await self._explained(asked, home_pages(self._desk, asked))
        pages = (found.message,) if isinstance(found, Reply) else found
        return tuple(with_root(page, self._root) for page in pages)

    def _rooted(self, reply: Reply) -> Reply:
        return replace(reply, message=with_root(reply.message, self._root))

    async def _admitted(self, request: Request) -> Reply:
        self._turnstile.enter(request.actor, self._desk.clock.monotonic())
        return await self._answer(request)

    async def _answer(self, request: Request) -> Reply:
        match request.what:
            case Command() as command:
                return await self._command(self._desk, request, command)
            case Submission() as submission:
                command = forms.command_of(request, submission)
                return await self._command(self._desk, replace(request, what=command), command)
            case Lookup() as asked:
                return await look_up(self._desk, request, asked)
            case Reaction() as reaction:
                return await votes.react(self._desk, request, reaction)
            case Action(verb="run" | "say" as verb, args=args):
                return await self._line(request, verb, ":".join(args))
            case Action(verb="form", args=args):
                return await self._command(self._desk, request, _instead_of_form(args))
            case Action(verb=verb, args=args) if verb in BUTTONS:
                return await BUTTONS[verb](self._desk, request, args)
        raise stale_button()

    async def _command(self, desk: Desk, request: Request, command: Command) -> Reply:
        reply = await VERBS[command.verb](desk, request, command)
        if _may_be_shared(command) and not request.place.personal and reply.message.tone is not Tone.WARNING:
            share = await self._line_button("Share", "say", command_line(command.verb, command.options))
            reply = replace(reply, message=replace(reply.message, buttons=(*reply.message.buttons, share)))
        return reply

    # --- lines inside buttons ----------------------------------------------------------------------------------------

    async def _line(self, request: Request, verb: str, line: str) -> Reply:
        """Do what a button says in words: ``run`` it for the asker, ``say`` the answer to everybody. A long line is remembered."""
        if line.startswith(_REMEMBERED):
            line = str((await recall(self._desk, "line", line.removeprefix(_REMEMBERED)))["line"])
        command = parse_command(line)
        asked = replace(request, what=command)
        if verb != "say":
            return await self._command(self._desk, asked, command)
        if not _may_be_shared(command):
            raise stale_button()
        reply = await VERBS[command.verb](replace(self._desk, shared=True), asked, command)
        return replace(reply, message=shared_message(reply.message, request.actor.name), private=False)

    async def _line_button(self, label: str, verb: str, line: str) -> Button:
        action = f"{verb}:{line}"
        if len(action) > _LONGEST:
            action = f"{verb}:{_REMEMBERED}{await remember(self._desk, 'line', line=line)}"
        return Button(label=label, action=action)

    async def _explained(self, request: Request, answer: Awaitable[T]) -> T | Reply:
        """``answer``, or the reply that says why there is none, with what would have been right to press."""
        try:
            return await answer
        except BadInput as error:
            repairs = [await self._line_button(shortened(line, 70), "run", line) for line in error.repairs[:_OFFERED]]
            field = ""
            if isinstance(request.what, Submission):
                field = forms.field_of(request.what, error.option)
                repairs = [*await forms.offered_again(self._desk, request.what), *repairs]
            return Reply(message=replace(error_message(error), buttons=tuple(repairs)), field=field)
        except PapercrierError as error:
            log.error("a request failed", extra={"verb": request.what.verb, "place": request.place.key, "error": str(error)})
            return Reply(message=error_message(error))
        except Exception:
            incident = secrets.token_hex(4)
            log.exception("a request failed", extra={"verb": request.what.verb, "place": request.place.key, "incident": incident})
            return Reply(message=unexpected_message(incident))
