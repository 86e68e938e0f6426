"""Why a paper was posted somewhere, or why not: one answer in words, out of what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.coverage import Coverage
from bot.domain.deliveries import Delivery, State
from bot.domain.history import History
from bot.domain.messages import Button, Item, Message, Tone
from bot.domain.mutes import Mute
from bot.domain.papers import AnnounceType, StoredPaper
from bot.domain.queries import Or, Query
from bot.domain.subscriptions import Channel, Destination, Subscription
from bot.grammar.reading import ROOT
from bot.ports import Covered, PaperRecord, SourceRun
from bot.query.explaining import Part
from bot.render.channel import next_digest
from bot.render.mutes import mute_text
from bot.render.paper import paper_card
from bot.render.receipt import brought, source_name
from bot.render.rules import rule_text
from bot.render.status import ago
from bot.render.words import counted, full_day, joined, moment_name, where

#: Rules that are named, of those that match and of those that come near.
_NAMED = 5
_STATES = {
    State.PENDING: "It is written down and goes out as soon as the platform takes it.",
    State.CLAIMED: "It is being sent at this moment.",
    State.SENDING: "It was sent, and the channel is looked into to see whether it arrived.",
    State.HELD: "It may or may not have arrived, and the channel cannot be looked into: whoever runs the bot decides.",
    State.FAILED: "The platform refused it",
    State.DEAD: "It was given up after many attempts",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Everything that bears on one paper at one destination."""

    stored: StoredPaper
    #: The key that was asked with, where that is not the paper's own.
    alias: str
    to: Destination
    channel: Channel | None
    history: History | None
    record: PaperRecord
    #: Live rules that match the paper, each with the clause that does and whether only initials agree.
    matching: Sequence[tuple[Subscription, Query, str, bool]]
    #: Live rules that do not, nearest first.
    near: Sequence[tuple[Subscription, tuple[Part, ...]]]
    #: A mute that keeps it away now.
    mute: Mute | None
    #: The message that carries it, and where that can be opened.
    delivery: Delivery | None
    link: str
    #: It was the asker who hid it.
    hidden_by_me: bool
    zone: str
    now: datetime


def why_message(case: Case) -> Message:
    """The verdict first, then the paper with what matched marked, then each fact with its moment."""
    heading, intro = verdict(case)
    items = [*_fetched(case), *_matched(case), *_decided(case), *_kept_away(case)]
    query = _either([query for _, query, _, _ in case.matching])
    card = replace(paper_card(case.stored, query=query), menu=())
    buttons = (Button(label="Open the message", url=case.link),) if case.link else ()
    return Message(heading=heading, intro=intro, cards=(card,), items=tuple(items), buttons=buttons)


def verdict(case: Case) -> tuple[str, str]:
    """Posted or not, and the one reason that decided it."""
    place, covered = where(case.to), case.record.covered
    if covered and covered.shown:
        return _shown(case, covered)
    not_posted = f"Not posted for {place}"
    if covered and covered.held:
        return not_posted, f"It was kept away: {covered.held}."
    if case.record.hidden_at is not None:
        who = "you" if case.hidden_by_me else "somebody here"
        return not_posted, f"It is hidden: {who} said on {_day(case, case.record.hidden_at)} that it is not interesting."
    if covered and covered.released:
        return not_posted, "It was to be posted, and no message of that digest got through. A later digest can show it."
    if covered:
        day, cap = _day(case, covered.at), counted(covered.shown_in_all, "paper")
        return not_posted, f"It was held behind the button of the digest of {day}: that shows {cap}, and this was number {covered.rank}."
    if case.matching and (case.record.waiting == "archive" or case.stored.paper.announce_type is AnnounceType.ARCHIVE):
        return not_posted, "It matches, but it came with the archive, long after its announcement: that is no news to anybody."
    if case.record.waiting:
        return _waiting(case, not_posted)
    if not case.matching:
        if not case.near:
            return not_posted, "Nothing is followed here."
        return not_posted, "No subscription matches it."
    return not_posted, "It matches, but it was here before the subscription began: nothing older is posted."


def _shown(case: Case, covered: Covered) -> tuple[str, str]:
    place, reason = where(case.to), covered.reason or "it stood in the channel already"
    if case.delivery is None or case.delivery.state is State.SENT:
        sent = case.delivery.attempt_at or covered.at if case.delivery else covered.at
        return f"Posted for {place} on {_day(case, sent)}", f"Because it {reason}." if reason.startswith("matched") else f"{reason}."
    state = _STATES[case.delivery.state]
    error = f" ({case.delivery.error})." if case.delivery.error and not state.endswith(".") else "" if state.endswith(".") else "."
    return f"Chosen for {place}, and not there yet", f"{state}{error}"


def _waiting(case: Case, heading: str) -> tuple[str, str]:
    channel = case.channel
    wanted = {one.number: one.types or (channel.settings.types if channel else ()) for one, _, _, _ in case.matching}
    if case.matching and not any(case.record.waiting in types for types in wanted.values()):
        kinds = joined(sorted({kind for types in wanted.values() for kind in types}))
        return heading, f"It matches, but it was announced as {_KIND[case.record.waiting]}, and only {kinds} count here."
    if case.mute is not None:
        return heading, f"It is muted: #{case.mute.number}, {mute_text(case.mute)}."
    if not case.matching:
        return heading, "It waited, and the subscription that matched it has ended since."
    return f"Not posted for {where(case.to)} yet", f"It waits for the next digest. {next_digest(channel) if channel else ''}".strip()


