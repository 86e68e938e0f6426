"""Notes: what somebody follows for themselves and reads in a channel anyway comes to them as one line with a link."""

from __future__ import annotations

from bot.domain.requests import Command, Reply, Request
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.render.library import notes_shown
from bot.render.words import where
from bot.services.interactions.desk import Desk, argument


async def notes(desk: Desk, request: Request, command: Command) -> Reply:
    switch = command.text("switch")
    if switch:
        return await _switch(desk, request, on=switch == "on")
    known = await desk.store.noted(request.actor.personal)
    if request.place.personal:
        return Reply(message=notes_shown(places=len(known)))
    return Reply(message=notes_shown(where(request.place), on=request.place.key in known, places=len(known)))


async def notes_pressed(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _switch(desk, request, on=argument(args, 0) == "on")


async def _switch(desk: Desk, request: Request, *, on: bool) -> Reply:
    if request.place.personal:
        raise BadInput("there are no shared posts here", f"write {ROOT} notes {'on' if on else 'off'} in the channel whose posts you read")
    changed = await desk.store.note(request.actor.personal, request.place, on=on, at=desk.clock.now())
    return Reply(message=notes_shown(where(request.place), on=on, changed=changed))
