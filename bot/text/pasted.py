"""Which papers a message names: by links and ids, however they were pasted."""

from __future__ import annotations

import re

from bot.domain.papers import parse_key

#: More papers than this in one message are a reading list, not a question.
MOST = 5
_CANDIDATE = re.compile(
    r"https?://[^\s<>|\"'`\\]+"
    r"|\barxiv:?\s*(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?"
    r"|\bpmid:?\s*\d{1,9}\b"
    r"|(?<![\w./-])(?:\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?![\w-]|\.\d)"
    r"|\b10\.\d{4,9}/[^\s<>|\"'`\\]+",
    re.IGNORECASE,
)


def pasted_keys(text: str) -> list[str]:
    """Identity keys of the papers that a text names, each once, in order, at most ``MOST``.

    >>> pasted_keys("see <https://arxiv.org/abs/2510.19811v2|this>, and doi:10.1000/182.")
    ['arxiv:2510.19811', 'doi:10.1000/182']
    """
    found = (parse_key(_trimmed(candidate[0])) for candidate in _CANDIDATE.finditer(text[:20_000]))
    return list(dict.fromkeys(key for key in found if key))[:MOST]


def _trimmed(candidate: str) -> str:
    """Without the punctuation of the sentence around it; a bracket stays where it is opened inside."""
    candidate = candidate.rstrip(".,;:!?*_~")
    for opening, closing in ("()", "[]", "{}"):
        while candidate.endswith(closing) and candidate.count(closing) > candidate.count(opening):
            candidate = candidate[:-1].rstrip(".,;:!?*_~")
    return candidate
