"""The last look at a payload before it leaves: Slack's limits, written down independently of the code that draws messages.

``check_message`` answers as ``chat.postMessage`` would: nothing when the payload is fine, else the error code and the reasons.
It knows the blocks this bot uses and refuses every other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_SUM = 13_000
_SUM_PER_BLOCK = 60
_KEYS: dict[str, set[str]] = {
    "header": {"text"},
    "section": {"text", "fields", "accessory"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
    "rich_text": {"elements"},
}
_ELEMENT_KEYS = {
    "button": {"action_id", "text", "value", "url", "style", "accessibility_label"},
    "overflow": {"action_id", "options"},
    "static_select": {"action_id", "options", "placeholder"},
}
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_NO_ADDRESS = re.compile(r"[\s<>|]")
_STYLES = {"bold", "italic", "strike", "code"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Slack's error word, and the reasons with the place of each."""

    code: str
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {'; '.join(self.reasons)}" if self.reasons else self.code


def check_message(payload: Mapping[str, Any]) -> Refusal | None:
    """Why Slack would refuse this message, or ``None``. ``payload`` is the decoded body of the request."""
    text, blocks, metadata = payload.get("text", ""), payload.get("blocks", []), payload.get("metadata")
    if not isinstance(blocks, list):
        return Refusal(code="invalid_blocks_format")
    if not blocks and not (isinstance(text, str) and text.strip()):
        return Refusal(code="no_text")
    if metadata is not None and (refusal := _check_metadata(metadata)):
        return refusal
    checker = Checker()
    checker.blocks(blocks, "/blocks")
    if checker.reasons:
        return Refusal(code="invalid_blocks", reasons=tuple(checker.reasons))
    if checker.characters + _SUM_PER_BLOCK * len(blocks) > _SUM:
        return Refusal(code="msg_blocks_too_long", reasons=(f"{checker.characters} characters in {len(blocks)} blocks",))
    return None


def _check_metadata(metadata: object) -> Refusal | None:
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return Refusal(code="invalid_metadata_format", reasons=("event_type and event_payload are needed, nothing else",))
    if not isinstance(metadata["event_type"], str) or not isinstance(metadata["event_payload"], dict):
        return Refusal(code="invalid_metadata_format")
    if len(json.dumps(metadata)) > 1_000:
        return Refusal(code="metadata_too_large")
    return None


