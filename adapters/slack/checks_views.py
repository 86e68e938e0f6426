"""The last look at a view before it leaves: what Slack says of forms and pages, written down independently of the code that draws them.

``check_view`` answers as ``views.open`` and its sisters would. It knows the blocks and elements this bot uses and refuses every other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack.checks import Checker, Refusal

_INPUT_KEYS = {"label", "element", "hint", "optional", "dispatch_action"}
_VIEW_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_MODAL_KEYS = {"title", "submit", "close", "clear_on_close", "notify_on_close"}
_SELECT = {"action_id", "placeholder", "focus_on_load"}
_ELEMENT_KEYS = {
    "plain_text_input": {
        *("action_id", "placeholder", "focus_on_load", "initial_value"),
        *("multiline", "min_length", "max_length", "dispatch_action_config"),
    },
    "static_select": {*_SELECT, "options", "initial_option"},
    "multi_static_select": {*_SELECT, "options", "initial_options", "max_selected_items"},
    "checkboxes": {"action_id", "options", "initial_options", "focus_on_load"},
    "external_select": {*_SELECT, "initial_option", "min_query_length"},
}
_TRIGGERS = {"on_enter_pressed", "on_character_entered"}
_VIEW_BYTES = 250_000


def check_view(view: Any) -> Refusal | None:
    """Why Slack would refuse this view, or ``None``."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return Refusal(code="invalid_arguments", reasons=("must be a modal or a home view [json-pointer:/view/type]",))
    if len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")) > _VIEW_BYTES:
        return Refusal(code="view_too_large")
    checker = _ViewChecker()
    checker.view(view)
    return Refusal(code="invalid_arguments", reasons=tuple(checker.reasons)) if checker.reasons else None


def check_options(answer: Any) -> Refusal | None:
    """Why Slack would not show these options to somebody who types in a lookup, or ``None``."""
    checker = _ViewChecker()
    options = answer.get("options") if isinstance(answer, dict) else None
    if not isinstance(options, list) or len(options) > 100:
        checker.wrong("no more than 100 options are allowed", "/options")
    for index, option in enumerate(options if isinstance(options, list) else ()):
        checker.option(option, f"/options/{index}", "external_select")
    return Refusal(code="invalid_options", reasons=tuple(checker.reasons)) if checker.reasons else None


class _ViewChecker(Checker):
    """Knows questions on top of the blocks of messages."""

    def view(self, view: dict[str, Any]) -> None:
        modal = view["type"] == "modal"
        self.keys(view, _VIEW_KEYS | (_MODAL_KEYS if modal else set()), "/view")
        for name, limit in (("private_metadata", 3_000), ("callback_id", 255), ("external_id", 255)):
            if view.get(name):
                self.string(view[name], limit, f"/view/{name}", count=False)
        blocks = view.get("blocks")
        if not isinstance(blocks, list):
            return self.wrong("must be a list", "/view/blocks")
        questions = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
        if modal:
            for name in ("title", "submit", "close"):
                if name in view or name == "title":
                    self.text(view.get(name), 24, f"/view/{name}", plain=True)
            if questions and "submit" not in view:
                self.wrong("submit is needed as soon as there is an input block", "/view/submit")
        self.blocks(blocks, "/view/blocks", most=100)
        return None

    def block(self, block: Any, where: str) -> None:
        if not isinstance(block, dict) or block.get("type") != "input":
            return super().block(block, where)
        self.keys(block, _INPUT_KEYS | {"type", "block_id"}, where)
        self.block_id(block, where)
        self.text(block.get("label"), 2_000, f"{where}/label", plain=True)
        if "hint" in block:
            self.text(block["hint"], 2_000, f"{where}/hint", plain=True)
        self.question(block.get("element"), f"{where}/element")
        return None

    def question(self, element: Any, where: str) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in _ELEMENT_KEYS:
            return self.wrong(f"unsupported type: {kind}", f"{where}/type")
        self.keys(element, _ELEMENT_KEYS[kind] | {"type"}, where)
        self.string(element.get("action_id"), 255, f"{where}/action_id", count=False)
        if "placeholder" in element:
            self.text(element["placeholder"], 150, f"{where}/placeholder", plain=True)
        if kind == "plain_text_input":
            return self.writing(element, where)
        if kind != "external_select":
            most = 10 if kind == "checkboxes" else 100
            for index, option in enumerate(self.items(element.get("options"), most, f"{where}/options")):
                self.option(option, f"{where}/options/{index}", kind)
        elif not 0 <= element.get("min_query_length", 3) <= 255:
            self.wrong("must be a number of characters", f"{where}/min_query_length")
        started = self.items(element["initial_options"], 100, f"{where}/initial_options") if "initial_options" in element else []
        for option in [*started, *([element["initial_option"]] if "initial_option" in element else [])]:
            self.option(option, f"{where}/initial_option", kind)
            if "options" in element and option not in element["options"]:
                self.wrong("must be one of the options", f"{where}/initial_option")
        return None

    def writing(self, element: Mapping[str, Any], where: str) -> None:
        longest = element.get("max_length", 3_000)
        if not isinstance(longest, int) or not 1 <= longest <= 3_000:
            return self.wrong("must be 1 to 3000", f"{where}/max_length")
        if "initial_value" in element:
            self.string(element["initial_value"], longest, f"{where}/initial_value", count=False)
        config = element.get("dispatch_action_config", {"trigger_actions_on": ["on_enter_pressed"]})
        if set(config) != {"trigger_actions_on"} or not set(config["trigger_actions_on"]) <= _TRIGGERS:
            self.wrong("must be a valid enum value", f"{where}/dispatch_action_config")
        return None
