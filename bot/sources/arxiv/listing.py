"""arXiv's listing pages (HTML): which papers a category announced on which of the last days, and how many."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.papers import parse_key

_HEADING = re.compile(r"<h3[^>]*>(.*?)</h3>", re.IGNORECASE | re.DOTALL)
_DATE = re.compile(r"\b(\d{1,2})\s+(\w{3})\w*\s+(\d{4})\b")
_COUNTS = re.compile(r"(?:showing\s+(?:first\s+|last\s+)?(?P<shown>\d+)(?:\s+of\s+(?P<all>\d+))?)\s+entries", re.IGNORECASE)
_ENTRY = re.compile(r"<dt\b[^>]*>(.*?)(?=</dt>|<dd\b|<dt\b|<h3\b|$)", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"href\s*=\s*[\"'](?:https?://(?:www\.)?arxiv\.org)?/abs/([^\"'?#]+)[\"']", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDay:
    """One day of a listing: keys of papers that are new in the category, and of those listed there from another one."""

    day: date
    new: tuple[str, ...]
    crossed: tuple[str, ...]
    #: As many papers as the page says that there are.
    total: int

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.new, *self.crossed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A page as far as it could be read. ``problem``: it is no listing at all."""

    days: tuple[ListedDay, ...]
    problem: str = ""

    def of(self, day: date) -> ListedDay | None:
        return next((one for one in self.days if one.day == day), None)

    def covers(self, day: date) -> bool:
        """Whether the page would show this day if there had been a listing."""
        return bool(self.days) and min(one.day for one in self.days) <= day <= max(one.day for one in self.days)


def parse_listing(body: bytes) -> Listing:
    """Days and ids of a page such as ``/list/cs.CL/pastweek``. A heading with a date opens a day; the rest may look as it likes."""
    text = body.decode("utf-8", "replace")
    headings = list(_HEADING.finditer(text))
    found: dict[date, ListedDay] = {}
    for number, heading in enumerate(headings):
        words = html.unescape(re.sub(r"<[^>]*>", " ", heading[1]))
        day = _day(words)
        if day is None:
            continue
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        new, crossed = _entries(text[heading.end() : end])
        counts = _COUNTS.search(words)
        total = int(counts["all"] or counts["shown"]) if counts else len(new) + len(crossed)
        found[day] = ListedDay(day=day, new=new, crossed=crossed, total=max(total, len(new) + len(crossed)))
    return Listing(days=tuple(found[day] for day in sorted(found)), problem="" if found else "no day in it")


def _entries(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    new: dict[str, None] = {}
    crossed: dict[str, None] = {}
    for entry in _ENTRY.finditer(text):
        link = _LINK.search(entry[1])
        key = parse_key(link[1]) if link else None
        if key and key.startswith("arxiv:"):
            (crossed if "cross-list" in entry[1] else new)[key] = None
    return tuple(new), tuple(key for key in crossed if key not in new)


def _day(words: str) -> date | None:
    found = _DATE.search(words)
    if found is None:
        return None
    try:
        return datetime.strptime(f"{found[1]} {found[2]} {found[3]}", "%d %b %Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
