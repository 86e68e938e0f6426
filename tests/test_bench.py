"""The benchmark's own parts, on a handful of invented papers: that it measures what it says, not how quick anything is."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from rich.console import Console

from bot.domain.papers import Author, Paper
from bot.errors import BadInput
from bot.query.language import parse_query
from tests.bench import announced, chat, ingest, loop, matching, proposals, search
from tests.bench.__main__ import main
from tests.bench.corpus import VARIABLE, Drawing, corpus_file, load_papers, spread
from tests.bench.figures import Row, Times, percentile, percentiles, times, tokenise
from tests.bench.machine import this_machine
from tests.bench.standing import subscriptions
from tests.bench.startup import CONFIG
from tests.bench.table import document, number, table_of

TODAY = date(2026, 5, 1)
WORDS = (
    "neural",
    "reading",
    "orders",
    "sparse",
    "lattice",
    "quantum",
    "networks",
    "attention",
    "retrieval",
    "models",
    "benchmark",
    "galaxies",
    "protein",
    "folding",
    "graphs",
)


def some_papers(many: int = 40) -> list[Paper]:
    draw = Random(7)
    return [
        Paper(
            keys=(f"arxiv:2604.{index:05d}",),
            title=" ".join(draw.sample(WORDS, 5)).capitalize(),
            abstract=f"Study {index}: " + " ".join(draw.choices(WORDS, k=60)) + ".",
            authors=(Author(name=f"Ada {draw.choice(WORDS).title()}"), Author(name="Grace Hopper")),
            categories=("cs.CL", "cs.AI"),
            submitted=date(2026, 4, 1 + index % 28),
            source="import",
        )
        for index in range(many)
    ]


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([5.0], 99) == 5.0
    assert percentile(list(range(101)), 95) == 95.0
    assert percentiles([0.001, 0.003], 1000) == pytest.approx((2.0, 2.9, 2.98))
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_ratios_and_numbers_show_what_matters() -> None:
    assert [times(value) for value in (0.0421, 3.84, 214.4, 12_345.0)] == ["0.042", "3.8", "214", "12,345"]
    assert [number(value) for value in (0.0421, 3.814, 42.04, 1234.4)] == ["0.042", "3.81", "42.0", "1,234"]


def test_the_same_papers_draw_the_same_queries() -> None:
    papers = some_papers()
    first, second = Drawing(papers).queries(30), Drawing(papers).queries(30)
    assert first == second
    assert len({parse_query(drawn.text).canonical for drawn in first}) == len(first) == 30
    kinds = {drawn.kind for drawn in first}
    assert {"common", "phrase", "prefix", "author", "category", "boolean", "dated"} <= kinds


def test_drawn_rules_are_different_and_in_canonical_form() -> None:
    rules = Drawing(some_papers()).rules(50)
    assert len(set(rules)) == len(rules) == 50
    assert [parse_query(rule).canonical for rule in rules] == rules


def test_nothing_can_be_drawn_from_papers_without_words() -> None:
    with pytest.raises(ValueError, match="no words"):
        Drawing([Paper(keys=("arxiv:2604.00001",), title="", abstract="")])


def test_a_spread_takes_papers_at_even_distances() -> None:
    papers = some_papers(10)
    assert [paper.key[-1] for paper in spread(papers, 5)] == ["0", "2", "4", "6", "8"]
    assert spread(papers, 99) == papers


def test_papers_are_read_as_an_import_reads_them() -> None:
    line = json.dumps({"id": "2604.00001", "title": "Reading Orders", "authors": ["Ada Lovelace"], "published": "2026-04-02"})
    (paper,) = load_papers(line)
    assert (paper.key, paper.date) == ("arxiv:2604.00001", date(2026, 4, 2))
    assert tokenise(paper) == ["reading", "orders"]


def test_without_the_sample_the_benchmark_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(BadInput, match="is not there"):
        corpus_file()
    monkeypatch.delenv(VARIABLE)
    result = CliRunner().invoke(main, ["--quick"])
    assert result.exit_code == 2
    assert f"{VARIABLE} is not set" in result.output


async def test_every_way_of_ingest_is_measured(tmp_path: Path) -> None:
    papers = some_papers()
    rules = Drawing(papers).rules(20)
    template = tmp_path / "template.db"
    await ingest.make_template(template, rules)
    rows = await ingest.measure(papers, template, tmp_path, rounds=2)
    names = " | ".join(row.name for row in rows)
    assert "floor" in names
    assert "40 new papers, nobody follows anything" in names
    assert "the same, 20 rules" in names
    assert "0 new, 0 changed" in next(row.beside for row in rows if row.name == "the same papers once more")
    assert all(row.group == ingest.GROUP and (row.wall or row.cpu) for row in rows)


async def test_answering_is_measured_while_papers_come_in(tmp_path: Path) -> None:
    papers = some_papers()
    template, path = tmp_path / "template.db", tmp_path / "large.db"
    await ingest.make_template(template, Drawing(papers).rules(5))
    store = await ingest.open_copy(template, path)
    try:
        answering = await loop.measure(store, papers, Drawing(papers).queries(10), tmp_path, idle=0.05, blocked=20, today=TODAY)
    finally:
        await store.close()
    assert len(answering) == 5
    assert ingest.followed(path).startswith("5 rules")


async def test_search_is_measured_beside_ways_that_find_as_many(tmp_path: Path) -> None:
    papers, told = some_papers(), list[str]()
    rows = await search.at_size(100, papers, Drawing(papers).queries(20), tmp_path, rounds=1, tell=told.append)
    assert {row.group for row in rows} == {"search, 100 papers"}
    by_name = {row.name: row for row in rows}
    assert by_name["sort best"].labels == ("p50", "p95", "p99")
    assert len(by_name["sort best"].wall) == len(by_name["sort best"].cpu) == 3
    assert "% of 20 find something" in by_name["sort best"].beside and " 0% of" not in by_name["sort best"].beside
    assert {"sort new", "plain FTS5: join, ORDER BY rank, count", "LIKE over all papers", "similar", "rehearse 30 days"} <= by_name.keys()
    assert (tmp_path / "100.db").exists()


def test_ways_that_count_differently_stop_the_benchmark() -> None:
    ours, other = search.Way("ours"), search.Way("other")
    ours.found, other.found = {"a": 1000, "b": 3}, {"a": 7000, "b": 3}
    search._compare(other, ours, ["a", "b"])
    other.found["b"] = 4
    with pytest.raises(RuntimeError, match="other finds 4 for b, ours finds 3"):
        search._compare(other, ours, ["a", "b"])


async def test_commands_in_chat_are_all_acknowledged_and_answered(tmp_path: Path) -> None:
    papers = some_papers()
    await ingest.make_template(tmp_path / "chat.db", Drawing(papers).rules(5))
    rows = await chat.measure(tmp_path / "chat.db", papers, Drawing(papers).queries(5), tmp_path, seconds=0.3, pace=20, warming=0.1)
    assert [row.name for row in rows] == [
        f"{platform}, {what}, {meanwhile}, 6 commands"
        for meanwhile in chat.MEANWHILE
        for platform in ("Slack", "Discord")
        for what in ("acknowledged", "answered in full")
    ]
    assert all("papers/s" in row.beside and not row.beside.startswith("0 ") for row in rows[4:])
    assert all(0 < low <= high <= most for row in rows for low, high, most in [row.wall])


def test_the_same_papers_draw_the_same_subscriptions_and_some_ask_for_the_same() -> None:
    drawn = list(subscriptions(some_papers(), 300))
    assert drawn == list(subscriptions(some_papers(), 300))
    assert len(drawn) == 300 > len({parse_query(text).canonical for text in drawn})


def test_matching_is_measured_at_every_size_beside_loops_that_find_the_same() -> None:
    papers = some_papers()
    rows = matching.measure(papers, list(subscriptions(papers, 60)), (10, 50), rounds=1, today=TODAY)
    names = [row.name for row in rows]
    assert sum("subscriptions, " in name for name in names) == 2
    assert sum(name.startswith("  each in turn") for name in names) == 6
    assert sum(name == "  memory of the matcher" for name in names) == 2


def test_an_automaton_finds_what_the_matcher_finds() -> None:
    pytest.importorskip("ahocorasick")
    papers = some_papers()
    rows = matching.measure(papers, list(subscriptions(papers, 80)), (80,), rounds=1, today=TODAY)
    assert any("Aho-Corasick" in row.name and "the same hits" in row.beside for row in rows)


def test_time_is_taken_of_all_repetitions() -> None:
    taken = Times()
    for _ in range(3):
        with taken.one():
            sum(range(1000))
    row = taken.row("ingest", "sum", unit="ms", scale=1000)
    assert len(taken.wall) == len(taken.cpu) == 3
    assert row.wall[0] > 0


def test_the_table_shows_every_figure_and_the_machine() -> None:
    rows = [
        Row(group="search", name="sort best [x]", unit="ms", wall=(1.5, 20.0), cpu=(1.0, 2.0), labels=("p50", "p99"), beside="2.0 × plain"),
        Row(group="memory", name="idle", unit="MiB", wall=(54.3,), labels=("RSS",)),
    ]
    machine = this_machine()
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table_of(rows, markdown=False))
    shown = console.export_text()
    assert all(part in shown for part in ("sort best [x]", "1.50 / 20.0", "p50 / p99", "54.3", "MiB"))
    assert machine.kernel in str(machine)
    written = json.loads(document(rows, machine, "quick run"))
    assert written["rows"][0]["wall"] == [1.5, 20.0]
    assert written["machine"]["cores"] == machine.cores >= 1


def test_the_configuration_of_the_benchmark_is_a_valid_one(tmp_path: Path) -> None:
    from bot.config import load_config

    path = tmp_path / "bench.toml"
    path.write_text(CONFIG.format(path=tmp_path / "x.db"), encoding="utf-8")
    config = load_config(path, {})
    assert config.adapters.slack
    assert config.adapters.discord


async def test_authors_are_proposed_among_as_many_as_planned(tmp_path: Path) -> None:
    (row,) = await proposals.measure(tmp_path, authors=500, asked=40)
    assert len(row.wall) == len(row.labels) == 3 and 0 < row.wall[0] <= row.wall[2]
    people = proposals.People(7)
    assert len(people.counts(500)) == 500 and all(people.typed(20))


async def test_a_large_announcement_day_is_read_from_its_feed(tmp_path: Path) -> None:
    await ingest.make_template(tmp_path / "template.db", ["neural"])
    rows = await announced.measure(some_papers(), tmp_path / "template.db", tmp_path, items=30, rounds=1)
    assert [row.unit for row in rows] == ["s", "ms", "ms"] and "30 papers" in rows[0].name
    assert all(value > 0 for row in rows for value in row.wall)
