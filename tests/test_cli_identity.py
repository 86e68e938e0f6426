"""The operator says which records are one paper, and may change their mind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_cli import Said, call

__all__ = ["call"]

#: Two files with the same title and first author: one has an id, the other is something else.
ONE = {
    "id": "2604.00001",
    "title": "On Reading Lists That Keep Themselves",
    "authors": ["Ada Lovelace"],
    "abstract": "First text.",
    "version": 1,
    "submitted": "2026-04-21",
}
OTHER = {"doi": "10.1234/lists", "title": "On Reading Lists That Keep Themselves", "authors": ["Ada Lovelace"], "submitted": "2026-04-20"}


@pytest.fixture
def merged(call: Callable[..., Said], tmp_path: Path) -> Callable[..., Said]:
    Path(tmp_path / "papercrier.toml").write_text(f'[bot]\nseeds = false\n[store]\nurl = "sqlite:{tmp_path / "papers.db"}"\n')

    def bring(*records: dict[str, object]) -> None:
        for number, record in enumerate(records):
            path = tmp_path / f"{number}.jsonl"
            path.write_text(json.dumps(record) + "\n")
            assert call("import", path).code == 0

    bring(ONE, OTHER)
    call.bring = bring  # type: ignore[attr-defined]
    return call


def papers(call: Callable[..., Said]) -> list[str]:
    return sorted(paper["id"] for paper in call("search", "--json", "reading lists").document["papers"])


def test_a_merged_paper_is_listed_taken_apart_and_joined_again(merged: Callable[..., Said]) -> None:
    assert papers(merged) == ["arxiv:2604.00001"]
    listed = merged("unmerge", "2604.00001")
    assert listed.code == 0 and "doi:10.1234/lists" in listed.out and "unmerge arxiv:2604.00001 NUMBER" in listed.out
    assert papers(merged) == ["arxiv:2604.00001"], "listing changes nothing"
    apart = merged("unmerge", "2604.00001", "doi:10.1234/lists")
    assert apart.code == 0 and apart.out.splitlines()[-1] == "undo: papercrier merge arxiv:2604.00001 doi:10.1234/lists"
    assert papers(merged) == ["arxiv:2604.00001", "doi:10.1234/lists"]
    merged.bring(OTHER, ONE)  # type: ignore[attr-defined]
    assert papers(merged) == ["arxiv:2604.00001", "doi:10.1234/lists"], "read again, they stay two"
    joined = merged(*apart.out.splitlines()[-1].removeprefix("undo: papercrier ").split())
    assert joined.code == 0 and joined.out.startswith("one paper now: arxiv:2604.00001")
    assert papers(merged) == ["arxiv:2604.00001"]
    assert merged("unmerge", "2604.00001", "2").code == 0
    assert merged("show", "row:2", "--json").document["id"] == "doi:10.1234/lists"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("unmerge", "2604.99999"), "no paper is known"),
        (("unmerge", "2604.00001", "9"), "no record of the paper"),
        (("unmerge", "2604.00001", "1", "2"), "leave nothing"),
        (("merge", "2604.00001", "10.1234/lists"), "not two papers"),
        (("merge", "2604.00001", "row:77"), "no paper is known"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_next_step(merged: Callable[..., Said], arguments: tuple[str, ...], said: str) -> None:
    refused = merged(*arguments)
    assert refused.code == 2 and said in refused.err and refused.err.count("\n") == 1
    assert papers(merged) == ["arxiv:2604.00001"]


def test_show_tells_the_versions_and_where_each_field_comes_from(merged: Callable[..., Said]) -> None:
    merged.bring({**ONE, "version": 2, "title": "On Reading Lists", "comment": "Accepted at ACL 2026", "updated": "2026-05-02"})  # type: ignore[attr-defined]
    printed = " ".join(merged("show", "2604.00001").out.replace("│", " ").split())
    assert "v2 (2 May 2026), title changed from “On Reading Lists That Keep Themselves”, accepted at ACL 2026" in printed
    history = merged("show", "2604.00001", "--json").document["history"]
    assert [change["kind"] for change in history["changes"]] == ["version", "title", "accepted"]
    assert history["given_by"]["title"] == ["import"]
    assert {record["key"] for record in history["records"]} == {"arxiv:2604.00001", "doi:10.1234/lists"}
