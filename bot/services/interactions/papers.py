"""Papers: lists of them, one in full, and what people do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.papers import StoredPaper
from bot.domain.people import AllRead
from bot.domain.queries import And, Or, Query, Submitted
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination
from bot.errors import BadInput
from bot.matching.matcher import Matcher
from bot.muting import Muted
from bot.ports import Candidate
from bot.query.language import parse_query
from bot.render.answers import (
    PAGE,
    all_read_marked,
    hidden,
    latest_list,
    read_marked,
    rest_list,
    similar_list,
    today_list,
    unhidden,
    unread_again,
    unread_list,
)
from bot.render.common import paper_message
from bot.render.words import scope, where
from bot.services.interactions.desk import (
    Desk,
    argument,
    find_paper,
    number,
    paper_of_row,
    reader_of,
    recall,
    remember,
    rules_at,
    stale_button,
)
from bot.services.permissions import destination, managed, may_manage, person
from bot.text.analysis import terms

#: Papers that a list of arrivals or unread ones is counted to.
_COUNTED = 1000
#: An arrival of today may be filed under a day as far back as this.
_FILED = timedelta(days=60)


# --- lists -----------------------------------------------------------------------------------------------------------


async def latest(desk: Desk, request: Request, command: Command) -> Reply:
    papers = await desk.store.latest(limit=command.number("count", PAGE))
    total = await desk.store.count_papers()
    return Reply(message=latest_list(papers, total=total, reader=await reader_of(desk, request)))


async def today(desk: Desk, request: Request, command: Command) -> Reply:
    return await _today(desk, request, 0, update=False)


async def unread(desk: Desk, request: Request, command: Command) -> Reply:
    return await _unread(desk, request, 0, update=False)


async def _today(desk: Desk, request: Request, page: int, *, update: bool) -> Reply:
    since = desk.clock.now() - timedelta(days=1)
    rules = await rules_at(desk, request.place)
    queries = [parse_query(rule) for rule in rules]
    if queries:
        filed = Submitted(since=(since - _FILED).date())
        either = queries[0].tree if len(queries) == 1 else Or(tuple(query.tree for query in queries))
        wanted = Query(tree=And((either, filed)), canonical="")
        found = await desk.store.search(wanted, sort="new", limit=_COUNTED, today=desk.today())
        arrived = [stored for stored, _ in found.hits if stored.first_seen >= since]
        muted = Muted(await desk.store.mutes(request.place, at=desk.clock.now()), desk.today())
        papers = [stored for stored in arrived if muted.holds(stored) is None]
    else:
        papers = await desk.store.latest(limit=_COUNTED, since=since)
    shown = papers[page * PAGE : (page + 1) * PAGE]
    clauses = _clauses(desk, shown, queries)
    message = today_list(
        [Candidate(stored=stored, reasons=_matched(clauses[stored.row])) for stored in shown],
        number=page,
        total=len(papers),
        more=len(papers) == _COUNTED,
        where=where(request.place),
        rules=bool(rules),
        reader=await reader_of(desk, request),
    )
    return Reply(message=message, update=update)


def _clauses(desk: Desk, papers: Sequence[StoredPaper], queries: Sequence[Query]) -> dict[int, tuple[str, ...]]:
    """For each row the parts of the rules that match it."""
    matcher = Matcher()
    for rule, query in enumerate(queries):
        matcher.add(rule, query)
    found = {one.row: matcher.match(one.paper, terms(one.paper), desk.today()) for one in papers}
    return {row: tuple(dict.fromkeys(hit.clause for hit in hits)) for row, hits in found.items()}


def _matched(clauses: Sequence[str]) -> tuple[str, ...]:
    return (f"matched {' and '.join(clauses[:3])}",) if clauses else ()


async def _unread(desk: Desk, request: Request, page: int, *, update: bool) -> Reply:
    found = await desk.store.unread(request.place, person(request.actor), limit=_COUNTED)
    shown = found[page * PAGE : (page + 1) * PAGE]
    message = unread_list(
        shown,
        number=page,
        total=len(found),
        more=len(found) == _COUNTED,
        where=where(request.place),
        reader=await reader_of(desk, request),
    )
    return Reply(message=message, update=update)


async def today_page(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _today(desk, request, number(argument(args, 0, "0")), update=True)


async def unread_page(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _unread(desk, request, number(argument(args, 0, "0")), update=True)


async def rest(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """What a digest held back: asked below the digest, so for this place or the asker's own messages only."""
    occurrence = argument(args, 0)
    first = await desk.store.delivery(occurrence)
    mine = {request.place.key: request.place.tenant, request.actor.personal.key: request.actor.personal.tenant}
    if first is None or first.destination.key not in mine or first.destination.tenant not in ("", mine[first.destination.key]):
        raise stale_button()
    page = number(argument(args, 1, "0"))
    found = await desk.store.rest(occurrence)
    shown = found[page * PAGE : (page + 1) * PAGE]
    # The first page answers the digest in the channel; turning pages stays in that answer.
    message = rest_list(shown, number=page, total=len(found), occurrence=occurrence, reader=await reader_of(desk, request))
    return Reply(message=message, update=len(args) > 1)


