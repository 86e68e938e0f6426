"""Forms: what they ask, what the answers would come to, and what becomes of them when they are sent."""

from __future__ import annotations

from bot.domain.forms import Field, Form
from bot.domain.messages import Message
from bot.domain.requests import Action, Choice, Command, Reply, Request, Submission
from bot.grammar_table import KINDS, QUERY_LENGTH
from bot.query import parse_query
from bot.render import note
from bot.render_rules import volume
from bot.services.desk import Desk, stale_button
from bot.services.interactions_rules import query_text, subscribe
from bot.services.interactions_search import rehearsal_of


async def form_of(desk: Desk, request: Request) -> Form | Reply:
    """The form that a command without its value or a press opens. ``BadInput`` when there is none."""
    match request.what:
        case Command(verb="subscribe") | Action(verb="form", args=("subscribe",)):
            return _subscribe_form(request)
    raise stale_button()


async def submitted(desk: Desk, request: Request, submission: Submission) -> Reply:
    match submission.verb:
        case "subscribe":
            return await subscribe(desk, request, _subscribe_command(submission))
    raise stale_button()


async def estimate(desk: Desk, request: Request) -> Message:
    """How much the rule of a half-filled form would have brought."""
    if not isinstance(request.what, Submission):
        raise stale_button()
    command = _subscribe_command(request.what)
    if not command.text("value"):
        return note("", "Say what to follow, and this shows how much it would have brought.")
    query = parse_query(query_text(command.text("kind"), command.text("value")))
    return note(query.shown, volume(await rehearsal_of(desk, query)))


def _subscribe_form(request: Request) -> Form:
    here = "My direct messages" if request.place.personal else "This channel"
    return Form(
        name="subscribe",
        title="Follow papers",
        submit="Subscribe",
        fields=(
            Field(
                name="kind",
                label="What to follow",
                kind="choice",
                values=("query",),
                choices=tuple(Choice(name=kind.capitalize() if kind != "org" else "Organisation", value=kind) for kind in KINDS),
                live=True,
            ),
            Field(
                name="value",
                label="Name, topic, category or query",
                required=True,
                hint='Robin Jia · in-context learning · cs.CL · by:"Robin Jia" -survey',
                longest=QUERY_LENGTH,
                live=True,
            ),
            Field(
                name="to",
                label="Where to post",
                kind="choice",
                values=("here",),
                choices=(Choice(name=here, value="here"), Choice(name="Only to me", value="me")),
            ),
        ),
    )


def _subscribe_command(submission: Submission) -> Command:
    options = {name: submission.text(name) for name in ("kind", "value", "to")}
    return Command(verb="subscribe", options={name: value for name, value in options.items() if value})
