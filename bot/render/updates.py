"""What changed about a paper, in words: a line on its card, a reply below it, and the line that ``show`` prints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.history import Change, ChangeKind
from bot.domain.messages import Button, Card, Fact, Message, rich
from bot.planning import split
from bot.ports import Changed, Limits
from bot.render.words import full_day, shortened
from bot.text.summary import sentences

#: Stands before what changed on a card that was posted.
MARK = "updated"
#: What a reader wants to hear of without having asked for it: an abstract that reads otherwise is only told with something else.
_TELLING = frozenset(ChangeKind) - {ChangeKind.ABSTRACT}
_TITLE, _SENTENCES, _COMMENT = 160, 400, 200


def worth_telling(changes: Sequence[Change]) -> bool:
    return any(change.kind in _TELLING for change in changes)


def in_short(changes: Sequence[Change]) -> str:
    """``v3 · accepted at ACL 2026 · title changed``: each kind once, as it came out in the end."""
    return " · ".join(_short(change) for change in _last(changes))


def in_full(changes: Sequence[Change]) -> str:
    """``v3 (2 May 2026), accepted at ACL 2026, title changed from "Reading Orders"``; empty when nothing changed."""
    return ", ".join(_full(change) for change in _last(changes))


def _last(changes: Sequence[Change]) -> list[Change]:
    """The last change of each kind, with what was before the first one, in the order of the kinds. A withdrawal that was taken back and
    one that was not are told, not both."""
    found: dict[ChangeKind, Change] = {}
    for change in changes:
        first = found.get(change.kind)
        found[change.kind] = replace(change, before=first.before) if first else change
        if change.kind is ChangeKind.RESTORED:
            found.pop(ChangeKind.WITHDRAWN, None)
        elif change.kind is ChangeKind.WITHDRAWN:
            found.pop(ChangeKind.RESTORED, None)
    return [found[kind] for kind in ChangeKind if kind in found]


def _short(change: Change) -> str:
    match change.kind:
        case ChangeKind.VERSION:
            return f"v{change.after}"
        case ChangeKind.ACCEPTED:
            return f"accepted at {shortened(change.after, 80)}"
        case ChangeKind.TITLE | ChangeKind.ABSTRACT:
            return f"{change.kind.value} changed"
        case ChangeKind.RESTORED:
            return "no longer withdrawn"
        case ChangeKind.WITHDRAWN | ChangeKind.CODE:
            return change.kind.value


def _full(change: Change) -> str:
    match change.kind:
        case ChangeKind.VERSION if change.day:
            return f"v{change.after} ({full_day(change.day)})"
        case ChangeKind.TITLE:
            return f"title changed from “{shortened(change.before, _TITLE)}”"
    return _short(change)


def told(changed: Changed) -> Card:
    """One paper's changes as a card of a reply."""
    details: list[str] = []
    for change in _last(changed.changes):
        match change.kind:
            case ChangeKind.TITLE:
                details.append(f"The title was: {shortened(change.before, _TITLE)}")
            case ChangeKind.ABSTRACT:
                details += [f"New in the abstract: {new}"] if (new := _new_sentences(change)) else []
            case ChangeKind.WITHDRAWN if change.after:
                details.append(f"The authors say: {shortened(change.after, _COMMENT)}")
            case ChangeKind.CODE:
                details.append(f"The code: {change.after}")
    show = Button(label="Abstract", action=f"show:{changed.stored.row}")
    title = shortened(changed.stored.paper.display_title, _TITLE)
    return Card(
        title=rich(title),
        url=changed.stored.paper.url,
        facts=(Fact(label=MARK, value=in_short(changed.changes)),),
        body=rich(" · ".join(details)),
        buttons=(show,),
    )


def _new_sentences(change: Change) -> str:
    """Sentences of the new abstract that the old one had not, as many as fit."""
    known = set(sentences(change.before))
    fresh = [sentence for sentence in sentences(change.after) if sentence not in known]
    return shortened(" … ".join(fresh), _SENTENCES) if fresh else ""


def update_replies(changed: Sequence[Changed], limits: Limits) -> tuple[Message, ...]:
    """What is said in the thread of a message whose papers changed."""
    heading = "Updated since this was posted" if len(changed) > 1 else "Updated"
    return split(Message(heading=heading, cards=tuple(map(told, changed))), limits)


def with_updates(message: Message, changed: Sequence[Changed]) -> Message:
    """``message`` with a line on the card of each paper that changed, in place of an earlier such line."""
    cards = list(message.cards)
    items = list(message.items)
    for one in changed:
        if (place := card_of(message, one.rows)) is not None:
            card = cards[place]
            mark = Fact(label=MARK, value=in_short(one.changes))
            cards[place] = replace(card, facts=(mark, *(fact for fact in card.facts if fact.label != MARK)))
        elif (place := item_of(message, one.stored.paper.url)) is not None:
            item = items[place]
            items[place] = replace(item, text=f"{item.text.partition(f' ({MARK}')[0]} ({MARK} {in_short(one.changes)})")
    return replace(message, cards=tuple(cards), items=tuple(items))


def card_of(message: Message, rows: Collection[int]) -> int | None:
    """Which card of a message is a paper's: its buttons carry the number the paper had."""
    return next((place for place, card in enumerate(message.cards) if _rows(card) & set(rows)), None)


def item_of(message: Message, url: str) -> int | None:
    """Which line of a message that was posted as plain text is a paper's."""
    return next((place for place, item in enumerate(message.items) if url and item.detail == url), None)


def _rows(card: Card) -> set[int]:
    actions = (button.action.split(":") for button in (*card.buttons, *card.menu))
    return {int(parts[1]) for parts in actions if len(parts) > 1 and parts[0] in _OF_A_PAPER and parts[1].isdecimal()}


_OF_A_PAPER = frozenset({"save", "unsave", "like", "show", "hide", "follow", "why"})
