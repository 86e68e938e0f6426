"""BibTeX and BibLaTeX: every entry of a file that has a title becomes a paper. Runs in the parser's child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.domain.papers import Paper
from bot.ports import Batch
from bot.sources.charsets import decoded
from bot.sources.files.citations import Citation, day_of, paper_of
from bot.text.keywords import taken_apart

_ENTRY = re.compile(r"^[ \t]*@[ \t]*(?!comment|string|preamble)[A-Za-z]+[ \t]*[{(]", re.IGNORECASE | re.MULTILINE)
#: Entries that hold something for other entries, and describe no work themselves.
_NO_WORK = frozenset({"xdata", "set", "bibnote", "jabref-meta", "control", "ieeetranbstctl"})
#: An entry between parentheses, or closed by one.
_ROUND = re.compile(r"\s*(@\s*\w+\s*)[({](.*)\)\s*", re.DOTALL)
_DEEPEST_PARENTS = 3
_PROTECTED = re.compile(r"(\\(?:[A-Za-z]+\*?|[^A-Za-z])\s*|[\^_])?(?<!\\)\{((?:[^{}\\$]|\\[&%_#])*)\}")
_DEEPEST_BRACES = 6

Fields = dict[str, str]


def looks_like_bibtex(text: str) -> bool:
    return _ENTRY.search(text[:100_000]) is not None


def read_bibtex(document: bytes, *, name: str) -> Batch:
    """The papers of a file, with one problem ``name:LINE: what`` for each entry that is none. Never raises."""
    papers: list[Paper] = []
    problems: list[str] = []
    entries = list(_entries(decoded(document), problems, name))
    known = {fields["ID"].casefold(): fields for _, fields in reversed(entries)}
    for line, fields in entries:
        if fields["TYPE"] in _NO_WORK:
            continue
        paper = paper_of(_citation(_with_parents(fields, known)))
        if paper is None:
            problems.append(f'{name}:{line}: the entry "{fields["ID"][:60]}" has no title')
        else:
            papers.append(paper)
    if not papers and not problems:
        problems.append(f"{name}:1: no entry begins anywhere")
    return Batch(papers=tuple(papers), problems=tuple(problems))


def _entries(text: str, problems: list[str], name: str, first_line: int = 1, *, again: bool = True) -> Iterator[tuple[int, Fields]]:
    """Line and fields of each entry; ``ID`` and ``TYPE`` are among the fields."""
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ParsingFailedBlock

    library = parse_string(text, parse_stack=[])
    strings = {key.casefold(): string.value for key, string in library.strings_dict.items()}
    for block in library.blocks:
        line = first_line + (block.start_line or 0)
        # Two entries of one name are two works; of two fields of one name the first counts.
        entry = block.ignore_error_block if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock) else block
        if isinstance(entry, Entry):
            found = {"ID": entry.key, "TYPE": entry.entry_type.casefold()}
            for field in entry.fields:
                found.setdefault(field.key.casefold(), _value(str(field.value), strings))
            yield line, found
        elif isinstance(block, ParsingFailedBlock):
            raw = block.raw or ""
            repaired = _ROUND.sub(r"\1{\2}", raw) if again else raw
            if repaired != raw:
                yield from _entries(repaired, problems, name, line, again=False)
            elif _ENTRY.match(raw):
                problems.append(f"{name}:{line}: an entry cannot be read ({_short(block.error)})")


def _value(raw: str, strings: Mapping[str, str], depth: int = 0) -> str:
    """``"Proc. of " # aaai # { 2026}``: pieces put together, names of strings replaced by what they stand for."""
    pieces, start, level, quoted = list[str](), 0, 0, False
    for place, sign in enumerate(raw):
        if sign in "{}" and raw[place - 1 : place] != "\\":
            level += 1 if sign == "{" else -1
        elif sign == '"' and level == 0:
            quoted = not quoted
        elif sign == "#" and level == 0 and not quoted:
            pieces.append(raw[start:place].strip())
            start = place + 1
    pieces.append(raw[start:].strip())
    return "".join(_piece(piece, strings, depth) for piece in pieces)


def _piece(piece: str, strings: Mapping[str, str], depth: int) -> str:
    if len(piece) > 1 and (piece[0], piece[-1]) in (("{", "}"), ('"', '"')):
        return piece[1:-1]
    if (known := strings.get(piece.casefold())) and depth < _DEEPEST_PARENTS:
        return _value(known, strings, depth + 1)
    return piece


