"""What mutes keep away from digests, and that it does not come back in a flood."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.mutes import Mute, MuteKind
from bot.domain.subscriptions import Channel
from bot.errors import BadInput
from bot.muting import Muted, mute_query, namesake_query
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOON, a_destination, a_paper, distinct_papers, stored
from tests.test_digests import EARLY, Group

HERE = a_destination()


def a_mute(kind: MuteKind, value: str, query: str = "") -> Mute:
    return Mute(
        number=1, destination=HERE, kind=kind, value=value, query=query or mute_query(kind, value), created_at=NOON, created_by="slack:U7"
    )


def holds(mute: Mute, *reasons: str, **fields: object) -> bool:
    return Muted([mute], NOON.date()).holds(stored(a_paper(**fields)), reasons) is not None  # type: ignore[arg-type]


@pytest.fixture
def group(store: SqliteStore) -> Group:
    return Group(store)


async def mute(group: Group, channel: Channel, kind: MuteKind, value: str, days: int = 0) -> None:
    until = group.clock.now() + timedelta(days=days) if days else None
    await group.store.mute(channel.destination, kind, value, mute_query(kind, value), by="slack:U7", at=group.clock.now(), until=until)


# --- one paper -------------------------------------------------------------------------------------------------------


def test_a_word_counts_in_title_and_abstract_and_not_in_names() -> None:
    assert holds(a_mute("word", "survey"), title="A Survey of Looms")
    assert holds(a_mute("word", "surv*"), abstract="We have surveyed looms. " * 5)
    assert holds(a_mute("word", "reading order"), title="The Reading Orders of Looms")
    assert not holds(a_mute("word", "lovelace"), authors=("Ada Lovelace",))


def test_authors_categories_and_organisations_are_muted() -> None:
    assert holds(a_mute("author", "Lovelace, Ada"), authors=("Ada Lovelace",))
    assert not holds(a_mute("author", "Ada Lovelace"), authors=("A. Lovelace",)), "initials only may be somebody else"
    assert holds(a_mute("category", "cs.CV"), categories=("cs.CL", "cs.CV"))
    assert holds(a_mute("org", "stanford"), organisations=("Stanford University",))


def test_a_namesake_is_known_by_company_and_by_id() -> None:
    known = a_paper(authors=("Wei Zhang", "Grace Hopper"))
    other = a_mute("person", "Wei Zhang", namesake_query(known, "Wei Zhang"))
    assert holds(other, 'by:"Wei Zhang"', authors=("Wei Zhang", "Grace Hopper"), title="Another one")
    assert not holds(other, 'by:"Wei Zhang"', authors=("Wei Zhang", "Alan Turing"))
    assert not holds(other, 'by:"Wei Zhang"', "looms", authors=("Wei Zhang", "Grace Hopper")), "another rule wants it"
    assert not holds(other, 'by:"Grace Hopper"', authors=("Wei Zhang", "Grace Hopper"))


def test_a_namesake_with_hundreds_of_authors_still_fits_a_query() -> None:
    crowd = [f"Person{number} {'Longname' * 3}{number}" for number in range(300)]
    query = namesake_query(a_paper(authors=("Wei Zhang", *crowd)), "Wei Zhang")
    assert len(query) <= 512 and "Person0" in query


@pytest.mark.parametrize(("kind", "value"), [("word", "*"), ("word", "…"), ("author", "!!"), ("org", "-")])
def test_what_names_nothing_cannot_be_muted(kind: MuteKind, value: str) -> None:
    with pytest.raises(BadInput):
        mute_query(kind, value)


# --- in a digest -----------------------------------------------------------------------------------------------------


async def test_muted_papers_are_not_posted_and_the_receipt_counts_them(group: Group) -> None:
    channel = await group.follow("topic", "survey")
    await mute(group, channel, "word", "survey")
    await group.announce(*distinct_papers(2), a_paper(title="A survey of every topic", abstract="All of it. " * 20))
    group.until(EARLY + timedelta(minutes=31))
    assert await group.post() == ["2 new papers for #nlp · Wed 22 Apr"]
    assert "3 matched · 2 shown · 1 muted" in group.platform.posted[-1][2].notice


async def test_a_digest_of_muted_papers_only_is_not_posted_and_later_ones_still_are(group: Group) -> None:
    channel = await group.follow("topic")
    await mute(group, channel, "word", "topic", days=2)
    await group.announce(*distinct_papers(3))
    group.until(EARLY + timedelta(minutes=31))
    assert await group.post() == []
    group.clock.advance(timedelta(days=3).total_seconds())
    await group.announce(a_paper(title="A late topic"))
    group.clock.advance(timedelta(days=1).total_seconds())
    assert [heading.split(" · ")[0] for heading in await group.post()] == ["1 new paper for #nlp"], "what was muted does not come back"


async def test_instant_posts_are_muted_too(group: Group) -> None:
    channel = await group.follow("topic", deliver="instant")
    await mute(group, channel, "author", "Grace Hopper", days=1)
    papers = distinct_papers(2)
    await group.announce(papers[0], a_paper(title="A topic by nobody else", authors=("Ada Byron",), abstract="Words of it. " * 20))
    await group.post()
    assert group.titles() == ["A topic by nobody else"]
    group.clock.advance(timedelta(days=2).total_seconds())
    assert await group.post() == []


async def test_thin_days_are_not_filled_with_muted_papers(group: Group) -> None:
    channel = await group.follow(fill="unread")
    await group.announce(*distinct_papers(2), a_paper(title="A survey of every topic", abstract="All of it. " * 20))
    await group.store.subscribe(channel.destination, "topic", "keyword", by="slack:U7", at=group.clock.now(), origin="chat")
    await mute(group, channel, "word", "survey")
    group.until(EARLY + timedelta(minutes=31))
    await group.post()
    assert len(group.titles()) == 2 and "A survey of every topic" not in group.titles()


async def test_days_of_muted_papers_only_are_all_covered(group: Group) -> None:
    channel = await group.follow("topic")
    await mute(group, channel, "word", "topic", days=5)
    for number in range(2):
        await group.announce(a_paper(title=f"Topic of day {number}", abstract=f"Words of day {number}. " * 20))
        group.clock.advance(timedelta(days=1).total_seconds())
        assert await group.post() == []
    group.clock.advance(timedelta(days=4).total_seconds())
    assert await group.post() == []
