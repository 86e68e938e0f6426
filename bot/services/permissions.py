"""Who may change what: asked of every command, press and form, each time anew, with what the platform says at that moment."""

from __future__ import annotations

from bot.domain.requests import Command, Request
from bot.domain.subscriptions import Actor, Destination
from bot.errors import BadInput
from bot.grammar.reading import command_line, find_command
from bot.render.words import where


def may_manage(actor: Actor, destination: Destination) -> bool:
    """Whether ``actor`` may change what is posted at ``destination``: always for themselves, else as the platform says of the place
    they ask from."""
    if destination.personal:
        return destination.key == actor.personal.key
    return actor.manager and actor.platform == destination.platform


def managed(request: Request, destination: Destination) -> Destination:
    """``destination`` unchanged when the asker may manage it; ``BadInput`` otherwise, with the same for oneself as the repair.

    Only two destinations can be asked about: the place of the request, for which the platform vouches, and the asker's own messages.
    """
    named = destination.key in (request.place.key, request.actor.personal.key)
    if named and may_manage(request.actor, destination):
        return destination
    raise BadInput(
        f"only people who manage {where(destination)} can change what is posted there",
        "ask one of them, or do it for yourself with to:me",
        repairs=_for_oneself(request),
    )


def destination(request: Request, to: str) -> Destination:
    """``me`` is the asker's own messages, everything else the place that was asked from."""
    return request.actor.personal if to == "me" else request.place


def person(actor: Actor) -> str:
    """Who somebody is in the store: ``platform:user id``."""
    return f"{actor.platform}:{actor.id}"


def _for_oneself(request: Request) -> tuple[str, ...]:
    if not isinstance(request.what, Command):
        return ()
    spec = find_command(request.what.verb)
    if spec is None or spec.option("to") is None:
        return ()
    return (command_line(request.what.verb, {**request.what.options, "to": "me"}),)
