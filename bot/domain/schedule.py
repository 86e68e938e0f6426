"""When a destination's digest is due: weekdays, a local time and an IANA zone, through every clock change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.clock import require_utc
from bot.errors import BadInput

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EXAMPLE = 'write it like "mon-fri 09:00", "daily 8:30" or "mon,thu 17:00"'
_NAMED = {"daily": frozenset(range(7)), "weekdays": frozenset(range(5)), "workdays": frozenset(range(5)), "weekends": frozenset((5, 6))}
_FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", *_NAMED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """``days`` count from Monday = 0. The occurrence of a day is named by that local date."""

    days: frozenset[int]
    at: time
    zone: str

    def __str__(self) -> str:
        return f"{_print_days(self.days)} {self.at:%H:%M}"

    def occurrence(self, day: date) -> datetime:
        """The UTC moment of local ``day``. In a gap of the local clock the first minute after it, in a fold the first pass."""
        zone = ZoneInfo(self.zone)
        moment = datetime.combine(day, self.at, zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, self.at):
            return moment
        # The local time does not exist that day: walk to the minute at which the clock has jumped over it.
        before = datetime.combine(day, self.at, zone).replace(fold=1).astimezone(UTC)
        moment = min(moment, before)
        while moment.astimezone(zone).replace(tzinfo=None) < datetime.combine(day, self.at):
            moment += timedelta(minutes=1)
        return moment

    def next_after(self, now: datetime) -> tuple[date, datetime]:
        """The first occurrence strictly after ``now``: its local date and its UTC moment."""
        return self._walk(now, 1)

    def last_until(self, now: datetime) -> tuple[date, datetime]:
        """The last occurrence at or before ``now``: its local date and its UTC moment."""
        return self._walk(now, -1)

    def _walk(self, now: datetime, step: int) -> tuple[date, datetime]:
        require_utc(now)
        day = now.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=step)
        for _ in range(10):
            if day.weekday() in self.days:
                moment = self.occurrence(day)
                if (moment > now) if step > 0 else (moment <= now):
                    return day, moment
            day += timedelta(days=step)
        raise AssertionError("a schedule has at least one weekday")


def parse_schedule(text: str, zone: str) -> Schedule:
    """``mon-fri 09:00`` in an IANA zone, also ``weekdays 9am`` or ``every day at 17.30``. ``BadInput`` names what was not understood,
    shows the form and offers what is near."""
    days, clock = _days_and_clock(text)
    if not clock or len(days.split()) > 1:
        raise BadInput(f'schedule "{text}" is not understood', _EXAMPLE, fixes=_near(days, clock))
    return Schedule(days=_parse_days(days or "daily", text, clock), at=_parse_time(clock, text, days), zone=check_zone(zone))


def _days_and_clock(text: str) -> tuple[str, str]:
    """The part that names days, as ``mon-fri`` or ``mon,thu``, and the part that names a time."""
    words = re.sub(r"\b(?:every ?day|each day|all days)\b", "daily", text.casefold())
    words = re.sub(r"\b(?:at|on|every|each|from|o'?clock)\b", " ", words)
    words = re.sub(r"\s*(?:\bto\b|\buntil\b|–|—|-)\s*", "-", words)
    words = re.sub(r"\s*(?:,|&|\+|\band\b)\s*", ",", words)
    words = re.sub(r"(\d)\s+(am|pm)\b", r"\1\2", words)
    parts = words.split()
    clock = next((part for part in parts if part[0].isdigit()), "")
    if clock:
        parts.remove(clock)
    return " ".join(parts), clock


def _near(days: str, clock: str) -> tuple[str, ...]:
    """Schedules that a text may have been meant as: what of it is understood, the rest as most have it."""
    try:
        time_of_day = _parse_time(clock or "9", clock, days)
    except BadInput:
        time_of_day = time(9)
    known: list[str] = []
    for part in [days, *days.replace("-", ",").replace(",", " ").split()]:
        try:
            known.append(_print_days(_parse_days(part or "mon-fri", part, "")))
        except BadInput:
            close = get_close_matches(part, _FULL_NAMES, n=1, cutoff=0.6)
            known += [close[0][:3] if close[0] not in _NAMED else close[0]] if close else []
    return tuple(f"{one} {time_of_day:%H:%M}" for one in dict.fromkeys([*known[:1], "mon-fri"]))


def check_zone(zone: str) -> str:
    """``zone`` in its official spelling; ``BadInput`` with the closest known one when there is no such zone."""
    try:
        if zone and not zone.startswith(("/", ".")):
            ZoneInfo(zone)
            return zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = {name.casefold().replace(" ", "_"): name for name in available_timezones()}
    wanted = zone.strip().casefold().replace(" ", "_")
    cities = {name.rsplit("/", 1)[-1]: official for name, official in sorted(known.items(), reverse=True)}
    if wanted in known:
        return known[wanted]
    close = cities.get(wanted) or next((official for name, official in sorted(known.items()) if wanted and wanted in name), "")
    if not close:
        near = get_close_matches(wanted, [*known, *cities], n=1, cutoff=0.6)
        close = (known.get(near[0]) or cities[near[0]]) if near else ""
    step = f'did you mean "{close}"?' if close else 'use a name like "Europe/Berlin" or "UTC"'
    raise BadInput(f'unknown time zone "{zone}"', step, fixes=(close,) if close else ("UTC",))


def _parse_time(text: str, whole: str, days: str) -> time:
    """``9``, ``9:30``, ``9.30``, ``9h30``, ``9am``, ``5:30pm``."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2})?)?(am|pm)?h?", text)
    hour, minute, half = (int(found[1]), int(found[2] or 0), found[3] or "") if found else (99, 0, "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 99
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise BadInput(f'schedule "{whole}" has no valid time of day', _EXAMPLE, fixes=(f"{days or 'mon-fri'} 09:00",))
    return time(hour, minute)


def _parse_days(text: str, whole: str, clock: str) -> frozenset[int]:
    """``clock``: the time that a repair is to name; empty for none."""
    if text in _NAMED:
        return _NAMED[text]
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            start = DAY_NAMES.index(first[:3])
            stop = DAY_NAMES.index(last[:3]) if dash else start
        except ValueError:
            fixes = _near(text, clock) if clock else ()
            raise BadInput(f'schedule "{whole}" names no weekday in "{part}"', _EXAMPLE, fixes=fixes) from None
        days.update((start + offset) % 7 for offset in range((stop - start) % 7 + 1))
    return frozenset(days)


def _print_days(days: frozenset[int]) -> str:
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        DAY_NAMES[run[0]] if len(run) == 1 else f"{DAY_NAMES[run[0]]}{'-' if len(run) > 2 else ','}{DAY_NAMES[run[-1]]}" for run in runs
    )
