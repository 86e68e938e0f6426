"""A database that is older than what was posted from it: noticed, looked back over, and over one day."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.deliveries import State, delivery_id
from bot.errors import BadInput, StoreError
from bot.ports import Store
from bot.store.sqlite.high_water import mark_path, read_mark
from bot.store.sqlite.store import open_sqlite
from tests.builders import NOON, distinct_papers, later
from tests.contracts.digest_steps import (
    HERE,
    THERE,
    add_channel,
    an_occurrence,
    claim,
    enqueue,
    follow,
    get,
    ingest,
    move,
    settle,
    uncertain,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@asynccontextmanager
async def opened(path: Path):
    store = await open_sqlite(str(path), readers=1)
    try:
        yield store
    finally:
        await store.close()


def put_back(backup: Path, path: Path) -> None:
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copy(backup, path)


async def a_lost_time(path: Path) -> tuple[list[str], Path]:
    """Three deliveries are planned, a backup is made, the first of both destinations are sent, and the backup is put back."""
    backup = path.with_name("copy")
    async with opened(path) as store:
        await add_channel(store, HERE, next_at=later(days=1))
        ids = await enqueue(store, HERE, parts=2, threaded=False)
        ids += await enqueue(store, THERE, at=later(minutes=1))
        await store.backup(backup)
        await send_first(store, ids)
    put_back(backup, path)
    return ids, backup


async def send_first(store: Store, ids: list[str]) -> None:
    assert {one.id for one in await claim(store, now=later(minutes=5))} == {ids[0], ids[2]}
    for id_ in (ids[0], ids[2]):
        assert await move(store, id_, State.SENDING, now=later(minutes=5), attempted=True)
        assert await move(store, id_, State.SENT, now=later(minutes=5), remote_id="171.1")


async def test_a_new_database_and_one_that_was_closed_well_are_level(path: Path) -> None:
    async with opened(path) as store:
        assert (store.mark_state, store.reconcile_since) == ("level", None)
        assert await store.end_reconcile(NOON)
        [id_] = await enqueue(store)
        assert not mark_path(path).exists()
        await settle(store, id_, State.SENT)
    async with opened(path) as store:
        assert (store.mark_state, store.reconcile_since) == ("level", None)


async def test_the_mark_is_written_before_a_request_may_go_out(path: Path) -> None:
    async with opened(path) as store:
        [id_] = await enqueue(store)
        await claim(store)
        assert read_mark(path) is None
        assert await move(store, id_, State.SENDING, attempted=True)
        first = read_mark(path)
        assert first is not None
        assert await move(store, id_, State.SENDING, attempted=True, now=later(minutes=1))
        second = read_mark(path)
        assert second is not None
        assert (second.store, second.at) == (first.store, "2026-04-22T12:01:00.000000+00:00")
        assert second.counter > first.counter
        assert json.loads(mark_path(path).read_text())["store"] == first.store
    assert [one.name for one in path.parent.iterdir() if one.name.endswith(".new")] == []


async def test_an_intent_whose_mark_cannot_be_written_is_not_acted_on_and_looked_for_later(path: Path) -> None:
    async with opened(path) as store:
        [id_] = await enqueue(store)
        await claim(store, lease=60)
        path.with_name(path.name + ".mark.new").mkdir()
        with pytest.raises(StoreError, match=r"cannot be used"):
            await move(store, id_, State.SENDING, attempted=True)
        path.with_name(path.name + ".mark.new").rmdir()
        assert [one.id for one in await uncertain(store, now=later(seconds=60))] == [id_]


async def test_a_backup_put_back_is_noticed_and_everything_unsent_is_looked_for_from_then_on(path: Path) -> None:
    ids, _ = await a_lost_time(path)
    async with opened(path) as store:
        assert (store.mark_state, store.reconcile_since) == ("behind", later(minutes=1))
        assert not await store.end_reconcile(later(days=9))
        assert await store.begin_reconcile(later(hours=2)) == 3
        assert await store.begin_reconcile(later(hours=2)) == 0
        assert (store.mark_state, store.reconcile_since) == ("level", later(minutes=1))
        found = await uncertain(store, now=later(hours=2))
        assert {one.id for one in found} == {ids[0], ids[2]}
        assert {one.first_attempt_at for one in found} == {later(minutes=1)}
        assert await claim(store, now=later(hours=2)) == []


async def test_nothing_can_be_sent_from_an_older_copy_before_it_is_reconciled(path: Path) -> None:
    ids, _ = await a_lost_time(path)
    async with opened(path) as store:
        await claim(store, now=later(hours=1))
        mark = read_mark(path)
        with pytest.raises(StoreError, match="older than what was posted"):
            await move(store, ids[0], State.SENDING, now=later(hours=1), attempted=True)
        assert (await get(store, ids[0])).state is State.CLAIMED
        assert read_mark(path) == mark


async def test_an_older_copy_that_was_not_reconciled_is_noticed_again(path: Path) -> None:
    await a_lost_time(path)
    for slot in ("a", "b"):
        async with opened(path) as store:
            assert store.mark_state == "behind"
            await enqueue(store, slot=slot, at=later(hours=1))


async def test_reconciling_goes_on_after_a_restart_and_is_not_begun_twice(path: Path) -> None:
    ids, _ = await a_lost_time(path)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
    async with opened(path) as store:
        assert (store.mark_state, store.reconcile_since) == ("level", later(minutes=1))
        [id_, _] = [one.id for one in await uncertain(store, now=later(hours=2))]
        assert id_ in ids
        assert await move(store, id_, State.SENDING, now=later(hours=2), attempted=True)
    async with opened(path) as store:
        assert store.mark_state == "level"
        assert await store.begin_reconcile(later(hours=3)) == 0


async def test_the_same_backup_put_back_twice_is_noticed_twice(path: Path) -> None:
    _, backup = await a_lost_time(path)
    for hour in (2, 3):
        put_back(backup, path)
        async with opened(path) as store:
            assert (store.mark_state, store.reconcile_since) == ("behind", later(minutes=1))
            assert await store.begin_reconcile(later(hours=hour)) == 3


async def test_what_is_planned_while_looking_back_begins_in_doubt_and_in_order(path: Path) -> None:
    await a_lost_time(path)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        first, second = await enqueue(store, THERE, "later", at=later(hours=2), parts=2)
        for id_ in (delivery_id(THERE, "2026-04-22", 0), first, second):
            [found] = [one for one in await uncertain(store, now=later(hours=2)) if one.destination.key == THERE.key]
            assert (found.id, found.state, found.first_attempt_at) == (id_, State.SENDING, later(minutes=1))
            assert await move(store, id_, State.SENDING, now=later(hours=2), attempted=True)
            assert await move(store, id_, State.SENT, now=later(hours=2), remote_id="9")


async def test_while_a_message_in_doubt_is_held_its_thread_waits_and_the_next_occurrence_is_looked_for(path: Path) -> None:
    await a_lost_time(path)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        await uncertain(store, now=later(hours=2))
        await move(store, delivery_id(THERE, "2026-04-22", 0), State.SENT, now=later(hours=2))
        first, _ = await enqueue(store, THERE, "a", at=later(hours=2), parts=2)
        [after] = await enqueue(store, THERE, "b", at=later(hours=2))
        [found] = await uncertain(store, now=later(hours=2))
        assert found.id == first
        assert await move(store, first, State.HELD, now=later(hours=2))
        assert [one.id for one in await uncertain(store, now=later(hours=2))] == [after]


async def test_papers_planned_anew_under_an_id_that_stands_in_the_channel_are_held_back_for_later(path: Path) -> None:
    await a_lost_time(path)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        rows = await ingest(store, distinct_papers(2), await follow(store, destination=THERE), at=later(hours=2))
        found_, posted = [
            (await enqueue(store, THERE, slot, at=later(hours=2), shown=((row, ""),)))[0] for slot, row in zip("ab", rows, strict=True)
        ]
        for id_, ours in ((delivery_id(THERE, "2026-04-22", 0), False), (found_, False), (posted, True)):
            assert id_ in [one.id for one in await uncertain(store, now=later(hours=2))]
            if ours:
                assert await move(store, id_, State.SENDING, now=later(hours=2), attempted=True)
            assert await move(store, id_, State.SENT, now=later(hours=2), remote_id="9")
        assert await store.shown(THERE, rows) == {rows[1]}
        assert [one.stored.row for one in await store.rest(an_occurrence(THERE, "a").id)] == [rows[0]]


async def test_papers_of_a_delivery_from_before_the_backup_that_is_found_stay_shown(path: Path) -> None:
    backup = path.with_name("copy")
    async with opened(path) as store:
        rows = await ingest(store, distinct_papers(1), await follow(store))
        [id_] = await enqueue(store, shown=((rows[0], ""),), at=later(hours=1))
        await store.backup(backup)
        await settle(store, id_, State.SENT, now=later(hours=1))
    put_back(backup, path)
    async with opened(path) as store:
        assert await store.begin_reconcile(later(hours=2)) == 1
        assert [one.id for one in await uncertain(store, now=later(hours=2))] == [id_]
        assert await move(store, id_, State.SENT, now=later(hours=2))
        assert await store.shown(HERE, rows) == set(rows)


async def test_what_was_planned_before_the_channel_was_read_and_repeats_what_stands_there_is_planned_anew(path: Path) -> None:
    await a_lost_time(path)
    papers = distinct_papers(5)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        rows = await ingest(store, papers, await follow(store, destination=THERE), at=later(hours=2))
        plan = {"parts": 2, "shown": ((rows[0], ""), (rows[1], "")), "rest": ((rows[2], ""),), "next_at": later(days=5)}
        ids = await enqueue(store, THERE, "early", at=later(hours=2), **plan)
        [other] = await enqueue(store, THERE, "other", at=later(hours=2), shown=((rows[3], ""),))
        assert await store.posted_elsewhere(THERE, [papers[0].keys[0]], later(hours=3)) == 1
        assert [await store.delivery(id_) for id_ in ids] == [None, None]
        assert (await get(store, other)).state is State.SENDING
        assert {one.stored.row for one in await store.fresh(THERE, limit=9)} == {rows[1], rows[2], rows[4]}
        assert await store.shown(THERE, rows) == {rows[0], rows[3]}
        assert [one.destination.key for one in await store.due(later(hours=3))] == [THERE.key]
        assert await enqueue(store, THERE, "early", at=later(hours=4), shown=((rows[1], ""),)) == ids[:1]


async def test_what_was_tried_already_is_not_withdrawn(path: Path) -> None:
    await a_lost_time(path)
    papers = distinct_papers(1)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        rows = await ingest(store, papers, await follow(store, destination=THERE), at=later(hours=2))
        old = delivery_id(THERE, "2026-04-22", 0)
        assert old in [one.id for one in await uncertain(store, now=later(hours=2))]
        assert await move(store, old, State.SENT, now=later(hours=2))
        [id_] = await enqueue(store, THERE, "early", at=later(hours=2), shown=((rows[0], ""),))
        assert [one.id for one in await uncertain(store, now=later(hours=2))] == [id_]
        assert await store.posted_elsewhere(THERE, [papers[0].keys[0]], later(hours=2)) == 1
        assert (await get(store, id_)).state is State.SENDING
        assert await store.shown(THERE, rows) == set(rows)


async def test_looking_back_ends_when_all_is_settled_and_no_channel_is_due_in_the_lost_time(path: Path) -> None:
    ids, _ = await a_lost_time(path)
    async with opened(path) as store:
        await store.begin_reconcile(later(hours=2))
        for id_ in (ids[0], ids[2], ids[1]):
            assert not await store.end_reconcile(later(days=3))
            await uncertain(store, now=later(hours=2))
            assert await move(store, id_, State.SENT if id_ != ids[1] else State.HELD, now=later(hours=2))
        assert not await store.end_reconcile(later(hours=2)), "the moment it began is not over"
        await add_channel(store, THERE, next_at=later(hours=1))
        assert not await store.end_reconcile(later(hours=3)), "what is due then may have been posted"
        await enqueue(store, THERE, "next", at=later(hours=3), next_at=later(days=2))
        [last] = await uncertain(store, now=later(hours=3))
        assert not await store.end_reconcile(later(hours=3)), "the one just planned is in doubt"
        assert await move(store, last.id, State.SENT, now=later(hours=3))
        assert await store.end_reconcile(later(hours=3))
        assert store.reconcile_since is None
        [id_] = await enqueue(store, THERE, "after", at=later(hours=4))
        assert (await get(store, id_)).state is State.PENDING
    async with opened(path) as store:
        assert (store.mark_state, store.reconcile_since) == ("level", None)


async def test_a_journal_left_behind_by_a_careless_copy_is_noticed(path: Path, tmp_path: Path) -> None:
    """Only the .db is copied while the program runs: what was committed since the last checkpoint is not in it."""
    elsewhere = tmp_path / "new machine"
    elsewhere.mkdir()
    async with opened(path) as store:
        [id_] = await enqueue(store)
        await store._db.write(lambda connection: None)
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()
        await settle(store, id_, State.SENT, now=later(minutes=5))
        for name in (path.name, mark_path(path).name):
            shutil.copy(tmp_path / name, elsewhere / name)
    async with opened(elsewhere / path.name) as store:
        assert (store.mark_state, store.reconcile_since) == ("behind", NOON)
        assert (await get(store, id_)).state is State.PENDING


async def test_a_missing_or_damaged_mark_beside_a_used_database_is_told_and_written_anew(path: Path) -> None:
    async with opened(path) as store:
        [one, other] = await enqueue(store, parts=2)
        await settle(store, one, State.SENT)
    for damage in (
        lambda: mark_path(path).unlink(),
        lambda: mark_path(path).write_text('{"store": 1'),
        lambda: mark_path(path).write_text("[]"),
    ):
        damage()
        async with opened(path) as store:
            assert (store.mark_state, store.reconcile_since) == ("missing", None)
    async with opened(path) as store:
        await settle(store, other, State.SENT)
    async with opened(path) as store:
        assert store.mark_state == "level"


async def test_an_operator_can_have_a_copy_without_a_mark_looked_over_too(path: Path) -> None:
    ids, _ = await a_lost_time(path)
    mark_path(path).unlink()
    async with opened(path) as store:
        assert store.mark_state == "missing"
        assert await store.begin_reconcile(later(hours=2)) == len(ids)
        assert store.reconcile_since == later(minutes=1)


async def test_the_mark_of_another_database_is_not_heeded_and_replaced(path: Path, tmp_path: Path) -> None:
    await a_lost_time(path)
    other = tmp_path / "other.db"
    shutil.copy(mark_path(path), mark_path(other))
    async with opened(other) as store:
        assert (store.mark_state, store.reconcile_since) == ("other", None)
        [id_] = await enqueue(store)
        await settle(store, id_, State.SENT)
    async with opened(other) as store:
        assert store.mark_state == "level"


async def test_a_second_process_that_opens_while_one_sends_notices_nothing(path: Path) -> None:
    async with opened(path) as store:
        ids = await enqueue(store, parts=3, threaded=False)
        for id_ in ids:
            await settle(store, id_, State.SENT)
            async with opened(path) as other:
                assert other.mark_state == "level"


async def test_a_backup_is_one_checked_file_of_one_moment(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backups" / "copy.db"
    async with opened(path) as store:
        await enqueue(store)
        await store.backup(copy)
        await enqueue(store, THERE)
        with pytest.raises(BadInput, match="belongs to the database"):
            await store.backup(path)
        with pytest.raises(BadInput, match="belongs to the database"):
            await store.backup(path.with_name(path.name + "-wal"))
        with pytest.raises(StoreError, match="no backup was written"):
            await store.backup(path / "below a file")
    assert [one.name for one in copy.parent.iterdir()] == ["copy.db"]
    async with opened(copy) as store:
        assert await store.counts() == {State.PENDING: 1}
        await store.backup(copy.with_name("copy of a copy"))
