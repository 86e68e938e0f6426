"""Forms and pages as the loopback Slack keeps them: who has which view open, what stands in it, what was filled in."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.checks_views import check_view
from tests.servers.slack_parts import Json, Refused, pressable, shown_in
from tests.servers.standing import ServerClock

#: Seconds that a trigger opens a view, and views on top of each other.
_TRIGGER_SECONDS, _STACK = 3.0, 3


@dataclass(slots=True)
class View:
    """A modal, or somebody's own page. ``state`` is what was filled in: block -> element -> as Slack tells it."""

    id: str
    hash: str
    user: str
    content: Json
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    open: bool = True
    #: How often the bot changed it.
    changes: int = 0

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.content["blocks"])

    @property
    def shown(self) -> str:
        """Everything a person reads in it, one block a line."""
        return shown_in(self.blocks)

    @property
    def actions(self) -> dict[str, str]:
        """What can be pressed: label -> action."""
        return {label: element["value"] for label, element in pressable(self.blocks) if "value" in element}

    @property
    def estimate(self) -> str:
        """What stands below the questions."""
        return shown_in([block for block in self.blocks if block["type"] != "input"])

    @property
    def fields(self) -> list[str]:
        """The names of its questions."""
        return [_name(block) for block in self.blocks if block["type"] == "input"]

    @property
    def filled(self) -> dict[str, tuple[str, ...]]:
        """What is filled in, by the name of the question."""
        return {name: tuple(_values(self.answer(name))) for name in self.fields}

    def question(self, name: str) -> Json:
        """The block of a question, by the field's name or its label."""
        for block in self.blocks:
            if block["type"] == "input" and name in (_name(block), block["label"]["text"]):
                return block
        raise LookupError(f"no question {name!r}; there are {self.fields}")

    def answer(self, name: str) -> Json:
        block = self.question(name)
        return self.state[block["block_id"]][block["element"]["action_id"]]

    def put(self, name: str, *values: str, options: list[Json] | None = None) -> None:
        """Fill in a question, as a person could: text no longer than allowed, choices only of those there are."""
        element = self.question(name)["element"]
        answer = self.answer(name)
        if element["type"] == "plain_text_input":
            (text,) = values or ("",)
            if len(text) > element.get("max_length", 3_000):
                raise ValueError(f"{name} takes {element['max_length']} characters")
            if "\n" in text and not element.get("multiline"):
                raise ValueError(f"{name} takes one line")
            answer["value"] = text or None
            return
        known = options if options is not None else element.get("options", [])
        chosen = [option for option in known if {option["value"], option["text"]["text"]} & set(values)]
        if len(chosen) != len(values):
            raise LookupError(f"{name} has no {values}; there are {[option['text']['text'] for option in known]}")
        if "selected_options" in answer:
            answer["selected_options"] = chosen
        else:
            answer["selected_option"] = chosen[0] if chosen else None

    def change(self, content: Json, hash: str) -> None:
        """The bot shows something else. What was filled in stays where the question is still the same."""
        self.content, self.hash, self.changes = content, hash, self.changes + 1
        before, self.state = self.state, {}
        for block in self.blocks:
            if block["type"] == "input":
                element = block["element"]
                kept = before.get(block["block_id"], {}).get(element["action_id"])
                self.state[block["block_id"]] = {element["action_id"]: kept or _first(element)}

    def told(self) -> Json:
        """As its payloads tell it."""
        return {
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            **self.content,
            "id": self.id,
            "team_id": "T1",
            "app_id": "A0APP",
            "bot_id": "B0BOT",
            "hash": self.hash,
            "state": {"values": self.state},
            "previous_view_id": None,
            "root_view_id": self.id,
        }


