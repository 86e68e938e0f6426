"""Queries drawn from papers, and strings that nobody should type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from bot.domain.papers import Paper
from bot.text.analysis import words
from tests.queries import BEGINNINGS, CATEGORIES, DATES, FACETS, NAMES, SINGLE_NAMES, WORDS

_SIGNS = (">", ">=", "<", "<=", "=")


class Questions:
    """Random queries that some of ``papers`` answer: every form of the language, combined."""

    def __init__(self, random: Random, papers: Sequence[Paper]) -> None:
        self._random = random
        self._papers = papers
        self._leaves: tuple[Callable[[], str], ...] = (
            *(self._word, self._word, self._phrase, self._phrase, self._beginning, self._in_field, self._author, self._author),
            *(self._category, self._facet, self._day, self._votes),
        )

    def draw(self) -> str:
        return self._combined(self._random.choice((0, 1, 1, 2, 3)))

    def _combined(self, depth: int) -> str:
        if not depth:
            return self._random.choice(self._leaves)()
        parts = [self._combined(self._random.randrange(depth)) for _ in range(self._random.randint(1, 3))]
        joined = self._random.choice((" ", " ", " OR ", " | ", " AND ")).join(parts)
        return self._random.choice((joined, joined, f"({joined})", f"-({joined})", f"NOT ({joined})", f"{joined} -{self._word()}"))

    def _text(self) -> str:
        paper = self._random.choice(self._papers)
        return self._random.choice(
            (paper.title, paper.abstract, paper.abstract, paper.comment, " ".join(paper.keywords), *(a.name for a in paper.authors[:2]))
        )

    def _word(self) -> str:
        return self._random.choice([*(self._text().split() or WORDS), *(words(self._text()) or WORDS), self._random.choice(WORDS)])

    def _phrase(self) -> str:
        found = self._text().split() or WORDS
        start = self._random.randrange(len(found))
        return '"' + " ".join(found[start : start + self._random.randint(1, 6)]).replace('"', " ") + '"'

    def _beginning(self) -> str:
        word = self._random.choice(words(self._text()) or BEGINNINGS)
        return f"{word[: self._random.randint(3, 8)]}*"

    def _in_field(self) -> str:
        field = self._random.choice(("title:", "abs:", "comment:", "ti:"))
        return field + self._random.choice((self._word, self._phrase, self._beginning))()

    def _author(self) -> str:
        authors = self._random.choice(self._papers).authors
        name = self._random.choice(authors).name if authors else self._random.choice([*NAMES, *SINGLE_NAMES])
        given, _, family = name.rpartition(" ")
        spelt = self._random.choice((name, name, family, f"{family}, {given}", f"{given[:1]}. {family}", name.lower()))
        return f'{self._random.choice(("by:", "by:", "by:=", "au:"))}"{spelt}"'

    def _category(self) -> str:
        categories = self._random.choice(self._papers).categories or CATEGORIES
        name = self._random.choice(categories)
        return f"{self._random.choice(('in:', 'cat:', 'primary:'))}{self._random.choice((name, name.partition('.')[0] + '.*'))}"

    def _facet(self) -> str:
        paper = self._random.choice(self._papers)
        return self._random.choice((*FACETS, f"id:{paper.key}", *(f'org:"{name}"' for name in paper.organisations)))

    def _day(self) -> str:
        day = self._random.choice(self._papers).date or self._random.choice(DATES)
        return self._random.choice((f"since:{day}", f"until:{day}", f"year:{day.year}", f"year:>{day.year}", "since:30d", "since:2y"))

    def _votes(self) -> str:
        return f"votes:{self._random.choice(_SIGNS)}{self._random.randint(0, 5)}"


_PIECES = (
    *("by:", "in:", "cat:", "title:", "abs:", "since:", "until:", "year:", "votes:", "id:", "has:", "type:", "source:", "org:", "primary:"),
    *(
        " OR ",
        " AND ",
        " NOT ",
        "|",
        "||",
        "&&",
        "-",
        "--",
        "+",
        "!",
        "(",
        ")",
        '"',
        "'",
        "*",
        ":",
        "=",
        "<",
        ">",
        ",",
        ";",
        ".",
        "/",
        "\\",
    ),
    *("“", "”", "„", "«", "»", "‘", "’", "–", "—", "：", "（", "）", "＊", "　", "、", "\u00a0", "\u2028"),
    *("\0", "\x01", "\x08", "\x1b[31m", "\x7f", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\ufffe", "\U000e0041", "\ud800"),
    *(
        "🙂",
        "👩‍🔬",
        "🏳️‍🌈",
        "e\u0301",
        "ﬁ",
        "ß",
        "İ",
        "ı",
        "Ω",
        "①",
        "²",
        "½",
        "٣",
        "ⅷ",
        "ǅ",
        "가",
        "日本語",
        "שלום",
        "مرحبا",
        "नमस्ते",
        "ไทย",
    ),
    *("'; DROP TABLE papers; --", "1=1", "UNION SELECT", "/*", "*/", "0x00", "%", "_", "?1", ":name", "@x", "$1", "{}", "%s", "{0}"),
    *("NEAR(a b, 2)", "{title abstract} : x", "title : x", "^x", 'a"b', "rank MATCH 'bm25()'", "search MATCH", "c_cs_lg", "w_", "_", "a_b"),
    *(
        "2510.19811",
        "arxiv:2510.19811v2",
        "10.1000/xyz",
        "https://doi.org/10.1/a(b)c",
        "hf.co/papers/1",
        "hep-th/9901001",
        "since:99999999d",
    ),
    *(
        "2025-02-30",
        "0000-00-00",
        "9999-12-31",
        "7d",
        ">10",
        "-5",
        "1e309",
        "٣٤",
        "cs.CL",
        "cs.*",
        "cs.C*",
        "...",
        "et al.",
        "van der",
        "Jr.",
    ),
)
_ALPHABET = "abcdefgh ABC 0123 éßÅ"


class Strings:
    """Random strings of every kind that has ever broken a parser or a database."""

    def __init__(self, random: Random, papers: Sequence[Paper]) -> None:
        self._random = random
        self._questions = Questions(random, papers)
        often: tuple[Callable[[], str], ...] = (self._pieces, self._pieces, self._spoilt, self._spoilt, self._characters, self._drawn)
        self._kinds = (*often * 8, self._long, self._many, self._deep, self._unclosed, self._blank)

    def draw(self) -> str:
        return self._random.choice(self._kinds)()

    def _drawn(self) -> str:
        return self._questions.draw()

    def _pieces(self) -> str:
        return "".join(
            self._random.choice(_PIECES) if self._random.random() < 0.7 else self._letters(6) for _ in range(self._random.randint(1, 12))
        )

    def _letters(self, most: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=self._random.randint(0, most)))

    def _spoilt(self) -> str:
        """A query with a few characters lost, doubled, exchanged or put in."""
        text = list(self._questions.draw())
        for _ in range(self._random.randint(1, 4)):
            at = self._random.randrange(len(text) + 1)
            text[at : at + self._random.randint(0, 2)] = self._random.choice(
                (["\0"], ["("], ['"'], [], [self._random.choice(_PIECES)], text[at : at + 3])
            )
        return "".join(text)

    def _characters(self) -> str:
        top = self._random.choice((0x80, 0x250, 0x3000, 0x20000, 0x110000))
        return "".join(chr(self._random.randrange(top)) for _ in range(self._random.randint(1, 40)))

    def _long(self) -> str:
        return (self._pieces() or "x") * 10_000 if self._random.random() < 0.1 else "".join(self._random.choices(_PIECES, k=400))[:512]

    def _many(self) -> str:
        joint = self._random.choice((" ", " OR ", " -", "|", '" "'))
        return joint.join(self._letters(5) or "x" for _ in range(self._random.choice((31, 32, 33, 60, 2_000))))

    def _deep(self) -> str:
        depth = self._random.choice((7, 8, 9, 40, 500, 5_000))
        return (
            "".join(self._random.choice(("(", "-(", "NOT (", "title:(")) for _ in range(depth))
            + "x"
            + ")" * self._random.choice((depth, depth - 1, 0))
        )

    def _unclosed(self) -> str:
        return (
            self._random.choice(('"', "(", "by:", "title:(", "-", "NOT ", "by:=", "votes:>", "“", "'"))
            + self._letters(10)
            + self._random.choice(('"', "", ")", " OR"))
        )

    def _blank(self) -> str:
        return "".join(self._random.choices(" \t\n\r\u00a0\u2003\u200b\0-+|&()\"'*.", k=self._random.randint(0, 6)))
