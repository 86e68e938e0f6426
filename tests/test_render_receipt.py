"""The coverage receipt in words and bars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.domain.coverage import Coverage, DayState
from bot.domain.messages import Tone
from bot.ports import SourceRun
from bot.render.receipt import day_line, made_up, next_look, picture, share, told_rows
from bot.render.status import StatusReport, status_message
from tests.builders import NOON, later

TUESDAY, WEDNESDAY = date(2026, 4, 21), date(2026, 4, 22)
RUN = SourceRun(source="arxiv", started_at=NOON, finished_at=NOON, read=1204, new=1200, merged=4, announced=1204)
ROW = Coverage(source="arxiv", category="cs.CL", day=WEDNESDAY, state=DayState.FRESH, announced=124, fetched=124, new=120, looked_at=NOON)


def stalled(category: str, day: date = WEDNESDAY) -> Coverage:
    return replace(ROW, category=category, day=day, state=DayState.STALLED, announced=0, fetched=0, new=0, note="still shows an old batch")


def test_a_day_read_whole_is_told_in_a_few_words() -> None:
    assert share(RUN, [ROW]) == "arXiv 1,204 announced, all fetched"
    assert share(RUN, []) == "arXiv 1,204 announced, all fetched"
    assert share(replace(RUN, announced=0), [ROW]) == "arXiv announced nothing new"


def test_what_is_missing_is_counted() -> None:
    days = [replace(ROW, fetched=120, unreadable=1), replace(ROW, day=TUESDAY, unreadable=5)]
    assert share(RUN, days) == "arXiv 1,204 announced, 1 unreadable, 3 not had yet"


def test_a_category_that_stands_still_is_named_with_its_day() -> None:
    assert share(RUN, [ROW, stalled("cs.AI")]) == "arXiv 1,204 announced, all fetched; cs.AI stalled on Wed 22 Apr"
    many = [stalled(name) for name in ("cs.AI", "cs.CV", "cs.LG", "cs.RO", "cs.SE")]
    assert share(RUN, [ROW, *many]).endswith("cs.AI, cs.CV, cs.LG and 2 more stalled on Wed 22 Apr")


def test_a_day_that_is_not_out_anywhere_is_told_once() -> None:
    waiting = [replace(ROW, category=name, state=DayState.WAITING, announced=0, fetched=0) for name in ("cs.CL", "cs.AI")]
    assert share(RUN, waiting).endswith("; Wed 22 Apr not out yet")
    assert share(RUN, [waiting[0], replace(ROW, category="cs.AI")]).endswith("; cs.CL not out yet on Wed 22 Apr")


def test_a_source_that_failed_says_so_and_its_days_as_well() -> None:
    failed = replace(stalled("cs.CL"), state=DayState.FAILED)
    assert share(replace(RUN, error="no answer"), [failed]) == "arXiv could not be read; cs.CL not read whole on Wed 22 Apr"


def test_days_that_were_made_up_for_are_named() -> None:
    late = [replace(ROW, day=TUESDAY), replace(ROW, category="cs.AI", announced=1212)]
    assert made_up(late) == "arXiv cs.CL had 124 on Tue 21 Apr, arXiv cs.AI had 1,212 on Wed 22 Apr, read afterwards"
    many = [replace(ROW, category=f"cs.A{letter}") for letter in "ABCDE"]
    assert made_up(many) == "arXiv had 620 on Wed 22 Apr in 5 categories, read afterwards"


def test_a_row_tells_all_its_counts_and_why_where_something_is_wrong() -> None:
    assert day_line(replace(ROW, merged=4, unreadable=2)) == (
        "Wed 22 Apr fresh · 124 announced, 124 fetched, 120 new, 4 merged, 2 unreadable"
    )
    assert day_line(stalled("cs.AI")) == "Wed 22 Apr stalled · still shows an old batch"
    assert day_line(replace(ROW, state=DayState.QUIET, announced=0, note="no mailing in this night")) == (
        "Wed 22 Apr quiet · no mailing in this night"
    )
    assert day_line(replace(ROW, repaired_at=NOON, note="read afterwards")).endswith("· read afterwards")


def test_the_newest_day_of_each_category_and_every_open_one_are_told() -> None:
    rows = [stalled("cs.CL", TUESDAY), ROW, replace(ROW, category="cs.AI", day=TUESDAY), replace(ROW, category="cs.AI")]
    assert [(one.category, one.day) for one in told_rows(rows)] == [("cs.AI", WEDNESDAY), ("cs.CL", WEDNESDAY), ("cs.CL", TUESDAY)]


def test_the_next_look_is_told_in_minutes_or_by_the_clock() -> None:
    assert next_look(None, NOON) == ""
    assert next_look(later(minutes=55), NOON) == "looks again in 55 min"
    assert next_look(later(hours=4), NOON) == "looks again at 16:00 UTC"
    assert next_look(NOON, NOON) == "looks again any moment"


def test_a_source_is_read_next_when_its_days_say_so_and_else_as_often_as_configured() -> None:
    rows = tuple(
        replace(ROW, category=name, next_look=at) for name, at in (("cs.CL", later(minutes=30)), ("cs.AI", later(hours=4)), ("x", None))
    )
    old = replace(ROW, category="cs.LG", looked_at=later(hours=-9), next_look=later(hours=-8))
    feed = replace(RUN, source="nature")
    report = StatusReport(
        papers=5,
        subscriptions=1,
        channels=(),
        runs=(RUN, feed, replace(RUN, source="import:x")),
        deliveries={},
        now=NOON,
        coverage=(*rows, old),
        every={"arxiv": timedelta(hours=1), "nature": timedelta(minutes=90)},
    )
    assert [report.next_look(run) for run in report.runs] == [later(minutes=30), later(minutes=90), None]
    details = [item.detail for item in status_message(report).items[:3]]
    assert details == ["just now, looks again in 30 min", "just now, looks again in 90 min", "just now"]


def test_a_source_that_nobody_reads_any_more_is_told() -> None:
    due = RUN.finished_at + timedelta(hours=4)
    every = {"arxiv": timedelta(hours=4)}
    report = StatusReport(papers=5, subscriptions=1, channels=(), runs=(RUN,), deliveries={}, now=due + timedelta(hours=4), every=every)
    assert status_message(report).tone is Tone.GOOD
    later_on = replace(report, now=report.now + timedelta(minutes=1))
    message = status_message(later_on)
    assert message.tone is Tone.WARNING and message.items[0].detail == "8 h ago, nobody reads it any more"
    assert status_message(replace(later_on, every={})).tone is Tone.GOOD, "the configuration does not name it any more"
    often = replace(report, every={"arxiv": timedelta(minutes=5)}, now=RUN.finished_at + timedelta(minutes=60))
    assert status_message(often).tone is Tone.GOOD, "a reading may take a while"


def test_counts_are_drawn_day_by_day_with_signs_where_something_is_missing() -> None:
    two_weeks_ago = WEDNESDAY - timedelta(days=14)
    counts = {0: 30, 1: 60, 2: 120, 5: 0}
    rows = [replace(ROW, day=two_weeks_ago + timedelta(days=number), announced=count) for number, count in counts.items()]
    rows += [replace(ROW, day=two_weeks_ago + timedelta(days=6), state=DayState.QUIET, announced=0), stalled("cs.CL", TUESDAY)]
    rows += [replace(ROW, category="math.AP", announced=9)]
    assert picture(rows, WEDNESDAY).splitlines() == ["cs.CL    ▂▄█▁·    ?   120", "math.AP            █  9"]
    assert picture([], WEDNESDAY) == ""


def test_the_status_tells_of_each_day_and_warns_where_one_is_wrong() -> None:
    report = StatusReport(
        papers=5, subscriptions=1, channels=(), runs=(RUN,), deliveries={}, now=later(minutes=5), coverage=(ROW, stalled("cs.AI"))
    )
    message = status_message(report)
    assert [(item.label, item.text) for item in message.items] == [
        ("arXiv", "1,204 announced, all fetched · 1,200 new, 4 merged, 0 changed"),
        ("arXiv cs.AI", "Wed 22 Apr stalled · still shows an old batch"),
        ("arXiv cs.CL", "Wed 22 Apr fresh · 124 announced, 124 fetched, 120 new, 0 merged"),
    ]
    assert message.tone is Tone.WARNING and "cs.AI" in message.chart
    assert status_message(replace(report, coverage=(ROW,))).tone is Tone.GOOD
    many = tuple(replace(ROW, category=f"cs.A{number}") for number in range(40))
    assert "and 16 more" in status_message(replace(report, coverage=many)).items[-1].text
