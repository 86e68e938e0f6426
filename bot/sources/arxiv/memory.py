"""What the arXiv source remembers between two runs, as the flat texts that the store keeps for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.coverage import Known
from bot.domain.coverage import DayState
from bot.domain.papers import Paper

#: Announcement days whose papers are remembered as read.
KEPT_DAYS = 3

_DAY = re.compile(r"done:(\d{4}-\d\d-\d\d)")


def stamp(paper: Paper) -> str:
    """Names one version of one paper within a day."""
    return f"{paper.key.partition(':')[2]}v{paper.version or 0}"


def key_of(stamped: str) -> str:
    return f"arxiv:{stamped.rpartition('v')[0]}"


def done(memory: Mapping[str, str]) -> dict[str, list[str]]:
    """Announcement day -> the papers of it that were read with all their details."""
    return {found[1]: papers.split() for name, papers in memory.items() if (found := _DAY.fullmatch(name))}


def remember_done(memory: dict[str, str], read: Sequence[Paper]) -> None:
    """Add what was read to its day, and forget all but the latest days."""
    days = done(memory)
    for paper in read:
        days.setdefault(day_text(paper), []).append(stamp(paper))
    for day in sorted(days)[:-KEPT_DAYS]:
        memory.pop(f"done:{day}", None)
    for day in sorted(days)[-KEPT_DAYS:]:
        memory[f"done:{day}"] = " ".join(dict.fromkeys(days[day]))


def day_text(paper: Paper) -> str:
    return paper.announced.isoformat() if paper.announced else "0000-00-00"


def known(memory: Mapping[str, str], category: str) -> Known:
    """What was left of a category; nothing when it is unreadable, as after an older program."""
    try:
        kept = json.loads(memory.get(f"days:{category}", "{}"))
        return Known(
            batches={date.fromisoformat(day): frozenset(papers.split()) for day, papers in kept.get("papers", {}).items()},
            states={date.fromisoformat(day): DayState(state) for day, state in kept.get("states", {}).items()},
        )
    except (ValueError, AttributeError):
        return Known()


def keep_known(memory: dict[str, str], category: str, now_known: Known) -> None:
    papers = {day.isoformat(): " ".join(sorted(stamps)) for day, stamps in now_known.batches.items()}
    states = {day.isoformat(): state.value for day, state in now_known.states.items()}
    memory[f"days:{category}"] = json.dumps({"papers": papers, "states": states}, separators=(",", ":"))


def conditions(memory: Mapping[str, str], category: str) -> dict[str, str]:
    """Headers that make a request conditional on the feed having changed."""
    names = {"If-None-Match": f"etag:{category}", "If-Modified-Since": f"modified:{category}"}
    return {header: memory[name] for header, name in names.items() if memory.get(name)}


def validators(headers: Mapping[str, str], category: str) -> dict[str, str]:
    return {f"etag:{category}": headers.get("etag", ""), f"modified:{category}": headers.get("last-modified", "")}
