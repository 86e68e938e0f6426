"""Message -> Block Kit. Pure functions; every payload made here fits Slack, whatever the message holds.

Text of others (titles, names, abstracts, what somebody typed) only ever goes into rich text leaves and ``plain_text`` objects.
Slack shows both as they are: no mention fires, no asterisk turns bold, no ``:word:`` becomes a picture, nothing needs escaping.
The one exception is the line for notifications, which Slack reads as markup: it is escaped there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.kit import clean, clean_lines, clean_rich, folded, shorten, shorten_rich, utf16, web_url
from adapters.slack.limits import (
    ACTIONS,
    BLOCKS,
    BUTTON,
    CHARACTERS,
    CONTEXT,
    FALLBACK,
    HEADER,
    OPTION,
    OVERFLOW,
    SECTION,
    SELECT,
    URL,
)
from bot.domain.messages import Button, ButtonStyle, Card, Fact, Item, Message, Rich, Span, Tone, plain, rich

Block = dict[str, Any]

#: Beginning of the ids of elements that carry an action, and of those that only open a page.
ACTION_ID = "do"
URL_ID = "open"

_TITLE, _BYLINE, _FACTS, _REASON = 300, 400, 400, 300
_ITEM_LABEL, _ITEM_TEXT = 150, 600
#: Buttons in sight before the others fold into the menu.
_CARD_BUTTONS, _MESSAGE_BUTTONS = 8, ACTIONS - 1
_MENU = 40
#: Lines of a list that are looked at; more than that many never fit.
_ITEMS = 300
#: Text is looked at up to so many times its limit: cleaning may take most of it away, but nobody reads the rest.
_SLACK = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """How much each part may take, and how many cards and items are shown."""

    entries: int
    body: int
    frame: int = CONTEXT
    label: int = BUTTON
    dividers: bool = True


def to_payload(message: Message) -> dict[str, Any]:
    """``text`` and ``blocks`` of a post or an answer."""
    blocks = to_blocks(message)
    return {"text": fallback(message), **({"blocks": blocks} if blocks else {})}


def fallback(message: Message) -> str:
    """The message in one escaped line."""
    return escape(shorten(clean(message.fallback), FALLBACK, lambda text: utf16(escape(text))))


def escape(text: str) -> str:
    """Text as Slack's markup wants it: exactly three characters are special."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_blocks(message: Message, *, most: int = BLOCKS) -> list[Block]:
    """The message as blocks within every limit: bodies are shortened first, then the last cards and items fold into a line that
    says how many there are. ``most`` blocks, where it shares
    its room with others: never fewer than 6."""

    def fits(blocks: Sequence[Block]) -> bool:
        return len(blocks) <= most and _characters(blocks) <= CHARACTERS

    wanted = len(message.cards) + len(message.items)
    message = _tidy(replace(message, cards=message.cards[:BLOCKS], items=message.items[:_ITEMS]))
    entries = len(message.cards) + len(message.items)
    bodies = (SECTION, 1_500, 800, 600, 480, 400, 320, 240, 160)
    for body in bodies:
        blocks = _draw(message, wanted, _Room(entries=entries, body=body))
        if fits(blocks):
            return blocks
        if len(blocks) > most:
            blocks = _draw(message, wanted, _Room(entries=entries, body=body, dividers=False))
            if fits(blocks):
                return blocks
            if len(blocks) > most:  # shorter text makes no fewer blocks
                break
    fitting: list[Block] = []
    low, high = 0, entries
    while low < high:  # the most entries that fit
        kept = (low + high) // 2
        blocks = _draw(message, wanted, _Room(entries=kept, body=bodies[-1], dividers=False))
        if fits(blocks):
            fitting, low = blocks, kept + 1
        else:
            high = kept
    return fitting or _draw(message, wanted, _Room(entries=0, body=0, frame=500, label=20))


def _characters(part: object) -> int:
    """Everything people read, and the addresses of links in text: a little more than Slack counts."""
    count = 0
    if isinstance(part, dict):
        counted = ("text", "url") if part.get("type") == "link" else ("text",)
        for key, value in part.items():
            if not isinstance(value, str):
                count += _characters(value)
            elif key in counted:
                count += utf16(value)
    elif isinstance(part, (list, tuple)):
        for one in part:
            count += _characters(one)
    return count


