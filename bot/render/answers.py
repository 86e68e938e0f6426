"""Lists of papers in words: pages of a search, what is new, unread or saved, and the answer when nothing is found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.domain.messages import Button, ButtonStyle, Card, Item, Message, Tone
from bot.domain.papers import Paper, StoredPaper
from bot.domain.queries import Query
from bot.grammar.reading import ROOT, command_line
from bot.ports import Candidate, SearchPage, Sort
from bot.render.paper import paper_card, save_button
from bot.render.words import counted, full_day, joined, shortened

#: Papers on one page of an answer.
PAGE = 10
#: Characters of a summary where ten papers share one message.
LIST_BODY = 240
#: Characters of a line that fits into a button.
LINE = 86
_ORDER = {"best": "best match first", "new": "newest first", "votes": "most votes first"}
#: How the answer is ordered where that is not quite what was asked for.
_OTHER_ORDER = {
    "recent": "best of the newest first",
    "unranked": "newest first",
    "new": "newest first, for the order asked for would take too long",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Whoever is answered: rows of papers they saved, names of authors that are followed here or by them."""

    saved: Collection[int] = ()
    followed: Sequence[str] = ()


NOBODY = Reader()


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """Another search that finds something; ``token`` opens it."""

    query: str
    total: int
    more: bool
    token: str


def search_page(
    page: SearchPage,
    query: Query,
    *,
    number: int,
    sort: Sort,
    token: str,
    reader: Reader = NOBODY,
    channel: str = "",
    since: str = "",
) -> Message:
    """One page of a search, ``number`` counting from 0. ``channel`` names the channel the asker may subscribe, if there is one;
    ``since`` says in words how far back the search looks."""
    first = number * PAGE + 1
    last = number * PAGE + len(page.hits)
    total = _total(page)
    return Message(
        heading=f"{total}{f' {since}' if since else ''}",
        intro=query.shown,
        cards=tuple(_card(stored, reader, query) for stored, _ in page.hits),
        notice=f"{first:,}–{last:,} of {total.split()[0]} · {_order(page, sort)}",
        buttons=(*_turning("page", token, number, more=page.more or last < page.total), *_search_buttons(token, number, channel)),
    )


def shared_page(page: SearchPage, query: Query, *, number: int, token: str, by: str) -> Message:
    """The same page for everybody in the channel."""
    return Message(
        heading=f"{by} shared a search: {_total(page)}",
        intro=query.shown,
        cards=tuple(_card(stored, NOBODY, query) for stored, _ in page.hits),
        notice=f"Papers {number * PAGE + 1:,}–{number * PAGE + len(page.hits):,}",
        buttons=(
            Button(label="All of them, only for me", action=f"open:{token}"),
            Button(label="Subscribe me to this", action=f"sub:{token}:me"),
        ),
    )


def nothing_found(query: Query, *, spelling: Proposal | None = None, broader: Proposal | None = None, token: str = "") -> Message:
    """No paper matches: what was probably meant, and what finds more."""
    items = _proposals(spelling, broader)
    intro = query.shown if items else f"{query.shown} · try fewer words, or {ROOT} help search"
    subscribe = (Button(label="Tell me when there is one", action=f"sub:{token}:me"),) if token else ()
    return Message(heading="No paper matches", intro=intro, items=items, buttons=subscribe)


def partly_found(
    page: SearchPage,
    query: Query,
    some: Query,
    *,
    token: str,
    watch: str,
    spelling: Proposal | None = None,
    broader: Proposal | None = None,
    reader: Reader = NOBODY,
) -> Message:
    """No paper has all the words: those that have ``some``, best first. ``token`` opens all of these, ``watch`` is the search as asked."""
    more = page.more or len(page.hits) < page.total
    turning = (Button(label="Next", action=f"page:{token}:1"),) if more else ()
    return Message(
        heading="No paper has all the words; these have some",
        intro=query.shown,
        items=_proposals(spelling, broader),
        cards=tuple(_card(stored, reader, some) for stored, _ in page.hits),
        notice=f"1–{len(page.hits)} of {_total(page).split()[0]} with any of the words · {_order(page, 'best')}",
        buttons=(*turning, Button(label="Tell me when there is one with all", action=f"sub:{watch}:me")),
    )


def end_of_list(what: str) -> Message:
    return Message(heading="That was the last page", intro=f"There are no more papers in {what}.")


def paper_list(
    heading: str,
    papers: Sequence[StoredPaper],
    *,
    intro: str = "",
    notice: str = "",
    reader: Reader = NOBODY,
    buttons: Sequence[Button] = (),
) -> Message:
    return Message(
        heading=heading,
        intro=intro,
        cards=tuple(_card(stored, reader) for stored in papers),
        notice=notice,
        buttons=tuple(buttons),
    )


def latest_list(papers: Sequence[StoredPaper], *, total: int, reader: Reader = NOBODY) -> Message:
    if not papers:
        return empty_library()
    heading = "The newest paper" if len(papers) == 1 else f"The {len(papers)} newest papers"
    return paper_list(heading, papers, notice=f"{counted(total, 'paper')} in the library", reader=reader)


