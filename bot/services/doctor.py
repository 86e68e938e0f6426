"""Looks at everything that can be wrong, changes nothing, and says what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.coverage import unread
from bot.domain.deliveries import Delivery, State
from bot.domain.subscriptions import Channel
from bot.errors import PapercrierError, PlatformError
from bot.ports import Adapter, Clock, Store
from bot.services.ingest import next_reading

#: An uncertain delivery settles itself within minutes; after this it does not.
STUCK = timedelta(minutes=15)
#: Deliveries named one by one, of each state.
NAMED = 20
#: Seconds by which the host's clock may be wrong before it is told, and before it is trouble.
CLOCK_WARNS, CLOCK_TROUBLES = 5.0, 300.0


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    TROUBLE = "trouble"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at: what it is, how it is, and what to do where it is not good."""

    level: Level
    subject: str
    what: str
    next_step: str = ""


async def examine(store: Store, clock: Clock, platforms: Mapping[str, Adapter], every: Mapping[str, timedelta]) -> list[Finding]:
    """Every finding about the store and the platforms, in the order of the walk: sources, platforms and channels, deliveries.

    ``every`` says of each source that the configuration names how often it is to be read."""
    findings = [*await _store(store), *[one async for one in _sources(store, clock, every)]]
    reachable = {}
    for name, adapter in platforms.items():
        try:
            await adapter.start()
        except PapercrierError as error:
            findings.append(Finding(level=Level.TROUBLE, subject=name, what=error.message, next_step=error.next_step))
        else:
            reachable[name] = adapter
            findings.append(Finding(level=Level.GOOD, subject=name, what="connected"))
    findings += [await _channel(channel, reachable, clock) for channel in await store.channels()]
    findings += [one async for one in _deliveries(store, clock)]
    return findings


async def _store(store: Store) -> list[Finding]:
    findings = []
    if store.mark_state == "behind":
        what = "is older than what was posted from it (a backup was put back)"
        findings.append(Finding(level=Level.WARNING, subject="store", what=what, next_step="papercrier run reads the channels first"))
    elif store.mark_state in ("missing", "other"):
        what = "has no mark of its own beside it: whether it is an older copy cannot be told"
        findings.append(Finding(level=Level.WARNING, subject="store", what=what, next_step="keep the .mark file with the database"))
    if not await store.check_search():
        what = "the search index was damaged"
        findings.append(Finding(level=Level.WARNING, subject="store", what=what, next_step="it is being built anew; deliveries go on"))
    return findings or [Finding(level=Level.GOOD, subject="store", what=f"{await store.count_papers():,} papers, the index is whole")]


async def _sources(store: Store, clock: Clock, every: Mapping[str, timedelta]) -> AsyncIterator[Finding]:
    runs = {run.source: run for run in await store.runs()}
    late = set()
    for name, often in every.items():
        due = await next_reading(store, name, often, clock.now())
        if name not in runs or unread(due, often, clock.now()):
            late.add(name)
            what = f"was to be read at {due:%d %b %H:%M} UTC, and nobody did" if name in runs else "was never read"
            yield Finding(level=Level.WARNING, subject=name, what=what, next_step=await _who_should(store))
    for run in runs.values():
        if run.error:
            yield Finding(level=Level.TROUBLE, subject=run.source, what=run.error, next_step=f"papercrier ingest {run.source} tries again")
        elif run.source not in late:
            yield Finding(level=Level.GOOD, subject=run.source, what=f"{run.read:,} read, {run.unreadable:,} unreadable")


async def _who_should(store: Store) -> str:
    """What to do about a source that nobody reads."""
    if reader := await store.on_duty("reading"):
        return f"{reader} reads the sources: look into its log"
    if poster := await store.on_duty("posting"):
        return f"{poster} leaves the sources to another process: start papercrier run --only sources"
    return "start papercrier run"


async def _channel(channel: Channel, platforms: Mapping[str, Adapter], clock: Clock) -> Finding:
    destination = channel.destination
    subject = f"{destination} ({destination.key})" if destination.name else destination.key
    adapter = platforms.get(destination.platform)
    if channel.paused:
        return Finding(level=Level.WARNING, subject=subject, what=channel.paused, next_step="/papers resume there")
    if adapter is None:
        step = f"set the token of {destination.platform}"
        return Finding(level=Level.WARNING, subject=subject, what=f"{destination.platform} is not connected", next_step=step)
    try:
        await adapter.locate(destination)
        found = await adapter.find(destination, key="doctor", since=clock.now() - timedelta(minutes=1))
    except PlatformError as error:
        return Finding(level=Level.TROUBLE, subject=subject, what=error.message, next_step=error.next_step)
    if destination.platform == "console":
        return Finding(level=Level.GOOD, subject=subject, what="can be posted to")
    if not found.readable:
        what = "its history cannot be read: a post whose answer is lost will be held"
        return Finding(level=Level.WARNING, subject=subject, what=what, next_step=f"give {found.missing or 'permission to read history'}")
    return Finding(level=Level.GOOD, subject=subject, what="can be posted to and looked at")


async def _deliveries(store: Store, clock: Clock) -> AsyncIterator[Finding]:
    for state in (State.HELD, State.DEAD, State.FAILED, State.SENDING):
        for delivery in await store.deliveries(state=state, limit=NAMED):
            finding = _delivery(delivery, clock)
            if finding:
                yield finding


def _delivery(delivery: Delivery, clock: Clock) -> Finding | None:
    subject = f"delivery {delivery.id} to {delivery.destination.key}"
    why = f" ({delivery.error})" if delivery.error else ""
    settle = f"look there, then: papercrier settle {delivery.id} sent|resend|drop"
    match delivery.state:
        case State.HELD:
            return Finding(level=Level.TROUBLE, subject=subject, what=f"may or may not have arrived{why}", next_step=settle)
        case State.DEAD:
            step = f"papercrier settle {delivery.id} resend|drop"
            return Finding(level=Level.TROUBLE, subject=subject, what=f"was given up{why}", next_step=step)
        case State.FAILED:
            step = f"papercrier settle {delivery.id} resend, once the cause is gone"
            return Finding(level=Level.WARNING, subject=subject, what=f"was refused{why}", next_step=step)
    since = delivery.attempt_at or delivery.created_at
    if since and clock.now() - since > STUCK:
        what = f"is uncertain since {since:%d %b %H:%M} UTC{why}"
        return Finding(level=Level.WARNING, subject=subject, what=what, next_step="is papercrier run running?")
    return None


def clock_finding(error: float) -> Finding:
    """What it means that the host's clock is ``error`` seconds ahead of the platforms'."""
    if abs(error) <= CLOCK_WARNS:
        return Finding(level=Level.GOOD, subject="clock", what="agrees with the platforms")
    what = f"this machine is {abs(error):,.0f} s {'ahead of' if error > 0 else 'behind'} the platforms; the queue uses theirs"
    level = Level.TROUBLE if abs(error) > CLOCK_TROUBLES else Level.WARNING
    return Finding(level=level, subject="clock", what=what, next_step="switch time synchronisation on")
