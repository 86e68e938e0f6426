"""What was announced and what of it is here, in words: the receipt under a digest, behind ``ingest`` and in ``status``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.domain.coverage import Coverage, DayState
from bot.ports import SourceRun
from bot.render.common import day_name

#: How sources are called in a receipt.
SOURCE_NAMES = {
    "arxiv": "arXiv",
    "arxiv-backfill": "arXiv's past",
    "biorxiv": "bioRxiv, medRxiv",
    "demo": "demo day",
    "huggingface": "Hugging Face",
    "listing": "listing page",
    "openalex": "OpenAlex",
    "seeds": "starter corpus",
    "semanticscholar": "Semantic Scholar",
}
#: Categories that are named at most; of more only the number is told.
NAMED = 3
#: Days of a picture.
PICTURED = 14
_BARS = "▁▂▃▄▅▆▇█"
_SIGNS = {DayState.WAITING: "…", DayState.QUIET: "·", DayState.STALLED: "?", DayState.FAILED: "!"}
_WORDS = {DayState.WAITING: "not out yet", DayState.STALLED: "stalled", DayState.FAILED: "not read whole"}


def source_name(source: str) -> str:
    return SOURCE_NAMES.get(source, source.removeprefix("import:"))


def share(run: SourceRun, days: Sequence[Coverage]) -> str:
    """One source's part of a receipt. ``days``: what is known of its announcement days; trouble is named, never hidden."""
    parts = [f"{source_name(run.source)} {brought(run, days)}", *trouble(days)]
    return "; ".join(parts)


def brought(run: SourceRun, days: Sequence[Coverage] = ()) -> str:
    """What one reading of a source brought, in words that follow its name."""
    if run.error:
        return "could not be read"
    announced = run.announced if run.announced is not None else run.read + run.unreadable
    if announced == 0:
        return "announced nothing new"
    newest = latest(days)
    unreadable = sum(one.unreadable for one in newest) if days else run.unreadable
    lacking = sum(max(0, one.announced - one.fetched - one.unreadable) for one in newest)
    flaws = [f"{unreadable:,} unreadable"] * bool(unreadable) + [f"{lacking:,} not had yet"] * bool(lacking)
    return f"{announced:,} announced, {', '.join(flaws) or 'all fetched'}"


def latest(days: Sequence[Coverage]) -> list[Coverage]:
    """The rows of the newest day on which anything was announced."""
    newest = max((one.day for one in days if one.announced), default=None)
    return [one for one in days if one.day == newest]


def trouble(days: Sequence[Coverage]) -> list[str]:
    """Days that are not settled: ``cs.AI stalled on Wed 22 Apr``."""
    found: dict[tuple[date, DayState], list[str]] = {}
    for one in sorted(days, key=lambda one: (one.day, one.category)):
        if not one.state.settled:
            found.setdefault((one.day, one.state), []).append(one.category)
    everywhere = len({one.category for one in days})
    return [_who(names, everywhere, state, day) for (day, state), names in found.items()]


def _who(names: list[str], everywhere: int, state: DayState, day: date) -> str:
    if state is DayState.WAITING and len(names) == everywhere:
        return f"{day_name(day)} {_WORDS[state]}"
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return f"{named} {_WORDS[state]} on {day_name(day)}"


def made_up(days: Iterable[Coverage]) -> str:
    """Days that had been missed: ``arXiv cs.AI had 212 on Tue 10 Nov, read afterwards``."""
    rows = sorted(days, key=lambda one: (one.day, one.category))
    if len(rows) > NAMED:
        total = sum(one.announced for one in rows)
        return f"{source_name(rows[0].source)} had {total:,} on {days_named(rows)} in {len(rows)} categories, read afterwards"
    told = [f"{source_name(one.source)} {one.category} had {one.announced:,} on {day_name(one.day)}" for one in rows]
    return ", ".join(told) + ", read afterwards"


def days_named(days: Iterable[Coverage]) -> str:
    """``Tue 10 Nov`` or ``Tue 10 Nov to Thu 12 Nov``."""
    dates = sorted({one.day for one in days})
    if len(dates) == 1:
        return day_name(dates[0])
    return f"{day_name(dates[0])} {'and' if len(dates) == 2 else 'to'} {day_name(dates[-1])}"


def day_line(one: Coverage) -> str:
    """A row in full: ``Wed 22 Apr fresh · 124 announced, 124 fetched, 120 new, 4 merged``."""
    counts = [f"{one.announced:,} announced", f"{one.fetched:,} fetched", f"{one.new:,} new", f"{one.merged:,} merged"]
    counts += [f"{one.unreadable:,} unreadable"] * bool(one.unreadable)
    told = ", ".join(counts) if one.announced else ""
    note = one.note if not one.state.settled or one.repaired_at or not one.announced else ""
    return " · ".join(part for part in (f"{day_name(one.day)} {one.state.value}", told, note) if part)


def next_look(moment: datetime | None, now: datetime) -> str:
    """When a source is read next, in words; empty where that is not known."""
    if moment is None:
        return ""
    if moment <= now:
        return "looks again any moment"
    minutes = -(-(moment - now) // timedelta(minutes=1))
    return f"looks again in {minutes} min" if minutes < 100 else f"looks again at {moment:%H:%M} UTC"


def told_rows(days: Sequence[Coverage]) -> list[Coverage]:
    """The rows worth a line: each category's newest day, and every other that is not settled. Categories in order, newest day first."""
    newest = {(one.source, one.category): one for one in sorted(days, key=lambda one: one.day)}
    rows = [one for one in days if not one.state.settled or newest[one.source, one.category] is one]
    return sorted(rows, key=lambda one: (one.source, one.category, -one.day.toordinal()))


def picture(days: Sequence[Coverage], until: date) -> str:
    """Papers of each category on the weekdays of the last two weeks, as bars; the last column is the newest count."""
    dates = [day for number in range(PICTURED, -1, -1) if (day := until - timedelta(days=number)).weekday() < 5]
    categories = sorted({one.category for one in days if one.day >= dates[0]})
    if not categories:
        return ""
    known = {(one.category, one.day): one for one in days}
    width = max(map(len, categories))
    lines = []
    for category in categories:
        rows = [known.get((category, day)) for day in dates]
        most = max((one.announced for one in rows if one), default=0)
        last = next((one.announced for one in reversed(rows) if one and one.announced), 0)
        lines.append(f"{category:<{width}}  {''.join(_bar(one, most) for one in rows)}  {last:,}")
    return "\n".join(lines)


def _bar(one: Coverage | None, most: int) -> str:
    if one is None:
        return " "
    if one.state is not DayState.FRESH:
        return _SIGNS[one.state]
    return _BARS[max(0, -(-one.announced * len(_BARS) // max(most, 1)) - 1)]
