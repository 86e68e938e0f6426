"""How a category stands with its announcement days, decided by what its feed holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.coverage import KEPT_BATCHES, Known, Look, continuous, filed, gaps, judge, look_again, remembered
from bot.domain.coverage import DayState

#: Wednesday, two hours after the feeds were rebuilt.
NOW = datetime(2026, 4, 22, 6, tzinfo=UTC)
FRIDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 4, day) for day in (17, 20, 21, 22, 23))
FRESH, WAITING, QUIET, STALLED, FAILED = DayState


def papers(first: int, count: int = 10) -> frozenset[str]:
    return frozenset(f"2604.{number:05d}v1" for number in range(first, first + count))


OLD, NEW = papers(100), papers(1000)
BEFORE = Known(batches={TUESDAY: OLD}, states={TUESDAY: FRESH})


def a_look(items: Iterable[str] = NEW, own: date | None = WEDNESDAY, category: str = "cs.CL", **fields: object) -> Look:
    return Look(category=category, label=own, items=dict.fromkeys(items, own), **fields)  # type: ignore[arg-type]  # as the test names them


def states(looks: list[Look], known: dict[str, Known] | None = None, now: datetime = NOW) -> dict[tuple[str, date], DayState]:
    verdicts = judge(looks, {"cs.CL": BEFORE, "cs.AI": BEFORE} if known is None else known, now)
    return {(one.category, one.day): one.state for one in verdicts}


# --- where papers are filed ------------------------------------------------------------------------------------------


def test_a_new_batch_is_filed_under_the_date_it_carries() -> None:
    assert set(filed(a_look(), BEFORE, NOW).values()) == {WEDNESDAY}
    assert set(filed(a_look(own=None), BEFORE, NOW).values()) == {WEDNESDAY}, "without any date, under the day that is due"
    assert set(filed(a_look(), Known(), NOW).values()) == {WEDNESDAY}


def test_yesterdays_papers_under_todays_date_stay_yesterdays() -> None:
    assert set(filed(a_look(OLD), BEFORE, NOW).values()) == {TUESDAY}


def test_stragglers_in_a_feed_that_only_got_a_new_date_belong_to_the_old_batch() -> None:
    late = papers(150, 2)
    days = filed(a_look(OLD | late), BEFORE, NOW)
    assert {days[paper] for paper in late} == {TUESDAY}


def test_a_batch_that_comes_in_parts_is_told_from_the_old_one_by_its_own_date() -> None:
    first = papers(1000, 3)
    look = Look(category="cs.CL", label=WEDNESDAY, items=dict.fromkeys(OLD, TUESDAY) | dict.fromkeys(first, WEDNESDAY))
    days = filed(look, BEFORE, NOW)
    assert {days[paper] for paper in first} == {WEDNESDAY} and {days[paper] for paper in OLD} == {TUESDAY}


def test_a_new_batch_under_yesterdays_date_belongs_to_the_next_day() -> None:
    assert set(filed(a_look(own=TUESDAY), BEFORE, NOW).values()) == {WEDNESDAY}


def test_papers_that_come_late_on_the_same_day_stay_on_it() -> None:
    # Tuesday evening: the next listing is not due, whatever was in the feed before.
    assert set(filed(a_look(own=TUESDAY), BEFORE, NOW - timedelta(hours=10)).values()) == {TUESDAY}
    assert set(filed(a_look(OLD | papers(150, 2), own=TUESDAY), BEFORE, NOW).values()) == {TUESDAY}


def test_a_few_papers_of_an_older_date_are_filed_there() -> None:
    look = replace(a_look(), items=dict.fromkeys(NEW, WEDNESDAY) | dict.fromkeys(papers(50, 1), MONDAY))
    assert filed(look, BEFORE, NOW)["2604.00050v1"] == MONDAY


def test_a_date_in_the_future_is_not_believed() -> None:
    assert set(filed(a_look(own=date(2027, 1, 1)), BEFORE, NOW).values()) == {WEDNESDAY}


def test_a_day_read_without_versions_is_known_again_and_a_later_version_is_not_taken_for_it() -> None:
    unversioned = frozenset(paper[:-1] + "0" for paper in NEW)
    known = Known(batches={TUESDAY: OLD, WEDNESDAY: unversioned})
    (verdict,) = judge([a_look()], {"cs.CL": known}, NOW)
    assert verdict.papers == NEW
    second = frozenset(paper[:-1] + "2" for paper in NEW)
    assert set(filed(a_look(second, own=THURSDAY), known, NOW + timedelta(days=1)).values()) == {THURSDAY}


# --- the five states -------------------------------------------------------------------------------------------------


def test_a_batch_read_whole_is_fresh() -> None:
    assert states([a_look()]) == {("cs.CL", WEDNESDAY): FRESH}


def test_before_anybody_has_moved_a_day_is_waited_for() -> None:
    both = [a_look(OLD, TUESDAY), a_look(OLD, TUESDAY, category="cs.AI")]
    assert states(both) == {(name, day): state for name in ("cs.CL", "cs.AI") for day, state in ((TUESDAY, FRESH), (WEDNESDAY, WAITING))}
    unchanged = [Look(category="cs.CL", unchanged=True), Look(category="cs.AI", unchanged=True)]
    assert set(states(unchanged).values()) == {WAITING}
    assert set(states([Look(category="cs.CL"), Look(category="cs.AI")]).values()) == {WAITING}


@pytest.mark.parametrize(
    "still",
    [a_look(OLD, TUESDAY, category="cs.AI"), a_look(OLD, category="cs.AI"), Look(category="cs.AI", unchanged=True), Look(category="cs.AI")],
)
def test_a_category_that_stands_still_while_others_move_is_stalled(still: Look) -> None:
    assert states([a_look(), still])["cs.AI", WEDNESDAY] is STALLED


def test_a_small_category_may_have_nothing() -> None:
    small = Known(batches={TUESDAY: papers(100, 2)}, states={TUESDAY: FRESH})
    found = judge([a_look(), Look(category="math.KT")], {"cs.CL": BEFORE, "math.KT": small}, NOW)
    assert [(one.state, one.note) for one in found if one.category == "math.KT"] == [(QUIET, "nothing in this category")]


def test_a_feed_that_did_not_change_shows_what_it_showed_before() -> None:
    small, unchanged = Known(batches={TUESDAY: papers(100, 2)}, states={TUESDAY: FRESH}), Look(category="math.KT", unchanged=True)
    assert states([a_look(), unchanged], {"cs.CL": BEFORE, "math.KT": small})["math.KT", WEDNESDAY] is STALLED
    empty = Known(batches={MONDAY: papers(100, 2)}, states={MONDAY: FRESH, TUESDAY: QUIET})
    assert states([a_look(), unchanged], {"cs.CL": BEFORE, "math.KT": empty})["math.KT", WEDNESDAY] is QUIET


def test_a_category_that_cannot_be_read_fails_for_the_day_that_is_due_only() -> None:
    broken = Look(category="cs.AI", error="status 500")
    assert states([a_look(), broken])["cs.AI", WEDNESDAY] is FAILED
    done = Known(batches={WEDNESDAY: NEW}, states={WEDNESDAY: FRESH})
    assert states([broken], {"cs.AI": done}) == {}, "what was read whole stays so"


def test_a_feed_that_breaks_off_is_not_whole() -> None:
    (verdict,) = judge([a_look(whole=False, unreadable=1)], {"cs.CL": BEFORE}, NOW)
    assert (verdict.state, verdict.unreadable, verdict.papers) == (FAILED, 1, NEW)


def test_weekends_are_not_waited_for() -> None:
    read = Known(batches={FRIDAY: OLD}, states={FRIDAY: FRESH})
    sunday = datetime(2026, 4, 19, 12, tzinfo=UTC)
    assert states([a_look(OLD, FRIDAY)], {"cs.CL": read}, sunday) == {("cs.CL", FRIDAY): FRESH}
    assert states([Look(category="cs.CL")], {"cs.CL": read}, sunday) == {}


def test_the_morning_after_a_holiday_is_quiet_unless_something_comes() -> None:
    thursday, friday = date(2026, 11, 26), date(2026, 11, 27)
    read = {"cs.CL": Known(batches={thursday: OLD}, states={thursday: FRESH})}
    morning = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert states([Look(category="cs.CL")], read, morning) == {("cs.CL", friday): QUIET}
    assert states([a_look(own=friday)], read, morning) == {("cs.CL", friday): FRESH}


# --- what was missed -------------------------------------------------------------------------------------------------


def test_days_that_never_settled_are_gaps_until_they_do() -> None:
    known = Known(states={FRIDAY: FRESH, MONDAY: WAITING, WEDNESDAY: FRESH})
    assert gaps(known, WEDNESDAY, NOW) == [MONDAY, TUESDAY]
    settled = Known(states={**known.states, MONDAY: QUIET, TUESDAY: FRESH})
    assert gaps(settled, WEDNESDAY, NOW) == [] == gaps(Known(), WEDNESDAY, NOW)


def test_gaps_of_long_ago_are_left() -> None:
    known = Known(states={date(2026, 1, 5): FRESH, WEDNESDAY: FRESH})
    assert min(gaps(known, WEDNESDAY, NOW)) >= date(2026, 3, 23)


def test_numbers_that_go_on_leave_no_room_for_a_day_between() -> None:
    assert continuous(papers(100, 50), papers(160, 50)) is True
    assert continuous(papers(100, 50), papers(2600, 50)) is False
    sparse = frozenset(f"2604.{number:05d}v1" for number in range(100, 2100, 100))
    assert continuous(sparse, frozenset(f"2604.{number:05d}v1" for number in range(2200, 4200, 100))) is True


def test_a_paper_that_was_held_back_hides_no_hole() -> None:
    assert continuous(papers(100, 50), papers(2600, 50) | papers(20, 1) | {"2511.00001v1"}) is False


def test_few_numbers_and_another_month_do_not_tell() -> None:
    assert continuous(papers(100, 3), papers(2600, 50)) is None
    assert continuous(papers(100, 50), frozenset(f"2605.{number:05d}v1" for number in range(50))) is None
    assert continuous(["hep-th/9901001v1"] * 9, papers(1)) is None


# --- memory and the next look ----------------------------------------------------------------------------------------


def test_only_the_last_batches_and_the_states_of_some_weeks_are_remembered() -> None:
    known = BEFORE
    for number in range(60):
        now = NOW + timedelta(days=number)
        verdicts = judge([a_look(papers(1000 + 20 * number), now.date())], {"cs.CL": known}, now)
        known = remembered(known, verdicts, now)
    assert len(known.batches) == KEPT_BATCHES and 25 < len(known.states) <= 41


def test_the_next_look_is_soon_while_something_is_out() -> None:
    hour, rebuild = timedelta(hours=1), NOW + timedelta(hours=22)
    assert look_again([FRESH, STALLED], NOW, every=hour, rebuild=rebuild) == NOW + hour
    assert look_again([FRESH, QUIET], NOW, every=hour, rebuild=rebuild) == NOW + 4 * hour
    assert look_again([], NOW, every=hour, rebuild=NOW + 2 * hour) == NOW + 2 * hour
    assert look_again([FRESH], NOW, every=hour, rebuild=NOW + timedelta(minutes=5)) == NOW + hour
