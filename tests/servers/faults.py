"""Random trouble for the loopback servers: which request goes wrong, how, and what lands late."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

Kind = Literal["500", "503", "cut", "stall", "garbage", "429", "late"]
KINDS: tuple[Kind, ...] = ("500", "503", "cut", "stall", "garbage", "429", "late")


@dataclass(frozen=True, slots=True)
class Trouble:
    """``after``: the work is done first, and only the answer goes wrong."""

    kind: str
    after: bool = False


class FaultPlan:
    """Each request goes wrong with ``probability``, in one of ``kinds``.

    A kind is a name of ``KINDS``, before or after the work as chance has it, or pinned: "500:before", "500:after". "429" is always
    before. "late": the connection is cut, and the message is stored ``late`` seconds later by the server's clock.

    ``on``: "posts" only, or "all" requests about channels and messages. ``patience``: seconds until a stalled connection is cut;
    ``None`` leaves it to the client to give up. ``retry_after``: seconds that a 429 asks for. ``drawn`` counts what happened.
    """

    def __init__(
        self,
        seed: int,
        probability: float,
        kinds: Sequence[str] = KINDS,
        *,
        on: Literal["posts", "all"] = "posts",
        late: float = 20.0,
        patience: float | None = None,
        retry_after: float = 1.0,
    ) -> None:
        unknown = {kind.partition(":")[0] for kind in kinds} - set(KINDS)
        if unknown or not kinds:
            raise ValueError(f"{sorted(unknown)} are no kinds of fault; there are {KINDS}")
        self._random = Random(seed)
        self.probability = probability
        self.kinds = tuple(kinds)
        self.on = on
        self.late = late
        self.patience = patience
        self.retry_after = retry_after
        self.drawn: Counter[str] = Counter()

    def draw(self, *, post: bool) -> Trouble | None:
        """What goes wrong with this request. ``post``: it is one that posts a message."""
        if (self.on == "posts" and not post) or self._random.random() >= self.probability:
            return None
        kind, _, when = self._random.choice(self.kinds).partition(":")
        after = when == "after" if when else self._random.random() < 0.5
        if kind == "late" and not post:
            kind, after = "cut", False
        if kind in ("429", "late"):
            after = False
        trouble = Trouble(kind, after)
        self.drawn[f"{kind}:{'after' if after else 'before'}"] += 1
        return trouble


class Landing:
    """Work that is done later, by the server's clock: when it is due, or when that clock is moved past it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._work: list[tuple[datetime, Callable[[], object]]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    def __len__(self) -> int:
        """How much is still to land."""
        return len(self._work)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        self._work.append((self._now() + timedelta(seconds=seconds), work))
        self._timers.add(asyncio.get_running_loop().call_later(seconds, self.land))

    def land(self) -> None:
        """Do what is due."""
        now = self._now()
        due = sorted((one for one in self._work if one[0] <= now), key=lambda one: one[0])
        self._work = [one for one in self._work if one[0] > now]
        for _, work in due:
            work()

    def stop(self) -> None:
        """Nothing lands any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._work.clear()
