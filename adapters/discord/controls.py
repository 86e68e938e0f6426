"""Buttons -> Discord components, and back from a pressed ``custom_id`` to the action.

A button's ``custom_id`` is ``p:<action>`` (``p2:`` and so on where the same action stands twice), a select is ``s:<number>`` and its
values are the actions. One of them ends in ``#<key>``: by that a posted message is recognised later. Nothing else is stored anywhere,
so every button outlives every restart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import discord

from adapters.discord import limits
from adapters.discord.markup import fit_plain
from adapters.kit import web_url
from bot.domain.messages import Button, ButtonStyle, Card, Message, plain

_STYLES = {
    ButtonStyle.PLAIN: discord.ButtonStyle.secondary,
    ButtonStyle.PRIMARY: discord.ButtonStyle.primary,
    ButtonStyle.DANGER: discord.ButtonStyle.danger,
}
_PRESSED = re.compile(r"p\d*:(?P<action>.+?)(?:#[A-Za-z0-9_-]{8,})?", re.DOTALL)
_MENU = "More…"
#: Rows for the buttons that belong to no card.
_OWN_ROWS = 2


class Controls(discord.ui.View):
    """Components to be sent. The library is not to keep a copy for every message: presses are read from the ``custom_id``."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_dispatchable(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A button and the title of the card or item it belongs to."""

    button: Button
    owner: str


#: Some buttons side by side, or a select: its placeholder and what it offers.
_Row = Sequence[Button] | tuple[str, list[_Entry]]


def controls(message: Message, *, key: str = "") -> tuple[Controls | None, bool]:
    """The components of a message, or ``None``, and whether one of them carries ``key``."""
    own = _own_rows(message.buttons)
    selects, buttons = _card_controls(message)
    rows: list[_Row] = [*_rows(buttons), *selects]
    rows = [*rows[: limits.ROWS - len(own)], *own]
    if not rows:
        return None, False
    view = Controls()
    marked = not key
    number: Counter[str] = Counter()
    for index, row in enumerate(rows):
        if isinstance(row, tuple):
            ending = "" if marked else f"#{key}"
            view.add_item(_select(row[0], row[1], f"s:{index}{ending}", index))
            marked = True
            continue
        for button in row:
            custom_id = ""
            if button.action:
                number[button.action] += 1
                count = number[button.action]
                custom_id = f"p{count if count > 1 else ''}:{button.action}"
                if not marked and len(custom_id) + len(key) + 1 <= limits.CUSTOM_ID:
                    custom_id, marked = f"{custom_id}#{key}", True
            view.add_item(_button(button, custom_id, index))
    return view, marked and bool(key)


def pressed(custom_id: str, values: Sequence[str]) -> str:
    """The action of a pressed component; empty when it is none of ours."""
    if custom_id.startswith("s:"):
        return values[0] if values else ""
    found = _PRESSED.fullmatch(custom_id)
    return found["action"] if found else ""


def carries(custom_id: str | None, key: str) -> bool:
    """Whether a component marks its message as the one of ``key``."""
    return custom_id is not None and custom_id.endswith(f"#{key}")


def shows_buttons(message: Message) -> bool:
    """Whether cards' buttons are shown as such: one card has them to itself, several share selects and link in their text."""
    return len(message.cards) == 1 and not message.items


def link_buttons(buttons: Iterable[Button]) -> list[Button]:
    return [button for button in buttons if button.url]


