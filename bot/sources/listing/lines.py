"""What the readers of listing pages share: numbered lines, dates, link lines, page furniture, and what a reading consists of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from bot.domain.papers import Link, LinkKind, Paper


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that is not blank, without the white space around it. ``number`` counts from 1, blank lines included."""

    number: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something about a line that was not understood."""

    line: int
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A paper and the numbers of the lines it was read from."""

    paper: Paper
    lines: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    entries: tuple[Entry, ...] = ()
    #: About lines of the entries, where a part of the line was not understood.
    remarks: tuple[Remark, ...] = ()


def split_lines(text: str) -> list[Line]:
    """Lines as an editor numbers them."""
    pieces = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    return [Line(number=number, text=piece.strip()) for number, piece in enumerate(pieces, 1) if piece.strip()]


def quoted(text: str, width: int = 80) -> str:
    text = " ".join(text.split())
    return f'"{text}"' if len(text) <= width else f'"{text[: width - 1]}…"'


def is_prose(text: str) -> bool:
    """Whether a line is running text such as an abstract. Titles are shorter and do not end in a full stop."""
    words = len(text.split())
    return words >= 35 or (words >= 8 and text.endswith("."))


def numbers_of(lines: Sequence[Line]) -> tuple[int, ...]:
    return tuple(line.number for line in lines)


# --- furniture: what stands on the page and belongs to no paper ------------------------------------------------------

MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FURNITURE = re.compile(
    rf"new|subscribe|daily papers|trending papers|load more|previous|next"
    rf"|get trending papers in your email inbox(?: once a day)?!|by ?ak and the research community|{MONTH} \d{{1,2}}",
    re.IGNORECASE,
)
_GLUED = re.compile(r"Subscribe(?=[A-Z\d])")


def is_furniture(text: str) -> bool:
    return _FURNITURE.fullmatch(text) is not None


def without_glued_button(title: str) -> str:
    """A page saved as text can glue its "Subscribe" button to the title that follows it."""
    return _GLUED.sub("", title, count=1) if _GLUED.match(title) else title


# --- dates -----------------------------------------------------------------------------------------------------------


def month_date(month: str, day: str, year: str | None, today: date) -> date | None:
    """``Oct``, ``12``, ``2022``; without a year the last such day that is not after ``today``. ``None``: no such day."""
    number = _MONTHS.index(month[:3].title()) + 1
    # A leap day may lie up to eight years back.
    for candidate in (int(year),) if year else range(today.year, max(today.year - 9, 0), -1):
        with suppress(ValueError):
            found = date(candidate, number, int(day))
            if year or found <= today:
                return found
    return None


def iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- link lines ------------------------------------------------------------------------------------------------------

_LINK = re.compile(r"(?P<label>[A-Za-z][A-Za-z ]{0,30}?)(?: links?)?: *(?P<url>https?://\S+)")
_KINDS = {
    "code": LinkKind.CODE,
    "source code": LinkKind.CODE,
    "github": LinkKind.CODE,
    "repository": LinkKind.CODE,
    "data": LinkKind.DATA,
    "dataset": LinkKind.DATA,
    "datasets": LinkKind.DATA,
    "project": LinkKind.PROJECT,
    "project page": LinkKind.PROJECT,
    "project website": LinkKind.PROJECT,
    "website": LinkKind.PROJECT,
    "homepage": LinkKind.PROJECT,
    "demo": LinkKind.PROJECT,
    "pdf": LinkKind.PDF,
    "paper": LinkKind.PAGE,
}


def link_line(text: str) -> Link | None:
    """``Code: https://…``, ``dataset link: https://…``; ``None`` for any other line or label."""
    if (found := _LINK.fullmatch(text)) and (kind := _KINDS.get(found["label"].lower())):
        return Link(kind=kind, url=found["url"])
    return None
