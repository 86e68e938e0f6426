"""Forms, pages of answers and a person's own page as Slack's views, and what was filled in back again. Pure functions.

As in ``render``, text of others only ever stands in ``plain_text`` objects and rich text leaves. A question's block is called
``ask:<form>:<field>``, its element ``field:<what it looks up>``, or ``live:…`` where a change asks for a new estimate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.kit import clean, clean_lines, folded, shorten, utf16
from adapters.slack.limits import (
    BLOCKS,
    CHECKBOXES,
    INPUT,
    LABEL,
    OPTION,
    OPTION_VALUE,
    PLACEHOLDER,
    SELECT,
    TITLE,
    VIEW_BLOCKS,
    VIEW_BYTES,
    WRONG,
)
from adapters.slack.memo import Memo
from adapters.slack.render import Block, to_blocks
from bot.domain.forms import Field, Form
from bot.domain.messages import Message
from bot.domain.requests import Choice, Reply

#: The callback ids of a form that may be sent, and of a page that is only read.
FORM, PAGE = "form", "page"
#: Beginnings of ids.
QUESTION, FIELD, LIVE, ESTIMATE = "ask:", "field:", "live:", "estimate:"

#: Blocks of an estimate; its page is short.
_ESTIMATE_BLOCKS = 12
#: Parts of a person's own page, and the blocks that each of them gets at least.
_PARTS, _LEAST = 16, 6
#: Half a pair: no encoder takes it.
_SURROGATE = re.compile("[\ud800-\udfff]")


def form_view(form: Form, memo: Memo) -> Block:
    """The form as a modal. ``memo`` says where it was opened; name and state are the form's."""
    estimate = _estimate_blocks(form.estimate) if form.estimate else []
    for most in (SELECT, 60, 25):
        view = _modal(form.title, [*(_question(form.name, field, most) for field in form.fields), *estimate])
        if _bytes(view) <= VIEW_BYTES:
            break
    return {
        **view,
        "callback_id": FORM,
        "submit": _plain(form.submit, TITLE, "Save"),
        "private_metadata": replace(memo, form=form.name, state=form.state).encode(),
    }


def page_view(message: Message, memo: Memo, title: str = "Papercrier") -> Block:
    """An answer as a modal of its own, without anything to fill in."""
    blocks, _ = _fitted([message])
    return {**_modal(title, blocks), "callback_id": PAGE, "private_metadata": replace(memo, form="", state="").encode()}


def home_view(parts: Sequence[Message]) -> Block:
    """A person's own page. What has no room is counted."""
    shown = parts[:_PARTS]
    blocks, kept = _fitted(shown)
    if left_out := len(parts) - kept:
        blocks.append({"type": "context", "elements": [_plain(folded(left_out), OPTION)]})
    return {"type": "home", "blocks": blocks}


def estimated(view: Mapping[str, Any], message: Message) -> Block:
    """A form that stands open, as Slack told it, with this estimate; what was filled in stays as it is."""
    blocks = [block for block in view["blocks"] if not str(block.get("block_id", "")).startswith(ESTIMATE)]
    kept = {name: view[name] for name in ("type", "title", "close", "submit", "callback_id", "private_metadata") if view.get(name)}
    return {**kept, "blocks": [*blocks, *_estimate_blocks(message)]}


