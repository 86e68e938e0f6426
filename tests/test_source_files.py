"""Files that people bring: which form they are in, and what is said of files that cannot be used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import exports
from bot.domain.papers import Author, Link, LinkKind, Paper
from bot.errors import SourceError
from bot.ports import Batch
from bot.sources.files.source import FileSource, Format, form_of, is_jsonl, read_document
from bot.sources.parsing.parser import Parser
from bot.text.normalise import normalise
from tests.fakes.parser import InlineParser

TODAY = date(2026, 7, 1)
OWN_PAGES = Path(__file__).parent / "data" / "listing"


def source(path: Path, *, form: Format | None = None, parser: Parser | None = None) -> FileSource:
    return FileSource(path, today=TODAY, parser=parser or InlineParser(), form=form)


async def fetched(path: Path, **options: object) -> list[Batch]:
    return [batch async for batch in source(path, **options).fetch({})]  # type: ignore[arg-type]


async def test_a_listing_page_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes((OWN_PAGES / "cards.txt").read_bytes())
    (batch,) = await fetched(path)
    assert len(batch.papers) == 5
    assert batch.problems[0].startswith("export.jsonl:10: ")
    assert source(path).name == "import:export.jsonl"


async def test_json_lines_are_read_whatever_their_name(tmp_path: Path) -> None:
    path = tmp_path / "papers.txt"
    path.write_text("\ufeff\n" + json.dumps({"title": "Tides of Paper", "authors": ["Ada Quill"]}) + "\n", encoding="utf-8")
    (batch,) = await fetched(path)
    assert [paper.title for paper in batch.papers] == ["Tides of Paper"]


async def test_many_json_lines_come_piece_by_piece_and_their_lines_are_counted_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sources.files.source.PIECE", 1000)
    path = tmp_path / "many.jsonl"
    lines = [json.dumps({"title": f"Paper {number}"}) for number in range(1, 301)]
    lines[249] = "{broken"
    path.write_text("\n".join(lines), encoding="utf-8")
    batches = await fetched(path)
    assert len(batches) > 5
    assert sum(len(batch.papers) for batch in batches) == 299
    assert [problem.partition(": ")[0] for batch in batches for problem in batch.problems] == ["many.jsonl:250"]


async def test_a_large_file_of_another_form_is_stored_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("title,year\n" + "".join(f"Paper {number},2020\n" for number in range(1200)), encoding="utf-8")
    assert [len(batch.papers) for batch in await fetched(path)] == [500, 500, 200]


@pytest.mark.parametrize("text", ['{"title": "x"}', '\n\n  {"title": 1}\n', '{"title": "cut', "\ufeff{}"])
def test_a_first_line_with_an_object_makes_json_lines(text: str) -> None:
    assert is_jsonl(text)


@pytest.mark.parametrize("text", ["", "{Braces} in a Title\nWe show.", "CLMay 28", '[{"title": "x"}]', '{"a":' * 100_000])
def test_other_first_lines_make_none(text: str) -> None:
    assert not is_jsonl(text) or text.startswith('{"a":')


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("@article{a, title={b}}", "bibtex"),
        ("% a comment\n\n  @ARTICLE ( a, title={b})", "bibtex"),
        ("TY  - JOUR\nTI  - b\nER  - ", "ris"),
        ("Record 1\n\ufeffTY - JOUR\n", "ris"),
        ("PMID- 1\nTI  - b", "ris"),
        ("FN Clarivate\nVR 1.0\nPT J\nTI b\nER\n", "ris"),
        ("JF  - b\nT1  - c\nER  -\n", "ris"),
        ("Title,Year\na,2020", "csv"),
        ("year;document title\n2020;a", "csv"),
        ("id\ttitle\n1\ta", "csv"),
        ("On Reading Lists\nA long abstract of a page that lists papers. It mails @home and says TY - no.\n", "listing"),
        ("Title\nof a page\n", "listing"),
        ("", "listing"),
    ],
)
def test_the_content_tells_the_form(text: str, form: str) -> None:
    assert form_of(text.encode()) == form


async def test_a_form_that_is_given_counts(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("heading\n@article{a, title = {Tides}}\n")
    assert [paper.title for paper in (await fetched(path, form="bibtex"))[0].papers] == ["Tides"]
    for form, problem in (("ris", "no record begins anywhere"), ("csv", 'no column is called "title"')):
        seen: list[Batch] = []
        with pytest.raises(SourceError, match=f"holds no papers: it was read as {form}"):
            async for batch in source(path, form=form).fetch({}):  # type: ignore[arg-type]
                seen.append(batch)  # noqa: PERF401 - what came before the error counts
        assert [batch.problems for batch in seen] == [(f"odd.txt:1: {problem}",)]


@pytest.mark.parametrize(
    ("content", "step"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\r\n \n", "it is empty"),
        (b"title,year\n", "bring BibTeX"),
        (b"@comment{x}\n", "bring BibTeX"),
        (b"hello\n", "bring BibTeX"),
        (b"{}\n", "bring BibTeX"),
    ],
)
async def test_a_file_without_papers_is_an_error_that_says_so(tmp_path: Path, content: bytes, step: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    reading = source(path)
    with pytest.raises(SourceError, match="file holds no papers") as raised:
        async for _ in reading.fetch({}):
            pass
    assert raised.value.next_step.startswith(step) and reading.without_papers


def test_a_text_without_any_record_gives_a_problem_for_each_line() -> None:
    batch = read_document(b"dear diary\n\ntoday nothing\n", name="diary", today=TODAY)
    assert batch.papers == ()
    assert [problem.split(" ")[0] for problem in batch.problems] == ["diary:1:", "diary:3:"]


async def test_old_character_sets_are_read(tmp_path: Path) -> None:
    for charset in ("latin-1", "utf-16"):
        (tmp_path / charset).write_bytes("@book{a, title = {Zoë}}".encode(charset))
        assert [paper.title for paper in (await fetched(tmp_path / charset))[0].papers] == ["Zoë"]


async def test_a_file_that_cannot_be_used_is_an_error_with_a_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sources.files.source.LARGEST_WHOLE", 1000)
    binary, large = tmp_path / "paper.pdf", tmp_path / "large.bib"
    binary.write_bytes(b"%PDF\0\1")
    large.write_text("@article{a, title = {b}}\n" * 100)
    for path, what in (
        (tmp_path / "missing", "cannot be read"),
        (tmp_path, "cannot be read"),
        (binary, "not a text"),
        (large, "larger than"),
    ):
        with pytest.raises(SourceError, match=what) as raised:
            await fetched(path)
        assert raised.value.next_step


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    made = Parser()
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"title": "Tides"}\n', "jsonl"),
        ("@article{a, title = {Tides}}", "bibtex"),
        ("TY  - JOUR\nTI  - Tides\nER  - ", "ris"),
        ("title,year\nTides,2020\n", "csv"),
        ("Tides\n" + "A small program keeps a list of papers fresh and groups with it read more of them than before. " * 3, "listing"),
    ],
)
async def test_each_form_is_read_in_the_child(parser: Parser, tmp_path: Path, text: str, form: str) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    (batch,) = await fetched(path, parser=parser)
    assert form_of(text.encode()) == form and [paper.title for paper in batch.papers] == ["Tides"]


EXPORTED = normalise(
    Paper(
        keys=("arxiv:2604.00001", "doi:10.1234/a_b"),
        title="50 % of Gödel & {Braces}: an $O(n)$ Study",
        abstract="We show, “once” more; that x < y.",
        authors=(Author(name="Laurens van der Maaten"), Author(name="Robin Jia"), Author(name="LHCb Collaboration")),
        categories=("cs.CL", "cs.AI"),
        submitted=date(2026, 4, 21),
        journal_ref="Journal of Things 7",
        comment="10 pages",
        links=(Link(kind=LinkKind.PAGE, url="https://arxiv.org/abs/2604.00001"),),
        source="arxiv",
    )
)


@pytest.mark.parametrize("form", exports.EXPORTS)
def test_what_we_export_we_read_again(form: str) -> None:
    document = exports.EXPORTS[form].write([EXPORTED, replace(EXPORTED, keys=("arxiv:2604.00002",), title="=SUM(1)")])
    batch = read_document(document.encode(), name="export", today=TODAY)
    first, second = map(normalise, batch.papers)
    assert batch.problems == ()
    assert set(EXPORTED.keys) <= set(first.keys) or form == "ris"
    assert "doi:10.1234/a_b" in first.keys and second.keys[0] == "arxiv:2604.00002"
    assert (first.title, second.title) == (EXPORTED.title, "=SUM(1)")
    assert [author.name for author in first.authors] == [author.name for author in EXPORTED.authors]
    assert first.abstract == EXPORTED.abstract and first.journal_ref.startswith("Journal of Things 7") and first.comment == "10 pages"
    assert first.submitted in (EXPORTED.submitted, date(2026, 4, 1))
