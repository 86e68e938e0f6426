"""What Discord is sent: within every limit, escaped once, and readable."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from adapters.discord import limits
from adapters.discord.checks import check_message, embed_size
from adapters.discord.controls import carries, pressed
from adapters.discord.markup import code_block, escape, fit, fit_rich, link
from adapters.discord.render import Rendered, render, text_only, thread_name
from adapters.kit import utf16
from bot.domain.messages import Button, Card, Item, Message, Span, Tone, rich
from tests.adapters.hostile import NASTY, messages
from tests.builders import ABSTRACT, a_card, a_message

KEY = "abcdefghijklmnopqrstuvwx"


def parts(rendered: Rendered) -> list[dict[str, object]]:
    return [part for row in rendered.payload()["components"] for part in row["components"]]


def options(part: dict[str, object]) -> list[dict[str, str]]:
    found = part.get("options")
    return found if isinstance(found, list) else []


@settings(max_examples=50, deadline=None)
@given(messages)
def test_any_message_fits_and_stays_recognisable(message: Message) -> None:
    rendered = render(message, key=KEY)
    payload = rendered.payload()
    assert check_message(payload) == []
    footers = [embed.footer.text or "" for embed in rendered.embeds]
    ids = [str(part.get("custom_id") or "") for part in parts(rendered)]
    assert any(carries(one, KEY) for one in ids) or any(text.endswith(KEY) for text in footers)
    assert utf16(text_only(message)) <= limits.CONTENT
    assert 1 <= utf16(thread_name(message)) <= limits.THREAD_NAME
    payload["content"].encode()  # no half pairs: every encoder takes it


@settings(max_examples=30, deadline=None)
@given(messages)
def test_every_action_survives_the_way_through_a_component(message: Message) -> None:
    rendered = render(message, key=KEY)
    offered = {button.action for card in message.cards for button in (*card.buttons, *card.menu)}
    offered |= {button.action for item in message.items for button in item.buttons} | {button.action for button in message.buttons}
    for part in parts(rendered):
        if custom_id := part.get("custom_id"):
            values = [option["value"] for option in options(part)]
            for chosen in [[value] for value in values] or [[]]:
                assert pressed(str(custom_id), chosen) in offered


@pytest.mark.parametrize(
    "text",
    [
        "@everyone @here <@123456789012345678> <@&123456789012345678> <@!123456789012345678>",
        "<#123456789012345678> </papers search:123456789012345678> <t:1700000000:R> <:smile:123456789012345678> <id:guide>",
        "[free tokens](https://evil.example) <https://evil.example> https://evil.example",
    ],
)
def test_mentions_and_links_in_a_text_are_dead(text: str) -> None:
    shown = escape(text)
    assert not re.search(r"@everyone|@here|<@[!&]?\d", shown)
    assert not re.search(r"(?<!\\)<", shown) and not re.search(r"(?<!\\)\[", shown)
    assert "https://" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# heading", r"\# heading"),
        ("-# small", r"\-# small"),
        ("> quote", r"\> quote"),
        ("#1", "#1"),
        ("-x", "-x"),
        (">>> quote", r"\>>> quote"),
        ("- list", r"\- list"),
        ("1. list", r"1\. list"),
        ("a*b_c~d|e`f\\g", r"a\*b\_c\~d\|e\`f\\g"),
        ("well-known: 3 > 2, C#", "well-known: 3 > 2, C#"),
        ("ada@example.org", "ada@example.org"),
    ],
)
def test_markdown_is_escaped_once_and_only_where_it_means_something(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("limit", [0, 1, 5, 80, 256])
def test_fitting_counts_the_escapes(text: str, limit: int) -> None:
    assert utf16(fit(text, limit)) <= limit
    assert utf16(fit_rich((Span(text), Span(text, strong=True), Span(text)), limit)) <= limit


def test_strong_runs_are_bold_and_keep_their_spaces() -> None:
    assert fit_rich((Span("by "), Span("Robin Jia ", strong=True), Span("and *others*")), 100) == r"by **Robin Jia** and \*others\*"


def test_only_web_addresses_become_links_and_none_breaks_out() -> None:
    assert link("PDF", "https://example.org/a(b)c") == "[PDF](https://example.org/a%28b%29c)"
    assert link("x", "javascript:alert(1)") == link("x", "ftp://example.org/") == link("x", "") == ""
    assert link("a](https://evil.example)", "https://example.org/").startswith(r"[a\]")


def test_a_chart_keeps_its_columns_and_cannot_end_its_block() -> None:
    assert code_block("Mon  ##\nTue  ####", 100) == "```\nMon  ##\nTue  ####\n```"
    assert code_block("``` @everyone", 100).count("```") == 2
    assert code_block("x" * 500, 100) == ""


def test_a_digest_of_ten_papers_is_one_message_with_every_paper_in_it() -> None:
    cards = tuple(replace(a_card(f"A title of ordinary length about topic {n}", n), body=rich(ABSTRACT * 2)) for n in range(1, 11))
    message = replace(a_message(), cards=cards)
    rendered = render(message, key=KEY)
    assert len(rendered.embeds) == 10
    assert all(f"topic {n}" in (embed.title or "") for n, embed in enumerate(rendered.embeds, 1))
    assert all(len(embed.description or "") > 200 for embed in rendered.embeds), "every summary keeps most of itself"
    assert 5000 < sum(embed_size(embed.to_dict()) for embed in rendered.embeds) <= limits.EMBED_TOTAL
    assert rendered.embeds[-1].footer.text == message.notice
    assert rendered.content == "### 2 new papers for #nlp · Wed 22 Apr"


def test_several_papers_share_one_select_for_each_kind_of_button() -> None:
    cards = tuple(
        replace(
            a_card(f"Paper {n}", n),
            buttons=(
                Button(label="PDF", url=f"https://arxiv.org/pdf/{n}"),
                Button(label="Save", action=f"save:{n}"),
                Button(label="More like this", action=f"like:{n}"),
            ),
            menu=tuple(Button(label=label, action=f"{verb}:{n}") for label, verb in (("Abstract", "show"), ("Not interested", "hide"))),
        )
        for n in range(1, 11)
    )
    rendered = render(replace(a_message(), cards=cards), key=KEY)
    save, like, menu, rest = parts(rendered)
    assert (save["placeholder"], like["placeholder"], menu["placeholder"]) == ("Save…", "More like this…", "More…")
    assert [option["label"] for option in options(save)] == [f"Paper {n}" for n in range(1, 11)]
    assert options(like)[9]["value"] == "like:10"
    assert len(options(menu)) == 20 and options(menu)[0]["description"] == "Paper 1"
    assert rest["label"] == "Show the rest (2)" and str(rest["custom_id"]).startswith("p:rest:")
    assert "[PDF](https://arxiv.org/pdf/3)" in (rendered.embeds[2].description or "")


def test_fifty_menu_entries_take_two_selects_and_lose_none() -> None:
    menu = tuple(Button(label=f"Do {n}", action=f"do:{n}") for n in range(5))
    cards = tuple(
        replace(a_card(f"Paper {n}"), menu=tuple(Button(label=b.label, action=f"{b.action}:{n}") for b in menu)) for n in range(10)
    )
    selects = [part for part in parts(render(Message(cards=cards))) if options(part)]
    assert [part["placeholder"] for part in selects][1:] == ["More… (1 of 2)", "More… (2 of 2)"]
    assert sum(len(options(part)) for part in selects[1:]) == 50


def test_one_paper_has_its_buttons_to_itself() -> None:
    found = parts(render(a_message(1), key=KEY))
    assert [part.get("label") for part in found] == ["Save", "PDF", None, "Show the rest (2)"]
    assert found[1]["url"] == "https://arxiv.org/pdf/2604.00001" and "custom_id" not in found[1]
    assert [option["label"] for option in options(found[2])] == ["Not interested"]


def test_two_papers_with_one_address_are_both_shown() -> None:
    rendered = render(Message(cards=(a_card("One"), a_card("Two"))))
    assert [embed.url for embed in rendered.embeds] == ["https://arxiv.org/abs/2604.00001", None]


def test_a_list_is_numbered_lines_and_what_has_no_room_is_counted() -> None:
    few = Message(heading="Subscriptions", items=(Item(label="#1", text='by:"Robin Jia"', detail="12 a month"),))
    assert render(few).embeds[0].description == '**#1** by:"Robin Jia"\n-# 12 a month'
    many = Message(items=tuple(Item(label=f"#{n}", text="word " * 40) for n in range(200)))
    assert re.search(r"… \+1\d\d more$", render(many).embeds[0].description or "")


def test_a_list_with_a_button_on_every_line_offers_them_in_one_select() -> None:
    items = tuple(Item(label=f"#{n}", text=f"rule {n}", buttons=(Button(label="End", action=f"end:{n}"),)) for n in range(1, 31))
    first, second = parts(render(Message(heading="Rules", items=items)))
    assert [option["label"] for option in options(first)][:2] == ["#1 rule 1", "#2 rule 2"]
    assert (first["placeholder"], second["placeholder"]) == ("End… (1 of 2)", "End… (2 of 2)")
    assert len(options(first)) == len(options(second)) == 15


def test_more_buttons_than_two_rows_hold_lose_none() -> None:
    many = tuple(Button(label=f"Follow author {n}", action=f"follow:{n}") for n in range(20))
    found = parts(render(Message(heading="Whom?", buttons=(*many, Button(label="Site", url="https://example.org/"))), key=KEY))
    assert [part.get("label") for part in found[:5]] == ["Site", *(f"Follow author {n}" for n in range(4))]
    assert [option["label"] for option in options(found[5])] == [f"Follow author {n}" for n in range(4, 20)]


def test_a_message_without_components_carries_its_key_in_a_footer() -> None:
    rendered = render(Message(heading="Paused", intro="Nothing is posted until Monday."), key=KEY)
    assert rendered.view is None and [embed.footer.text for embed in rendered.embeds] == [KEY]


def test_a_bare_answer_is_text_with_its_tone() -> None:
    rendered = render(Message(heading="Unknown verb", intro="did you mean search?", notice="help lists all", tone=Tone.WARNING))
    assert rendered.content == "⚠️ **Unknown verb**\ndid you mean search?\n-# help lists all"
    assert rendered.embeds == [] and rendered.view is None


def test_an_action_that_stands_twice_has_two_ids_and_one_meaning() -> None:
    again = Button(label="Again", action="next:1")
    ids = [str(part["custom_id"]) for part in parts(render(Message(heading="x", buttons=(again, again))))]
    assert len(set(ids)) == 2 and {pressed(one, []) for one in ids} == {"next:1"}


def test_a_foreign_component_means_nothing() -> None:
    assert pressed("somebody-elses-button", []) == pressed("s:0", []) == pressed("", ["x"]) == ""


def test_the_text_version_names_every_paper_and_its_address() -> None:
    cards = tuple(Card(title=rich(f"Paper *{n}*"), url=f"https://arxiv.org/abs/{n}") for n in range(1, 4))
    text = text_only(Message(heading="3 new papers", cards=cards, notice="all fetched"))
    assert text.splitlines()[2] == r"2\. Paper \*2\* <https://arxiv.org/abs/2>"
    assert text.endswith("-# all fetched")
    long = text_only(Message(cards=tuple(Card(title=rich("word " * 60), url="https://arxiv.org/abs/1") for _ in range(40))))
    assert re.search(r"… \+\d+ more$", long)


@pytest.mark.parametrize(
    ("payload", "path", "code"),
    [
        ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
        ({"content": "\U0001f600" * 1001}, "content", "BASE_TYPE_MAX_LENGTH"),
        ({"content": " "}, "", "EMPTY"),
        ({"embeds": [{"description": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, "embeds.0.fields.0.name", "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"title": "a", "url": "https://a.b"}] * 2}, "embeds.1.url", "EMBED_URL_DUPLICATED"),
        ({"embeds": [{"title": "a", "url": "ftp://a.b"}]}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
        ({"content": "x", "components": [{"type": 1, "components": []}]}, "components.0.components", "BASE_TYPE_BAD_LENGTH"),
    ],
)
def test_the_last_count_sees(payload: dict[str, object], path: str, code: str) -> None:
    assert (path, code) in [(problem.path, problem.code) for problem in check_message(payload)]


def test_the_last_count_sees_what_is_wrong_with_components() -> None:
    button = {"type": 2, "style": 2, "label": "x" * 81, "custom_id": "same"}
    select = {"type": 3, "custom_id": "same", "options": [{"label": "a", "value": "v"}] * 26}
    rows = [{"type": 1, "components": [button, select]}, *[{"type": 1, "components": [{**button, "custom_id": "y" * 101}]}] * 5]
    codes = {problem.code for problem in check_message({"content": "x", "components": rows})}
    assert codes >= {
        "BASE_TYPE_MAX_LENGTH",
        "BASE_TYPE_BAD_LENGTH",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    }