def answers(view: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What was filled in so far, by field name; empty where nothing was."""
    values = (view.get("state") or {}).get("values") or {}
    found: dict[str, tuple[str, ...]] = {}
    for block_id, elements in values.items():
        if block_id.startswith(QUESTION):
            name = block_id.split(":", 2)[2]
            found[name] = tuple(value for element in elements.values() for value in _chosen(element))
    return found


def field_of(block_id: str) -> str:
    """The name of the field whose question this block is."""
    return block_id.split(":", 2)[2] if block_id.startswith(QUESTION) and block_id.count(":") > 1 else ""


def wrong(view: Mapping[str, Any], reply: Reply) -> dict[str, str]:
    """What is wrong, beside the question it is about: that which the reply names, else the first one to write into."""
    asked = [block for block in view["blocks"] if block.get("type") == "input"]
    named = [block for block in asked if field_of(str(block.get("block_id", ""))) == reply.field]
    written = [block for block in asked if block["element"]["type"] == "plain_text_input"]
    block = next(iter([*named, *written, *asked]), None)
    if block is None:
        return {}
    text = " ".join(filter(None, (_sentence(clean(part)) for part in (reply.message.heading, reply.message.intro))))
    return {str(block["block_id"]): shorten(text or clean(reply.message.fallback) or Message().fallback, WRONG, utf16)}


def to_options(choices: Iterable[Choice], most: int = SELECT) -> list[Block]:
    """Choices as Slack takes them: each value once."""
    options: dict[str, Block] = {}
    for choice in choices:
        if len(options) == most:
            break
        text = _plain(choice.name, OPTION, choice.value)
        if text and 0 < utf16(choice.value) <= OPTION_VALUE and not _SURROGATE.search(choice.value):
            options.setdefault(choice.value, {"text": text, "value": choice.value})
    return list(options.values())


# --- questions -------------------------------------------------------------------------------------------------------


def _question(form: str, field: Field, most: int) -> Block:
    block: Block = {
        "type": "input",
        "block_id": f"{QUESTION}{form}:{field.name}",
        "label": _plain(field.label, LABEL, field.name),
        "element": {**_element(field, most), "action_id": f"{LIVE if field.live else FIELD}{field.complete}"},
        "optional": not field.required,
    }
    if hint := _plain(field.hint, LABEL, ""):
        block["hint"] = hint
    return block | ({"dispatch_action": True} if field.live else {})


def _element(field: Field, most: int) -> Block:
    options = to_options(field.choices, most)
    started = [option for option in options if option["value"] in field.values]
    match field.kind:
        case "choice" if options:
            return {"type": "static_select", "options": options, **({"initial_option": started[0]} if started else {})}
        case "choices" if options:
            kind = "checkboxes" if len(options) <= CHECKBOXES else "multi_static_select"
            return {"type": kind, "options": options, **({"initial_options": started} if started else {})}
        case "lookup":
            known = started or to_options(Choice(name=value, value=value) for value in field.values[:1])
            element: Block = {"type": "external_select", "min_query_length": 0, "placeholder": _plain("Type to find", PLACEHOLDER)}
            return {**element, **({"initial_option": known[0]} if known else {})}
    longest = max(1, min(field.longest, INPUT))
    lines = field.kind == "lines"
    text = "\n".join(clean_lines("\n".join(field.values))).strip() if lines else clean(" ".join(field.values))
    element = {"type": "plain_text_input", "multiline": lines, "max_length": longest}
    if text := shorten(text, longest, utf16):
        element["initial_value"] = text
    if field.live:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}
    return element


def _chosen(element: Mapping[str, Any]) -> Iterable[str]:
    if value := element.get("value"):
        yield str(value)
    for option in [element.get("selected_option"), *(element.get("selected_options") or ())]:
        if option:
            yield str(option["value"])


# --- pieces ----------------------------------------------------------------------------------------------------------


def _modal(title: str, blocks: list[Block]) -> Block:
    return {"type": "modal", "title": _plain(title, TITLE, "Papercrier"), "close": _plain("Close", TITLE), "blocks": blocks}


def _estimate_blocks(message: Message) -> list[Block]:
    blocks = to_blocks(message, most=_ESTIMATE_BLOCKS)
    return [{**block, "block_id": f"{ESTIMATE}{number}"} for number, block in enumerate(blocks)]


def _fitted(parts: Sequence[Message]) -> tuple[list[Block], int]:
    """The blocks of as many parts as fit, and how many those are: long parts give way first, then the last ones go."""
    drawn = [to_blocks(part) for part in parts]
    if not _fits(drawn):
        share = next((most for most in range(BLOCKS, _LEAST, -1) if sum(min(most, len(part)) for part in drawn) < VIEW_BLOCKS), _LEAST)
        drawn = [to_blocks(part, most=share) if len(before) > share else before for part, before in zip(parts, drawn, strict=True)]
    if not _fits(drawn):
        drawn = [to_blocks(part, most=_LEAST) for part in parts]
    while len(drawn) > 1 and not _fits(drawn):
        drawn.pop()
    return [block for part in drawn for block in part] or to_blocks(Message(intro=Message().fallback)), len(drawn)


def _fits(parts: Sequence[Sequence[Block]]) -> bool:
    return sum(map(len, parts)) < VIEW_BLOCKS and _bytes(parts) <= VIEW_BYTES


def _bytes(part: object) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _plain(text: str, limit: int, otherwise: str = "") -> Block:
    """A ``plain_text`` object; nothing where neither ``text`` nor ``otherwise`` says anything."""
    shown = shorten(clean(text), limit, utf16) or shorten(clean(otherwise), limit, utf16)
    return {"type": "plain_text", "text": shown, "emoji": False} if shown else {}


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."
