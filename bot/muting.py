"""What a mute keeps away: the query it stands for, and which of several holds a paper back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.mutes import Mute, MuteKind
from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Facet
from bot.errors import BadInput
from bot.query.evaluation import NO, SURE, level_of
from bot.query.language import author_query, category_query, keyword_query, org_query, parse_query, positive_leaves
from bot.text.analysis import terms
from bot.text.names import name_terms, same_person

#: Co-authors by whom a namesake is told apart; more would not fit into a query.
_COMPANY = 8


def mute_query(kind: MuteKind, value: str) -> str:
    """The canonical query for what is muted. A word counts in title, abstract and comment: a name may be spelt like it."""
    match kind:
        case "author":
            return author_query(value)
        case "category":
            return category_query(value)
        case "org":
            return org_query(value)
    phrase = keyword_query(value)
    return parse_query(f"title:{phrase} OR abs:{phrase} OR comment:{phrase}").canonical


def namesake_query(paper: Paper, name: str) -> str:
    """Papers by ``name`` that are by the same person as ``paper`` is: itself, those of an author with the same id, and those with one
    of its other authors. Most records carry no ids, and a name alone says nothing: people are told apart by their company.
    """
    same = [author for author in paper.authors if same_person(name, author.name) != "no"]
    others = [author for author in paper.authors if author not in same]
    sides = [f'id:"{paper.key}"']
    query = _both(name, sides)
    for other in [*(one for author in same for one in author.ids), *(f"={author.name}" for author in others[:_COMPANY])]:
        try:
            longer = _both(name, [*sides, author_query(other)])
        except BadInput:  # a name that no query can ask for, or no room for it
            continue
        sides.append(author_query(other))
        query = longer
    return query


def _both(name: str, sides: Sequence[str]) -> str:
    return parse_query(f"{author_query(name)} ({' OR '.join(sides)})").canonical


def mute_name(mute: Mute) -> str:
    """A mute as it is kept on record with a paper that it held: ``mute #3: word survey``."""
    return f"mute #{mute.number}: {mute.kind} {mute.value}"


class Muted:
    """Several mutes, asked about one paper after another. Plain computing, on any thread."""

    def __init__(self, mutes: Sequence[Mute], today: date) -> None:
        self._mutes = [(mute, parse_query(mute.query)) for mute in mutes]
        self._today = today

    def holds(self, stored: StoredPaper, reasons: Sequence[str] = ()) -> Mute | None:
        """The mute that keeps a paper away, if one does. Possible matches of a name do not count; a "person" counts where nothing but
        that name is the reason to show the paper."""
        if not self._mutes:
            return None
        found = terms(stored.paper, stored.sources)
        for mute, query in self._mutes:
            level = level_of(query.tree, stored.paper, found, self._today)
            if mute.kind == "person":
                if level > NO and _only(mute.value, reasons):
                    return mute
            elif level == SURE:
                return mute
        return None


def _only(name: str, reasons: Sequence[str]) -> bool:
    """Whether every reason is a clause that asks for ``name`` and for no other author."""
    meant = set(name_terms(name))
    return bool(reasons) and all(_asks_for(reason, meant) for reason in reasons)


def _asks_for(clause: str, meant: set[str]) -> bool:
    leaves = list(positive_leaves(parse_query(clause).tree))
    authors = [leaf for leaf in leaves if isinstance(leaf, Facet) and leaf.kind == "author"]
    return bool(authors) and len(authors) == len(leaves) and all(meant & {*leaf.any_of, *leaf.possible} for leaf in authors)
