"""What is left of LaTeX in the titles and abstracts of a corpus once they were made readable, and whether a word was eaten on the way."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.papers import fold
from bot.text.normalise import readable

CORPUS = Path("corpus") / "papers-sample.jsonl.gz"

#: Signs that a reader of plain text stumbles over, each class with what it looks like; the first that fits counts.
_CLASSES: tuple[tuple[str, bool, re.Pattern[str]], ...] = (
    # What a reader needs to see.
    ("an amount of money", True, re.compile(r"\$(?=\s?[\d.]*\d)|(?<=US)\$|(?<=\d)\$(?!\w)|(?<=/)\$|(?<=\(in )\$|(?<=~)\$")),
    ("a set", True, re.compile(r"[{}]")),
    ("a control character that is quoted", True, re.compile(r"\\[nrt](?=\\[nrt]|[^A-Za-z]|$)")),
    # What should not be there.
    ("a command", False, re.compile(r"\\[A-Za-z]+")),
    ("a backslash", False, re.compile(r"\\")),
    ("a dollar sign", False, re.compile(r"\$")),
    ("an unpaired brace", False, re.compile(r"[{}]")),
    ("braces around running text", False, re.compile(r"[{}]")),
)
_SIGN = re.compile(r"[\\${}]")
_SHOWN = 30

_MATH = re.compile(r"\$\$?[^$]*\$\$?|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
#: Commands whose argument is no text, accents, and the names of all others.
_NO_TEXT = re.compile(
    r"\\(?:begin|end|label|(?:eq|page|auto|c|C)?ref|v?space|hspace|vspace|color|textcolor|pagestyle|cite\w*)\*?\s*(?:\[[^\]]*\])?\{[^{}]*\}|&[A-Za-z]+;|(?<=\{array\})\{[^{}]*\}"
)
_ACCENT = re.compile(r"\\(?:[`'^\"~=.]|[uvHtcdbkr](?![A-Za-z])(?!\s*\{?[A-Za-z]{2}))\s*\{?(?:\\(?=[ij]\b))?([A-Za-z])\}?")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?")
_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass
class Remainder:
    """Texts looked at, and what was found in them: class -> places as (id, field, the sign with what stands around it)."""

    texts: int = 0
    found: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    #: Words of the source that the readable text has not.
    eaten: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def raw(self) -> set[tuple[str, str]]:
        """Texts with anything that should not be there."""
        return {(paper, name) for kind, fine, _ in _CLASSES if not fine for paper, name, _ in self.found[kind]}

    @property
    def share(self) -> float:
        return 1 - len(self.raw) / self.texts if self.texts else 1.0


def remainder(papers: Iterable[tuple[str, str, str]]) -> Remainder:
    """``papers`` are id, name of the field, and its text as the source has it."""
    result = Remainder()
    for paper, name, text in papers:
        result.texts += 1
        clean = readable(text)
        for kind, sign, at in classes(clean):
            result.found[kind].append((paper, name, clean[max(0, at - 30) : at + len(sign) + 30]))
        if word := eaten(text, clean):
            result.eaten.append((paper, name, word))
    return result


def classes(text: str) -> Iterator[tuple[str, str, int]]:
    """Each sign of a readable text that might be LaTeX: its class, itself, where it stands. Braces that pair are one."""
    unpaired = _unpaired(text)
    for sign in _SIGN.finditer(text):
        if sign[0] == "}" and sign.start() not in unpaired:
            continue
        if sign[0] in "{}":
            yield ("an unpaired brace" if sign.start() in unpaired else _braced(text, sign.start())), sign[0], sign.start()
            continue
        for kind, _, pattern in _CLASSES:
            if "brace" not in kind and "set" not in kind and pattern.match(text, sign.start()):
                yield kind, sign[0], sign.start()
                break


def _braced(text: str, start: int) -> str:
    """A set has commas, relations or a single thing in it; running text has words."""
    inner = re.match(r"\{([^{}]*)", text[start:])
    words = re.findall(r"[^\W\d_]{4,}", inner[1]) if inner else []
    return "braces around running text" if inner and len(words) > 4 and inner[1].count(",") * 3 < len(words) else "a set"


def _unpaired(text: str) -> set[int]:
    opened: list[int] = []
    alone: set[int] = set()
    for sign in re.finditer(r"[{}]", text):
        if sign[0] == "{":
            opened.append(sign.start())
        elif opened:
            opened.pop()
        else:
            alone.add(sign.start())
    return alone | set(opened)


def eaten(source: str, clean: str) -> str:
    """The first word of a source, outside formulas and names of commands, that is not in the readable text; "" when all are."""
    if not _SIGN.search(source):
        return ""
    there = "".join(fold(clean).split())
    body = _COMMAND.sub(" ", _ACCENT.sub(r"\1", _NO_TEXT.sub(" ", _MATH.sub(" ", source))))
    return next((word for word in _WORD.findall(body) if fold(word) not in there), "")


def corpus(folder: Path) -> Iterator[tuple[str, str, str]]:
    with gzip.open(folder / CORPUS, "rt", encoding="utf-8") as file:
        for line in file:
            paper = json.loads(line)
            yield paper["id"], "title", paper["title"]
            yield paper["id"], "abstract", paper["abstract"]


def report(result: Remainder) -> str:
    """Counts by class, and what should not be there in full."""
    lines = [f"{result.texts:,} titles and abstracts, {result.share:.3%} without raw commands, braces or dollar signs", ""]
    lines += ["| what is left | texts | meant to be there |", "|---|---|---|"]
    for kind, fine, _ in _CLASSES:
        texts = Counter((paper, name) for paper, name, _ in result.found[kind])
        lines.append(f"| {kind} | {len(texts):,} | {'yes' if fine else 'no'} |")
    lines.append(f"| a word that was eaten | {len(result.eaten):,} | no |")
    lines.append("")
    for kind, fine, _ in _CLASSES:
        if not fine:
            lines += [f"{kind}: {paper} {name}: {around}" for paper, name, around in result.found[kind][:_SHOWN]]
    lines += [f"a word that was eaten: {paper} {name}: {word}" for paper, name, word in result.eaten[:_SHOWN]]
    return "\n".join(lines)
