"""What runs: the process that reads, plans, sends and answers (or two that share this out), and the one digest sent out of turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.app import App
from bot.clock import TrustedClock
from bot.domain.deliveries import State
from bot.domain.subscriptions import Destination
from bot.errors import AuthFailed, BadInput, PapercrierError, PlatformError, StoreBusy
from bot.ports import Adapter, Duty, Source
from bot.scheduler import Heartbeat
from bot.services.dispatch import Dispatcher
from bot.services.doctor import CLOCK_WARNS
from bot.services.ingest import next_reading
from bot.services.reconcile import make_safe

log = logging.getLogger(__name__)

#: Seconds between two looks at what is due.
BEAT = 5.0
#: Seconds that requests under way get at shutdown.
GRACE = 6.0
#: Seconds for everything else that ends.
PARTING = 1.0


class Running:
    """``papercrier run``: reads sources, plans digests, sends, and answers people until told to stop; or only what ``duties`` says.

    Nothing passes between two processes but the store: what one has read, the other finds at its next beat.
    """

    def __init__(self, app: App, duties: Sequence[Duty] = ("posting", "reading")) -> None:
        self._app = app
        self._duties = duties
        self._platforms = app.adapters() if "posting" in duties else {}
        self._dispatcher = app.dispatcher({})
        self._heartbeat = Heartbeat(BEAT)
        self._outbox = asyncio.Event()
        self._stop = asyncio.Event()
        self._failure: PapercrierError | None = None

    def stop(self) -> None:
        """Ask for a clean end: nothing new is begun, what is under way is finished."""
        self._dispatcher.stop()
        self._stop.set()

    async def run(self) -> None:
        """Raises ``StoreBusy`` when another process has one of the duties, ``AuthFailed`` when a token is not accepted."""
        await self._app.store.lock_run(f"papercrier run, process {os.getpid()} on {socket.gethostname()}", self._duties)
        helpers: list[asyncio.Task[None]] = []
        sending: list[asyncio.Task[None]] = []
        read = self._app.configured() if "reading" in self._duties else []
        try:
            if "posting" in self._duties:
                away = [adapter for adapter in self._platforms.values() if not await self._connect(adapter)]
                self._look_at_the_clock()
                self._heartbeat.start()
                sending = [asyncio.create_task(self._each_time(self._outbox, self._send))]
                helpers = [asyncio.create_task(self._each_time(self._heartbeat.knock, self._plan))]
                helpers += [asyncio.create_task(self._listen(one, connected=one not in away)) for one in self._platforms.values()]
            helpers += [asyncio.create_task(self._read(one.source, one.every)) for one in read]
            told = {"platforms": ",".join(self._platforms), "sources": ",".join(one.source.name for one in read), "beat_seconds": BEAT}
            log.info("running", extra=told)
            await self._stop.wait()
            self._heartbeat.stop()
            await _end(helpers)
            if sending:
                await asyncio.wait(sending, timeout=GRACE)
            await _end(sending)
        finally:
            self._heartbeat.stop()
            closing = [asyncio.create_task(adapter.close()) for adapter in self._platforms.values()]
            if closing:
                await asyncio.wait(closing, timeout=PARTING)
            await _end([*helpers, *closing])
        log.info("stopped")
        if self._failure:
            raise self._failure

    async def _each_time(self, event: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` whenever ``event`` is set, until it is time to stop. Trouble is told, and the next time tried again."""
        stop = asyncio.create_task(self._stop.wait())
        try:
            while not self._stop.is_set():
                knock = asyncio.create_task(event.wait())
                await asyncio.wait([knock, stop], return_when=asyncio.FIRST_COMPLETED)
                knock.cancel()
                event.clear()
                try:
                    await work()
                except PapercrierError as error:
                    log.error("work interrupted, trying again", extra={"error": str(error)})
                except Exception:
                    log.exception("work interrupted by a fault of our own, trying again")
        finally:
            stop.cancel()

    async def _plan(self) -> None:
        try:
            # A platform that is away is planned for when it is back: its channels may have to be read first.
            connected = self._dispatcher.connected
            await self._app.digests.plan_due(connected)
            await self._app.digests.plan_instant(connected)
        finally:
            self._outbox.set()

    async def _send(self) -> None:
        await self._dispatcher.drain()
        store = self._app.store
        # What stands on a platform that is away is not known yet.
        complete = set(self._platforms) <= set(self._dispatcher.connected)
        if complete and store.reconcile_since and await store.end_reconcile(self._app.clock.now()):
            log.info("the database has caught up with what was posted")
        for platform, reason in self._dispatcher.refused.items():
            step = "check the token and its scopes, then start again"
            self._fail(AuthFailed(f"{platform} does not accept the token any more ({reason})", step))

    async def _connect(self, adapter: Adapter) -> bool:
        """Make a platform ready for posting: token, places, and what an older database must learn. ``False``: it does not answer now."""
        try:
            await adapter.start()
            await self._locate(adapter)
            await make_safe(self._app.store, self._app.clock, {adapter.name: adapter})
        except AuthFailed:
            raise
        except PlatformError as error:
            log.error("platform is away, trying again", extra={"platform": adapter.name, "error": str(error)})
            return False
        self._dispatcher.connect(adapter)
        self._outbox.set()
        return True

    async def _listen(self, adapter: Adapter, *, connected: bool) -> None:
        """Answer commands, whatever happens to the connection."""
        wait = 1.0
        while True:
            try:
                connected = connected or await self._connect(adapter)
                if connected:
                    await adapter.run()
                    return
            except AuthFailed as error:
                self._fail(error)
                return
            except Exception:
                log.exception("commands are interrupted, trying again", extra={"platform": adapter.name, "seconds": wait})
            await asyncio.sleep(wait)
            wait = min(wait * 2, 60.0)

    async def _read(self, source: Source, every: timedelta) -> None:
        while True:
            try:
                due = await next_reading(self._app.store, source.name, every, self._app.clock.now())
                await asyncio.sleep(max(0.0, (due - self._app.clock.now()).total_seconds()))
                await self._app.ingest.run(source)
            except Exception:
                log.exception("reading a source failed", extra={"source": source.name})
                await asyncio.sleep(60)
            self._heartbeat.knock.set()

    async def _locate(self, adapter: Adapter) -> None:
        """Learn tenant and name of the destinations of a platform; trouble with one is told, the others go on."""
        for channel in await self._app.store.channels():
            here = channel.destination
            if here.platform != adapter.name or (here.tenant and here.name):
                continue
            try:
                found = await adapter.locate(here)
            except PlatformError as error:
                log.error("destination not found", extra={"destination": here.key, "error": str(error)})
                continue
            await self._app.store.change_channel(replace(channel, destination=replace(found, name=here.name or found.name)))

    def _look_at_the_clock(self) -> None:
        """Warn of a wrong host clock at start and every hour. Nothing depends on it: the platforms' time is used."""
        clock = self._app.clock
        if isinstance(clock, TrustedClock) and clock.confirmed and abs(clock.host_error) > CLOCK_WARNS:
            log.warning("the clock of this machine is wrong", extra={"ahead_seconds": round(clock.host_error)})
        asyncio.get_running_loop().call_later(3600, self._look_at_the_clock)

    def _fail(self, error: PapercrierError) -> None:
        self._failure = self._failure or error
        self.stop()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel and wait, but not for ever: a library that was about to connect again may miss that it was cancelled. Closing its adapter ends
    it then."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=PARTING)