class Views:
    """``views.open``, ``push``, ``update`` and ``publish``."""

    clock: ServerClock
    _numbers: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.views: dict[str, View] = {}
        self.pages: dict[str, View] = {}
        self._stacks: defaultdict[str, list[View]] = defaultdict(list)
        #: Trigger -> whose it is and when it was given; ``None`` once it opened something.
        self._triggers: dict[str, tuple[str, float] | None] = {}

    def modal(self, user: str = "U7") -> View | None:
        """What this person has open, on top."""
        return next((view for view in reversed(self._stacks[user]) if view.open), None)

    def changed(self) -> None:
        """Somebody sees something new."""
        raise NotImplementedError

    def trigger(self, user: str = "U7") -> str:
        trigger = f"{next(self._numbers)}.1.abc"
        self._triggers[trigger] = (user, self.clock.monotonic())
        return trigger

    def close_view(self, view: View, *, all: bool = False) -> None:
        """A person closes it, or sent it."""
        for one in self._stacks[view.user] if all else [view]:
            one.open = False
        self._stacks[view.user] = [one for one in self._stacks[view.user] if one.open]
        self.changed()

    def show(self, user: str, content: Json, *, page: bool = False) -> View:
        number = next(self._numbers)
        view = View(id=f"V{number}", hash=f"{number}.h", user=user, content=content)
        view.change(content, view.hash)
        view.changes = 0
        self.views[view.id] = view
        if page:
            self.pages[user] = view
        else:
            self._stacks[user].append(view)
        self.changed()
        return view

    def replace_view(self, view: View, content: Json) -> None:
        view.change(content, f"{next(self._numbers)}.h")
        self.changed()

    def _do_views_open(self, params: Json) -> Json:
        content = _checked(params, "modal")
        user = self._user_of(str(params.get("trigger_id", "")))
        for view in self._stacks.pop(user, []):
            view.open = False
        return {"view": self.show(user, content).told()}

    def _do_views_push(self, params: Json) -> Json:
        content = _checked(params, "modal")
        user = self._user_of(str(params.get("trigger_id", "")))
        if not self._stacks[user]:
            raise Refused("not_found")
        if len(self._stacks[user]) >= _STACK:
            raise Refused("push_limit_reached")
        return {"view": self.show(user, content).told()}

    def _do_views_update(self, params: Json) -> Json:
        view = self.views.get(str(params.get("view_id", "")))
        if view is None or not view.open:
            raise Refused("not_found")
        content = _checked(params, view.content["type"])
        if params.get("hash") and params["hash"] != view.hash:
            raise Refused("hash_conflict")
        self.replace_view(view, content)
        return {"view": view.told()}

    def _do_views_publish(self, params: Json) -> Json:
        content, user = _checked(params, "home"), str(params.get("user_id", ""))
        page = self.pages.get(user)
        if page and params.get("hash") and params["hash"] != page.hash:
            raise Refused("hash_conflict")
        if page is None:
            page = self.show(user, content, page=True)
        else:
            self.replace_view(page, content)
        return {"view": page.told()}

    def _user_of(self, trigger: str) -> str:
        if trigger not in self._triggers:
            raise Refused("invalid_trigger_id")
        found = self._triggers[trigger]
        if found is None:
            raise Refused("exchanged_trigger_id")
        user, given = found
        if self.clock.monotonic() - given > _TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        self._triggers[trigger] = None
        return user


def _checked(params: Json, kind: str) -> Json:
    view = params.get("view")
    view = json.loads(view) if isinstance(view, str) else view
    if refusal := check_view(view):
        raise Refused(refusal.code, response_metadata={"messages": [f"[ERROR] {reason}" for reason in refusal.reasons]})
    content: Json = view
    if content["type"] != kind:
        raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] must be a {kind} view"]})
    return content


def _first(element: Json) -> Json:
    """What stands in a question before anybody touches it."""
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": list(element.get("initial_options", []))}
    return {"type": kind, "selected_option": element.get("initial_option")}


def _values(answer: Json) -> Iterator[str]:
    if answer.get("value"):
        yield answer["value"]
    for option in [answer.get("selected_option"), *answer.get("selected_options", ())]:
        if option:
            yield option["value"]


def _name(block: Any) -> str:
    return str(block["block_id"]).rpartition(":")[2]
