"""Who has read what: every person has a list of their own, as every store has to keep it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.people import AllRead
from bot.domain.subscriptions import Destination
from bot.ports import Store
from tests.builders import NOON, a_destination, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, add_channel, enqueue, follow, ingest, no_match

ANA, BEN = "slack:U7", "slack:U8"
STRANGER = replace(HERE, tenant="slack:T2")


async def unread(store: Store, person: str = ANA, place: Destination = HERE, limit: int = 9) -> list[int]:
    return [one.stored.row for one in await store.unread(place, person, limit=limit)]


async def posted(store: Store, count: int, place: Destination = HERE) -> list[int]:
    """So many papers, each an hour after the other, the newest last."""
    rows = await ingest(store, distinct_papers(count), await follow(store, destination=place))
    for hour, row in enumerate(rows):
        await enqueue(store, place, slot=f"{hour}", at=later(hours=hour), shown=((row, "x"),))
    return rows


async def test_the_list_gives_newest_occurrence_first_until_the_person_read_it(store: Store) -> None:
    rows = await ingest(store, distinct_papers(4), await follow(store))
    await enqueue(store, slot="1", at=later(hours=1), shown=((rows[0], "a"),), rest=((rows[1], "b"),))
    await enqueue(store, slot="2", at=later(hours=2), shown=((rows[3], "c"), (rows[2], "")))
    assert [(one.stored.row, one.reasons) for one in await store.unread(HERE, ANA, limit=9)] == [
        (rows[3], ("c",)),
        (rows[2], ()),
        (rows[0], ("a",)),
        (rows[1], ("b",)),
    ]
    assert await unread(store, limit=2) == [rows[3], rows[2]]
    assert await store.read(ANA, [rows[3], rows[1]], at=NOON) == 2
    await store.hide(HERE, "slack:U9", rows[2], at=NOON)
    assert await unread(store) == [rows[0]]
    assert await unread(store, BEN) == [rows[3], rows[0], rows[1]], "what is hidden here is hidden from all, what was read is not"


async def test_what_a_person_has_read_they_have_read_in_every_channel_before_and_after(store: Store) -> None:
    first, second = await ingest(store, distinct_papers(2), await follow(store), await follow(store, destination=THERE))
    await enqueue(store, HERE, shown=((first, ""),))
    assert await store.read(ANA, [first, second, first, 999], at=NOON) == 2
    assert await store.read(ANA, [first], at=later(days=1)) == 0
    await enqueue(store, THERE, shown=((first, ""), (second, "")))
    assert await unread(store) == await unread(store, place=THERE) == []
    assert await unread(store, BEN, THERE) == [first, second]
    assert await store.unmark(ANA, [second, 999]) == 1
    assert await store.unmark(ANA, [second]) == 0
    assert (await unread(store), await unread(store, place=THERE)) == ([], [second])


async def test_what_somebody_hid_for_themselves_is_off_their_own_list(store: Store) -> None:
    one, other = await posted(store, 2)
    await store.hide(a_destination("slack:@U7", name="Ana"), ANA, one, at=NOON)
    assert (await unread(store), await unread(store, BEN)) == ([other], [other, one])


async def test_all_of_a_channel_is_read_by_one_person_up_to_now_and_no_further(store: Store) -> None:
    rows = await posted(store, 3)
    await store.read(ANA, rows[1:2], at=NOON)
    mark = await store.read_all(HERE, ANA)
    assert mark == AllRead(papers=2, until=later(hours=2), before=None)
    assert await store.read_all(HERE, ANA) is None, "nothing is left"
    assert (await unread(store), await unread(store, BEN)) == ([], rows[::-1])
    [fresh] = await ingest(store, distinct_papers(4)[3:])
    await enqueue(store, slot="new", at=later(hours=3), shown=((fresh, ""),))
    assert await unread(store) == [fresh]


async def test_that_is_taken_back_to_how_it_was_before_and_only_once(store: Store) -> None:
    rows = await posted(store, 2)
    first = await store.read_all(HERE, ANA)
    [fresh] = await ingest(store, distinct_papers(3)[2:])
    await enqueue(store, slot="new", at=later(hours=3), shown=((fresh, ""),))
    second = await store.read_all(HERE, ANA)
    assert first and second and (second.papers, second.before) == (1, first.until)
    assert await store.unread_all(HERE, ANA, first) == 0, "she has read on since"
    assert await store.unread_all(HERE, BEN, second) == 0, "he has marked nothing"
    assert await store.unread_all(STRANGER, ANA, second) == 0
    assert await store.unread_all(HERE, ANA, second) == 1
    assert await store.unread_all(HERE, ANA, second) == 0
    assert await unread(store) == [fresh]
    assert await store.unread_all(HERE, ANA, first) == 2
    assert await unread(store) == [fresh, *rows[::-1]]


async def test_another_tenant_has_no_list_here_and_reads_nothing(store: Store) -> None:
    [row] = await posted(store, 1)
    assert await unread(store, place=STRANGER) == []
    assert await store.read_all(STRANGER, ANA) is None
    assert await unread(store) == [row]


async def test_what_a_person_has_read_is_known_however_they_marked_it(store: Store) -> None:
    rows = await posted(store, 3)
    await store.read(ANA, rows[:1], at=NOON)
    assert await store.known_read(HERE, ANA, [*rows, 999]) == {rows[0]}
    await store.read_all(HERE, ANA)
    assert await store.known_read(HERE, ANA, rows) == set(rows)
    assert await store.known_read(THERE, ANA, rows) == {rows[0]}
    assert await store.known_read(HERE, BEN, rows) == set()


async def test_what_was_read_as_one_of_two_records_is_read_as_the_paper_they_become(store: Store) -> None:
    one, other = (
        replace(paper, keys=(key,), abstract="", source=key)
        for paper, key in zip(distinct_papers(2), ("doi:10.1000/a", "openreview:abcDEF"), strict=True)
    )
    rows = await ingest(store, [one, other], await follow(store))
    await enqueue(store, shown=((rows[0], ""),))
    await store.read(ANA, rows[1:], at=NOON)
    await store.read(BEN, rows, at=NOON)
    assert (await unread(store), await unread(store, "slack:U9")) == ([rows[0]], [rows[0]])
    await store.ingest([replace(one, keys=("doi:10.1000/a", "openreview:abcDEF"))], at=later(hours=1), match=no_match)
    assert await store.count_papers() == 1
    assert (await unread(store), await unread(store, BEN), await unread(store, "slack:U9")) == ([], [], [rows[0]])
    assert await store.unmark(BEN, rows) == 1


async def test_a_channel_that_nothing_was_posted_in_has_nothing_to_read(store: Store) -> None:
    await add_channel(store, HERE)
    assert await unread(store) == []
    assert await store.read_all(HERE, ANA) is None
    assert await store.read(ANA, [], at=NOON) == 0
