"""Votes: by button, by a reaction on a post, and what they put on top."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.messages import Message
from bot.domain.requests import Action, Command, Reaction, Reply, Request
from bot.grammar.values import parse_span
from bot.render.library import reacted, top_list, voted
from bot.services.interactions.desk import Desk, argument, fixing, paper_of_row, reader_of
from bot.services.permissions import person

#: What people put on a message that they like.
LIKED = frozenset(["👍", "❤️", "❤", "🔥", "⭐", "🌟", "👏", "🎉", "🚀", "💯", "🙌", "😍", "✨", "💡"])
TOP = 10
DAYS = 7


async def top(desk: Desk, request: Request, command: Command) -> Reply:
    with fixing(command, "days"):
        days = parse_span(command.text("days", f"{DAYS}d"))
    since = desk.today() - timedelta(days=days)
    found = await desk.store.favourites(request.place.tenant, since=since, limit=TOP)
    return Reply(message=top_list(found, days=days, reader=await reader_of(desk, request)))


async def vote_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _vote(desk, request, argument(args, 0), up=True)


async def undo_vote(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _vote(desk, request, argument(args, 0), up=False)


async def _vote(desk: Desk, request: Request, row: str, *, up: bool) -> Reply:
    stored = await paper_of_row(desk, row)
    changed, count = await desk.store.vote(request.place.tenant, person(request.actor), stored.row, at=desk.clock.now(), up=up)
    return Reply(message=voted(stored, count=count, up=up, changed=changed))


async def react(desk: Desk, request: Request, reaction: Reaction) -> Reply:
    """A vote for the paper of a post, where the post is about one paper and the emoji is one of liking. Anything else means nothing."""
    if reaction.emoji not in LIKED:
        return Reply(message=reacted())
    delivery = await desk.store.delivery_at(request.place, reaction.remote_id)
    rows = paper_rows(delivery.message) if delivery else []
    if len(rows) != 1:
        return Reply(message=reacted())
    await desk.store.vote(request.place.tenant, person(request.actor), rows[0], at=desk.clock.now(), up=reaction.added)
    return Reply(message=reacted(counted=True))


def paper_rows(message: Message) -> list[int]:
    """Rows of the papers on the cards of a message, as their buttons name them."""
    rows = []
    for card in message.cards:
        actions = (Action.decode(button.action) for button in card.buttons if button.action)
        rows += [int(action.args[0]) for action in actions if action.verb in ("save", "unsave") and action.args]
    return rows
