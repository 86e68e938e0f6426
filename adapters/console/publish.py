"""The console as a platform: posting prints."""

from __future__ import annotations

import asyncio
from datetime import datetime

from rich.console import Console

from adapters.console.limits import LIMITS
from adapters.console.render import to_panel
from bot.domain.deliveries import Found, Outcome, Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.ports import Pace


class ConsoleAdapter:
    """Implements ``bot.ports.Adapter``. Nobody can type commands into it; a terminal has the command line for that."""

    name = "console"
    limits = LIMITS
    pace = Pace(each=0.0, overall=0.0)
    repeatable = 0.0

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    async def start(self) -> None:
        """Nothing to connect."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def locate(self, destination: Destination) -> Destination:
        return destination

    async def publish(self, destination: Destination, message: Message, *, key: str, thread: str = "") -> Receipt:
        self._console.print(to_panel(message))
        return Receipt(outcome=Outcome.SENT, remote_id=f"console-{key}")

    async def repeats(self, destination: Destination, *, thread: str = "") -> float:
        return self.repeatable

    async def edit(self, destination: Destination, message: Message, *, key: str, remote_id: str, thread: str = "") -> Receipt:
        """What was printed stays printed; what is said about it is printed below."""
        return Receipt(outcome=Outcome.SENT, remote_id=remote_id)

    async def find(self, destination: Destination, *, key: str, since: datetime, thread: str = "") -> Found:
        """A terminal cannot be looked at afterwards."""
        return Found(readable=False, missing="a way to read what a terminal has shown")

    async def retract(self, destination: Destination, *, remote_id: str, thread: str = "") -> bool:
        """What was printed stays printed."""
        return False

    def link(self, destination: Destination, *, remote_id: str = "", thread: str = "") -> str:
        return ""

    async def own_links(self, destination: Destination, *, since: datetime) -> list[tuple[str, frozenset[str]]] | None:
        return None

    async def close(self) -> None:
        """Nothing to close."""
