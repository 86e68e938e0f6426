"""The last look refuses what Slack refuses, with Slack's words."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.checks import check_message


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _button(**fields: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": _plain("Go"), "value": "v", **fields}


def _actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def _menu(number: int, **fields: Any) -> dict[str, Any]:
    options = [{"text": _plain(f"o{index}"), "value": f"v{index}"} for index in range(number)]
    return {"type": "overflow", "action_id": "m", "options": options, **fields}


def _rich(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(leaves)}]}


DIVIDER = {"type": "divider"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": _plain("x" * 150)},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}, "accessory": _button()},
        {"type": "section", "fields": [_plain("x" * 2000)]},
        {"type": "context", "elements": [_plain("x")] * 10},
        _actions(*(_button(action_id=str(number)) for number in range(25))),
        _actions(_button(style="danger", url="https://example.org/a"), _menu(5)),
        _actions({**_menu(100), "type": "static_select", "placeholder": _plain("More")}),
        _rich({"type": "text", "text": "a", "style": {"bold": True}}, {"type": "link", "url": "https://example.org", "text": "b"}),
        DIVIDER,
    ],
)
def test_what_is_within_the_limits_passes(block: dict[str, Any]) -> None:
    assert check_message({"text": "t", "blocks": [block]}) is None


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ({"type": "header", "text": _plain("x" * 151)}, "less than 151 characters"),
        ({"type": "header", "text": _plain("")}, "more than 0 characters"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "plain_text object"),
        ({"type": "header", "text": _plain("😀" * 76)}, "less than 151 characters"),
        ({"type": "header", "text": _plain("\ud800")}, "not valid Unicode"),
        ({"type": "section", "text": _plain("x" * 3001)}, "less than 3001 characters"),
        ({"type": "section"}, "text or fields"),
        ({"type": "section", "fields": [_plain("x" * 2001)]}, "less than 2001 characters"),
        ({"type": "section", "fields": [_plain("x")] * 11}, "no more than 10 items"),
        ({"type": "section", "text": {"type": "plain_text", "text": "x", "verbatim": True}}, "unknown key verbatim"),
        ({"type": "section", "text": _plain("x"), "accessory": None}, "must not be null"),
        ({"type": "context", "elements": [_plain("x")] * 11}, "no more than 10 items"),
        ({"type": "context", "elements": []}, "at least one item"),
        (_actions(), "at least one item"),
        (_actions(*(_button(action_id=str(number)) for number in range(26))), "no more than 25 items"),
        (_actions(_button(), _button()), "already exists"),
        (_actions(_button(text=_plain("x" * 76))), "less than 76 characters"),
        (_actions(_button(value="x" * 2001)), "less than 2001 characters"),
        (_actions(_button(style="default")), "valid enum value"),
        (_actions(_button(url="javascript:alert(1)")), "valid url"),
        (_actions(_button(url="https://example.org/" + "x" * 3000)), "less than 3001 characters"),
        (_actions(_button(action_id="")), "more than 0 characters"),
        (_actions(_menu(6)), "no more than 5 items"),
        (_actions({**_menu(101), "type": "static_select"}), "no more than 100 items"),
        (_actions({**_menu(1), "options": [{"text": _plain("x" * 76), "value": "v"}]}), "less than 76 characters"),
        (_actions({**_menu(1), "options": [{"text": _plain("x"), "value": "v" * 151}]}), "less than 151 characters"),
        (_actions({"type": "input"}), "unsupported type"),
        (_rich({"type": "text", "text": ""}), "more than 0 characters"),
        (_rich({"type": "text", "text": "x", "style": {"loud": True}}), "valid style"),
        (_rich({"type": "link", "url": "https://a.b|c"}), "valid url"),
        (_rich({"type": "broadcast", "range": "channel"}), "unsupported type"),
        ({"type": "image", "image_url": "http://localhost/x.png"}, "unsupported type"),
        ({**DIVIDER, "colour": "red"}, "unknown key colour"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_and_the_place_is_named(block: dict[str, Any], reason: str) -> None:
    refusal = check_message({"text": "t", "blocks": [block]})
    assert refusal is not None
    assert refusal.code == "invalid_blocks"
    assert reason in str(refusal)
    assert "/blocks/0" in str(refusal)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "no_text"),
        ({"text": "  ", "blocks": []}, "no_text"),
        ({"blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"blocks": [DIVIDER] * 51}, "invalid_blocks"),
        ({"blocks": [{**DIVIDER, "block_id": "same"}] * 2}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": _plain("x" * 2600)}] * 5}, "msg_blocks_too_long"),
        ({"blocks": [_rich({"type": "text", "text": "x" * 252})] * 45}, "msg_blocks_too_long"),
        ({"text": "t", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "t", "metadata": {"event_type": "x", "event_payload": []}}, "invalid_metadata_format"),
        ({"text": "t", "metadata": {"event_type": "x", "event_payload": {"k": "v" * 2000}}}, "metadata_too_large"),
    ],
)
def test_a_whole_message_is_refused_with_slacks_own_word(payload: dict[str, Any], code: str) -> None:
    refusal = check_message(payload)
    assert refusal is not None
    assert refusal.code == code


def test_the_measured_message_that_slack_takes_passes() -> None:
    assert check_message({"blocks": [_rich({"type": "text", "text": "x" * 191})] * 50}) is None