def empty_library() -> Message:
    return Message(heading="The library is still empty", intro="Papers come with the first reading of a source, or with papercrier import.")


def similar_list(known: StoredPaper, papers: Sequence[StoredPaper], *, reader: Reader = NOBODY) -> Message:
    title = shortened(known.paper.display_title, 120)
    if not papers:
        return Message(heading="Nothing close to it in the library", intro=title)
    return paper_list("More like this", papers, intro=title, reader=reader)


def today_list(
    candidates: Sequence[Candidate], *, number: int, total: int, where: str, rules: bool, reader: Reader = NOBODY, more: bool = False
) -> Message:
    """Arrivals of the last 24 hours; ``rules``: only those that match what is subscribed at ``where``."""
    if not total:
        if rules:
            return Message(heading="Nothing new for " + where, intro=f"No arrival of the last 24 hours matches. {ROOT} latest shows all.")
        return Message(heading="Nothing arrived in the last 24 hours", intro=f"{ROOT} latest shows the newest papers there are.")
    what = f"for {where}" if rules else f"in all; nothing is subscribed for {where} yet"
    size = f"{total:,}+ papers" if more else counted(total, "paper")
    return Message(
        heading=f"{size} in the last 24 hours {what}",
        cards=tuple(_candidate(one, reader) for one in candidates),
        notice=_range(number, len(candidates), total),
        buttons=_turning("today", "", number, more=(number + 1) * PAGE < total),
    )


def unread_list(
    candidates: Sequence[Candidate], *, number: int, total: int, where: str, reader: Reader = NOBODY, more: bool = False
) -> Message:
    """Posted at ``where`` and not read by the asker; every card can be ticked off."""
    if not total:
        return Message(heading="All read", intro=f"You have read all that was posted for {where}.", tone=Tone.GOOD)
    cards = tuple(
        replace(card, buttons=(*card.buttons, Button(label="Mark as read", action=f"read:{one.stored.row}")))
        for one in candidates
        for card in (_candidate(one, reader),)
    )
    size = f"{total:,}+" if more else f"{total:,}"
    return Message(
        heading=f"{size} unread for {where}",
        cards=cards,
        notice=f"{_range(number, len(candidates), total)} · what you mark as read goes from your list, not from anybody else's",
        buttons=(
            *_turning("unread", "", number, more=(number + 1) * PAGE < total),
            Button(label="Mark all as read", action="read:all"),
        ),
    )


def rest_list(candidates: Sequence[Candidate], *, number: int, total: int, occurrence: str, reader: Reader = NOBODY) -> Message:
    """What a digest held back."""
    if not total:
        return Message(heading="There is nothing more", intro="Everything of this digest has been shown or hidden.")
    return Message(
        heading=f"The rest of this digest: {counted(total, 'paper')}",
        cards=tuple(_candidate(one, reader) for one in candidates),
        notice=_range(number, len(candidates), total),
        buttons=_turning("rest", occurrence, number, more=(number + 1) * PAGE < total),
    )


def saved_list(
    papers: Sequence[StoredPaper], *, number: int, more: bool, reader: Reader = NOBODY, query: str = "", token: str = ""
) -> Message:
    """One page of what somebody saved; ``query`` is what was looked for among it, and ``token`` stands for that."""
    if not papers and number == 0:
        return Message(heading="Nothing saved yet", intro=f"Press Save on a paper, or write {ROOT} save 2510.19811.")
    if not papers:
        return end_of_list("your saved list")
    return paper_list(
        "Your saved papers" + (f", page {number + 1}" if number or more else ""),
        papers,
        reader=Reader(saved={stored.row for stored in papers}, followed=reader.followed),
        intro=query,
        buttons=_turning("saved", token, number, more=more),
    )


def save_changed(stored: StoredPaper, *, saved: bool, changed: bool) -> Message:
    """After Save or Unsave; the button below does the opposite."""
    title = shortened(stored.paper.display_title, 150)
    if saved:
        heading = "Saved" if changed else "Saved already"
        return Message(
            heading=heading, intro=title, notice=f"{ROOT} saved lists them.", buttons=(save_button(stored.row, True),), tone=Tone.GOOD
        )
    heading = "Not saved any more" if changed else "It was not saved"
    return Message(heading=heading, intro=title, buttons=(Button(label="Undo" if changed else "Save", action=f"save:{stored.row}"),))


def read_marked(title: str, *, undo: str = "") -> Message:
    """``undo``: a token for what was marked; empty when it was read before."""
    heading = "Marked as read" if undo else "Read already"
    return Message(heading=heading, intro=shortened(title, 150), buttons=_undo_reading(undo), tone=Tone.GOOD)


def all_read_marked(count: int, *, where: str, undo: str = "") -> Message:
    """Everything on the asker's list of ``where``."""
    if not count:
        return Message(heading=f"You have read everything for {where} already", tone=Tone.GOOD)
    heading = f"{counted(count, 'paper')} marked as read for {where}"
    return Message(heading=heading, intro="On your list only; others have theirs.", buttons=_undo_reading(undo), tone=Tone.GOOD)


