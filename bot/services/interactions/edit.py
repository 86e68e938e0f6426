"""Changing a subscription: its query, how many of its papers, which announcements. The number stays, one press takes it back."""

from __future__ import annotations

from typing import Any, cast

from bot.domain.requests import Command, Reply, Request
from bot.domain.subscriptions import Destination, Subscription, SubscriptionKind
from bot.errors import BadInput
from bot.grammar.values import parse_types
from bot.query.language import parse_query, standing
from bot.render.rules import rule_changed, rule_shown
from bot.services.interactions.desk import Desk, argument, fixing, recall, stale_button
from bot.services.interactions.rules import ended_already, kind_of, live_one, picked, refuse_declared, remembered_rule
from bot.services.interactions.search import rehearsal_of
from bot.services.permissions import destination, managed

#: The most papers that a rule may bring to one digest.
MOST = 50
_ALL = ("all", "any", "none", "channel", "default")


async def edit(desk: Desk, request: Request, command: Command) -> Reply:
    """Without anything to change it shows the subscription."""
    to = destination(request, command.text("to", "here"))
    wanted = _wanted(command)
    if wanted:
        managed(request, to)
    found = await picked(desk, to, command, "rule")
    if not wanted:
        return Reply(message=rule_shown(found, rehearsal=await rehearsal_of(desk, parse_query(found.shown))))
    return await change_rule(desk, to, found, wanted)


def _wanted(command: Command) -> dict[str, Any]:
    """What ``change_subscription`` is to be told; ``BadInput`` for values that mean nothing."""
    wanted: dict[str, Any] = {}
    if command.text("query"):
        with fixing(command, "query"):
            query = parse_query(command.text("query"))
            standing(query)
        wanted |= {"query": query.canonical, "typed": query.typed, "kind": kind_of(query)}
    if command.text("max"):
        with fixing(command, "max"):
            wanted["maximum"] = _maximum(command.text("max"))
    if command.text("types"):
        with fixing(command, "types"):
            wanted["types"] = () if command.text("types").casefold() in _ALL else parse_types(command.text("types"))
    return wanted


def _maximum(text: str) -> int:
    """0 stands for as many as the place allows."""
    word = text.casefold().strip()
    if word in _ALL:
        return 0
    if word.isdecimal() and len(word) <= 3 and 1 <= int(word) <= MOST:
        return int(word)
    digits = "".join(char for char in word if char.isdecimal())[:6]
    nearest = str(min(max(int(digits), 1), MOST)) if digits else "5"
    raise BadInput(
        f'max "{text}" is not a whole number from 1 to {MOST}', 'write one, or "all" for no limit of its own', fixes=(nearest, "all")
    )


async def change_rule(desk: Desk, to: Destination, before: Subscription, wanted: dict[str, Any]) -> Reply:
    """Store the change and say what is stored now."""
    refuse_declared(before)
    after = await desk.store.change_subscription(to, before.number, **wanted)
    if after is None:
        raise ended_already(to, before.number)
    undo = await remembered_rule(desk, before)
    rehearsal = await rehearsal_of(desk, parse_query(after.shown))
    return Reply(message=rule_changed(after, rehearsal=rehearsal, undo=undo, changed=after != before))


# --- buttons ---------------------------------------------------------------------------------------------------------


async def undo_edit(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Back to how the subscription was before."""
    fields = await recall(desk, "rule", argument(args, 0))
    to = managed(request, destination(request, fields["to"]))
    found = await live_one(desk, to, int(fields["number"]))
    before: dict[str, Any] = {
        "query": fields["query"],
        "typed": fields.get("typed", ""),
        "kind": cast(SubscriptionKind, fields["subject"]),
        "maximum": int(fields["maximum"]),
        "types": tuple(fields["types"]),
    }
    return await change_rule(desk, to, found, before)


async def use(desk: Desk, request: Request, args: tuple[str, ...]) -> Reply:
    """Change a subscription to what a button proposed."""
    fields = await recall(desk, "search", argument(args, 0))
    if not fields.get("number"):
        raise stale_button()
    to = managed(request, destination(request, fields["to"]))
    found = await live_one(desk, to, int(fields["number"]))
    query = parse_query(fields["query"])
    wanted: dict[str, Any] = {"query": query.canonical, "typed": query.typed, "kind": kind_of(query)}
    if fields.get("maximum"):
        wanted["maximum"] = int(fields["maximum"])
    return await change_rule(desk, to, found, wanted)
