"""A source that gives what it is told to, and fails at the end when told so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.domain.papers import Paper
from bot.errors import SourceError
from bot.ports import Batch


class FakeSource:
    def __init__(self, papers: Sequence[Paper], *, name: str = "arxiv", error: str = "", problems: Sequence[str] = ()) -> None:
        self.name = name
        self._papers, self._error, self._problems = tuple(papers), error, tuple(problems)

    async def fetch(self, memory: dict[str, str]) -> AsyncIterator[Batch]:
        memory["seen"] = str(len(self._papers))
        yield Batch(papers=self._papers, problems=self._problems, announced=len(self._papers) + len(self._problems))
        if self._error:
            raise SourceError(self._error, "try later")
