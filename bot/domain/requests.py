"""What a person asks for, by command or by button, and what they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.messages import Message
from bot.domain.subscriptions import Actor, Destination


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A verb of ``bot.grammar.reading`` with its options, already checked and typed against the verb's specification."""

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
class Submission:
    """A form that was filled in: the answers by field name, each a tuple (empty where nothing was answered). Several lines are one
    answer with line breaks in it."""

    verb: str
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: ``Form.state`` as it was sent out.
    state: str = ""

    def text(self, name: str, default: str = "") -> str:
        return next(iter(self.values.get(name, ())), default).strip() or default


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """A message that somebody wrote: which papers does it name? ``verb`` is for the log."""

    text: str
    verb: str = "lookup"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """An emoji that somebody put on a message of ours, or took off it. Nobody waits for words: the reply to it is not shown.

    ``remote_id`` is the message's, as ``Receipt`` has it. ``emoji`` is the character itself, without its skin tone ("👍"), or the
    platform's name between colons (":party_parrot:") where the adapter knows no character for it. ``verb`` is for the log.
    """

    remote_id: str
    emoji: str
    added: bool = True
    verb: str = "react"


#: Whatever may be asked.
What = Command | Action | Submission | Lookup | Reaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One command, press, filled-in form, message to look into or reaction: who, where, what."""

    actor: Actor
    #: The channel (or direct message) it came from.
    place: Destination
    what: What


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file that goes with an answer. ``alt`` says in words what a picture shows; empty for other files."""

    name: str
    content: bytes
    media_type: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The answer. ``private``: only the asker sees it. ``update``: it replaces the message whose button was pressed.

    ``field`` names the question of a filled-in form that the trouble is about; its message stands there, and the form stays open.
    """

    message: Message
    private: bool = True
    update: bool = False
    field: str = ""
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """A half-typed option that wants proposals."""

    actor: Actor
    place: Destination
    kind: Literal["author", "category", "rule", "mute", "zone", "saved", "value"]
    typed: str
    #: The verb it stands in and the options typed so far.
    verb: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A proposal: ``name`` is shown, ``value`` is what the option becomes. Both at most 100 characters."""

    name: str
    value: str
