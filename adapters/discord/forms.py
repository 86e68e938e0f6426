"""Forms -> modals, and back from a modal that was sent to its answers.

A modal's ``custom_id`` is ``f:<name>:<state>``, each question's is the name of its field. Nothing is kept here, so a form that was
opened before a restart is answered like any other. Modals propose nothing while typing: what would be looked up is a line of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.markup import fit_plain
from adapters.discord.render import short_text
from adapters.kit import clean_lines, shorten, utf16
from bot.domain.forms import Field, Form
from bot.domain.requests import Choice, Submission

_ROW, _LABEL = 1, 18
#: Stands for the choice of nothing: Discord takes no empty value.
_NOTHING = "-"


class Modal(discord.ui.Modal):
    """A form to be opened. The library is not to keep it: what is sent is read from the interaction itself."""

    def is_finished(self) -> bool:
        return True


def modal(form: Form) -> Modal:
    """``form`` within Discord's limits."""
    made = Modal(title=fit_plain(form.title, limits.MODAL_TITLE) or "…", custom_id=f"f:{form.name}:{form.state}", timeout=None)
    for field in form.fields:
        made.add_item(_question(field))
    if form.estimate is not None and len(form.fields) < limits.MODAL_PARTS and (text := short_text(form.estimate, limits.MODAL_TEXT)):
        made.add_item(discord.ui.TextDisplay(text))
    return made


def filled(data: Mapping[str, Any]) -> Submission | None:
    """The answers of a modal that was sent; ``None`` when it is none of ours."""
    mark, _, rest = str(data.get("custom_id", "")).partition(":")
    name, _, state = rest.partition(":")
    if mark != "f" or not name:
        return None
    return Submission(verb=name, values=dict(_answers(data.get("components") or ())), state=state)


def _answers(parts: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part in parts:
        if part.get("type") == _LABEL:
            yield from _answers([part.get("component") or {}])
        elif part.get("type") == _ROW:
            yield from _answers(part.get("components") or ())
        elif "values" in part:
            yield str(part["custom_id"]), tuple(str(value) for value in part["values"] or () if value != _NOTHING)
        elif "value" in part:
            value = str(part["value"] or "")
            yield str(part["custom_id"]), (value,) if value.strip() else ()


def _question(field: Field) -> discord.ui.Label[Modal]:
    hint = fit_plain(field.hint, limits.MODAL_HINT)
    label = fit_plain(field.label, limits.MODAL_LABEL) or "…"
    options = _options(field)
    if options:
        most = len(options) if field.kind == "choices" else 1
        select: discord.ui.Select[Modal] = discord.ui.Select(
            custom_id=field.name, options=options, min_values=1 if field.required else 0, max_values=most, required=field.required
        )
        return discord.ui.Label(text=label, description=hint or None, component=select)
    longest = max(1, min(field.longest, limits.MODAL_ANSWER))
    value = "\n".join(clean_lines("\n".join(field.values))) if field.kind == "lines" else " ".join(field.values)
    value = shorten(value, longest, utf16) if field.kind == "lines" else fit_plain(value, longest)
    line: discord.ui.TextInput[Modal] = discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if field.kind == "lines" else discord.TextStyle.short,
        placeholder=hint or None,
        default=value or None,
        required=field.required,
        max_length=longest,
    )
    # Where something stands in the line already, its hint would not be seen.
    return discord.ui.Label(text=label, description=hint if value and hint else None, component=line)


def _options(field: Field) -> list[discord.SelectOption]:
    """The choices of a question, those that are chosen at first before all that have no room; empty for a question without choices."""
    if field.kind not in ("choice", "choices"):
        return []
    known: dict[str, Choice] = {}
    for choice in field.choices:
        choice = replace(choice, value=choice.value or _NOTHING)
        if fit_plain(choice.value, limits.OPTION_TEXT) == choice.value:  # Discord refuses a form for one bad value
            known.setdefault(choice.value, choice)
    chosen = [value for value in (one or _NOTHING for one in field.values) if value in known][
        : 1 if field.kind == "choice" else limits.OPTIONS
    ]
    kept = {*chosen, *[value for value in known if value not in chosen][: limits.OPTIONS - len(chosen)]}
    return [
        discord.SelectOption(label=fit_plain(choice.name, limits.OPTION_TEXT) or value, value=value, default=value in chosen)
        for value, choice in known.items()
        if value in kept
    ]
