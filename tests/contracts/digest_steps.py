"""Short ways to a store with channels, matched papers and deliveries, for the contract suites of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.domain.deliveries import Delivery, Occurrence, State, delivery_id
from bot.domain.messages import Message
from bot.domain.papers import Paper
from bot.domain.queries import Terms
from bot.domain.subscriptions import Destination
from bot.ports import DeliveryChange, Hit, Store
from tests.builders import NOON, a_destination, a_message, later, some_settings

HERE = a_destination()
THERE = a_destination("slack:C9999ZZZZ", name="#vision")
NEXT = later(days=1)
AN_HOUR_ON = later(hours=1)


def no_match(paper: Paper, terms: Terms) -> Sequence[Hit]:
    return ()


def hits(*rules: int, clause: str = "committee", possible: bool = False) -> Callable[[Paper, Terms], Sequence[Hit]]:
    """A matcher that finds every paper for these rules."""
    return lambda paper, terms: [Hit(rule=rule, clause=clause, possible=possible) for rule in rules]


async def add_channel(store: Store, destination: Destination = HERE, *, next_at: datetime = NEXT, **settings: Any) -> None:
    await store.add_channel(destination, some_settings(**settings), next_at=next_at, origin="chat")


async def follow(store: Store, query: str = "committee", destination: Destination = HERE, at: datetime = NOON) -> int:
    """Add the channel, subscribe it to ``query``; the rule's number."""
    await add_channel(store, destination)
    _, rule, _ = await store.subscribe(destination, query, "keyword", by="slack:U7", at=at, origin="chat")
    return rule


async def ingest(store: Store, papers: Sequence[Paper], *rules: int, at: datetime = AN_HOUR_ON, **hit: Any) -> list[int]:
    """Rows of ``papers``, each matched by ``rules``."""
    return list((await store.ingest(papers, at=at, match=hits(*rules, **hit))).rows)


def an_occurrence(destination: Destination = HERE, slot: str = "2026-04-22", *, parts: int = 1, **fields: Any) -> Occurrence:
    messages: tuple[Message, ...] = tuple(a_message(cards=part + 1) for part in range(parts))
    return Occurrence(
        **{"destination": destination, "slot": slot, "shown": (), "rest": (), "messages": messages, "next_at": None, **fields}
    )


async def enqueue(
    store: Store, destination: Destination = HERE, slot: str = "2026-04-22", *, at: datetime = NOON, **fields: Any
) -> list[str]:
    """Ids of the deliveries of an occurrence that was written."""
    occurrence = an_occurrence(destination, slot, **fields)
    assert await store.enqueue(occurrence, at=at)
    return [delivery_id(destination, slot, part) for part in range(len(occurrence.messages))]


async def claim(store: Store, *, owner: str = "me", now: datetime = NOON, lease: float = 120.0, limit: int = 10) -> list[Delivery]:
    return await store.claim(["slack"], owner=owner, now=now, lease=lease, limit=limit)


async def uncertain(store: Store, *, owner: str = "me", now: datetime = NOON, lease: float = 120.0, limit: int = 10) -> list[Delivery]:
    return await store.uncertain(["slack"], owner=owner, now=now, lease=lease, limit=limit)


async def get(store: Store, id: str) -> Delivery:
    found = await store.delivery(id)
    assert found is not None
    return found


async def move(store: Store, id: str, to: State, *, owner: str = "me", now: datetime = NOON, **change: Any) -> bool:
    """Move from whatever state the delivery is in."""
    return await store.move(await get(store, id), to, owner=owner, now=now, change=DeliveryChange(**change))


async def settle(store: Store, id: str, to: State, *, now: datetime = NOON, **change: Any) -> None:
    """Claim the next delivery, which has to be this one, and bring it to ``to`` by way of ``sending``."""
    assert [one.id for one in await claim(store, now=now)] == [id]
    assert await move(store, id, State.SENDING, now=now, attempted=True)
    if to is not State.SENDING:
        assert await move(store, id, to, now=now, **change)
