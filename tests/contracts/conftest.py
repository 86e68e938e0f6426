"""Fixtures of the contract suites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sqlite.store import SqliteStore, open_sqlite


@pytest.fixture
async def second_store(store: SqliteStore, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A second way into the same database, as another process has it."""
    opened = await open_sqlite(str(tmp_path / "test.db"), readers=1)
    yield opened
    await opened.close()