class Checker:
    """Walks through blocks, collects reasons and counts the characters people read."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.characters = 0
        self._block_ids: set[str] = set()

    def wrong(self, what: str, where: str) -> None:
        self.reasons.append(f"{what} [json-pointer:{where}]")

    def blocks(self, blocks: list[Any], where: str, most: int = 50) -> None:
        if len(blocks) > most:
            self.wrong(f"no more than {most} items allowed", where)
        for index, block in enumerate(blocks):
            self.block(block, f"{where}/{index}")

    def block(self, block: Any, where: str) -> None:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in _KEYS:
            return self.wrong(f"unsupported type: {kind}", f"{where}/type")
        self.keys(block, _KEYS[kind] | {"type", "block_id"}, where)
        self.block_id(block, where)
        checks: dict[str, Callable[[dict[str, Any], str], None]] = {
            "header": self.header,
            "section": self.section,
            "context": self.context,
            "actions": self.actions,
            "rich_text": self.rich_text,
        }
        if kind in checks:
            checks[kind](block, where)
        return None

    def block_id(self, block: dict[str, Any], where: str) -> None:
        block_id = block.get("block_id")
        if block_id is not None:
            self.string(block_id, 255, f"{where}/block_id", count=False)
            if block_id in self._block_ids:
                self.wrong("block_id must be unique in a message", f"{where}/block_id")
            self._block_ids.add(str(block_id))

    def header(self, block: dict[str, Any], where: str) -> None:
        self.text(block.get("text"), 150, f"{where}/text", plain=True)

    def section(self, block: dict[str, Any], where: str) -> None:
        if "text" not in block and "fields" not in block:
            self.wrong("text or fields are needed", where)
        if "text" in block:
            self.text(block["text"], 3_000, f"{where}/text")
        if "fields" in block:
            for index, field in enumerate(self.items(block["fields"], 10, f"{where}/fields")):
                self.text(field, 2_000, f"{where}/fields/{index}")
        if "accessory" in block:
            self.element(block["accessory"], f"{where}/accessory", set())

    def context(self, block: dict[str, Any], where: str) -> None:
        for index, element in enumerate(self.items(block.get("elements"), 10, f"{where}/elements")):
            self.text(element, 3_000, f"{where}/elements/{index}")

    def actions(self, block: dict[str, Any], where: str) -> None:
        ids: set[str] = set()
        for index, element in enumerate(self.items(block.get("elements"), 25, f"{where}/elements")):
            self.element(element, f"{where}/elements/{index}", ids)

    def element(self, element: Any, where: str, ids: set[str]) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in _ELEMENT_KEYS:
            return self.wrong(f"unsupported type: {kind}", f"{where}/type")
        self.keys(element, _ELEMENT_KEYS[kind] | {"type"}, where)
        action_id = element.get("action_id")
        self.string(action_id, 255, f"{where}/action_id", count=False)
        if action_id in ids:
            self.wrong(f"`action_id` already exists: {action_id}", f"{where}/action_id")
        ids.add(str(action_id))
        if kind == "button":
            self.text(element.get("text"), 75, f"{where}/text", plain=True)
            if "value" in element:
                self.string(element["value"], 2_000, f"{where}/value", count=False)
            if "url" in element:
                self.url(element["url"], f"{where}/url")
            if element.get("style", "primary") not in ("primary", "danger"):
                self.wrong("must be a valid enum value", f"{where}/style")
            return None
        most = 5 if kind == "overflow" else 100
        if "placeholder" in element:
            self.text(element["placeholder"], 150, f"{where}/placeholder", plain=True)
        for index, option in enumerate(self.items(element.get("options"), most, f"{where}/options")):
            self.option(option, f"{where}/options/{index}", kind)
        return None

    def option(self, option: Any, where: str, kind: str) -> None:
        if not isinstance(option, dict):
            return self.wrong("must be an object", where)
        self.keys(option, {"text", "value", "description", *({"url"} if kind == "overflow" else ())}, where)
        self.text(option.get("text"), 75, f"{where}/text", plain=True)
        self.string(option.get("value"), 150, f"{where}/value", count=False)
        if "url" in option:
            self.url(option["url"], f"{where}/url")
        return None

    def rich_text(self, block: dict[str, Any], where: str) -> None:
        for index, part in enumerate(self.items(block.get("elements"), 100, f"{where}/elements")):
            place = f"{where}/elements/{index}"
            if not isinstance(part, dict) or part.get("type") not in ("rich_text_section", "rich_text_preformatted"):
                self.wrong("unsupported rich text", place)
                continue
            self.keys(part, {"type", "elements", "border"}, place)
            for number, leaf in enumerate(self.items(part.get("elements"), 1_000, f"{place}/elements")):
                self.leaf(leaf, f"{place}/elements/{number}")

    def leaf(self, leaf: Any, where: str) -> None:
        kind = leaf.get("type") if isinstance(leaf, dict) else None
        if kind not in ("text", "link"):
            return self.wrong(f"unsupported type: {kind}", f"{where}/type")
        self.keys(leaf, {"type", "text", "style", *({"url"} if kind == "link" else ())}, where)
        if kind == "text" or "text" in leaf:
            self.string(leaf.get("text"), _SUM, f"{where}/text")
        if kind == "link":
            self.url(leaf.get("url"), f"{where}/url")
        style = leaf.get("style", {})
        if not isinstance(style, dict) or not all(name in _STYLES and isinstance(on, bool) for name, on in style.items()):
            self.wrong("must be a valid style", f"{where}/style")
        return None

    def text(self, text: Any, limit: int, where: str, *, plain: bool = False) -> None:
        kind = text.get("type") if isinstance(text, dict) else None
        if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            return self.wrong("must be a plain_text object" if plain else "must be a text object", where)
        self.keys(text, {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}, where)
        self.string(text.get("text"), limit, f"{where}/text")
        return None

    def string(self, value: Any, limit: int, where: str, *, count: bool = True) -> None:
        if not isinstance(value, str):
            return self.wrong("must be a string", where)
        size = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if size < 1:
            self.wrong("must be more than 0 characters", where)
        if size > limit:
            self.wrong(f"must be less than {limit + 1} characters", where)
        if _HALF_PAIR.search(value):
            self.wrong("is not valid Unicode", where)
        if count:
            self.characters += size
        return None

    def url(self, value: Any, where: str) -> None:
        self.string(value, 3_000, where, count=False)
        if not str(value).startswith(("https://", "http://")) or _NO_ADDRESS.search(str(value)):
            self.wrong("must be a valid url", where)

    def items(self, value: Any, most: int, where: str) -> list[Any]:
        if not isinstance(value, list) or not value:
            self.wrong("must contain at least one item", where)
            return []
        if len(value) > most:
            self.wrong(f"no more than {most} items allowed", where)
        return value

    def keys(self, value: dict[str, Any], allowed: set[str], where: str) -> None:
        for key, item in value.items():
            if key not in allowed:
                self.wrong(f"unknown key {key}", where)
            elif item is None:
                self.wrong("must not be null", f"{where}/{key}")