def _undo_reading(token: str) -> tuple[Button, ...]:
    return (Button(label="Undo", action=f"undo:read:{token}"),) if token else ()


def unread_again(count: int) -> Message:
    """After Undo of that."""
    if not count:
        return Message(heading="Nothing to undo", intro="These marks are not on your list any more, or you have read on since.")
    return Message(heading=f"{counted(count, 'paper')} unread again", intro="On your list; others have theirs.")


def hidden(stored: StoredPaper, *, where: str, scope: str, changed: bool) -> Message:
    """After Not interested. ``scope`` ends the undo action: "here" or "me"."""
    heading = f"Not shown again for {where}" if changed else f"Hidden for {where} already"
    undo = Button(label="Undo", action=f"undo:hide:{stored.row}:{scope}")
    return Message(
        heading=heading,
        intro=shortened(stored.paper.display_title, 150),
        notice="More than this paper can be kept away: its first author, or its category.",
        buttons=(undo, *_muting(stored.paper, scope)),
    )


def _muting(paper: Paper, scope: str) -> list[Button]:
    """What else of a paper may not be wanted, as lines to press."""
    wanted = [("author", paper.authors[0].name)] if paper.authors else []
    wanted += [("category", paper.categories[0])] if paper.categories else []
    lines = [(value, command_line("mute", {"kind": kind, "value": value, "to": scope})) for kind, value in wanted]
    return [Button(label=f"Mute {shortened(value, 40)}", action=f"run:{line}") for value, line in lines if len(line) <= LINE]


def unhidden(stored: StoredPaper, *, where: str) -> Message:
    return Message(heading=f"May be shown again for {where}", intro=shortened(stored.paper.display_title, 150), tone=Tone.GOOD)


def which_paper(typed: str, papers: Sequence[StoredPaper], *, total: str) -> Message:
    """Several papers have the words of a title."""
    items = tuple(
        Item(
            label=full_day(stored.paper.date) if stored.paper.date else "undated",
            text=stored.paper.display_title,
            detail=joined([author.name for author in stored.paper.authors[:2]]),
            buttons=(Button(label="Show", action=f"show:{stored.row}"),),
        )
        for stored in papers
    )
    return Message(heading="Which one?", intro=f'{total} papers have "{shortened(typed, 80)}" in the title.', items=items)


# --- parts -----------------------------------------------------------------------------------------------------------


def _total(page: SearchPage) -> str:
    return f"{page.total:,}+ papers" if page.more else counted(page.total, "paper")


def _order(page: SearchPage, sort: Sort) -> str:
    return _OTHER_ORDER.get(page.order, _ORDER[sort]) if page.order != sort else _ORDER[sort]


def _range(number: int, shown: int, total: int) -> str:
    return f"{number * PAGE + 1:,}–{number * PAGE + shown:,} of {total:,}" if total > PAGE else ""


def _turning(verb: str, token: str, number: int, *, more: bool) -> tuple[Button, ...]:
    """Previous and next, where there is a page that way."""
    stem = f"{verb}:{token}" if token else verb
    buttons = []
    if number > 0:
        buttons.append(Button(label="Previous", action=f"{stem}:{number - 1}"))
    if more:
        buttons.append(Button(label="Next", action=f"{stem}:{number + 1}"))
    return tuple(buttons)


def _search_buttons(token: str, number: int, channel: str) -> tuple[Button, ...]:
    share = Button(label="Share", action=f"share:{token}:{number}")
    if not channel:
        return (share, Button(label="Subscribe to this", action=f"sub:{token}", style=ButtonStyle.PRIMARY))
    return (
        share,
        Button(label=f"Subscribe {shortened(channel, 24)} to this", action=f"sub:{token}", style=ButtonStyle.PRIMARY),
        Button(label="Subscribe me", action=f"sub:{token}:me"),
    )


def _proposals(spelling: Proposal | None, broader: Proposal | None) -> tuple[Item, ...]:
    meant = (_proposal("Did you mean", spelling, "Search for that"),) if spelling else ()
    more = (_proposal("Broader", broader, "Search broader"),) if broader else ()
    return (*meant, *more)


def _proposal(label: str, proposal: Proposal, press: str) -> Item:
    size = f"{proposal.total:,}+ papers" if proposal.more else counted(proposal.total, "paper")
    return Item(label=label, text=proposal.query, detail=size, buttons=(Button(label=press, action=f"open:{proposal.token}"),))


def _card(stored: StoredPaper, reader: Reader, query: Query | None = None) -> Card:
    return paper_card(stored, followed=reader.followed, query=query, saved=stored.row in reader.saved, body_limit=LIST_BODY)


def _candidate(one: Candidate, reader: Reader) -> Card:
    reason = "; ".join(one.reasons[:3])
    return paper_card(one.stored, reason=reason, followed=reader.followed, saved=one.stored.row in reader.saved, body_limit=LIST_BODY)
