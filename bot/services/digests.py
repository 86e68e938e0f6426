"""Due destinations become planned occurrences: chosen, worded, split and written down in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from bot.coverage import REPAIRED
from bot.domain.coverage import Coverage
from bot.domain.deliveries import Occurrence, delivery_id
from bot.domain.messages import Message
from bot.domain.people import SharedPost
from bot.domain.subscriptions import Channel, Destination, Subscription
from bot.muting import Muted, mute_name
from bot.planning import INSTANT_SINGLES, Pick, Selection, arranged, choose, interleave
from bot.ports import Candidate, Clock, Limits, SourceRun, Store
from bot.query.language import parse_query
from bot.render.digest import Note, digest_message, note_message, single_message
from bot.services.updates import Updates

log = logging.getLogger(__name__)

#: New papers one occurrence can cover; what is beyond stays new for the next.
COVER = 1000
#: What came in longer ago is no news: after a long pause it is held back, and found on the unread list.
NEWS = timedelta(days=8)
#: So many papers are compared with the mutes of their destination in one go.
SLICE = 50
#: So many destinations that are due together are planned at once; more are spread, a little for each, over at most so many seconds.
AT_ONCE, SPREAD_EACH, SPREAD = 20, 0.1, 300.0
#: A source's reading is part of a digest's receipt for this long.
RECEIPT_AGE = timedelta(hours=24)
#: Readings that bring nothing to post.
NO_NEWS = ("seeds", "arxiv-backfill")


class Digests:
    """Plans. ``limits`` says what one message of a platform carries, ``link`` where a sent message can be opened."""

    def __init__(
        self, store: Store, clock: Clock, limits: Callable[[str], Limits], *, link: Callable[[Destination, str, str], str] | None = None
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._limits = limits
        self._updates = Updates(store, clock, limits)

    async def plan_due(self, platforms: Collection[str] | None = None) -> int:
        """Plan every destination whose time has come (on these platforms, or on all); after downtime only its latest occurrence.

        Returns how many were planned. What changed about papers that a destination was shown is queued with it."""
        now = self._clock.now()
        planned = 0
        due = [one for one in await self._store.due(now) if platforms is None or one.destination.platform in platforms]
        # Channels first: what people are told of by a note has to be posted there.
        for channel in sorted(due, key=lambda one: one.destination.personal):
            if channel.next_at and now < channel.next_at + jitter(channel.destination, len(due)):
                continue
            schedule = channel.settings.schedule
            day, _ = schedule.last_until(now)
            _, next_at = schedule.next_after(now)
            await self._catch_up(channel, day)
            await self._updates.plan(channel)
            planned += await self._plan(channel, slot=day.isoformat(), local_date=day, next_at=next_at)
        return planned

    async def plan_now(self, channel: Channel) -> bool:
        """A digest out of turn. ``False`` when there is nothing to post; the schedule goes on unchanged."""
        now = self._clock.now()
        caught_up = await self._catch_up(channel, _local_date(channel, now))
        return await self._plan(channel, slot=f"now:{now.isoformat()}", local_date=_local_date(channel, now), next_at=None) or caught_up

    async def plan_instant(self, platforms: Collection[str] | None = None) -> int:
        """Post what is new to the destinations that want it at once: a few singles, or one digest of many."""
        planned = 0
        now = self._clock.now()
        for channel in sorted(await self._store.channels(), key=lambda one: one.destination.personal):
            if channel.settings.deliver != "instant" or channel.paused:
                continue
            if platforms is not None and channel.destination.platform not in platforms:
                continue
            await self._updates.plan(channel)
            arrived = await self._store.fresh(channel.destination, limit=COVER)
            if arrived and await self._catch_up(channel, _local_date(channel, now), arrived):
                planned += 1
                arrived = await self._store.fresh(channel.destination, limit=COVER)
            fresh, held = await self._wanted(channel.destination, arrived)
            if held:
                await self._hold(channel, held)
            if len(fresh) > INSTANT_SINGLES:
                slot = f"instant:{_rows_digest(fresh)}"
                planned += await self._plan(channel, slot=slot, local_date=_local_date(channel, now), next_at=None)
                continue
            for one in reversed(fresh):  # oldest first, as they came
                pick = Pick(stored=one.stored, clauses=one.reasons, kind="new")
                selection = Selection(shown=(pick,), rest=())
                slot = f"instant:{one.stored.paper.key}"
                notes = await self._notes(channel.destination, selection)
                said = (note_message(pick, notes[one.stored.row]) if notes else single_message(pick),)
                planned += await self._enqueue(channel, selection, said, slot=slot, next_at=None, local_date=None)
        return planned

    async def preview(self, channel: Channel, number: int = 0) -> Message | None:
        """The next digest as it would be posted now, whole and unsplit, or what subscription ``number`` brings to it; nothing changes.
        ``None``: nothing to post."""
        now = self._clock.now()
        selection = await self._select(channel, _local_date(channel, now))
        if number:
            shown = tuple(pick for pick in selection.shown if number in pick.numbers)
            rest = tuple(pick for pick in selection.rest if number in pick.numbers)
            selection = replace(selection, shown=shown, rest=rest)
        if not selection.shown:
            return None
        return digest_message(
            channel,
            selection,
            occurrence="preview",
            runs=await self._runs(now),
            today=_local_date(channel, now),
            days=await self._days(now),
            notes=await self._notes(channel.destination, selection),
        )

    async def _plan(self, channel: Channel, *, slot: str, local_date: date, next_at: datetime | None) -> bool:
        selection = await self._select(channel, local_date)
        return await self._say(channel, selection, slot=slot, local_date=local_date, next_at=next_at)

    async def _catch_up(self, channel: Channel, local_date: date, fresh: Sequence[Candidate] | None = None) -> bool:
        """One digest of its own, marked as such, for what belongs to days that had been missed and were made up for."""
        days = [one for one in await self._days(self._clock.now()) if one.repaired_at]
        if not days:
            return False
        fresh = await self._store.fresh(channel.destination, limit=COVER) if fresh is None else fresh
        late = [one for one in fresh if any(_is_late(one, day) for day in days)]
        if not late:
            return False
        wanted, held = await self._wanted(channel.destination, late)
        followed = await self._store.subscriptions(channel.destination)
        maxima = {one.number: one.maximum for one in followed if one.maximum is not None}
        votes = await self._votes(channel.destination, wanted)
        selection = replace(choose(wanted, (), channel.settings, today=local_date, maxima=maxima, votes=votes), held=held)
        missed = [day for day in days if any(_is_late(one, day) for one in late)]
        return await self._say(channel, selection, slot=f"catch-up:{_rows_digest(late)}", local_date=local_date, next_at=None, late=missed)

    async def _say(
        self,
        channel: Channel,
        selection: Selection,
        *,
        slot: str,
        local_date: date,
        next_at: datetime | None,
        late: Sequence[Coverage] = (),
    ) -> bool:
        """Write an occurrence down with the messages that carry it; ``False`` when there is nothing to post."""
        messages: tuple[Message, ...] = ()
        threaded = True
        if not selection.shown and selection.held:
            # Under a name of its own: papers that come later today still find the name of the day free.
            await self._hold(channel, selection.held)
        if selection.shown:
            now = self._clock.now()
            notes = await self._notes(channel.destination, selection)
            message = digest_message(
                channel,
                selection,
                occurrence=delivery_id(channel.destination, slot, 0),
                runs=await self._runs(now),
                today=local_date,
                days=await self._days(now),
                late=late,
                notes=notes,
            )
            singles = [single_message(pick) for pick in selection.shown]
            # Notes are lines of a digest, whatever the style.
            style = "digest" if notes else channel.destination.style(channel.settings.style)
            messages, threaded = arranged(message, singles, style, self._limits(channel.destination.platform))
        return await self._enqueue(channel, selection, messages, slot=slot, next_at=next_at, local_date=local_date, threaded=threaded)

    async def _enqueue(
        self,
        channel: Channel,
        selection: Selection,
        messages: tuple[Message, ...],
        *,
        slot: str,
        next_at: datetime | None,
        local_date: date | None,
        threaded: bool = True,
    ) -> bool:
        occurrence = Occurrence(
            destination=channel.destination,
            slot=slot,
            shown=tuple((pick.stored.row, pick.reason) for pick in selection.shown),
            rest=tuple((pick.stored.row, pick.reason) for pick in selection.rest),
            messages=messages,
            threaded=threaded,
            held=tuple((pick.stored.row, pick.reason, why) for pick, why in selection.held) if messages else (),
            next_at=next_at,
            local_date=local_date,
        )
        written = await self._store.enqueue(occurrence, at=self._clock.now())
        if written and messages:
            log.info(
                "digest planned",
                extra={"destination": channel.destination.key, "slot": slot, "shown": len(selection.shown), "rest": len(selection.rest)},
            )
        return written and bool(messages)

    async def _hold(self, channel: Channel, held: Sequence[tuple[Pick, str]]) -> None:
        """Cover what is muted without saying anything: it does not come back when the mute ends."""
        now = self._clock.now()
        occurrence = Occurrence(
            destination=channel.destination,
            slot=f"held:{now.isoformat()}",
            shown=(),
            rest=(),
            messages=(),
            held=tuple((pick.stored.row, pick.reason, why) for pick, why in held),
            next_at=None,
        )
        await self._store.enqueue(occurrence, at=now)

    async def _wanted(self, destination: Destination, found: Sequence[Candidate]) -> tuple[list[Candidate], tuple[tuple[Pick, str], ...]]:
        """Those of ``found`` that nothing keeps away, and the others with the mute that does."""
        mutes = await self._store.mutes(destination, at=self._clock.now()) if found else []
        if not mutes:
            return list(found), ()
        muted = Muted(mutes, self._clock.now().date())
        kept: list[Candidate] = []
        held: list[tuple[Pick, str]] = []
        for start in range(0, len(found), SLICE):
            part = found[start : start + SLICE]
            # Many papers take a while to look through: beside the event loop.
            verdicts = await asyncio.to_thread(lambda part: [muted.holds(one.stored, one.reasons) for one in part], part)
            for one, mute in zip(part, verdicts, strict=True):
                if mute is None:
                    kept.append(one)
                else:
                    held.append((Pick(stored=one.stored, clauses=one.reasons, kind="new", numbers=one.numbers), mute_name(mute)))
        return kept, tuple(held)

    async def _select(self, channel: Channel, today: date) -> Selection:
        fresh, held = await self._wanted(channel.destination, await self._store.fresh(channel.destination, limit=COVER))
        long_ago = self._clock.now() - NEWS
        old = [one for one in fresh if one.stored.first_seen < long_ago]
        fresh = [one for one in fresh if one.stored.first_seen >= long_ago]
        fill = channel.settings.fill == "unread"
        followed = await self._store.subscriptions(channel.destination) if fresh or fill else []
        maxima = {one.number: one.maximum for one in followed if one.maximum is not None}
        unread: list[Candidate] = []
        if fill and (maxima or len(fresh) < channel.settings.maximum):
            unread = await self._unread(channel.destination, followed, channel.settings.maximum, today)
        votes = await self._votes(channel.destination, [*fresh, *unread, *old])
        return replace(choose(fresh, unread, channel.settings, old=old, today=today, maxima=maxima, votes=votes), held=held)

    async def _votes(self, destination: Destination, found: Sequence[Candidate]) -> dict[int, int]:
        """What the people of the destination's workspace or server voted for, by row."""
        return await self._store.votes(destination.tenant, [one.stored.row for one in found]) if found else {}

    async def _unread(self, destination: Destination, followed: Sequence[Subscription], wanted: int, today: date) -> list[Candidate]:
        """Papers that match the destination's rules and were never posted here, the best of each rule in turn. What somebody has read they
        are not sent in their own messages; a channel has other readers, too."""
        found: list[list[Candidate]] = []
        for subscription in followed:
            page = await self._store.search(parse_query(subscription.query), sort="new", limit=wanted * 5, today=today)
            found.append(
                [Candidate(stored=stored, reasons=(subscription.query,), numbers=(subscription.number,)) for stored, _ in page.hits]
            )
        candidates = interleave(found)
        rows = [one.stored.row for one in candidates]
        seen = await self._store.shown(destination, rows)
        if destination.person:
            seen |= await self._store.known_read(destination, destination.person, rows)
        kept, _ = await self._wanted(destination, [one for one in candidates if one.stored.row not in seen])
        return kept[: wanted * 3]

    async def _notes(self, destination: Destination, selection: Selection) -> dict[int, Note]:
        """Papers that the person has seen, or will see, in a channel they read: they get a note of those."""
        if not destination.personal:
            return {}
        posts = await self._store.shared_posts(destination, [pick.stored.row for pick in selection.shown])
        return {row: Note(where=str(post.destination), url=self._open(post)) for row, post in posts.items()}

    def _open(self, post: SharedPost) -> str:
        return self._link(post.destination, post.remote_id, post.thread) if self._link and post.remote_id else ""

    async def _runs(self, now: datetime) -> list[SourceRun]:
        return [run for run in await self._store.runs() if run.finished_at >= now - RECEIPT_AGE and run.source not in NO_NEWS]

    async def _days(self, now: datetime) -> list[Coverage]:
        """Announcement days that a digest tells of: the last ones, and older ones that were made up for lately."""
        rows = await self._store.coverage(since=now.date() - REPAIRED)
        recent = now.date() - NEWS
        return [one for one in rows if one.day >= recent or (one.repaired_at and one.repaired_at >= now - NEWS)]


def _is_late(one: Candidate, day: Coverage) -> bool:
    """Whether a paper is of a day that was made up for, and came in by that."""
    paper = one.stored.paper
    return (
        day.repaired_at is not None
        and paper.announced == day.day
        and day.category in paper.categories
        and one.stored.first_seen >= day.repaired_at
    )


def _rows_digest(candidates: Sequence[Candidate]) -> str:
    rows = ",".join(str(one.stored.row) for one in candidates)
    return blake2b(rows.encode(), digest_size=8).hexdigest()


def jitter(destination: Destination, due: int) -> timedelta:
    """How much later than its time a destination is planned when many are due together: the same every day, up to five minutes."""
    share = int.from_bytes(blake2b(destination.key.encode(), digest_size=4).digest()) / 2**32
    return timedelta(seconds=share * min(SPREAD, max(0, due - AT_ONCE) * SPREAD_EACH))


def _local_date(channel: Channel, now: datetime) -> date:
    return now.astimezone(ZoneInfo(channel.settings.schedule.zone)).date()
