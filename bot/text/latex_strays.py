"""Braces and dollars that mean nothing: those that lost their other half on the way into a form, and those around running text."""

from __future__ import annotations

import re

#: The dollar of a formula whose other end is missing. An amount of money has a number beside it, a name a capital letter behind it.
_STRAY_DOLLAR = re.compile(
    r"(?<=[^\W\dA-Z_])(?<!US)\$(?=[\s.,;:)\]]|$)(?!\s?\d)|(?<=[)\]}°×⁰¹²³⁴-⁹])\$(?=[\s.,;:)]|$)(?!\s?\d)"
    r"|(?<=\b[A-Za-z])\$(?=[\s.,;:)\]]|$)(?!\s?\d)|(?<=\b[A-Za-z])\$(?=[a-z]{2})|(?<=\d)\$(?=%|x\b)"
)
#: The brace before a system of equations, whose other end nobody writes, with the "%" that ended its line.
_SYSTEM = re.compile(r"\{ ?%? ?")


def without_strays(text: str) -> str:
    """``text`` without braces and dollars that lost their other half: no reader misses them."""
    if "$" in text:
        text = _STRAY_DOLLAR.sub(
            lambda found: " " if text[found.end() : found.end() + 1].isalpha() and text[found.start() - 1].isalpha() else "", text
        )
    opened: list[int] = []
    alone: list[int] = []
    for found in re.finditer(r"[{}]", text):
        if found[0] == "{":
            opened.append(found.start())
        elif opened:
            opened.pop()
        else:
            alone.append(found.start())
    for place in sorted((*alone, *opened), reverse=True):
        system = _SYSTEM.match(text, place)
        before, after = text[:place], text[system.end() if system else place + 1 :]
        text = before + (" " if system and before[-1:] == ")" and system[0] != "{" else "") + after
    return text


def is_prose(text: str) -> bool:
    """Whether what stands in braces is a piece of running text, and no set: many words, and few commas between them."""
    words = len(re.findall(r"[^\W\d_]{4,}", text))
    return words >= 5 and text.count(",") + text.count(";") < words / 3
