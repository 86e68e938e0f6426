"""The process under torture, and the nursery that makes many of them quickly.

``python -m tests.torture.child`` loads the product once and then forks: every line of JSON on standard input is a life, answered by a line
with its process id, and later by one with how it ended (or that it stands still). A life is the real ``papercrier run``: real wiring, real
SDK clients, real signals. Only its waiting times, its host's clock and its lines may be tampered with, from outside of the product.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import random
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.clock import SystemClock, TrustedClock
from bot.domain.deliveries import Receipt
from bot.domain.messages import Message
from bot.domain.subscriptions import Destination
from bot.ports import Duty
from tests.torture.tempo import Tempo, apply
from tests.torture.trace import Tracer

#: What a life would load first of all.
LOADED = (
    "adapters.console",
    "adapters.discord.adapter",
    "adapters.slack.adapter",
    "apscheduler.executors.asyncio",
    "bot.app",
    "bot.cli.main",
    "bot.cli.running",
    "bot.running",
    "bot.store.sqlite.store",
)


class LyingHost(SystemClock):
    """A host whose wall clock is off, and is stepped while we run: ``steps`` are (seconds after birth, seconds it jumps by)."""

    def __init__(self, ahead: float, steps: list[tuple[float, float]]) -> None:
        self._ahead, self._steps = ahead, steps
        self._born = time.monotonic()

    def now(self) -> datetime:
        age = time.monotonic() - self._born
        stepped = sum(by for after, by in self._steps if age >= after)
        return super().now() + timedelta(seconds=self._ahead + stepped)


def live(spec: dict[str, Any]) -> None:
    """``papercrier run --config FILE`` (or another ``command``), tampered with as told."""
    import bot.app
    from bot.cli.main import main
    from bot.store.sqlite.store import SqliteStore

    apply(Tempo(**spec["tempo"]))
    host = LyingHost(spec.get("ahead", 0.0), spec.get("steps", []))
    clock = TrustedClock(host) if spec.get("trusted", True) else host
    bot.app.opened = functools.partial(bot.app.opened, clock=clock)
    if spec.get("second"):  # a second worker beside the first, as if the lock of the file did not work

        async def no_lock(store: SqliteStore, who: str, duties: Sequence[Duty] = ()) -> None:
            """Nothing is locked."""

        SqliteStore.lock_run = no_lock  # type: ignore[method-assign]
    _tell_when_it_runs(Path(spec["ready"]))
    if spec.get("poison"):
        _poison()
    if told := spec.get("trace"):
        Tracer(told["deed"], at=told.get("at", 0), report=Path(told["report"]), pattern=told.get("pattern", "")).install()
    main([*spec.get("command", ["run"]), "--config", spec["config"]])


def _tell_when_it_runs(ready: Path) -> None:
    """From then on signals are heeded."""
    from bot.running import Running

    original = Running.run

    async def run(self: Running) -> None:
        ready.touch()
        await original(self)

    Running.run = run  # type: ignore[method-assign]


def _poison() -> None:
    """Messages whose heading begins with that word break Discord's renderer, and Slack's adapter where nobody expects it."""
    import adapters.discord.publish as discord
    from adapters.slack.adapter import SlackAdapter

    render, publish = discord.render, SlackAdapter.publish

    def stumble(message: Message) -> None:
        if message.heading.startswith("poison"):
            raise ZeroDivisionError("a fault of our own")

    def stumbling_render(message: Message, **more: Any) -> Any:
        stumble(message)
        return render(message, **more)

    async def stumbling_publish(self: SlackAdapter, destination: Destination, message: Message, **more: Any) -> Receipt:
        stumble(message)
        return await publish(self, destination, message, **more)

    discord.render = stumbling_render  # type: ignore[assignment]
    SlackAdapter.publish = stumbling_publish  # type: ignore[method-assign]


def nursery() -> None:
    """Fork a life for every line read; end, and end all lives, when the input ends."""
    # Loaded here once, so that a life begins at once: most of its computing would be imports.
    for name in LOADED:
        import_module(name)

    gc.freeze()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    lives: set[int] = set()
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
    selector.register(reading, selectors.EVENT_READ)
    told = b""
    while True:
        for key, _ in selector.select():
            if key.fd == reading:
                with contextlib.suppress(BlockingIOError):
                    os.read(reading, 4096)
                _bury(lives)
                continue
            data = os.read(sys.stdin.fileno(), 1 << 20)
            if not data:
                for pid in lives:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return
            *lines, told = (told + data).split(b"\n")
            for line in lines:
                pid = _bear(json.loads(line))
                lives.add(pid)
                _say({"born": json.loads(line)["id"], "pid": pid})


def _bear(spec: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        log = os.open(spec["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDWR)
        for target, source in ((0, nothing), (1, nothing), (2, log)):
            os.dup2(source, target)
        random.seed()
        live(spec)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _bury(lives: set[int]) -> None:
    """Tell of every life that ended or stands still."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return
        if not pid:
            return
        if os.WIFSTOPPED(status):
            _say({"stopped": pid})
            continue
        lives.discard(pid)
        _say({"dead": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(document: dict[str, Any]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(document).encode() + b"\n")


if __name__ == "__main__":
    nursery()
