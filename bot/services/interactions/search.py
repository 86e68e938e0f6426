"""Searching: pages, sharing, what was probably meant, and rehearsing a rule."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

from bot.domain.messages import Message
from bot.domain.papers import StoredPaper
from bot.domain.queries import And, Query, Submitted
from bot.domain.requests import Command, Reply, Request
from bot.ports import Sort
from bot.query.language import any_words, parse_query
from bot.render.answers import PAGE, Proposal, Reader, end_of_list, nothing_found, partly_found, search_page, shared_page
from bot.render.rehearsal import Rehearsal
from bot.render.words import where
from bot.services.interactions.desk import Desk, argument, fixing, keep_for_all, number, reader_of, recall, remember
from bot.services.interactions.repairs import broader_queries, respelled
from bot.services.permissions import may_manage

#: Days that a confirmation looks back.
REHEARSAL_DAYS = 30


async def search_command(desk: Desk, request: Request, command: Command) -> Reply:
    with fixing(command, "query"):
        query = parse_query(command.text("query"))
    return await results(desk, request, query, sort=cast(Sort, command.text("sort", "best")))


async def results(
    desk: Desk, request: Request, query: Query, *, sort: Sort = "best", page: int = 0, update: bool = False, since: date | None = None
) -> Reply:
    """One page of a search. ``since`` narrows it to papers filed on or after that day, without becoming part of the query."""
    # Side by side: each of them waits for a thread of the store.
    token, found, reader = await asyncio.gather(
        remember(desk, "search", query=query.shown, sort=sort, since=since.isoformat() if since else ""),
        desk.store.search(since_day(query, since), sort=sort, limit=PAGE, offset=page * PAGE, today=desk.today()),
        reader_of(desk, request),
    )
    if not found.total:
        return Reply(message=await _nothing(desk, query, token, since, reader), update=update)
    if not found.hits:
        return Reply(message=end_of_list("this search"), update=False)
    channel = where(request.place) if not request.place.personal and may_manage(request.actor, request.place) else ""
    async with desk.turns:
        message = search_page(
            found,
            query,
            number=page,
            sort=sort,
            token=token,
            reader=reader,
            channel=channel,
            since=f"in the last {(desk.today() - since).days} days" if since else "",
        )
    return Reply(message=message, update=update)


async def rehearsal_of(desk: Desk, query: Query, *, days: int = REHEARSAL_DAYS, examples: int = 0) -> Rehearsal:
    """What ``query`` would have brought in the last ``days`` days, today included."""
    today = desk.today()
    first = today - timedelta(days=days)
    per_day = await desk.store.histogram(query, since=first, today=today)
    shown: tuple[StoredPaper, ...] = ()
    if examples and per_day:
        page = await desk.store.search(since_day(query, first), sort="new", limit=examples, today=today)
        shown = tuple(stored for stored, _ in page.hits)
    ever = None if per_day else (await desk.store.search(query, limit=1, today=today)).total
    return Rehearsal(query=query.shown, days=per_day, first=first, last=today, examples=shown, ever=ever)


# --- buttons ---------------------------------------------------------------------------------------------------------


async def turn_page(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    query, sort, since = await _search_of(desk, argument(args, 0))
    return await results(desk, request, query, sort=sort, page=number(argument(args, 1, "0")), update=True, since=since)


async def open_search(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    query, sort, since = await _search_of(desk, argument(args, 0))
    return await results(desk, request, query, sort=sort, since=since)


async def share(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    token, page = argument(args, 0), number(argument(args, 1, "0"))
    query, sort, since = await _search_of(desk, token)
    found = await desk.store.search(since_day(query, since), sort=sort, limit=PAGE, offset=page * PAGE, today=desk.today())
    if not found.hits:
        return Reply(message=end_of_list("this search"))
    await keep_for_all(desk, token)
    return Reply(message=shared_page(found, query, number=page, token=token, by=request.actor.name), private=False)


async def remembered(desk: Desk, query: Query) -> str:
    """A token that stands for a query in buttons; ``query_of`` gives it back."""
    return await remember(desk, "search", query=query.shown, sort="best", since="")


async def query_of(desk: Desk, token: str) -> Query:
    """The query of a search that a button remembers."""
    query, _, _ = await _search_of(desk, token)
    return query


async def _search_of(desk: Desk, token: str) -> tuple[Query, Sort, date | None]:
    fields = await recall(desk, "search", token)
    since = date.fromisoformat(fields["since"]) if fields.get("since") else None
    return parse_query(fields["query"]), cast(Sort, fields["sort"]), since


def since_day(query: Query, since: date | None) -> Query:
    """``query`` for papers filed on or after a day, without the day in what is shown of it."""
    return replace(query, tree=And((query.tree, Submitted(since=since)))) if since else query


async def _nothing(desk: Desk, query: Query, token: str, since: date | None, reader: Reader) -> Message:
    """No hit: the papers that come nearest, the spelling that was probably meant, and the broader query that finds most."""
    spelling = await respelled(desk.store, query)
    meant = await _proposal(desk, spelling) if spelling else None
    best = await _best(desk, [query]) if since is not None else None
    for group in broader_queries(query):
        best = best or await _best(desk, group)
    some = any_words(query)
    page = await desk.store.search(since_day(some, since), limit=PAGE, today=desk.today()) if some else None
    if some is None or page is None or not page.hits:
        return nothing_found(query, spelling=meant, broader=best, token=token)
    partly = await remember(desk, "search", query=some.shown, sort="best", since=since.isoformat() if since else "")
    return partly_found(page, query, some, token=partly, watch=token, spelling=meant, broader=best, reader=reader)


async def _best(desk: Desk, queries: Sequence[Query]) -> Proposal | None:
    """The proposal that finds most, if any finds something."""
    found = [one for query in queries if (one := await _proposal(desk, query))]
    return max(found, key=lambda one: (one.total, one.query), default=None)


async def _proposal(desk: Desk, query: Query) -> Proposal | None:
    """``query`` with how much it finds, or ``None`` when that is nothing too."""
    page = await desk.store.search(query, limit=1, today=desk.today())
    if not page.total:
        return None
    token = await remember(desk, "search", query=query.shown, sort="best", since="")
    return Proposal(query=query.shown, total=page.total, more=page.more, token=token)
