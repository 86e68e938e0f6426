"""Papers that people keep for themselves."""

from __future__ import annotations

from bot.domain.papers import StoredPaper
from bot.domain.queries import Query
from bot.domain.requests import Command, Reply, Request
from bot.errors import BadInput
from bot.grammar.reading import ROOT
from bot.query.evaluation import matches
from bot.query.language import parse_query
from bot.render.answers import PAGE, save_changed, saved_list
from bot.services.interactions.desk import Desk, argument, find_paper, fixing, number, paper_of_row, reader_of
from bot.services.interactions.search import query_of, remembered
from bot.services.permissions import person
from bot.text.analysis import terms

#: Saved papers that a query looks through.
MOST = 2000


async def save(desk: Desk, request: Request, command: Command) -> Reply:
    found = await find_paper(desk, command.text("paper"))
    return found if isinstance(found, Reply) else await _save(desk, request, found)


async def save_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _save(desk, request, await paper_of_row(desk, argument(args, 0)))


async def unsave(desk: Desk, request: Request, command: Command) -> Reply:
    found = await find_paper(desk, command.text("paper"))
    return found if isinstance(found, Reply) else await _unsave(desk, request, found)


async def unsave_row(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    return await _unsave(desk, request, await paper_of_row(desk, argument(args, 0)))


async def saved(desk: Desk, request: Request, command: Command) -> Reply:
    typed = command.text("query")
    if not typed:
        return await _page(desk, request, 0, update=False)
    with fixing(command, "query"):
        query = parse_query(typed)
    return await _chosen(desk, request, query, await remembered(desk, query), 0, update=False)


async def saved_page(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """``saved:<page>``, or ``saved:<token of a query>:<page>``."""
    if len(args) > 1:
        token = argument(args, 0)
        return await _chosen(desk, request, await query_of(desk, token), token, number(argument(args, 1)), update=True)
    return await _page(desk, request, number(argument(args, 0, "0")), update=True)


async def saved_papers(desk: Desk, request: Request, query: Query | None = None) -> list[StoredPaper]:
    """What the asker saved, last saved first; with a query only what it finds."""
    found = await desk.store.saved(person(request.actor), limit=MOST)
    return [one for one in found if query is None or matches(query, one.paper, terms(one.paper, one.sources), desk.today())]


async def _page(desk: Desk, request: Request, page: int, *, update: bool) -> Reply:
    found = await desk.store.saved(person(request.actor), limit=PAGE + 1, offset=page * PAGE)
    message = saved_list(found[:PAGE], number=page, more=len(found) > PAGE, reader=await reader_of(desk, request))
    return Reply(message=message, update=update)


async def _chosen(desk: Desk, request: Request, query: Query, token: str, page: int, *, update: bool) -> Reply:
    found = await saved_papers(desk, request, query)
    if not found:
        raise BadInput(f"none of your saved papers matches {query.shown}", f"look in the whole library: {ROOT} search {query.shown}")
    shown = found[page * PAGE : (page + 1) * PAGE]
    more = len(found) > (page + 1) * PAGE
    message = saved_list(shown, number=page, more=more, reader=await reader_of(desk, request), query=query.shown, token=token)
    return Reply(message=message, update=update)


async def _save(desk: Desk, request: Request, stored: StoredPaper) -> Reply:
    changed = await desk.store.save(person(request.actor), stored.row, at=desk.clock.now())
    return Reply(message=save_changed(stored, saved=True, changed=changed))


async def _unsave(desk: Desk, request: Request, stored: StoredPaper) -> Reply:
    changed = await desk.store.unsave(person(request.actor), stored.row)
    return Reply(message=save_changed(stored, saved=False, changed=changed))
