"""Numbers, days and lists as they are printed everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.subscriptions import Destination

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BLOCKS = " ▁▂▃▄▅▆▇█"


def counted(number: int, noun: str) -> str:
    """``1 paper``, ``1,204 papers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def day_name(day: date) -> str:
    """``Thu 20 Nov``: a day near now."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    """``20 Nov 2025``: a day of any year."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_name(moment: datetime, zone: str) -> str:
    """``Thu 20 Nov 09:00 (Europe/Berlin)``: a UTC moment by the clocks of a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{day_name(local.date())} {local:%H:%M} ({zone})"


def joined(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut between words where that is possible, with … for what is gone."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    whole = cut.rsplit(" ", 1)[0].rstrip(" ,;:")
    return (whole if len(whole) > limit // 2 else cut) + "…"


def bars(days: Mapping[date, int], *, first: date, last: date, rows: int = 1) -> str:
    """Papers per day from ``first`` to ``last`` as columns of blocks, ``rows`` lines high, with the days below.

    More than 60 days are put together by weeks, so that a line fits a phone.
    """
    width = 1 if (last - first).days < 60 else 7
    starts = [first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, width)]
    sums = [sum(days.get(start + timedelta(days=offset), 0) for offset in range(width)) for start in starts]
    top = max(sums, default=0)
    if not top:
        return ""
    # A day with anything at all is seen: at least one eighth.
    heights = [max(1, round(one * rows * 8 / top)) if one else 0 for one in sums]
    margin = len(f"{top:,}")
    lines = []
    for row in reversed(range(rows)):
        label = f"{top:,}" if row == rows - 1 else ""
        lines.append(f"{label:>{margin}} " + "".join(_BLOCKS[min(8, max(0, height - row * 8))] for height in heights).rstrip())
    begin, end = (full_day(first), full_day(last)) if width == 7 else (day_name(first)[4:], day_name(last)[4:])
    gap = max(2, len(sums) - len(begin) - len(end))
    lines.append(" " * (margin + 1) + begin + " " * gap + end)
    if width == 7:
        lines.append(" " * (margin + 1) + "one column is a week")
    return "\n".join(lines)


def where(destination: Destination) -> str:
    """The destination inside a sentence: ``you``, ``#nlp``, ``this channel``."""
    if destination.personal:
        return "you"
    return destination.name or "this channel"


def for_me(destination: Destination) -> str:
    """What ends a line to type that is about ``destination``: nothing in a channel, " to:me" for one's own messages."""
    return " to:me" if destination.personal else ""


def scope(destination: Destination) -> str:
    """How a button names the destination again: "me" for one's own, "here" for the channel it is pressed in."""
    return "me" if destination.personal else "here"
