"""Full disks, read-only files and damaged ones, each really brought about: nothing is lost, nothing half written."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.domain.deliveries import State
from bot.errors import StoreBusy, StoreError
from bot.query.language import parse_query
from bot.store.sqlite import ballast as ballast_module
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import NOON, a_destination, distinct_papers, later
from tests.contracts.digest_steps import HERE, THERE, an_occurrence, claim, enqueue, move, no_match, settle, uncertain

TODAY = NOON.date()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


async def filled(path: Path, papers: int = 3, deliveries: int = 1) -> None:
    store = await open_sqlite(str(path), readers=1)
    try:
        await store.ingest(distinct_papers(papers), at=NOON, match=no_match)
        for number in range(deliveries):
            await enqueue(store, a_destination(f"slack:C{number:03d}"))
    finally:
        await store.close()


async def refusal(path: Path, *, run: bool = False) -> StoreError:
    """What opening says, or running on it."""
    with pytest.raises(StoreError) as caught:
        store = await open_sqlite(str(path), readers=1)
        try:
            assert run, "it opened"
            await store.lock_run("a test")
        finally:
            await store.close()
    return caught.value


# --- no room ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the disk has room for the ballast: the last one counts."""
    has_room = [True]
    monkeypatch.setattr(ballast_module, "_has_room", lambda folder: has_room[-1])
    return has_room


async def limit_pages(store: SqliteStore, more: int) -> None:
    """From now on the database may grow by ``more`` pages: past that SQLite says that the disk is full."""

    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + more}")

    await store._db.write(limit, urgent=True)


async def test_on_a_full_disk_nothing_is_begun_nor_half_written_and_work_goes_on_by_itself(store: SqliteStore, room: list[bool]) -> None:
    await store.lock_run("a test")
    assert store._db.ballast.path.stat().st_size == ballast_module.SIZE
    begun, waiting = [(await enqueue(store, one))[0] for one in (HERE, THERE)]
    assert (await claim(store, limit=1))[0].id == begun
    assert await move(store, begun, State.SENDING, attempted=True)
    await limit_pages(store, 0)
    room.append(False)

    many = an_occurrence(a_destination("slack:CBIG"), parts=40)
    with pytest.raises(StoreError, match="full") as caught:
        await store.enqueue(many, at=NOON)
    assert "free some space" in caught.value.next_step
    assert not store._db.ballast.path.exists()
    assert await store.counts() == {State.SENDING: 1, State.PENDING: 1}
    for attempt in (
        claim(store),
        uncertain(store, now=later(hours=1)),
        store.enqueue(many, at=NOON),
        store.ingest([], at=NOON, match=no_match),
    ):
        with pytest.raises(StoreError, match="is full"):
            await attempt
    assert await move(store, begun, State.SENT, remote_id="1"), "what was begun is settled in the room that was kept"

    room.append(True)
    await limit_pages(store, 10_000)
    assert [one.id for one in await claim(store)] == [waiting]
    assert store._db.ballast.path.exists()
    assert await store.enqueue(many, at=NOON)


async def test_a_receipt_that_cannot_be_written_leaves_the_delivery_in_doubt(store: SqliteStore) -> None:
    await store.lock_run("a test")
    [id_] = await enqueue(store)
    await settle(store, id_, State.SENDING)
    await limit_pages(store, 0)
    with pytest.raises(StoreError, match="full"):
        await move(store, id_, State.SENT, remote_id="1", error="x" * 4_000_000)
    await limit_pages(store, 10_000)
    assert [(one.id, one.remote_id) for one in await uncertain(store, now=later(hours=1))] == [(id_, "")]


async def test_without_room_an_intent_is_not_written_and_the_claim_runs_out(store: SqliteStore, room: list[bool]) -> None:
    await store.lock_run("a test")
    [id_] = await enqueue(store)
    await claim(store, lease=60)
    store._db.ballast.free()
    room.append(False)
    with pytest.raises(StoreError, match="full"):
        await move(store, id_, State.SENDING, attempted=True)
    room.append(True)
    assert [(one.id, one.attempts) for one in await claim(store, now=later(seconds=60))] == [(id_, 0)]


