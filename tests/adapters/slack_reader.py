"""Reads Slack payloads as Slack would, knowing nothing of how they were made: what is too long or too much, and what would come alive.

Written from Slack's documented limits and the markup it reads; neither the renderer nor the adapter's own last look is used.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

#: (kind of block or element, key) -> most characters of the text there.
TEXT = {
    ("header", "text"): 150,
    ("section", "text"): 3_000,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("input", "label"): 2_000,
    ("input", "hint"): 2_000,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
PLACEHOLDER, CONTEXT_TEXT = 150, 3_000
#: (kind, key) -> most characters of a plain string there.
STRINGS = {
    ("button", "value"): 2_000,
    ("button", "url"): 3_000,
    ("option", "value"): 150,
    ("link", "url"): 3_000,
    ("modal", "private_metadata"): 3_000,
    ("modal", "callback_id"): 255,
}
#: (kind, key) -> fewest and most entries.
MANY = {
    ("context", "elements"): (1, 10),
    ("actions", "elements"): (1, 25),
    ("overflow", "options"): (1, 5),
    ("static_select", "options"): (1, 100),
    ("multi_static_select", "options"): (1, 100),
    ("checkboxes", "options"): (1, 10),
}
BLOCKS = {"message": 50, "modal": 100, "home": 100}
KNOWN = {"header", "section", "context", "actions", "divider", "rich_text", "input"}
#: What a whole message may come to: about 13,000 characters, each block counted as 60 of them.
WHOLE, BLOCK = 13_000, 60
VIEW_BYTES = 250_000
#: Elements of rich text that name somebody, ping or draw instead of showing their letters.
ALIVE = {"user", "usergroup", "channel", "broadcast", "emoji", "date", "team"}
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")
_COLONS = re.compile(r":[a-z0-9_+'-]+:")


def faults(payload: Json) -> list[str]:
    """Everything that Slack would refuse in a message or a view, or that would do more than be read. Empty when all is well."""
    return [*_limits(payload), *_alive(payload)]


def _limits(payload: Json) -> Iterator[str]:
    surface = payload.get("type", "message")
    blocks = payload.get("blocks", [])
    if len(blocks) > BLOCKS[surface]:
        yield f"{len(blocks)} blocks"
    if surface == "message":
        if blocks and not payload.get("text", "").strip():
            yield "no text for those who see no blocks"
        if (whole := sum(map(_size, _read(blocks))) + BLOCK * len(blocks)) > WHOLE:
            yield f"{whole} characters in all"
        if _size(payload.get("text", "")) > 4_000:
            yield "text longer than an update takes"
    else:
        yield from _entries(payload, surface)
        if len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")) > VIEW_BYTES:
            yield "view too large"
        if any(block["type"] == "input" for block in blocks) and surface == "modal" and "submit" not in payload:
            yield "nothing to send the form with"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "the same block_id twice"
    for block in blocks:
        if block["type"] not in KNOWN:
            yield f"a block {block['type']}"
        yield from _entries(block, block["type"])
        for element in _elements(block):
            yield from _element(element)
        pressed = [element["action_id"] for element in _elements(block)]
        if len(pressed) != len(set(pressed)):
            yield "the same action_id twice in a block"


def _element(element: Json) -> Iterator[str]:
    kind = element["type"]
    yield from _entries(element, kind)
    if not 1 <= len(element["action_id"]) <= 255:
        yield f"action_id of {kind}"
    if kind == "button" and ("url" in element) == ("value" in element):
        yield "a button that does nothing, or two things"
    if kind == "button" and element.get("style", "primary") not in ("primary", "danger"):
        yield f"style {element['style']}"
    for option in [*element.get("options", []), *element.get("initial_options", [])]:
        yield from _entries(option, "option")
    values = [option["value"] for option in element.get("options", [])]
    if len(values) != len(set(values)) and kind not in ("overflow", "static_select"):
        yield "the same option twice"
    for first in [element.get("initial_option"), *element.get("initial_options", [])]:
        if first and "options" in element and first not in element["options"]:
            yield "begins with what is no option"
    if kind == "plain_text_input" and _size(element.get("initial_value", "x")) not in range(1, element.get("max_length", 3_000) + 1):
        yield "begins with more than it takes"
    if kind == "plain_text_input" and not 1 <= element.get("max_length", 3_000) <= 3_000:
        yield "takes more than Slack takes"


def _entries(part: Json, kind: str) -> Iterator[str]:
    for key, value in part.items():
        if (kind, key) in TEXT or key == "placeholder":
            limit = TEXT.get((kind, key), PLACEHOLDER)
            if not 1 <= _size(value["text"]) <= limit:
                yield f"{kind}.{key}: {_size(value['text'])} characters"
        elif ((kind, key) in STRINGS and not (key == "private_metadata" or _size(value) >= 1)) or _size(str(value)) > STRINGS.get(
            (kind, key), 10**9
        ):
            yield f"{kind}.{key}: {_size(str(value))} characters"
        if (kind, key) in MANY and not MANY[kind, key][0] <= len(value) <= MANY[kind, key][1]:
            yield f"{kind}.{key}: {len(value)} entries"
        if kind == "context" and key == "elements" and any(not 1 <= _size(text["text"]) <= CONTEXT_TEXT for text in value):
            yield "context text"
        if value is None:
            yield f"{kind}.{key} is null"


def _alive(part: Any, path: str = "") -> Iterator[str]:
    """What would ping, link or draw where only letters should stand, and characters that paint over others."""
    if isinstance(part, dict):
        kind = part.get("type")
        if kind in ALIVE or kind == "markdown" or kind == "mrkdwn":
            yield f"{path}: {kind}"
        if kind == "plain_text" and part.get("emoji", True) and _COLONS.search(part["text"]):
            yield f"{path}: a picture instead of its name"
        if part.get("link_names") or part.get("parse") == "full":
            yield f"{path}: bare names would ping"
        if "url" in part and not re.match(r"https?://[^\s<>|]+\Z", part["url"]):
            yield f"{path}: {part['url'][:40]!r} is no web address"
        for key, value in part.items():
            if path == "" and key == "text" and (set("<>") & set(value) or _ENTITY.search(value)):
                yield "the line for notifications is markup"
            yield from _alive(value, f"{path}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _alive(value, f"{path}/{index}")
    elif isinstance(part, str) and not path.endswith(("/value", "/private_metadata")):
        yield from (f"{path}: {unicodedata.name(sign, hex(ord(sign)))}" for sign in set(part) if _unseen(sign))
        if re.search(r"(?:[\u0300-\u036f]){9}", part):
            yield f"{path}: letters painted over"


def _unseen(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category in ("Cs", "Zl", "Zp") or (category == "Cc" and sign != "\n") or (category == "Cf" and sign not in "\u200c\u200d")


def _elements(block: Json) -> list[Json]:
    """What can be pressed, chosen or written into."""
    found = [element for element in block.get("elements", []) if "action_id" in element]
    return [*found, *(block[key] for key in ("accessory", "element") if key in block)]


def _read(part: Any) -> Iterator[str]:
    """Every text that people read."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _read(value)
    elif isinstance(part, list):
        for one in part:
            yield from _read(one)


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
