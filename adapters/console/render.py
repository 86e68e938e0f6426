"""Message -> panels and lines for a terminal. Text is printed as it is: no markup in it is ever interpreted."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from adapters.kit import clean, clean_rich
from bot.domain.messages import Button, Card, Item, Message, Rich, Tone

_TONES = {Tone.PLAIN: "cyan", Tone.GOOD: "green", Tone.WARNING: "yellow", Tone.ERROR: "red"}


def to_panel(message: Message) -> RenderableType:
    """The whole message as one panel, its heading in the frame."""
    colour = _TONES[message.tone]
    parts: list[RenderableType] = []
    if message.intro:
        parts.append(Text(message.intro))
    for index, card in enumerate(message.cards):
        if index or message.intro:
            parts.append(Rule(style="bright_black"))
        parts.append(_card(card))
    if message.items:
        parts.append(_items(message.items))
    if message.chart:
        parts.append(Padding(Text(message.chart, style=colour), (1, 0, 0, 2)))
    if message.notice:
        parts.append(Padding(Text(message.notice, style="bright_black italic"), (1, 0, 0, 0)))
    if message.buttons:
        parts.append(Padding(_buttons(message.buttons), (1, 0, 0, 0)))
    heading = Text(f" {message.heading} ", style=f"bold {colour}") if message.heading else None
    return Panel(Group(*parts), title=heading, title_align="left", border_style=colour, padding=(1, 2))


def _card(card: Card) -> RenderableType:
    title = _rich(card.title, "bold")
    if card.url:
        title.stylize(Style(link=card.url))
    lines: list[RenderableType] = [title]
    if card.byline:
        lines.append(_rich(card.byline, "", strong="bold magenta"))
    if card.facts:
        facts = " · ".join(fact.value if not fact.label else f"{fact.label} {fact.value}" for fact in card.facts)
        lines.append(Text(clean(facts), style="bright_black"))
    if card.body:
        lines.append(Padding(_rich(card.body, "", strong="bold yellow"), (0, 0, 0, 0)))
    if card.reason:
        lines.append(Text(f"↳ {clean(card.reason)}", style="italic green"))
    if card.url:
        lines.append(Text(card.url, style="blue"))
    if card.buttons:
        lines.append(_buttons(card.buttons))
    return Group(*lines)


def _rich(text: Rich, style: str, strong: str = "") -> Text:
    result = Text(style=style)
    for span in clean_rich(text):
        result.append(span.text, style=strong if span.strong else None)
    return result


def _items(items: Iterable[Item]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for item in items:
        table.add_row(Text(item.label, style="bold"), Text(clean(item.text)), Text(clean(item.detail), style="bright_black"))
    return table


def _buttons(buttons: Iterable[Button]) -> Text:
    row = Text()
    for button in buttons:
        if len(row):
            row.append("  ")
        label = Text(f" {clean(button.label)} ", style="black on bright_black")
        if button.url:
            label.stylize(Style(link=button.url))
        row.append_text(label)
    return row
