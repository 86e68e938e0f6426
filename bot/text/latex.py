r"""LaTeX as it stands in titles, abstracts and names -> readable Unicode.

Made for text that people typed into a form, not for documents: unknown commands are reduced to what they hold, money and Windows
paths stay as they are, nothing is dropped that a reader would miss, and no input is an error. What comes out goes through unchanged.
"""

from __future__ import annotations

import re
import unicodedata

from bot.text import latex_signs as signs
from bot.text.latex_strays import is_prose, without_strays

#: Only text with one of these can change; everything else passes at the price of a few searches.
_SUSPECT = ("\\", "$", "{", "}", "`", "~", "--", "''")
#: Commands made of literal signs (``\$x\$``) may uncover others: read again until nothing changes, at most this often.
_PASSES = 8
_DEEPEST = 40

_TOKEN = re.compile(
    r"""
      (?P<url>https?://(?:[^\s{}\\$<>"|]|\\[_%\#&~^-])+)
    | (?P<path>(?<![A-Za-z])[A-Z]:\\[\w.-]+(?:\\[\w.-]+)*\\?(?![{\\]))
    | (?P<dollar>\$\$?)
    | (?P<command>\\(?:[A-Za-z]+|.))
    | (?P<brace>[{}])
    | (?P<script>[\^_])
    | (?P<tie>~)
    | (?P<dashes>-{2,})
    | (?P<quote>``|''|`)
    | (?P<column>&)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([_%#&~^-])")
#: A formula that was cut off, and not an amount of money.
_UNCLOSED = re.compile(r"[^\s\d]*[\\^_{]")
_INNER_STOP = re.compile(r"[\\{$]")
_LOOSE = re.compile(r"(?<=[(\[]) +| +(?=[)\],;])| +(?= )")
_BLANKS = re.compile(r"\s*")
#: Inside braces: a set or interval, which the reader needs to see as one.
_SET = re.compile(r"\w\W*[,;|:=<>…]\W*\w|[^.]\.\.")
_LONE = re.compile(r"^\s|\s$|^\w$|^[\d\s.]+$|[,;|:=<>…]")


def to_unicode(text: str) -> str:
    r"""``text`` with its LaTeX turned into readable Unicode; plain text comes back as it is. Never raises.

    >>> to_unicode(r"Sorting in $\mathcal{O}(n\log n)$ by Bal\'azs")
    'Sorting in O(n log n) by Balázs'
    """
    for _ in range(_PASSES):
        if not any(sign in text for sign in _SUSPECT):
            break
        before, text = text, unicodedata.normalize("NFC", _Reader(text).render(0, len(text), math=False))
        if text == before:  # only now is a sign without its other half a stray one
            text = without_strays(text)
            if text == before:
                break
    return text


class _Reader:
    """One pass over one text. ``render`` works on ranges of it, so that braces are paired once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.closing: dict[int, int] = {}
        stack: list[int] = []
        for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
            if found[0] == "{":
                stack.append(found.start())
            elif found[0] == "}" and stack:
                self.closing[stack.pop()] = found.start()
        self.closers = set(self.closing.values())
        self.depth = 0

    def render(self, start: int, end: int, *, math: bool) -> str:
        if self.depth > _DEEPEST:
            return self.text[start:end]
        self.depth += 1
        out: list[str] = []
        position = start
        while position < end:
            found = _TOKEN.search(self.text, position, end)
            if not found:
                break
            out.append(self.text[position : found.start()])
            last = _last(out)
            piece, position = self._token(found, end, math, last)
            out.append(piece[1:] if piece[:1] == " " and last.isspace() else piece)
            if piece[-1:] == " ":
                position = min(_skip(self.text, position, end), end)
        out.append(self.text[position:end])
        self.depth -= 1
        return "".join(out)

    def _token(self, found: re.Match[str], end: int, math: bool, last: str) -> tuple[str, int]:
        """What stands for the token and where reading goes on. ``last``: the character written before it."""
        kind, token, after = found.lastgroup, found[0], found.end()
        following = self.text[after : after + 1] if after < end else ""
        if kind == "url":
            return self._url(token, after, end)
        if kind == "path" and (math or re.split(r"[^A-Za-z]", token[3:])[0] in signs.table() | signs.KNOWN):
            return token[:2], found.start() + 2
        if kind == "command":
            return self._command(token[1:], after, end, math, last)
        if kind == "dollar":
            return self._dollar(token, found.start(), end, math, last)
        if kind == "brace":
            return self._brace(found.start(), end, math, last)
        if kind == "script" and (math or following in ("{", "\\")) and (argument := self._argument(after, end)):
            return _script(token, self.render(*argument[:2], math=True).strip()), argument[2]
        if kind == "tie":
            keep = not math and (
                not last or not following or last in " /([{<>=" or following.isspace() or (last.isdigit() and following.isdigit())
            )
            return ("~" if keep else " "), after
        if kind == "dashes" and not math and len(token) < 4 and following != ">" and last != "<" and last.isspace() == following.isspace():
            return ("–" if len(token) == 2 else "—") if last and following else token, after
        if kind == "quote" and not math:
            return self._quote(token, after, end, last)
        return ("" if kind == "column" and math else token), after

    def _url(self, token: str, after: int, end: int) -> tuple[str, int]:
        """An address as it is; the same address once more in braces behind it is left out."""
        url = _ESCAPED.sub(r"\1", token)
        if self.text.startswith("{", after) and after in self.closing and _same(self.text[after + 1 : self.closing[after]], url):
            after = self.closing[after] + 1
        return url, min(after, end)

    def _quote(self, token: str, after: int, end: int, last: str) -> tuple[str, int]:
        if token[0] == "`" and len(token) == 2:
            return "“", after
        if token[0] == "'":
            return ("”" if last and not last.isspace() and "``" in self.text[:after] else token), after
        close = self.text.find("'", after, min(end, after + 80))
        inner = self.text[after:close]
        if close > after and "`" not in inner and not inner[0].isspace() and not self.text[close + 1 : close + 2].isalnum():
            return f"‘{self.render(after, close, math=False)}’", close + 1
        return token, after

    def _dollar(self, token: str, start: int, end: int, math: bool, last: str) -> tuple[str, int]:
        after = start + len(token)
        if math:
            return "", after
        close = self._find_dollar(after, end, token)
        if close < 0 and len(token) == 2:
            return ("$$" if after >= end or not self.text[after:end].strip() else ""), after
        if close < 0 or (len(token) == 1 and not _is_math(self.text[after:close], last, self.text[close + 1 : close + 2])):
            return ("" if close < 0 and _UNCLOSED.match(self.text, after, end) else token), after
        formula = _LOOSE.sub("", self.render(after, close, math=True))
        before = " " if formula[:1].isspace() and last.isalnum() else ""
        behind = " " if formula[-1:].isspace() and self.text[close + len(token) : close + len(token) + 1].isalnum() else ""
        return before + formula.strip() + behind, close + len(token)

    def _find_dollar(self, position: int, end: int, token: str) -> int:
        """Where the formula ends that begins at ``position``; dollars within braces belong to texts inside it. -1: nowhere."""
        while found := _INNER_STOP.search(self.text, position, end):
            position = found.end()
            if found[0] == "$":
                if self.text.startswith(token, found.start()):
                    return found.start()
            elif found[0] == "\\":
                position += 1
            elif self.closing.get(found.start(), end) < end:
                position = self.closing[found.start()] + 1
        return -1

    def _brace(self, start: int, end: int, math: bool, last: str) -> tuple[str, int]:
        close = self.closing.get(start, -1)
        if not start < close < end:
            stray = start not in self.closers and not math and not last.isalnum()
            return (
                self.text[start] if stray and self.text[start] == "{" and not self.text[start + 1 : start + 2].isalnum() else ""
            ), start + 1
        inner = self.text[start + 1 : close]
        content = self.render(start + 1, close, math=math)
        attached = last.isalnum() or self.text[close + 1 : close + 2].isalnum()
        literal = "\\" not in inner and "$" not in inner and not inner.startswith("http") and not is_prose(inner)
        if not math and literal and (_SET.search(inner) or (not attached and _LONE.search(inner))):
            return f"{{{content}}}", close + 1
        return content, close + 1

    def _argument(self, position: int, end: int) -> tuple[int, int, int] | None:
        """The range of the next argument and the place behind it: a group, a command with its groups, or one character."""
        position = _skip(self.text, position, end)
        if position >= end or self.text[position] in "}$&":
            return None
        if self.text[position] == "{":
            close = self.closing.get(position, end)
            return (position + 1, close, close + 1) if close < end else None
        stop = position + 1
        if self.text[position] == "\\" and (found := re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL).match(self.text, position, end)):
            stop = found.end()
            while self.closing.get(stop, end) < end:
                stop = self.closing[stop] + 1
        return position, stop, stop

    def _groups(self, position: int, end: int, limit: int = 9) -> tuple[list[tuple[int, int]], int]:
        """Up to ``limit`` groups in braces that follow at once, and the place behind them."""
        groups: list[tuple[int, int]] = []
        while len(groups) < limit and self.closing.get(position, end) < end:
            groups.append((position + 1, self.closing[position]))
            position = self.closing[position] + 1
        return groups, position

    def _command(self, name: str, after: int, end: int, math: bool, last: str) -> tuple[str, int]:
        if not name.isalpha():
            return self._sign(name, after, end, math)
        if name in signs.ACCENTS and not math:
            return self._accent(name, after, end)
        if name in signs.LETTERS and not (math and len(name) == 1 and name not in "ij"):
            groups, after = self._groups(after, end, 1)
            inner = "".join(self.render(*group, math=math) for group in groups)
            return signs.LETTERS[name] + inner, after if groups or math else _skip(self.text, after, end)
        if name in signs.MATH_ACCENTS and (argument := self._argument(after, end)):
            return _combine(self.render(*argument[:2], math=math), signs.MATH_ACCENTS[name]), argument[2]
        if self.text.startswith("*", after) and self.closing.get(after + 1, end) < end:
            after += 1
        if special := self._special(name, after, end, math):
            return special
        symbol = signs.USER_SETS.get(name) if math else None
        symbol = symbol or (None if name in signs.FUNCTIONS or name in signs.STYLES else signs.table().get(name))
        if symbol is not None:
            return symbol, self._behind(symbol, after, end, math, last)
        if name in signs.FUNCTIONS:
            return _spaced(name, last), after
        groups, behind = self._groups(after, end)
        if groups:
            inner = " ".join(filter(None, (self.render(*group, math=math and name not in signs.TEXT) for group in groups)))
            return (
                _spaced(inner, last) if name.startswith("operatorname") else inner or ("" if name in signs.STYLES | signs.TEXT else name)
            ), behind
        if name in signs.STYLES or name in signs.TEXT or name.startswith(("math", "text")) or (after < end and self.text[after] == "{"):
            dot = name in ("left", "right") and self.text.startswith(".", after)
            return "", after + 1 if dot else _skip(self.text, after, end)
        if math or len(name) > 1 or name.isupper():
            return _spaced(name, last) if math else name, after
        return f"\\{name}", after

    def _behind(self, symbol: str, after: int, end: int, math: bool, last: str) -> int:
        """Where to go on behind a symbol: an empty group goes, and in formulas the blank that only ended the command's name."""
        if self.closing.get(after) == after + 1:
            after += 2
        elif math:
            place = _skip(self.text, after, end)
            if place < end and place > after and (last not in ("", " ") or symbol[-1:].isalpha()) and self.text[place].isalnum():
                return place
        return after

    def _sign(self, name: str, after: int, end: int, math: bool) -> tuple[str, int]:
        if name in "([":
            close = self.text.find("\\)" if name == "(" else "\\]", after, end)
            return (self.render(after, close, math=True).strip(), close + 2) if close >= 0 else (name, after)
        if name in signs.ACCENTS:
            return self._accent(name, after, end)
        return signs.SIGNS.get(name, name), after

    def _accent(self, name: str, after: int, end: int) -> tuple[str, int]:
        """An accent over what follows. Quotes and letters that would make no letter with an accent stay what they are."""
        argument = self._argument(after, end)
        braced = self.text.startswith("{", _skip(self.text, after, end))
        if argument and (braced or not name.isalpha() or argument[0] > after):
            inner = self.render(*argument[:2], math=False)
            if name.isalpha() and len(inner) > 1:
                return f"{name}{inner}", argument[2]
            accented = _combine(inner[:1], signs.ACCENTS[name]) + inner[1:]
            if braced or (inner and (name.isalpha() or argument[0] == after) and len(unicodedata.normalize("NFC", accented)) == len(inner)):
                return accented, argument[2]
        return f"\\{name}" if name.isalpha() else name, after

    def _special(self, name: str, after: int, end: int, math: bool) -> tuple[str, int] | None:
        """Commands whose arguments mean something of their own; ``None`` when this is not one, or lacks its arguments."""
        if name in signs.DROPPED and (groups := self._groups(_skip(self.text, after, end), end, 1))[0]:
            return self._environment(*groups, end) if name == "begin" else ("", groups[1])
        if name in signs.FRACTIONS and (parts := self._arguments(after, end, 2, math)):
            (above, below), after = parts
            return f"{_bracketed(above)}/{_bracketed(below)}", after
        if name in ("binom", "tbinom", "dbinom") and (parts := self._arguments(after, end, 2, math)):
            return "({} choose {})".format(*parts[0]), parts[1]
        if name == "sqrt":
            root = re.compile(r"\s*\[([^\]{}$]*)\]").match(self.text, after, end)
            if parts := self._arguments(root.end() if root else after, end, 1, math):
                power = _script("^", root[1]) if root and root[1] != "2" else ""
                return f"{power}√{_bracketed(parts[0][0])}", parts[1]
        if name in ("mathbb", "Bbb", "mathds", "mathbbm") and (parts := self._arguments(after, end, 1, math)):
            inner = parts[0][0]
            return "".join(map(_double_struck, inner)) if len(inner) == 1 else inner, parts[1]
        if name in ("url", "path", "href") and (groups := self._groups(after, end, 2 if name == "href" else 1))[0]:
            return self._link(*groups)
        if name in signs.COLOURED and len((groups := self._groups(after, end, 2))[0]) == 2:
            return self.render(*groups[0][1], math=math), groups[1]
        if name in ("textsuperscript", "textsubscript") and (parts := self._arguments(after, end, 1, math=False)):
            return _script("^" if "super" in name else "_", parts[0][0]), parts[1]
        if name == "not" and (parts := self._arguments(after, end, 1, math)):
            return unicodedata.normalize("NFC", parts[0][0][:1] + "\u0338") + parts[0][0][1:], parts[1]
        if name.startswith("cite") and (found := re.compile(r"(\s*\[[^\]]*\])+(?=\{)").match(self.text, after, end)):
            after = found.end()
        if (name.startswith("cite") or name in ("footnote", "tag")) and (groups := self._groups(after, end, 1))[0]:
            inner = self.render(*groups[0][0], math=False)
            return f" ({inner})" if name == "footnote" else f"({inner})" if name == "tag" else f"[{inner}]", groups[1]
        if name == "unicode" and (found := re.compile(r"\{x((?!d[89a-f])[0-9a-f]{2,5})\}", re.IGNORECASE).match(self.text, after, end)):
            return chr(int(found[1], 16)), found.end()
        return None

    def _environment(self, groups: list[tuple[int, int]], after: int, end: int) -> tuple[str, int]:
        """What ``\\begin{name}`` opens: formulas to their end, of others only the name goes."""
        name = self.text[slice(*groups[0])]
        if name in ("array", "tabular"):
            return "", self._groups(after, end, 1)[1]
        close = self.text.find(f"\\end{{{name}}}", after, end) if name.rstrip("*") in signs.FORMULAS else -1
        return (self.render(after, close, math=True).strip(), close + len(name) + 6) if close >= 0 else ("", after)

    def _link(self, groups: list[tuple[int, int]], after: int) -> tuple[str, int]:
        url = _ESCAPED.sub(r"\1", self.text[slice(*groups[0])].strip())
        label = self.render(*groups[1], math=False).strip() if len(groups) > 1 else ""
        return (url if not label or _same(label, url) else f"{label} ({url})"), after

    def _arguments(self, position: int, end: int, count: int, math: bool) -> tuple[list[str], int] | None:
        ranges: list[tuple[int, int]] = []
        for _ in range(count):
            argument = self._argument(position, end)
            if argument is None:
                return None
            ranges.append(argument[:2])
            position = argument[2]
        return [self.render(*part, math=math).strip() for part in ranges], position


