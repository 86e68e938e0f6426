"""What a message looks like in Slack, and that every message fits."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings

from adapters.slack.checks import check_message
from adapters.slack.limits import BLOCKS, CHARACTERS, LIMITS
from adapters.slack.render import fallback, to_blocks, to_payload
from bot.domain.messages import Button, ButtonStyle, Card, Fact, Item, Message, Span, Tone, rich
from tests.adapters import hostile
from tests.builders import ABSTRACT, a_card, a_message
from tests.servers.slack_parts import Json, Posted, pressable


def _shown(message: Message) -> Posted:
    return Posted(channel="C1", ts="1.1", text=fallback(message), blocks=to_blocks(message))


def _leaves(blocks: list[Json]) -> list[Json]:
    return [leaf for block in blocks if block["type"] == "rich_text" for part in block["elements"] for leaf in part["elements"]]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(hostile.messages)
def test_every_message_fits_slack_and_none_of_it_is_read_as_markup(message: Message) -> None:
    payload = to_payload(message)
    assert check_message(payload) is None
    assert len(payload.get("blocks", [])) <= BLOCKS
    json.dumps(payload, ensure_ascii=False).encode()
    assert "mrkdwn" not in json.dumps(payload.get("blocks", [])), "nothing of others is read as markup"
    assert not set("<>") & set(payload["text"])


def test_a_card_shows_title_names_facts_body_and_reason_in_this_order() -> None:
    card = Card(
        title=(Span("Graphs & "), Span("Trees", True)),
        url="https://arxiv.org/abs/2604.00001",
        byline=(Span("Ada Lovelace", True), Span(", Grace Hopper")),
        facts=(Fact(label="", value="cs.CL"), Fact(label="votes", value="12")),
        body=rich(ABSTRACT),
        reason='matched by:"Ada Lovelace"',
    )
    shown = _shown(Message(cards=(card,))).shown
    parts = ["Graphs & Trees", "Ada Lovelace", ", Grace Hopper", "cs.CL · votes 12", "We study how", 'matched by:"Ada Lovelace"']
    assert [part for part in parts if part in shown] == parts
    assert sorted(parts, key=shown.index) == parts


def test_the_title_is_a_bold_link_and_followed_names_are_bold() -> None:
    card = Card(title=rich("A | B <c>"), url="https://x.org/a|b", byline=(Span("Ada", True), Span(", Bob")))
    leaves = _leaves(to_blocks(Message(cards=(card,))))
    assert leaves[0] == {"type": "link", "url": "https://x.org/a%7Cb", "text": "A | B <c>", "style": {"bold": True}}
    assert {"type": "text", "text": "Ada", "style": {"bold": True}} in leaves
    assert {"type": "text", "text": ", Bob"} in leaves


def test_a_title_without_a_usable_link_is_plain_bold_text() -> None:
    leaves = _leaves(to_blocks(Message(cards=(Card(title=rich("T"), url="javascript:alert(1)"),))))
    assert leaves == [{"type": "text", "text": "T", "style": {"bold": True}}]


def test_buttons_carry_their_action_or_their_page() -> None:
    shown = _shown(Message(cards=(a_card(row=7),)))
    assert shown.actions == {"Save": "save:7", "Not interested": "hide:7"}
    assert shown.links == {"PDF": "https://arxiv.org/pdf/2604.00001"}
    assert [element["type"] for _, element in pressable(shown.blocks)] == ["button", "button", "overflow"]


def test_a_long_menu_becomes_a_list_to_choose_from() -> None:
    menu = tuple(Button(label=f"Entry {number}", action=f"do:{number}") for number in range(6))
    blocks = to_blocks(Message(cards=(Card(title=rich("T"), menu=menu),)))
    assert blocks[-1]["elements"][0]["type"] == "static_select"
    assert len(blocks[-1]["elements"][0]["options"]) == 6


def test_only_primary_and_danger_are_styles() -> None:
    buttons = tuple(Button(label=style.value, action="a", style=style) for style in ButtonStyle)
    assert [element.get("style") for element in to_blocks(Message(buttons=buttons))[0]["elements"]] == [None, "primary", "danger"]


def test_headings_and_labels_are_not_escaped_and_the_notification_line_is_escaped_once() -> None:
    message = Message(heading="Q&A <now>", buttons=(Button(label="R&D", action="a"),))
    assert to_blocks(message)[0]["text"] == {"type": "plain_text", "text": "Q&A <now>", "emoji": False}
    assert "R&D" in _shown(message).actions
    assert fallback(message) == "Q&amp;A &lt;now&gt;"


def test_warnings_and_errors_say_so_in_their_heading() -> None:
    assert to_blocks(Message(heading="No", tone=Tone.ERROR))[0]["text"]["text"] == "⚠️ No"


def test_lines_without_buttons_share_a_block_and_one_button_stands_beside_its_line() -> None:
    items = (Item(label="#1", text="by:ada"), Item(label="#2", text="b", detail="d"), Item(label="#3", text="c", buttons=(_button("x"),)))
    first, second = to_blocks(Message(items=items))
    assert "".join(leaf["text"] for leaf in _leaves([first])) == "#1  by:ada\n#2  b\nd"
    assert second["text"]["text"] == "#3  c"
    assert second["accessory"]["value"] == "x"


def test_several_buttons_of_a_line_stand_below_it() -> None:
    blocks = to_blocks(Message(items=(Item(label="#1", text="t", buttons=(_button("a"), _button("b"))),)))
    assert [block["type"] for block in blocks] == ["rich_text", "actions"]


def test_a_chart_keeps_its_columns() -> None:
    block = to_blocks(Message(chart="Mon  ███\nTue  █"))[0]
    assert block["elements"] == [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "Mon  ███\nTue  █"}]}]


def test_bodies_give_way_before_whole_cards_do() -> None:
    cards = tuple(Card(title=rich(f"Paper {number}"), body=rich("word " * 400)) for number in range(10))
    shown = _shown(Message(heading="h", cards=cards)).shown
    assert all(f"Paper {number}" in shown for number in range(10))
    assert "more" not in shown
    assert "word…" in shown


def test_what_has_no_room_is_counted_never_left_out_in_silence() -> None:
    message = a_message(60)
    blocks = to_blocks(message)
    shown = _shown(message)
    kept = sum(f"save:{number}" in str(blocks) for number in range(1, 61))
    assert len([block for block in blocks if block["type"] == "rich_text"]) == kept
    assert f"… +{60 - kept} more" in shown.shown
    assert message.notice in shown.shown
    assert "Show the rest (2)" in shown.actions


def test_a_digest_planned_within_the_limits_is_shown_whole() -> None:
    room = (LIMITS.characters - 300) // LIMITS.cards - LIMITS.per_card
    frame = len("Reading Orders" + "Ada Lovelace, Grace Hopper" + 'matched by:"Ada Lovelace"')
    body = ("steady progress " * 100)[: room - frame]
    cards = tuple(
        Card(
            title=rich("Reading Orders"),
            url="https://arxiv.org/abs/2604.00001",
            byline=rich("Ada Lovelace, Grace Hopper"),
            body=rich(body),
            reason='matched by:"Ada Lovelace"',
            buttons=(_button("save"), Button(label="PDF", url="https://arxiv.org/pdf/2604.00001")),
            menu=(_button("hide"), _button("why")),
        )
        for _ in range(LIMITS.cards)
    )
    message = Message(heading="12 new papers", cards=cards, notice="arXiv 1,204 announced", buttons=(_button("rest"),))
    shown = _shown(message)
    assert "…" not in shown.shown
    assert len(shown.blocks) <= BLOCKS
    assert sum(len(leaf["text"]) for leaf in _leaves(shown.blocks)) < CHARACTERS


def test_the_empty_message_still_says_something() -> None:
    assert to_payload(Message()) == {"text": "Papercrier"}


@pytest.mark.parametrize("tone", list(Tone))
def test_a_message_without_heading_has_no_header(tone: Tone) -> None:
    assert [block["type"] for block in to_blocks(Message(intro="Hello", tone=tone))] == ["rich_text"]


def _button(action: str) -> Button:
    return Button(label=action, action=action)
