"""What the parser's child and its parent say to each other: JSON that only the parent's own types give a meaning to.

A child that a hostile document has taken over can say what it likes; what comes out here is still values of the type that was
expected, or an error. There is no pickle, no code and no name of a class on the wire.

Frames are a length (four bytes, big end first) and that many bytes; an empty one ends a reply. A value is one line of JSON; the long
tuples of a dataclass follow it item by item, so that neither side ever holds one huge text.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

#: Bytes of a reply's frames, roughly.
FRAME = 64 * 1024


class WireError(Exception):
    """The other side said something that has no meaning here."""


def encode(value: object, kind: Any) -> Iterator[bytes]:
    """``value``, which is of type ``kind``, as lines."""
    long = dict(_long_fields(kind)) if isinstance(kind, type) and is_dataclass(kind) else {}
    tails = {name: getattr(value, name) for name in long}
    head = _pack(value, without=tails.keys())
    if tails:
        head |= {name: len(items) for name, items in tails.items()}
    yield _line(head)
    for items in tails.values():
        for item in items:
            yield _line(_pack(item))


def decode(lines: Iterable[bytes], kind: Any) -> Any:
    """The value of type ``kind`` that ``encode`` wrote. Raises ``WireError`` for anything else."""
    try:
        rest = iter(lines)
        head = json.loads(next(rest))
        if is_dataclass(kind) and isinstance(kind, type) and isinstance(head, dict):
            tails: dict[str, tuple[Any, ...]] = {}
            for name, inner in _long_fields(kind):
                if name in head:
                    count = head.pop(name)
                    if type(count) is not int or count < 0:
                        raise WireError(f"{name} has no length")
                    unpack = _unpacker(inner)
                    tails[name] = tuple([unpack(json.loads(next(rest))) for _ in range(count)])
            value = _unpack_fields(kind, head, tails)
        else:
            value = _unpacker(kind)(head)
        if next(rest, None) is not None:
            raise WireError("more than was announced")
    except StopIteration:
        raise WireError("less than was announced") from None
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise WireError(f"no {getattr(kind, '__name__', kind)}: {error}") from error
    return value


def _line(value: object) -> bytes:
    # Half of a surrogate pair cannot be stored anywhere; documents do contain them.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@cache
def _long_fields(kind: type) -> tuple[tuple[str, Any], ...]:
    """Fields of a dataclass that are tuples of dataclasses, with what they hold."""
    hints = get_type_hints(kind)
    found = ((field.name, get_args(hints[field.name])) for field in fields(kind))
    return tuple((name, args[0]) for name, args in found if len(args) == 2 and args[1] is Ellipsis and is_dataclass(args[0]))


def _pack(value: Any, *, without: Collection[str] = ()) -> Any:
    """As JSON knows it. Fields of a dataclass that have their default are left out, and so are those in ``without``."""
    if is_dataclass(value):
        return {
            field.name: _pack(inner)
            for field in fields(value)
            if field.name not in without and ((inner := getattr(value, field.name)) != field.default or field.default is MISSING)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | frozenset):
        return [_pack(item) for item in value]
    if isinstance(value, dict):
        return {key: _pack(item) for key, item in value.items()}
    return value


Unpack = Callable[[Any], Any]


@cache
def _unpacker(kind: Any) -> Unpack:
    """The function that makes a value of ``kind`` from JSON, and nothing else."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (_unpacker(arg) for arg in args if arg is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if origin is Literal:
        return lambda value: value if value in args else _wrong(kind, value)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        item = _unpacker(args[0])
        return lambda value: tuple(map(item, value)) if type(value) is list else _wrong(kind, value)
    if origin is tuple:
        items = tuple(map(_unpacker, args))
        return lambda value: (
            tuple(one(inner) for one, inner in zip(items, value, strict=True)) if type(value) is list else _wrong(kind, value)
        )
    if origin is frozenset:
        member = _unpacker(args[0])
        return lambda value: frozenset(map(member, value)) if type(value) is list else _wrong(kind, value)
    if origin is dict:
        of = _unpacker(args[1])
        return lambda value: {_text(key): of(inner) for key, inner in value.items()} if type(value) is dict else _wrong(kind, value)
    if kind is str:
        return _text
    if kind is int:
        return lambda value: value if type(value) is int and abs(value) < 2**63 else _wrong(kind, value)
    if kind is float:
        return lambda value: float(value) if type(value) in (int, float) else _wrong(kind, value)
    if kind is bool:
        return lambda value: value if type(value) is bool else _wrong(kind, value)
    if kind is datetime:
        return lambda value: datetime.fromisoformat(_text(value))
    if kind is date:
        return lambda value: date.fromisoformat(_text(value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if isinstance(kind, type) and is_dataclass(kind):
        return lambda value: _unpack_fields(kind, value, {}) if type(value) is dict else _wrong(kind, value)
    raise TypeError(f"a {kind} cannot be sent between parser and parent")


def _unpack_fields(kind: type, given: dict[str, Any], tails: dict[str, tuple[Any, ...]]) -> Any:
    unpackers = _field_unpackers(kind)
    if unknown := given.keys() - unpackers.keys():
        raise WireError(f"{kind.__name__} has no {min(unknown)}")
    return kind(**{name: unpackers[name](value) for name, value in given.items()}, **tails)


@cache
def _field_unpackers(kind: type) -> dict[str, Unpack]:
    hints = get_type_hints(kind)
    return {field.name: _unpacker(hints[field.name]) for field in fields(kind)}


def _text(value: Any) -> str:
    if type(value) is not str:
        _wrong(str, value)
    if not value.isascii():
        value.encode()  # half a surrogate pair, which could be stored nowhere, is a ``ValueError``
    return str(value)


def _wrong(kind: Any, value: object) -> Any:
    raise WireError(f"{str(value)[:40]!r} is no {getattr(kind, '__name__', kind)}")
