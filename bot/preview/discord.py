"""A Discord payload -> HTML: content, embeds and components, with the marks of Discord's Markdown that our renderer uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

Payload = Mapping[str, Any]

#: Link button in Discord's numbering; the others name their colour.
_STYLES = {1: "primary", 2: "plain", 3: "success", 4: "danger", 5: "plain"}
_MARKS = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|\*\*(?P<bold>.+?)(?<!\\)\*\*"
    r"|\*(?P<italic>[^*]+?)(?<!\\)\*"
    r"|`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>(?:\\.|[^\]\\])+)\]\(<?(?P<target>https?://[^\s)>]+)>?\)"
    r"|<(?P<bare>https?://[^\s>]+)>",
    re.DOTALL,
)


def draw_payload(payload: Payload) -> str:
    parts = [f'<div class="d-content">{_markdown(payload["content"])}</div>'] if payload.get("content") else []
    parts += [_embed(embed) for embed in payload.get("embeds", ())]
    parts += [_row(row) for row in payload.get("components", ())]
    return "\n".join(parts)


def _embed(embed: Payload) -> str:
    title = _inline(embed.get("title", ""))
    if title and embed.get("url"):
        title = f'<a href="{escape(embed["url"])}">{title}</a>'
    fields = "".join(
        f'<div class="d-field"><b>{_inline(field["name"])}</b><br>{_markdown(field["value"])}</div>' for field in embed.get("fields", ())
    )
    footer = f'<div class="d-footer">{escape(embed["footer"]["text"])}</div>' if "footer" in embed else ""
    head = f'<div class="d-title">{title}</div>' if title else ""
    colour = f"#{embed.get('color', 0x5B6EE1):06x}"
    body = f"<div>{_markdown(embed.get('description', ''))}</div>"
    return f'<div class="d-embed" style="border-color:{colour}">{head}{body}{fields}{footer}</div>'


def _row(row: Payload) -> str:
    return f'<div class="d-row">{"".join(_component(component) for component in row["components"])}</div>'


def _component(component: Payload) -> str:
    if component["type"] == 3:
        options = "&#10;".join(escape(option["label"]) for option in component["options"])
        return f'<span class="d-select" title="{options}">{escape(component.get("placeholder", ""))}<span>⌄</span></span>'
    style = _STYLES.get(component.get("style", 2), "plain")
    arrow = " ↗" if component.get("url") else ""
    return f'<span class="d-button d-{style}">{escape(component.get("label", ""))}{arrow}</span>'


def _markdown(text: str) -> str:
    """Whole lines: code fences, headings and small print; the rest is inline."""
    pieces = re.split(r"```(?:\w*\n)?(.*?)```", text, flags=re.DOTALL)
    return "".join(f"<pre>{escape(piece)}</pre>" if index % 2 else _lines(piece) for index, piece in enumerate(pieces))


def _lines(text: str) -> str:
    drawn = []
    for line in text.strip("\n").split("\n") if text.strip() else []:
        if found := re.match(r"(#{1,3}) (.*)", line):
            drawn.append(f"<h{len(found[1])}>{_inline(found[2])}</h{len(found[1])}>")
        elif line.startswith("-# "):
            drawn.append(f'<div class="d-small">{_inline(line[3:])}</div>')
        else:
            drawn.append(f"<div>{_inline(line) or '&nbsp;'}</div>")
    return "".join(drawn)


def _inline(text: str) -> str:
    drawn, at = [], 0
    for found in _MARKS.finditer(text):
        drawn.append(escape(text[at : found.start()]))
        at = found.end()
        if found["escaped"]:
            drawn.append(escape(found["escaped"]))
        elif found["bold"]:
            drawn.append(f"<b>{_inline(found['bold'])}</b>")
        elif found["italic"]:
            drawn.append(f"<i>{_inline(found['italic'])}</i>")
        elif found["code"]:
            drawn.append(f"<code>{escape(found['code'])}</code>")
        elif found["label"]:
            drawn.append(f'<a href="{escape(found["target"])}">{_inline(found["label"])}</a>')
        else:
            drawn.append(f'<a href="{escape(found["bare"])}">{escape(found["bare"])}</a>')
    return "".join(drawn) + escape(text[at:])
