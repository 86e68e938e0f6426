"""Two sentences that tell what a paper does and what came out, taken from its abstract; and those that answer a search."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from bot.domain.papers import Paper
from bot.text.analysis import stems
from bot.text.highlight import Sought, places

LIMIT = 320
#: Room for less than this is better left empty than filled with half a sentence.
_WORTH_BEGINNING = 80

#: A sentence may end here, if what stands before is no abbreviation.
_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\Wa-z_]|\$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|et al|cf|vs|viz|resp|approx|ca|figs?|eqs?|eqns?|secs?|sect|refs?|tabs?|thm|lem|prop|ch|chap|vol|no|nos|pp?"
    r"|dr|prof|mr|mrs|ms|st|u\.s|[^\W\d_])\.$",
    re.IGNORECASE,
)
#: A single capital letter at the end may close a sentence when this follows.
_OPENING = re.compile(r"(?:We|Our|The|This|These|In|It|To|A|An|Here|However|Moreover|Finally|By|For)\b")

_DOES = re.compile(
    r"\bwe (?:\w+ly )?(?:also )?(?:propose|present|introduce|develop|describe|design|build|devise|release|study|investigate|examine"
    r"|explore|analy[sz]e|consider|address|tackle|solve|formulate|construct|derive|compare|evaluate|revisit|ask|report|survey|review"
    r"|give|provide|offer|define|extend|generali[sz]e|apply|argue|characteri[sz]e)\b"
    r"|\bthis (?:paper|work|article|study|survey|thesis|letter|note|report)\b"
    r"|\bin this (?:paper|work|article|study|survey|letter|note),? |\bhere,? we\b"
    r"|\b(?:is|are) (?:proposed|introduced|presented|developed|investigated|studied|described|derived)\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\bwe (?:\w+ly )?(?:also )?(?:show|find|found|demonstrate|prove|observe|obtain|achieve|establish|conclude|confirm|reveal|discover)\b"
    r"|\b(?:results?|experiments?|evaluations?|simulations?|findings|analys[ie]s|data) (?:\w+ ){0,4}"
    r"(?:show|demonstrate|indicate|suggest|reveal|confirm)"
    r"|\b(?:outperform|surpass|exceed)\w*|\bstate[- ]of[- ]the[- ]art\b|\b(?:achiev|improv|reduc|increas|yield)(?:es|ed|ing|e|ements?)\b"
    r"|\b(?:is|are) (?:shown|found|demonstrated|proved|obtained)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d\s*(?:%|percent|×|x\b|times\b|points?\b|sigma\b|σ)|\bup to \d|\b\d+\.\d+\b", re.IGNORECASE)


def summarise(paper: Paper, limit: int = LIMIT) -> str:
    """At most ``limit`` characters: the paper's own summary, else the two most telling sentences of its abstract."""
    if paper.summary:
        return _leading(paper.summary, limit)
    return extract(paper.abstract, limit)


def extract(text: str, limit: int = LIMIT) -> str:
    """The sentence that says what is done and the one that says what came out, in the order of the text."""
    found = [sentence for sentence, _ in _read(text)]
    if not found:
        return ""
    # Of equals the first sentence tells what is done, the last one what came out.
    first = max(range(len(found)), key=lambda index: (_does(found[index]), -index))
    others = [index for index in range(len(found)) if index != first]
    results = sorted((index for index in others if _shows(found[index])), key=lambda index: (-_shows(found[index]), -index))
    # Without a result, what follows the first sentence closest says most.
    rest = sorted(set(others).difference(results), key=lambda index: (index < first, abs(index - first)))
    for second in (*results, *rest):
        pair = " ".join(found[index] for index in sorted((first, second)))
        if len(pair) <= limit:
            return pair
        room = limit - len(found[first]) - 1
        if second > first and room >= _WORTH_BEGINNING and second == (*results, *rest)[0]:
            return f"{found[first]} {cut(found[second], room)}"
    return cut(found[first], limit)


def telling_sentences(text: str, wanted: Sought, count: int = 2, limit: int = LIMIT) -> str:
    """The ``count`` sentences of ``text`` that hold most of what is ``wanted``, at most ``limit`` characters.

    Sentences left out between them are marked with an ellipsis. Without any match it is the ``extract``.
    """
    read = _read(text)
    found = [sentence for sentence, _ in read]
    weights = [len({one[start:end].casefold() for start, end in places(one, roots, wanted)}) for one, roots in read]
    matching = [index for index, weight in enumerate(weights) if weight]
    best = sorted(matching, key=lambda index: (-weights[index], -_does(found[index]) - _shows(found[index]), index))[:count]
    while len(best) > 1 and len(_joined(found, best)) > limit:
        best.pop()
    if not best:
        return extract(text, limit)
    joined = _joined(found, best)
    return joined if len(joined) <= limit else _around(joined, min(places(joined, stems(joined), wanted))[0], limit)


def _joined(found: list[str], chosen: list[int]) -> str:
    ordered = sorted(chosen)
    joined = found[ordered[0]]
    for before, index in pairwise(ordered):
        joined += (" " if index == before + 1 else " … ") + found[index]
    return joined


def _around(sentence: str, match: int, limit: int) -> str:
    """A piece of a long sentence with its first match in it."""
    if match < limit // 2:
        return cut(sentence, limit)
    start = sentence.rfind(" ", 0, match - limit // 3) + 1
    return "…" + cut(sentence[start:], limit - 1)


@lru_cache(maxsize=1_000)
def _read(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The sentences of a text, each with its stems. Kept for the texts shown last, some 7 kB each: what one person finds, others find."""
    return tuple((sentence, tuple(stems(sentence))) for sentence in sentences(text))


def sentences(text: str) -> list[str]:
    """The sentences of a running text; white space is evened out. Abbreviations, initials and decimals end none."""
    text = " ".join(text.split())
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.end()].strip()
        if _ends(sentence, text[end.end() : end.end() + 12]):
            found.append(sentence)
            start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def _ends(sentence: str, following: str) -> bool:
    if not (short := _ABBREVIATION.search(sentence[-12:])):
        return True
    # "of type B. We show": a letter, but also an end.
    return len(short[0].strip(" ([")) == 2 and _OPENING.match(following) is not None


@lru_cache(maxsize=4_000)
def _does(sentence: str) -> int:
    return 1 if _DOES.search(sentence) else 0


@lru_cache(maxsize=4_000)
def _shows(sentence: str) -> int:
    shows = len(_SHOWS.findall(sentence))
    return min(shows, 2) + (1 if shows and _FIGURE.search(sentence) else 0)


def _leading(text: str, limit: int) -> str:
    """As many whole sentences as fit, else the beginning of the first one."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or cut(text, limit)


def cut(text: str, limit: int) -> str:
    """``text`` within ``limit`` characters, ended between two words by an ellipsis."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - 1, 0)]
    if not text[len(kept)].isspace() and " " in kept:
        kept = kept[: kept.rindex(" ")]
    return kept.rstrip(" ,;:–—-([{") + "…"