def _with_parents(fields: Fields, known: Mapping[str, Fields]) -> Fields:
    """The entry with what it takes from others: ``crossref`` names the volume it is in, ``xdata`` whatever is shared."""
    whole = dict(fields)
    seen = {fields["ID"].casefold()}
    for _ in range(_DEEPEST_PARENTS):
        names = [name.strip().casefold() for name in f"{whole.pop('crossref', '')},{whole.pop('xdata', '')}".split(",")]
        for parent in (known[name] for name in names if name in known and name not in seen):
            seen.add(parent["ID"].casefold())
            volume = parent["TYPE"] in ("proceedings", "mvproceedings", "book", "mvbook", "collection", "mvcollection", "periodical")
            for name, value in parent.items():
                if volume and name in ("title", "booktitle"):
                    whole.setdefault("booktitle", value)
                elif not (volume and name in ("author", "abstract", "doi", "url", "subtitle", "note", "editor")):
                    whole.setdefault(name, value)
    return whole


def _citation(fields: Mapping[str, str]) -> Citation:
    def get(*names: str) -> str:
        return next((fields[name] for name in names if fields.get(name, "").strip()), "")

    title = get("title")
    if title and (subtitle := get("subtitle")):
        title = f"{title}: {subtitle}"
    is_arxiv = get("archiveprefix", "eprinttype").casefold() in ("arxiv", "")
    return Citation(
        title=unprotected(title),
        abstract=unprotected(get("abstract")),
        authors=tuple(map(unprotected, _names(get("author")))),
        organisations=tuple(map(unprotected, filter(None, (get("institution"), get("school"))))),
        dates=(day_of(get("date")), day_of(get("year"), get("month"), get("day")), day_of(get("eventdate")), day_of(get("urldate"))),
        identifiers=(get("eprint") if is_arxiv else "", get("arxivid", "arxiv"), get("doi")),
        mentions=(get("journal", "journaltitle"), get("volume"), get("note"), get("howpublished"), get("pages"), get("number")),
        urls=(get("url"), get("ee"), get("link"), get("howpublished").removeprefix("\\url{").rstrip("}")),
        categories=(get("primaryclass", "eprintclass"),),
        keywords=tuple(map(unprotected, taken_apart(get("keywords", "keyword")))),
        journal=unprotected(get("journal", "journaltitle", "booktitle")),
        volume=get("volume") if not get("volume").startswith("abs/") else "",
        number=get("number"),
        pages=get("pages"),
        note=unprotected(get("note", "comment", "addendum")),
    )


def unprotected(text: str) -> str:
    """Without the braces that only protect capitals. Those of commands, and formulas, stay.

    >>> unprotected(r"The {LHCb} {Collaboration} and \\textit{more}")
    'The LHCb Collaboration and \\\\textit{more}'
    """
    pieces = text.split("$")
    for number in range(0, len(pieces), 2):
        for _ in range(_DEEPEST_BRACES):
            before = pieces[number]
            pieces[number] = _PROTECTED.sub(lambda found: found[0] if found[1] else found[2], before)
            if pieces[number] == before:
                break
    return "$".join(pieces)


def _names(text: str) -> Iterator[str]:
    """Names with the given name first, suffix last; a name in braces is one word, whatever is in it."""
    from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names

    text = re.sub(r"(?<!\\)%[^\n]*\n", " ", text)
    for name in split_multiple_persons_names(text.strip("; ").replace(";", " and ") if ";" in text and " and " not in text else text):
        if name.startswith("{") and name.endswith("}") and name.count("{") == 1:
            yield name[1:-1]
            continue
        if "=" in name and re.match(r"\s*(?:family|given)\s*=", name):
            yield _spelt_out(name)
            continue
        try:
            parts = parse_single_name_into_parts(name, strict=False)
        except Exception:  # whatever it stumbles over: the name as printed is better than none
            yield name
            continue
        yield " ".join((*parts.first, *parts.von, *parts.last, *parts.jr))


def _spelt_out(name: str) -> str:
    """BibLaTeX' long form: ``family=Doe, given=Jane, prefix=van``."""
    parts = dict(part.strip().split("=", 1) for part in name.split(",") if "=" in part)
    return " ".join(filter(None, (parts.get(part, "").strip('"{} ') for part in ("given", "prefix", "family", "suffix"))))


def _short(value: object) -> str:
    return " ".join(str(value).split())[:120] or "it is not closed"
