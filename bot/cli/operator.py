"""The person at the command line, as the actor of a request."""

from __future__ import annotations

from bot.domain.requests import Command, Request
from bot.domain.subscriptions import Actor, Destination

PERSONAL = Destination(platform="console", address="@operator", tenant="console", name="you")


def operator_request(command: Command, place: Destination = PERSONAL) -> Request:
    """``command`` as the operator would give it in ``place``."""
    return Request(
        actor=Actor(platform="console", id="operator", name="operator", manager=True, personal=PERSONAL), place=place, what=command
    )
