"""Asking only for what changed: what a server said about an answer is kept in the source's memory and told the next time."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sources.fetch import Fetched

_HEADERS = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
_ANSWERED = {"etag": "etag", "modified": "last-modified"}
#: Characters of a validator that is kept. Longer ones are nonsense, and would stand in the database for ever.
_LONGEST = 500


def conditions(memory: Mapping[str, str], name: str) -> dict[str, str]:
    """Headers that make a request for ``name`` (a category, an address) answer 304 when nothing changed since ``memory``."""
    return {header: memory[f"{kind}:{name}"] for kind, header in _HEADERS.items() if memory.get(f"{kind}:{name}")}


def keep_conditions(memory: dict[str, str], name: str, answer: Fetched) -> None:
    """Put into ``memory`` what ``conditions`` needs the next time. Call it when everything of ``answer`` was understood and given on."""
    if answer.status == 304:
        return
    for kind, header in _ANSWERED.items():
        value = answer.headers.get(header, "")
        if value and len(value) <= _LONGEST and value.isprintable():
            memory[f"{kind}:{name}"] = value
        else:
            memory.pop(f"{kind}:{name}", None)
