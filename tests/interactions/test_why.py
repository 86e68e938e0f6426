"""Why a paper was posted, or why not: every cause told from the records of the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.coverage import Coverage, DayState
from bot.domain.deliveries import Outcome, State
from bot.domain.messages import Message
from bot.domain.papers import AnnounceType, Paper
from bot.domain.requests import Command, Request
from bot.platforms import limits
from bot.ports import DeliveryChange
from bot.services.digests import Digests
from bot.services.dispatch import Dispatcher
from bot.services.ingest import Ingest, Rules
from bot.services.interactions.handler import Interactions
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_destination, a_paper, an_actor
from tests.fakes.adapter import FakeAdapter
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource
from tests.interactions.chat import HERE, Chat, button, text_of

#: A Wednesday; the room opens the day before, half an hour before its digest.
EARLY = datetime(2026, 4, 22, 8, 30, tzinfo=UTC)


class Newsroom(Chat):
    """A chat whose channel is really served: papers come in, digests are planned and sent."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        super().__init__(store, clock)
        self.platform = FakeAdapter()
        self.digests = Digests(store, clock, limits)
        self.ingest = Ingest(store, clock, Rules(store, clock))
        link = self.platform.link
        self.handler = Interactions(
            store, clock, preview=self._preview, link=lambda to, remote, thread: link(to, remote_id=remote, thread=thread)
        )

    async def announce(self, *papers: Paper) -> None:
        self.clock.advance(60)
        await self.ingest.run(FakeSource(papers))

    async def post(self) -> None:
        """The next digest comes."""
        channel = await self.store.channel(HERE.key, tenant=HERE.tenant)
        assert channel and channel.next_at
        self.clock.advance(max(0.0, (channel.next_at - self.clock.now()).total_seconds()) + 60)
        await self.digests.plan_due()
        await Dispatcher(self.store, self.clock, {"slack": self.platform}, owner="me").drain()

    async def why(self, paper: str = "2604.20001", line: str = "") -> Message:
        return (await self.type(f"why {paper} {line}".strip())).message


@pytest.fixture
def room(store: SqliteStore) -> Newsroom:
    return Newsroom(store, FakeClock(EARLY - timedelta(days=1)))


def looms(**fields: object) -> Paper:
    values: dict[str, object] = {"title": "Looms that parse", "abstract": "We parse with looms. " * 8, "arxiv": "2604.20001", **fields}
    return a_paper(**values)  # type: ignore[arg-type]


def said(message: Message) -> str:
    return f"{message.heading} | {message.intro} | {text_of(message)}"


async def test_a_posted_paper_says_which_clause_matched_its_rank_and_where_it_stands(room: Newsroom) -> None:
    await room.type('subscribe looms | by:"Nobody Here"')
    await room.announce(looms(), a_paper(title="Looms again", abstract="Another of the looms. " * 8))
    await room.post()
    message = await room.why()
    assert message.heading == "Posted for #nlp on Tue 21 Apr 09:01"
    assert message.intro == "Because it matched looms."
    assert "from arXiv on Tue 21 Apr 08:31 (UTC)" in said(message)
    assert "Matches #1 looms" in said(message)
    assert "of 2, 2 shown: shown" in said(message)
    assert [span.text for span in message.cards[0].title if span.strong] == ["Looms"]
    assert button(message, "Open the message").url == "https://slack.example/C0123ABCD/r1"


