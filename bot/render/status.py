"""How things stand, in words: for ``/papers status`` and ``papercrier status``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.coverage import unread
from bot.domain.coverage import Coverage, DayState
from bot.domain.deliveries import State
from bot.domain.messages import Item, Message, Tone
from bot.domain.subscriptions import Channel
from bot.ports import SourceRun
from bot.render.common import counted, day_name
from bot.render.receipt import brought, day_line, next_look, picture, source_name, told_rows

#: States that want somebody's attention.
TROUBLED = (State.HELD, State.FAILED, State.DEAD)
#: Days of a source that do.
ALARMING = (DayState.STALLED, DayState.FAILED)
#: Announcement days in a report: for so long, and so many lines.
LOOK_BACK = timedelta(days=14)
ROWS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusReport:
    """What is in the store and what was done last."""

    papers: int
    subscriptions: int
    channels: tuple[Channel, ...]
    runs: tuple[SourceRun, ...]
    deliveries: Mapping[State, int]
    now: datetime
    #: Announcement days of the last two weeks.
    coverage: tuple[Coverage, ...] = ()
    #: How often each of the sources that are followed is read.
    every: Mapping[str, timedelta] = field(default_factory=dict)

    def next_look(self, run: SourceRun) -> datetime | None:
        """When the source of ``run`` is read again: when its days say so, else so long after ``run``; ``None``: not by itself."""
        looks = [one.next_look for one in self.coverage if one.source == run.source and one.looked_at == run.started_at and one.next_look]
        every = self.every.get(run.source)
        return min(looks, default=run.finished_at + every if every else None)

    def unread(self, run: SourceRun) -> bool:
        """Whether nobody seems to read the source of ``run`` any more."""
        due, every = self.next_look(run), self.every.get(run.source)
        return due is not None and every is not None and unread(due, every, self.now)


def status_message(report: StatusReport) -> Message:
    items = [_source(run, report) for run in report.runs]
    rows = told_rows(report.coverage)
    items += [Item(label=f"{source_name(one.source)} {one.category}", text=day_line(one)) for one in rows[:ROWS]]
    if len(rows) > ROWS:
        items.append(Item(label="…", text=f"and {len(rows) - ROWS} more: papercrier status --json has them all"))
    items += [Item(label=str(channel.destination), text=_next(channel, report.now)) for channel in report.channels]
    troubled = sum(report.deliveries.get(state, 0) for state in TROUBLED)
    waiting = sum(report.deliveries.get(state, 0) for state in (State.PENDING, State.CLAIMED, State.SENDING))
    sent = report.deliveries.get(State.SENT, 0)
    notice = f"{sent:,} posted · {waiting:,} waiting"
    if troubled:
        notice += f" · {troubled:,} need a look: papercrier status --json names them"
    failed = any(run.error or report.unread(run) for run in report.runs) or any(one.state in ALARMING for one in report.coverage)
    return Message(
        heading="Status",
        intro=f"{counted(report.papers, 'paper')} · {counted(report.subscriptions, 'subscription')}",
        items=tuple(items),
        chart=picture(report.coverage, report.now.date()),
        notice=notice,
        tone=Tone.WARNING if troubled or failed or any(channel.paused for channel in report.channels) else Tone.GOOD,
    )


def _source(run: SourceRun, report: StatusReport) -> Item:
    days = [one for one in report.coverage if one.source == run.source]
    read = f"{brought(run, days)} · {run.new:,} new, {run.merged:,} merged, {run.changed:,} changed"
    next_one = "nobody reads it any more" if report.unread(run) else next_look(report.next_look(run), report.now)
    detail = ", ".join(part for part in (ago(run.finished_at, report.now), next_one) if part)
    return Item(label=source_name(run.source), text=run.error or read, detail=detail)


def _next(channel: Channel, now: datetime) -> str:
    if channel.paused:
        return channel.paused
    if channel.settings.deliver == "instant":
        return "posts at once"
    if channel.next_at is None:
        return "no digest planned"
    local = channel.next_at.astimezone(ZoneInfo(channel.settings.schedule.zone))
    return f"next digest {day_name(local.date())} {local:%H:%M} {channel.settings.schedule.zone}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says something."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed.seconds // 60} min ago"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} h ago"
    return f"{passed.days} d ago"
