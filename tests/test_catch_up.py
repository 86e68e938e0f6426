"""Papers of a day that was missed come in one digest of their own, which says so, and never a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.coverage import Coverage, DayState
from bot.domain.papers import Paper
from bot.store.sqlite.store import SqliteStore
from tests.test_digests import EARLY, Group, titled

MISSED = date(2026, 4, 20)
NINE = EARLY + timedelta(minutes=30)


@pytest.fixture
def group(store: SqliteStore) -> Group:
    return Group(store)


async def make_up(group: Group, *papers: Paper, category: str = "cs.CL") -> None:
    """What a repair leaves: the papers, filed under their day, and the receipt."""
    started = group.clock.now() + timedelta(seconds=60)
    await group.announce(*(replace(paper, announced=MISSED) for paper in papers))
    row = Coverage(source="arxiv", category=category, day=MISSED, state=DayState.FRESH, announced=len(papers), looked_at=started)
    await group.store.cover([replace(row, fetched=len(papers), repaired_at=started)])


async def test_a_missed_day_comes_as_one_marked_catch_up_before_the_days_digest(group: Group) -> None:
    await group.follow("looms")
    await make_up(group, *titled("Late Looms", "Later Looms"))
    await group.announce(*titled("New Looms"))
    group.until(NINE)
    assert await group.post() == ["Catch-up for #nlp: 2 papers of Mon 20 Apr", "1 new paper for #nlp · Wed 22 Apr"]
    late = group.platform.posted[0][2]
    assert "missed then" in late.intro
    assert late.notice == "arXiv cs.CL had 2 on Mon 20 Apr, read afterwards · 2 matched · 2 shown"
    assert sorted(group.titles()) == ["Late Looms", "Later Looms", "New Looms"]
    group.until(NINE + timedelta(days=1))
    assert await group.post() == []


async def test_a_catch_up_keeps_to_the_size_of_a_digest(group: Group) -> None:
    await group.follow("looms", maximum=2)
    await make_up(group, *titled(*(f"Looms {letter}" for letter in "abcde")))
    group.until(NINE)
    assert await group.post() == ["Catch-up for #nlp: 5 papers of Mon 20 Apr"]
    message = group.platform.posted[0][2]
    assert len(message.cards) == 2 and message.buttons[0].label == "Show the rest (3)" and "2 shown, 3 more" in message.notice


async def test_a_channel_that_posts_at_once_gets_a_catch_up_as_well(group: Group) -> None:
    await group.follow("looms", deliver="instant")
    await make_up(group, *titled("Late Looms", "Later Looms"))
    await group.announce(*titled("New Looms"))
    assert await group.post() == ["Catch-up for #nlp: 2 papers of Mon 20 Apr", ""]
    assert await group.post() == []


async def test_a_digest_out_of_turn_brings_the_catch_up(group: Group) -> None:
    channel = await group.follow("looms")
    await make_up(group, *titled("Late Looms"))
    assert await group.digests.plan_now(channel)
    assert await group.post() == ["Catch-up for #nlp: 1 paper of Mon 20 Apr"]


async def test_what_was_here_before_the_repair_or_is_of_other_categories_is_no_catch_up(group: Group) -> None:
    await group.follow("looms")
    await group.announce(*titled("Early Looms", announced=MISSED))
    await make_up(group, *titled("Other Looms", categories=("math.AP",)))
    group.until(NINE)
    assert await group.post() == ["2 new papers for #nlp · Wed 22 Apr"]


async def test_a_stalled_category_is_named_under_the_digest(group: Group) -> None:
    await group.follow("looms")
    await group.announce(*titled("New Looms"))
    row = Coverage(source="arxiv", category="cs.AI", day=EARLY.date(), state=DayState.STALLED, looked_at=EARLY)
    await group.store.cover([row])
    group.until(NINE)
    await group.post()
    assert group.platform.posted[0][2].notice == ("arXiv 1 announced, all fetched; cs.AI stalled on Wed 22 Apr · 1 matched · 1 shown")
