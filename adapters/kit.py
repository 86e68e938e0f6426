"""What every adapter does to plain text before it meets a platform: clean it, shorten it, look at its links; and what every platform
says in the same way: its time. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote, urlsplit

from bot.domain.messages import Rich, Span

ELLIPSIS = "…"
#: Combining marks kept on one letter. Real writing needs up to four; more is only meant to paint over its neighbours.
MARKS = 4
_ADDRESS = re.compile(r"https?://[^\s<>|\"'`\]]+")
_JOINERS = "\u200c\u200d"
_CONTROL = {"Cc", "Zl", "Zp"}


def clean(text: str) -> str:
    """One line of text that can do no harm: line breaks and control characters become spaces, runs of spaces one space, invisible
    format characters (direction overrides among them) go, and a letter keeps at most ``MARKS`` combining marks."""
    return " ".join(_harmless(text).split())


def clean_lines(text: str, lines: int = 100) -> list[str]:
    """Like ``clean``, but for text whose lines and columns mean something: line breaks and spaces stay, tabs become spaces."""
    rows = text.expandtabs(4).splitlines()[:lines]
    return [_harmless(row).rstrip() for row in rows]


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """``text`` if it fits into ``limit`` (measured by ``size``), else its beginning with "…", which counts too.

    Cuts between words where that costs no more than a third of the room, and never inside what a reader sees as one character.
    """
    if size(text) <= limit:
        return text
    if limit < size(ELLIPSIS):
        return ""
    room = limit - size(ELLIPSIS)
    low, high = 0, min(len(text), room)  # no character measures less than one
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= room else (low, middle - 1)
    cut = low
    space = text.rfind(" ", cut * 2 // 3, cut + 1)
    if space > 0:
        cut = space
    while cut > 0 and _inside_character(text, cut):
        cut -= 1
    return text[:cut].rstrip(" ,;:·—–-(") + ELLIPSIS


def shorten_rich(text: Rich, limit: int, size: Callable[[str], int] = len) -> Rich:
    """``shorten`` over runs of text: what is strong stays strong."""
    whole = "".join(span.text for span in text)
    if size(whole) <= limit:
        return text
    left = shorten(whole, limit, size)
    kept, rest = [], len(left) - len(ELLIPSIS)
    for span in text:
        if rest <= 0:
            break
        kept.append(Span(span.text[:rest], span.strong))
        rest -= len(span.text)
    if kept and not kept[-1].strong:
        return (*kept[:-1], Span(kept[-1].text + ELLIPSIS))
    return (*kept, Span(ELLIPSIS)) if left else ()


def clean_rich(text: Rich) -> Rich:
    """``clean`` over runs of text: together they say what ``clean`` says of them joined; empty runs go, equal neighbours join."""
    whole = "".join(span.text for span in text)
    if _tame(whole) and "  " not in whole and whole == whole.strip():
        joined = groupby((span for span in text if span.text), key=lambda span: span.strong)
        return tuple(Span("".join(span.text for span in run), strong) for strong, run in joined)
    strong = [span.strong for span in text for _ in span.text]
    kept: list[tuple[str, bool]] = []
    for place, character in _harmless_characters(whole):
        if character.isspace():
            if kept and kept[-1][0] != " ":
                kept.append((" ", strong[place]))
        else:
            kept.append((character, strong[place]))
    if kept and kept[-1][0] == " ":
        kept.pop()
    runs = groupby(kept, key=lambda one: one[1])
    return tuple(Span("".join(character for character, _ in run), marked) for marked, run in runs)


def utf16(text: str) -> int:
    """Length as platforms with a JavaScript past count it: a character outside the basic plane counts twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def web_url(url: str, limit: int = 2000) -> str:
    """``url`` with unsafe characters percent-encoded if it is an http(s) address that platforms take, else empty."""
    text = url.strip()
    if not text:  # most buttons have no address
        return ""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return ""
    host = parts.hostname or ""
    if (
        parts.scheme not in ("http", "https")
        or "." not in host
        or not parts.netloc.isascii()
        or any(c.isspace() or c in "<>|\"'`\\@" for c in parts.netloc)
    ):
        return ""
    try:
        encoded = quote(text, safe="%/:?#[]!$&'()*+,;=@~-._")
    except UnicodeEncodeError:
        return ""
    return encoded if len(encoded) <= limit else ""


def addresses(part: object, tidy: Callable[[str], str] = str) -> frozenset[str]:
    """Every http(s) address in a message as a platform hands it out: any nesting of lists and objects, whole strings and places in
    text. ``tidy`` undoes how the platform writes text."""
    return frozenset(_addresses(part, tidy))


def http_date(text: str | None) -> datetime | None:
    """A ``Date`` header as aware UTC; ``None`` for what is none."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def folded(left_out: int) -> str:
    """The line that stands where something had no room: nothing is left out in silence."""
    return f"{ELLIPSIS} +{left_out} more"


def _addresses(part: object, tidy: Callable[[str], str]) -> Iterator[str]:
    if isinstance(part, str):
        for found in _ADDRESS.findall(tidy(part)):
            address = found.rstrip(".,;:!?")
            while address.endswith(")") and address.count(")") > address.count("("):
                address = address[:-1].rstrip(".,;:!?")
            yield address
    elif isinstance(part, dict):
        for value in part.values():
            yield from _addresses(value, tidy)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _addresses(value, tidy)


def _tame(text: str) -> bool:
    """Whether there is nothing in ``text`` that ``clean`` would change, blanks apart: most text, and quickly seen."""
    return (text.isascii() and text.isprintable()) or all(map(_tame_character, set(text)))


@lru_cache(maxsize=4096)
def _tame_character(character: str) -> bool:
    return character == " " or not (unicodedata.category(character)[0] in "MCZ" or character.isspace())


def _harmless(text: str) -> str:
    if _tame(text):
        return text
    return "".join(character for _, character in _harmless_characters(text))


def _harmless_characters(text: str) -> Iterator[tuple[int, str]]:
    """What is left of ``text``, each character with the place it had."""
    marks = 0
    for place, character in enumerate(text):
        if character.isascii():
            yield place, character if character >= " " and character != "\x7f" else " "
            marks = 0
            continue
        category = unicodedata.category(character)
        if category[0] == "M" or character in _JOINERS:
            marks += 1
            if marks <= MARKS:
                yield place, character
            continue
        if category == "Cf":
            continue
        marks = 0
        if category == "Cs":  # half a surrogate pair: no encoder takes it
            yield place, "\ufffd"
        else:
            yield place, " " if category in _CONTROL else character


def _inside_character(text: str, cut: int) -> bool:
    """Whether cutting before ``text[cut]`` would take something away from the character before it."""
    if cut >= len(text):
        return False
    after, before = text[cut], text[cut - 1]
    if after in _JOINERS or before in _JOINERS or unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if _flag(after) and _flag(before):  # flags are pairs: count the run of halves that ends here
        run = 0
        while run < cut and _flag(text[cut - 1 - run]):
            run += 1
        return run % 2 == 1
    return False


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
