"""How a store is kept: backups, and what happens when one is put back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from bot.domain.subscriptions import Destination

#: How the database stands to the mark beside it: as far on; an older copy; no mark, although something was planned here once; the
#: mark of another database.
MarkState = Literal["level", "behind", "missing", "other"]


class KeepingStore(Protocol):
    """A database that is older than what was posted from it has to find out what that was, before it posts anything.

    Whoever sends does this: when ``mark_state`` is ``behind``, ``begin_reconcile`` before the first ``claim``; read the channels and tell
    what stands there with ``posted_elsewhere`` before anything is planned; then work as usual and call ``end_reconcile`` now and then.
    In between everything planned begins in ``sending``: it is looked for in the channel before it is posted.
    """

    @property
    def mark_state(self) -> MarkState:
        """As it was when the store was opened; ``level`` from ``begin_reconcile`` on."""
        ...

    @property
    def reconcile_since(self) -> datetime | None:
        """From when on the channels may hold what this database does not know: the last commit of an older copy. ``None``: all is
        known. Kept over restarts until ``end_reconcile``."""
        ...

    async def begin_reconcile(self, now: datetime) -> int:
        """Put down every unsent delivery in ``sending``, to be looked for from ``reconcile_since`` on; how many there are.

        Nothing happens while it goes on already. May be called for a database with no mark, when the operator says that it is a copy.
        """
        ...

    async def end_reconcile(self, now: datetime) -> bool:
        """Whether it is over: ended now if every delivery that was in doubt is settled, the lost time has passed, and no channel is due
        at a time within it (what is planned for such a time may have been posted in the lost time under the same id)."""
        ...

    async def posted_elsewhere(self, destination: Destination, keys: Sequence[str], at: datetime) -> int:
        """Papers with these identity keys count as shown there, known ones at once and others as soon as they come in; how many of the
        keys were not known as such.

        An occurrence that was planned before the channel was read, shows one of them and was not touched since is withdrawn: its other
        papers are fresh again and the channel is due at once."""
        ...

    async def check_search(self) -> bool:
        """Whether the search index is whole, looked at thoroughly. One that is not is built anew in the background."""
        ...

    async def backup(self, path: Path) -> None:
        """Copy the database as it is at one moment to ``path``, checked and as a single file; whatever was there stays until the copy is
        good. ``StoreError`` when it cannot be written, ``BadInput`` when ``path`` is the database itself."""
        ...
