"""JSON answers of services: what a field holds, or nothing where it holds something else than it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.errors import SourceError

Record = Mapping[str, Any]


def load_json(document: bytes, *, of: str) -> Any:
    """The document. Raises ``SourceError`` when it is no JSON; ``of`` names the service."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        start = " ".join(document[:60].decode("utf-8", "replace").split())
        raise SourceError(
            f"{of} answered something else than JSON ({start!r})", "it may be down or refuse us; it is asked again later"
        ) from error


def text(value: object) -> str:
    """A text in one line or more, trimmed; "" for anything else."""
    return value.strip() if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A whole number, also where it is written as text; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def day(value: object) -> date | None:
    """The day of an ISO date or moment."""
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def record(value: object) -> Record:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
