"""What Discord makes of a text and of a payload, read and counted by itself: nothing here is shared with the code that renders.

``alive`` finds everything in a markdown text that is more than letters. ``refusals`` counts a payload against the numbers of the
documentation, in characters, as Discord counts them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

_FENCE = re.compile(r"```.*?```", re.DOTALL)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ALIVE = {
    "ping": re.compile(r"@everyone|@here"),
    "mention": re.compile(r"<@[!&]?\d+>|<#\d+>|<id:\w+>"),
    "command": re.compile(r"</[^<>:]+:\d+>"),
    "timestamp": re.compile(r"<t:-?\d+(?::[a-zA-Z])?>"),
    "emoji": re.compile(r"<a?:\w+:\d+>"),
    "autolink": re.compile(r"<(?:https?|mailto|tel|sms|steam):[^>]*>"),
    "code": re.compile(r"`[^`]+`"),
    "spoiler": re.compile(r"\|\|.+?\|\|", re.DOTALL),
    "quote": re.compile(r"^>{1,3} ", re.MULTILINE),
    "list": re.compile(r"^\s*(?:[-*] |\d+[.)] )", re.MULTILINE),
    "heading": re.compile(r"^#{1,3} ", re.MULTILINE),
}
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
#: Invisible characters that are part of writing: joiners of letters and emoji, and the one that keeps a ping from being one.
_INVISIBLE = {"\u200c", "\u200d", "\u200b"}


def alive(text: str, *, ours: tuple[str, ...] = ("heading",)) -> dict[str, list[str]]:
    """Kind -> what of it stands in ``text``, escapes and code blocks taken away. ``ours`` may stand where we put it."""
    bare = _ESCAPED.sub("\0", _FENCE.sub("", text))
    found = {kind: [one[0] for one in pattern.finditer(bare)] for kind, pattern in _ALIVE.items() if kind not in ours}
    found["link"] = [address for _, address in _LINK.findall(bare)]
    found["url"] = _URL.findall(_ALIVE["autolink"].sub("", _LINK.sub("", bare)))
    found["control"] = [character for character in text if _control(character)]
    return {kind: some for kind, some in found.items() if some}


def markdown(payload: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a message or form that Discord reads as markdown."""
    yield payload.get("content") or ""
    for embed in payload.get("embeds") or ():
        yield embed.get("description") or ""
        for field in embed.get("fields") or ():
            yield field["value"]
    for part in payload.get("components") or ():
        if part.get("type") == 10:
            yield part["content"]


def strings(part: object) -> Iterator[str]:
    """Every text of a payload."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from strings(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from strings(value)


def refusals(payload: Mapping[str, Any]) -> list[str]:
    """What Discord would not take, in words."""
    wrong = [] if len((payload.get("content") or "").strip()) <= 2000 else ["content"]
    embeds = payload.get("embeds") or []
    total = 0
    for embed in embeds:
        texts = [(embed.get("title"), 256), (embed.get("description"), 4096), ((embed.get("footer") or {}).get("text"), 2048)]
        texts += [((embed.get("author") or {}).get("name"), 256)]
        for field in embed.get("fields") or ():
            texts += [(field["name"], 256), (field["value"], 1024)]
        wrong += [f"embed text over {most}" for text, most in texts if len((text or "").strip()) > most]
        total += sum(len((text or "").strip()) for text, _ in texts)
        wrong += [] if len(embed.get("url") or "") <= 2048 else ["embed url"]
    addresses = [embed["url"] for embed in embeds if embed.get("url")]
    wrong += ["too many embeds"] * (len(embeds) > 10) + ["embeds over 6000"] * (total > 6000)
    wrong += ["two embeds of one url"] * (len(set(addresses)) < len(addresses))
    empty = not (payload.get("content") or "").strip() and not any(embed.get("title") or embed.get("description") for embed in embeds)
    wrong += ["empty"] * (empty and not any((embed.get("footer") or {}).get("text") for embed in embeds))
    return wrong + list(_rows(payload.get("components") or []))


def _rows(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    ids: list[str] = []
    if len(rows) > 5:
        yield "too many rows"
    for row in rows:
        inner = row.get("components") or []
        selects = [part for part in inner if part["type"] == 3]
        if not inner or len(inner) > (1 if selects else 5):
            yield "row of a wrong width"
        for part in inner:
            ids += [part["custom_id"]] if "custom_id" in part else []
            if part["type"] == 2 and not (1 <= len(part["label"].strip()) <= 80 and len(part.get("url") or "") <= 512):
                yield "button"
            options = part.get("options") or []
            if part["type"] == 3 and not (1 <= len(options) <= 25 and len(part.get("placeholder") or "") <= 150):
                yield "select"
            for option in options:
                if not 1 <= len(option["label"].strip()) <= 100 or not 1 <= len(option["value"]) <= 100:
                    yield "option"
                if len(option.get("description") or "") > 100:
                    yield "description of an option"
            if len({option["value"] for option in options}) < len(options):
                yield "two options of one value"
    if len(set(ids)) < len(ids) or any(not 1 <= len(one) <= 100 for one in ids):
        yield "custom_id"


def _control(character: str) -> bool:
    if character == "\n" or character in _INVISIBLE:
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