async def send_now(app: App, destination: Destination, *, patience: float = 60.0) -> tuple[bool, list[State]]:
    """Plan a digest for ``destination`` out of turn and see it sent: by the process that runs, or else by this one.

    Returns whether there was anything to post, and the states its messages ended in.
    """
    channel = await app.store.channel(destination.key, tenant=None)
    if channel is None:
        raise BadInput(f"nothing is known about {destination.key}", f'first: papercrier subscribe --to {destination.key} "..."')
    before = {one.id for one in await app.store.deliveries(key=destination.key, limit=500)}
    deadline = app.clock.monotonic() + patience
    # The sender first: an older database reads its channels before anything is planned.
    async with _sender(app, destination) as dispatcher:
        if not await app.digests.plan_now(channel):
            return False, []
        while True:
            if dispatcher:
                await dispatcher.drain()
            mine = [one for one in await app.store.deliveries(key=destination.key, limit=500) if one.id not in before]
            states = [one.state for one in mine]
            if all(state in (State.SENT, State.FAILED, State.DEAD, State.HELD) for state in states) or app.clock.monotonic() > deadline:
                return True, states
            await app.clock.sleep(0.5)


@contextlib.asynccontextmanager
async def _sender(app: App, destination: Destination) -> AsyncIterator[Dispatcher | None]:
    """A dispatcher of our own when no process runs on the store, else ``None``: the one that runs will send."""
    try:
        await app.store.lock_run(f"papercrier digest, process {os.getpid()}", ("posting",))
    except StoreBusy:
        yield None
        return
    platforms = app.adapters([destination.platform])
    if destination.platform not in platforms:
        raise BadInput(f"{destination.platform} is not configured", f"add [adapters.{destination.platform}] or set its token")
    try:
        for adapter in platforms.values():
            await adapter.start()
        await make_safe(app.store, app.clock, platforms)
        yield app.dispatcher(platforms)
    finally:
        for adapter in platforms.values():
            await adapter.close()
