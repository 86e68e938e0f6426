"""The table of sources: everything in it can be configured, and everything that can be configured is in it."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.config_sources import SourcesTable
from bot.render.receipt import SOURCE_NAMES
from bot.sources.fetch.fetcher import Fetcher
from bot.sources.registry import KINDS, Tools, make_source
from tests.fakes.clock import FakeClock
from tests.fakes.parser import InlineParser


async def none_arrived(*, since: datetime, until: datetime, limit: int) -> list[tuple[str, datetime]]:
    return []


@pytest.fixture
def tools() -> Tools:
    clock = FakeClock()
    return Tools(clock=clock, fetcher=Fetcher(clock), parser=InlineParser(), arrivals=none_arrived)


def test_every_table_of_the_configuration_has_a_row_and_every_row_its_table() -> None:
    assert {kind.table for kind in KINDS if kind.table} == SourcesTable.model_fields.keys() - {"internal", "lookups"}


def test_every_row_says_what_it_reads_and_when() -> None:
    for kind in KINDS:
        assert kind.title and kind.reads and kind.key
        assert bool(kind.when) != bool(kind.table), f"{kind.title}: a table has every_minutes, what has none says when"
        assert bool(kind.make) == bool(kind.table)


def test_a_source_with_one_table_has_its_name_in_receipts() -> None:
    assert {kind.table for kind in KINDS if kind.table} - SOURCE_NAMES.keys() == {"feeds", "listings"}


def test_a_source_is_made_from_its_table(tools: Tools) -> None:
    sources = SourcesTable.model_validate({"arxiv": {"categories": ["cs.CL"]}})
    (kind,) = (kind for kind in KINDS if kind.table == "arxiv")
    (source,) = (make_source(kind, table, tools) for table in sources.tables("arxiv"))
    assert source is not None and source.name == "arxiv"
    (nothing,) = (make_source(kind, table, tools) for table in SourcesTable.model_validate({"arxiv": {}}).tables("arxiv"))
    assert nothing is None
    assert SourcesTable().tables("arxiv") == () == SourcesTable().tables("")
