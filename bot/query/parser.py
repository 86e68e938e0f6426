"""Typed text read into a tree, just as it was typed: ``bot.query.language`` brings the tree into its final form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from bot.domain.papers import parse_key
from bot.domain.queries import And, Node, Not, Or
from bot.errors import BadInput
from bot.query.fields import FIELDS, identifier, make

MAX_DEPTH = 8

_QUOTES = "“”„‟«»″「」『』〝〞＂"
_DASHES = "–—−‐‑‒―"
#: One character for one character, so that positions hold.
_TYPED = str.maketrans(
    {
        **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
        **dict.fromkeys(map(ord, _QUOTES), '"'),
        **dict.fromkeys(map(ord, _DASHES), "-"),
        **dict.fromkeys([*map(ord, "　、。"), *range(0x20), *range(0x7F, 0xA0)], " "),
    }
)
_OPERATORS: dict[str, Literal["and", "or", "not"]] = {
    "and": "and",
    "&": "and",
    "&&": "and",
    "or": "or",
    "not": "not",
    "andnot": "not",  # arXiv's own word
}
#: 'a phrase' in single quotes: they stand at the ends of words, as apostrophes seldom do at both.
_SINGLE_QUOTED = re.compile(r"['‘]([^'‘’\"]+(?:['’]\w[^'‘’\"]*)*)['’](?=[\s()|,;]|$)")
_FIELD = re.compile(r"([^\W\d_]+):")
_VOTES = re.compile(r"votes?\s*(?=[<>=])", re.IGNORECASE)
_WORD_RUN = re.compile(r'[^\s()"|]+')
#: The values of ``in:``, which people also join without naming the field again: in:cs.CL|cs.LG
_CATEGORIES = re.compile(r'[^\s()"|]+(?:\|[a-z-]+\.(?:\*|[a-z]{2}|[a-z]+-[a-z]+)(?![\w:.]))*', re.IGNORECASE)
_COMPARED = re.compile(r"=?[<>]?=?\s*")
_UNIT = re.compile(r"(?:day|week|month|year)s?", re.IGNORECASE)
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
#: A link or an identifier, as far as its beginning tells.
_LINK = re.compile(
    r"https?://|(?:www\.)?(?:arxiv|doi|dx\.doi|openreview|huggingface|alphaxiv)\.[a-z]+/|hf\.co/|(?:arxiv|doi|openreview):(?!\s)|10\.\d{4,9}/"
    r"|\d\d(?:0[1-9]|1[0-2])\.\d{4,5}(?!\w)|\d\d(?:0[1-9]|1[0-2])\.\d{4,5}v\d|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["word", "phrase", "link", "field", "(", ")", "and", "or", "not"]
    text: str
    position: int


def read(text: str) -> Node | None:
    """The tree of a typed query; ``None`` when it holds nothing to look for. Raises ``BadInput``."""
    return _Parser(text).read()


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text)
    #: The field whose value comes next.
    field = ""
    while at < end:
        char = text[at]
        start = at
        if char.isspace():
            at += 1
            continue
        if char in "()":
            yield _Token("(" if char == "(" else ")", char, start)
            at += 1
        elif char == "|":
            at += 1
            yield _Token("or", "|", start)
        elif char == '"':
            close = text.find('"', start + 1)
            if close < 0:
                rest = text[start + 1 :].strip()
                repair = f'did you mean "{rest}"?' if rest else "close it or leave it out"
                raise BadInput(f"unclosed quote at {start + 1}", repair, position=start)
            yield _Token("phrase", text[start + 1 : close], start)
            at = close + 1
        elif quoted := _SINGLE_QUOTED.match(text, at):
            yield _Token("phrase", quoted[1], start)
            at = quoted.end()
        elif char in "-!":
            at += len(text[at:]) - len(text[at:].lstrip("-!+"))
            # A dash between blanks is punctuation.
            if at < end and not text[at].isspace():
                yield _Token("not", "-", start)
                continue
        elif char == "+":
            at += 1
            continue
        elif not field and (named := _field_at(text, at)):
            field, at = named
            yield _Token("field", field, start)
            continue
        else:
            linked = _LINK.match(text, at) is not None
            at = _link_end(text, at) if linked else _word_end(text, at, _CATEGORIES if field in ("in", "primary") else _WORD_RUN)
            run = text[start:at]
            if linked and parse_key(run):
                yield _Token("link", run, start)
            elif (not field or text[start - 1].isspace()) and (operator := _OPERATORS.get(run.casefold())):
                yield _Token(operator, run, start)
            else:
                yield _Token("word", _SCHEME.sub("", run), start)
        field = ""


def _field_at(text: str, at: int) -> tuple[str, int] | None:
    """The field whose name begins here and where its value begins; ``None`` for plain words. Raises for a misspelt one."""
    if found := _VOTES.match(text, at):
        return "votes", found.end()
    found = _FIELD.match(text, at)
    if not found or _LINK.match(text, at):
        return None
    name = found[1].casefold()
    if name in FIELDS:
        return FIELDS[name], found.end()
    ends_here = found.end() == len(text) or text[found.end()].isspace()
    close = get_close_matches(name, filter(FIELDS.get, FIELDS), n=1, cutoff=0.7)
    value = text[found.end() : _word_end(text, found.end())]
    if close:
        repair = f"did you mean {FIELDS[close[0]]}:{value}?"
    elif ends_here:
        # "Attention: all you need": a title, not a field.
        return None
    else:
        repair = f'for the words write "{found[1]} {value}"; fields are {", ".join(dict.fromkeys(filter(None, FIELDS.values())))}'
    raise BadInput(f'there is no field "{found[1]}"', repair, position=at)


def _word_end(text: str, at: int, run: re.Pattern[str] = _WORD_RUN) -> int:
    found = run.match(text, at)
    return found.end() if found else at


def _link_end(text: str, at: int) -> int:
    """Links and DOIs may hold brackets, as long as they are closed."""
    depth = 0
    while at < len(text) and not text[at].isspace() and text[at] not in '"|':
        depth += (text[at] == "(") - (text[at] == ")")
        if depth < 0:
            break
        at += 1
    return at


class _Parser:
    """Reads ``or`` over ``and`` over single parts; operators without a part beside them are passed over."""

    def __init__(self, text: str) -> None:
        self._text = text.translate(_TYPED)
        self._tokens = list(_tokens(self._text))
        self._next = 0

    def read(self) -> Node | None:
        node = self._either("", 0)
        if (token := self._peek()) is not None:
            without = (self._text[: token.position] + self._text[token.position + 1 :]).strip()
            raise BadInput(f"nothing is open for the ) at {token.position + 1}", f"did you mean {without}?", position=token.position)
        return node

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self, field: str, depth: int) -> Node | None:
        branches = [self._all(field, depth)]
        while (token := self._peek()) is not None and token.kind == "or":
            self._take()
            branches.append(self._all(field, depth))
        found = [branch for branch in branches if branch is not None]
        return Or(tuple(found)) if len(found) > 1 else found[0] if found else None

    def _all(self, field: str, depth: int) -> Node | None:
        found: list[Node] = []
        while (token := self._peek()) is not None and token.kind not in ("or", ")"):
            if token.kind == "and":
                self._take()
            elif (part := self._part(field, depth)) is not None:
                found.append(part)
        return And(tuple(found)) if len(found) > 1 else found[0] if found else None

    def _part(self, field: str, depth: int) -> Node | None:
        token = self._take()
        match token.kind:
            case "not":
                following = self._peek()
                if following is None or following.kind in ("or", "and", ")"):
                    raise BadInput("NOT has nothing behind it", "write what to leave out, for example -survey", position=token.position)
                part = self._part(field, depth)
                return None if part is None else Not(part)
            case "(":
                return self._group(token, field, depth + 1)
            case "field":
                return self._field(token, depth)
            case "link":
                return identifier(token.text, token.position)
        return make(field, token.text, quoted=token.kind == "phrase", position=token.position)

    def _group(self, opened: _Token, field: str, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            raise BadInput(f"brackets stand more than {MAX_DEPTH} deep", "write the query with fewer brackets", position=opened.position)
        node = self._either(field, depth)
        if self._peek() is None:
            raise BadInput(f"unclosed bracket at {opened.position + 1}", f"did you mean {self._text.strip()})?", position=opened.position)
        self._take()
        return node

    def _field(self, token: _Token, depth: int) -> Node | None:
        field = token.text
        following = self._peek()
        if following is None or following.kind in (")", "or", "and", "field"):
            return make(field, "", quoted=False, position=token.position)
        if following.kind == "not":
            self._take()
            if field == "votes":
                raise BadInput("no paper has fewer than no votes", "write votes:>10", position=token.position)
            part = self._field(token, depth)
            return None if part is None else Not(part)
        self._take()
        if following.kind == "(":
            return self._group(following, field, depth + 1)
        value = following.text
        after = self._peek()
        if _COMPARED.fullmatch(value) and after is not None and after.kind in ("word", "phrase"):
            # by:="Robin Jia", votes:> 10
            value += self._take().text
        elif field == "since" and value.isdigit() and after is not None and _UNIT.fullmatch(after.text):
            # since:2 weeks
            value += self._take().text
        return make(field, value, quoted=following.kind == "phrase", position=token.position)