# --- one paper -------------------------------------------------------------------------------------------------------


async def show(desk: Desk, request: Request, command: Command) -> Reply:
    found = await find_paper(desk, command.text("paper"))
    return found if isinstance(found, Reply) else await _full(desk, request, found)


async def show_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _full(desk, request, await paper_of_row(desk, argument(args, 0)))


async def _full(desk: Desk, request: Request, stored: StoredPaper) -> Reply:
    reader = await reader_of(desk, request)
    history = await desk.store.history(f"row:{stored.row}")
    changes = history.changes if history else ()
    return Reply(message=paper_message(stored, followed=reader.followed, saved=stored.row in reader.saved, changes=changes))


async def similar(desk: Desk, request: Request, command: Command) -> Reply:
    found = await find_paper(desk, command.text("paper"))
    return found if isinstance(found, Reply) else await _similar(desk, request, found)


async def like(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _similar(desk, request, await paper_of_row(desk, argument(args, 0)))


async def _similar(desk: Desk, request: Request, stored: StoredPaper) -> Reply:
    papers = await desk.store.similar(stored.row, limit=PAGE)
    return Reply(message=similar_list(stored, papers, reader=await reader_of(desk, request)))


# --- marks -----------------------------------------------------------------------------------------------------------


async def read(desk: Desk, request: Request, command: Command) -> Reply:
    typed = command.text("paper")
    if typed.casefold() in ("all", "everything"):
        return await _read_all(desk, request)
    found = await find_paper(desk, typed)
    return found if isinstance(found, Reply) else await _read(desk, request, found)


async def read_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    if argument(args, 0) == "all":
        return await _read_all(desk, request)
    return await _read(desk, request, await paper_of_row(desk, argument(args, 0)))


async def _read(desk: Desk, request: Request, stored: StoredPaper) -> Reply:
    changed = await desk.store.read(person(request.actor), [stored.row], at=desk.clock.now())
    undo = await remember(desk, "read", rows=[stored.row]) if changed else ""
    return Reply(message=read_marked(stored.paper.display_title, undo=undo))


async def _read_all(desk: Desk, request: Request) -> Reply:
    mark = await desk.store.read_all(request.place, person(request.actor))
    undo = await _remembered(desk, request.place, mark) if mark else ""
    return Reply(message=all_read_marked(mark.papers if mark else 0, where=where(request.place), undo=undo))


async def _remembered(desk: Desk, place: Destination, mark: AllRead) -> str:
    """A token for what was read up to where. It says nothing of who has read."""
    before = mark.before.isoformat() if mark.before else ""
    return await remember(desk, "read", channel=place.key, until=mark.until.isoformat(), before=before)


async def undo_read(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Unread again for the asker, whose own marks are all that it takes back."""
    before = await recall(desk, "read", argument(args, 0))
    if "rows" in before:
        return Reply(message=unread_again(await desk.store.unmark(person(request.actor), before["rows"])))
    to = next((one for one in (request.place, request.actor.personal) if one.key == before["channel"]), None)
    if to is None:
        raise stale_button()
    earlier = datetime.fromisoformat(before["before"]) if before["before"] else None
    mark = AllRead(papers=0, until=datetime.fromisoformat(before["until"]), before=earlier)
    return Reply(message=unread_again(await desk.store.unread_all(to, person(request.actor), mark)))


async def hide_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Not interested: for the whole channel when a manager says so, for one's own messages otherwise."""
    stored = await paper_of_row(desk, argument(args, 0))
    to = request.place if may_manage(request.actor, request.place) else request.actor.personal
    changed = await desk.store.hide(to, person(request.actor), stored.row, at=desk.clock.now())
    return Reply(message=hidden(stored, where=where(to), scope=scope(to), changed=changed))


async def unhide(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    stored = await paper_of_row(desk, argument(args, 0))
    to = managed(request, destination(request, argument(args, 1, "here")))
    if not await desk.store.unhide(to, stored.row):
        raise BadInput("it is not hidden any more", "nothing to undo")
    return Reply(message=unhidden(stored, where=where(to)))
