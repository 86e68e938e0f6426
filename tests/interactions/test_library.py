"""What people do with the library: vote, keep, take out as files, look at over time, and look up what was pasted."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest

from bot.domain.deliveries import Occurrence, State
from bot.domain.messages import Message, Tone, plain
from bot.domain.requests import Lookup, Reaction, Reply, Request, What
from bot.errors import PapercrierError
from bot.pictures.painter import PaintingFailed
from bot.ports import Chart, DeliveryChange
from bot.render.common import paper_card
from bot.services.interactions.handler import Interactions
from bot.services.interactions.trend import split_queries
from tests.builders import an_actor, distinct_papers, later
from tests.interactions.chat import HERE, Chat, button, text_of, titles, topics

ANA, BEN = an_actor(), replace(an_actor(), id="U8", name="Ben", personal=replace(an_actor().personal, address="@U8"))


async def ask(chat: Chat, what: What) -> Reply:
    return await chat.handler.handle(Request(actor=ANA, place=HERE, what=what))


# --- votes -----------------------------------------------------------------------------------------------------------


async def test_a_vote_counts_once_is_named_and_taken_back(chat: Chat) -> None:
    [row] = await chat.know(*topics(1))
    reply = await chat.press(f"vote:{row}")
    assert (reply.message.heading, reply.message.tone) == ("Voted", Tone.GOOD) and "1 vote here" in reply.message.intro
    assert (await chat.press(f"vote:{row}")).message.heading == "You voted for it already"
    assert "2 votes here" in (await chat.press(f"vote:{row}", by=BEN)).message.intro
    undone = await chat.press(button(reply.message, "Undo"))
    assert "1 vote here" in undone.message.intro


async def test_the_top_are_those_voted_for_here_and_then_those_of_the_source(chat: Chat) -> None:
    papers = [replace(paper, submitted=chat.clock.now().date(), votes=votes) for paper, votes in zip(topics(3), (5, None, 9), strict=True)]
    rows = await chat.know(*papers)
    await chat.press(f"vote:{rows[1]}")
    reply = await chat.type("top 2w")
    assert titles(reply.message) == [papers[1].title, papers[2].title, papers[0].title]
    assert [card.reason for card in reply.message.cards] == ["1 vote here", "liked elsewhere", "liked elsewhere"]
    elsewhere = await chat.type("top", at=replace(HERE, address="C0OTHER", tenant="slack:T2"))
    assert titles(elsewhere.message) == [papers[2].title, papers[0].title], "votes are seen in their workspace only"


@pytest.mark.parametrize("typed", ["top 0", "top 400d", "top since:never"])
async def test_a_span_that_is_none_is_answered_with_one(chat: Chat, typed: str) -> None:
    reply = await chat.type(typed)
    assert "no span of days" in reply.message.heading
    assert button(reply.message, "top").action.startswith("run:top")


async def test_nobody_voted_is_said(chat: Chat) -> None:
    assert (await chat.type("top")).message.heading == "Nobody voted in the last 7 days"


async def posted(chat: Chat, rows: Sequence[int], *, remote_id: str = "1700.1", link: bool = False) -> None:
    """A message about these papers stands here."""
    await chat.type("subscribe nothing at all")
    stored = await chat.store.papers(rows)
    message = Message(heading="New", cards=tuple(paper_card(one) for one in stored))
    occurrence = Occurrence(
        destination=HERE, slot="2026-04-22", shown=tuple((row, "matched x") for row in rows), rest=(), messages=(message,), next_at=None
    )
    assert await chat.store.enqueue(occurrence, at=chat.clock.now())
    [delivery] = await chat.store.claim(["slack"], owner="me", now=chat.clock.now(), lease=60, limit=1)
    for state, change in ((State.SENDING, DeliveryChange(attempted=True)), (State.SENT, DeliveryChange(remote_id=remote_id))):
        held = await chat.store.delivery(delivery.id)
        assert held and await chat.store.move(held, state, owner="me", now=chat.clock.now(), change=change)


async def test_liking_a_post_about_one_paper_is_a_vote(chat: Chat) -> None:
    [row] = await chat.know(*topics(1))
    await posted(chat, [row])
    await ask(chat, Reaction(remote_id="1700.1", emoji="👍"))
    await ask(chat, Reaction(remote_id="1700.1", emoji="🎉"))
    assert await chat.store.votes(HERE.tenant, [row]) == {row: 1}
    await ask(chat, Reaction(remote_id="1700.1", emoji="🎉", added=False))
    assert await chat.store.votes(HERE.tenant, [row]) == {}


@pytest.mark.parametrize(("emoji", "remote_id", "papers"), [("👀", "1700.1", 1), ("👍", "1700.9", 1), ("👍", "1700.1", 2)])
async def test_other_reactions_mean_nothing(chat: Chat, emoji: str, remote_id: str, papers: int) -> None:
    rows = await chat.know(*topics(papers))
    await posted(chat, rows)
    reply = await ask(chat, Reaction(remote_id=remote_id, emoji=emoji))
    assert reply.message.tone is not Tone.ERROR
    assert await chat.store.votes(HERE.tenant, rows) == {}


# --- saved -----------------------------------------------------------------------------------------------------------


async def test_saved_papers_are_looked_through_and_taken_off(chat: Chat) -> None:
    papers = distinct_papers(14)
    rows = await chat.know(*papers)
    for row in rows:
        await chat.press(f"save:{row}")
    reply = await chat.type('saved "number 3"')
    assert titles(reply.message) == [papers[3].title] and reply.message.intro == '"number 3"'
    first = await chat.type("saved paper")
    second = await chat.press(button(first.message, "Next"))
    assert (len(titles(first.message)), len(titles(second.message))) == (10, 4) and second.update
    gone = await chat.type(f"unsave {papers[3].title}")
    assert gone.message.heading == "Not saved any more" and button(gone.message, "Undo")
    assert "none of your saved papers" in text_of((await chat.type('saved "number 3"')).message).casefold()


# --- files -----------------------------------------------------------------------------------------------------------


async def test_saved_papers_are_exported_and_so_is_what_a_query_finds(chat: Chat) -> None:
    papers = distinct_papers(3)
    rows = await chat.know(*papers)
    await chat.press(f"save:{rows[0]}")
    [mine] = (await chat.type("export bibtex")).files
    assert (mine.name, mine.media_type) == ("papers.bib", "application/x-bibtex")
    assert len(bibtexparser.parse_string(mine.content.decode()).entries) == 1
    reply = await chat.type("export csv topic")
    assert reply.private and reply.message.heading == "3 papers exported"
    assert len(list(csv.DictReader(io.StringIO(reply.files[0].content.decode())))) == 3


async def test_one_paper_is_cited_from_its_card(chat: Chat) -> None:
    [row] = await chat.know(*topics(1))
    reply = await chat.press(f"bib:{row}")
    assert reply.message.chart.startswith("@misc{") and len(reply.files) == 1


async def test_rules_are_exported_as_text(chat: Chat) -> None:
    assert "nothing is posted" in text_of((await chat.type("export rules")).message).casefold()
    await chat.type('subscribe by:"Robin Jia"')
    [file] = (await chat.type("export rules")).files
    [table] = tomllib.loads(file.content.decode())["channels"]
    assert (table["to"], table["subscribe"], table["mute"]) == (HERE.key, ['by:"Robin Jia"'], [])


async def test_mutes_go_with_the_rules_also_of_somebody_who_follows_nothing(chat: Chat) -> None:
    for line in ("subscribe graphs", "mute word survey until:7d", "mute category cs.CV to:me"):
        await chat.type(line)
    reply = await chat.type("export rules")
    assert reply.message.heading == "1 rule and 1 mute of #nlp as text"
    [table] = tomllib.loads(reply.files[0].content.decode())["channels"]
    assert table["mute"] == [{"kind": "word", "value": "survey", "until": date(2026, 4, 29)}]
    [table] = tomllib.loads((await chat.type("export rules to:me")).files[0].content.decode())["channels"]
    assert table == {"to": an_actor().personal.key, "mute": [{"kind": "category", "value": "cs.CV"}]}


@pytest.mark.parametrize(
    ("typed", "told"), [("export bibtex", "you have not saved"), ("export ris xylophones", "no paper matches"), ("export pdf", "")]
)
async def test_an_export_of_nothing_says_what_to_do(chat: Chat, typed: str, told: str) -> None:
    await chat.know(*topics(1))
    try:
        reply = await chat.type(typed)
    except PapercrierError as error:
        assert "bibtex" in str(error)
        return
    assert told in text_of(reply.message).casefold() and reply.files == ()


# --- over time -------------------------------------------------------------------------------------------------------


class NotingPainter:
    def __init__(self, *, fails: bool = False) -> None:
        self.charts: list[Chart] = []
        self.fails = fails

    async def paint(self, chart: Chart) -> bytes:
        self.charts.append(chart)
        if self.fails:
            raise PaintingFailed("no", "later")
        return b"\x89PNG"


async def painted(chat: Chat, *, fails: bool = False) -> NotingPainter:
    painter = NotingPainter(fails=fails)
    chat.handler = Interactions(chat.store, chat.clock, preview=chat._preview, painter=painter)
    papers = distinct_papers(6)
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 4, 1), date(2026, 4, 22), date(2020, 1, 1)]
    await chat.know(*(replace(paper, submitted=day) for paper, day in zip(papers, days, strict=True)))
    return painter


async def test_a_trend_counts_papers_per_month_to_this_one(chat: Chat) -> None:
    painter = await painted(chat)
    reply = await chat.type('trend topic | "number 1" months:4')
    [chart] = painter.charts
    assert [one.name for one in chart.series] == ["topic", '"number 1"']
    assert chart.series[0].points == ((date(2026, 1, 1), 1), (date(2026, 2, 1), 2), (date(2026, 3, 1), 0), (date(2026, 4, 1), 2))
    assert [count for _, count in chart.series[1].points] == [0, 1, 0, 0]
    [file] = reply.files
    assert file.media_type == "image/png" and "most in Apr 2026 (2)" in file.alt
    assert "▁" in reply.message.chart or "█" in reply.message.chart


async def test_without_a_picture_the_answer_says_the_same_in_words(chat: Chat) -> None:
    await painted(chat, fails=True)
    reply = await chat.type("trend topic months:4")
    assert reply.files == () and "5 papers" in text_of(reply.message) and reply.message.tone is not Tone.ERROR


async def test_a_rehearsal_is_seen_as_a_picture_when_asked_for(chat: Chat) -> None:
    painter = await painted(chat)
    rehearsed = await chat.type("rehearse topic days:30")
    reply = await chat.press(button(rehearsed.message, "As a picture"))
    [chart] = painter.charts
    assert chart.kind == "bars" and len(chart.series[0].points) == 31
    assert sum(count for _, count in chart.series[0].points) == 2
    [file] = reply.files
    assert "most on " in file.alt


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a | b", ["a", "b"]),
        ('"a | b" | c', ['"a | b"', "c"]),
        ("(a | b) | c", ["(a | b)", "c"]),
        ("a", ["a"]),
        ("a || b |", ["a", "b"]),
        ("|", ["|"]),
    ],
)
def test_lines_of_a_trend_are_parted_by_bars_outside_quotes_and_parentheses(text: str, parts: list[str]) -> None:
    assert split_queries(text) == parts


@pytest.mark.parametrize(("typed", "told"), [("trend a1 | b2 | c3 | d4 | e5 | f6", "cannot be told apart"), ("trend a*", "3 letters")])
async def test_a_trend_that_cannot_be_drawn_is_explained(chat: Chat, typed: str, told: str) -> None:
    await painted(chat)
    assert told in text_of((await chat.type(typed)).message)


# --- about a person --------------------------------------------------------------------------------------------------


async def test_what_is_kept_about_a_person_is_shown_given_and_deleted(chat: Chat) -> None:
    rows = await chat.know(*topics(2))
    await chat.press(f"save:{rows[0]}")
    await chat.press(f"vote:{rows[1]}")
    await chat.type("subscribe graphs to:me")
    await chat.press(f"save:{rows[0]}", by=BEN)
    shown = await chat.type("privacy")
    assert shown.private and shown.message.heading == "4 things kept about you"
    [file] = (await chat.press(button(shown.message, "As a file"))).files
    assert {one["kind"] for one in json.loads(file.content)["records"]} == {"saved", "vote", "subscription", "settings"}
    asked = await chat.press(button(shown.message, "Delete it all"))
    assert asked.message.heading.startswith("Delete 4 records") and await chat.store.saved("slack:U7", limit=9), "it asks once more"
    gone = await chat.press(button(asked.message, "Delete everything"))
    assert gone.message.heading == "Forgotten"
    assert (await chat.type("privacy")).message.heading == "Nothing is kept about you"
    assert len(await chat.store.saved("slack:U8", limit=9)) == 1
    again = await chat.press("forget:me")
    assert again.message.tone is Tone.WARNING


# --- what was pasted -------------------------------------------------------------------------------------------------


async def test_a_pasted_paper_is_shown_with_when_it_was_posted_here(chat: Chat) -> None:
    chat.handler = Interactions(
        chat.store, chat.clock, preview=chat._preview, link=lambda to, remote_id, parent: f"https://chat.test/{remote_id}"
    )
    papers = [replace(paper, keys=(f"arxiv:2604.0000{number}",)) for number, paper in enumerate(distinct_papers(2))]
    rows = await chat.know(*papers)
    await posted(chat, rows[:1])
    chat.clock.advance(9 * 24 * 3600)
    text = "look: https://arxiv.org/pdf/2604.00000v3 and 2604.00001, but not arXiv:2604.77777"
    reply = await ask(chat, Lookup(text=text))
    assert [plain(card.title) for card in reply.message.cards] == [paper.title for paper in papers]
    assert [card.reason for card in reply.message.cards] == ["posted here on 22 Apr 2026", "not posted here before"]
    assert button(reply.message, "Open the post").url == "https://chat.test/1700.1"
    assert reply.message.notice == "Not in the library yet: arxiv:2604.77777."
    assert reply.private


async def test_what_was_posted_in_another_workspace_is_not_told(chat: Chat) -> None:
    [row] = await chat.know(replace(distinct_papers(1)[0], keys=("arxiv:2604.00000",)))
    await posted(chat, [row])
    stranger = replace(HERE, tenant="slack:T2")
    reply = await chat.handler.handle(Request(actor=ANA, place=stranger, what=Lookup(text="2604.00000")))
    assert [card.reason for card in reply.message.cards] == ["not posted here before"]


async def test_a_message_without_a_paper_is_answered_kindly(chat: Chat) -> None:
    reply = await ask(chat, Lookup(text="nothing to see"))
    assert reply.message.heading == "No paper is named in this message"


async def test_cards_offer_a_vote_and_a_citation(chat: Chat) -> None:
    await chat.know(*topics(1))
    [card] = (await chat.type("latest 1")).message.cards
    assert {"Vote for it", "BibTeX"} <= {one.label for one in card.menu}
    assert later(days=1) > chat.clock.now()
