"""Planning over the real store: who gets what, when, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.messages import Card
from bot.domain.papers import AnnounceType, Paper, StoredPaper
from bot.domain.subscriptions import Channel
from bot.platforms import limits
from bot.ports import SourceRun
from bot.query.language import parse_query
from bot.render.common import paper_card
from bot.services.declared import kind_of
from bot.services.digests import Digests, jitter
from bot.services.dispatch import Dispatcher
from bot.services.ingest import Ingest, Rules
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_destination, a_paper, daily, distinct_papers, some_settings
from tests.fakes.adapter import FakeAdapter
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource

#: A Wednesday, half past eight: half an hour before the digest.
EARLY = datetime(2026, 4, 22, 8, 30, tzinfo=UTC)


class Group:
    """A channel, its rules, a source and a platform."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.clock, self.platform = store, FakeClock(EARLY), FakeAdapter()
        self.digests = Digests(store, self.clock, limits)
        self.ingest = Ingest(store, self.clock, Rules(store, self.clock))

    async def follow(self, *queries: str, key: str = "slack:C0123ABCD", **settings: object) -> Channel:
        wanted = some_settings(**settings)
        _, next_at = wanted.schedule.next_after(self.clock.now())
        channel = await self.store.add_channel(a_destination(key), wanted, next_at=next_at, origin="chat")
        for query in queries:
            canonical = parse_query(query).canonical
            await self.store.subscribe(
                channel.destination, canonical, kind_of(canonical), by="slack:U7", at=self.clock.now(), origin="chat"
            )
        return channel

    async def announce(self, *papers: Paper) -> SourceRun:
        self.clock.advance(60)
        return await self.ingest.run(FakeSource(papers))

    async def post(self) -> list[str]:
        """Plan what is due, send it, and give the headings posted now."""
        before = len(self.platform.posted)
        await self.digests.plan_due()
        await self.digests.plan_instant()
        await Dispatcher(self.store, self.clock, {"slack": self.platform}, owner="me").drain()
        return self.platform.headings()[before:]

    def titles(self) -> list[str]:
        return ["".join(span.text for span in card.title) for _, _, message, _ in self.platform.posted for card in message.cards]

    def until(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())


@pytest.fixture
def group(store: SqliteStore) -> Group:
    return Group(store)


def titled(*titles: str, **fields: object) -> list[Paper]:
    return [a_paper(title=title, abstract=f"{title}. What follows is about {title} and nothing else at all.", **fields) for title in titles]


async def test_a_digest_comes_at_its_time_with_what_matches_and_says_why(group: Group) -> None:
    await group.follow("sparse attention", 'by:"Ada Lovelace"')
    await group.announce(*titled("Sparse Attention at Dawn", "Whales", authors=["Grace Hopper"]), *titled("Looms", authors=["A. Lovelace"]))
    assert await group.post() == []
    group.until(EARLY + timedelta(minutes=30))
    assert await group.post() == ["2 new papers for #nlp · Wed 22 Apr"]
    ((_, _, message, _),) = group.platform.posted
    assert group.titles() == ["Looms", "Sparse Attention at Dawn"], "a followed author comes first"
    assert {card.reason.split(" ", 1)[0] for card in message.cards} == {"matched"}
    assert "3 announced, all fetched" in message.notice and "2 matched · 2 shown" in message.notice


async def test_a_first_subscription_floods_nobody(group: Group) -> None:
    await group.announce(*titled("Old News about Looms"))
    await group.follow("looms")
    group.until(EARLY + timedelta(days=1))
    assert await group.post() == []


async def test_after_downtime_there_is_one_digest_and_it_has_everything(group: Group) -> None:
    await group.follow("looms")
    for day in range(5):
        await group.announce(*titled(f"Looms of day {day}"))
        group.clock.advance(24 * 3600)
    assert await group.post() == ["5 new papers for #nlp · Sun 26 Apr"]
    assert await group.post() == []
    (channel,) = await group.store.channels()
    assert channel.next_at == datetime(2026, 4, 27, 9, tzinfo=UTC)


