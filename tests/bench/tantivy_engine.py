"""tantivy over the same terms, asked the same trees. Needs the ``bench`` extra; without it the import fails and the row is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import tantivy

from bot.domain.papers import Paper
from bot.domain.queries import And, Facet, Node, Not, Or, Submitted, Text, Votes
from bot.query.language import parse_query
from tests.bench.corpus import Drawn
from tests.bench.scaled import copies_of

_FIELDS = ("title", "authors", "abstract", "comment", "facets")
#: As our index weighs them.
_WEIGHTS = {"title": 4.0, "authors": 3.0}
_HEAP = 256 * 1024 * 1024


class TantivyEngine:
    def __init__(self, folder: Path, papers: Sequence[Paper], number: int, tell: Callable[[str], None]) -> None:
        builder = tantivy.SchemaBuilder()
        for field in _FIELDS:
            builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="position")
        builder.add_integer_field("day", stored=False, indexed=True, fast=True)
        self._schema = builder.build()
        fresh = not folder.exists()
        folder.mkdir(exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(folder))
        if fresh:
            tell("filling tantivy")
            writer = self._index.writer(heap_size=_HEAP, num_threads=1)
            for _, day, texts in copies_of(papers, number):
                document = tantivy.Document()
                for field, text in zip(_FIELDS, texts, strict=True):
                    document.add_text(field, text)
                document.add_integer("day", day.toordinal())
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, query: Drawn) -> int | None:
        """The ten best, which are thrown away, and how many match."""
        asked = self._query(parse_query(query.text).tree)
        if asked is None:
            return None
        count: int = self._searcher.search(asked, limit=10, count=True).count
        return count

    def _query(self, node: Node) -> tantivy.Query | None:
        match node:
            case Text():
                return _any([self._text(node, field) for field in node.fields])
            case Facet():
                return _any([tantivy.Query.term_query(self._schema, "facets", term) for term in (*node.any_of, *node.possible)])
            case Or(parts):
                return _any([self._query(part) for part in parts])
            case And(parts):
                pairs = [
                    (tantivy.Occur.MustNot, self._query(part.part)) if isinstance(part, Not) else (tantivy.Occur.Must, self._query(part))
                    for part in parts
                ]
                return tantivy.Query.boolean_query(pairs) if all(query is not None for _, query in pairs) else None
            case Submitted(days=None):
                first, last = (node.since or date.min).toordinal(), (node.until or date.max).toordinal()
                return tantivy.Query.range_query(self._schema, "day", tantivy.FieldType.Integer, first, last)
            case Submitted() | Votes() | Not():
                return None

    def _text(self, text: Text, field: str) -> tantivy.Query:
        terms = list(text.surfaces if field == "authors" else text.stems)
        if text.prefix:
            query = tantivy.Query.regex_query(self._schema, field, f"(w_)?{terms[0]}.*")
        elif len(terms) > 1:
            query = tantivy.Query.phrase_query(self._schema, field, terms)
        else:
            query = tantivy.Query.term_query(self._schema, field, terms[0], index_option="freq")
        return tantivy.Query.boost_query(query, _WEIGHTS.get(field, 1.0))


def _any(queries: Sequence[tantivy.Query | None]) -> tantivy.Query | None:
    if any(query is None for query in queries):
        return None
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
