"""Votes, and everything that is kept about one person, as every store has to keep them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.deliveries import State
from bot.domain.messages import Button, Card, Message, rich
from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.ports import Store
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import HERE, add_channel, claim, enqueue, follow, ingest, move, no_match

MONTH = timedelta(days=30)
ANA, BEN = "slack:U7", "slack:U8"
ANA_ALONE = Destination(platform="slack", address="@U7", tenant="slack:T1", name="Ana")
BEN_ALONE = Destination(platform="slack", address="@U8", tenant="slack:T1", name="Ben")
OURS, THEIRS = "slack:T1", "discord:9"


async def test_a_person_counts_once_and_may_take_a_vote_back(store: Store) -> None:
    [row] = await ingest(store, distinct_papers(1))
    assert await store.vote(OURS, ANA, row, at=NOON) == (True, 1)
    assert await store.vote(OURS, ANA, row, at=later(days=1)) == (False, 1)
    assert await store.vote(OURS, BEN, row, at=NOON) == (True, 2)
    assert await store.vote(OURS, ANA, row, at=NOON, up=False) == (True, 1)
    assert await store.vote(OURS, ANA, row, at=NOON, up=False) == (False, 1)
    assert await store.vote(OURS, ANA, 999, at=NOON) == (False, 0)


async def test_votes_are_seen_in_their_tenant_only(store: Store) -> None:
    rows = await ingest(store, distinct_papers(3))
    await store.vote(OURS, ANA, rows[0], at=NOON)
    await store.vote(THEIRS, BEN, rows[1], at=NOON)
    assert await store.votes(OURS, rows) == {rows[0]: 1}
    assert await store.votes(THEIRS, rows) == {rows[1]: 1}
    assert [stored.row for stored, _ in await store.favourites(OURS, since=date(2026, 4, 1), limit=9)] == [rows[0]]


async def test_favourites_are_ours_first_and_then_those_of_the_source(store: Store) -> None:
    papers = [replace(paper, submitted=date(2026, 4, 20)) for paper in distinct_papers(5)]
    given = [replace(paper, votes=votes) for paper, votes in zip(papers, (3, None, 8, None, 50), strict=True)]
    given[4] = replace(given[4], submitted=date(2025, 1, 1))
    rows = list((await store.ingest(given, at=NOON, match=no_match)).rows)
    for person, row in ((ANA, rows[1]), (BEN, rows[1]), (ANA, rows[0])):
        await store.vote(OURS, person, row, at=NOON)
    found = await store.favourites(OURS, since=date(2026, 4, 1), limit=9)
    assert [(stored.row, ours) for stored, ours in found] == [(rows[1], 2), (rows[0], 1), (rows[2], 0)]
    assert len(await store.favourites(OURS, since=date(2026, 4, 1), limit=1)) == 1
    assert await store.favourites(OURS, since=date(2026, 5, 1), limit=9) == [], "votes of April do not count in May"


async def test_votes_follow_a_record_into_the_paper_it_becomes(store: Store) -> None:
    keys = ("doi:10.1000/a", "openreview:abcDEF")
    one, other = (replace(paper, keys=(key,), abstract="", source=key) for paper, key in zip(distinct_papers(2), keys, strict=True))
    rows = await ingest(store, [one, other])
    for person, row in ((ANA, rows[0]), (ANA, rows[1]), (BEN, rows[1])):
        await store.vote(OURS, person, row, at=NOON)
    await store.ingest([replace(one, keys=keys)], at=later(hours=1), match=no_match)
    assert await store.votes(OURS, rows[:1]) == {rows[0]: 2}
    assert await store.vote(OURS, BEN, rows[1], at=NOON, up=False) == (True, 1)


async def fill(store: Store) -> list[int]:
    """Ana and Ben do the same things, in one channel and each alone."""
    rows = await ingest(store, distinct_papers(3))
    await add_channel(store, HERE)
    await enqueue(store, HERE, shown=((rows[2], "x"),))
    for person, alone in ((ANA, ANA_ALONE), (BEN, BEN_ALONE)):
        await add_channel(store, alone)
        await store.subscribe(HERE, f"graphs {person[-1]}", "keyword", by=person, at=NOON, origin="chat")
        await store.subscribe(alone, "parsing", "keyword", by=person, at=NOON, origin="chat")
        await store.save(person, rows[0], at=NOON)
        await store.read(person, rows[:2], at=NOON)
        assert await store.read_all(HERE, person)
        await store.vote(OURS, person, rows[2], at=NOON)
        await enqueue(store, alone)
        await store.mute(HERE, "word", f"survey {person[-1]}", f"survey {person[-1]}", by=person, at=NOON)
        await store.note(alone, HERE, on=True, at=NOON)
        await store.mute(alone, "word", "survey", "survey", by=person, at=NOON)
    await store.hide(HERE, ANA, rows[1], at=NOON)
    await store.hide(BEN_ALONE, BEN, rows[1], at=NOON)
    return rows


async def test_a_post_in_a_channel_that_is_read_is_known_with_its_message(store: Store) -> None:
    rule = await follow(store)
    rows = await ingest(store, distinct_papers(3), rule)
    await add_channel(store, ANA_ALONE)
    cards = tuple(Card(title=rich("Paper"), buttons=(Button(label="Save", action=f"save:{row}"),)) for row in rows[:2])
    [id_] = await enqueue(
        store, HERE, shown=tuple((row, "x") for row in rows[:2]), rest=((rows[2], "x"),), messages=(Message(cards=cards),)
    )
    assert await store.shared_posts(ANA_ALONE, rows) == {}, "nothing was asked for"
    assert await store.note(ANA_ALONE, HERE, on=True, at=NOON)
    assert not await store.note(ANA_ALONE, HERE, on=True, at=NOON)
    assert await store.noted(ANA_ALONE) == [HERE.key] and await store.noted(BEN_ALONE) == []
    on_its_way = await store.shared_posts(ANA_ALONE, rows)
    assert {row: (post.destination.key, post.remote_id) for row, post in on_its_way.items()} == dict.fromkeys(rows[:2], (HERE.key, ""))
    await claim(store)
    await move(store, id_, State.SENDING, attempted=True)
    await move(store, id_, State.SENT, remote_id="1700.1")
    assert {post.remote_id for post in (await store.shared_posts(ANA_ALONE, rows)).values()} == {"1700.1"}
    assert await store.shared_posts(replace(ANA_ALONE, tenant="slack:T2"), rows) == {}
    assert await store.note(ANA_ALONE, HERE, on=False, at=NOON)
    assert await store.shared_posts(ANA_ALONE, rows) == {}


async def test_somebody_who_belongs_to_no_server_notes_channels_of_several(store: Store) -> None:
    alone = Destination(platform="discord", address="@42", tenant="discord:@42", name="Cem")
    places = [Destination(platform="discord", address=f"10{number}", tenant=f"discord:{number}", name="#nlp") for number in (1, 2)]
    rows = await ingest(store, distinct_papers(2))
    for place, row in zip(places, rows, strict=True):
        await add_channel(store, place)
        await enqueue(store, place, shown=((row, "x"),))
        assert await store.note(alone, place, on=True, at=NOON)
    assert await store.noted(alone) == [place.key for place in places]
    assert {row: post.destination.key for row, post in (await store.shared_posts(alone, rows)).items()} == {
        row: place.key for row, place in zip(rows, places, strict=True)
    }
    with pytest.raises(BadInput):
        await store.note(alone, HERE, on=True, at=NOON)
    assert await store.note(alone, places[0], on=False, at=NOON)
    assert await store.noted(alone) == [places[1].key]


@pytest.mark.parametrize("place", [BEN_ALONE, replace(HERE, tenant="slack:T2"), replace(HERE, tenant="")])
async def test_only_a_channel_of_ones_own_workspace_can_be_noted(store: Store, place: Destination) -> None:
    await add_channel(store, HERE)
    with pytest.raises(BadInput):
        await store.note(ANA_ALONE, place, on=True, at=NOON)
    with pytest.raises(BadInput):
        await store.note(HERE, HERE, on=True, at=NOON)


EVERYTHING = Counter(
    {"subscription": 2, "saved": 1, "read": 2, "caught up": 1, "hidden": 1, "vote": 1, "mute": 2, "note": 1, "message": 1, "settings": 1}
)


async def test_everything_about_a_person_is_told(store: Store) -> None:
    await fill(store)
    found = await store.about(ANA, ANA_ALONE)
    assert Counter(one.kind for one in found) == EVERYTHING
    assert {(one.text, one.where) for one in found if one.kind == "subscription"} == {("graphs 7", HERE.key), ("parsing", ANA_ALONE.key)}
    assert all(one.text and (one.at or one.kind == "settings") for one in found)


async def test_a_person_is_forgotten_and_nobody_else_is(store: Store) -> None:
    rows = await fill(store)
    for delivery in await claim(store):
        await move(store, delivery.id, State.SENDING, attempted=True)
        await move(store, delivery.id, State.SENT, remote_id="r")
    assert await store.forget(ANA, ANA_ALONE) == sum(EVERYTHING.values())
    assert await store.about(ANA, ANA_ALONE) == []
    assert Counter(one.kind for one in await store.about(BEN, BEN_ALONE)) == EVERYTHING
    assert await store.channel(ANA_ALONE.key, tenant=OURS) is None
    assert [one.query for one in await store.subscriptions(HERE)] == ["graphs 7", "graphs 8"], "the channel keeps its rules"
    assert [one.created_by for one in await store.subscriptions(HERE)] == ["", BEN]
    assert [one.value for one in await store.mutes(HERE, at=NOON)] == ["survey 7", "survey 8"]
    assert await store.votes(OURS, rows) == {rows[2]: 1}
    assert await store.forget(ANA, ANA_ALONE) == 0


async def test_a_pause_and_what_a_button_would_take_back_name_nobody_afterwards(store: Store) -> None:
    await fill(store)
    elsewhere = Destination(platform="slack", address="C9", tenant="slack:T2", name="#theirs")
    await add_channel(store, elsewhere)
    for place in (HERE, elsewhere):
        channel = await store.channel(place.key, tenant=place.tenant)
        assert channel
        await store.change_channel(replace(channel, paused="paused by Ana", next_at=None))
    kinds = [("settings", ANA_ALONE), ("standing", HERE), ("standing", elsewhere)]
    payloads = [json.dumps({"kind": kind, "channel": place.key, "paused": "paused by Ana"}) for kind, place in kinds]
    tokens = [await store.remember(payload, at=NOON, keep=MONTH) for payload in payloads]
    line = await store.remember(json.dumps({"kind": "line", "line": "search graphs"}), at=NOON, keep=MONTH)
    told = [one for one in await store.about(ANA, ANA_ALONE, signed="paused by Ana", tenant=OURS) if one.kind == "pause"]
    assert [(one.text, one.where) for one in told] == [("paused by Ana", HERE.key)]
    await store.forget(ANA, ANA_ALONE, signed="paused by Ana", tenant=OURS)
    assert [(await store.recall(token)) is None for token in tokens] == [True, True, False]
    assert await store.recall(line)
    assert [one.paused for one in await store.channels() if one.paused] == ["paused", "paused by Ana"], "another workspace's stays"
    assert await store.about(ANA, ANA_ALONE, signed="paused by Ana", tenant=OURS) == []


async def test_what_is_being_sent_is_kept_until_it_is_settled(store: Store) -> None:
    await add_channel(store, ANA_ALONE)
    [id_] = await enqueue(store, ANA_ALONE)
    await claim(store)
    await move(store, id_, State.SENDING, attempted=True)
    await store.forget(ANA, ANA_ALONE)
    assert await move(store, id_, State.SENT, remote_id="r")
    assert [one.kind for one in await store.about(ANA, ANA_ALONE)] == ["message"]
    await store.forget(ANA, ANA_ALONE)
    assert await store.about(ANA, ANA_ALONE) == []


@pytest.mark.parametrize("place", [replace(ANA_ALONE, tenant="slack:T2"), HERE])
async def test_only_ones_own_messages_are_reached(store: Store, place: Destination) -> None:
    await fill(store)
    told = await store.about(ANA, place)
    assert {one.where for one in told} <= {"", HERE.key, ANA_ALONE.key}
    assert not [one for one in told if one.kind == "message"]
    await store.forget("slack:U9", place)
    assert Counter(one.kind for one in await store.about(ANA, ANA_ALONE)) == EVERYTHING
