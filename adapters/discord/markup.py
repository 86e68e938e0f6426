"""Plain text -> Discord's markdown. Every text from outside passes ``escape`` once, and only links made here are links."""

from __future__ import annotations

import re

from adapters.kit import ELLIPSIS, clean, clean_lines, clean_rich, shorten, shorten_rich, utf16, web_url
from bot.domain.messages import Rich, Span

_NO_PING = "@\u200b"
_MARKDOWN = re.compile(
    r"(?P<sign>[\\*_~|`<\[\]])"  # emphasis, code, spoilers, <mentions>, masked links
    r"|(?P<line>^(?=(?:#{1,3}|-#?|>{1,3})(?:\s|$)))"  # headings, quotes, lists and small print, where a line begins
    r"|(?P<number>^\d+(?=[.)]))"  # numbered lists
    r"|(?P<address>:(?=//))"  # bare addresses become links and previews
    r"|@(?=everyone|here|[!&]?\d)",
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """One line of plain text as markdown that shows exactly that text: no emphasis, links, mentions or pings."""
    return _MARKDOWN.sub(_dead, text)


def _dead(found: re.Match[str]) -> str:
    if found["number"]:
        return found["number"] + "\\"
    if found[0] == "@":
        return _NO_PING
    return "\\" + found[0]


def fit(text: str, limit: int) -> str:
    """``text`` cleaned, shortened and escaped, at most ``limit`` long with every sign the escaping adds."""
    return escape(shorten(clean(_beginning(text, limit)), limit, lambda part: utf16(escape(part))))


def fit_plain(text: str, limit: int) -> str:
    """The same for places that know no markdown: labels, footers, options."""
    return shorten(clean(_beginning(text, limit)), limit, utf16)


def fit_rich(text: Rich, limit: int) -> str:
    """Runs of text, the strong ones bold."""
    # A bold run costs two signs at each end, and the beginning of any run may be escaped as a line's beginning.
    cleaned = clean_rich(_beginning_rich(text, limit))
    signs = sum(5 if span.strong else 1 for span in cleaned)
    kept = shorten_rich(cleaned, max(0, limit - signs), lambda part: utf16(escape(part)))
    return "".join(_bold(span.text) if span.strong else escape(span.text) for span in kept)


def fit_lines(text: str, limit: int) -> str:
    """Several lines, each escaped; the last one that finds room is shortened."""
    lines: list[str] = []
    left = limit
    for line in clean_lines(text):
        if left <= 0:
            break
        lines.append(fit(line, left))
        left -= utf16(lines[-1]) + 1
    return "\n".join(lines).strip()


def code_block(text: str, limit: int) -> str:
    """Lines whose columns stay aligned. Whole lines go where there is no room; a backtick would end the block."""
    kept: list[str] = []
    left = limit - len("```\n\n```")
    for line in clean_lines(text.replace("`", "'")):
        left -= utf16(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "```\n" + "\n".join(kept) + "\n```" if any(kept) else ""


def link(label: str, url: str, limit: int = 600) -> str:
    """A masked link, or nothing when the address is not one that may be shown."""
    address = web_url(url, limit).replace("(", "%28").replace(")", "%29").replace("*", "%2A")
    return f"[{fit(label, 60)}]({address})" if address else ""


def _beginning(text: str, limit: int) -> str:
    """More than enough of an endless text: cleaning and measuring all of it would hold up everybody else."""
    enough = 6 * limit + 60
    return text if len(text) <= enough else text[:enough] + ELLIPSIS


def _beginning_rich(text: Rich, limit: int) -> Rich:
    kept: list[Span] = []
    left = 6 * limit + 60
    for span in text:
        kept.append(Span(span.text[:left], span.strong))
        if len(span.text) > left:
            return (*kept, Span(ELLIPSIS))
        left -= len(span.text)
    return tuple(kept)


def _bold(text: str) -> str:
    inner = text.strip(" ")
    if not inner:
        return text
    start = text[: len(text) - len(text.lstrip(" "))]
    end = text[len(text.rstrip(" ")) :]
    return f"{start}**{escape(inner)}**{end}"