async def test_planning_again_after_a_crash_changes_nothing(group: Group) -> None:
    channel = await group.follow("looms")
    await group.announce(*titled("Looms"))
    group.until(EARLY + timedelta(minutes=31))
    assert await group.digests.plan_due() == 1
    # As if the next time had not been written: the same occurrence is due once more.
    await group.store.change_channel(replace(channel, next_at=EARLY))
    await group.announce(*titled("More Looms"))
    assert await group.digests.plan_due() == 0
    assert (await group.store.channels())[0].next_at == datetime(2026, 4, 23, 9, tzinfo=UTC), "or it would be due for ever"
    assert len(await group.store.deliveries()) == 1


async def test_a_subscription_with_a_maximum_of_its_own_leaves_room_for_the_others(group: Group) -> None:
    channel = await group.follow("topic", "looms")
    await group.store.change_subscription(channel.destination, 1, maximum=2)
    await group.announce(*distinct_papers(5), *titled("Looms"))
    group.until(EARLY + timedelta(minutes=30))
    assert await group.post() == ["6 new papers for #nlp · Wed 22 Apr"]
    assert len(group.titles()) == 3 and "Looms" in group.titles()


async def test_what_is_over_the_cap_is_behind_the_button_and_not_new_tomorrow(group: Group) -> None:
    await group.follow("topic", maximum=10)
    await group.announce(*distinct_papers(13))
    group.until(EARLY + timedelta(minutes=30))
    assert await group.post() == ["13 new papers for #nlp · Wed 22 Apr"]
    message = group.platform.posted[0][2]
    assert message.buttons[0].label == "Show the rest (3)" and "10 shown, 3 more" in message.notice
    occurrence = message.buttons[0].action.removeprefix("rest:")
    assert len(await group.store.rest(occurrence)) == 3
    group.clock.advance(24 * 3600)
    assert await group.post() == []


async def test_a_quiet_day_is_filled_with_what_was_held_back_and_what_is_older(group: Group) -> None:
    await group.announce(*titled("An Old Topic", submitted=datetime(2025, 1, 1, tzinfo=UTC).date()))
    await group.follow("topic", maximum=3, fill="unread")
    await group.announce(*distinct_papers(5))
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    group.clock.advance(24 * 3600)
    assert await group.post() == ["Nothing new, 3 worth reading for #nlp · Thu 23 Apr"]
    group.clock.advance(24 * 3600)
    assert await group.post() == []
    assert len(group.titles()) == len(set(group.titles())) == 6


async def test_a_thin_day_of_a_person_has_nothing_that_they_have_read_and_a_channel_has_other_readers(group: Group) -> None:
    await group.announce(*distinct_papers(3))
    rows = [stored.row for stored in await group.store.latest(limit=9)]
    await group.store.read("slack:U7", rows[:2], at=group.clock.now())
    posted = {}
    for key in ("slack:@U7", "slack:@U8", "slack:C0123ABCD"):
        channel = await group.follow("topic", key=key, fill="unread")
        message = await group.digests.preview(channel)
        posted[key] = len(message.cards) if message else 0
    assert posted == {"slack:@U7": 1, "slack:@U8": 3, "slack:C0123ABCD": 3}


async def test_votes_of_the_workspace_put_a_paper_first_and_those_of_others_do_not(group: Group) -> None:
    await group.announce(*distinct_papers(4))
    channel = await group.follow("topic", maximum=2, fill="unread")
    rows = {stored.paper.title: stored.row for stored in await group.store.latest(limit=9)}
    ours, theirs = sorted(rows)[:2]
    await group.store.vote(channel.destination.tenant, "slack:U7", rows[ours], at=group.clock.now())
    for person in ("slack:U1", "slack:U2"):
        await group.store.vote("slack:T2", person, rows[theirs], at=group.clock.now())
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    assert group.titles()[0] == ours and theirs not in group.titles()


async def test_an_instant_channel_gets_each_paper_at_once_and_a_flood_as_one_digest(group: Group) -> None:
    await group.follow("topic", deliver="instant")
    await group.announce(*distinct_papers(2))
    assert await group.post() == ["", ""]
    assert [thread for _, _, _, thread in group.platform.posted] == ["", ""]
    await group.announce(*titled(*(f"Topic number {index} of another day" for index in range(8))))
    assert await group.post() == ["8 new papers for #nlp · Wed 22 Apr"]
    assert await group.post() == []