_KIND = {"new": "new", "cross": "cross-listed", "update": "an update", "archive": "part of the archive"}


# --- the facts -------------------------------------------------------------------------------------------------------


def _fetched(case: Case) -> list[Item]:
    sources = case.history.sources if case.history else tuple((name, case.stored.first_seen) for name in case.stored.sources)
    told = [f"{_source(name)} on {moment_name(at, case.zone)}" for name, at in sources]
    items = [Item(label="Fetched", text=f"from {joined(told)}" if told else f"on {moment_name(case.stored.first_seen, case.zone)}")]
    if case.alias:
        items.append(Item(label="Same paper", text=f"{case.alias} and {case.stored.paper.key} are one paper: only one of them is posted."))
    records = case.history.records if case.history else ()
    if len(records) > 1:
        items.append(Item(label="Joined", text=f"of {joined([f'{one.key} ({_source(one.source)})' for one in records])}"))
    return items


def _matched(case: Case) -> list[Item]:
    at = {one.number: one for one in case.record.matched}
    items = []
    for one, _, clause, possible in case.matching[:_NAMED]:
        known = at.get(one.number)
        came = f"when it came in, {moment_name(known.at, case.zone)}" if known else "it was here before anybody followed this"
        if known and known.at < one.created_at:
            came = f"it came in {moment_name(known.at, case.zone)}, before this subscription began"
        doubt = "; only initials agree with the name" if possible else ""
        items.append(Item(label=f"Matches #{one.number}", text=clause, detail=f"{came}{doubt}"))
    if not case.matching:
        items += [Item(label=f"Not #{one.number}", text=rule_text(one), detail=_lacks(parts)) for one, parts in case.near[:_NAMED]]
        if len(case.near) > _NAMED:
            items.append(Item(label="", text=f"and {len(case.near) - _NAMED:,} more subscriptions that do not match"))
    return items


def _lacks(parts: Sequence[Part]) -> str:
    """``has graphs; lacks parsing; left out by -survey``."""
    has = [part.text for part in parts if part.holds and not part.excludes]
    lacks = [part.text for part in parts if not part.holds and not part.excludes]
    out = [f"-{part.text}" for part in parts if not part.holds and part.excludes]
    said = (("has", has), ("lacks", lacks), ("left out by", out))
    return "; ".join(f"{word} {joined(names)}" for word, names in said if names)


def _decided(case: Case) -> list[Item]:
    covered = case.record.covered
    if covered is None or covered.held:
        return []
    where_to = "shown" if covered.shown else "behind the button"
    size = f"number {covered.rank} of {covered.covered_in_all:,}, {covered.shown_in_all:,} shown: {where_to}"
    items = [Item(label="Rank", text=size, detail=f"decided {moment_name(covered.at, case.zone)}")]
    if case.delivery is not None:
        state = "posted" if case.delivery.state is State.SENT else case.delivery.state.value
        items.append(Item(label="Message", text=state, detail=f"delivery {case.delivery.id}"))
    return items


def _kept_away(case: Case) -> list[Item]:
    items = []
    if case.mute is not None:
        items.append(Item(label="Mute", text=f"#{case.mute.number}: {mute_text(case.mute)}", buttons=(_unmute(case.mute),)))
    if case.channel is not None and case.channel.paused:
        items.append(Item(label="Paused", text=case.channel.paused))
    return items


def _unmute(mute: Mute) -> Button:
    return Button(label="Unmute", action=f"unmute:{mute.number}:{'me' if mute.destination.personal else 'here'}")


# --- not in the store ------------------------------------------------------------------------------------------------


def unknown_paper(key: str, *, days: Sequence[Coverage], runs: Sequence[SourceRun], now: datetime) -> Message:
    """The paper is not here: what was read of late, so that one can tell whether it should be."""
    items = [
        Item(
            label=f"{_source(one.source)} {one.category}",
            text=f"{full_day(one.day)}: {one.fetched:,} of {one.announced:,} announced are here",
            detail=" · ".join(filter(None, (one.state.value, one.note))),
        )
        for one in days
    ]
    if not items:
        items = [Item(label=source_name(run.source), text=brought(run), detail=ago(run.finished_at, now)) for run in runs]
    what = "The days it may have been announced on" if days else "What was read last"
    return Message(
        heading=f"{key} is not in the library",
        intro=f"No source has given it so far. {what} are below." if items else "No source has been read yet.",
        items=tuple(items),
        notice=f"It comes with a category that is read, or with papercrier import; {ROOT} search finds what is here.",
        buttons=(Button(label="Status", action="run:status"),),
        tone=Tone.PLAIN,
    )


# --- small pieces ----------------------------------------------------------------------------------------------------


def _either(queries: Sequence[Query]) -> Query | None:
    if not queries:
        return None
    return queries[0] if len(queries) == 1 else Query(tree=Or(tuple(query.tree for query in queries)), canonical=queries[0].canonical)


def _source(name: str) -> str:
    return source_name(name)


def _day(case: Case, moment: datetime) -> str:
    return moment_name(moment, case.zone).rpartition(" (")[0]
