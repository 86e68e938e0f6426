"""How fast may we post, and where not at all just now: budgets per destination and per token, pauses, and a breaker."""

from __future__ import annotations

from bot.ports import Adapter, Clock

#: Seconds to leave a platform alone after the fifth, sixth, ... answer in a row that was no answer.
BREAKER = (5.0, 15.0, 60.0, 300.0)
#: Answers in a row that were none before the breaker opens.
PATIENCE = 5


class Budget:
    """Times are elapsed seconds of the clock. A slot that is reserved is used: what is left over is not saved up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._paused: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def reserve(self, adapter: Adapter, destination: str) -> float:
        """Seconds to wait before the post that this call makes room for."""
        now = self._clock.monotonic()
        slot = max(now, self._next.get(adapter.name, 0.0))
        self._next[adapter.name] = slot + adapter.pace.overall
        self._next[destination] = slot + adapter.pace.each
        return slot - now

    def cooling(self) -> dict[str, float]:
        """Destinations that must wait, with the seconds left. What is over is forgotten, so that this stays small."""
        now = self._clock.monotonic()
        self._next = {name: at for name, at in self._next.items() if at > now}
        return {name: at - now for name, at in self._next.items() if ":" in name}

    def pause(self, platform: str, seconds: float) -> None:
        """Nothing to this platform for so long."""
        self._paused[platform] = max(self._paused.get(platform, 0.0), self._clock.monotonic() + seconds)

    def paused(self, platform: str) -> float:
        """Seconds until the platform may be spoken to; 0 when it may be now."""
        return max(0.0, self._paused.get(platform, 0.0) - self._clock.monotonic())

    def answered(self, platform: str) -> None:
        """The platform answered, whatever it said."""
        self._failures.pop(platform, None)

    def unanswered(self, platform: str) -> None:
        """The platform did not answer, or with a fault of its own: after some in a row it is left alone for a while."""
        count = self._failures[platform] = self._failures.get(platform, 0) + 1
        if count >= PATIENCE:
            self.pause(platform, BREAKER[min(count - PATIENCE, len(BREAKER) - 1)])