async def test_a_paper_over_the_cap_was_held_behind_the_button(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.type("settings max:1")
    await room.announce(looms(submitted=EARLY.date() - timedelta(days=90)), a_paper(title="Looms now", abstract="Of the looms. " * 8))
    await room.post()
    message = await room.why()
    assert message.heading == "Not posted for #nlp"
    assert message.intro == "It was held behind the button of the digest of Tue 21 Apr 09:01: that shows 1 paper, and this was number 2."


async def test_a_muted_paper_names_its_mute_and_offers_to_end_it(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.type("mute word parse")
    await room.announce(looms())
    await room.post()
    message = await room.why()
    assert message.intro == "It was kept away: mute #1: word parse."
    await room.press(button(message, "Unmute"))
    assert (await room.why()).intro == "It was kept away: mute #1: word parse.", "what happened stays true"


async def test_a_waiting_paper_says_when_its_digest_comes_and_what_may_still_hold_it(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms())
    message = await room.why()
    assert message.heading == "Not posted for #nlp yet"
    assert "It waits for the next digest. Next digest: Tue 21 Apr 09:00 (UTC)." in message.intro
    await room.type("pause")
    assert "paused by Ana" in said(await room.why())
    await room.type("mute author Grace Hopper")
    assert "It is muted: #1, papers by Grace Hopper." in (await room.why()).intro


async def test_a_kind_of_announcement_that_does_not_count_is_named(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms(announce_type=AnnounceType.REPLACE))
    assert (await room.why()).intro == "It matches, but it was announced as an update, and only cross and new count here."
    await room.type("edit 1 types:update")
    assert "It waits for the next digest." in (await room.why()).intro


async def test_a_paper_that_no_rule_matches_says_what_it_has_and_lacks(room: Newsroom) -> None:
    await room.type("subscribe looms robots -survey")
    await room.type("subscribe looms -parse")
    await room.announce(looms())
    message = await room.why()
    assert message.intro == "No subscription matches it."
    assert "has looms; lacks robots" in said(message)
    assert "has looms; left out by -parse" in said(message)


async def test_a_paper_from_before_the_subscription_is_nothing_new(room: Newsroom) -> None:
    await room.announce(looms())
    assert (await room.why()).intro == "Nothing is followed here."
    room.clock.advance(60)
    await room.type("subscribe looms")
    assert "it was here before the subscription began" in (await room.why()).intro


async def test_a_paper_of_the_archive_is_no_news(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms(announce_type=AnnounceType.ARCHIVE))
    assert "it came with the archive" in (await room.why()).intro


async def test_a_hidden_paper_says_who_hid_it_without_naming_others(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms())
    stored = await room.store.paper("arxiv:2604.20001")
    assert stored
    await room.press(f"hide:{stored.row}")
    assert "hidden: you said" in (await room.why()).intro
    other = (await room.type("why 2604.20001", by=an_actor(id="U9"))).message
    assert "hidden: somebody here said" in other.intro and "U7" not in said(other)


@pytest.mark.parametrize(
    ("outcome", "heading", "intro"),
    [
        (Outcome.RATE_LIMITED, "Chosen for #nlp, and not there yet", "goes out as soon as the platform takes it"),
        ("lost", "Chosen for #nlp, and not there yet", "looked into to see whether it arrived"),
    ],
)
async def test_a_post_on_its_way_says_how_it_stands(room: Newsroom, outcome: Outcome | str, heading: str, intro: str) -> None:
    await room.type("subscribe looms")
    await room.announce(looms())
    room.platform.script = [outcome]
    await room.post()
    message = await room.why()
    assert message.heading == heading and intro in message.intro
    assert not any(one.url and one.label == "Open the message" for one in message.buttons)


async def test_a_digest_that_was_never_sent_lets_its_papers_come_again(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms())
    channel = await room.store.channel(HERE.key, tenant=HERE.tenant)
    assert channel and channel.next_at
    room.clock.advance(3600)
    await room.digests.plan_due()
    (delivery,) = await room.store.deliveries()
    (claimed,) = await room.store.claim(["slack"], owner="me", now=room.clock.now(), lease=60, limit=1)
    assert await room.store.move(claimed, State.FAILED, owner="me", now=room.clock.now(), change=DeliveryChange(error="refused"))
    assert "no message of that digest got through" in (await room.why()).intro
    assert delivery.id == claimed.id


async def test_a_paper_known_by_another_name_is_one_paper(room: Newsroom) -> None:
    await room.type("subscribe looms")
    paper = looms()
    await room.announce(paper, replace(paper, keys=("doi:10.1234/looms", *paper.keys[1:]), source="acl"))
    message = await room.why("doi:10.1234/looms")
    assert "doi:10.1234/looms and arxiv:2604.20001 are one paper" in said(message)
    assert "(acl)" in said(message)


async def test_a_paper_that_is_not_here_says_what_was_read_of_its_days(room: Newsroom) -> None:
    day = Coverage(
        source="arxiv",
        category="cs.CL",
        day=date(2026, 4, 20),
        state=DayState.FAILED,
        announced=120,
        fetched=100,
        looked_at=EARLY,
        note="the feed was cut",
    )
    await room.store.cover([day, replace(day, category="cs.LG", state=DayState.FRESH, announced=90, fetched=90, note="")])
    message = await room.why("2604.99999")
    assert message.heading == "arxiv:2604.99999 is not in the library"
    assert [item.text for item in message.items] == [
        "20 Apr 2026: 100 of 120 announced are here",
        "20 Apr 2026: 90 of 90 announced are here",
    ]
    assert message.items[0].detail == "failed · the feed was cut"


async def test_words_of_a_title_ask_too_and_several_papers_ask_back(room: Newsroom) -> None:
    await room.announce(looms(), a_paper(title="Looms in the dark", abstract="Dark ones. " * 12))
    assert (await room.type("why looms that parse")).message.cards
    assert (await room.type("why looms")).message.heading == "Which one?"


async def test_ones_own_messages_are_asked_about_with_to_me_and_never_shared(room: Newsroom) -> None:
    await room.type("subscribe looms to:me")
    await room.announce(looms())
    mine = await room.why(line="to:me")
    assert mine.heading == "Not posted for you yet"
    assert "Share" not in [one.label for one in mine.buttons]
    here = await room.why()
    assert here.intro == "Nothing is followed here."
    shared = await room.press(button(here, "Share"))
    assert not shared.private and shared.message.heading == "Ana shared: Not posted for #nlp" and shared.message.buttons == ()
    assert (await room.press("say:why 2604.20001 to:me")).private


async def test_another_workspace_learns_nothing(room: Newsroom) -> None:
    await room.type("subscribe looms")
    await room.announce(looms())
    await room.post()
    foreign, stranger = a_destination(tenant="slack:T2"), an_actor(id="U8", tenant="slack:T2")
    reply = await room.handler.handle(Request(actor=stranger, place=foreign, what=Command(verb="why", options={"paper": "2604.20001"})))
    assert reply.message.intro == "Nothing is followed here." and "looms" not in text_of(reply.message).replace("Looms that parse", "")
