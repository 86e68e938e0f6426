"""Small values inside options: a day to pause until, kinds of announcement, the number of a subscription."""

from __future__ import annotations

import re
from datetime import date, timedelta
from difflib import get_close_matches

from bot.domain.schedule import DAY_NAMES
from bot.errors import BadInput

TYPES = ("new", "cross", "update")
_EXAMPLE = 'write a day such as "2026-12-01", "tomorrow" or "monday", or a time from now such as "7d" or "2w"'
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: A pause longer than this is more likely a slip of the finger.
_LONGEST_PAUSE = timedelta(days=730)
_YEAR = 365


def parse_until(text: str, today: date) -> date:
    """The local day on which posting begins again. ``BadInput`` for what is no day or lies behind."""
    word = text.casefold().strip().removeprefix("until ").removeprefix("for ").strip()
    day = _day(word, today)
    if day is None:
        raise BadInput(f'"{text}" is not a day', _EXAMPLE, fixes=_close_days(word))
    if day <= today:
        raise BadInput(f'"{text}" is not after today', _EXAMPLE, fixes=("tomorrow", "7d"))
    if day - today > _LONGEST_PAUSE:
        raise BadInput(f'"{text}" is more than two years away', "leave the day out, and end it whenever you like", fixes=("104w", "7d"))
    return day


def parse_types(text: str) -> tuple[str, ...]:
    """``new,cross`` as kinds in their fixed order, each once."""
    words = [word for word in re.split(r"[,\s|+]+", text.casefold()) if word]
    singular = [TYPES[2] if word in ("updates", "replace", "replacement", "replacements") else word for word in words]
    wrong = next((word for word in singular if word not in TYPES), "")
    if wrong or not words:
        close = [get_close_matches(word, TYPES, n=1, cutoff=0.5) for word in singular]
        meant = ",".join(dict.fromkeys(found[0] for found in close if found))
        step = f"choose from {', '.join(TYPES)}, for example types:new,cross"
        raise BadInput(f'types cannot be "{wrong or text}"', step, fixes=(meant,) if meant else ("new,cross", ",".join(TYPES)))
    return tuple(kind for kind in TYPES if kind in singular)


def parse_number(text: str) -> int | None:
    """The number in ``#2`` or ``2``; ``None`` for anything else."""
    found = re.fullmatch(r"#?\s*([0-9]{1,9})", text.strip())
    return int(found[1]) if found else None


def parse_span(text: str) -> int:
    """A number of days, 1 to 365, in ``7``, ``7d``, ``2w``, ``1m`` or ``1y``. ``BadInput`` for anything else."""
    found = re.fullmatch(r"(\d{1,3})\s*(d|days?|w|weeks?|m|months?|y|years?)?", text.strip().casefold())
    days = int(found[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[(found[2] or "d")[0]] if found else 0
    if not 1 <= days <= _YEAR:
        number = re.search(r"[1-9]\d?", text)
        raise BadInput(f'"{text}" is no span of days', "write 7d, 2w or 1m, a year at most", fixes=(f"{number[0]}d" if number else "7d",))
    return days


def _close_days(word: str) -> tuple[str, ...]:
    """Days that a word may have been meant as."""
    if number := re.search(r"\d{1,3}", word):
        return (f"{number[0]}d", f"{number[0]}w")
    close = get_close_matches(word, ("tomorrow", *_FULL_DAYS), n=1, cutoff=0.6)
    return (*close, "7d")


def _day(word: str, today: date) -> date | None:
    if word == "yesterday":
        return today - timedelta(days=1)
    if word in ("today", "now"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    if found := re.fullmatch(r"(\d{1,3}|a|one|next)\s*(d|days?|w|weeks?|m|months?)", word):
        number = int(found[1]) if found[1].isdecimal() else 1
        return today + timedelta(days=number * {"d": 1, "w": 7, "m": 30}[found[2][0]])
    if len(word) >= 3 and word[:3] in DAY_NAMES and re.fullmatch(r"[a-z]+", word):
        return today + timedelta(days=(DAY_NAMES.index(word[:3]) - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
