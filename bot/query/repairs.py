"""A query that cannot be read, mended: the nearest texts that can."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.errors import BadInput
from bot.query.language import parse_query, standing
from bot.text.analysis import words

#: So many mended texts are given.
_GIVEN = 2
_MEANT = re.compile(r"did you mean (.+)\?$")
_RUN = re.compile(r'[^\s"()]*"[^"]*"?|[^\s()]+|[()]')
_BACK_FROM_TODAY = re.compile(r"(?<!\S)-?since:\d+\w*(?!\S)", re.IGNORECASE)


def query_fixes(text: str, error: BadInput, *, for_standing: bool = False) -> tuple[str, ...]:
    """Texts near ``text`` that are queries, nearest first; none where nothing of it can be kept. ``for_standing``: a subscription has to
    be able to follow it."""
    found: dict[str, None] = {}
    for candidate in _candidates(text, error):
        typed = " ".join(candidate.split())
        if typed and typed != text and _reads(typed, for_standing):
            found[typed] = None
        if len(found) == _GIVEN:
            break
    return tuple(found)


def _candidates(text: str, error: BadInput) -> Iterator[str]:
    meant = _MEANT.match(error.next_step)
    if text.count('"') % 2:
        yield f'{text.rstrip()}"'
    if (missing := text.count("(") - text.count(")")) > 0:
        yield text.rstrip() + ")" * missing
    if error.position is not None and (run := _RUN.match(text, error.position)):
        before, after = text[: run.start()], text[run.end() :]
        if meant and run[0] not in "()":
            yield f"{before}{meant[1]}{after}"
        yield f"{before}{run[0].partition(':')[2]}{after}"
        yield f"{before}{after}"
    if meant:
        yield meant[1]
    yield _BACK_FROM_TODAY.sub("", text)
    yield " ".join(words(text)[:12])


def _reads(text: str, for_standing: bool) -> bool:
    try:
        query = parse_query(text)
        if for_standing:
            standing(query)
    except BadInput:
        return False
    return True
