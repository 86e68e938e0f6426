"""arXiv's calendar, as far as it can be known."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.announcements import current_day, has_listing, is_holiday, listing_day, next_rebuild, weekdays_between


@pytest.mark.parametrize(
    ("submitted", "expected"),
    [
        ((2026, 4, 20, 13, 0), (2026, 4, 21)),  # Monday morning
        ((2026, 4, 20, 19, 0), (2026, 4, 22)),  # Monday after the cut-off
        ((2026, 4, 23, 19, 0), (2026, 4, 27)),  # Thursday after the cut-off: announced on Sunday
        ((2026, 4, 24, 19, 0), (2026, 4, 28)),  # Friday after the cut-off: announced on Monday
        ((2026, 4, 25, 12, 0), (2026, 4, 28)),
    ],
)
def test_a_submission_is_listed_after_its_cut_off(submitted: tuple[int, ...], expected: tuple[int, int, int]) -> None:
    assert listing_day(datetime(*submitted, tzinfo=UTC)) == date(*expected)  # type: ignore[arg-type, misc]  # year to minute


def test_listings_are_dated_monday_to_friday_but_for_the_mornings_after_holidays() -> None:
    week = [date(2026, 11, day) for day in range(23, 30)]
    assert [day for day in week if has_listing(day)] == week[:4]  # Thanksgiving is the 26th: nothing on Friday morning
    assert has_listing(date(2026, 11, 30))


@pytest.mark.parametrize("day", [(1, 1), (1, 19), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25), (12, 29), (12, 31)])
def test_the_holidays_of_2026_come_out_of_the_rules(day: tuple[int, int]) -> None:
    assert is_holiday(date(2026, *day))


@pytest.mark.parametrize("day", [(1, 2), (5, 25), (7, 2), (9, 8), (10, 12), (11, 11), (11, 27), (12, 23)])
def test_other_days_of_2026_are_none(day: tuple[int, int]) -> None:
    assert not is_holiday(date(2026, *day))


@pytest.mark.parametrize("day", [(2023, 1, 16), (2023, 6, 19), (2023, 7, 4), (2023, 9, 4), (2023, 11, 23), (2023, 12, 25), (2028, 11, 23)])
def test_the_rules_hold_for_other_years(day: tuple[int, int, int]) -> None:
    assert is_holiday(date(*day))


def test_the_newest_listing_changes_at_midnight_in_new_york() -> None:
    assert current_day(datetime(2026, 4, 22, 3, 59, tzinfo=UTC)) == date(2026, 4, 21)
    assert current_day(datetime(2026, 4, 22, 4, 0, tzinfo=UTC)) == date(2026, 4, 22)
    assert current_day(datetime(2026, 4, 26, 12, 0, tzinfo=UTC)) == date(2026, 4, 24)
    assert next_rebuild(datetime(2026, 4, 24, 12, 0, tzinfo=UTC)) == datetime(2026, 4, 27, 4, 0, tzinfo=UTC)
    assert next_rebuild(datetime(2026, 1, 14, 12, 0, tzinfo=UTC)) == datetime(2026, 1, 15, 5, 0, tzinfo=UTC)


def test_weekdays_between_two_days_leave_both_out() -> None:
    assert weekdays_between(date(2026, 4, 23), date(2026, 4, 28)) == [date(2026, 4, 24), date(2026, 4, 27)]
    assert weekdays_between(date(2026, 4, 23), date(2026, 4, 23)) == weekdays_between(date(2026, 4, 23), date(2026, 4, 1)) == []
