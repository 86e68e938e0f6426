"""What a run saw of each announcement day, and what became of it in the store: the rows of the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.domain.coverage import Coverage, DayState, Seen
from bot.domain.papers import Paper
from bot.ports import Intake, PaperOutcome


class Tally:
    """Collects during one run of a source."""

    def __init__(self, source: str, at: datetime) -> None:
        self._source = source
        self._at = at
        self._seen: dict[tuple[str, date], Seen] = {}
        self._outcomes: dict[str, PaperOutcome] = {}
        self._repaired: set[str] = set()

    def see(self, days: Sequence[Seen]) -> None:
        """A later word on a day replaces an earlier one of the same run."""
        for one in days:
            self._seen[one.category, one.day] = one
            if one.repaired:
                self._repaired |= one.given

    def repairs(self, paper: Paper) -> bool:
        """Whether this paper belongs to a day that had been missed."""
        return not self._repaired.isdisjoint(paper.keys)

    def count(self, papers: Sequence[Paper], intake: Intake) -> None:
        for paper, outcome in zip(papers, intake.outcomes, strict=True):
            for key in paper.keys:
                self._outcomes.setdefault(key, outcome)

    def days(self) -> list[Coverage]:
        return [self._row(one) for one in self._seen.values()]

    def _row(self, one: Seen) -> Coverage:
        outcomes = [self._outcomes[key] for key in one.given if key in self._outcomes]
        fetched = one.earlier + len(outcomes)
        # The run broke off, or the papers never came: then the day is not whole, whatever the source had hoped.
        whole = one.state is not DayState.FRESH or fetched + one.unreadable >= one.announced
        return Coverage(
            source=self._source,
            category=one.category,
            day=one.day,
            state=one.state if whole else DayState.FAILED,
            announced=one.announced,
            fetched=fetched,
            new=outcomes.count("new"),
            merged=outcomes.count("merged"),
            unreadable=one.unreadable,
            looked_at=self._at,
            next_look=one.next_look,
            note=one.note if whole else one.note or "the run ended before all of it was read",
            repaired_at=self._at if one.repaired else None,
        )
