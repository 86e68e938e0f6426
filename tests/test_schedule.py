"""Schedules: how they are written, and one occurrence for each local day through every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import Schedule, check_zone, parse_schedule
from bot.errors import BadInput

EVERY_DAY = frozenset(range(7))


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("mon-fri 09:00", "mon-fri 09:00"),
        ("Monday-Friday 9:00", "mon-fri 09:00"),
        ("daily 8:30", "daily 08:30"),
        ("8:30", "daily 08:30"),
        ("mon,thu 17:00", "mon,thu 17:00"),
        ("mon, thu 17", "mon,thu 17:00"),
        ("fri-mon 07:05", "mon,fri-sun 07:05"),
        ("weekdays 23:59", "mon-fri 23:59"),
        ("weekends 10:00", "sat,sun 10:00"),
    ],
)
def test_a_schedule_is_read_as_people_write_it_and_printed_in_one_form(typed: str, printed: str) -> None:
    schedule = parse_schedule(typed, "UTC")
    assert str(schedule) == printed
    assert parse_schedule(printed, "UTC") == schedule


@pytest.mark.parametrize("typed", ["", "mon-fri", "25:00", "mon 9:60", "someday 09:00", "mon tue 09:00", "9:00 9:00 9:00", "mon--fri 9:00"])
def test_a_schedule_that_cannot_be_read_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_schedule(typed, "UTC")
    assert "mon-fri 09:00" in refused.value.next_step


@pytest.mark.parametrize(("typed", "meant"), [("berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("Europe/Berln", "")])
def test_an_unknown_zone_is_refused_with_the_closest_known_one(typed: str, meant: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_zone(typed)
    assert (meant or "Europe/Berlin") in refused.value.next_step


@pytest.mark.parametrize("typed", ["", "/etc/passwd", "../UTC", "Mars/Olympus"])
def test_nonsense_is_no_zone(typed: str) -> None:
    with pytest.raises(BadInput):
        check_zone(typed)


def test_a_local_time_that_does_not_exist_moves_to_the_first_minute_that_does() -> None:
    schedule = Schedule(days=EVERY_DAY, at=time(2, 30), zone="America/New_York")
    assert schedule.occurrence(date(2026, 3, 8)) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_a_local_time_that_comes_twice_is_taken_the_first_time() -> None:
    schedule = Schedule(days=EVERY_DAY, at=time(1, 30), zone="America/New_York")
    first = schedule.occurrence(date(2026, 11, 1))
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert schedule.next_after(first)[0] == date(2026, 11, 2)


def test_after_downtime_only_the_latest_occurrence_counts() -> None:
    schedule = parse_schedule("mon-fri 09:00", "UTC")
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert schedule.last_until(sunday) == (date(2026, 11, 20), datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert schedule.next_after(sunday) == (date(2026, 11, 23), datetime(2026, 11, 23, 9, tzinfo=UTC))


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    at=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    start=st.dates(date(2024, 1, 1), date(2030, 12, 1)),
)
def test_every_zone_has_one_occurrence_a_day_twenty_to_twentyeight_hours_apart(zone: str, at: time, start: date) -> None:
    schedule = Schedule(days=EVERY_DAY, at=at, zone=zone)
    moment = datetime.combine(start, time(), UTC)
    previous = None
    for _ in range(20):
        day, moment = schedule.next_after(moment)
        assert moment.astimezone(ZoneInfo(zone)).date() == day
        if previous:
            assert day == previous[0] + timedelta(days=1)
            assert timedelta(hours=20) <= moment - previous[1] <= timedelta(hours=28)
        previous = (day, moment)
