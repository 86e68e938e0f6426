"""Documents made to break whoever reads them, and what they cost: ``python -m tests.torture.documents 1000`` prints it as JSON."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from bot.errors import SourceError
from bot.sources.arxiv.api import parse_answer
from bot.sources.arxiv.listing import parse_listing
from bot.sources.arxiv.oai import parse_harvest
from bot.sources.arxiv.rss import parse_feed
from bot.sources.feeds.entry import FeedOptions
from bot.sources.feeds.reader import read_feed
from bot.sources.files.source import read_document
from bot.sources.listing.source import read_page_of_papers
from bot.sources.parsing.parser import ParseLimits, Parser

TODAY = date(2026, 11, 20)
_FEED: dict[str, Any] = {"options": FeedOptions(name="feed", today=TODAY), "base": "https://feed.example/"}
_FILE: dict[str, Any] = {"name": "file", "today": TODAY}
#: What reads documents of others, each with the options it wants.
_XML: tuple[tuple[Callable[..., object], dict[str, Any]], ...] = (
    (read_feed, _FEED),
    (parse_feed, {}),
    (parse_answer, {}),
    (parse_harvest, {}),
)
_PAGES = ((parse_listing, {}), (read_page_of_papers, _FILE), (read_feed, _FEED))
_FILES = ((read_document, _FILE),)
_WORDS = (
    "tide",
    "paper",
    "gödel",
    "π",
    "@everyone",
    "<!channel>",
    "a" * 200,
    "\u202e",
    "\u0301" * 50,
    "&amp;",
    "$x_{1}$",
    "{",
    "\\",
    "')--",
    "\x00",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hostile:
    kind: str
    function: Callable[..., object]
    options: dict[str, Any]
    document: bytes


def documents(random: Random) -> Iterator[Hostile]:
    """Without end: every kind in turn, each time of another size and shape."""
    kinds = (
        *(
            (kind, _XML)
            for kind in (laughs, quadratic, external, nested, attributes, many_items, long_author, long_text, half, charsets, noise, spaces)
        ),
        *((kind, _PAGES) for kind in (markup, nested_html, long_lines, seams)),
        *((kind, _FILES) for kind in (deep_json, long_json, braces, strings, names, records, cells, mail)),
        (packed, ((read_feed, _FEED),)),
        (json_feed, ((read_feed, _FEED),)),
    )
    while True:
        for make, readers in kinds:
            function, options = random.choice(readers)
            yield Hostile(kind=make.__name__, function=function, options=options, document=make(random))


def _size(random: Random, most: int) -> int:
    """Small ones often, large ones now and then."""
    return int(most ** random.uniform(0.4, 1.0))


def _item(title: str, inside: str = "") -> str:
    return f"<item><title>{title}</title><link>https://arxiv.org/abs/2604.00001</link><description>x</description>{inside}</item>"


def _rss(inside: str, before: str = "") -> bytes:
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0"?>{before}<rss version="2.0" {space}><channel>{inside}</channel></rss>'.encode("utf-8", "replace")


def laughs(random: Random) -> bytes:
    depth, width = random.randint(5, 30), random.randint(2, 12)
    entities = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * width}">' for level in range(1, depth))
    return _rss(_item(f"&a{depth - 1};"), f'<!DOCTYPE rss [<!ENTITY a0 "ha">{entities}]>')


def quadratic(random: Random) -> bytes:
    return _rss(_item("&a;" * _size(random, 50_000)), f'<!DOCTYPE rss [<!ENTITY a "{"x" * _size(random, 50_000)}">]>')


def external(random: Random) -> bytes:
    target = random.choice(("file:///etc/passwd", "http://127.0.0.1:9/x", "/proc/self/environ", "https://feed.example/evil.dtd"))
    declared = random.choice((f'<!ENTITY a SYSTEM "{target}">', f'<!ENTITY % a SYSTEM "{target}"> %a;'))
    return _rss(_item("&a;"), f'<!DOCTYPE rss SYSTEM "{target}" [{declared}]>')


def nested(random: Random) -> bytes:
    tag = random.choice(("a", "div", "item", "x:y", "b"))
    depth = _size(random, 150_000)
    inside = f"<{tag}>" * depth + "x" + f"</{tag}>" * (depth if random.random() < 0.5 else 0)
    return _rss(_item("deep", random.choice((inside, f"<description><![CDATA[{inside}]]></description>"))))


def attributes(random: Random) -> bytes:
    many = " ".join(f'a{number}="{"x" * random.randint(0, 20)}"' for number in range(_size(random, 60_000)))
    return _rss(_item("many", f"<x {many}/>"))


def many_items(random: Random) -> bytes:
    return _rss(_item("one of many") * _size(random, 20_000))


def long_author(random: Random) -> bytes:
    author = random.choice(("a" * 16, "a@", "((((", "a, ", "a and ", "a; ", "<a>", "et al. ", "(1) ", "a.b@c.d ")) * _size(random, 8_000)
    return _rss(_item("authors", f"<author>{author.replace('<', '&lt;')}</author><dc:creator>{author.replace('<', '&lt;')}</dc:creator>"))


def long_text(random: Random) -> bytes:
    piece = random.choice(
        ("<p>", "&lt;a href=", "&amp;" * 5, "&#x41;", "<!--", "<![CDATA[", "arXiv:", "10.1234/", "https://a/", "$", "{", "\\textit{", "'")
    )
    return _rss(_item(random.choice(_WORDS), f"<content:encoded>{(piece * _size(random, 100_000)).replace('<', '&lt;')}</content:encoded>"))


def half(random: Random) -> bytes:
    whole = _rss("".join(_item(random.choice(_WORDS)) for _ in range(200)))
    return whole[: random.randrange(len(whole))]


def charsets(random: Random) -> bytes:
    declared = random.choice(("utf-7", "utf-16", "utf-32", "ebcdic-cp-us", "koi8-r", "zlib", "x" * 500, "unicode_escape", "iso-2022-jp"))
    item = _item("Привет ÿ \x1b$B")
    text = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel>{item}</channel></rss>'
    return text.encode(random.choice(("utf-8", "utf-16", "koi8-r", "cp1251", "utf-32")), "replace") + random.randbytes(random.randrange(4))


def noise(random: Random) -> bytes:
    document = bytearray(_rss("".join(_item(random.choice(_WORDS)) for _ in range(random.randint(1, 300)))))
    for _ in range(random.randint(1, 200)):
        place = random.randrange(len(document))
        document[place : place + random.randint(0, 5)] = random.randbytes(random.randint(0, 5))
    return bytes(document)


def spaces(random: Random) -> bytes:
    many = "".join(f'<n{number}:a xmlns:n{number}="u{number}"/>' for number in range(_size(random, 30_000)))
    return _rss(_item(" \t\n" * _size(random, 200_000), many))


def markup(random: Random) -> bytes:
    piece = random.choice(
        ("<h3>Thu, 19 Nov 2026", "<a href=", "<script>", "<!--", "<", "&lt", "</dl>", "<dt>arXiv:2604.00001", "<![CDATA[")
    )
    return f"<html><body>{piece * _size(random, 200_000)}".encode()


def nested_html(random: Random) -> bytes:
    tag = random.choice(("div", "script", "svg", "ul", "table"))
    return f"<html>{f'<{tag}>' * _size(random, 200_000)}x".encode()


def long_lines(random: Random) -> bytes:
    return (
        random.choice(("word ", "Ada Lovelace, ", "(", "https://a/x(https://a/x", "CLMay 28", "· ", "arXiv:")) * _size(random, 150_000)
    ).encode()


def seams(random: Random) -> bytes:
    names = ", ".join(
        "".join(random.choice(("Mc", "De", "O'", "van ", "AI", "X", "ing", ".", "-")) for _ in range(30))
        for _ in range(_size(random, 3000))
    )
    return f"CLMay 28\nA Title{names}\n{'word ' * 50}.\n".encode()


def deep_json(random: Random) -> bytes:
    opened = random.choice(("[", '{"a":', '[{"title":'))
    return b'{"title": "x"}\n{"title": ' + (opened * _size(random, 300_000)).encode()


def long_json(random: Random) -> bytes:
    value = random.choice(
        ("9" * 5000, "1e999", '"' + "\\ud800" * 5000 + '"', '"' + "x" * 300_000 + '"', "[" + "1," * 50_000 + "1]", '{"a": null}')
    )
    name = random.choice(("title", "authors", "links", "submitted", "version", "keys", "votes"))
    return (f'{{"title": "x", "{name}": {value}}}\n' * _size(random, 20)).encode()


def json_feed(random: Random) -> bytes:
    item = random.choice(
        ('{"title": "x"}', "[" * 500 + "]" * 500, '{"title": ' + '"x' * 1000 + '"}', "null", '{"content_html": "' + "<div>" * 1000 + '"}')
    )
    return f'{{"version": "https://jsonfeed.org/version/1", "items": [{",".join([item] * _size(random, 5000))}]}}'.encode()


def packed(random: Random) -> bytes:
    inner = b" " * random.choice((1_000, 9_000_000, 50_000_000))
    return gzip.compress(inner, mtime=0)[: random.choice((None, 200, 20))]


def braces(random: Random) -> bytes:
    piece = random.choice(("{", "}", "{\\a", '"', "{a}", "\\", "$", "#", "@a{b,", "a = {", '" # "'))
    return ("@article{a, title = {" + piece * _size(random, 100_000) + random.choice(("}}", ""))).encode()


def strings(random: Random) -> bytes:
    depth, width = random.randint(3, 40), random.randint(2, 12)
    declared = "\n".join(f"@string{{a{level} = {' # '.join([f'a{level - 1}'] * width)}}}" for level in range(1, depth))
    return f'@string{{a0 = "ha"}}\n{declared}\n@article{{x, title = a{depth - 1}}}'.encode()


def names(random: Random) -> bytes:
    piece = random.choice((" and ", "{and} ", "a, ", "a ", ", , ", "{", "\\'{e}", "von ", "family=a, "))
    return ("@article{a, title = {b}, author = {" + piece * _size(random, 60_000) + "}}").encode()


def records(random: Random) -> bytes:
    piece = random.choice(
        ("TY  - JOUR\n", "TI  - x\n", "ER  - \n", "      more\n", "AU  - a; " * 50 + "\n", "TY  -" * 10, "PMID- 1\n", "PT J\n")
    )
    return b"TY  - JOUR\n" + (piece * _size(random, 60_000)).encode()


def cells(random: Random) -> bytes:
    piece = random.choice((",", '"', '""', "\n", "x,y\n", '"x\n', ";", "Lovelace, A.; ", "\0"))
    return b"title,authors,year\n" + (piece * _size(random, 300_000)).encode()


def mail(random: Random) -> bytes:
    piece = random.choice(("\\\\\n", "arXiv:2604.00001\n", "Date: Thu\n", "Authors: a (1) ((1) b)\n", "-" * 80 + "\n", "  goes on\n"))
    return b"\\\\\narXiv:2604.00001\nTitle: x\n" + (piece * _size(random, 50_000)).encode()


@dataclass(slots=True)
class Costs:
    """What the documents came to. Seconds are of computing, megabytes over what a new child has."""

    documents: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds_given_up: Counter[str] = field(default_factory=Counter)
    most_seconds: float = 0.0
    most_megabytes: float = 0.0
    children: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


async def endure(number: int, seed: int, limits: ParseLimits) -> Costs:
    """Read so many hostile documents, and an honest one after each that was given up. Runs in a process without other children."""
    costs, parser, random, began = Costs(), Parser(limits), Random(seed), time.monotonic()
    meter = _Meter()
    try:
        await _honest(parser)
        baseline = _peak(parser)
        for hostile in documents(random):
            if parser.process is None:
                # So that what a new child costs is not counted for a document.
                await _honest(parser)
            before = parser.process
            meter.begin(before)
            try:
                await parser.run(hostile.function, hostile.document, **hostile.options)
                outcome = "read"
            except SourceError as error:
                outcome = _outcome(str(error))
                if outcome == "fault":
                    costs.problems.append(f"{hostile.kind}: {error}"[:300])
            except Exception as error:
                outcome = "crashed"
                costs.problems.append(f"{hostile.kind}: {type(error).__name__}: {error}"[:300])
            costs.outcomes[outcome] += 1
            costs.documents += 1
            costs.most_seconds = max(costs.most_seconds, meter.seconds(parser.process))
            if outcome not in ("read", "refused"):
                costs.kinds_given_up[hostile.kind] += 1
                if not await _honest(parser):
                    costs.problems.append(f"after {hostile.kind} an honest feed was not read")
            costs.children += parser.process != before
            if costs.documents >= number:
                break
    finally:
        await parser.close()
    costs.most_megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 - baseline
    costs.seconds = time.monotonic() - began
    return costs


async def _honest(parser: Parser) -> bool:
    """Whether an ordinary feed is read as it should be."""
    reading = await parser.run(read_feed, _rss(_item("honest")), **_FEED)
    return [paper.title for paper in reading.papers] == ["honest"]


def _outcome(text: str) -> str:
    for words, outcome in (
        ("seconds of computing", "time"),
        ("MB to be read", "memory"),
        ("nested too deep", "depth"),
        ("broke the process", "broke"),
    ):
        if words in text:
            return outcome
    return "fault" if "could not be read (" in text or "nonsense" in text else "refused"


class _Meter:
    """Computing seconds of one child between two moments, whether it lives or not."""

    def begin(self, process: int | None) -> None:
        self._process, self._at_first = process, _computing(process)
        self._dead = _of_the_dead()

    def seconds(self, process: int | None) -> float:
        if process == self._process:
            return _computing(process) - self._at_first
        return max(0.0, _of_the_dead() - self._dead - self._at_first)


def _computing(process: int | None) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _of_the_dead() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peak(parser: Parser) -> float:
    """Megabytes."""
    status = Path(f"/proc/{parser.process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main(number: int, seed: int, cpu: float) -> None:
    costs = asyncio.run(endure(number, seed, ParseLimits(cpu=cpu)))
    told = {name: getattr(costs, name) for name in Costs.__dataclass_fields__}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 1, float((sys.argv[3:] or ["1.9"])[0]))
