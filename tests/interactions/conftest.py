"""A chat over a new store."""

from __future__ import annotations

import pytest

from bot.store.sqlite.store import SqliteStore
from tests.fakes.clock import FakeClock
from tests.interactions.chat import Chat


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chat(store: SqliteStore, clock: FakeClock) -> Chat:
    return Chat(store, clock)
