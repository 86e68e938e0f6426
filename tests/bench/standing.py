"""Subscriptions drawn from the papers as many people would make them: some ask for the same, and are one rule then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

from bot.domain.papers import Paper
from bot.text.analysis import words

_SEED = 20260507
#: Of 20: words, phrases of two and of three words, combinations, authors, categories with or without a word.
_SHARES = (3, 7, 2, 3, 4, 1)
_LETTERS = 4


def subscriptions(papers: Sequence[Paper], number: int) -> Iterator[str]:
    """``number`` queries as typed; the same ones in every run."""
    random = Random(_SEED)
    titles = Counter(word for paper in papers for word in {word for word in words(paper.title) if _usable(word)})
    ranked = [word for word, _ in titles.most_common()]
    common, rare = ranked[: max(len(ranked) // 100, 3)], ranked[len(ranked) // 100 :] or ranked

    def texts() -> list[str]:
        paper = random.choice(papers)
        return words(paper.abstract if random.random() < 0.8 else paper.title)

    def phrase(length: int) -> str:
        found = texts()
        start = random.randrange(max(len(found) - length, 0) + 1)
        part = found[start : start + length]
        return f'"{" ".join(part)}"' if len(part) == length and all(map(_usable, part)) else ""

    def combined() -> str:
        one, two, without = (random.choice(rare) for _ in range(3))
        return random.choice((f"({one} OR {two}) {random.choice(common)} -{without}", f"{one} {random.choice(common)} -{without}"))

    def author() -> str:
        authors = random.choice(papers).authors
        name = random.choice(authors).name if authors else ""
        return f'by:"{name}"' if " " in name and name.replace(" ", "").replace(".", "").replace("-", "").isalpha() else ""

    def category() -> str:
        categories = random.choice(papers).categories
        return f"in:{categories[0]} {random.choice((random.choice(rare), random.choice(common)))}" if categories else ""

    kinds: tuple[Callable[[], str], ...] = (lambda: random.choice(rare), lambda: phrase(2), lambda: phrase(3), combined, author, category)
    weighed = [kind for kind, share in zip(kinds, _SHARES, strict=True) for _ in range(share)]
    drawn = tries = 0
    while drawn < number and tries < 100 * number:
        tries += 1
        if text := random.choice(weighed)():
            drawn += 1
            yield text


def _usable(word: str) -> bool:
    return len(word) >= _LETTERS and word.isascii() and word.isalpha()
