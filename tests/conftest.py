"""Fixtures that every room shares."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sqlite.store import SqliteStore, open_sqlite


@pytest.fixture
def test_data() -> Path:
    """The folder of real recorded answers; the test is skipped where it is not at hand."""
    folder = os.environ.get("PAPERCRIER_TEST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("PAPERCRIER_TEST_DATA names no folder: recorded answers are not at hand")
    return Path(folder)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A new store in a real file."""
    opened = await open_sqlite(str(tmp_path / "test.db"), readers=2)
    yield opened
    await opened.close()
