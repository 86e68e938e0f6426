"""What the loopback Slack remembers and how it misbehaves on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour, used up by one call. ``after``: the work is done first, only the answer is lost."""

    kind: Literal["refuse", "status", "cut", "stall", "garbage"]
    after: bool = False
    code: str = ""
    number: int = 200
    retry_after: int = 0
    extra: tuple[tuple[str, str], ...] = ()
    #: Seconds until a stalled connection is cut; ``None``: the client gives up.
    patience: float | None = None


def refuse(code: str, **extra: str) -> Fault:
    """A proper refusal: HTTP 200, ``ok`` false, this error word."""
    return Fault("refuse", code=code, extra=tuple(extra.items()))


def status(number: int, *, after: bool = False) -> Fault:
    """A bare HTTP error with a plain text body."""
    return Fault("status", after=after, number=number)


def rate_limit(seconds: int) -> Fault:
    return Fault("refuse", code="ratelimited", number=429, retry_after=seconds)


def cut(*, after: bool = True) -> Fault:
    """The connection breaks instead of an answer."""
    return Fault("cut", after=after)


def stall(*, after: bool = False) -> Fault:
    """No answer ever comes."""
    return Fault("stall", after=after)


def garbage(*, after: bool = True) -> Fault:
    """HTTP 200 with a body that is no JSON."""
    return Fault("garbage", after=after)


class Refused(Exception):
    """A method says no. ``more`` joins the JSON body."""

    def __init__(self, code: str, *, number: int = 200, retry_after: int = 0, **more: object) -> None:
        super().__init__(code)
        self.code, self.number, self.retry_after, self.more = code, number, retry_after, more


@dataclass(slots=True)
class Uploaded:
    """A file: announced, then uploaded, then shared in a conversation."""

    id: str
    name: str
    length: int
    alt: str = ""
    content: bytes = b""
    title: str = ""
    shared: bool = False


@dataclass(slots=True)
class Posted:
    """A message as it stands in a channel, or an answer that one person sees (``ephemeral``)."""

    channel: str
    ts: str
    text: str
    blocks: list[Json]
    metadata: Json | None = None
    thread_ts: str = ""
    bot_id: str = ""
    ephemeral: bool = False
    #: The answer asked to replace the message whose button was pressed.
    replaced: bool = False
    user: str = ""
    files: list[Uploaded] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """Everything a person reads in it, one block a line."""
        return shown_in(self.blocks) or self.text

    @property
    def actions(self) -> dict[str, str]:
        """What can be pressed: label -> action."""
        return {label: element["value"] for label, element in pressable(self.blocks) if "value" in element}

    @property
    def links(self) -> dict[str, str]:
        return {label: element["url"] for label, element in pressable(self.blocks) if "url" in element}


@dataclass(slots=True)
class Room:
    """A conversation of the workspace. That with a person is named by their id."""

    id: str
    name: str
    member: bool = True
    private: bool = False
    archived: bool = False
    messages: list[Posted] = field(default_factory=list)
    last_post: float = float("-inf")

    @property
    def kind(self) -> str:
        return "im" if self.id.startswith("D") else "groups" if self.private else "channels"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    admin: bool = False


@dataclass(slots=True)
class Ack:
    """How an envelope was acknowledged: seconds after it was sent, and the payload that came along."""

    envelope_id: str
    seconds: float
    payload: Json | None


def shown_in(blocks: list[Json]) -> str:
    """Everything a person reads in blocks, one block a line."""
    return "\n".join(filter(None, (" ".join(_texts(block)) for block in blocks)))


def pressable(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every button and menu entry with its label; a menu entry carries the id of its menu as ``action_id``."""
    for block in blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        for element in elements:
            if element["type"] == "button":
                yield element["text"]["text"], {**element, "block_id": block.get("block_id", "auto")}
            for option in element.get("options", []):
                yield (
                    option["text"]["text"],
                    {
                        "type": element["type"],
                        "action_id": element["action_id"],
                        "block_id": block.get("block_id", "auto"),
                        "value": option["value"],
                        "selected_option": option,
                    },
                )


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            elif key != "options":
                yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)
