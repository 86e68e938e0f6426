"""A form as meanings: what is asked, what may be answered. Adapters draw it as a modal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.domain.messages import Message
from bot.domain.requests import Choice

#: One line of text, several lines, one of some choices, any number of them, or one of many that are looked up while typing.
FieldKind = Literal["text", "lines", "choice", "choices", "lookup"]

#: As many fields as a form of every platform holds.
FIELDS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One question. ``values`` is what stands there at first; ``longest`` is in characters."""

    name: str
    #: At most 45 characters.
    label: str
    kind: FieldKind = "text"
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    #: What a "lookup" proposes: a ``Completion.kind``. What is typed is always among the proposals of a "value". The ``Completion``
    #: carries the form's name as ``verb`` and the other answers so far as ``options``.
    complete: Literal["", "author", "category", "rule", "mute", "zone", "saved", "value"] = ""
    required: bool = False
    #: At most 100 characters.
    hint: str = ""
    longest: int = 100
    #: A change here asks for a new estimate, where the platform can show one.
    live: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """``name`` and ``state`` come back with the ``Submission``; both survive a restart. Together at most 90 characters."""

    name: str
    #: At most 24 characters.
    title: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    state: str = ""
    #: Shown below the fields where the platform can: what the answers would come to.
    estimate: Message | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.fields) <= FIELDS:
            raise ValueError(f"form {self.name!r} has {len(self.fields)} fields, not 1 to {FIELDS}")
