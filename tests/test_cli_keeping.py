"""``papercrier backup``: one checked file, by day and time unless it is named, and one clear line when it cannot be written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.store.sqlite.store import open_sqlite
from bot.store.sqlite.trouble import newest_good_backup


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAPERCRIER_STORE_URL", raising=False)
    return tmp_path


def code_of(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


async def test_a_backup_is_written_beside_the_database_or_where_one_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await (await open_sqlite("papercrier.db", readers=1)).close()
    assert await asyncio.to_thread(code_of, "backup") == 0
    assert "checked" in capsys.readouterr().out
    beside = newest_good_backup(folder / "papercrier.db")
    assert beside is not None
    assert await asyncio.to_thread(code_of, "backup", "elsewhere/copy.db") == 0
    store = await open_sqlite("elsewhere/copy.db", readers=1)
    assert store.mark_state == "level"
    await store.close()


def test_a_backup_that_makes_no_sense_is_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("backup") == 2
    assert "there is no database" in capsys.readouterr().err
    assert list(folder.iterdir()) == []
