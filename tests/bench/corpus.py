"""The corpus sample, and queries and standing rules drawn from the papers themselves: the same ones in every run."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.domain.papers import Paper
from bot.errors import BadInput
from bot.query.language import author_query, parse_query
from bot.sources.files.jsonl import read_jsonl
from bot.text.analysis import words

VARIABLE = "PAPERCRIER_TEST_DATA"
_FILE = Path("corpus") / "papers-sample.jsonl.gz"
_SEED = 20260421
#: Shorter words are left to those who write stop lists.
_LETTERS = 5


def corpus_file() -> Path:
    """Raises ``BadInput`` that says what to set."""
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        raise BadInput(f"{VARIABLE} is not set", f"let it name the folder that holds {_FILE}")
    path = Path(folder) / _FILE
    if not path.is_file():
        raise BadInput(f"{path} is not there", f"let {VARIABLE} name the folder that holds {_FILE}")
    return path


def load_text(path: Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def load_papers(text: str) -> list[Paper]:
    """As ``papercrier import`` would read them: not normalised yet."""
    return list(read_jsonl(text, name=_FILE.name).papers)


def spread(papers: Sequence[Paper], number: int) -> list[Paper]:
    """``number`` papers at even distances: old and new ones, those full of formulas and those without."""
    number = min(number, len(papers))
    return [papers[index * len(papers) // number] for index in range(number)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A query. ``needles`` are what ``LIKE`` would look for, all of them; none where ``LIKE`` has no words for it."""

    kind: str
    text: str
    needles: tuple[str, ...] = ()


class Drawing:
    """Draws from ``papers``. Words come from titles, ranked by how many titles have them."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers
        self._random = Random(_SEED)
        counts: Counter[str] = Counter()
        for paper in papers:
            counts.update({word for word in words(paper.title) if _usable(word)})
        ranked = [word for word, _ in counts.most_common()]
        if len(ranked) < 3:
            raise ValueError("no words to draw from")
        size = len(ranked)
        self._common = ranked[: max(size // 200, 1)]
        mid = ranked[size // 50 : size // 8]
        self._mid = mid if len(mid) >= 3 else ranked
        self._rare = ranked[size // 2 :]

    def queries(self, number: int) -> list[Drawn]:
        """``number`` different queries, every kind in turn."""
        kinds = (
            self._one("common", lambda: self._random.choice(self._common)),
            self._one("mid", lambda: self._random.choice(self._mid)),
            self._one("rare", lambda: self._random.choice(self._rare)),
            self._one("prefix", lambda: self._random.choice(self._mid)[:5], suffix="*"),
            self._two_words,
            self._phrase,
            self._author,
            self._category,
            self._boolean,
            self._dated,
        )
        return self._distinct(kinds, number)

    def rules(self, number: int) -> list[str]:
        """``number`` different standing queries in canonical form.

        Of 20: 3 words, 8 phrases, 3 combinations, 4 authors, 2 categories with a common word.
        """
        kinds = (
            *[self._one("mid", lambda: self._random.choice(self._mid))] * 3,
            *[self._phrase] * 8,
            *[self._boolean] * 3,
            *[self._author] * 4,
            *[self._category] * 2,
        )
        return [parse_query(drawn.text).canonical for drawn in self._distinct(kinds, number)]

    def _distinct(self, kinds: Sequence[Callable[[], Drawn | None]], number: int) -> list[Drawn]:
        found: dict[str, Drawn] = {}
        for turn in range(number * 50):
            if len(found) == number:
                break
            if drawn := kinds[turn % len(kinds)]():
                found.setdefault(parse_query(drawn.text).canonical, drawn)
        return list(found.values())

    def _one(self, kind: str, choose: Callable[[], str], suffix: str = "") -> Callable[[], Drawn]:
        def draw() -> Drawn:
            word = choose()
            return Drawn(kind=kind, text=word + suffix, needles=(word,))

        return draw

    def _two_words(self) -> Drawn:
        pair = (self._random.choice(self._common), self._random.choice(self._mid))
        return Drawn(kind="two words", text=" ".join(pair), needles=pair)

    def _phrase(self) -> Drawn | None:
        title = words(self._random.choice(self._papers).title)
        length = self._random.choice((2, 2, 3))
        starts = [at for at in range(len(title) - length + 1) if all(map(_usable, title[at : at + length]))]
        if not starts:
            return None
        start = self._random.choice(starts)
        phrase = " ".join(title[start : start + length])
        return Drawn(kind="phrase", text=f'"{phrase}"', needles=(phrase,))

    def _author(self) -> Drawn | None:
        authors = self._random.choice(self._papers).authors
        if not authors:
            return None
        name = self._random.choice(authors).name
        if not name.isascii() or not all(part.strip(".-").isalpha() for part in name.replace("-", " ").split()) or " " not in name:
            return None
        try:
            return Drawn(kind="author", text=author_query(name), needles=(name,))
        except BadInput:
            return None

    def _category(self) -> Drawn | None:
        categories = self._random.choice(self._papers).categories
        return Drawn(kind="category", text=f"{self._random.choice(self._common)} in:{categories[0]}") if categories else None

    def _boolean(self) -> Drawn:
        one, two, without = self._random.sample(self._mid, 3)
        return Drawn(kind="boolean", text=f"({one} OR {two}) {self._random.choice(self._common)} -{without}")

    def _dated(self) -> Drawn | None:
        day = self._random.choice(self._papers).date
        return Drawn(kind="dated", text=f"{self._random.choice(self._common)} since:{day}") if day else None


def _usable(word: str) -> bool:
    return len(word) >= _LETTERS and word.isascii() and word.isalpha()
