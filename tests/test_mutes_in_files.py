"""Mutes as text and back: what was written is what is read, applying it twice changes nothing, and nobody else's are touched."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import declared
from bot.config import check_config
from bot.domain.mutes import MUTE_KINDS, Mute
from bot.domain.subscriptions import Channel, Destination
from bot.errors import BadInput, ConfigError
from bot.muting import mute_query, namesake_query
from bot.rule_files import rules_text
from bot.services.declared import Change, Declared, apply_declared, plan_declared
from bot.store.sqlite.store import SqliteStore, open_sqlite
from tests.builders import NOON, a_destination, a_paper, daily, later, some_settings
from tests.fakes.clock import FakeClock

HERE = a_destination()
THERE = a_destination("slack:C9999ZZZZ", name="#vision")
ANA = a_destination("slack:@U0ANA7", name="@ana")
BERLIN = some_settings(schedule=daily("09:00", "Europe/Berlin"))


def a_mute(number: int, kind: str, value: str, *, to: Destination = HERE, query: str = "", until: datetime | None = None) -> Mute:
    query = query or mute_query(kind, value)  # type: ignore[arg-type]
    made = {"created_at": NOON, "created_by": "slack:U7", "until": until}
    return Mute(number=number, destination=to, kind=kind, value=value, query=query, **made)  # type: ignore[arg-type]


def read(text: str) -> list[Declared]:
    return declared(check_config(tomllib.loads(text)))


def a_channel(to: Destination = HERE) -> Channel:
    return Channel(destination=to, settings=BERLIN, next_at=None)


MAY = datetime(2026, 5, 1)  # noqa: DTZ001 - hypothesis wants its bounds without a zone
MIDNIGHTS = st.integers(0, 900).map(lambda day: datetime(2026, 5, 1, 22, tzinfo=UTC) + timedelta(days=day))
ENDS = st.none() | st.datetimes(MAY, MAY + timedelta(days=900), timezones=st.just(UTC)) | MIDNIGHTS
VALUES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30) | st.sampled_from(
    ["cs.CL", "Robin Jia", "état", '"x"']
)


@settings(max_examples=150, deadline=None)
@given(found=st.lists(st.tuples(st.sampled_from(MUTE_KINDS), VALUES, ENDS), max_size=5), channel=st.booleans())
def test_whatever_is_muted_is_read_back_and_then_there_is_nothing_to_do(
    found: list[tuple[str, str, datetime | None]], channel: bool
) -> None:
    mutes: list[Mute] = []
    for kind, value, until in found:
        try:
            query = namesake_query(a_paper(), value) if kind == "person" else mute_query(kind, value)  # type: ignore[arg-type]
        except BadInput:
            continue  # nobody could have muted that
        if (kind, query) not in [(one.kind, one.query) for one in mutes]:
            mutes.append(a_mute(len(mutes) + 1, kind, value, query=query, until=until))
    channels = [a_channel()] if channel else []
    wanted = read(rules_text(channels, [], mutes))
    assert [(one.kind, one.value, one.query, one.until) for table in wanted for one in table.mutes or ()] == [
        (one.kind, one.value, one.query, one.until) for one in mutes
    ]
    assert plan_declared(wanted, channels, [], mutes, at=NOON, origin="chat") == []


def test_an_end_at_midnight_is_written_as_a_day_by_the_clocks_of_the_channel() -> None:
    midnight, noon = datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)
    mutes = [a_mute(1, "word", "survey", until=midnight), a_mute(2, "category", "cs.CV", until=noon)]
    text = rules_text([a_channel()], [], mutes)
    assert "until = 2027-01-01 }" in text and "until = 2026-12-31 12:00:00+00:00 }" in text
    assert "until = 2026-12-31 23:00:00+00:00" in rules_text([], [], [replace(mutes[0], destination=ANA)])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{kind = "wrod", value = "x"}', "mute[0].kind"),
        ('{kind = "word"}', "mute[0].value: is missing"),
        ('{kind = "author", value = "???"}', "mute[0]: "),
        ('{kind = "person", value = "Wei Zhang"}', "not them"),
        ('{kind = "word", value = "x", until = 2026-12-01T10:00:00}', "2026-12-01T10:00:00Z"),
        ('{kind = "word", value = "x", until = "soon"}', "mute[0].until"),
        ('{kind = "word", value = "x", query = "by:("}', "mute[0]: "),
    ],
)
def test_a_mute_that_cannot_be_is_told_with_its_key(written: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f'[[channels]]\nto = "{HERE.key}"\nmute = [{written}]\n')
    assert any(told in problem and problem.startswith("channels[0].mute[0]") for problem in caught.value.problems), caught.value.problems


class Office:
    """A store with two channels and a person, and the files that are applied to it."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.clock = store, FakeClock(NOON)

    async def plan(self, text: str, origin: str = "chat") -> list[Change]:
        held = await self.store.channels(), await self.store.subscriptions(), await self.store.mutes(at=self.clock.now())
        return plan_declared(read(text), *held, at=self.clock.now(), origin=origin)  # type: ignore[arg-type]

    async def apply(self, text: str, origin: str = "chat") -> list[str]:
        """The lines of the plan; afterwards there is nothing left to do."""
        plan = await self.plan(text, origin)
        await apply_declared(plan, self.store, self.clock, origin=origin)  # type: ignore[arg-type]
        assert await self.plan(text, origin) == []
        return [change.line for change in plan]

    async def mute(self, kind: str, value: str, to: Destination = HERE, **fields: object) -> None:
        query = mute_query(kind, value)  # type: ignore[arg-type]
        await self.store.mute(to, kind, value, query, by="slack:U7", at=NOON, **fields)  # type: ignore[arg-type]

    async def live(self, to: Destination | None = None) -> list[str]:
        return [f"#{one.number} {one.kind} {one.value}" for one in await self.store.mutes(to, at=self.clock.now())]

    async def text(self) -> str:
        return rules_text(await self.store.channels(), await self.store.subscriptions(), await self.store.mutes(at=self.clock.now()))


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Office]:
    """Another store, with nothing in it."""
    store = await open_sqlite(str(tmp_path / "elsewhere.db"), readers=1)
    yield Office(store)
    await store.close()


