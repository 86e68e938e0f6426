"""A person's own page in Slack, the Home tab of the app."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakValueDictionary

from adapters.slack.answering import Answers
from adapters.slack.memo import Memo
from adapters.slack.render_views import home_view, page_view
from adapters.slack.views import open_view, publish_view
from adapters.slack.wire import Asked, Body, Wire, asked_in_view
from bot.domain.messages import Message
from bot.domain.requests import Action, Reply
from bot.domain.subscriptions import Actor, Destination

log = logging.getLogger(__name__)


class Pages:
    """Publishes pages, one at a time for each person, and answers the presses on them. Nothing here raises."""

    def __init__(self, wire: Wire, replies: Answers) -> None:
        self._wire = wire
        self._replies = replies
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def opened(self, event: Body) -> None:
        """Somebody looks at their page: it is drawn anew."""
        user = str(event["user"])
        actor, place = await self._wire.people.who(user=user, name="", team="", channel=f"D{user}", channel_name="")
        await self.refresh(actor, place, hash=str((event.get("view") or {}).get("hash") or ""))

    async def refresh(self, actor: Actor, place: Destination, *, first: tuple[Message, ...] = (), hash: str = "") -> None:
        """Draw somebody's page as things stand now, below ``first``. With ``hash``, a page that changed meanwhile is looked up again."""
        turn = self._turns.setdefault(actor.id, asyncio.Lock())
        async with turn:
            problem = await self._publish(actor, place, first, hash)
            if problem == "hash_conflict":
                await self._publish(actor, place, first, "")

    async def press(self, body: Body, what: Action) -> None:
        """A button on somebody's page. An answer that replaces what was pressed stands on top of the page, another one in a modal;
        the page is drawn anew either way."""
        asked = await asked_in_view(self._wire, body)
        reply = await self._replies.ask(asked, lambda: what)
        shown_above = reply.update or not await self._opened(asked, reply)
        await self._replies.give_files(asked, reply)
        first = (self._replies.noted(asked, reply),) if shown_above else ()
        await self.refresh(asked.actor, asked.place, first=first, hash=str(body["view"].get("hash") or ""))

    async def _opened(self, asked: Asked, reply: Reply) -> bool:
        view_id, _ = await open_view(self._wire.client, page_view(self._replies.noted(asked, reply), Memo()), trigger=asked.trigger)
        return bool(view_id)

    async def _publish(self, actor: Actor, place: Destination, first: tuple[Message, ...], hash: str) -> str:
        try:
            parts = await self._wire.handler.home(actor, place)
        except Exception as error:
            asked = Asked(actor=actor, place=place)
            parts = (self._replies.unexpected(error, asked),)
        _, problem = await publish_view(self._wire.client, home_view([*first, *parts]), user=actor.id, hash=hash)
        return problem
