"""What people saw, one screen below the other, drawn as each platform would draw it: to be looked at.

``SCREENS=FOLDER python -m pytest tests/scenario/test_conversation.py`` leaves ``conversation.html`` there, and pictures of it in light and
dark where a browser is found.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.preview.discord import draw_payload
from bot.preview.slack import draw_blocks
from tests.picture import take

Json = Mapping[str, Any]
_CSS = """
.screen { max-width: 620px; margin: 0 0 20px; }
.screen > header { background: rgb(128 128 128 / 0.12); }
.modal { border: 1px solid rgb(128 128 128 / 0.4); border-radius: 10px; padding: 14px 18px; }
.field { margin: 10px 0; } .field b { display: block; } .field span { display: block; border: 1px solid rgb(128 128 128 / 0.5);
  border-radius: 6px; padding: 6px 10px; min-height: 34px; } .field small { opacity: 0.7; }
main { grid-template-columns: 1fr 1fr; }
"""


@dataclass
class Screens:
    """Columns of screens, one for each platform."""

    columns: dict[str, list[str]] = field(default_factory=dict)

    def message(self, platform: str, caption: str, payload: Any) -> None:
        """``payload``: blocks on Slack, a message on Discord."""
        self._add(platform, caption, draw_blocks(payload) if platform == "slack" else draw_payload(payload))

    def form(self, platform: str, caption: str, payload: Json, filled: Mapping[str, str]) -> None:
        self._add(platform, caption, f'<div class="modal">{(_slack_form if platform == "slack" else _discord_form)(payload, filled)}</div>')

    def keep(self) -> Path | None:
        """Write the page where ``SCREENS`` says, and its pictures."""
        folder = os.environ.get("SCREENS", "")
        if not folder:
            return None
        page = Path(folder) / "conversation.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        css = (files("bot.preview") / "page.css").read_text(encoding="utf-8") + _CSS
        columns = "\n".join(f"<div>{''.join(screens)}</div>" for screens in self.columns.values())
        page.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8><style>{css}</style><main>{columns}</main></html>", encoding="utf-8"
        )
        if browser := shutil.which("chromium"):
            for dark in (False, True):
                take(browser, page, page.with_name("dark.png" if dark else "light.png"), width=1360, height=9000, dark=dark)
        return page

    def _add(self, platform: str, caption: str, drawn: str) -> None:
        assert 'class="unknown"' not in drawn, f"{caption}: the preview cannot draw a part of it"
        screen = f'<section class="window screen {platform}"><header><b>{escape(caption)}</b><span>{platform}</span></header>'
        self.columns.setdefault(platform, []).append(f'{screen}<div class="post"><div class="said">{drawn}</div></div></section>')


def _slack_form(view: Json, filled: Mapping[str, str]) -> str:
    fields = []
    for block in view["blocks"]:
        if block["type"] == "input":
            name = block["block_id"].rpartition(":")[2]
            fields.append(_field(block["label"]["text"], filled.get(name, ""), block.get("hint", {}).get("text", "")))
        else:
            fields.append(draw_blocks([block]))
    return f"<h3>{escape(view['title']['text'])}</h3>{''.join(fields)}<b>[{escape(view.get('submit', {}).get('text', ''))}]</b>"


def _discord_form(form: Json, filled: Mapping[str, str]) -> str:
    fields = [
        _field(part["label"], filled.get(part["component"]["custom_id"], ""), part.get("description", ""))
        for part in form["components"]
        if part["type"] == 18
    ]
    return f"<h3>{escape(form['title'])}</h3>{''.join(fields)}"


def _field(label: str, value: str, hint: str) -> str:
    return f'<div class="field"><b>{escape(label)}</b><span>{escape(value)}</span><small>{escape(hint)}</small></div>'
