"""A last count before a message leaves, made on the payload itself and independent of how it was built.

Each problem has the path and the code that Discord itself would answer with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.discord import limits

BUTTON, SELECT, ROW, TEXT_INPUT, TEXT_DISPLAY, LABEL = 2, 3, 1, 4, 10, 18
LINK_STYLE = 5


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def check_message(payload: Mapping[str, Any]) -> list[Problem]:
    """Everything Discord would refuse in a message payload; empty when it is fine."""
    content = payload.get("content") or ""
    embeds: Sequence[Mapping[str, Any]] = payload.get("embeds") or ()
    rows: Sequence[Mapping[str, Any]] = payload.get("components") or ()
    problems = [*_longest("content", content, limits.CONTENT), *_embeds(embeds), *_components(rows)]
    if not content.strip() and not any(_shows(embed) for embed in embeds):
        problems.append(Problem("", "EMPTY", "Cannot send an empty message"))
    return problems


def check_modal(payload: Mapping[str, Any]) -> list[Problem]:
    """Everything Discord would refuse in a form; empty when it is fine."""
    parts: Sequence[Mapping[str, Any]] = payload.get("components") or ()
    problems = [*_between("title", payload.get("title") or "", limits.MODAL_TITLE)]
    problems += _between("custom_id", payload.get("custom_id") or "", limits.CUSTOM_ID)
    if not 1 <= len(parts) <= limits.MODAL_PARTS:
        problems.append(Problem("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limits.MODAL_PARTS} in length."))
    ids: set[str] = set()
    for index, part in enumerate(parts):
        path = f"components.{index}"
        if part.get("type") == TEXT_DISPLAY:
            problems += _between(f"{path}.content", part.get("content") or "", limits.MODAL_ANSWER)
            continue
        if part.get("type") != LABEL:
            problems.append(Problem(f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({TEXT_DISPLAY}, {LABEL})."))
            continue
        inner: Mapping[str, Any] = part.get("component") or {}
        problems += _between(f"{path}.label", (part.get("label") or "").strip(), limits.MODAL_LABEL)
        problems += _longest(f"{path}.description", part.get("description") or "", limits.MODAL_HINT)
        problems += _question(f"{path}.component", inner)
        if inner.get("custom_id") in ids:
            problems.append(Problem(f"{path}.component.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id is duplicated"))
        ids.add(inner.get("custom_id") or "")
    return problems


def _question(path: str, part: Mapping[str, Any]) -> Iterator[Problem]:
    if part.get("type") == SELECT:
        yield from _select(path, part)
        options = part.get("options") or ()
        least, most = part.get("min_values", 1), part.get("max_values", 1)
        if not 0 <= least <= most <= len(options) or most < 1 or (part.get("required", True) and least < 1):
            yield Problem(path, "SELECT_COMPONENT_VALUES_INVALID", "min_values and max_values do not fit the options")
        if sum(bool(option.get("default")) for option in options) > most:
            yield Problem(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "More options are chosen than may be")
    elif part.get("type") == TEXT_INPUT:
        longest = part.get("max_length", limits.MODAL_ANSWER)
        yield from _between(f"{path}.custom_id", part.get("custom_id") or "", limits.CUSTOM_ID)
        yield from _longest(f"{path}.placeholder", part.get("placeholder") or "", limits.MODAL_HINT)
        if not 1 <= longest <= limits.MODAL_ANSWER:
            yield Problem(f"{path}.max_length", "NUMBER_TYPE_MAX", f"Must be between 1 and {limits.MODAL_ANSWER}.")
        yield from _longest(f"{path}.value", part.get("value") or "", longest)
    else:
        yield Problem(f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({SELECT}, {TEXT_INPUT}).")


def embed_size(embed: Mapping[str, Any]) -> int:
    """What an embed adds to ``limits.EMBED_TOTAL``."""
    return sum(_units(text) for _, text, _ in _embed_texts(embed))


def _embeds(embeds: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if len(embeds) > limits.EMBEDS:
        yield Problem("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {limits.EMBEDS} or fewer in length.")
    addresses: set[str] = set()
    for index, embed in enumerate(embeds):
        path = f"embeds.{index}"
        for name, text, longest in _embed_texts(embed):
            yield from _longest(f"{path}.{name}", text, longest)
            if name.startswith("fields.") and not text.strip():
                yield Problem(f"{path}.{name}", "BASE_TYPE_REQUIRED", "This field is required")
        if len(embed.get("fields") or ()) > limits.EMBED_FIELDS:
            yield Problem(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", f"Must be {limits.EMBED_FIELDS} or fewer in length.")
        address = embed.get("url") or ""
        if address:
            yield from _address(f"{path}.url", address, limits.EMBED_URL)
            if address in addresses:  # Discord would merge the two and hide the second
                yield Problem(f"{path}.url", "EMBED_URL_DUPLICATED", "Another embed has this url.")
            addresses.add(address)
    if sum(embed_size(embed) for embed in embeds) > limits.EMBED_TOTAL:
        yield Problem("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {limits.EMBED_TOTAL}")


def _embed_texts(embed: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    yield "title", embed.get("title") or "", limits.EMBED_TITLE
    yield "description", embed.get("description") or "", limits.EMBED_DESCRIPTION
    yield "footer.text", (embed.get("footer") or {}).get("text") or "", limits.EMBED_FOOTER
    yield "author.name", (embed.get("author") or {}).get("name") or "", limits.EMBED_AUTHOR
    for index, field in enumerate(embed.get("fields") or ()):
        yield f"fields.{index}.name", field.get("name") or "", limits.EMBED_FIELD_NAME
        yield f"fields.{index}.value", field.get("value") or "", limits.EMBED_FIELD_VALUE


def _shows(embed: Mapping[str, Any]) -> bool:
    return any(text.strip() for _, text, _ in _embed_texts(embed)) or bool(embed.get("image") or embed.get("thumbnail"))


def _components(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if len(rows) > limits.ROWS:
        yield Problem("components", "BASE_TYPE_MAX_LENGTH", f"Must be {limits.ROWS} or fewer in length.")
    ids: set[str] = set()
    for index, row in enumerate(rows):
        path = f"components.{index}"
        parts: Sequence[Mapping[str, Any]] = row.get("components") or ()
        if row.get("type") != ROW:
            yield Problem(f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({ROW},).")
        elif not 1 <= len(parts) <= limits.ROW_BUTTONS:
            yield Problem(f"{path}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limits.ROW_BUTTONS} in length.")
        if len(parts) > 1 and any(part.get("type") != BUTTON for part in parts):
            yield Problem(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
        for place, part in enumerate(parts):
            here = f"{path}.components.{place}"
            yield from _select(here, part) if part.get("type") == SELECT else _button(here, part)
            custom_id = part.get("custom_id")
            if custom_id is not None:
                if custom_id in ids:
                    yield Problem(f"{here}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
                ids.add(custom_id)


def _button(path: str, button: Mapping[str, Any]) -> Iterator[Problem]:
    if button.get("type") != BUTTON:
        yield Problem(f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({BUTTON}, {SELECT}).")
    if not (button.get("label") or "").strip() and not button.get("emoji"):
        yield Problem(f"{path}.label", "BUTTON_COMPONENT_MISSING_LABEL", "A button needs a label or an emoji")
    yield from _longest(f"{path}.label", button.get("label") or "", limits.BUTTON_LABEL)
    if button.get("style") == LINK_STYLE:
        yield from _address(f"{path}.url", button.get("url") or "", limits.BUTTON_URL)
    else:
        yield from _between(f"{path}.custom_id", button.get("custom_id") or "", limits.CUSTOM_ID)


def _select(path: str, select: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _between(f"{path}.custom_id", select.get("custom_id") or "", limits.CUSTOM_ID)
    yield from _longest(f"{path}.placeholder", select.get("placeholder") or "", limits.PLACEHOLDER)
    options: Sequence[Mapping[str, Any]] = select.get("options") or ()
    if not 1 <= len(options) <= limits.OPTIONS:
        yield Problem(f"{path}.options", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limits.OPTIONS} in length.")
    values: set[str] = set()
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        yield from _between(f"{here}.label", (option.get("label") or "").strip(), limits.OPTION_TEXT)
        yield from _between(f"{here}.value", option.get("value") or "", limits.OPTION_TEXT)
        yield from _longest(f"{here}.description", option.get("description") or "", limits.OPTION_TEXT)
        if option.get("value") in values:
            yield Problem(f"{here}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
        values.add(option.get("value") or "")


def _longest(path: str, text: str, longest: int) -> Iterator[Problem]:
    if _units(text) > longest:
        yield Problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")


def _between(path: str, text: str, longest: int) -> Iterator[Problem]:
    if not 1 <= _units(text) <= longest:
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {longest} in length.")


def _address(path: str, address: str, longest: int) -> Iterator[Problem]:
    yield from _longest(path, address, longest)
    if not address.startswith(("http://", "https://")) or any(character.isspace() for character in address):
        yield Problem(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