# --- plain text made harmless, once ----------------------------------------------------------------------------------


def _tidy(message: Message) -> Message:
    """The same message with clean text and nothing longer than any block could take."""
    return replace(
        message,
        heading=_line(message.heading, SECTION),
        intro=_text(message.intro, SECTION),
        cards=tuple(map(_tidy_card, message.cards)),
        items=tuple(map(_tidy_item, message.items)),
        chart="\n".join(clean_lines(message.chart[: SECTION * _SLACK])),
        notice=_line(message.notice, SECTION),
        buttons=tuple(_tidy_buttons(message.buttons)),
    )


def _tidy_card(card: Card) -> Card:
    facts = " · ".join(filter(None, (_line(f"{fact.label} {fact.value}", _FACTS) for fact in card.facts)))
    return Card(
        title=_rich(card.title, _TITLE) or rich("Untitled"),
        url=web_url(card.url, URL),
        byline=_rich(card.byline, _BYLINE),
        facts=(Fact(label="", value=shorten(facts, _FACTS, utf16)),),
        body=_rich(card.body, SECTION),
        reason=_line(card.reason, _REASON),
        buttons=tuple(_tidy_buttons(card.buttons)),
        menu=tuple(_tidy_buttons(card.menu)),
    )


def _tidy_item(item: Item) -> Item:
    return Item(
        label=_line(item.label, _ITEM_LABEL),
        text=_text(item.text, _ITEM_TEXT),
        detail=_text(item.detail, _ITEM_TEXT),
        buttons=tuple(_tidy_buttons(item.buttons)),
    )


def _tidy_buttons(buttons: Iterable[Button]) -> Iterable[Button]:
    """Buttons that can be pressed: a link that is no web address is none."""
    for button in buttons:
        url = web_url(button.url, URL)
        if button.action or url:
            label = _line(button.label, BUTTON) or button.action or url
            yield button if (label, url) == (button.label, button.url) else replace(button, label=label, url=url)


def _line(text: str, limit: int) -> str:
    return shorten(clean(text[: limit * _SLACK]), limit, utf16)


def _text(text: str, limit: int) -> str:
    return shorten("\n".join(clean_lines(text[: limit * _SLACK])).strip(), limit, utf16)


def _rich(text: Rich, limit: int) -> Rich:
    return shorten_rich(clean_rich(tuple(Span(span.text[: limit * _SLACK], span.strong) for span in text)), limit, utf16)


# --- the parts, in the order they are read ---------------------------------------------------------------------------


def _draw(message: Message, wanted: int, room: _Room) -> list[Block]:
    cards = message.cards[: room.entries]
    items = message.items[: room.entries - len(cards)]
    left_out = wanted - len(cards) - len(items)
    blocks = [*_heading(message), *_intro(message, room)]
    for index, card in enumerate(cards):
        if index and room.dividers:
            blocks.append({"type": "divider"})
        blocks += _card(card, room)
    blocks += _items(items, room)
    if left_out:
        blocks.append(_context(folded(left_out), room.frame))
    if message.chart.strip():
        blocks.append(_rich_text("rich_text_preformatted", [_leaf(shorten(message.chart, room.frame * 2, utf16))]))
    if message.notice:
        blocks.append(_context(message.notice, room.frame))
    return [*blocks, *_controls(message.buttons, (), _MESSAGE_BUTTONS, room)]


def _heading(message: Message) -> list[Block]:
    heading = message.heading
    if heading and message.tone in (Tone.WARNING, Tone.ERROR):
        heading = f"⚠️ {heading}"
    return [{"type": "header", "text": _plain(heading, HEADER)}] if heading else []


def _intro(message: Message, room: _Room) -> list[Block]:
    return [_rich_text("rich_text_section", [_leaf(shorten(message.intro, room.frame, utf16))])] if message.intro else []


def _card(card: Card, room: _Room) -> list[Block]:
    lines = [
        _title(card),
        [_leaf(span.text, bold=span.strong) for span in card.byline],
        _runs(card.facts[0].value),
        [_leaf(span.text, bold=span.strong) for span in shorten_rich(card.body, room.body, utf16)],
        _runs(card.reason, italic=True),
    ]
    return [_lines(lines), *_controls(card.buttons, card.menu, _CARD_BUTTONS, room)]