def _last(out: list[str]) -> str:
    return next((piece[-1] for piece in reversed(out) if piece), "")


def _skip(text: str, position: int, end: int) -> int:
    """The first place from ``position`` on that holds no white space."""
    found = _BLANKS.match(text, position, end)
    return found.end() if found else position


def _same(label: str, url: str) -> bool:
    """Whether a label only repeats the address it stands for."""
    bare = [re.sub(r"^(https?://)?(www\.)?|[/.,]+$|\\", "", text.strip()) for text in (label, url)]
    return bare[0].lower() == bare[1].lower()


def _is_math(inner: str, last: str, following: str) -> bool:
    """Whether what stands between two dollars is a formula and not the way from one amount of money to the next."""
    if not inner.strip():
        return False
    if re.search(r"[\\^_{}]", inner):
        return True
    words = inner.split()
    if re.search(r"[=<>≤≥]", inner) and len(inner) < 80 and not following.isdigit() and not re.search(r"[^\W\d_]{4}", inner):
        return True
    if inner[0].isdigit() and len(words) > 1 and re.search(r"[^\W\d_]{2}", inner):
        return len(words) == 2 and words[0].replace(".", "").isdigit() and not inner[-1].isspace() and not following.isdigit()
    if inner[0].isspace() or inner[-1].isspace():
        longest = 5 if inner[0].isspace() and inner[-1].isspace() else 1
        return len(words) <= longest and not last.isalnum() and not inner[0].isdigit()
    return not following.isdigit() or inner[0].isalpha() or not any(sign.isalnum() for sign in inner)


