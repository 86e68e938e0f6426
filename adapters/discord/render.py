"""Message -> what Discord is sent: content, embeds, components. Pure; escaped once; within every limit by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.checks import embed_size
from adapters.discord.controls import Controls, controls, link_buttons, shows_buttons
from adapters.discord.markup import code_block, escape, fit, fit_lines, fit_plain, fit_rich, link
from adapters.kit import folded, utf16, web_url
from bot.domain.messages import Card, Fact, Item, Message, Tone, plain

_COLOURS = {Tone.PLAIN: 0x5B6EE1, Tone.GOOD: 0x3BA55D, Tone.WARNING: 0xF0A020, Tone.ERROR: 0xD83C3E}
_SIGNS = {Tone.PLAIN: "", Tone.GOOD: "✅ ", Tone.WARNING: "⚠️ ", Tone.ERROR: "❌ "}

HEADING, INTRO, NOTICE, FOOTER = 300, 1300, 350, 400
#: What a list may take of a message that has cards beside it, and what an aligned chart may.
ITEMS_BESIDE_CARDS, CHART = 1000, 1200
BODY = 1500
#: Room for the line that says how much was left out.
FOLDED = 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message as discord.py objects; ``view`` is ``None`` when it has no components."""

    content: str
    embeds: list[discord.Embed]
    view: Controls | None

    def payload(self) -> dict[str, Any]:
        """As it goes over the wire, for counting."""
        components = self.view.to_components() if self.view else []
        return {"content": self.content, "embeds": [embed.to_dict() for embed in self.embeds], "components": components}


@dataclass(frozen=True, slots=True)
class _Frame:
    """Longest parts of a card, and the least its summary must get before a tighter frame is tried."""

    title: int
    byline: int
    facts: int
    links: int
    reason: int
    body: int


_FRAMES = (
    _Frame(256, 700, 300, 700, 300, 160),
    _Frame(200, 220, 160, 300, 120, 120),
    _Frame(140, 90, 80, 180, 70, 60),
    _Frame(100, 50, 50, 120, 50, 40),
)


def render(message: Message, *, key: str = "") -> Rendered:
    """``message`` within Discord's limits. With ``key`` it carries a mark by which ``find`` knows it again."""
    cards = message.cards
    extra = bool(message.items or message.chart)
    shown = cards[: limits.EMBEDS - extra]
    view, marked = controls(message, key=key)
    footer = fit_plain(message.notice, FOOTER) if extra or cards else ""
    if len(shown) < len(cards):
        footer = " · ".join(part for part in (folded(len(cards) - len(shown)), footer) if part)
    if key and not marked:
        footer = f"{footer} · {key}" if footer else key
    lists = [_lists(message, beside=bool(cards))] if extra else []
    room = limits.EMBED_TOTAL - sum(embed_size(embed.to_dict()) for embed in lists) - utf16(footer)
    embeds = [*_cards(shown, room, message), *lists]
    if footer:
        if not embeds:
            embeds = [discord.Embed(colour=_COLOURS[message.tone])]
        embeds[-1].set_footer(text=footer)
    content = _content(message, notice=not (extra or cards), big=bool(cards))
    if not content and not any(embed.description or embed.title for embed in embeds):
        content = escape(fit_plain(message.fallback, HEADING))
    return Rendered(content, embeds, view)


def text_only(message: Message) -> str:
    """The message as content alone, for channels where the bot may not show embeds. Previews of its links are off."""
    lines = [_content(message, notice=False, big=True)]
    for number, card in enumerate(message.cards, 1):
        address = web_url(card.url, 300)
        lines.append(f"{number}\\. " + fit_rich(card.title, 120) + (f" <{address}>" if address else ""))
    lines += [_item(item, detail=False) for item in message.items]
    if message.notice:
        lines.append(f"-# {fit(message.notice, NOTICE)}")
    lines = [line for line in lines if line]
    kept = _whole_lines(lines, limits.CONTENT)
    return "\n".join(kept)


def short_text(message: Message, limit: int) -> str:
    """The message's own words alone: whole lines, as many as find room."""
    heading, intro = fit(message.heading, limit - 4), fit_lines(message.intro, limit)
    lines = [f"**{heading}**" if heading else "", *intro.split("\n"), f"-# {notice}" if (notice := fit(message.notice, limit - 3)) else ""]
    kept: list[str] = []
    for line in filter(None, lines):
        if utf16("\n".join([*kept, line])) > limit:
            break
        kept.append(line)
    return "\n".join(kept)


def thread_name(message: Message) -> str:
    """What a thread or a forum post is called that begins with ``message``."""
    only = plain(message.cards[0].title) if len(message.cards) == 1 else ""
    names = (fit_plain(name, limits.THREAD_NAME) for name in (message.topic, message.heading, only, message.intro))
    return next((name for name in names if name), "Papers")


