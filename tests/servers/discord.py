"""A Discord of our own on the loopback address: REST and gateway, with the limits, error codes and habits of the real one.

``python -m tests.servers.discord`` starts one and prints how to reach it.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from discord import Permissions

from tests.servers.discord_commands import form_data
from tests.servers.discord_gateway import Gateway
from tests.servers.discord_interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Answer, Interactions
from tests.servers.discord_kinds import DM, Channel
from tests.servers.discord_rest import Fault, Kind, Rest
from tests.servers.discord_world import World
from tests.servers.faults import FaultPlan
from tests.servers.standing import Entry, ServerClock, delivered

__all__ = ["TOKEN", "Answer", "DiscordServer", "Fault"]

TOKEN = "loopback.discord.token"


class DiscordServer:
    """``async with DiscordServer() as server``. Ids are given and taken as ``str`` or ``int``.

    ``world`` holds servers, channels and people and may be changed at any time; ``calls`` lists the requests that came.
    """

    def __init__(self, *, token: str = TOKEN, port: int = 0) -> None:
        self.token = token
        #: ``False``: the token was revoked.
        self.token_valid = True
        self._port = port
        self.clock = ServerClock()
        self.world = World(self.now)
        self.gateway = Gateway(self.world, self._accepts)
        self.interactions = Interactions(self.world)
        self._rest = Rest(self.world, self.interactions, self.gateway, self._accepts)
        self.calls = self._rest.calls
        self.api_url = ""
        self.gateway_url = ""
        self._runner: web.AppRunner | None = None

    @property
    def channel(self) -> str:
        """#papers, where the bot may do all it needs."""
        return str(self.world.papers)

    async def start(self) -> Self:
        app = web.Application(client_max_size=40 << 20)
        self.clock.told_by(app)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest.handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway_url = self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def stop(self) -> None:
        for fault in self._rest.faults:
            fault.release.set()
        self._rest.landing.stop()
        await self.gateway.close(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Let time pass on the server: nonces are forgotten, interactions grow old, what was late lands."""
        self.clock.advance(seconds)
        self._rest.landing.land()

    def fault(self, kind: Kind, **details: Any) -> Fault:
        """Let something go wrong; see ``Fault``."""
        fault = Fault(kind, **details)
        self._rest.faults.append(fault)
        return fault

    @property
    def faults(self) -> FaultPlan | None:
        """Random trouble from now on; ``None`` ends it. Faults set by ``fault`` come first."""
        return self._rest.plan

    @faults.setter
    def faults(self, plan: FaultPlan | None) -> None:
        self._rest.plan = plan

    @property
    def limits(self) -> dict[str, str]:
        """Headers about rate limits that every post is answered with."""
        return self._rest.limits

    @limits.setter
    def limits(self, headers: dict[str, str]) -> None:
        self._rest.limits = headers

    @property
    def pending(self) -> int:
        """Messages that were accepted and are still to be stored."""
        return len(self._rest.landing)

    def add_channels(self, count: int) -> list[str]:
        """So many more channels; their addresses."""
        return [str(self.world.add_channel(f"room-{number}")) for number in range(count)]

    @property
    def log(self) -> list[Entry]:
        """Everything that was ever posted with a key, in the order it was stored."""
        return self.world.log

    def delivered(self) -> dict[str, list[str]]:
        """Address -> keys of the messages that stand there, in the order they came. What stands in a thread counts for its channel."""
        standing = {str(number) for channel in self.world.channels.values() for number in channel.messages}
        return delivered(self.world.log, lambda entry: entry.id in standing)

    def messages(self, channel: str | int) -> list[dict[str, Any]]:
        """What stands in a channel or thread, oldest first. ``@<user id>`` is a person's direct messages."""
        place = self._place(channel)
        return [message for _, message in sorted(place.messages.items())]

    def delete(self, message_id: str | int) -> None:
        """A moderator deletes a message."""
        channel, _ = self.interactions.find_message(int(message_id))
        self.world.remove(channel, int(message_id))

    async def slash(
        self,
        verb: str,
        /,
        *,
        channel: str | int = 0,
        user: str | int = 0,
        permissions: Permissions | None = None,
        alone: bool = False,
        seconds: float = 10,
        **options: str | int,
    ) -> Answer:
        """Type ``/papers <verb>`` with options and wait for the answer, which may be a form. ``permissions`` of the person; all, unless
        given. ``alone``: only this person has the app there, not the server. ``seconds``: how long to wait.

        ``channel`` may be ``@<user id>``, the person's direct messages with the bot.
        """
        answer = await self._begin(COMMAND, await self._command(verb, options), channel, user, permissions, alone=alone)
        return await answer.until(lambda answer: answer.settled, seconds=seconds)

    async def submit(self, opened: Answer, /, *, user: str | int = 0, **values: str | tuple[str, ...]) -> Answer:
        """Send the form that ``opened``, with ``values`` by question and the rest as it stood there, and wait for the answer."""
        assert opened.form is not None, "no form opened"
        answer = await self._begin(SUBMIT, form_data(opened.form, values), opened.place.id, user, None, source=opened.source)
        return await answer.until(lambda answer: answer.settled)

    async def menu(self, message_id: str | int, name: str = "Look up papers", /, *, user: str | int = 0) -> Answer:
        """Choose a command from the menu of a message, and wait for the answer."""
        await self.commands()
        place, message = self.interactions.find_message(int(message_id))
        answer = await self._begin(COMMAND, self.interactions.menu_data(name, message), place.id, user, None)
        return await answer.until(lambda answer: answer.settled)

    async def react(self, message_id: str | int, emoji: str, /, *, user: str | int = 0, added: bool = True) -> None:
        """Put an emoji on a message, or take it off again: a character, or "name:id" of the server's own."""
        place, message = self.interactions.find_message(int(message_id))
        await self.gateway.connected()
        if not self.gateway.intents[-1] & (1 << 13 if place.type == DM else 1 << 10):
            return  # nobody asked to hear of it
        for event in self.world.reaction(place, message, emoji, int(user) or place.recipient or self.world.owner, added=added):
            await self.gateway.dispatch(*event)

    def says(self, text: str, /, *, channel: str | int = 0, user: str | int = 0, **parts: Any) -> str:
        """Somebody writes a message, with ``embeds`` and so on as Discord makes them of links; its id."""
        place = self._place(channel or self.world.papers)
        message = self.world.message(place.id, {"content": text, **parts})
        message["author"] = self.world.user(int(user) or self.world.owner)
        place.messages[int(message["id"])] = message
        return str(message["id"])

    async def press(
        self,
        message_id: str | int,
        custom_id: str,
        /,
        *,
        user: str | int = 0,
        values: tuple[str, ...] = (),
        permissions: Permissions | None = None,
        wait: bool = True,
    ) -> Answer:
        """Press a button, or choose ``values`` of a select, and wait for what becomes of it."""
        place, message = self.interactions.find_message(int(message_id))
        parts = [part for row in message["components"] for part in row["components"]]
        part = next((part for part in parts if part.get("custom_id") == custom_id), None)
        assert part is not None, f"no component {custom_id!r} among {[part.get('custom_id') for part in parts]}"
        data: dict[str, Any] = {"custom_id": custom_id, "component_type": part["type"]}
        if part["type"] == 3:
            known = [option["value"] for option in part["options"]]
            assert values and set(values) <= set(known), f"{values} are not among {known}"
            data["values"] = list(values)
        answer = await self._begin(COMPONENT, data, place.id, user, permissions, source=message)
        return await answer.until(lambda answer: answer.settled) if wait else answer

    async def choose(self, message_id: str | int, action: str, /, **more: Any) -> Answer:
        """Press or select whatever stands for ``action`` on a message, the way a person finds it by its label."""
        _, message = self.interactions.find_message(int(message_id))
        for row in message["components"]:
            for part in row["components"]:
                if action in [option["value"] for option in part.get("options") or ()]:
                    return await self.press(message_id, part["custom_id"], values=(action,), **more)
                if part["type"] == 2 and part.get("custom_id", "").partition(":")[2].partition("#")[0] == action:
                    return await self.press(message_id, part["custom_id"], **more)
        raise AssertionError(f"nothing stands for {action!r} on the message")

    async def autocomplete(
        self, verb: str, option: str, typed: str, /, *, channel: str | int = 0, user: str | int = 0, **others: str | int
    ) -> list[dict[str, Any]]:
        """Type half an option and wait for the proposals, as ``{"name", "value"}``."""
        data = await self._command(verb, {**others, option: typed}, focused=option)
        answer = await self._begin(AUTOCOMPLETE, data, channel, user, None)
        return (await answer.until(lambda answer: answer.settled)).choices

    async def commands(self) -> list[dict[str, Any]]:
        """The registered commands, once there are some."""
        async with asyncio.timeout(15):
            await self.interactions.registered.wait()
        return self.interactions.commands

    async def _command(self, verb: str, options: dict[str, str | int], focused: str = "") -> dict[str, Any]:
        await self.commands()
        return self.interactions.command_data(verb, options, focused)

    async def _begin(
        self,
        type: int,
        data: dict[str, Any],
        channel: str | int,
        user: str | int,
        permissions: Permissions | None,
        source: dict[str, Any] | None = None,
        alone: bool = False,
    ) -> Answer:
        place = self._place(channel or self.world.papers)
        person = int(user) or place.recipient or self.world.owner
        self.world.users.setdefault(person, f"Person {person % 1000}")
        rights = None if permissions is None else permissions.value
        answer, event = self.interactions.begin(type, data, place, person, rights, source, alone=alone)
        await self.gateway.connected()
        await self.gateway.dispatch("INTERACTION_CREATE", event)
        return answer

    def _place(self, channel: str | int) -> Channel:
        if isinstance(channel, str) and channel.startswith("@"):
            found = self.world.dm(int(channel[1:]))
            assert found.type == DM
            return found
        return self.world.channels[int(channel)]

    def _accepts(self, token: str) -> bool:
        return self.token_valid and token == self.token


async def _serve() -> None:
    async with DiscordServer() as server:
        print(f"api_url={server.api_url}", f"gateway_url={server.gateway_url}", f"token={server.token}", sep="\n")  # noqa: T201
        print(f"channel=discord:{server.channel}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
