"""A paper in words: the card that every post and answer shows, and the paper in full."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.history import Change
from bot.domain.messages import Button, Card, Fact, Message, Rich, Span, rich
from bot.domain.papers import LinkKind, Paper, StoredPaper
from bot.domain.queries import Facet, Query, Text
from bot.query.language import positive_leaves
from bot.render.updates import in_full
from bot.render.words import counted, full_day
from bot.text.analysis import words
from bot.text.highlight import Sought, highlight, sought
from bot.text.names import name_terms, query_terms
from bot.text.summary import summarise, telling_sentences

#: More authors than this are folded to the first three, the followed ones and a number.
_ALL_AUTHORS = 6
_SHOWN_AUTHORS = 3
#: Authors that the menu of a card offers to follow.
OFFERED_AUTHORS = 3
#: Keywords of a paper that its full card names.
SHOWN_KEYWORDS = 12
#: Followed names of which it may be said that this is somebody else.
NAMESAKES = 2


def paper_card(
    stored: StoredPaper,
    *,
    reason: str = "",
    followed: Sequence[str] = (),
    query: Query | None = None,
    saved: bool = False,
    body_limit: int = 320,
) -> Card:
    """The card of a paper: title, authors, one line of facts, two sentences, buttons and a menu.

    ``followed`` are names to print strongly, ``query`` marks the words that were searched, ``saved`` turns Save into Unsave.
    """
    paper, wanted = stored.paper, sought(query) if query else None
    return Card(
        title=highlight(paper.display_title, wanted) if wanted else rich(paper.display_title),
        url=_web(paper.url),
        byline=byline(paper, (*followed, *_names(query), *_worded(paper, query))),
        facts=paper_facts(paper),
        body=_body(paper, wanted, body_limit),
        reason=reason,
        buttons=_buttons(stored, saved),
        menu=_menu(stored, (*followed, *_names(query))),
        tags=paper.categories,
    )


def paper_message(
    stored: StoredPaper, *, followed: Sequence[str] = (), saved: bool = False, limit: int = 2500, changes: Sequence[Change] = ()
) -> Message:
    """One paper in full: every author, the whole abstract, everything that is known about it, ``changes`` since it came among it."""
    paper = stored.paper
    card = paper_card(stored, followed=followed, saved=saved)
    more = [Fact(label="Id", value=paper.key)]
    if paper.journal_ref:
        more.append(Fact(label="Published", value=paper.journal_ref))
    if paper.comment:
        more.append(Fact(label="Comment", value=paper.comment))
    if paper.keywords:
        left = len(paper.keywords) - SHOWN_KEYWORDS
        more.append(Fact(label="Keywords", value=", ".join(paper.keywords[:SHOWN_KEYWORDS]) + (f" +{left}" if left > 0 else "")))
    if changed := in_full(changes):
        more.append(Fact(label="Since then", value=changed))
    full = Card(
        title=card.title,
        url=card.url,
        byline=byline(paper, followed, folded=False),
        facts=(*card.facts, *more),
        body=rich(paper.text if len(paper.text) <= limit else summarise(paper, limit=limit)),
        buttons=card.buttons,
        menu=tuple(button for button in card.menu if not button.action.startswith("show:")),
    )
    return Message(cards=(full,))


def byline(paper: Paper, followed: Sequence[str] = (), *, folded: bool = True) -> Rich:
    """Authors in order, followed ones strong; more than six folded to "A, B, C … +9", a followed one never folded away.

    "et al." stands behind a list that its source cut, with the number of all authors where that is known.
    """
    names = [author.name for author in paper.authors]
    total = max(len(names), paper.author_count or 0)
    if not names:
        return rich(counted(total, "author")) if total else ()
    wanted = {term for name in followed for term in query_terms(name)[0]}
    marked = [bool(wanted) and not wanted.isdisjoint(name_terms(name)) for name in names]
    fits = not folded or len(names) <= _ALL_AUTHORS
    shown = [index for index in range(len(names)) if fits or index < _SHOWN_AUTHORS or marked[index]]
    spans: list[Span] = []
    for position, index in enumerate(shown):
        if position:
            spans.append(Span(", " if shown[position - 1] == index - 1 else " … "))
        spans.append(Span(names[index], strong=marked[index]))
    if len(shown) < len(names):
        spans.append(Span(f" … +{total - len(shown):,}"))
    elif total > len(names):
        spans.append(Span(f" et al. ({total:,} authors)"))
    if paper.more_authors and total == len(names):
        spans.append(Span(" et al."))
    return tuple(spans)


def paper_facts(paper: Paper) -> tuple[Fact, ...]:
    """The one line below the authors. Each value says by itself what it is."""
    facts: list[Fact] = []
    if paper.withdrawn:
        facts.append(Fact(label="", value="withdrawn"))
    if paper.categories:
        facts.append(Fact(label="", value=paper.categories[0]))
    if date := _date(paper):
        facts.append(Fact(label="", value=date))
    if paper.organisations:
        more = len(paper.organisations) - 2
        facts.append(Fact(label="", value=", ".join(paper.organisations[:2]) + (f" +{more}" if more > 0 else "")))
    if paper.votes:
        facts.append(Fact(label="", value=counted(paper.votes, "vote")))
    kinds = {link.kind for link in paper.links}
    marks = [kind.value for kind in (LinkKind.CODE, LinkKind.DATA, LinkKind.PROJECT) if kind in kinds]
    if marks:
        facts.append(Fact(label="", value=" + ".join(marks)))
    return tuple(facts)


def pdf_url(paper: Paper) -> str:
    """Where the PDF is; empty when that is not known."""
    given = next((link.url for link in paper.links if link.kind is LinkKind.PDF), "")
    arxiv = next((key.partition(":")[2] for key in paper.keys if key.startswith("arxiv:")), "")
    return _web(given) or (f"https://arxiv.org/pdf/{arxiv}" if arxiv else "")


def save_button(row: int, saved: bool) -> Button:
    return Button(label="Unsave", action=f"unsave:{row}") if saved else Button(label="Save", action=f"save:{row}")


def _date(paper: Paper) -> str:
    if paper.announce_type is not None and paper.announce_type.is_update:
        day = paper.updated or paper.announced or paper.date
        version = f" v{paper.version}" if paper.version else ""
        return f"updated{version}" + (f", {full_day(day)}" if day else "")
    return full_day(paper.date) if paper.date else ""


def _body(paper: Paper, wanted: Sought | None, limit: int) -> Rich:
    if wanted is None or not paper.text:
        return rich(summarise(paper, limit=limit))
    return highlight(telling_sentences(paper.text, wanted, count=2, limit=limit), wanted)


def _names(query: Query | None) -> list[str]:
    """The authors that a query asks for."""
    leaves = positive_leaves(query.tree) if query else ()
    return [leaf.value for leaf in leaves if isinstance(leaf, Facet) and leaf.kind == "author"]


def _worded(paper: Paper, query: Query | None) -> list[str]:
    """The authors whose names hold words that a query asks for anywhere."""
    leaves = [leaf for leaf in (positive_leaves(query.tree) if query else ()) if isinstance(leaf, Text) and "authors" in leaf.fields]
    if not leaves:
        return []
    named = ((author.name, words(author.name)) for author in paper.authors)
    return [name for name, said in named if any(_says(said, leaf) for leaf in leaves)]


def _says(name: Sequence[str], leaf: Text) -> bool:
    if leaf.prefix:
        return any(word.startswith(leaf.surfaces[0]) for word in name)
    size = len(leaf.surfaces)
    if size == 1:
        return leaf.surfaces[0] in name
    return any(tuple(name[start : start + size]) == leaf.surfaces for start in range(len(name) - size + 1))


def _buttons(stored: StoredPaper, saved: bool) -> tuple[Button, ...]:
    buttons = []
    if pdf := pdf_url(stored.paper):
        buttons.append(Button(label="PDF", url=pdf))
    if code := _web(next((link.url for link in stored.paper.links if link.kind is LinkKind.CODE), "")):
        buttons.append(Button(label="Code", url=code))
    buttons.append(save_button(stored.row, saved))
    buttons.append(Button(label="More like this", action=f"like:{stored.row}"))
    return tuple(buttons)


def _menu(stored: StoredPaper, followed: Sequence[str]) -> tuple[Button, ...]:
    names = [author.name for author in stored.paper.authors[:OFFERED_AUTHORS]]
    follow = [Button(label=f"Subscribe me to {name}", action=f"follow:{stored.row}:{index}") for index, name in enumerate(names)]
    wanted = {term for name in followed for one in query_terms(name) for term in one}
    others = [index for index, author in enumerate(stored.paper.authors) if wanted and not wanted.isdisjoint(name_terms(author.name))]
    not_them = [
        Button(label=f"Not the {stored.paper.authors[index].name} we follow", action=f"notthem:{stored.row}:{index}")
        for index in others[:NAMESAKES]
    ]
    return (
        Button(label="Abstract", action=f"show:{stored.row}"),
        *follow,
        *not_them,
        Button(label="Vote for it", action=f"vote:{stored.row}"),
        Button(label="BibTeX", action=f"bib:{stored.row}"),
        Button(label="Not interested", action=f"hide:{stored.row}"),
        Button(label="Why is it here?", action=f"why:{stored.row}"),
    )


def _web(url: str) -> str:
    """``url`` if a browser may open it: sources are not trusted with other schemes."""
    return url if url.startswith(("https://", "http://")) else ""
