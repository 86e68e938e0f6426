"""Decides how each category stands with its announcement days. Decides by what the feeds hold; their dates and the calendar are hints.

What goes wrong in practice, and is told apart here: a feed is rebuilt with a new date and yesterday's papers in it; its dates lag a day
behind its papers; a few late papers of an old batch come alone; a batch comes in parts; one category stands still while others move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.announcements import EASTERN, current_day, has_listing, weekdays_between
from bot.domain.coverage import DayState

#: Days whose papers are remembered by id, and days whose state is.
KEPT_BATCHES, KEPT_STATES = 3, 40
#: A missed day longer ago than this is not repaired by itself.
REPAIRED = timedelta(days=30)
#: From this size on (papers in a usual batch) a category without any paper on a working day is not believed.
NEVER_EMPTY = 8
#: A jump in the numbers of new papers as wide as so many usual ones is a hole.
WIDE = 12
#: A source that is due for so long, and for as long as it is usually left alone, is read by nobody.
UNREAD = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a category's feed showed. ``items``: the papers (id with version) and the date each of them carries, where it has one."""

    category: str
    label: date | None = None
    items: Mapping[str, date | None] = field(default_factory=dict)
    unreadable: int = 0
    #: What is wrong, in words; nothing was read then.
    error: str = ""
    #: The feed ended as it should.
    whole: bool = True
    #: The server says that it is the feed of the last look.
    unchanged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What earlier looks at a category left: the papers of its last batches, and the states of more days."""

    batches: Mapping[date, frozenset[str]] = field(default_factory=dict)
    states: Mapping[date, DayState] = field(default_factory=dict)

    @property
    def last(self) -> date | None:
        """The newest day with papers."""
        return max((day for day, papers in self.batches.items() if papers), default=None)

    @property
    def showed_papers(self) -> bool:
        """Whether the feed had papers when it was read last: a feed that has not changed shows them still."""
        settled = [day for day, state in self.states.items() if state.settled]
        return self.last is not None and self.last == max(settled, default=self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How a category stands with one day. ``papers``: all that are known of it by now."""

    category: str
    day: date
    state: DayState
    papers: frozenset[str] = frozenset()
    unreadable: int = 0
    note: str = ""


def filed(look: Look, known: Known, now: datetime) -> dict[str, date]:
    """The announcement day of each paper that the feed shows."""
    if not look.items:
        return {}
    today, last = now.astimezone(EASTERN).date(), known.last
    labels = {paper: own or look.label or current_day(now) for paper, own in look.items.items()}
    days: dict[str, date] = {}
    for day in sorted(known.batches):
        batch = known.batches[day]
        days |= {paper: day for paper in look.items if paper in batch or (labels[paper] == day and _unversioned(paper) in batch)}
    fresh = [paper for paper in look.items if paper not in days]
    if last is None:
        return {**days, **{paper: labels[paper] for paper in fresh}}
    stay = [paper for paper in look.items if paper in known.batches[last]]
    # The old batch is (still) what most of the feed is; or it has gone, and something else stands under its date.
    same = 2 * len(stay) > len(look.items)
    gone = 2 * len(stay) < len(known.batches[last])
    redated = same and all(labels[paper] > last for paper in stay)
    following = _following(last)
    for paper in fresh:
        label = min(labels[paper], today)
        if label > last and redated:
            label = last
        elif label == last and not same and gone and following <= today:
            label = following
        days[paper] = label
    return {paper: days[paper] for paper in look.items}


def judge(looks: Sequence[Look], known: Mapping[str, Known], now: datetime) -> list[Verdict]:
    """Every day that this look tells something about, category by category."""
    today = now.astimezone(EASTERN).date()
    days = {look.category: filed(look, known.get(look.category, Known()), now) for look in looks}
    reached = {look.category: max(days[look.category].values(), default=None) or known.get(look.category, Known()).last for look in looks}
    moved = max((day for day in reached.values() if day), default=None)
    verdicts: list[Verdict] = []
    for look in looks:
        mine = known.get(look.category, Known())
        verdicts += _read_days(look, mine, days[look.category])
        due = max(filter(None, (current_day(now), moved)))
        if (reached[look.category] or date.min) >= due or mine.states.get(due, DayState.WAITING).settled:
            if today > due and today.weekday() < 5 and not has_listing(today) and not look.error:
                verdicts.append(Verdict(category=look.category, day=today, state=DayState.QUIET, note="no mailing in this night"))
            continue
        state, note = _missing(look, mine, due, moved=moved is not None and moved >= due)
        verdicts.append(Verdict(category=look.category, day=due, state=state, note=note))
    return verdicts


