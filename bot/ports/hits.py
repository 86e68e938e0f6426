"""What the matcher tells the store of a paper, and the store of a paper that was matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Terms


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A standing rule that matches a paper. ``clause`` is the part of the rule that made the match, in canonical form; ``whole``: it is
    known to be all of the rule, so that nobody need keep it."""

    rule: int
    clause: str
    possible: bool = False
    whole: bool = field(default=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A stored paper that a destination might be shown. ``reasons`` are clauses of its rules, best first; ``numbers`` the subscriptions
    that bring it, in the same order."""

    stored: StoredPaper
    reasons: tuple[str, ...]
    numbers: tuple[int, ...] = ()


#: Called by the store for each new or changed paper inside the transaction that writes it. Plain function, no I/O.
Match = Callable[[Paper, Terms], Sequence[Hit]]