def _card_controls(message: Message) -> tuple[list[tuple[str, list[_Entry]]], list[Button]]:
    """Selects with their placeholders, and buttons that stand for themselves."""
    if shows_buttons(message):
        card = message.cards[0]
        shown = [button for button in card.buttons if button.action or _link(button)]
        return _chunks(_MENU, [_Entry(button, "") for button in card.menu if button.action]), shown[: 2 * limits.ROW_BUTTONS]
    rows = limits.ROWS - len(_own_rows(message.buttons))
    entries = [_Entry(button, _title(card)) for card in message.cards for button in card.buttons if button.action]
    menu = [_Entry(button, _title(card)) for card in message.cards for button in card.menu if button.action]
    items = [_Entry(button, f"{item.label} {item.text}") for item in message.items for button in item.buttons if button.action]
    if items and len(items) <= limits.ROW_BUTTONS and len({entry.button.label for entry in items}) == len(items):
        direct, rows = [entry.button for entry in items], rows - 1
    else:
        direct, entries = [], entries + items
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.button.label, []).append(entry)
    room = rows - bool(menu)
    if len(groups) > room:  # more kinds of button than rows: the last kinds move into the menu
        kept = list(groups)[: max(0, rows - 1)]
        menu = [entry for label, group in groups.items() if label not in kept for entry in group] + menu
        groups = {label: groups[label] for label in kept}
    selects = [select for label, group in groups.items() for select in _chunks(f"{label}…", group)]
    return [*selects, *_chunks(_MENU, _in_turn(menu, limits.OPTIONS * max(0, rows - len(selects))))], direct


def _chunks(placeholder: str, entries: Sequence[_Entry]) -> list[tuple[str, list[_Entry]]]:
    unique = list({entry.button.action: entry for entry in reversed(entries)}.values())[::-1]
    number = -(-len(unique) // limits.OPTIONS)
    even = -(-len(unique) // max(1, number))
    parts = [unique[start : start + even] for start in range(0, len(unique), even or 1)]
    if len(parts) < 2:
        return [(placeholder, part) for part in parts]
    return [(f"{placeholder} ({number} of {len(parts)})", part) for number, part in enumerate(parts, 1)]


def _in_turn(entries: list[_Entry], room: int) -> list[_Entry]:
    """``entries`` if there is room, else as many of each owner as there is: no paper loses its menu to another one."""
    if len(entries) <= room:
        return entries
    turns: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for index, entry in enumerate(entries):
        ranked.append((turns[entry.owner], index))
        turns[entry.owner] += 1
    return [entries[index] for index in sorted(index for _, index in sorted(ranked)[:room])]


def _rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    usable = [button for button in buttons if button.action or _link(button)]
    return [usable[start : start + limits.ROW_BUTTONS] for start in range(0, len(usable), limits.ROW_BUTTONS)]


def _own_rows(buttons: Sequence[Button]) -> list[_Row]:
    """The message's own buttons: two rows, or one and a select for what has no room there."""
    rows = _rows(buttons)
    if len(rows) <= _OWN_ROWS:
        return [*rows]
    usable = sorted((button for row in rows for button in row), key=lambda button: not button.url)  # a select opens no pages
    shown, rest = usable[: limits.ROW_BUTTONS], usable[limits.ROW_BUTTONS :]
    return [shown, *_chunks(_MENU, [_Entry(button, "") for button in rest if button.action])[: _OWN_ROWS - 1]]


def _button(button: Button, custom_id: str, row: int) -> discord.ui.Button[Controls]:
    label = fit_plain(button.label, limits.BUTTON_LABEL) or "…"
    if button.url:
        return discord.ui.Button(label=label, url=_link(button), row=row)
    return discord.ui.Button(label=label, style=_STYLES[button.style], custom_id=custom_id, row=row)


def _select(placeholder: str, entries: Sequence[_Entry], custom_id: str, row: int) -> discord.ui.Select[Controls]:
    same = len({entry.button.label for entry in entries}) == 1
    options = [_option(entry, same and not placeholder.startswith(_MENU)) for entry in entries]
    text = fit_plain(placeholder, limits.PLACEHOLDER)
    return discord.ui.Select(custom_id=custom_id, placeholder=text, options=options, row=row)


def _option(entry: _Entry, by_owner: bool) -> discord.SelectOption:
    label = fit_plain(entry.button.label, limits.OPTION_TEXT) or "…"
    owner = fit_plain(entry.owner, limits.OPTION_TEXT)
    if by_owner and owner:
        return discord.SelectOption(label=owner, value=entry.button.action)
    return discord.SelectOption(label=label, value=entry.button.action, description=owner or None)


def _link(button: Button) -> str:
    return web_url(button.url, limits.BUTTON_URL)


def _title(card: Card) -> str:
    return plain(card.title)
