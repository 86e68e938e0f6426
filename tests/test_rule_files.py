"""Rules as text and back: what was written is what is read, and applying it changes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import declared
from bot.config import check_config
from bot.domain.mutes import Mute
from bot.domain.subscriptions import Channel, Destination, Subscription
from bot.rule_files import rules_text
from bot.services.declared import Change, Declared, Rule, apply_declared, plan_declared
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_destination, some_settings
from tests.fakes.clock import FakeClock
from tests.queries import queries

HERE = a_destination(name='#nlp "and" [more]\n')
MADE = {"kind": "query", "created_at": NOON, "created_by": "slack:U7"}


def a_channel(destination: Destination = HERE, **fields: object) -> Channel:
    return Channel(destination=destination, settings=some_settings(**fields), next_at=None)  # type: ignore[arg-type]


def a_rule(number: int, query: str, **options: object) -> Subscription:
    return Subscription(number=number, destination=HERE, query=query, **MADE, **options)  # type: ignore[arg-type]


def steps(
    wanted: Sequence[Declared], channels: Sequence[Channel], subscriptions: Sequence[Subscription], mutes: Sequence[Mute] = ()
) -> list[Change]:
    return plan_declared(wanted, channels, subscriptions, mutes, at=NOON, origin="chat")


def read(text: str) -> list[object]:
    return list(declared(check_config(tomllib.loads(text))))


@settings(max_examples=60, deadline=None)
@given(found=st.lists(queries(), max_size=4, unique_by=lambda query: query.canonical))
def test_whatever_is_followed_is_read_back_and_then_there_is_nothing_to_do(found: list) -> None:  # type: ignore[type-arg]
    rules = [a_rule(number, query.canonical) for number, query in enumerate(found, start=1)]
    try:
        back = declared(check_config(tomllib.loads(rules_text([a_channel()], rules, []))))
    except Exception as error:  # a query that cannot stand (a date that moves) is no rule
        assert "subscribe" in str(error)
        return
    assert steps(back, [replace(a_channel(), destination=replace(HERE, name=back[0].destination.name))], rules) == []


def test_options_of_a_rule_are_kept() -> None:
    rules = [a_rule(1, "graphs"), a_rule(2, "parsing", types=("update",), maximum=3)]
    channel = a_channel(maximum=7, style="cards", fill="unread", deliver="instant", types=("new", "update"))
    (back,) = declared(check_config(tomllib.loads(rules_text([channel], rules, []))))
    assert back.rules == (Rule(query="graphs"), Rule(query="parsing", types=("update",), maximum=3))
    assert back.settings == channel.settings


def test_no_channels_is_a_file_that_says_nothing() -> None:
    assert read(rules_text([], [], [])) == []


async def test_a_file_says_what_the_rules_of_its_channels_are_and_nothing_about_others(store: SqliteStore) -> None:
    clock = FakeClock(NOON)
    other = a_destination("slack:C9999ZZZZ", name="#vision")
    for destination in (HERE, other):
        await store.add_channel(destination, some_settings(), next_at=NOON, origin="chat")
        for query in ("graphs", "parsing"):
            await store.subscribe(destination, query, "keyword", by="slack:U7", at=NOON, origin="chat")
    await store.subscribe(HERE, "declared", "keyword", by="config", at=NOON, origin="config")
    mine = f'[[channels]]\nto = "{HERE.key}"\nsubscribe = ["graphs", {{query = "trees", max = 2}}]\n'
    text = f'{mine}[[channels]]\nto = "console:new"\nsubscribe = ["x y"]\n'
    wanted = declared(check_config(tomllib.loads(text)))

    async def plan() -> list[str]:
        found = steps(wanted, await store.channels(), await store.subscriptions())
        return [change.line for change in found if "~ channel" not in change.line]

    assert await plan() == [
        f"+ {HERE.key} subscribe trees max:2",
        f"- {HERE.key} unsubscribe #2 parsing",
        "+ channel console:new (mon-fri 09:00 UTC, max 10, digest)",
        "+ console:new subscribe x y",
    ]
    for _ in range(2):
        found = steps(wanted, await store.channels(), await store.subscriptions())
        await apply_declared(found, store, clock, origin="chat")
    assert await plan() == []
    assert {one.query: one.maximum for one in await store.subscriptions(HERE)} == {"graphs": None, "trees": 2, "declared": None}
    assert [one.query for one in await store.subscriptions(other)] == ["graphs", "parsing"]
    assert {channel.origin for channel in await store.channels()} == {"chat"}


async def test_a_rule_that_changes_keeps_its_number(store: SqliteStore) -> None:
    clock = FakeClock(NOON)
    await store.add_channel(HERE, some_settings(), next_at=NOON, origin="chat")
    await store.subscribe(HERE, "graphs", "keyword", by="slack:U7", at=NOON, origin="chat")
    for options, kept in (('types = ["update"], max = 4', (("update",), 4)), ("max = 5", ((), 5))):
        text = f'[[channels]]\nto = "{HERE.key}"\nsubscribe = [{{query = "graphs", {options}}}]\n'
        found = steps(declared(check_config(tomllib.loads(text))), await store.channels(), await store.subscriptions())
        await apply_declared(found, store, clock, origin="chat")
        [one] = await store.subscriptions(HERE)
        assert (one.number, one.types, one.maximum) == (1, *kept)