def _content(message: Message, *, notice: bool, big: bool) -> str:
    heading = fit(message.heading, HEADING)
    sign = _SIGNS[message.tone]
    top = (f"### {sign}{heading}" if big else f"{sign}**{heading}**") if heading else ""
    intro = fit_lines(message.intro, INTRO)
    if sign and not heading and intro:
        intro = sign + intro
    small = f"-# {fit(message.notice, NOTICE)}" if notice and message.notice.strip() else ""
    return "\n".join(part for part in (top, intro, small) if part)


def _cards(cards: Sequence[Card], room: int, message: Message) -> list[discord.Embed]:
    """One embed for each card: the widest frame in which every summary keeps its least, then summaries as long as there is room."""
    if not cards:
        return []
    links = not shows_buttons(message)
    for frame in _FRAMES:
        frames = [_frame(card, frame, links) for card in cards]
        spare = room - sum(utf16(title) + utf16(above) + utf16(below) + 2 for title, above, below in frames)
        if spare >= frame.body * len(cards):
            break
    bodies = _share(cards, max(0, spare))
    seen: set[str] = set()
    embeds = []
    for card, (title, above, below), body in zip(cards, frames, bodies, strict=True):
        text = "\n".join(part for part in (above, body, below) if part)
        address = web_url(card.url)
        embed = discord.Embed(title=title, description=text or None, colour=_COLOURS[message.tone])
        if address and address not in seen:  # a second embed with the same address would be swallowed by the first
            embed.url = address
            seen.add(address)
        embeds.append(embed)
    return embeds


def _share(cards: Sequence[Card], spare: int) -> list[str]:
    """Summaries that together fit into ``spare``: short ones whole, the long ones cut at the same length, as late as possible."""
    whole = [fit_rich(card.body, BODY) for card in cards]
    left, share = spare, BODY
    for waiting, size in zip(range(len(whole), 0, -1), sorted(map(utf16, whole)), strict=True):
        share = left // waiting
        if size > share:
            break
        left -= size
        share = BODY
    return [text if utf16(text) <= share else fit_rich(card.body, share) for card, text in zip(cards, whole, strict=True)]


def _frame(card: Card, frame: _Frame, links: bool) -> tuple[str, str, str]:
    """Title, what stands above the summary, what stands below it."""
    title = fit(plain(card.title), frame.title) or "…"  # bold as it is: what is strong in it is not marked again
    above = [fit_rich(card.byline, frame.byline), _facts(card.facts, frame.facts)]
    below = [_links(card, frame.links) if links else "", f"-# ↳ {fit(card.reason, frame.reason)}" if card.reason.strip() else ""]
    return title, "\n".join(part for part in above if part), "\n".join(part for part in below if part)


def _facts(facts: Sequence[Fact], limit: int) -> str:
    return fit(" · ".join(" ".join(part for part in (fact.label, fact.value) if part) for fact in facts), limit)


def _links(card: Card, limit: int) -> str:
    """The card's links as text, those that find room."""
    kept: list[str] = []
    for button in (*link_buttons(card.buttons), *link_buttons(card.menu)):
        text = link(button.label, button.url)
        if text and utf16(" · ".join([*kept, text])) <= limit:
            kept.append(text)
    return " · ".join(kept)


def _lists(message: Message, *, beside: bool) -> discord.Embed:
    """Items and chart in one embed."""
    chart = code_block(message.chart, CHART)
    room = ITEMS_BESIDE_CARDS if beside else limits.EMBED_DESCRIPTION - utf16(chart) - 2
    lines = _items(message.items, room, detail=True)
    if len(lines) < len(message.items):
        lines = _items(message.items, room, detail=False)
    if len(lines) < len(message.items):
        lines = _items(message.items, room - FOLDED, detail=False)
        lines.append(folded(len(message.items) - len(lines)))
    text = "\n".join(part for part in ("\n".join(lines), chart) if part)
    return discord.Embed(description=text or None, colour=_COLOURS[message.tone])


def _items(items: Sequence[Item], room: int, *, detail: bool) -> list[str]:
    """Those lines from the first on that find room."""
    lines: list[str] = []
    for item in items:
        line = _item(item, detail=detail)
        room -= utf16(line) + 1
        if room < 0:
            break
        lines.append(line)
    return lines


def _item(item: Item, *, detail: bool) -> str:
    label = fit(item.label, 120)
    parts = [f"**{label}**" if label else "", fit(item.text, 600)]
    parts += [link(button.label, button.url, 300) for button in link_buttons(item.buttons)]
    line = " ".join(part for part in parts if part)
    return f"{line}\n-# {fit(item.detail, 300)}" if detail and item.detail.strip() else line


def _whole_lines(lines: Sequence[str], room: int) -> list[str]:
    """As many lines as find room; when some do not, a line that says how many."""
    if sum(utf16(line) + 1 for line in lines) <= room:
        return list(lines)
    kept: list[str] = []
    left = room - FOLDED
    for line in lines:
        left -= utf16(line) + 1
        if left < 0:
            break
        kept.append(line)
    return [*kept, folded(len(lines) - len(kept))]
