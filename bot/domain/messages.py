"""What is said, as meanings in plain text. Adapters turn a message into blocks, embeds or panels and escape it, once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


class ButtonStyle(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text; ``strong`` marks what the reader looks for: a followed name, a word that was searched."""

    text: str
    strong: bool = False


Rich = tuple[Span, ...]


def rich(text: str) -> Rich:
    return (Span(text),) if text else ()


def plain(text: Rich) -> str:
    return "".join(span.text for span in text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """Does something (``action``, at most 90 characters, see ``bot.domain.requests``) or opens a page (``url``); never both."""

    label: str
    action: str = ""
    url: str = ""
    style: ButtonStyle = ButtonStyle.PLAIN

    def __post_init__(self) -> None:
        if bool(self.action) == bool(self.url):
            raise ValueError(f"button {self.label!r} needs an action or a url, and only one of them")
        if len(self.action) > 90:
            raise ValueError(f"action of button {self.label!r} is longer than 90 characters")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One paper. ``buttons`` are shown, ``menu`` folds away behind one control."""

    title: Rich
    url: str = ""
    byline: Rich = ()
    #: Printed in one line: category, date, organisation, votes, code.
    facts: tuple[Fact, ...] = ()
    body: Rich = ()
    #: Why this paper is shown: "matched by:"Robin Jia"".
    reason: str = ""
    buttons: tuple[Button, ...] = ()
    menu: tuple[Button, ...] = ()
    #: What it may be filed under where posts have tags: its categories.
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One line of a list: a subscription, a setting, a command."""

    label: str
    text: str
    detail: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Everything one post or one answer says, in the order it is read."""

    heading: str = ""
    intro: str = ""
    cards: tuple[Card, ...] = ()
    items: tuple[Item, ...] = ()
    #: Text whose columns must stay aligned (a bar for each day).
    chart: str = ""
    #: The closing line.
    notice: str = ""
    buttons: tuple[Button, ...] = ()
    tone: Tone = Tone.PLAIN
    #: What a thread or forum post is called that begins with this message; empty: the heading, or the title of the only card.
    topic: str = ""

    @property
    def fallback(self) -> str:
        """The message in one plain line, for notifications and screen readers."""
        titles = "; ".join(plain(card.title) for card in self.cards)
        parts = [self.heading, self.intro, titles, self.notice]
        return " · ".join(part for part in parts if part) or "Papercrier"


def to_json(message: Message) -> str:
    return json.dumps(asdict(message), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Message:
    """The message that ``to_json`` wrote."""
    data: dict[str, Any] = json.loads(text)
    return Message(
        **{
            **data,
            "cards": tuple(_card(card) for card in data["cards"]),
            "items": tuple(Item(**{**item, "buttons": _buttons(item["buttons"])}) for item in data["items"]),
            "buttons": _buttons(data["buttons"]),
            "tone": Tone(data["tone"]),
        }
    )


def _card(data: dict[str, Any]) -> Card:
    spans = {name: tuple(Span(**span) for span in data[name]) for name in ("title", "byline", "body")}
    facts = tuple(Fact(**fact) for fact in data["facts"])
    lists = {"facts": facts, "buttons": _buttons(data["buttons"]), "menu": _buttons(data["menu"]), "tags": tuple(data.get("tags", ()))}
    return Card(**{**data, **spans, **lists})


def _buttons(data: list[dict[str, Any]]) -> tuple[Button, ...]:
    return tuple(Button(**{**button, "style": ButtonStyle(button["style"])}) for button in data)
