"""What every answer needs: the store, the papers and channels that a request names, and the state of buttons."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any

from bot.clock import Turns
from bot.domain.messages import Message
from bot.domain.papers import StoredPaper, fold, parse_key
from bot.domain.queries import Query
from bot.domain.quotas import DEFAULT_QUOTAS, Quotas
from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Channel, Destination, Settings
from bot.errors import BadInput
from bot.grammar.reading import ROOT, command_line, option_meant
from bot.ports import Clock, Painter, SearchPage, Store
from bot.query.language import parse_query
from bot.query.repairs import query_fixes
from bot.render.answers import Reader, which_paper
from bot.render.digest import followed_names
from bot.services.permissions import person

#: Options that hold a query.
_QUERIES = ("query", "value")
_NO_FIELD = re.compile(r'there is no field "(.+)"$')
#: Saved papers that are looked up to mark them on cards.
_SAVED = 500
#: A private answer is gone when Slack is loaded anew or Discord started again: nobody presses its buttons after that. What was shared
#: stands in a channel, and works for a year and a month.
PRIVATE, SHARED = timedelta(days=30), timedelta(days=400)


def no_link(destination: Destination, remote_id: str, parent: str) -> str:
    """Nowhere to open a message."""
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The means to answer with."""

    store: Store
    clock: Clock
    #: The next digest of a destination as it stands now, or what one subscription (0: all) brings to it; ``None``: nothing to post.
    preview: Callable[[Destination, int], Awaitable[Message | None]]
    #: How everything stands, for the operator.
    status: Callable[[], Awaitable[Message]] | None
    #: Settings of a channel that nobody has set up before.
    defaults: Settings
    quotas: Quotas = DEFAULT_QUOTAS
    #: Where a sent message of a destination can be opened; empty where that is not known. The third is the message that it continues.
    link: Callable[[Destination, str, str], str] = no_link
    painter: Painter | None = None
    #: The paper of a key from wherever it can be had; without it only what is in the library is found.
    find: Callable[[str], Awaitable[StoredPaper | None]] | None = None
    #: How often each source is read.
    every: Mapping[str, timedelta] = field(default_factory=dict)
    #: Drawing ten papers takes milliseconds: one answer after the other.
    turns: Turns = field(default_factory=Turns)
    #: The answer is for everybody: nothing in it is about who asked.
    shared: bool = False

    def today(self) -> date:
        return self.clock.now().date()


#: Answer a command, or a press on a button with its arguments.
Verb = Callable[[Desk, Request, Command], Awaitable[Reply]]
Press = Callable[[Desk, Request, tuple[str, ...]], Awaitable[Reply]]


def close_to(typed: str, known: str) -> bool:
    """Whether one looks like a misspelling of the other."""
    return SequenceMatcher(None, fold(typed), fold(known)).ratio() >= 0.6


@contextmanager
def fixing(command: Command, option: str) -> Iterator[None]:
    """What an error inside says would have been right for ``option`` becomes the whole command with that in its place."""
    try:
        yield
    except BadInput as error:
        field = _NO_FIELD.match(error.message)
        if option in _QUERIES and field and (meant := option_meant(command, option, field[1])):
            raise meant from None
        if option in _QUERIES and command.text("kind", "query") == "query" and not error.fixes:
            error.fixes = query_fixes(command.text(option), error, for_standing=command.verb != "search")
        error.option = error.option or option
        error.repairs = (*error.repairs, *(command_line(command.verb, {**command.options, option: fix}) for fix in error.fixes))
        raise


# --- channels --------------------------------------------------------------------------------------------------------


async def known_channel(desk: Desk, to: Destination) -> Channel | None:
    """The channel of ``to``, never one of another workspace or server."""
    return await desk.store.channel(to.key, tenant=to.tenant)


async def ensured_channel(desk: Desk, to: Destination) -> Channel:
    """The channel of ``to``, set up with the default settings when it is new."""
    if known := await known_channel(desk, to):
        return known
    _, next_at = desk.defaults.schedule.next_after(desk.clock.now())
    return await desk.store.add_channel(to, desk.defaults, next_at=next_at, origin="chat")


async def existing_channel(desk: Desk, to: Destination) -> Channel:
    """The channel of ``to``; ``BadInput`` when nothing is posted there yet."""
    if channel := await known_channel(desk, to):
        return channel
    raise BadInput(
        "nothing is posted here yet",
        f"subscribe to something first, for example {ROOT} subscribe author Robin Jia",
        repairs=("help subscribe",),
    )


