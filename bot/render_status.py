"""How things stand, in words: for ``/papers status`` and ``papercrier status``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.deliveries import State
from bot.domain.messages import Item, Message, Tone
from bot.domain.subscriptions import Channel
from bot.ports import SourceRun
from bot.render import counted, day_name
from bot.render_digest import brought, source_name

#: States that want somebody's attention.
TROUBLED = (State.HELD, State.FAILED, State.DEAD)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusReport:
    """What is in the store and what was done last."""

    papers: int
    subscriptions: int
    channels: tuple[Channel, ...]
    runs: tuple[SourceRun, ...]
    deliveries: Mapping[State, int]
    now: datetime


def status_message(report: StatusReport) -> Message:
    items = [Item(label=source_name(run), text=_run(run), detail=ago(run.finished_at, report.now)) for run in report.runs]
    items += [Item(label=str(channel.destination), text=_next(channel, report.now)) for channel in report.channels]
    troubled = sum(report.deliveries.get(state, 0) for state in TROUBLED)
    waiting = sum(report.deliveries.get(state, 0) for state in (State.PENDING, State.CLAIMED, State.SENDING))
    sent = report.deliveries.get(State.SENT, 0)
    notice = f"{sent:,} posted · {waiting:,} waiting"
    if troubled:
        notice += f" · {troubled:,} need a look: papercrier status --json names them"
    failed = any(run.error for run in report.runs)
    return Message(
        heading="Status",
        intro=f"{counted(report.papers, 'paper')} · {counted(report.subscriptions, 'subscription')}",
        items=tuple(items),
        notice=notice,
        tone=Tone.WARNING if troubled or failed or any(channel.paused for channel in report.channels) else Tone.GOOD,
    )


def _run(run: SourceRun) -> str:
    if run.error:
        return run.error
    return f"{brought(run)} · {run.new:,} new, {run.merged:,} merged, {run.changed:,} changed"


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