def _read_days(look: Look, known: Known, days: Mapping[str, date]) -> list[Verdict]:
    newest = max(days.values(), default=None)
    found: list[Verdict] = []
    for day in sorted(set(days.values())):
        shown = frozenset(paper for paper, its in days.items() if its == day)
        papers = shown | (known.batches.get(day, frozenset()) - set(map(_unversioned, shown)))
        torn = not look.whole and day == newest
        found.append(
            Verdict(
                category=look.category,
                day=day,
                state=DayState.FAILED if torn else DayState.FRESH,
                papers=papers,
                unreadable=look.unreadable if day == newest else 0,
                note="the feed breaks off" if torn else "",
            )
        )
    return found


def _missing(look: Look, known: Known, due: date, *, moved: bool) -> tuple[DayState, str]:
    """Why a category shows nothing of a day that is due."""
    if look.error:
        return DayState.FAILED, look.error
    if not moved:
        return DayState.WAITING, "not announced yet"
    if look.items or (look.unchanged and known.showed_papers):
        return DayState.STALLED, "still shows an old batch, while others have moved on"
    usual = median([len(papers) for papers in known.batches.values()] or [0])
    if usual >= NEVER_EMPTY:
        return DayState.STALLED, f"shows nothing, where it has about {usual:.0f} papers on other days"
    return DayState.QUIET, "nothing in this category"


def gaps(known: Known, until: date, now: datetime) -> list[date]:
    """Days before ``until`` that may have been missed: weekdays since the first one known that are not settled. Oldest first."""
    first = min((*known.states, *known.batches), default=None)
    if first is None:
        return []
    first = max(first - timedelta(days=1), now.date() - REPAIRED)
    return [day for day in weekdays_between(first, until) if not known.states.get(day, DayState.WAITING).settled]


def continuous(before: Iterable[str], after: Iterable[str]) -> bool | None:
    """Whether no announcement can lie between two batches of new papers: arXiv numbers papers as it announces them, through all
    categories. ``None`` where the numbers do not tell: too few of them, or another month."""
    early, late = _numbers(before), _numbers(after)
    if not early or not late or early[-1][0] != late[-1][0]:
        return None
    last = early[-1][1]
    # Cross-lists and papers that were held back bring old numbers: they say nothing of a batch.
    new = [number for _, number in late if number > last]
    if len(early) < 5 or len(new) < 5:
        return None
    usual = median(right - left for left, right in pairwise(new))
    return new[0] - last <= WIDE * usual


def remembered(known: Known, verdicts: Iterable[Verdict], now: datetime) -> Known:
    """``known`` with what was learned, and without what is too old to matter."""
    batches, states = dict(known.batches), dict(known.states)
    for one in verdicts:
        states[one.day] = one.state
        if one.papers:
            batches[one.day] = one.papers
    oldest = now.date() - timedelta(days=KEPT_STATES)
    return Known(
        batches={day: batches[day] for day in sorted(batches)[-KEPT_BATCHES:]},
        states={day: state for day, state in sorted(states.items()) if day >= oldest},
    )


def look_again(states: Collection[DayState], now: datetime, *, every: timedelta, rebuild: datetime) -> datetime:
    """When to look next: soon while something is out, else now and then until the feeds are rebuilt."""
    if any(not state.settled for state in states):
        return now + every
    return min(now + 4 * every, max(rebuild, now + every))


def _unversioned(paper: str) -> str:
    """As a paper is remembered that came from where no versions are told."""
    return paper.rpartition("v")[0] + "v0"


def _following(day: date) -> date:
    """The next day for which the calendar has a listing."""
    day += timedelta(days=1)
    while not has_listing(day):
        day += timedelta(days=1)
    return day


def _numbers(papers: Iterable[str]) -> list[tuple[str, int]]:
    """Month and number of the ids of the newest month among these, in order; ids of before 2007 have none."""
    split = (paper.partition("v")[0].partition(".") for paper in papers)
    parts = sorted((month, int(number)) for month, _, number in split if number.isdecimal())
    months = Counter(month for month, _ in parts)
    # A paper of an earlier month was announced late: it says nothing of its batch.
    usual = max(months, key=lambda month: (months[month], month), default="")
    return [part for part in parts if part[0] == usual]


def unread(due: datetime, every: timedelta, now: datetime) -> bool:
    """Whether a source that was to be read at ``due``, and usually is every so often, is read by nobody any more."""
    return now - due > max(every, UNREAD)
