"""Files that people bring: which form they are in, and what is said of files that cannot be used."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.files import FileSource, is_jsonl, read_file, read_text

TODAY = date(2026, 7, 1)
OWN_PAGES = Path(__file__).parent / "data" / "listing"


async def fetched(path: Path) -> list[Batch]:
    return [batch async for batch in FileSource(path, today=TODAY).fetch({})]


async def test_a_listing_page_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes((OWN_PAGES / "cards.txt").read_bytes())
    (batch,) = await fetched(path)
    assert len(batch.papers) == 5
    assert batch.problems[0].startswith("export.jsonl:10: ")
    assert FileSource(path, today=TODAY).name == "import:export.jsonl"


async def test_json_lines_are_read_whatever_their_name(tmp_path: Path) -> None:
    path = tmp_path / "papers.txt"
    path.write_text("\ufeff\n" + json.dumps({"title": "Tides of Paper", "authors": ["Ada Quill"]}) + "\n", encoding="utf-8")
    (batch,) = await fetched(path)
    assert [paper.title for paper in batch.papers] == ["Tides of Paper"]


@pytest.mark.parametrize("text", ['{"title": "x"}', '\n\n  {"title": 1}\n', '{"title": "cut', "\ufeff{}"])
def test_a_first_line_with_an_object_makes_json_lines(text: str) -> None:
    assert is_jsonl(text)


@pytest.mark.parametrize("text", ["", "{Braces} in a Title\nWe show.", "CLMay 28", '[{"title": "x"}]'])
def test_other_first_lines_make_a_listing(text: str) -> None:
    assert not is_jsonl(text)


def test_a_text_without_any_record_gives_a_problem_for_each_line() -> None:
    batch = read_text("dear diary\n\ntoday nothing\n", name="diary", today=TODAY)
    assert batch.papers == ()
    assert [problem.split(" ")[0] for problem in batch.problems] == ["diary:1:", "diary:3:"]


def test_a_file_that_cannot_be_used_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    binary, latin = tmp_path / "paper.pdf", tmp_path / "old.txt"
    binary.write_bytes(b"%PDF\0\1")
    latin.write_bytes("Zoë".encode("latin-1"))
    for path, what in ((tmp_path / "missing", "cannot be read"), (tmp_path, "cannot be read"), (binary, "not a text"), (latin, "UTF-8")):
        with pytest.raises(SourceError, match=what) as raised:
            read_file(path, today=TODAY)
        assert raised.value.next_step
