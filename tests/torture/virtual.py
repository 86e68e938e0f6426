"""An event loop whose time passes at once when everybody waits: an hour of sleeping takes no time, the order of events stays."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.store.sqlite.connection import _Thread

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits for real while work is under way in other threads, and jumps over every other wait."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: Callable[[], int] = lambda: 0
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        while self.under_way():
            if events := super().select(0.02):
                return events
        if events := super().select(0):
            return events
        if timeout is None:
            return super().select(None)
        self.passed += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.patient = _Selector()
        super().__init__(self.patient)

    def time(self) -> float:
        return self.patient.passed


class VirtualClock:
    """The loop's time as the product's clock."""

    def __init__(self, start: datetime, loop: VirtualLoop) -> None:
        self._start, self._loop = start, loop

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def observe(self, date: datetime) -> None:
        """This clock is never wrong."""


def run(work: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """``work`` to its end in virtual time. Call it outside of any running loop."""
    loop = VirtualLoop()
    try:
        with _counted() as under_way:
            loop.patient.under_way = under_way
            return loop.run_until_complete(work(loop))
    finally:
        loop.close()


@contextmanager
def _counted() -> Generator[Callable[[], int], None, None]:
    """How many questions the threads of databases are answering. Their answers are the only events that come from outside."""
    count = 0
    original = _Thread._execute

    async def counted(self: _Thread, *arguments: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        try:
            return await original(self, *arguments, **more)  # type: ignore[no-untyped-call]
        finally:
            count -= 1

    _Thread._execute = counted  # type: ignore[method-assign]
    try:
        yield lambda: count
    finally:
        _Thread._execute = original  # type: ignore[method-assign]