@pytest.fixture
async def office(store: SqliteStore) -> Office:
    for place in (HERE, THERE):
        await store.add_channel(place, BERLIN, next_at=NOON, origin="chat")
        await store.subscribe(place, "graphs", "keyword", by="slack:U7", at=NOON, origin="chat")
    return Office(store)


def table(to: Destination, *mutes: str, more: str = "") -> str:
    return f'[[channels]]\nto = "{to.key}"\n{more}mute = [{", ".join(mutes)}]\n'


async def test_a_file_adds_changes_and_ends_mutes_and_the_plan_says_which(office: Office) -> None:
    for value in ("survey", "robot", "speech"):
        await office.mute("word", value)
    await office.mute("word", "left alone", THERE)
    text = table(
        HERE,
        '{kind = "word", value = "survey"}',
        '{kind = "word", value = "robot", until = 2026-12-01}',
        '{kind = "author", value = "Robin Jia"}',
    )
    assert await office.apply(text) == [
        f"+ {HERE.key} mute author Robin Jia",
        f"~ {HERE.key} mute #2 word robot until 2026-12-01 00:00 UTC",
        f"- {HERE.key} unmute #3 word speech",
    ]
    assert await office.live() == ["#1 word survey", "#2 word robot", "#4 author Robin Jia", "#1 word left alone"]
    assert [one.query for one in await office.store.subscriptions(HERE)] == ["graphs"], "a table with mutes alone says nothing of rules"
    assert await office.apply(table(HERE, '{kind = "word", value = "robot"}')) == [
        f"~ {HERE.key} mute #2 word robot for ever",
        f"- {HERE.key} unmute #1 word survey",
        f"- {HERE.key} unmute #4 author Robin Jia",
    ]


async def test_what_is_exported_and_applied_elsewhere_is_the_same_there(office: Office, elsewhere: Office) -> None:
    await office.mute("word", "survey", until=later(days=7))
    await office.mute("category", "cs.CV", ANA)
    name = namesake_query(a_paper(authors=("Wei Zhang", "Ada Lovelace")), "Wei Zhang")
    await office.store.mute(HERE, "person", "Wei Zhang", name, by="slack:U7", at=NOON)
    text = await office.text()
    assert await office.plan(text) == [], "it is as the file says"
    await elsewhere.apply(text)
    assert await elsewhere.text() == text
    assert not [one for one in await elsewhere.store.channels() if one.destination.personal], "who only mutes follows nothing"


async def test_a_file_without_mutes_leaves_them_alone_and_an_empty_list_ends_them(office: Office) -> None:
    await office.mute("word", "survey")
    followed = 'subscribe = ["graphs"]\nschedule = "daily 09:00"\ntimezone = "Europe/Berlin"\n'
    assert await office.apply(f'[[channels]]\nto = "{HERE.key}"\n{followed}') == [], "files of before say nothing of mutes"
    assert await office.apply(table(HERE, more=followed)) == [f"- {HERE.key} unmute #1 word survey"]


async def test_a_mute_that_is_over_is_neither_asked_for_nor_missed(office: Office) -> None:
    text = table(HERE, '{kind = "word", value = "survey", until = 2026-04-25}')
    assert len(await office.apply(text)) == 1
    office.clock.advance(5 * 86_400)
    assert await office.plan(text) == []


async def test_the_configuration_and_chat_leave_each_others_mutes_alone(office: Office) -> None:
    await office.mute("word", "survey")
    await office.mute("word", "theirs", ANA)
    ours = table(HERE, '{kind = "word", value = "robot"}', '{kind = "word", value = "survey", until = 2026-12-01}')
    assert await office.apply(ours, "config") == [f"+ {HERE.key} mute word robot"]
    assert [one.origin for one in await office.store.mutes(HERE, at=NOON)] == ["chat", "config"]
    assert await office.apply(table(HERE, '{kind = "org", value = "Acme"}')) == [
        f"+ {HERE.key} mute org Acme",
        f"- {HERE.key} unmute #1 word survey",
    ], "a file of rules says what chat's own are"
    assert await office.apply("", "config") == [f"- {HERE.key} unmute #2 word robot"]
    assert await office.live() == ["#1 word theirs", "#3 org Acme"]
