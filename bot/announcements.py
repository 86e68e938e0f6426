"""arXiv's calendar: which days a listing can be dated. A hint only: what was announced is decided by what the sources hold.

Submissions until 14:00 in New York are announced at 20:00, Sunday to Thursday; the listing and the feeds carry the date of the next
morning, so listings are dated Monday to Friday (help pages "Availability of submissions" and "RSS", 2026).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_CUT_OFF = time(14)
_DAY = timedelta(days=1)


def listing_day(submitted: datetime) -> date:
    """The date of the listing in which a paper that came in at this moment is due, holidays aside."""
    local = submitted.astimezone(EASTERN)
    closing = local.date() if local.time() < _CUT_OFF else local.date() + _DAY
    while closing.weekday() > 4:
        closing += _DAY
    return closing + (3 * _DAY if closing.weekday() == 4 else _DAY)


def has_listing(day: date) -> bool:
    """Whether the calendar lets one expect a listing of this date: a weekday whose last submissions did not close on a holiday."""
    return day.weekday() < 5 and not is_holiday(previous_weekday(day))


def current_day(now: datetime) -> date:
    """The date of the newest listing that is due by now; feeds are rebuilt at midnight in New York."""
    day = now.astimezone(EASTERN).date()
    while not has_listing(day):
        day -= _DAY
    return day


def next_rebuild(now: datetime) -> datetime:
    """When the feeds change next, if they keep to the calendar (UTC)."""
    day = now.astimezone(EASTERN).date() + _DAY
    while not has_listing(day):
        day += _DAY
    return datetime.combine(day, time(0), EASTERN).astimezone(UTC)


def weekdays_between(first: date, last: date) -> list[date]:
    """Monday to Friday strictly between two days."""
    days = ((first + number * _DAY) for number in range(1, max(0, (last - first).days)))
    return [day for day in days if day.weekday() < 5]


def previous_weekday(day: date) -> date:
    day -= _DAY
    while day.weekday() > 4:
        day -= _DAY
    return day


def is_holiday(day: date) -> bool:
    """Days on which arXiv sends no mailing, by the rules that its published lists of 2023 and 2026 follow; the last days of a year are
    never certain and count as holidays from 24 December on."""
    return day in _holidays(day.year) or (day.month == 12 and day.day >= 24)


def _holidays(year: int) -> set[date]:
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4)]
    return {_observed(day) for day in fixed} | {_nth(year, 1, 0, 3), _nth(year, 9, 0, 1), _nth(year, 11, 3, 4)}


def _observed(day: date) -> date:
    """A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after."""
    return day - _DAY if day.weekday() == 5 else day + _DAY if day.weekday() == 6 else day


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
