"""Choosing, ranking and splitting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Button, Message
from bot.domain.subscriptions import DigestStyle
from bot.planning import Candidate, Pick, arranged, choose, interleave, rank, split
from bot.ports import Limits
from tests.builders import a_card, a_destination, a_paper, some_settings, stored

TODAY = date(2026, 4, 22)


def candidate(row: int, *reasons: str, **fields: object) -> Candidate:
    return Candidate(stored=stored(a_paper(**fields), row), reasons=reasons or ("topic",))  # type: ignore[arg-type]


def rows(picks: tuple[Pick, ...]) -> list[int]:
    return [pick.stored.row for pick in picks]


def test_a_followed_author_comes_before_a_topic_and_votes_before_none() -> None:
    fresh = [candidate(1), candidate(2, 'by:"ada lovelace"'), candidate(3, votes=40)]
    chosen = choose(fresh, [], some_settings(), today=TODAY)
    assert rows(chosen.shown) == [2, 3, 1]
    assert chosen.rest == ()


def test_votes_of_ones_own_group_count_more_than_those_of_the_source_also_for_unread_papers() -> None:
    fresh, unread = [candidate(1, votes=2), candidate(2)], [candidate(4), candidate(3), candidate(5)]
    chosen = choose(fresh, unread, some_settings(fill="unread", maximum=3), today=TODAY, votes={2: 2, 3: 1})
    assert rows(chosen.shown) == [2, 1, 3]
    assert rank(chosen.shown[2], TODAY, 99) < rank(Pick(stored=stored(a_paper()), clauses=('by:"ada"', "topic"), kind="new"), TODAY)


def test_what_is_over_the_cap_is_held_back_never_lost() -> None:
    fresh = [candidate(row) for row in range(1, 16)]
    chosen = choose(fresh, [], some_settings(maximum=10), today=TODAY)
    assert len(chosen.shown) == 10 and len(chosen.rest) == 5
    assert sorted(rows(chosen.shown) + rows(chosen.rest)) == list(range(1, 16))
    assert chosen.matched == 15


def test_a_subscription_brings_no_more_than_its_maximum_and_the_rest_is_held_back() -> None:
    fresh = [replace(candidate(row), numbers=(1,)) for row in range(1, 6)] + [replace(candidate(row), numbers=(2,)) for row in (6, 7)]
    chosen = choose(fresh, [], some_settings(), today=TODAY, maxima={1: 2})
    assert (rows(chosen.shown), rows(chosen.rest)) == ([7, 6, 5, 4], [3, 2, 1])


def test_a_paper_of_two_subscriptions_counts_for_the_first_that_has_room() -> None:
    fresh = [replace(candidate(row), numbers=(1, 2)) for row in (3, 2, 1)]
    assert rows(choose(fresh, [], some_settings(), today=TODAY, maxima={1: 1}).shown) == [3, 2, 1]
    chosen = choose(fresh, [], some_settings(), today=TODAY, maxima={1: 1, 2: 1})
    assert (rows(chosen.shown), rows(chosen.rest)) == ([3, 2], [1])


def test_unread_papers_fill_up_within_what_is_left_of_a_subscription() -> None:
    fresh = [replace(candidate(9), numbers=(1,)), replace(candidate(8), numbers=(1,))]
    unread = [replace(candidate(8), numbers=(1,)), replace(candidate(7), numbers=(1,)), replace(candidate(6), numbers=(2,))]
    chosen = choose(fresh, unread, some_settings(fill="unread"), today=TODAY, maxima={1: 1})
    assert (rows(chosen.shown), rows(chosen.rest)) == ([9, 6], [8])


def test_unread_papers_fill_up_only_where_asked_and_say_so() -> None:
    fresh, unread = [candidate(1)], [candidate(1), candidate(2), candidate(3)]
    assert rows(choose(fresh, unread, some_settings(), today=TODAY).shown) == [1]
    filled = choose(fresh, unread, some_settings(fill="unread", maximum=2), today=TODAY)
    assert rows(filled.shown) == [1, 3]
    assert "not posted here before" in filled.shown[1].reason and "not posted" not in filled.shown[0].reason


def test_an_older_paper_ranks_below_an_equal_newer_one() -> None:
    old, new = (Pick(stored=stored(a_paper(submitted=day)), clauses=("topic",), kind="new") for day in (date(2020, 1, 1), date(2026, 4, 1)))
    assert rank(old, TODAY) < rank(new, TODAY)


def test_several_rules_are_merged_and_each_rule_gets_its_turn() -> None:
    merged = interleave([[candidate(1, "a"), candidate(2, "a")], [candidate(3, "b"), candidate(1, "b")]])
    assert [one.stored.row for one in merged] == [1, 3, 2]
    assert merged[0].reasons == ("a", "b")


@given(cards=st.integers(0, 40), per_message=st.integers(1, 12), characters=st.integers(300, 4000))
def test_splitting_keeps_every_card_once_in_order_and_the_receipt_at_the_end(cards: int, per_message: int, characters: int) -> None:
    message = Message(heading="h", intro="i", notice="receipt", cards=tuple(a_card(f"Paper {index}", index) for index in range(cards)))
    parts = split(message, Limits(cards=per_message, characters=characters, per_card=20))
    assert [card for part in parts for card in part.cards] == list(message.cards)
    assert all(len(part.cards) <= per_message for part in parts)
    assert [part.notice for part in parts] == [""] * (len(parts) - 1) + ["receipt"]
    assert parts[0].heading == "h" and parts[0].intro == "i" and all(part.intro == "" for part in parts[1:])


@pytest.mark.parametrize(
    ("style", "headings", "cards", "threaded"),
    [
        ("digest", ["3 new papers"], [3], True),
        ("cards", ["3 new papers", "", "", ""], [0, 1, 1, 1], False),
        ("thread", ["3 new papers", "", "", ""], [0, 1, 1, 1], True),
        ("forum", ["", "", ""], [1, 1, 1], False),
    ],
)
def test_a_digest_in_each_style_says_everything_once(style: DigestStyle, headings: list[str], cards: list[int], threaded: bool) -> None:
    singles = [Message(cards=(a_card(f"Paper {number}", number),)) for number in range(1, 4)]
    whole = Message(
        heading="3 new papers",
        notice="all fetched",
        cards=tuple(one.cards[0] for one in singles),
        buttons=(Button(label="Show the rest (2)", action="rest:x"),),
    )
    messages, continued = arranged(whole, singles, style, Limits(cards=10, characters=9000, per_card=20))
    assert ([one.heading for one in messages], [len(one.cards) for one in messages], continued) == (headings, cards, threaded)
    assert [card for one in messages for card in one.cards] == list(whole.cards)
    assert [one.notice for one in messages if one.notice] == ["all fetched"] and [one.buttons for one in messages if one.buttons]
    if style == "thread":
        assert {one.topic for one in messages[1:]} == {"3 new papers"}, "the thread is called like the digest, whichever part opens it"


def test_where_there_are_no_forums_their_posts_become_a_thread() -> None:
    channel, slack = a_destination("discord:123"), a_destination("slack:C0123ABCD")
    assert (channel.style("forum"), slack.style("forum"), a_destination("discord:@123").style("forum")) == ("forum", "thread", "thread")
    assert [slack.style(style) for style in ("digest", "cards", "thread")] == ["digest", "cards", "thread"]
