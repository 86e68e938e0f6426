"""What a destination has not been told of papers it was shown, as every store has to find and queue it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.deliveries import State
from bot.domain.history import ChangeKind
from bot.domain.messages import Message
from bot.errors import BadInput
from bot.ports import Outstanding, Store, Update
from tests.builders import a_card, a_destination, a_paper, later
from tests.contracts.digest_steps import AN_HOUR_ON, HERE, THERE, add_channel, claim, enqueue, follow, get, ingest, move, settle, uncertain

SHOWN_AT, CHANGED_AT = later(hours=2), later(hours=3)
WANTS = ("new", "cross", "update")


def second(arxiv: str = "2604.1", **fields: object):
    return a_paper(arxiv=arxiv, version=2, comment="Accepted at ACL 2026", **fields)


async def shown(
    store: Store, *, types: Sequence[str] = WANTS, destination=HERE, arxiv: str = "2604.1", sent: bool = True, rule: int | None = None
) -> tuple[str, int]:
    """The delivery of a message that shows a paper with its own card, and the paper's row."""
    await add_channel(store, destination, types=tuple(types))
    [row] = await ingest(
        store, [a_paper(arxiv=arxiv, version=1, abstract=f"{arxiv} is about something of its own")], *([rule] if rule else [])
    )
    message = Message(heading="1 new paper", cards=(a_card(row=row),))
    [post] = await enqueue(store, destination, slot=f"of {arxiv}", shown=((row, "reason"),), messages=(message,), at=SHOWN_AT)
    if sent:
        await settle(store, post, State.SENT, now=SHOWN_AT, remote_id="171.5")
    return post, row


async def told(store: Store, of: Outstanding, *, destination=HERE, slot: str = "update:1", replies: int = 1) -> list[str]:
    """Queue an edit and replies for the first message; ids of what is pending then."""
    posted = of.posted[0]
    update = Update(about=posted.delivery, slot=slot, edit=Message(heading="edited"), replies=(Message(heading="reply"),) * replies)
    assert await store.enqueue_updates(destination, [update], of=of, at=CHANGED_AT)
    return [one.id for one in reversed(await store.deliveries(state=State.PENDING))]


async def test_a_change_of_a_paper_that_was_shown_is_outstanding_with_its_message(store: Store) -> None:
    post, row = await shown(store)
    assert (await store.outstanding(HERE)).posted == ()
    await ingest(store, [second()], at=CHANGED_AT)
    of = await store.outstanding(HERE)
    [posted] = of.posted
    assert (posted.delivery.id, posted.message) == (post, posted.delivery.message)
    [changed] = posted.changed
    assert (changed.stored.row, changed.rows) == (row, frozenset({row}))
    assert [one.kind for one in changed.changes] == [ChangeKind.VERSION, ChangeKind.ABSTRACT, ChangeKind.ACCEPTED]
    assert of.upto == changed.changes[-1].number > of.since == 0


@pytest.mark.parametrize("types", [("new",), ("new", "cross")])
async def test_who_does_not_want_updates_has_none_outstanding_and_is_told_no_old_ones_later(store: Store, types: tuple[str, ...]) -> None:
    await shown(store, types=types)
    await ingest(store, [second()], at=CHANGED_AT)
    of = await store.outstanding(HERE)
    assert of.posted == () and of.upto > of.since
    assert await store.enqueue_updates(HERE, [], of=of, at=CHANGED_AT)
    channel = await store.channel(HERE.key, tenant=None)
    assert channel is not None
    await store.change_channel(replace(channel, settings=replace(channel.settings, types=WANTS)))
    assert await store.outstanding(HERE) == Outstanding(since=of.upto, upto=of.upto)


@pytest.mark.parametrize(("channel", "own", "outstanding"), [(("new",), WANTS, 1), (WANTS, ("new",), 0), (WANTS, (), 1), (("new",), (), 0)])
async def test_a_subscription_that_brings_the_paper_may_want_updates_of_its_own(
    store: Store, channel: tuple[str, ...], own: tuple[str, ...], outstanding: int
) -> None:
    await add_channel(store, types=channel)
    rule = await follow(store)
    if own:
        await store.change_subscription(HERE, 1, types=own)
    await shown(store, rule=rule, types=channel)
    await ingest(store, [second()], rule, at=CHANGED_AT)
    assert len((await store.outstanding(HERE)).posted) == outstanding


async def test_what_changed_before_it_was_shown_or_is_hidden_or_was_only_held_back_is_not_told(store: Store) -> None:
    _, row = await shown(store)
    await ingest(store, [a_paper(arxiv="2604.1", version=2)], at=SHOWN_AT)
    [held_back] = await ingest(store, [a_paper(arxiv="2604.2", version=1, abstract="of its own")])
    await enqueue(store, slot="rest", rest=((held_back, ""),), at=SHOWN_AT)
    await ingest(store, [a_paper(arxiv="2604.2", version=2, abstract="of its own")], at=CHANGED_AT)
    assert (await store.outstanding(HERE)).posted == ()
    await ingest(store, [a_paper(arxiv="2604.1", version=3)], at=CHANGED_AT)
    assert len((await store.outstanding(HERE)).posted) == 1
    await store.hide(HERE, "slack:U7", row, at=CHANGED_AT)
    assert (await store.outstanding(HERE)).posted == ()


