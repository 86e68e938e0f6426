"""The child that reads documents of others: it has no network, opens no files but its own modules, and dies of what is too much.

Started by ``bot.sources.parsing.parser`` and by nobody else. It takes a question (which function, how much time and memory, options) and a
document, and gives a status and the function's result, again and again until its input ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, get_type_hints

from bot.errors import SourceError
from bot.sources.parsing.wire import FRAME, decode, encode

if sys.platform != "win32":
    import resource

#: Bytes by which the child may have grown after a document; a larger one is replaced.
GROWN = 64 * 1024 * 1024
#: What no document may make a library do. Prefixes of the interpreter's audit events.
_FORBIDDEN = (
    *("socket.", "subprocess.", "urllib.Request", "pty.", "shutil.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system"),
    *("os.kill", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
)
_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent = int(sys.argv[1])
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not be taken for an answer, nor fill the log. What kept this from starting was still told there.
    nothing = os.open(os.devnull, os.O_RDWR)
    for taken in (0, 1, 2):
        os.dup2(nothing, taken)
    _die_with(parent)
    _restrict()
    at_first = _size()
    while question := _read_frame(questions):
        document = _read_frame(questions)
        last = _answer(json.loads(question), document, answers, at_first)
        answers.flush()
        if last:
            return


def _answer(question: dict[str, Any], document: bytes, answers: BinaryIO, at_first: int) -> bool:
    """Read one document and send what came of it; ``True`` when this child should not be used again."""
    function = _function(question["function"])
    hints = get_type_hints(function)
    options = {name: decode([json.dumps(value).encode()], hints[name]) for name, value in question["options"].items()}
    status: dict[str, Any]
    _limit(question["memory"])
    signal.setitimer(signal.ITIMER_PROF, question["cpu"])
    try:
        result = function(document, **options)
        status = {"status": "ok"}
    except SourceError as error:
        status = {"status": "refused", "message": error.message, "next_step": error.next_step}
    except MemoryError:
        status = {"status": "memory"}
    except RecursionError:
        status = {"status": "deep"}
    except Exception as error:
        status = {"status": "fault", "message": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-4000:]}
    last = status["status"] == "memory" or _size() > at_first + GROWN
    lines = [json.dumps({**status, "last": last}).encode()]
    # Sending counts as well: a result may be as hostile as what it was made from.
    _send(answers, lines)
    if status["status"] == "ok":
        _send(answers, encode(result, hints["return"]))
    answers.write(b"\0\0\0\0")
    signal.setitimer(signal.ITIMER_PROF, 0)
    _limit(None)
    return last


def _function(name: str) -> Callable[..., Any]:
    module, _, inside = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in inside.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _read_frame(stream: BinaryIO) -> bytes:
    """One frame; empty at the end of the input."""
    return stream.read(int.from_bytes(stream.read(4), "big"))


def _send(stream: BinaryIO, lines: Iterable[bytes]) -> None:
    """Lines in frames of about ``FRAME`` bytes. A line may go over several frames."""
    held = bytearray()
    for line in lines:
        held += line + b"\n"
        if len(held) >= FRAME:
            stream.write(len(held).to_bytes(4, "big") + held)
            held.clear()
    if held:
        stream.write(len(held).to_bytes(4, "big") + held)


def _die_with(parent: int) -> None:
    """End at once when the parent is gone. Elsewhere than on Linux the end of the input and the time limits do it a little later."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    # Ctrl-C is for the parent, which ends its child when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _restrict() -> None:
    if sys.platform != "win32":
        for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
            resource.setrlimit(what, (0, 0))
    libraries = (sys.prefix, sys.base_prefix, "/usr/share/zoneinfo")
    rooms = tuple(os.path.abspath(path) for path in sys.path)  # noqa: PTH100 - audit events give plain text

    def look(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(path, int):
                return
            text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
            mine = text.startswith(libraries) or (text.startswith(rooms) and text.endswith((".py", ".pyc", ".so", ".dylib")))
            if not mine or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                raise PermissionError(f"a document wanted to open {text}")
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(f"a document wanted {event}")

    sys.addaudithook(look)


def _limit(memory: int | None) -> None:
    """So many bytes may be added to what the process has now; ``None``: any number."""
    if sys.platform == "win32":
        return
    size = _size()
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = resource.RLIM_INFINITY if memory is None or not size else size + memory
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most if wanted == resource.RLIM_INFINITY else wanted, most))


def _size() -> int:
    """Bytes of address space in use; 0 where the system does not tell."""
    try:
        pages = os.pread(_STATM, 64, 0).split()[0]
    except OSError:
        return 0
    return int(pages) * _PAGE


try:
    _STATM = os.open("/proc/self/statm", os.O_RDONLY)
    _PAGE = os.sysconf("SC_PAGE_SIZE")
except OSError:
    _STATM, _PAGE = -1, 0


if __name__ == "__main__":
    main()
