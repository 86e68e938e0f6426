"""What a person asks for, by command or by button, and what they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.messages import Message
from bot.domain.subscriptions import Actor, Destination


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A verb of ``bot.grammar`` with its options, already checked and typed against the verb's specification."""

    verb: str
    options: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return str(self.options.get(name, default))

    def number(self, name: str, default: int) -> int:
        return int(self.options.get(name, default))


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A press on a button. Written ``verb:arg:arg`` in the button, so that it survives every restart."""

    verb: str
    args: tuple[str, ...] = ()

    def encode(self) -> str:
        return ":".join((self.verb, *self.args))

    @classmethod
    def decode(cls, text: str) -> Action:
        verb, *args = text.split(":")
        return cls(verb=verb, args=tuple(args))


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One command or one press: who, where, what."""

    actor: Actor
    #: The channel (or direct message) it came from.
    place: Destination
    what: Command | Action


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The answer. ``private``: only the asker sees it. ``update``: it replaces the message whose button was pressed."""

    message: Message
    private: bool = True
    update: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """A half-typed option that wants proposals."""

    actor: Actor
    place: Destination
    kind: Literal["author", "category", "rule", "zone", "saved", "value"]
    typed: str
    #: The verb it stands in and the options typed so far.
    verb: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A proposal: ``name`` is shown, ``value`` is what the option becomes. Both at most 100 characters."""

    name: str
    value: str
