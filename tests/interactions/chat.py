"""One person in one place, and what is looked for in an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.messages import Button, Message, plain
from bot.domain.papers import Paper
from bot.domain.queries import Terms
from bot.domain.requests import Action, Reply, Request
from bot.domain.subscriptions import Actor, Destination
from bot.grammar.reading import parse_command
from bot.ports import Hit
from bot.services.interactions.handler import Interactions
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_destination, a_paper, an_actor
from tests.fakes.clock import FakeClock

HERE = a_destination()


def no_match(paper: Paper, found: Terms) -> Sequence[Hit]:
    return ()


class Chat:
    """One person in one place, typing lines and pressing buttons."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.previewed: Message | None = None
        self.handler = Interactions(store, clock, preview=self._preview, every={"arxiv": timedelta(hours=1)})

    async def _preview(self, destination: Destination, number: int) -> Message | None:
        return self.previewed

    async def type(self, line: str, *, by: Actor | None = None, at: Destination = HERE) -> Reply:
        return await self.handler.handle(Request(actor=by or an_actor(), place=at, what=parse_command(line)))

    async def press(self, button: Button | str, *, by: Actor | None = None, at: Destination = HERE) -> Reply:
        action = button if isinstance(button, str) else button.action
        return await self.handler.handle(Request(actor=by or an_actor(), place=at, what=Action.decode(action)))

    async def know(self, *papers: Paper) -> tuple[int, ...]:
        return (await self.store.ingest(papers, at=self.clock.now(), match=no_match)).rows


def button(message: Message, label: str) -> Button:
    cards = [one for card in message.cards for one in (*card.buttons, *card.menu)]
    items = [one for item in message.items for one in item.buttons]
    found = [one for one in (*message.buttons, *cards, *items) if one.label.startswith(label)]
    assert found, f"{label!r} is not among {[one.label for one in (*message.buttons, *cards, *items)]}"
    return found[0]


def titles(message: Message) -> list[str]:
    return [plain(card.title) for card in message.cards]


def text_of(message: Message) -> str:
    items = " ".join(f"{item.label} {item.text} {item.detail}" for item in message.items)
    return f"{message.fallback} {items}"


def topics(number: int) -> list[Paper]:
    return [
        a_paper(title=f"Committees and reading, volume {index}", abstract=f"We study committees of readers, case {index}. " * 3)
        for index in range(number)
    ]