# --- papers ----------------------------------------------------------------------------------------------------------


async def paper_of_row(desk: Desk, text: str) -> StoredPaper:
    """The paper of a button. ``BadInput`` when the store does not know it (any more)."""
    found = await desk.store.papers([number(text)])
    if not found:
        raise BadInput("this paper is not in the library any more", f"look for it with {ROOT} search")
    return found[0]


async def paper_of_key(desk: Desk, key: str) -> StoredPaper | None:
    """By its identity key: in the library, or fetched for the one who asks."""
    return await (desk.find(key) if desk.find else desk.store.paper(key))


async def find_paper(desk: Desk, typed: str) -> StoredPaper | Reply:
    """The paper that an id, a link or words of its title name; a question back when several fit; ``BadInput`` when none does."""
    typed = typed.strip(' "“”')
    if key := parse_key(typed):
        if stored := await paper_of_key(desk, key):
            return stored
        step = f"nobody who could know it has it now; {ROOT} search finds what is here"
        raise BadInput(f'"{key}" is not in the library', step, repairs=(f"why {key}",))
    words = fold(typed).split()[:30]
    if not words:
        raise BadInput(f'"{typed}" names no paper', f"write an id, a link or words of the title, for example {ROOT} show 2510.19811")
    page = await search(desk, parse_query(" ".join(f"title:{word}" for word in words)), limit=5)
    papers = [stored for stored, _ in page.hits]
    exact = [stored for stored in papers if fold(stored.paper.display_title).split() == words]
    if len(papers) == 1 or len(exact) == 1:
        return (exact or papers)[0]
    if papers:
        return Reply(message=which_paper(typed, papers, total=f"{page.total:,}{'+' if page.more else ''}"))
    step = f"look in the abstracts too: {ROOT} search {typed[:100]}"
    raise BadInput(f'no paper has "{typed[:100]}" in its title', step, repairs=(f"search {' '.join(words)}",))


async def search(desk: Desk, query: Query, *, limit: int) -> SearchPage:
    return await desk.store.search(query, sort="best", limit=limit, today=desk.today())


async def reader_of(desk: Desk, request: Request) -> Reader:
    """What marks the cards of an answer: the asker's saved papers, and who is followed here or by them."""
    if desk.shared:
        return Reader(followed=followed_names(await rules_at(desk, request.place)))
    kept, here, own = await asyncio.gather(
        desk.store.saved(person(request.actor), limit=_SAVED), rules_at(desk, request.place), rules_at(desk, request.actor.personal)
    )
    return Reader(saved={stored.row for stored in kept}, followed=followed_names([*here, *own]))


async def rules_at(desk: Desk, to: Destination) -> Sequence[str]:
    """Canonical queries that ``to`` subscribes to."""
    return [one.query for one in await desk.store.subscriptions(to)]


# --- buttons ---------------------------------------------------------------------------------------------------------


def number(text: str) -> int:
    """A number out of a button."""
    if not text.isdecimal() or len(text) > 12:
        raise stale_button()
    return int(text)


def argument(args: Sequence[str], index: int, default: str = "") -> str:
    return args[index] if index < len(args) else default


def stale_button() -> BadInput:
    return BadInput("this button is out of date", f"ask again, for example with {ROOT} search", repairs=("help",))


async def remember(desk: Desk, kind: str, **fields: Any) -> str:
    """A token that stands for these fields in a button."""
    payload = json.dumps({"kind": kind, **fields}, sort_keys=True, separators=(",", ":"))
    # A search changes nothing that its buttons have to outlive: it does not wait while papers are written.
    return await desk.store.remember(payload, at=desk.clock.now(), keep=PRIVATE, lazily=kind == "search")


async def keep_for_all(desk: Desk, token: str) -> None:
    """What a token stands for is in buttons of a message that everybody sees from now on."""
    if payload := await desk.store.recall(token):
        await desk.store.remember(payload, at=desk.clock.now(), keep=SHARED)


async def recall(desk: Desk, kind: str, token: str) -> dict[str, Any]:
    """The fields behind a token; ``BadInput`` when it is unknown or of another kind."""
    payload = await desk.store.recall(token)
    fields: dict[str, Any] = json.loads(payload) if payload else {}
    if fields.pop("kind", "") != kind:
        raise stale_button()
    return fields
