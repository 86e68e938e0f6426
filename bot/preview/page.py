"""The page: both platforms side by side, in the light or the dark of the reader's screen. One file, nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from adapters.discord.limits import LIMITS as DISCORD
from adapters.discord.render import render
from adapters.slack.limits import LIMITS as SLACK
from adapters.slack.render import to_payload
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.planning import split
from bot.preview.discord import draw_payload
from bot.preview.slack import draw_blocks

#: Any key does: it only marks the controls, as a real one would.
_KEY = "preview00000000000000000"


def preview_page(message: Message, destination: Destination, *, clock: str = "09:00") -> str:
    """``message`` split, fitted and drawn exactly as it would be posted to ``destination`` on either platform."""
    slack = [draw_blocks(to_payload(part)["blocks"]) for part in split(message, SLACK)]
    discord = [draw_payload(render(part, key=_KEY).payload()) for part in split(message, DISCORD)]
    channel = destination.name or "#papers"
    name = escape(channel if channel.startswith("#") else f"#{channel}")
    return _PAGE.format(
        title=escape(f"Papercrier preview · {message.heading or destination.key}"),
        css=(files("bot.preview") / "page.css").read_text(encoding="utf-8"),
        slack=_window("slack", "Slack", name, slack, clock),
        discord=_window("discord", "Discord", name, discord, clock),
    )


def _window(kind: str, label: str, channel: str, parts: list[str], clock: str) -> str:
    posts = "\n".join(_post(part, clock, thread=index > 0) for index, part in enumerate(parts))
    return f"""<section class="window {kind}" aria-label="{label}">
<header><b>{channel}</b><span>{label}</span></header>
{posts}
</section>"""


def _post(body: str, clock: str, *, thread: bool) -> str:
    reply = '<div class="thread">in the thread of this post</div>' if thread else ""
    return f"""<article class="post">
<div class="face" aria-hidden="true">P</div>
<div class="said">{reply}<div class="who"><b>Papercrier</b> <span class="app">APP</span> <time>{clock}</time></div>
{body}
</div>
</article>"""


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{css}
</style>
</head>
<body>
<main>
{slack}
{discord}
</main>
</body>
</html>
"""