def _title(card: Card) -> list[Block]:
    if card.url:
        return [{"type": "link", "url": card.url, "text": plain(card.title), "style": {"bold": True}}]
    return [_leaf(span.text, bold=True) for span in card.title]


def _items(items: Sequence[Item], room: _Room) -> list[Block]:
    """A list: lines without buttons share a block, a single button stands beside its line, several stand below."""
    blocks: list[Block] = []
    together: list[list[Block]] = []
    for item in items:
        shown = _elements(item.buttons, (), _CARD_BUTTONS, room)
        if not shown:
            together.append(_item_line(item))
            continue
        if together:
            blocks.append(_lines(together))
            together = []
        if len(shown) == 1:
            text = "\n".join(filter(None, (f"{item.label}  {item.text}".strip(), item.detail))) or "–"
            blocks.append({"type": "section", "text": _plain(text, SECTION), "accessory": shown[0]})
        else:
            blocks += [_lines([_item_line(item)]), {"type": "actions", "elements": shown}]
    if together:
        blocks.append(_lines(together))
    return blocks


def _item_line(item: Item) -> list[Block]:
    line = _runs(item.label, bold=True) + _runs(f"  {item.text}" if item.label and item.text else item.text)
    return line + _runs(f"\n{item.detail}" if line and item.detail else item.detail)


# --- what can be pressed ---------------------------------------------------------------------------------------------


def _controls(buttons: Sequence[Button], menu: Sequence[Button], in_sight: int, room: _Room) -> list[Block]:
    elements = _elements(buttons, menu, in_sight, room)
    return [{"type": "actions", "elements": elements}] if elements else []


def _elements(buttons: Sequence[Button], menu: Sequence[Button], in_sight: int, room: _Room) -> list[Block]:
    """Buttons, then one menu for the rest. A menu entry that opens a page becomes a button: only short menus may hold links."""
    pressable = [*buttons, *(button for button in menu if button.url)]
    folded_away = [button for button in (*pressable[in_sight:], *menu) if button.action]
    elements = [_button(button, index, room) for index, button in enumerate(pressable[:in_sight])]
    options = [{"text": _plain(button.label, min(OPTION, room.label)), "value": button.action} for button in folded_away]
    if len(options) > OVERFLOW:
        placeholder = _plain("More…", BUTTON)
        elements.append(
            {
                "type": "static_select",
                "action_id": f"{ACTION_ID}:menu",
                "placeholder": placeholder,
                "options": options[: min(SELECT, _MENU)],
            }
        )
    elif options:
        elements.append({"type": "overflow", "action_id": f"{ACTION_ID}:menu", "options": options})
    return elements


def _button(button: Button, index: int, room: _Room) -> Block:
    kind, target = (URL_ID, {"url": button.url}) if button.url else (ACTION_ID, {"value": button.action})
    label = _plain(button.label, min(BUTTON, room.label))
    style = {} if button.style is ButtonStyle.PLAIN else {"style": button.style.value}
    return {"type": "button", "action_id": f"{kind}:{index}", "text": label, **target, **style}


# --- small pieces ----------------------------------------------------------------------------------------------------


def _lines(lines: Iterable[list[Block]]) -> Block:
    """One rich text block; every non-empty list of leaves is a line of its own."""
    leaves: list[Block] = []
    for line in lines:
        if line and leaves:
            leaves.append(_leaf("\n"))
        leaves += line
    return _rich_text("rich_text_section", leaves or [_leaf("–")])


def _rich_text(kind: str, leaves: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": leaves}]}


def _runs(text: str, *, bold: bool = False, italic: bool = False) -> list[Block]:
    return [_leaf(text, bold=bold, italic=italic)] if text else []


def _leaf(text: str, *, bold: bool = False, italic: bool = False) -> Block:
    style = {name: True for name, on in (("bold", bold), ("italic", italic)) if on}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _context(text: str, limit: int) -> Block:
    return {"type": "context", "elements": [_plain(text, limit)]}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": shorten(text, limit, utf16), "emoji": False}


__all__ = ["ACTION_ID", "URL_ID", "Block", "escape", "fallback", "to_blocks", "to_payload"]
