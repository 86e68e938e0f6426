"""What goes to whom: choosing, ranking, capping and splitting. Decides only; nothing here reads, writes or sends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from bot.domain.messages import Card, Message, plain
from bot.domain.papers import StoredPaper
from bot.domain.subscriptions import DigestStyle, Settings
from bot.ports import Candidate, Limits

#: More new papers than this for an instant destination become one digest instead of single posts.
INSTANT_SINGLES = 5
#: Votes of a destination's own people that count: a followed author still comes first.
_VOICES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A paper chosen for a destination, and why."""

    stored: StoredPaper
    #: Clauses of the destination's rules that match, best first.
    clauses: tuple[str, ...]
    kind: Literal["new", "unread"]
    #: The subscriptions that bring it, best first.
    numbers: tuple[int, ...] = ()

    @property
    def reason(self) -> str:
        """In words, as it is printed on the card and kept on record."""
        matched = "matched " + " and ".join(self.clauses[:3]) if self.clauses else "the best of what is here"
        return matched if self.kind == "new" else f"not posted here before · {matched}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What one occurrence shows, best first, and what it covers without showing."""

    shown: tuple[Pick, ...]
    rest: tuple[Pick, ...]
    #: What is neither shown nor offered, each with what keeps it away ("mute #3: word survey").
    held: tuple[tuple[Pick, str], ...] = ()

    @property
    def matched(self) -> int:
        """New papers among all it covers."""
        return sum(pick.kind == "new" for pick in (*self.shown, *self.rest, *(pick for pick, _ in self.held)))


def choose(
    fresh: Iterable[Candidate],
    unread: Iterable[Candidate],
    settings: Settings,
    *,
    today: date,
    old: Iterable[Candidate] = (),
    maxima: Mapping[int, int] | None = None,
    votes: Mapping[int, int] | None = None,
) -> Selection:
    """New papers first, by rank and up to the cap; then, where the destination asks to be filled, unread ones. ``old`` ones are new to the
    destination but no news any more: held back. ``maxima``: what subscriptions (by number) allow of their papers in one digest.
    ``votes``: those of the destination's own people, by row."""
    left, ours = dict(maxima or {}), votes or {}
    shown, rest = _within(ranked(_picks(fresh, "new"), today, ours), settings.maximum, left)
    if settings.fill == "unread":
        taken = {pick.stored.row for pick in (*shown, *rest)}
        fill = (pick for pick in _picks(unread, "unread") if pick.stored.row not in taken)
        shown += _within(ranked(fill, today, ours), settings.maximum - len(shown), left)[0]
    if shown:
        rest += ranked(_picks(old, "new"), today, ours)
    return Selection(shown=tuple(shown), rest=tuple(rest))


def _picks(found: Iterable[Candidate], kind: Literal["new", "unread"]) -> Iterator[Pick]:
    return (Pick(stored=one.stored, clauses=one.reasons, kind=kind, numbers=one.numbers) for one in found)


def _within(picks: Iterable[Pick], room: int, left: dict[int, int]) -> tuple[list[Pick], list[Pick]]:
    """Those of ``picks`` that are shown, and the others. A paper counts for the first of its subscriptions that has room ``left``, which
    grows less with it."""
    shown: list[Pick] = []
    rest: list[Pick] = []
    for pick in picks:
        giver = next((number for number in pick.numbers if left.get(number, 1) > 0), None)
        if len(shown) >= room or (pick.numbers and giver is None):
            rest.append(pick)
            continue
        if giver in left:
            left[giver] -= 1
        shown.append(pick)
    return shown, rest


def ranked(picks: Iterable[Pick], today: date, votes: Mapping[int, int]) -> list[Pick]:
    """Best first; equal ones newest first, so that the order is the same every time."""
    return sorted(picks, key=lambda pick: (-rank(pick, today, votes.get(pick.stored.row, 0)), -pick.stored.row))


def rank(pick: Pick, today: date, ours: int = 0) -> float:
    """A followed author counts most, then how many rules agree and votes of ``ours``, then those of the source; a paper loses with age,
    slowly."""
    authors = sum(clause.startswith("by:") for clause in pick.clauses)
    topics = len(pick.clauses) - authors
    votes = math.log1p(max(0, pick.stored.paper.votes or 0))
    filed = pick.stored.paper.date
    age = max(0, (today - filed).days) if filed else 365
    return 3.0 * min(authors, 2) + 1.0 * min(topics, 4) + 1.0 * math.log1p(min(ours, _VOICES)) + 0.5 * votes - 0.5 * math.log1p(age / 30)


def split(message: Message, limits: Limits) -> tuple[Message, ...]:
    """``message`` in as few parts as the platform's limits allow, cards whole and in order, the closing line in the last part."""
    groups: list[list[Card]] = [[]]
    used = len(message.heading) + len(message.intro) + len(message.notice)
    for card in message.cards:
        size = card_size(card) + limits.per_card
        if groups[-1] and (len(groups[-1]) >= limits.cards or used + size > limits.characters):
            groups.append([])
            used = len(message.heading) + len(message.notice)
        groups[-1].append(card)
        used += size
    last = len(groups) - 1
    return tuple(
        replace(
            message,
            heading=message.heading if index == 0 else f"{message.heading} · part {index + 1} of {last + 1}",
            intro=message.intro if index == 0 else "",
            cards=tuple(cards),
            items=message.items if index == 0 else (),
            chart=message.chart if index == 0 else "",
            notice=message.notice if index == last else "",
            buttons=message.buttons if index == last else (),
        )
        for index, cards in enumerate(groups)
    )


def arranged(message: Message, singles: Sequence[Message], style: DigestStyle, limits: Limits) -> tuple[tuple[Message, ...], bool]:
    """A whole digest in the style of its destination, ``singles`` being its papers as posts of their own: the messages, and whether the
    first is continued by the others as its thread."""
    match style:
        case "cards":
            return (replace(message, cards=()), *singles), False
        case "thread":
            return (replace(message, cards=()), *(replace(one, topic=message.heading) for one in singles)), True
        case "forum":  # every post stands for itself, and the last one closes the digest
            last = replace(singles[-1], notice=message.notice, buttons=message.buttons)
            return (*singles[:-1], last), False
    return split(message, limits), True


def card_size(card: Card) -> int:
    """Characters of text that a card brings."""
    facts = sum(len(fact.label) + len(fact.value) + 3 for fact in card.facts)
    return len(plain(card.title)) + len(card.url) + len(plain(card.byline)) + facts + len(plain(card.body)) + len(card.reason)


def interleave(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Candidates of several rules, merged: one paper once with all its reasons, each rule's best before any rule's worst."""
    merged: dict[int, Candidate] = {}
    for position in range(max((len(one) for one in lists), default=0)):
        for one in lists:
            if position < len(one):
                candidate = one[position]
                known = merged.get(candidate.stored.row)
                reasons = tuple(dict.fromkeys((*(known.reasons if known else ()), *candidate.reasons)))
                numbers = tuple(dict.fromkeys((*(known.numbers if known else ()), *candidate.numbers)))
                merged[candidate.stored.row] = Candidate(stored=candidate.stored, reasons=reasons, numbers=numbers)
    return list(merged.values())
