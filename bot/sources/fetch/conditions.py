"""Asking only for what changed: what a server said about an answer is kept in the source's memory and told the next time."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from bot.errors import SourceError
from bot.sources.fetch.fetcher import Fetched, Fetcher

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


async def fetch_changed(fetcher: Fetcher, url: str, memory: Mapping[str, str], *, interval: float = 1.0) -> Fetched | None:
    """The document at ``url``, or ``None`` when it is what it was when ``keep_changed`` was called last.

    Raises ``SourceError`` when there is none.
    """
    known = conditions(memory, url)
    answer = await fetcher.get(url, headers=known, interval=interval)
    # "Not modified" to somebody who did not ask for that says nothing.
    if (answer.status == 304 and known) or (answer.ok and memory.get(f"digest:{url}") == _digest(answer.body)):
        return None
    if not answer.ok:
        raise SourceError(f"status {answer.status} from {answer.url}", "check the address in the configuration")
    return answer


def keep_changed(memory: dict[str, str], url: str, answer: Fetched) -> None:
    """Remember ``answer`` as the document at ``url`` that was read."""
    keep_conditions(memory, url, answer)
    memory[f"digest:{url}"] = _digest(answer.body)


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