async def test_thread_style_posts_a_heading_and_each_paper_below_it(group: Group) -> None:
    await group.follow("topic", style="forum")
    await group.announce(*distinct_papers(2))
    group.until(EARLY + timedelta(minutes=30))
    assert await group.post() == ["2 new papers for #nlp · Wed 22 Apr", "", ""], "Slack has no forums: a thread instead"
    assert [thread for _, _, _, thread in group.platform.posted] == ["", "r1", "r1"]


async def test_cards_style_posts_a_heading_and_each_paper_by_itself(group: Group) -> None:
    await group.follow("topic", style="cards")
    await group.announce(*distinct_papers(2))
    group.until(EARLY + timedelta(minutes=30))
    assert await group.post() == ["2 new papers for #nlp · Wed 22 Apr", "", ""]
    assert [len(message.cards) for _, _, message, _ in group.platform.posted] == [0, 1, 1]


async def test_only_the_wanted_kinds_of_announcement_count(group: Group) -> None:
    await group.follow("looms", types=("new",))
    await group.announce(
        *titled("New Looms", announce_type=AnnounceType.NEW), *titled("Replaced Looms", announce_type=AnnounceType.REPLACE)
    )
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    assert group.titles() == ["New Looms"]


async def test_a_source_that_failed_is_named_in_the_receipt(group: Group) -> None:
    await group.follow("looms")
    group.clock.advance(60)
    run = await group.ingest.run(FakeSource(titled("Looms"), error="the source did not answer"))
    assert run.error and run.new == 1
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    assert "could not be read" in group.platform.posted[0][2].notice


async def test_a_preview_is_what_will_be_posted_and_changes_nothing(group: Group) -> None:
    channel = await group.follow("looms")
    assert await group.digests.preview(channel) is None
    await group.announce(*titled("Looms"))
    first, second = await group.digests.preview(channel), await group.digests.preview(channel)
    assert first and second and first == second
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    assert group.platform.posted[0][2].cards == first.cards


async def test_a_digest_asked_for_now_leaves_the_schedule_alone(group: Group) -> None:
    channel = await group.follow("looms")
    await group.announce(*titled("Looms"))
    assert await group.digests.plan_now(channel)
    assert not await group.digests.plan_now(channel)
    assert (await group.store.channels())[0].next_at == channel.next_at


async def test_two_channels_get_the_same_paper_each_once_at_their_own_time(group: Group) -> None:
    await group.follow("looms")
    await group.follow("looms", key="slack:C0000AAAA", schedule=daily("10:00"))
    await group.announce(*titled("Looms"))
    group.until(EARLY + timedelta(minutes=30))
    assert len(await group.post()) == 1
    group.clock.advance(3600)
    assert len(await group.post()) == 1
    assert sorted(to for to, _, _, _ in group.platform.posted) == ["slack:C0000AAAA", "slack:C0123ABCD"]


async def test_after_a_long_pause_only_news_is_shown_and_the_old_is_held_back(group: Group) -> None:
    await group.follow("looms")
    await group.announce(*titled("Looms of long ago"))
    group.clock.advance(20 * 24 * 3600)
    await group.announce(*titled("Looms of today"))
    await group.post()
    assert group.titles() == ["Looms of today"]
    assert len(await group.store.rest(group.platform.posted[0][2].buttons[0].action.removeprefix("rest:"))) == 1


def test_destinations_that_are_due_together_are_spread_the_same_way_every_day() -> None:
    places = [a_destination(f"slack:C{number:07d}") for number in range(500)]
    assert [jitter(place, 10_000) for place in places] == [jitter(place, 10_000) for place in places]
    assert {jitter(place, 20) for place in places} == {timedelta()}, "a few are planned at once"
    spread = sorted(jitter(place, 10_000).total_seconds() for place in places)
    assert spread[0] >= 0 and spread[-1] < 300 and 120 < spread[250] < 180


async def test_a_paper_that_breaks_our_own_code_is_shown_by_its_title_and_spoils_nothing(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawing(stored: StoredPaper, **more: object) -> Card:
        if "Poison" in stored.paper.title:
            raise RuntimeError("a fault of ours")
        return paper_card(stored, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.render.digest.paper_card", drawing)
    await group.follow("looms")
    await group.announce(*titled("Poison Looms", "Good Looms"))
    group.until(EARLY + timedelta(minutes=30))
    await group.post()
    assert sorted(group.titles()) == ["Good Looms", "Poison Looms"]
