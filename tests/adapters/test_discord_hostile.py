"""Whatever a paper says, Discord takes the message and nothing in it is alive but what we made: read by a reader of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from adapters.discord.forms import modal
from adapters.discord.render import render, short_text, text_only, thread_name
from adapters.kit import web_url
from bot.domain.forms import Form
from bot.domain.messages import Button, Card, Fact, Item, Message, Span, rich
from tests.adapters.discord_reader import alive, markdown, refusals, strings
from tests.adapters.hostile import NASTY, messages
from tests.adapters.test_discord_forms import forms

KEY = "abcdefghijklmnopqrstuvwx"
ALIVE = (
    "@everyone @here",
    "<@123456789012345678> <@&123456789012345678> <@!123456789012345678> <#123456789012345678> <id:guide>",
    "</papers search:123456789012345678>",
    "<t:1700000000> <t:1700000000:R>",
    "<:fire:123456789012345678> <a:fire:123456789012345678>",
    "<https://evil.example> <mailto:a@evil.example>",
    "[free](https://evil.example) [a]( https://evil.example ) [x][y]",
    "https://evil.example steam://run/1",
    "`code` ```\nfence\n``` ||spoiler||",
    "# heading\n> quote\n- list\n1. list\n-# small",
    "\u202egnp.exe\u2066\u2069 \x1b[31m \u2028 \x00",
)


def addresses(message: Message) -> set[str]:
    """Where a message may lead."""
    buttons = [
        *message.buttons,
        *(b for card in message.cards for b in (*card.buttons, *card.menu)),
        *(b for i in message.items for b in i.buttons),
    ]
    given = {web_url(url) for url in [*(card.url for card in message.cards), *(button.url for button in buttons)]}
    return {address.replace("(", "%28").replace(")", "%29").replace("*", "%2A") for address in given}


def everywhere(text: str) -> Message:
    """A message that says ``text`` wherever it can."""
    button = Button(label=text, action="save:1")
    card = Card(
        title=(Span(text), Span(text, strong=True)),
        url="https://arxiv.org/abs/2604.00001",
        byline=(Span(text, strong=True), Span(text)),
        facts=(Fact(label=text, value=text),),
        body=rich(text),
        reason=text,
        buttons=(button, Button(label=text, url="https://arxiv.org/pdf/2604.00001")),
        menu=(Button(label=text, action="hide:1"),),
    )
    item = Item(
        label=text, text=text, detail=text, buttons=(Button(label=text, action="end:1"), Button(label=text, url="https://example.org/"))
    )
    return Message(heading=text, intro=text, cards=(card, card), items=(item, item), chart=text, notice=text, buttons=(button,), topic=text)


def checked(message: Message) -> None:
    payload = render(message, key=KEY).payload()
    assert refusals(payload) == []
    allowed = addresses(message)
    for text in (*markdown(payload), text_only(message), short_text(message, 400)):
        found = alive(text)
        assert {*found.pop("link", []), *(address[1:-1] for address in found.pop("autolink", []))} <= allowed
        assert not found
    for text in strings(payload):
        assert "control" not in alive(text), "no direction marks, no escape sequences, no half characters, anywhere"


@pytest.mark.parametrize("text", [*ALIVE, *NASTY])
def test_nothing_in_a_text_is_alive_wherever_it_stands(text: str) -> None:
    checked(everywhere(text))


@settings(max_examples=60, deadline=None)
@given(messages)
def test_nothing_in_any_message_is_alive_and_discord_takes_it(message: Message) -> None:
    checked(message)
    assert "control" not in alive(thread_name(message))


@settings(max_examples=40, deadline=None)
@given(forms)
def test_nothing_in_any_form_is_alive(form: Form) -> None:
    payload = modal(form).to_dict()
    for text in markdown(payload):
        assert not alive(text)
    for text in strings(payload):
        assert "control" not in alive(text)


@pytest.mark.parametrize("text", ALIVE)
def test_the_reader_sees_what_is_alive(text: str) -> None:
    assert alive(text, ours=())


def test_the_reader_counts() -> None:
    row = {"type": 1, "components": [{"type": 2, "label": "x", "custom_id": "a"}] * 6}
    embed = {"title": "t" * 257, "description": "d" * 4000, "url": "https://a.b"}
    wrong = refusals({"content": "x" * 2001, "embeds": [embed, embed], "components": [row]})
    assert {"content", "embed text over 256", "embeds over 6000", "two embeds of one url", "row of a wrong width", "custom_id"} <= set(
        wrong
    )
    assert refusals({}) == ["empty"] and refusals({"content": "fine"}) == []