async def test_another_channel_that_was_not_shown_the_paper_hears_nothing(store: Store) -> None:
    await shown(store)
    await add_channel(store, THERE, types=WANTS)
    await ingest(store, [second()], at=CHANGED_AT)
    assert (await store.outstanding(THERE)).posted == ()
    assert (await store.outstanding(a_destination(HERE.key, tenant="slack:OTHER"))).posted == ()
    with pytest.raises(BadInput):
        await store.enqueue_updates(a_destination(HERE.key, tenant="slack:OTHER"), [], of=Outstanding(since=0, upto=1), at=CHANGED_AT)


async def test_changes_wait_for_a_message_that_is_still_on_its_way(store: Store) -> None:
    post, _ = await shown(store, sent=False)
    await shown(store, arxiv="2604.2", sent=False)
    await ingest(store, [second()], at=CHANGED_AT)
    of = await store.outstanding(HERE)
    assert of == Outstanding(since=0, upto=0)
    await settle(store, post, State.SENT, now=SHOWN_AT, remote_id="171.5")
    assert len((await store.outstanding(HERE)).posted) == 1


async def test_an_edit_and_its_reply_are_queued_in_order_below_the_message_and_only_once(store: Store) -> None:
    post, _ = await shown(store)
    await ingest(store, [second()], at=CHANGED_AT)
    of = await store.outstanding(HERE)
    edit, reply = await told(store, of)
    first, then = await get(store, edit), await get(store, reply)
    assert (first.kind, first.about, first.parent, first.message.heading) == ("edit", post, "", "edited")
    assert (then.kind, then.about, then.parent, then.message.heading) == ("post", post, post, "reply")
    assert first.seq < then.seq
    assert not await store.enqueue_updates(HERE, [], of=of, at=CHANGED_AT), "somebody else was faster"
    assert await store.outstanding(HERE) == Outstanding(since=of.upto, upto=of.upto)
    assert [one.id for one in await claim(store, now=CHANGED_AT)] == [edit]


async def test_the_same_changes_noticed_again_by_an_older_copy_are_not_queued_again(store: Store) -> None:
    await shown(store)
    await ingest(store, [second()], at=CHANGED_AT)
    of = await store.outstanding(HERE)
    assert len(await told(store, of)) == 2
    await ingest(store, [a_paper(arxiv="2604.1", version=3)], at=later(hours=4))
    again = await store.outstanding(HERE)
    assert len(await told(store, again, slot="update:1")) == 2


async def test_a_later_edit_builds_on_the_one_before(store: Store) -> None:
    await shown(store)
    await ingest(store, [second()], at=CHANGED_AT)
    edit, reply = await told(store, await store.outstanding(HERE))
    await ingest(store, [a_paper(arxiv="2604.1", version=3, comment="Accepted at ACL 2026")], at=later(hours=4))
    [posted] = (await store.outstanding(HERE)).posted
    assert posted.message.heading == "edited"
    await settle(store, edit, State.FAILED, now=CHANGED_AT)
    assert (await store.outstanding(HERE)).posted[0].message.heading != "edited"
    assert [one.id for one in await claim(store, now=CHANGED_AT)] == [reply], "an edit that was refused keeps nobody from speaking"


async def test_nothing_is_said_below_a_message_that_people_deleted(store: Store) -> None:
    await shown(store)
    await ingest(store, [second()], at=CHANGED_AT)
    edit, reply = await told(store, await store.outstanding(HERE))
    [claimed] = await claim(store, now=CHANGED_AT)
    assert claimed.id == edit and await move(store, edit, State.SENDING, now=CHANGED_AT, attempted=True)
    assert await move(store, edit, State.FAILED, now=CHANGED_AT, error="message_not_found", unsaid=True)
    assert (await get(store, reply)).state is State.FAILED and (await get(store, reply)).error == "message_not_found"
    assert await claim(store, now=later(days=1)) == []


async def test_a_paper_that_was_joined_is_found_on_the_card_that_carries_its_old_number(store: Store) -> None:
    post, row = await shown(store)
    [older] = await ingest(store, [a_paper(arxiv="2604.9", title="Elsewhere", abstract="x")])
    assert older > row
    bare = a_paper(source="listing", keys=(), title="A Paper of the Page", abstract="", authors=("Bo Li",))
    [younger] = await ingest(store, [bare])
    joining = replace(a_paper(arxiv="2604.1", source="huggingface"), keys=("arxiv:2604.1", *bare.keys))
    await ingest(store, [joining])
    assert [one.row for one in await store.papers([younger])] == [row]
    await ingest(store, [second()], at=CHANGED_AT)
    [posted] = (await store.outstanding(HERE)).posted
    assert posted.delivery.id == post and posted.changed[0].rows == {row, younger}


async def test_after_a_backup_was_put_back_edits_are_done_again_and_replies_are_looked_for(store: Store) -> None:
    await shown(store)
    await ingest(store, [second()], at=CHANGED_AT)
    edit, reply = await told(store, await store.outstanding(HERE))
    await store.begin_reconcile(AN_HOUR_ON)
    assert {(await get(store, one)).state for one in (edit, reply)} == {State.SENDING}
    assert [one.id for one in await uncertain(store, now=later(hours=5))] == [edit]