async def test_a_disk_too_small_for_ballast_does_not_hinder_reading_verbs(store: SqliteStore, room: list[bool]) -> None:
    room.append(False)
    await enqueue(store)
    assert await store.counts() == {State.PENDING: 1}
    assert not store._db.ballast.path.exists()


# --- read-only -------------------------------------------------------------------------------------------------------


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom the permissions of files hold back."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that every user may look into."""
    folder = Path(tempfile.mkdtemp(prefix="papercrier-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("journal", ["gone", "left"])
@pytest.mark.parametrize("what", ["file", "folder", "both"])
async def test_a_file_that_cannot_be_written_can_be_read(shelf: Path, what: str, journal: str) -> None:
    path = shelf / "test.db"
    await filled(path)
    if journal == "left":  # as after a kill: the last commits are in the journal only
        copy = shelf / "copy"
        store = await open_sqlite(str(path), readers=1)
        await enqueue(store, THERE)
        shutil.copytree(shelf, copy, ignore=shutil.ignore_patterns("copy"))
        await store.close()
        path = copy / "test.db"
    if what != "folder":
        for one in path.parent.iterdir():
            one.chmod(0o444)
    else:
        for one in path.parent.iterdir():
            one.chmod(0o666)
    path.parent.chmod(0o777 if what == "file" else 0o555)
    with unprivileged():
        store = await open_sqlite(str(path), readers=2)
        try:
            assert (await store.search(parse_query("paper"), today=TODAY)).total == 3
            assert await store.counts() == {State.PENDING: 2 if journal == "left" else 1}
            for writing in (enqueue(store, slot="x"), claim(store), store.lock_run("a test")):
                with pytest.raises(StoreError, match="readonly") as caught:
                    await writing
                assert "writable for this user" in caught.value.next_step
        finally:
            await store.close()
    path.parent.chmod(0o755)


# --- damage ----------------------------------------------------------------------------------------------------------


def flip(path: Path, start: int, count: int = 64) -> None:
    """Other bytes all over the file, from ``start`` on."""
    chance = random.Random(27)
    content = bytearray(path.read_bytes())
    for place in chance.sample(range(start, len(content)), count):
        content[place] ^= 0xFF
    path.write_bytes(content)


def break_pages(path: Path) -> None:
    """Zeroes over the heads of all pages but the first: no tree of the file can be walked any more."""
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 16] = bytes(16)
    path.write_bytes(content)


async def test_a_damaged_file_is_refused_before_anything_is_posted_and_the_newest_good_backup_is_named(path: Path) -> None:
    await filled(path, papers=20)
    good, bad = path.with_name("test.db.backup-1"), path.with_name("test.db.backup-2")
    shutil.copy(path, good)
    break_pages(path)
    shutil.copy(path, bad)
    os.utime(good, (1, 1))
    error = await refusal(path, run=True)
    assert "damaged" in error.message or "malformed" in error.message
    assert str(good) in error.next_step
    assert str(bad) not in error.next_step
    path.unlink()
    shutil.copy(good, path)
    store = await open_sqlite(str(path), readers=1)
    try:
        await store.lock_run("a test")
        assert len(await claim(store)) == 1
    finally:
        await store.close()


async def test_a_damaged_head_is_refused_on_opening_and_told_without_a_backup_too(path: Path) -> None:
    await filled(path)
    content = path.read_bytes()
    path.write_bytes(b"\0" * 100 + content[100:])
    error = await refusal(path)
    assert "put a backup back" in error.next_step
    assert path.read_bytes()[100:] == content[100:]


async def test_a_file_with_other_bytes_here_and_there_never_crashes_anything(path: Path) -> None:
    await filled(path, papers=20)
    flip(path, 100)
    try:
        store = await open_sqlite(str(path), readers=1)
    except StoreError:
        return
    try:
        await store.lock_run("a test")
        await claim(store)
    except StoreError as error:
        assert error.next_step
    finally:
        await store.close()


async def test_the_run_lock_is_free_again_when_the_file_was_refused(path: Path) -> None:
    await filled(path, papers=20)
    break_pages(path)
    for _ in range(2):
        assert not isinstance(await refusal(path, run=True), StoreBusy)
