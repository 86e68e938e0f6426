"""A string that never prints itself."""

from __future__ import annotations


class Secret:
    """Holds a token. ``str`` and ``repr`` give ``<secret>``; only ``reveal`` gives the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__


#: Where there is none to hold.
NO_SECRET = Secret("")
