"""Counts over time in words: for those who do not see the picture, and where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.messages import Item, Message
from bot.ports import Chart, Series
from bot.render.rehearsal import Rehearsal, volume
from bot.render.words import counted, joined

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BLOCKS = " ▁▂▃▄▅▆▇█"
#: As many columns as a phone shows in one line.
_WIDTH = 40


def trend_message(chart: Chart) -> Message:
    """One line for each series: its shape, its sum, its best month."""
    items = tuple(Item(label=one.name, text=_story(one)) for one in chart.series)
    first, last = chart.series[0].points[0][0], chart.series[0].points[-1][0]
    width = max(len(one.name) for one in chart.series) if len(chart.series) > 1 else 0
    lines = [f"{one.name:<{min(width, 30)}.30} {sparkline([count for _, count in one.points])}".strip() for one in chart.series]
    return Message(
        heading=f"Papers per month, {month_name(first)} to {month_name(last)}",
        chart="\n".join(lines),
        items=items,
        notice=f"{chart.source}. The last month is not over.",
    )


def rehearsal_picture(rehearsal: Rehearsal) -> Message:
    return Message(heading=f"{counted(rehearsal.total, 'paper')} in the last {counted(rehearsal.length, 'day')}", intro=volume(rehearsal))


def chart_in_words(chart: Chart) -> str:
    """What the picture shows, as its alternative text: at most 1,000 characters."""
    stories = joined([f"{one.name}: {_story(one)}" for one in chart.series])
    kind = "Bars" if chart.kind == "bars" else "Lines"
    text = f"{kind} of {chart.unit}. {stories}"
    return text if len(text) <= 1000 else f"{text[:999]}…"


def _story(series: Series) -> str:
    total = sum(count for _, count in series.points)
    if not total:
        return "no paper"
    best, most = max(series.points, key=lambda point: (point[1], point[0]))
    (_, first), (_, last) = series.points[0], series.points[-1]
    unit = f"in {month_name(best)}" if all(day.day == 1 for day, _ in series.points) else f"on {best.day} {month_name(best)}"
    return f"{counted(total, 'paper')}, {first:,} at the beginning, most {unit} ({most:,}), {last:,} at the end"


def sparkline(counts: Sequence[int]) -> str:
    """Counts as columns of one line, the newest ``_WIDTH`` of them; anything at all is seen."""
    shown = counts[-_WIDTH:]
    top = max(shown, default=0)
    return "".join(_BLOCKS[max(1, round(count * 8 / top))] if count else _BLOCKS[0] for count in shown) if top else ""


def month_name(day: date) -> str:
    """``Nov 2026``."""
    return f"{_MONTHS[day.month - 1]} {day.year}"
