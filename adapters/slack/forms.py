"""Forms as modals: opened within the three seconds of a trigger, estimated while they are filled in, answered when they are sent.

Everything a form needs to know stands in it (``memo``), so one that was opened before a restart is sent like any other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from adapters.slack.answering import Answers
from adapters.slack.checks_views import check_options
from adapters.slack.memo import Memo
from adapters.slack.pages import Pages
from adapters.slack.render import Block
from adapters.slack.render_views import FORM, answers, estimated, field_of, form_view, page_view, to_options, wrong
from adapters.slack.views import open_view, update_view
from adapters.slack.wire import Asked, Body, Wire, asked_in_view
from bot.domain.forms import Form
from bot.domain.messages import Message, Tone
from bot.domain.requests import Action, Choice, Command, Completion, Reply, Request, Submission, What
from bot.grammar.reading import form_action, opens_form
from bot.render.trouble import form_offered, one_moment

log = logging.getLogger(__name__)

T = TypeVar("T")

#: What the root command alone asks for.
LAUNCHER = Action(verb="form", args=("launcher",))
#: Seconds of Slack's three that an answer may take before something is shown in its place, and that proposals may take.
_PATIENCE, _PROPOSALS = 1.5, 2.5
_REMEMBERED = 500
#: Lookups in which what was typed is an answer too, whether or not anything is known by that name.
_FREE = ("author", "category", "value")


class Forms:
    """Everything that happens in a modal. Nothing here raises."""

    def __init__(self, wire: Wire, replies: Answers, pages: Pages, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._wire = wire
        self._replies = replies
        self._pages = pages
        self._start = start
        #: View -> the newest change in it that nobody looked at yet, while its estimate is being made.
        self._changes: dict[str, Body | None] = {}
        #: View -> its hash since our last change. What a person's client sends may still be the one before.
        self._hashes: OrderedDict[str, str] = OrderedDict()
        #: Submissions under way and lately answered, by trigger: one that arrives twice is answered twice and done once.
        self._sent: OrderedDict[str, asyncio.Task[Body]] = OrderedDict()

    # --- opening -----------------------------------------------------------------------------------------------------

    async def open(self, asked: Asked, what: Command | Action) -> None:
        """The form that was asked for. Where its content is slow to come, an empty page opens in time and is filled later."""
        if not asked.trigger:
            return await self._replies.give(asked, Reply(message=form_offered(_action(what))))
        finding = asyncio.ensure_future(self._form(asked, what))
        await asyncio.wait({finding}, timeout=_PATIENCE)
        memo = _memo(asked)
        found = finding.result() if finding.done() else None
        if isinstance(found, Reply):
            return await self._explained(asked, what, found)
        first = form_view(found, memo) if found else page_view(one_moment(), memo)
        view_id, problem = await open_view(self._wire.client, first, trigger=asked.trigger)
        if problem == "exchanged_trigger_id":
            return None  # it came twice, and stands open already
        if not view_id:
            finding.cancel()
            return await self._replies.give(asked, Reply(message=form_offered(_action(what), late=True)))
        if found is None:
            await update_view(self._wire.client, _drawn(await finding, memo), id=view_id)
        return None

    async def _explained(self, asked: Asked, what: What, reply: Reply) -> None:
        """There is no form. The bare command still has its help."""
        if what == LAUNCHER and reply.message.tone in (Tone.WARNING, Tone.ERROR):
            return await self._replies.answer(asked, lambda: Command(verb="help"))
        if not asked.channel and not asked.url:
            await open_view(self._wire.client, page_view(reply.message, _memo(asked)), trigger=asked.trigger)
            return None
        return await self._replies.give(asked, reply)

    async def _form(self, asked: Asked, what: What) -> Form | Reply:
        try:
            return await self._wire.handler.form(Request(actor=asked.actor, place=asked.place, what=what))
        except Exception as error:
            return Reply(message=self._replies.unexpected(error, asked))

    # --- while it is filled in ---------------------------------------------------------------------------------------

    async def estimate(self, body: Body) -> None:
        """What the answers so far come to. One at a time for each form, and only the newest change counts."""
        view_id = str(body["view"]["id"])
        busy = view_id in self._changes
        self._changes[view_id] = body
        if busy:
            return
        try:
            while (change := self._changes[view_id]) is not None:
                self._changes[view_id] = None
                message = await self._estimated(change)
                if self._changes[view_id] is None:
                    await self._update(change["view"], estimated(change["view"], message))
        finally:
            del self._changes[view_id]

    async def _estimated(self, body: Body) -> Message:
        memo = _memo_of(body)
        asked = await self._asked(body, memo)
        what = Submission(verb=memo.form, values=answers(body["view"]), state=memo.state)
        try:
            return await self._wire.handler.estimate(Request(actor=asked.actor, place=asked.place, what=what))
        except Exception as error:
            return self._replies.unexpected(error, asked)

    async def propose(self, body: Body) -> list[Block]:
        """Options for what is being typed; none rather than late."""
        memo, kind = _memo_of(body), str(body.get("action_id") or "").partition(":")[2]
        typed, field = str(body.get("value") or ""), field_of(str(body.get("block_id") or ""))
        try:
            async with asyncio.timeout(_PROPOSALS):
                asked = await self._asked(body, memo)
                options = {name: values[0] for name, values in answers(body["view"]).items() if values and name != field}
                wanted = Completion(
                    actor=asked.actor,
                    place=asked.place,
                    kind=kind,  # type: ignore[arg-type]  # written by our own form, from the same set of words
                    typed=typed,
                    verb=memo.form,
                    options=options,
                )
                found = await self._wire.handler.complete(wanted)
        except Exception as error:
            log.warning("no proposals for %s: %s", kind, type(error).__name__)
            found = []
        typed = " ".join(typed.split())
        if kind in _FREE and typed and typed.casefold() not in (choice.value.casefold() for choice in found):
            found = [*found[:99], Choice(name=typed, value=typed)]
        shown = to_options(found)
        return [] if check_options({"options": shown}) else shown

    # --- sending -----------------------------------------------------------------------------------------------------

    async def submit(self, body: Body) -> Body:
        """How Slack is to treat a form that was sent: trouble stands beside its question; else the form closes and the answer
        goes where it was opened, or takes the form's place where that was nowhere. An answer that takes long is shown later."""
        trigger = str(body.get("trigger_id") or "")
        task = self._sent.get(trigger) if trigger else None
        if task is None:
            task = asyncio.ensure_future(self._submitted(body))
            if trigger:
                _keep(self._sent, trigger, task)
        return await asyncio.shield(task)

    async def _submitted(self, body: Body) -> Body:
        view, memo = body["view"], _memo_of(body)
        asked = await self._asked(body, memo)
        what = Submission(verb=memo.form, values=answers(view), state=memo.state)
        working = asyncio.ensure_future(self._replies.ask(asked, lambda: what))
        await asyncio.wait({working}, timeout=_PATIENCE)
        if not working.done():
            self._start(self._shown_late(working, asked, str(view["id"]), memo))
            return {"response_action": "update", "view": page_view(one_moment(), memo)}
        reply = working.result()
        if _failed(reply) and (errors := wrong(view, reply)):
            return {"response_action": "errors", "errors": errors}
        self._start(self._after(asked, reply, memo))
        if memo.channel:
            return {}
        return {"response_action": "update", "view": page_view(self._replies.noted(asked, reply), memo)}

    async def _after(self, asked: Asked, reply: Reply, memo: Memo) -> None:
        if memo.channel:
            return await self._replies.give(asked, reply)
        await self._replies.give_files(asked, reply)
        return await self._pages.refresh(asked.actor, asked.place)

    async def _shown_late(self, working: asyncio.Future[Reply], asked: Asked, view_id: str, memo: Memo) -> None:
        reply = await working
        await update_view(self._wire.client, page_view(reply.message, memo), id=view_id)
        await self._replies.give_files(asked, reply)
        if not memo.channel:
            await self._pages.refresh(asked.actor, asked.place)

    # --- pressing ----------------------------------------------------------------------------------------------------

    async def press(self, body: Body, what: Action) -> None:
        """A button inside a modal. A form stays, with the answer where its estimate stands; a page becomes the answer."""
        view, memo = body["view"], _memo_of(body)
        asked = await self._asked(body, memo)
        found = await self._form(asked, what) if opens_form(what) else await self._replies.ask(asked, lambda: what)
        if isinstance(found, Form):
            await self._update(view, form_view(found, memo))
        elif memo.channel and not found.private:
            await self._replies.give(asked, found)
        else:
            message = self._replies.noted(asked, found)
            filling = view.get("callback_id") == FORM
            await self._update(view, estimated(view, message) if filling else page_view(message, memo))
            await self._replies.give_files(asked, found)
            if not memo.channel:
                await self._pages.refresh(asked.actor, asked.place)

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _asked(self, body: Body, memo: Memo) -> Asked:
        return await asked_in_view(self._wire, body, channel=memo.channel, channel_name=memo.name, thread=memo.thread, url=memo.url)

    async def _update(self, view: Body, shown: Block) -> None:
        """Change a view that stands open. Where somebody was quicker, theirs stays."""
        view_id = str(view["id"])
        known = self._hashes.get(view_id) or str(view.get("hash") or "")
        now, _ = await update_view(self._wire.client, shown, id=view_id, hash=known)
        _keep(self._hashes, view_id, now)


def _action(what: Command | Action) -> str:
    """What a button does that opens the same form."""
    return (what if isinstance(what, Action) else form_action(what)).encode()


def _memo(asked: Asked) -> Memo:
    name = asked.place.name.removeprefix("#") if not asked.place.personal else ""
    return Memo(channel=asked.channel, name=name, thread=asked.thread, url=asked.url)


def _drawn(found: Form | Reply, memo: Memo) -> Block:
    return form_view(found, memo) if isinstance(found, Form) else page_view(found.message, memo)


def _failed(reply: Reply) -> bool:
    return bool(reply.field) or reply.message.tone in (Tone.WARNING, Tone.ERROR)


def _memo_of(body: Body) -> Memo:
    return Memo.decode(str((body.get("view") or {}).get("private_metadata") or ""))


def _keep(kept: OrderedDict[str, T], key: str, value: T) -> None:
    kept[key] = value
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)
