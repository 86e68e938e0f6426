"""Bytes of others as text, whatever they say they are: declarations are often missing and sometimes wrong."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: How "<" or "{" or any ASCII sign looks at the beginning of what has no mark.
_WIDE = (
    (re.compile(rb"[\x09-\x7e]\0\0\0[\x09-\x7e]\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0[\x09-\x7e]\0\0\0[\x09-\x7e]", re.DOTALL), "utf-32-be"),
    (re.compile(rb"[\x09-\x7e]\0[\x09-\x7e]\0", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\0[\x09-\x7e]\0[\x09-\x7e]", re.DOTALL), "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_IN_DOCUMENT = re.compile(rb"(?:<\?xml[^>]*?encoding|<meta[^>]*?charset)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
#: What is declared, and what is meant: the larger sets that writers of the smaller ones really use.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
#: Codecs that are no character sets of documents, or that hide markup.
_UNFIT = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_HIGH = re.compile(rb"[\x80-\xff]")
#: Bytes that are looked at to find out.
_SAMPLE = 64 * 1024


def decoded(document: bytes, content_type: str = "") -> str:
    """The text of ``document``. ``content_type`` is the header it came with. Never raises: the last resort is Western European.

    What is valid UTF-8 is UTF-8, whatever is declared: hardly any text in another set is by chance. Then counts what the header says, then
    the document, then what it looks like.
    """
    for mark, name in _MARKS:
        if document.startswith(mark):
            return document[len(mark) :].decode(name, "replace")
    for look, name in _WIDE:
        if look.match(document):
            return document.decode(name, "replace")
    declared = [name for name in (_declared_in_header(content_type), _declared_in(document)) if name]
    # Some sets of Japan and China use seven bits, so that they are valid UTF-8 too.
    for name in declared if b"\x1b" in document or b"~{" in document else ():
        if name.startswith(("iso2022", "hz")):
            return document.decode(name, "replace")
    for name in ("utf-8", *declared, _guessed(document)):
        try:
            return document.decode(name)
        except UnicodeDecodeError:
            continue
    return document.decode("cp1252", "replace")


def _declared_in_header(content_type: str) -> str:
    found = _IN_HEADER.search(content_type)
    return _known(found[1]) if found else ""


def _declared_in(document: bytes) -> str:
    found = _IN_DOCUMENT.search(document[:1024])
    return _known(found[1].decode("ascii", "replace")) if found else ""


def _known(name: str) -> str:
    """Python's name for a character set; empty for one it does not know, or should not."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        return ""
    return "" if codec.name in _UNFIT else _MEANT.get(codec.name, codec.name)


def _guessed(document: bytes) -> str:
    """What the bytes that are no ASCII look like. Where they are single letters in words of ASCII, it is a Western language."""
    sample = document[:_SAMPLE]
    words = [word for word in _WORD.findall(sample) if _HIGH.search(word)]
    foreign = sum(len(_HIGH.findall(word)) for word in words)
    if foreign * 2 < sum(map(len, words)):
        return "cp1252"
    import chardet  # it loads its tables, and is needed rarely

    found = chardet.detect(sample)["encoding"]
    return (_known(found) if found else "") or "cp1252"
