"""Documents of others are read in a child process that may die of them; this one lives on.

    feed = await parser.run(parse_feed, answer.body)
    page = await parser.run(parse_page, answer.body, base=answer.url)

``parse_feed`` is any function at the top of a module that takes the document as ``bytes`` first and is annotated: its options and its
result are frozen dataclasses, tuples, texts, numbers, dates and enums (see ``wire``). It keeps nothing between two calls, opens
no files (but what its libraries bring), and raises ``SourceError`` for a document that is of no use at all.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

from bot.errors import SourceError
from bot.sources.parsing.wire import WireError, decode, encode

log = logging.getLogger(__name__)

#: Bytes of a result on its way.
LARGEST_REPLY = 128 * 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseLimits:
    """For one document: seconds of computing, bytes of memory over what the child has anyway, seconds that may pass altogether."""

    cpu: float = 1.9
    memory: int = 200 * 1024 * 1024
    wall: float = 30.0


class Parser:
    """Reads one document at a time. The child is started by the first one, used again, and replaced when it died or has grown."""

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self._limits = limits or ParseLimits()
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    async def run(self, function: Callable[Concatenate[bytes, P], T], document: bytes, *args: P.args, **options: P.kwargs) -> T:
        """``function(document, ...)``. Raises ``SourceError`` for a document that took too much, broke the child, or that ``function``
        refused itself (with a ``SourceError``) or stumbled over (any other exception: it is logged)."""
        return await self.run_within(self._limits, function, document, *args, **options)

    async def run_within(
        self, limits: ParseLimits, function: Callable[Concatenate[bytes, P], T], document: bytes, *args: P.args, **options: P.kwargs
    ) -> T:
        """As ``run``, with limits of its own: for files that may be large because the operator brought them."""
        question = _question(function, limits, args, options)
        async with self._turn:
            reply = await self._ask(question, document, limits)
        try:
            status, value = await asyncio.to_thread(_understood, reply, get_type_hints(function)["return"])
        except WireError as error:
            log.error("the parser answered nonsense", extra={"function": function.__qualname__, "error": str(error)})
            raise SourceError("a document made its reader answer nonsense", "it is left out; the source may be under attack") from error
        if status.get("status") == "ok":
            return value  # type: ignore[no-any-return]
        raise _trouble(status, function, limits)

    @property
    def busy(self) -> bool:
        """Whether a document is being read."""
        return self._turn.locked()

    @property
    def process(self) -> int | None:
        """The number of the child's process; ``None`` while there is none."""
        return self._child.pid if self._child else None

    async def close(self) -> None:
        """End the child. A later ``run`` would start another one."""
        await self._end()

    async def _ask(self, question: bytes, document: bytes, limits: ParseLimits) -> bytes:
        """The child's reply. Whatever goes wrong on the way, no child is left behind in the middle of one."""
        child = self._child = self._child or await _started()
        assert child.stdin and child.stdout  # noqa: S101 - both are pipes
        whole = False
        try:
            async with asyncio.timeout(limits.wall):
                child.stdin.writelines([_frame(question), _frame(document)])
                await child.stdin.drain()
                reply = await _reply(child.stdout)
            whole = True
        except TimeoutError:
            raise SourceError(f"a document was not read within {limits.wall:g} seconds", "it is left out") from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise SourceError(_epitaph(await child.wait(), limits), "it is left out; the source may be under attack") from error
        finally:
            if not whole or b'"last": true' in reply.partition(b"\n")[0]:
                await self._end()
        return reply

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            child.kill()
        if child.stdin:
            child.stdin.close()
        while child.stdout and await child.stdout.read(64 * 1024):
            pass
        await child.wait()


async def _started() -> Process:
    # Tokens of the environment are none of its business.
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH")}
    own = {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"}
    arguments = ("-m", "bot.sources.parsing.child", str(os.getpid()))
    try:
        return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE, env=kept | own)
    except OSError as error:
        raise SourceError(
            f"the process that reads documents cannot be started ({error.strerror})", "free some memory or processes"
        ) from error


def _question(function: Callable[..., object], limits: ParseLimits, args: tuple[object, ...], options: dict[str, Any]) -> bytes:
    hints = get_type_hints(function)
    given = inspect.signature(function).bind(b"", *args, **options).arguments
    document = next(iter(given))
    packed = {}
    for name, value in given.items():
        if name != document:
            (line,) = encode(value, hints[name])
            packed[name] = json.loads(line)
    name = f"{function.__module__}:{function.__qualname__}"
    return json.dumps({"function": name, "cpu": limits.cpu, "memory": limits.memory, "options": packed}).encode()


def _frame(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


async def _reply(stream: asyncio.StreamReader) -> bytes:
    reply = bytearray()
    while size := int.from_bytes(await stream.readexactly(4), "big"):
        if len(reply) + size > LARGEST_REPLY:
            raise SourceError(
                f"a document became more than {LARGEST_REPLY // 1024**2} MB", "it is left out; the source may be under attack"
            )
        reply += await stream.readexactly(size)
    return bytes(reply)


def _understood(reply: bytes, kind: Any) -> tuple[dict[str, Any], Any]:
    """The status, and the value where there is one. On a thread: a large reply takes its time."""
    first, _, rest = reply.partition(b"\n")
    try:
        status = json.loads(first)
    except ValueError as error:
        raise WireError("no status") from error
    if not isinstance(status, dict):
        raise WireError("no status")
    return status, decode(rest.splitlines(), kind) if status.get("status") == "ok" else None


def _trouble(status: dict[str, Any], function: Callable[..., object], limits: ParseLimits) -> SourceError:
    message, step = _short(status.get("message")), _short(status.get("next_step"))
    match status.get("status"):
        case "refused":
            return SourceError(message, step)
        case "memory":
            return SourceError(f"a document needs more than {limits.memory // 1024**2} MB to be read", "it is left out")
        case "deep":
            return SourceError("a document is nested too deep", "it is left out")
    log.error("a document could not be read", extra={"function": function.__qualname__, "trace": str(status.get("trace"))[:4000]})
    return SourceError(f"a document could not be read ({message})", "it is left out; the log has the details")


def _short(text: object) -> str:
    return " ".join(str(text or "").split())[:300]


def _epitaph(code: int, limits: ParseLimits) -> str:
    if -code == getattr(signal, "SIGPROF", None):
        return f"a document took more than {limits.cpu:g} seconds of computing to be read"
    return f"a document broke the process that read it ({f'signal {-code}' if code < 0 else f'exit {code}'})"
