"""What is asked on every tick reads what is on its way or waiting, never the whole history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.store.sqlite import deliveries, digests, reading
from bot.store.sqlite.store import SqliteStore

VALUES: dict[str, Any] = {
    "now": "2026-04-22T12:00:00.000000+00:00",
    "far": "2026-04-22T13:00:00.000000+00:00",
    "platforms": json.dumps(["slack"]),
    "busy": json.dumps(["slack:C2"]),
    "key": "slack:C1",
    "rows": "[1, 2]",
    "destination": "slack:C1",
    "tenant": "",
    "person": "slack:U7",
    "own": "slack:@U7",
    "occurrence": "x",
    "limit": 10,
}
DUE = "SELECT * FROM channels WHERE next_at <= :now AND next_at IS NOT NULL AND paused = '' ORDER BY next_at, key"
#: Each with the index that it has to begin at.
STATEMENTS = {
    "claim": (deliveries._CLAIMABLE, "deliveries_queue"),
    "uncertain": (deliveries._UNCERTAIN, "deliveries_state"),
    "due": (DUE, "channels_due"),
    "unread": (reading._UNREAD, "covered_newest"),
    "rest": (digests._REST, "covered_occurrence"),
}
#: Tables that grow for ever.
HISTORY = ("deliveries", "postings", "covered", "papers", "read_by", "occurrences")


async def plan_of(store: SqliteStore, statement: str) -> list[str]:
    return await store._db.read(lambda connection: [row["detail"] for row in connection.execute("EXPLAIN QUERY PLAN " + statement, VALUES)])


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_question_asked_on_every_tick_begins_at_its_own_index(store: SqliteStore, name: str) -> None:
    statement, index = STATEMENTS[name]
    plan = await plan_of(store, statement)
    assert any(f"INDEX {index}" in step for step in plan), plan


@pytest.mark.parametrize("statement", [statement for statement, _ in STATEMENTS.values()])
async def test_no_such_question_scans_a_table_that_grows_for_ever(store: SqliteStore, statement: str) -> None:
    aliases = {part: table for table in HISTORY for part in (table, *_aliases(statement, table))}
    plan = await plan_of(store, statement)
    partial = ("deliveries_queue",)
    scans = [step for step in plan if step.startswith("SCAN") and step.split()[1] in aliases and not step.split()[-1].endswith(partial)]
    assert scans == [], plan


def _aliases(statement: str, table: str) -> list[str]:
    words = statement.split()
    return [words[index + 2] for index, word in enumerate(words[:-2]) if word in ("FROM", "JOIN") and words[index + 1] == table]
