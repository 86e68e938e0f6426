"""A paper that changes after it was posted: its card, its thread, and nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.deliveries import Outcome, State
from bot.domain.history import Change, ChangeKind
from bot.domain.messages import Message, plain
from bot.domain.papers import Link, LinkKind, Paper
from bot.muting import mute_query
from bot.ports import Changed
from bot.render.digest import plain_message
from bot.render.paper import paper_card
from bot.render.updates import MARK, in_full, in_short, told, with_updates, worth_telling
from bot.services.dispatch import Dispatcher
from bot.services.settling import QUARANTINE
from bot.services.updates import REPLIES
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_paper, distinct_papers, stored
from tests.test_digests import EARLY, Group

WANTS = ("new", "cross", "update")
FIRST = a_paper(arxiv="2604.1", version=1, title="Reading Orders for Busy Groups")
SECOND = a_paper(arxiv="2604.1", version=2, title="Reading Orders, Revisited", comment="Accepted at ACL 2026", updated=date(2026, 5, 2))


@pytest.fixture
async def group(store: SqliteStore) -> Group:
    """A channel that wants updates and was shown the first version."""
    group = Group(store)
    await group.follow("committee", types=WANTS)
    await group.announce(FIRST)
    group.until(EARLY + timedelta(hours=1))
    assert await group.post() == ["1 new paper for #nlp · Wed 22 Apr"]
    return group


async def next_day(group: Group, *papers: Paper) -> list[str]:
    await group.announce(*papers)
    group.clock.advance(86400)
    return await group.post()


def marks(message: Message) -> list[str]:
    return [fact.value for card in message.cards for fact in card.facts if fact.label == MARK]


async def test_the_card_is_edited_and_its_thread_hears_what_is_new(group: Group) -> None:
    assert await next_day(group, SECOND) == ["Updated"]
    [(key, remote, edited, _)] = group.platform.edited
    [(_, posted_as, first, _), (_, _, reply, thread)] = group.platform.posted
    assert (key, remote, thread) == (posted_as, "r1", "r1")
    assert marks(edited) == ["v2 · title changed · accepted at ACL 2026"]
    assert replace(edited, cards=()) == replace(first, cards=())
    assert [plain(card.title) for card in edited.cards] == ["Reading Orders for Busy Groups"]
    [card] = reply.cards
    assert plain(card.title) == "Reading Orders, Revisited" and "The title was: Reading Orders for Busy Groups" in plain(card.body)


async def test_it_is_told_once_and_the_next_change_stands_in_place_of_the_last(group: Group) -> None:
    await next_day(group, SECOND)
    assert await next_day(group) == []
    assert await next_day(group, replace(SECOND, version=3, withdrawn=True)) == ["Updated"]
    assert [marks(message) for _, _, message, _ in group.platform.edited][-1] == ["v3 · withdrawn"]
    assert len(group.platform.edited) == 2


async def test_a_channel_that_does_not_want_updates_is_left_alone(store: SqliteStore) -> None:
    group = Group(store)
    await group.follow("committee")
    await group.announce(FIRST)
    group.until(EARLY + timedelta(hours=1))
    await group.post()
    assert await next_day(group, SECOND) == []
    assert group.platform.edited == []


async def test_an_instant_channel_hears_of_it_at_once(store: SqliteStore) -> None:
    group = Group(store)
    await group.follow("committee", types=WANTS, deliver="instant")
    await group.announce(FIRST)
    await group.post()
    await group.announce(SECOND)
    await group.post()
    assert [marks(message) for _, _, message, _ in group.platform.edited] == [["v2 · title changed · accepted at ACL 2026"]]


async def test_votes_and_another_wording_of_the_abstract_are_no_news(group: Group) -> None:
    assert await next_day(group, replace(FIRST, abstract=f"{FIRST.abstract} One more sentence.", votes=99)) == []
    assert group.platform.edited == []


async def test_what_a_channel_has_muted_meanwhile_is_no_news_and_does_not_come_later(group: Group) -> None:
    channel = await group.store.channel("slack:C0123ABCD", tenant=None)
    assert channel is not None
    made, _ = await group.store.mute(
        channel.destination, "word", "revisited", mute_query("word", "revisited"), by="slack:U7", at=group.clock.now()
    )
    assert await next_day(group, SECOND) == []
    await group.store.unmute(channel.destination, made.number, at=group.clock.now())
    assert await next_day(group) == [] and group.platform.edited == []


async def test_code_that_appears_is_news(group: Group) -> None:
    code = Link(kind=LinkKind.CODE, url="https://github.com/x/y")
    assert await next_day(group, replace(FIRST, source="huggingface", links=(code,))) == ["Updated"]
    assert "https://github.com/x/y" in plain(group.platform.posted[-1][2].cards[0].body)


async def test_a_message_that_people_deleted_is_not_made_anew_and_nothing_is_said_below_it(group: Group) -> None:
    group.platform.deleted.add("r1")
    assert await next_day(group, SECOND) == []
    states = [one.state for one in await group.store.deliveries()]
    assert states == [State.FAILED, State.FAILED, State.SENT]
    channel = await group.store.channel("slack:C0123ABCD", tenant=None)
    assert channel is not None and not channel.paused, "one message that is gone is no trouble of the channel"


async def test_an_edit_that_is_refused_is_not_made_plain_and_the_thread_hears_of_it_all_the_same(group: Group) -> None:
    group.platform.script = [Outcome.BAD_CONTENT]
    assert await next_day(group, SECOND) == ["Updated"]
    assert group.platform.edited == [] and len(group.platform.posted) == 2


async def test_an_edit_whose_answer_was_lost_is_done_again_after_the_quarantine_and_nothing_is_taken_back(group: Group) -> None:
    group.platform.script = ["lost"]
    assert await next_day(group, SECOND) == []
    assert len(group.platform.edited) == 1
    group.clock.advance(QUARANTINE / 2)
    dispatcher = Dispatcher(group.store, group.clock, {"slack": group.platform}, owner="again")
    assert await dispatcher.drain() == 0
    group.clock.advance(QUARANTINE)
    assert await dispatcher.drain() == 2
    assert [one[:2] for one in group.platform.edited] == [group.platform.edited[0][:2]] * 2
    assert group.platform.headings()[1:] == ["Updated"] and group.platform.retracted == []


async def test_a_process_that_dies_between_an_edit_and_its_receipt_loses_and_repeats_nothing(group: Group) -> None:
    async def die() -> None:
        raise asyncio.CancelledError

    await group.announce(SECOND)
    group.clock.advance(86400)
    group.platform.during_post = die
    with pytest.raises(asyncio.CancelledError):
        await group.post()
    group.platform.during_post = None
    assert len(group.platform.edited) == 1
    for _ in range(3):
        group.clock.advance(3600)
        await Dispatcher(group.store, group.clock, {"slack": group.platform}, owner="again").drain()
    assert len(group.platform.edited) == 2
    assert group.platform.headings()[1:] == ["Updated"] and group.platform.retracted == []


@pytest.mark.parametrize("told", [Outcome.SENT, Outcome.BAD_CONTENT])
async def test_an_edit_is_done_again_by_whoever_takes_the_row_and_its_message_is_never_taken_back(group: Group, told: Outcome) -> None:
    """The lease runs out while the request is under way: the other process settles it, and ours has nothing to undo."""
    other = Dispatcher(group.store, group.clock, {"slack": group.platform}, owner="other")

    async def too_slow() -> None:
        group.platform.during_post = None
        group.platform.script = [told]
        group.clock.advance(3600)
        await other.drain()

    await group.announce(SECOND)
    group.clock.advance(86400)
    group.platform.during_post = too_slow
    await group.post()
    assert group.platform.retracted == []
    assert group.platform.headings()[1:] == ["Updated"]


async def test_a_large_correction_edits_all_messages_and_speaks_below_a_few(store: SqliteStore) -> None:
    group = Group(store)
    await group.follow("committee", types=WANTS, style="cards", maximum=30)
    papers = [replace(one, version=1) for one in distinct_papers(REPLIES + 5)]
    await group.announce(*papers)
    group.until(EARLY + timedelta(hours=1))
    await group.post()
    posted = await next_day(group, *(replace(one, version=2) for one in papers))
    assert posted == ["Updated"] * REPLIES
    assert len(group.platform.edited) == REPLIES + 5


async def test_a_digest_with_several_changed_papers_is_edited_once_and_answered_once(store: SqliteStore) -> None:
    group = Group(store)
    await group.follow("committee", types=WANTS)
    papers = [replace(one, version=1) for one in distinct_papers(4)]
    await group.announce(*papers)
    group.until(EARLY + timedelta(hours=1))
    await group.post()
    assert await next_day(group, *(replace(one, version=2) for one in papers[:3])) == ["Updated since this was posted"]
    [(_, _, edited, _)] = group.platform.edited
    assert marks(edited) == ["v2"] * 3
    assert len(group.platform.posted[-1][2].cards) == 3


# --- words -----------------------------------------------------------------------------------------------------------


def change(kind: ChangeKind, before: str = "", after: str = "", **fields: object) -> Change:
    return Change(**{"kind": kind, "at": NOON, "source": "arxiv", "before": before, "after": after, **fields})  # type: ignore[arg-type]


def test_changes_of_one_kind_are_told_as_one() -> None:
    many = [
        change(ChangeKind.VERSION, "1", "2"),
        change(ChangeKind.TITLE, "One", "Two"),
        change(ChangeKind.VERSION, "2", "3", day=date(2026, 5, 2)),
        change(ChangeKind.TITLE, "Two", "Three"),
    ]
    assert in_short(many) == "v3 · title changed"
    assert in_full(many) == "v3 (2 May 2026), title changed from “One”"
    assert in_full([]) == ""


def test_a_withdrawal_that_was_taken_back_is_told_as_that() -> None:
    gone, back = change(ChangeKind.WITHDRAWN, after="an error in lemma 2"), change(ChangeKind.RESTORED)
    assert in_short([gone, back]) == "no longer withdrawn"
    assert in_short([back, gone]) == "withdrawn"
    one = Changed(stored=stored(a_paper()), rows=frozenset({1}), changes=(gone,))
    assert "an error in lemma 2" in plain(told(one).body)


def test_only_what_is_new_in_an_abstract_is_shown() -> None:
    before, after = "We read papers. It takes long.", "We read papers. It takes a minute. Code is there."
    one = Changed(stored=stored(a_paper()), rows=frozenset({1}), changes=(change(ChangeKind.ABSTRACT, before, after),))
    assert plain(told(one).body) == "New in the abstract: It takes a minute. … Code is there."
    assert not worth_telling(one.changes)


def test_a_card_is_found_by_any_number_its_paper_had_and_a_plain_line_by_its_address() -> None:
    paper = a_paper(arxiv="2604.1")
    message = Message(cards=(paper_card(stored(paper, row=7)),))
    one = Changed(stored=stored(paper, row=3), rows=frozenset({3, 7}), changes=(change(ChangeKind.VERSION, "1", "2"),))
    assert marks(with_updates(message, [one])) == ["v2"]
    assert marks(with_updates(message, [replace(one, rows=frozenset({3}))])) == []
    lines = plain_message(message)
    first = with_updates(lines, [one])
    assert [item.text for item in first.items] == [f"{paper.title} (updated v2)"]
    third = replace(one, changes=(change(ChangeKind.VERSION, "2", "3"),))
    assert [item.text for item in with_updates(first, [third]).items] == [f"{paper.title} (updated v3)"]
