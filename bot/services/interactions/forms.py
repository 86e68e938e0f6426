"""Forms: what they ask, what the answers would come to, and the command that they become when they are sent.

A form is a command whose options are asked one by one. So everything that a command checks is checked, and nothing is said twice.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.forms import Field, Form
from bot.domain.messages import Button, ButtonStyle, Message
from bot.domain.requests import Action, Choice, Command, Reply, Request, Submission
from bot.domain.subscriptions import Destination, DigestStyle
from bot.grammar.reading import from_options
from bot.grammar.table import KINDS, QUERY_LENGTH
from bot.grammar.values import TYPES
from bot.muting import mute_query
from bot.query.language import parse_query
from bot.render.common import note
from bot.render.rehearsal import volume
from bot.render.words import where
from bot.services.interactions.desk import Desk, argument, known_channel, number, recall, remember, stale_button
from bot.services.interactions.mutes import effect_of
from bot.services.interactions.rules import live_one, query_text, refuse_declared
from bot.services.interactions.search import rehearsal_of
from bot.services.permissions import destination, managed, may_manage

#: The words that a choice shows for a kind.
_KIND_NAMES = {
    "query": "Anything: words, a name, a category",
    "author": "An author",
    "keyword": "A topic, as a phrase",
    "category": "A category",
    "org": "An organisation",
    "word": "A word or phrase",
}
_UNTIL = (("", "For ever"), ("7d", "For a week"), ("30d", "For a month"), ("90d", "For three months"))
_STYLES: dict[DigestStyle, str] = {
    "digest": "One message for all",
    "cards": "A message for each paper",
    "thread": "A heading, and each paper in its thread",
    "forum": "A forum post for each paper",
}
_MAXIMA = ("3", "5", "10", "20")
#: What the form of the bare command offers, each with how the verb is written in front of what was typed.
_LAUNCHED = {
    "search": "Search for it",
    "subscribe me": "Subscribe me to it",
    "subscribe here": "Subscribe this channel to it",
    "mute": "Never show it to me",
    "show": "Show that paper",
    "why": "Say why a paper was posted here, or not",
    "subscriptions": "Show the subscriptions",
    "unread": "Show what is not read yet",
    "settings": "Show how papers are posted here",
    "help": "Explain the commands",
}
#: Forms that there are.
_FORMS = ("subscribe", "mute", "edit", "settings", "launcher")
_WITHOUT_TEXT = ("subscriptions", "unread", "settings", "help")


async def form_of(desk: Desk, request: Request) -> Form | Reply:
    """The form that a command without its value or a press opens. ``BadInput`` when there is none, or nothing to fill it in for."""
    match request.what:
        case Command(verb="subscribe", options=options):
            return _subscribe_form(request, kind=str(options.get("kind", "query")), to=str(options.get("to", "here")))
        case Command(verb="mute", options=options):
            return _mute_form(request, kind=str(options.get("kind", "word")), to=str(options.get("to", "here")))
        case Command(verb="edit", options=options):
            return await _edit_form(desk, request, str(options["rule"]).lstrip("#"), str(options.get("to", "here")))
        case Action(verb="form", args=("again", token)):
            return await _again(desk, request, token)
        case Action(verb="form", args=("launcher",)):
            return _launcher_form(request)
        case Action(verb="form", args=("subscribe", *rest)):
            return _subscribe_form(request, to=argument(rest, 0, "here"))
        case Action(verb="form", args=("mute", *rest)):
            return _mute_form(request, to=argument(rest, 0, "here"))
        case Action(verb="form", args=("edit", wanted, *rest)):
            return await _edit_form(desk, request, wanted, argument(rest, 0, "here"))
        case Action(verb="form", args=("settings", *rest)):
            return await _settings_form(desk, request, argument(rest, 0, "here"))
    raise stale_button()


def command_of(request: Request, submission: Submission) -> Command:
    """The command that the answers of a form stand for; ``BadInput`` for a form that is not there any more or lacks an answer."""
    given = {name: " ".join(submission.text(name).split()) for name in submission.values}
    match submission.verb:
        case "subscribe":
            return from_options("subscribe", {**given, "to": given.get("to") or _here(request)})
        case "mute":
            return from_options("mute", {**given, "to": given.get("to") or _here(request)})
        case "edit":
            rule, _, to = submission.state.partition(":")
            types = ",".join(submission.values.get("types", ())) or "all"
            return from_options("edit", {"rule": f"#{number(rule)}", "to": to, **given, "types": types, "max": given.get("max") or "all"})
        case "settings":
            return from_options("settings", {**given, "to": submission.state or "here"})
        case "launcher":
            return _started(given)
    raise stale_button()


async def offered_again(desk: Desk, submission: Submission) -> list[Button]:
    """A button that opens the form again with the answers that were given; none for a form that is not there any more."""
    if submission.verb not in _FORMS:
        return []
    values = {name: list(answers) for name, answers in submission.values.items()}
    token = await remember(desk, "form", verb=submission.verb, state=submission.state, values=values)
    return [Button(label="Try again", action=Action(verb="form", args=("again", token)).encode(), style=ButtonStyle.PRIMARY)]


async def _again(desk: Desk, request: Request, token: str) -> Form | Reply:
    """The form of a failed answer, as it would open now, with that answer in it."""
    kept = await recall(desk, "form", token)
    opening = Action(verb="form", args=(kept["verb"], *filter(None, str(kept["state"]).split(":"))))
    found = await form_of(desk, replace(request, what=opening))
    if isinstance(found, Reply):
        return found
    given = kept["values"]
    fields = tuple(replace(field, values=tuple(given[field.name])) if field.name in given else field for field in found.fields)
    return replace(found, fields=fields)


def field_of(submission: Submission, option: str) -> str:
    """The question of a form that asks for ``option``; empty where none does."""
    name = "text" if submission.verb == "launcher" and option in ("query", "value", "paper") else option
    return name if name in submission.values else ""


def _started(given: dict[str, str]) -> Command:
    verb, _, to = given.get("do", "search").partition(" ")
    text = given.get("text", "")
    if verb in _WITHOUT_TEXT:
        return Command(verb=verb)
    main = {"search": "query", "subscribe": "value", "mute": "value"}.get(verb, "paper")
    return from_options(verb, {main: text, **({"to": to} if to else {"to": "me"} if verb == "mute" else {})})


async def estimate(desk: Desk, request: Request) -> Message:
    """What a half-filled form would come to, before anything is stored."""
    if not isinstance(request.what, Submission):
        raise stale_button()
    submission = request.what
    value = submission.text("query" if submission.verb == "edit" else "value")
    if not value:
        return note("", "Say what, and this shows how much it would have been.")
    if submission.verb == "mute":
        to = destination(request, submission.text("to", _here(request)))
        query = mute_query(submission.text("kind", "word"), value)  # type: ignore[arg-type]  # one of the choices; others are words
        effect = await effect_of(desk, to, query)
        return note(value, effect or f"Nothing is followed for {where(to)} yet, so there is nothing to keep away.")
    query_of = parse_query(query_text(submission.text("kind", "query"), value))
    return note(query_of.shown, volume(await rehearsal_of(desk, query_of)))


# --- the forms -------------------------------------------------------------------------------------------------------


def _launcher_form(request: Request) -> Form:
    manages = may_manage(request.actor, request.place) and not request.place.personal
    choices = tuple(Choice(name=name, value=value) for value, name in _LAUNCHED.items() if value != "subscribe here" or manages)
    return Form(
        name="launcher",
        title="Papers",
        submit="Go",
        fields=(
            Field(name="do", label="What to do", kind="choice", values=("search",), choices=choices, required=True),
            Field(name="text", label="With what", hint='Words, a name, cs.CL, an id, or by:"Robin Jia" -survey', longest=QUERY_LENGTH),
        ),
    )


def _subscribe_form(request: Request, *, kind: str = "query", to: str = "here") -> Form:
    return Form(
        name="subscribe",
        title="Follow papers",
        submit="Subscribe",
        fields=(
            Field(
                name="kind",
                label="What to follow",
                kind="choice",
                values=(kind,),
                choices=tuple(Choice(name=_KIND_NAMES[one], value=one) for one in ("query", *(one for one in KINDS if one != "query"))),
                live=True,
            ),
            Field(
                name="value",
                label="Name, topic, category or query",
                kind="lookup",
                complete="value",
                required=True,
                hint='Robin Jia · in-context learning · cs.CL · by:"Robin Jia" -survey',
                longest=QUERY_LENGTH,
                live=True,
            ),
            _to_field(request, "Where to post", to),
            Field(name="max", label="At most, in one digest", kind="choice", choices=_choices(_MAXIMA), hint="As many as the place allows"),
            Field(name="when", label="When (for the whole place)", hint='Leave empty, or "mon-fri 09:00", "daily 8:30"', longest=40),
        ),
    )


def _mute_form(request: Request, *, kind: str = "word", to: str = "here") -> Form:
    kinds = ("word", "author", "category", "org")
    return Form(
        name="mute",
        title="Mute",
        submit="Mute",
        fields=(
            Field(
                name="kind",
                label="What is not wanted",
                kind="choice",
                values=(kind if kind in kinds else "word",),
                choices=tuple(Choice(name=_KIND_NAMES[one], value=one) for one in kinds),
                live=True,
            ),
            Field(
                name="value",
                label="Word, name, category or organisation",
                kind="lookup",
                complete="value",
                required=True,
                hint="survey · Robin Jia · cs.CV · Stanford",
                live=True,
            ),
            Field(
                name="until",
                label="For how long",
                kind="choice",
                values=("forever",),
                choices=tuple(Choice(name=name, value=value or "forever") for value, name in _UNTIL),
            ),
            _to_field(request, "For whom", to),
        ),
    )


async def _edit_form(desk: Desk, request: Request, wanted: str, to: str) -> Form:
    place = managed(request, destination(request, to))
    found = await live_one(desk, place, number(wanted))
    refuse_declared(found)
    own = str(found.maximum) if found.maximum else ""
    maxima = tuple(dict.fromkeys((*_MAXIMA, own))) if own else _MAXIMA
    return Form(
        name="edit",
        title=f"Subscription #{found.number}",
        state=f"{found.number}:{'me' if place.personal else 'here'}",
        fields=(
            Field(name="query", label="Query", kind="lines", values=(found.shown,), required=True, longest=QUERY_LENGTH, live=True),
            Field(
                name="max",
                label="At most, in one digest",
                kind="choice",
                values=(own or "all",),
                choices=(Choice(name="As many as the place allows", value="all"), *_choices(maxima)),
            ),
            Field(
                name="types",
                label="Announcements that count",
                kind="choices",
                values=found.types,
                choices=_choices(TYPES),
                hint="None chosen: those that the place takes",
            ),
        ),
    )


async def _settings_form(desk: Desk, request: Request, to: str) -> Form:
    place = managed(request, destination(request, to))
    channel = await known_channel(desk, place)
    now = channel.settings if channel else desk.defaults
    styles = tuple(Choice(name=name, value=value) for value, name in _STYLES.items() if place.style(value) == value)
    fills = (Choice(name="Thin days stay thin", value="none"), Choice(name="Fill up with papers never posted here", value="unread"))
    maxima = tuple(dict.fromkeys((*_MAXIMA, str(now.maximum))))
    return Form(
        name="settings",
        title="How papers are posted",
        state="me" if place.personal else "here",
        fields=(
            Field(name="when", label="When", values=(str(now.schedule),), hint='"mon-fri 09:00", "daily 8:30", "mon 17:00"', longest=60),
            Field(name="tz", label="Time zone", kind="lookup", complete="zone", values=(now.schedule.zone,), longest=60),
            Field(name="max", label="At most, in one digest", kind="choice", values=(str(now.maximum),), choices=_choices(maxima)),
            Field(name="style", label="Style", kind="choice", values=(place.style(now.style),), choices=styles),
            Field(name="fill", label="When there is little new", kind="choice", values=(now.fill,), choices=fills),
        ),
    )


def _to_field(request: Request, label: str, to: str) -> Field:
    """The place and oneself, or where only that is allowed oneself alone."""
    mine = Choice(name="Only to me", value="me")
    if request.place.personal or not may_manage(request.actor, request.place):
        return Field(name="to", label=label, kind="choice", values=("me",), choices=(mine,))
    return Field(name="to", label=label, kind="choice", values=(to,), choices=(Choice(name=_place_name(request.place), value="here"), mine))


def _place_name(place: Destination) -> str:
    return f"This channel, {place.name}"[:75] if place.name else "This channel"


def _here(request: Request) -> str:
    return "here" if may_manage(request.actor, request.place) else "me"


def _choices(values: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(name=value, value=value) for value in values)
