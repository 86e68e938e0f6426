"""Block Kit -> HTML, for the blocks that our Slack renderer uses. An unknown block is drawn as what it is: unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Block = Mapping[str, Any]


def draw_blocks(blocks: Sequence[Block]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block["type"]:
        case "header":
            return f'<h3 class="s-header">{escape(block["text"]["text"])}</h3>'
        case "rich_text":
            return f'<div class="s-text">{"".join(_rich(element) for element in block["elements"])}</div>'
        case "section":
            accessory = f'<span class="s-accessory">{_element(block["accessory"])}</span>' if "accessory" in block else ""
            fields = "".join(f'<div class="s-field">{_text(one)}</div>' for one in block.get("fields", ()))
            return f'<div class="s-text">{accessory}{_text(block["text"]) if "text" in block else ""}{fields}</div>'
        case "context":
            return f'<div class="s-context">{"".join(_text(element) for element in block["elements"])}</div>'
        case "actions":
            return f'<div class="s-actions">{"".join(_element(element) for element in block["elements"])}</div>'
        case "divider":
            return '<hr class="s-divider">'
    return f'<div class="unknown">{escape(str(block["type"]))}</div>'


def _rich(element: Block) -> str:
    inner = "".join(_leaf(leaf) for leaf in element["elements"])
    match element["type"]:
        case "rich_text_preformatted":
            return f"<pre>{inner}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{inner}</blockquote>"
        case "rich_text_list":
            return f"<ul>{''.join(f'<li>{_rich(one)}</li>' for one in element['elements'])}</ul>"
    return f"<div>{inner}</div>"


def _leaf(leaf: Block) -> str:
    if leaf["type"] not in ("text", "link"):
        return f'<span class="unknown">{escape(str(leaf["type"]))}</span>'
    text = escape(leaf.get("text") or leaf.get("url", "")).replace("\n", "<br>")
    style = leaf.get("style", {})
    for name, tag in (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code")):
        if style.get(name):
            text = f"<{tag}>{text}</{tag}>"
    return f'<a href="{escape(leaf["url"])}">{text}</a>' if leaf["type"] == "link" else text


def _text(text: Block) -> str:
    return escape(text.get("text", "")).replace("\n", "<br>")


def _element(element: Block) -> str:
    match element["type"]:
        case "button":
            style = f" s-{element['style']}" if "style" in element else ""
            return f'<span class="s-button{style}">{escape(element["text"]["text"])}</span>'
        case "overflow":
            options = "&#10;".join(escape(option["text"]["text"]) for option in element["options"])
            return f'<span class="s-button" title="{options}">⋯</span>'
        case "static_select":
            options = "&#10;".join(escape(option["text"]["text"]) for option in element["options"])
            return f'<span class="s-button s-select" title="{options}">{escape(element["placeholder"]["text"])} ▾</span>'
    return f'<span class="unknown">{escape(str(element["type"]))}</span>'