def _combine(text: str, accent: str) -> str:
    """``text`` with an accent when it is one letter (or one with an accent already), else as it is."""
    bare = {"ı": "i", "ȷ": "j"}.get(text, text)
    single = bool(bare) and bare[0].isalpha() and all(unicodedata.combining(sign) for sign in bare[1:])
    return unicodedata.normalize("NFC", bare + accent) if single else text


def _double_struck(sign: str) -> str:
    if sign in signs.DOUBLE_STRUCK:
        return signs.DOUBLE_STRUCK[sign]
    return chr(ord("𝔸") + ord(sign) - ord("A")) if "A" <= sign <= "Z" else sign


def _bracketed(text: str) -> str:
    """``text``, in parentheses when it is more than one term."""
    return text if re.fullmatch(r"[^\W_]?[\w.]*['′]?|\([^()]*\)", text) else f"({text})"


def _spaced(word: str, last: str) -> str:
    return f" {word}" if last.isalnum() or last == ")" else word


def _script(mark: str, text: str) -> str:
    """A superscript or subscript: small signs where Unicode has all of them, else ``^word`` or ``^(words and signs)``."""
    if not text:
        return ""
    if mark == "^" and text in ("st", "nd", "rd", "th"):
        return text
    small = signs.SUPERSCRIPTS if mark == "^" else signs.SUBSCRIPTS
    if all(sign in small for sign in text) and not (len(text) > 2 and text.isalpha()):
        return "".join(small[sign] for sign in text)
    return f"{mark}{text}" if len(text) == 1 or text.isalnum() else f"{mark}({text})"
