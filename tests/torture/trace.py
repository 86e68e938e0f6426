"""Counts executed lines of the dispatch path, and kills or stops its own process at one of them."""

from __future__ import annotations

import linecache
import os
import re
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Literal

#: The files whose lines count: everything between "what is due" and "settled".
PATHS = (
    "bot/services/dispatch.py",
    "bot/services/settling.py",
    "bot/services/pace.py",
    "bot/store/sqlite/deliveries.py",
    "adapters/slack/publish.py",
    "adapters/slack/answers.py",
    "adapters/discord/publish.py",
    "adapters/discord/outcomes.py",
    "adapters/discord/look.py",
)
Deed = Literal["count", "kill", "stop"]
_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class Tracer:
    """``at`` is the number of the executed line at which the deed is done, from 1. Where that is is written to ``report`` first.

    ``pattern``: only lines whose text holds it count.
    """

    def __init__(self, deed: Deed, *, at: int, report: Path, pattern: str = "") -> None:
        self._deed, self._at = deed, at
        self._pattern = re.compile(pattern)
        self._matches: dict[tuple[str, int], bool] = {}
        self._report = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._root = f"{Path(__file__).parents[2]}/"
        self._lock = threading.Lock()
        self._count = 0
        self._names: dict[str, str] = {}

    def install(self) -> None:
        threading.settrace(self._called)
        sys.settrace(self._called)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = self._name(frame.f_code.co_filename)
        return self._line if name and frame.f_code.co_name != "<module>" else None

    def _name(self, file: str) -> str:
        name = self._names.get(file)
        if name is None:
            below = file.removeprefix(self._root)
            name = self._names[file] = below if below in PATHS else ""
        return name

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and self._counts(frame.f_code.co_filename, frame.f_lineno):
            with self._lock:
                self._count += 1
                where = f"{self._name(frame.f_code.co_filename)}:{frame.f_lineno}"
                if self._deed == "count":
                    os.write(self._report, f"{self._count} {where}\n".encode())
                elif self._count == self._at:
                    os.write(self._report, f"{self._count} {where}\n".encode())
                    os.kill(os.getpid(), _SIGNALS[self._deed])
        return self._line

    def _counts(self, file: str, number: int) -> bool:
        if not self._pattern.pattern:
            return True
        if (file, number) not in self._matches:
            self._matches[file, number] = bool(self._pattern.search(linecache.getline(file, number)))
        return self._matches[file, number]
