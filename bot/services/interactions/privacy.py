"""What is kept about a person: told, given as a file, removed."""

from __future__ import annotations

import json

from bot.domain.people import Record
from bot.domain.requests import Attachment, Command, Reply, Request
from bot.errors import BadInput
from bot.render.channel import paused_by
from bot.render.library import about_you, forgetting, forgotten, your_data
from bot.services.interactions.desk import Desk, argument, stale_button
from bot.services.permissions import person


async def privacy(desk: Desk, request: Request, command: Command) -> Reply:
    records = await desk.store.about(person(request.actor), request.actor.personal, **_signed(request))
    match command.text("what", "show"):
        case "export":
            return Reply(message=your_data(len(records)), files=(_document(request, records),))
        case "delete":
            return Reply(message=forgetting(records))
    return Reply(message=about_you(records))


async def forget(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Asked once more and confirmed. The button works for the one who was asked only: it names nobody else."""
    if argument(args, 0) != "me":
        raise stale_button()
    removed = await desk.store.forget(person(request.actor), request.actor.personal, **_signed(request))
    if not removed:
        raise BadInput("nothing was kept about you any more", "nothing is left to delete")
    return Reply(message=forgotten(removed), update=True)


def _signed(request: Request) -> dict[str, str]:
    """How the asker's name stands with the channels that they paused, where they ask from."""
    return {"signed": paused_by(request.actor.name), "tenant": request.place.tenant}


def _document(request: Request, records: list[Record]) -> Attachment:
    document = {
        "person": person(request.actor),
        "records": [
            {"kind": one.kind, "text": one.text, "where": one.where or None, "at": one.at.isoformat() if one.at else None}
            for one in records
        ],
    }
    content = json.dumps(document, ensure_ascii=False, indent=2).encode()
    return Attachment(name="papercrier-about-me.json", content=content, media_type="application/json")
